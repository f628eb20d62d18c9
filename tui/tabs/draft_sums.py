"""Drafts of codes by the sheet that left them and the destination that their numbers have: decided by the thousand."""

from protos import codes_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, number, word

_NONE = "no code"


class DraftSumsTab(Tab):
    """One row per sheet and destination, with how many drafts wait there; keys are about all of them."""

    name = "Drafts by sheet"
    columns = (
        Column("sheet", 5, right=True),
        Column("partner", 8, flex=1),
        Column("plan", 12, flex=1, drop=2),
        Column("under", 16, flex=2),
        Column("drafts", 7, right=True),
        Column("first", 9, drop=1),
        Column("last", 9, drop=3),
    )
    empty = "no drafts wait: sheets that are applied leave those codes here that the book does not have"
    every_s = 30.0
    deeds = ("refuse",)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of sums of what waits."""
        query = pb.DraftQuery(limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.book.SumDrafts, query)
        return Listed([_sum(one) for one in reply.sums], reply.total)

    def question(self, deed: str, row: Row) -> str:
        """Ask before all drafts of a row are refused."""
        return f"Refuse {words_of(row)}? Later sheets do not ask about them again."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Refuse all drafts of a row."""
        return (await link.ask(lambda services: services.book.Refuse, order_of(row))).what


def sum_of(row: Row) -> pb.DraftSum:
    """Return the sum of a row."""
    assert isinstance(row.item, pb.DraftSum)
    return row.item


def order_of(row: Row, destination: str = "") -> pb.BookOrder:
    """Return the order that is about all drafts of a row."""
    one = sum_of(row)
    return pb.BookOrder(sheet=one.sheet, under=one.under, destination=destination)


def words_of(row: Row) -> str:
    """Name the drafts of a row."""
    one = sum_of(row)
    many = f"{formats.count(one.drafts)} drafts" if one.drafts != 1 else "the draft"
    return f"{many} of sheet {one.sheet} under {one.under or _NONE}"


def _sum(one: pb.DraftSum) -> Row:
    return Row(
        f"{one.sheet} {one.under}",
        (
            number(str(one.sheet), one.sheet, "strong"),
            word(one.partner, "dim"),
            word(one.plan, "dim"),
            word(one.under or _NONE, "plain" if one.under else "warn"),
            number(formats.count(one.drafts), one.drafts),
            word(one.first, "dim"),
            word(one.last, "dim"),
        ),
        one,
    )
