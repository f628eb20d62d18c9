"""What a rate sheet changes: prices before and after, code by code, and what becomes dearer without a row."""

from textual.content import Content

from domain.money import decimal_text
from domain.rates import SecondsRounding, Terms
from domain.rating import amount_of, billed_seconds
from protos import sheets_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.sheet_words import KINDS, Opened, head, row_text
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, Tone, number, word

_TONES: dict[str, Tone] = {
    "increase": "bad", "decrease": "good", "new": "hue", "closed": "warn", "blocked": "warn", "callers": "warn",
}  # fmt: skip
_SIGNS = {"increase": "↑", "decrease": "↓", "new": "+", "closed": "×", "blocked": "⊘", "unchanged": "=", "callers": "⇄"}
_CALLS_S = (1, 30, 60, 180)
"""Of these lengths the costs are shown before and after."""
_FEES = {"connect_fee": "connect fee", "attempt_fee": "attempt fee", "minimum_charge": "minimum charge"}


class ChangesTab(Tab):
    """One row per line of the comparison."""

    name = "Changes"
    columns = (
        Column("code", 9, whole=True),
        Column("destination", 8, drop=3, flex=2),
        Column("type", 8, drop=6),
        Column("origin", 8, drop=7),
        Column("kind", 11, whole=True),
        Column("old", 9, right=True, point=True),
        Column("new", 9, right=True, point=True),
        Column("incr.", 10, drop=2),
        Column("from", 11),
        Column("earliest", 11, drop=1),
        Column("said", 9, drop=5),
        Column("row", 6, right=True, drop=4),
    )
    empty = "no changes here: clear the filter with Esc"
    filter_hint = "254 (first digits of a code), new increase decrease unchanged closed blocked callers"
    detail_share = (3, 2)
    detail_below = True

    def __init__(self, opened: Opened, code: str = "") -> None:
        self._opened, self._code = opened, code

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of the comparison."""
        sheet = await self._opened.hear(link)
        self.every_s = self._opened.every_s
        words = ask.filter.lower().split()
        query = pb.SheetRowsQuery(
            id=sheet.id,
            kind=next((one for one in words if one in KINDS), ""),
            code=next((one for one in words if one.isdecimal()), self._code),
            limit=ask.limit,
            offset=ask.offset,
        )
        reply = await link.ask(lambda services: services.sheets.Changes, query)
        return Listed(
            [change_row(one, ask.offset + at) for at, one in enumerate(reply.changes)], reply.total, head(sheet)
        )

    def detail(self, row: Row) -> Content | None:
        """Show the old and the new terms, and what calls cost by them."""
        assert isinstance(row.item, pb.SheetChange)
        return change_text(row.item)


class ImplicitTab(Tab):
    """One row per block of numbers that becomes dearer without a row that says so."""

    name = "Implicit"
    columns = (
        Column("check", 5),
        Column("numbers", 13, flex=1),
        Column("type", 8, drop=2),
        Column("origin", 8, drop=3),
        Column("from", 11),
        Column("old code", 11, whole=True),
        Column("old", 9, right=True, point=True),
        Column("new code", 11, whole=True),
        Column("new", 9, right=True, point=True),
        Column("row", 6, right=True, drop=1),
    )
    empty = "no numbers become dearer without a row that says so"
    filter_hint = "254 (first digits of numbers), R31 R32 R33"

    def __init__(self, opened: Opened, code: str = "") -> None:
        self._opened, self._code = opened, code

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of implicit increases."""
        sheet = await self._opened.hear(link)
        self.every_s = self._opened.every_s
        words = ask.filter.upper().split()
        query = pb.SheetRowsQuery(
            id=sheet.id,
            check=next((one for one in words if one.startswith("R")), ""),
            code=next((one for one in words if one.isdecimal()), self._code),
            limit=ask.limit,
            offset=ask.offset,
        )
        reply = await link.ask(lambda services: services.sheets.Implicit, query)
        rows = [_implicit(one, ask.offset + at) for at, one in enumerate(reply.implicit)]
        return Listed(rows, reply.total, head(sheet))


def change_text(change: pb.SheetChange) -> Content:
    """Write a change in full: terms before and after beside each other, and what calls of some lengths cost."""
    ends = change.blocked or not change.HasField("terms")
    old, new = terms_of(change.old) if change.HasField("old") else None, None if ends else terms_of(change.terms)
    until = f"until {formats.exact_time(change.until_ms)[:16]}" if change.HasField("until_ms") else "on"
    place = row_text(change.tab, change.row) if change.row else "no row of the sheet"
    lines: list[tuple[str, str]] = [
        (f"{change.code} {formats.plain(change.name)}  {_SIGNS.get(change.kind, '')} {change.kind}\n", "bold $strong"),
        (f"from {formats.exact_time(change.from_ms)[:16]} {until}, said "
         f"{formats.exact_time(change.said_ms)[:16]}, earliest {formats.exact_time(change.earliest_ms)[:16]}; "
         f"{formats.plain(place)}\n", "$dim"),
        (f"{'':<20}{'before':>14}{'after':>14}\n", "$dim"),
    ]  # fmt: skip
    for name, before, after in _beside(old, new):
        lines += [(f"{name:<20}", "$dim"), (f"{before:>14}", "$foreground"), (f"{after:>14}\n", "bold $strong")]
    return Content.assemble(*lines)


def terms_of(terms: pb.SheetTerms) -> Terms:
    """Return what a message says as a value."""
    return Terms(
        first_price=terms.first_price_units,
        next_price=terms.next_price_units,
        first_s=terms.first_s,
        next_s=terms.next_s,
        connect_fee=terms.connect_fee_units,
        attempt_fee=terms.attempt_fee_units,
        minimum_charge=terms.minimum_charge_units,
        grace_s=terms.grace_s,
        free_s=terms.free_s,
    )


def _beside(old: Terms | None, new: Terms | None) -> list[tuple[str, str, str]]:
    """Return what calls cost and what the terms are, before and after, those that say something."""
    both = [one for one in (old, new) if one is not None]
    lines = [(f"a call of {seconds} s", _cost(old, seconds), _cost(new, seconds)) for seconds in _CALLS_S]
    if any(one.first_price != one.next_price for one in both):
        lines.append(("first price", _units(old, "first_price"), _units(new, "first_price")))
    lines.append(("price", _units(old, "next_price"), _units(new, "next_price")))
    for name, words in _FEES.items():
        if any(getattr(one, name) for one in both):
            lines.append((words, _units(old, name), _units(new, name)))
    lines.append(("increments", _steps(old), _steps(new)))
    return lines


def _units(terms: Terms | None, name: str) -> str:
    return formats.price(getattr(terms, name)) if terms is not None else formats.NOTHING


def _steps(terms: Terms | None) -> str:
    return f"{terms.first_s}/{terms.next_s}" if terms is not None else formats.NOTHING


def _cost(terms: Terms | None, seconds: int) -> str:
    if terms is None:
        return formats.NOTHING
    return decimal_text(amount_of(terms, billed_seconds(seconds * 1000, terms, SecondsRounding.CEIL)), 4)


def change_row(one: pb.SheetChange, at: int) -> Row:
    """Write a change as a row of ChangesTab."""
    new = one.terms.next_price_units
    ends = one.blocked or not one.HasField("terms")
    return Row(
        f"{at} {one.code}",
        (
            word(one.code, "strong"),
            word(one.name),
            word(one.rate_type, "dim"),
            word(one.origin, "dim"),
            word(f"{_SIGNS.get(one.kind, ' ')} {one.kind}", _TONES.get(one.kind, "dim")),
            number(
                formats.price(one.old.next_price_units) if one.HasField("old") else formats.NOTHING,
                one.old.next_price_units,
                "dim",
            ),
            number("blocked" if one.blocked else formats.NOTHING if ends else formats.price(new), new, "strong"),
            word(increments(one)),
            number(formats.stamp(one.from_ms)[:11], one.from_ms),
            number(
                formats.stamp(one.earliest_ms)[:11], one.earliest_ms, "warn" if one.from_ms < one.earliest_ms else "dim"
            ),
            word(one.status, "dim"),
            number(str(one.row) if one.row else formats.NOTHING, one.row, "dim"),
        ),
        one,
    )


def increments(one: pb.SheetChange) -> str:
    """Write the increments of a change, both where they differ."""
    new = f"{one.terms.first_s}/{one.terms.next_s}" if one.HasField("terms") else ""
    old = f"{one.old.first_s}/{one.old.next_s}" if one.HasField("old") else ""
    return f"{old} → {new}" if old and new and old != new else new or old


def _implicit(one: pb.SheetImplicit, at: int) -> Row:
    return Row(
        f"{at} {one.number}",
        (
            word(one.check, "warn"),
            word(f"{one.number}…", "strong"),
            word(one.rate_type, "dim"),
            word(one.origin, "dim"),
            number(formats.stamp(one.at_ms)[:11], one.at_ms),
            word(one.old_code, "dim"),
            number(formats.price(one.old_price_units), one.old_price_units, "dim"),
            word(one.new_code),
            number(formats.price(one.new_price_units), one.new_price_units, "bad"),
            number(str(one.row) if one.row else formats.NOTHING, one.row, "dim"),
        ),
        one,
    )
