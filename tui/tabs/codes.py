"""The reference book: codes as a tree with rates and traffic, what was known of one, and codes that wait."""

from collections.abc import Iterable

from textual.content import Content

from protos import codes_pb2 as pb
from protos import operators_pb2 as op
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Drill, Listed, Tab, fields
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_STATES = ("draft", "confirmed", "refused", "all")
_STATE_TONES: dict[str, Tone] = {"draft": "warn", "confirmed": "good", "refused": "dim"}
_SIDES = ("sell", "buy")


class CodesTab(Tab):
    """One row per code. Of codes below a prefix there are the rates of all plans now, and the traffic of the whole
    destination with vendors in the last 7 days; the code above them, which decides for the rest of the numbers,
    stands first."""

    name = "Codes"
    columns = (
        Column("code", 11),
        Column("destination", 15, flex=2),
        Column("cc", 2, above=96),
        Column("kind", 10, above=120),
        Column("sell", 15, flex=1),
        Column("buy", 15, flex=1),
        Column("attempts", 8, right=True),
        Column("minutes", 8, right=True),
    )
    empty = "no such code: clear the filter with Esc; an empty book is filled by `switchboard codes seed`"
    every_s = 30.0
    filter_hint = "first digits or a whole number: with rates and traffic; or part of a destination"
    has_drill = True
    detail_share = (3, 2)
    detail_below = True

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        if prefix:
            self.name = "Below"

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of codes: of the tree below digits, else of the book."""
        sought = ask.filter.strip().lstrip("+") or self._prefix
        query = pb.BookQuery(filter=sought, limit=ask.limit, offset=ask.offset)
        if sought.isascii() and sought.isdigit():
            tree = await link.ask(lambda services: services.book.Branches, query)
            below = f" {formats.count(tree.total)} codes begin with {sought}"
            about = "; rates now, traffic of the whole destination in 7 days"
            summary = Content.assemble((below, "$foreground"), (about, "$dim"))
            return Listed([_branch(one) for one in tree.branches], max(tree.total, len(tree.branches)), summary)
        page = await link.ask(lambda services: services.book.List, query)
        about = f" version {page.version} of the book; / and first digits: with rates and traffic"
        rows = [_branch(pb.Branch(code=one), known=False) for one in page.codes]
        return Listed(rows, page.total, Content.styled(about, "$dim"))

    def detail(self, row: Row) -> Content | None:
        """Show where the code belongs, and every plan's rate for it."""
        one = branch_of(row)
        until = f" until {formats.day(one.code.valid_until_ms)}" if one.code.HasField("valid_until_ms") else ""
        where = f"{one.code.destination}, {' '.join(filter(None, (one.code.country, one.code.kind)))}"
        rates = "\n".join(
            f"{'' if at == 0 else ' ' * 13}{rate.side:<4} {rate.plan:<14} {_price(rate):>10} {rate.currency}"
            + (f"  by {rate.code}" if rate.code != one.code.code else "")
            for at, rate in enumerate(one.rates)
        )
        since = f"since {formats.day(one.code.valid_from_ms)}{until}" if one.code.valid_from_ms else until.strip()
        return fields([("belongs to", where), ("", since), ("rates", rates)])

    def enter(self, row: Row) -> Drill | None:
        """Open the codes below it, and all that was ever known of it."""
        code = branch_of(row).code.code
        return Drill(f"Code {code}", (CodesTab(code), CodeHistoryTab(code)))


class CodeHistoryTab(Tab):
    """Where a code belonged, and in which versions of the book that was known."""

    name = "Known"
    columns = (
        Column("destination", 20, flex=1),
        Column("cc", 2),
        Column("from", 10),
        Column("until", 10),
        Column("versions", 14),
    )
    empty = "nothing was ever known of it"

    def __init__(self, code: str) -> None:
        self._code = code

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for all of it."""
        reply = await link.ask(lambda services: services.book.History, op.Named(name=self._code))
        rows = [_known(one, at) for at, one in enumerate(reply.codes)]
        return Listed(rows, len(rows))


class DraftsTab(Tab):
    """One row per code that sheets had and the book has not: no number is looked up by it until it is confirmed."""

    name = "Drafts"
    columns = (
        Column("code", 9, whole=True),
        Column("their name", 14, flex=2),
        Column("under", 7, drop=3),
        Column("destination", 14, flex=2),
        Column("partner", 8, flex=1),
        Column("sheet", 5, right=True, drop=1),
        Column("from", 10, drop=2),
        Column("state", 9, whole=True),
        Column("by", 8, drop=4),
    )
    empty = "no drafts: sheets that are applied leave those codes here that the book does not have"
    every_s = 10.0
    filter_hint = " ".join(_STATES)
    deeds = ("refuse",)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of drafts."""
        state = ask.filter.strip().lower()
        query = pb.DraftQuery(state=state if state in _STATES else "", limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.book.Drafts, query)
        return Listed([_draft(one) for one in reply.drafts], reply.total)

    def hindrance(self, deed: str, row: Row) -> str:
        """Let only what waits be decided."""
        return "" if draft_of(row).state == "draft" else f"it is {draft_of(row).state}"

    def question(self, deed: str, row: Row) -> str:
        """Ask before a draft is refused."""
        one = draft_of(row)
        return f"Refuse {one.code} ({one.name})? Its numbers stay {one.destination}; later sheets do not ask again."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Refuse a draft."""
        order = pb.BookOrder(codes=[draft_of(row).code])
        return (await link.ask(lambda services: services.book.Refuse, order)).what


def branch_of(row: Row) -> pb.Branch:
    """Return the code of a row."""
    assert isinstance(row.item, pb.Branch)
    return row.item


def draft_of(row: Row) -> pb.CodeDraft:
    """Return the draft of a row."""
    assert isinstance(row.item, pb.CodeDraft)
    return row.item


def _branch(one: pb.Branch, *, known: bool = True) -> Row:
    code = one.code.code
    return Row(
        code,
        (
            Cell("  " * one.depth + code, "strong", code),
            word(one.code.destination),
            word(one.code.country, "dim"),
            word(one.code.kind, "dim"),
            *(_rates(code, (rate for rate in one.rates if rate.side == side)) for side in _SIDES),
            number(formats.count(one.attempts) if known else formats.NOTHING, one.attempts, _quiet(one.attempts)),
            number(formats.minutes(one.seconds) if known else formats.NOTHING, one.seconds, _quiet(one.seconds)),
        ),
        one,
    )


def _rates(code: str, rates: Iterable[pb.BranchRate]) -> Cell:
    """Write the first of the rates, and how many more there are; dim where a shorter code decides for all."""
    found = list(rates)
    if not found:
        return word("")
    more = f" +{len(found) - 1}" if len(found) > 1 else ""
    own = any(rate.code == code for rate in found)
    return word(f"{_price(found[0])} {found[0].plan}{more}", "plain" if own else "dim")


def _price(rate: pb.BranchRate) -> str:
    return "blocked" if rate.blocked else formats.price(rate.price_units)


def _quiet(figure: int) -> Tone:
    return "plain" if figure else "dim"


def _known(one: pb.BookCode, at: int) -> Row:
    last = f"{one.until_version - 1}" if one.HasField("until_version") else "now"
    return Row(
        str(at),
        (
            word(one.destination, "dim" if one.HasField("until_version") else "strong"),
            word(one.country, "dim"),
            number(formats.day(one.valid_from_ms), one.valid_from_ms),
            number(formats.day(one.valid_until_ms), one.valid_until_ms or 2**62),
            word(f"{one.from_version} to {last}", "dim"),
        ),
        one,
    )


def _draft(one: pb.CodeDraft) -> Row:
    return Row(
        one.code,
        (
            word(one.code, "strong"),
            word(one.name),
            word(one.parent, "dim"),
            word(one.destination),
            word(one.partner, "dim"),
            number(str(one.sheet), one.sheet, "dim"),
            number(formats.day(one.valid_from_ms), one.valid_from_ms, "dim"),
            word(one.state, _STATE_TONES.get(one.state, "plain")),
            word(one.decided_by, "dim"),
        ),
        one,
    )
