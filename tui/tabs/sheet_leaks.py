"""What we would sell below cost once a rate sheet is in force, and what to sell it at."""

from textual.content import Content

from protos import sheets_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.sheet_words import Opened, head
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, number, word


class LeaksTab(Tab):
    """One row per code of a sell plan that the sheet puts under water."""

    name = "Impact"
    columns = (
        Column("plan", 10, flex=1, drop=1),
        Column("sold as", 9, whole=True),
        Column("at", 9, right=True, point=True),
        Column("bought as", 9, whole=True),
        Column("at", 9, right=True, point=True),
        Column("from", 11, drop=2),
        Column("min/week", 9, right=True, drop=3),
        Column("leak/week", 12, right=True),
        Column("sell at", 9, right=True, point=True),
    )
    empty = "nothing would be sold below cost"
    filter_hint = "254 (first digits of a code)"
    detail_share = (3, 2)
    detail_below = True

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of it, most money first."""
        sheet = await self._opened.hear(link)
        self.every_s = self._opened.every_s
        code = next((one for one in ask.filter.split() if one.isdecimal()), "")
        query = pb.SheetRowsQuery(id=sheet.id, code=code, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.sheets.Impact, query)
        rows = [_row(one, ask.offset + at) for at, one in enumerate(reply.leaks)]
        return Listed(rows, reply.total, head(sheet))

    def detail(self, row: Row) -> Content | None:
        """Say what could be done."""
        one = leak_of(row)
        split = f"sell {one.code} by itself" if one.code != one.sell_code else f"sell {one.code}"
        return Content.assemble(
            (f"{formats.plain(one.plan)}: {split} at {formats.price(one.proposed_units)}\n", "bold $strong"),
            (f"p reprices it, b blocks it, from {formats.exact_time(one.from_ms)[:16]} on or when you say", "$dim"),
        )


def leak_of(row: Row) -> pb.SheetLeak:
    """Return what a row of this list is about."""
    assert isinstance(row.item, pb.SheetLeak)
    return row.item


def _row(one: pb.SheetLeak, at: int) -> Row:
    return Row(
        f"{at} {one.plan} {one.code}",
        (
            word(one.plan),
            word(one.sell_code, "strong"),
            number(formats.price(one.sell_price_units), one.sell_price_units),
            word(one.buy_code),
            number(formats.price(one.buy_price_units), one.buy_price_units, "bad"),
            number(formats.stamp(one.from_ms)[:11], one.from_ms),
            number(f"{one.talk_ms // 60_000:,}", one.talk_ms, "dim"),
            number(formats.amount(one.leak), one.leak.units, "bad" if one.leak.units else "dim"),
            number(formats.price(one.proposed_units), one.proposed_units, "good"),
        ),
        one,
    )
