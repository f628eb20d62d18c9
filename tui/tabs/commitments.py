"""Volume commitments and swaps, and how they stand."""

from typing import cast

from domain.money import decimal_text, half_away
from domain.quantities.fields import COMMITMENT_FIELDS, SWAP_FIELDS
from domain.quantities.standing import Verdict
from protos import operators_pb2
from protos.quantities_pb2 import Commitment, Commitments, Swap, Swaps
from tui.forms.quantities import commitment_form, share_form, swap_form
from tui.link import Link, LinkError
from tui.screens.form import FormScreen
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_TONES: dict[str, Tone] = {
    Verdict.FILLED: "good",
    Verdict.ON_COURSE: "good",
    Verdict.IN_BAND: "good",
    Verdict.BEHIND: "warn",
    Verdict.BELOW: "bad",
    Verdict.ABOVE: "warn",
    Verdict.SHORT: "bad",
}
CENT = 1_000_000
"""What money is rounded to here, units."""
_COMMITMENT, _SWAP = "commitment", "swap"
_TO_VENDOR, _WITH_PARTNER, _MOST = "commitment to a vendor", "swap with a partner", "maximum share of vendors"
_FORMS = {_TO_VENDOR: commitment_form, _WITH_PARTNER: swap_form, _MOST: share_form}


class CommitmentsTab(Tab):
    """One row per commitment, then one per swap. `+` adds one, `=` sets fields."""

    name = "Quantities"
    columns = (
        Column("agreed", 10, flex=2),
        Column("partner", 9, flex=1),
        Column("for", 10, flex=1),
        Column("until", 10, above=96),
        Column("target", 9, right=True, above=104),
        Column("sent", 9, right=True),
        Column("left", 9, right=True),
        Column("a day", 9, right=True, above=84),
        Column("needed", 9, right=True, above=116),
        Column("verdict", 11, whole=True),
    )
    empty = "nothing is agreed: + adds a commitment or a swap"
    every_s = 2.0
    filter_hint = "part of a name, partner or destination"
    adds = (_TO_VENDOR, _WITH_PARTNER, _MOST)
    has_fields = True
    deeds = ("remove",)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page: swaps stand behind all commitments."""
        page = operators_pb2.PageRequest(filter=ask.filter, limit=ask.limit, offset=ask.offset)
        agreed: Commitments = await link.ask(lambda services: services.commitments.List, page)
        rows = [_commitment(one) for one in agreed.commitments]
        behind = operators_pb2.PageRequest(
            filter=ask.filter, limit=max(1, ask.limit - len(rows)), offset=max(0, ask.offset - agreed.total)
        )
        swaps: Swaps = await link.ask(lambda services: services.swaps.List, behind)
        rows += [_swap(one) for one in swaps.swaps][: ask.limit - len(rows)]
        return Listed(rows, agreed.total + swaps.total)

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form of a new one."""
        return _FORMS[kind](link)

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return the fields of what is under the cursor."""
        if row is None:
            raise LinkError("there is nothing to change")
        kind, name = _named(row)
        if kind == _COMMITMENT:
            its: Commitment | Swap = await link.ask(lambda services: services.commitments.Show, name)
            return row.key, {field: its.fields[field] for field in COMMITMENT_FIELDS}
        its = await link.ask(lambda services: services.swaps.Show, name)
        return row.key, {field: its.fields[field] for field in SWAP_FIELDS}

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Change fields of what is under the cursor."""
        assert row is not None, "its fields were shown"
        kind, name = _named(row)
        changes = operators_pb2.FieldChanges(id=name.name, values=values)
        if kind == _COMMITMENT:
            return (await link.ask(lambda services: services.commitments.Set, changes)).what
        return (await link.ask(lambda services: services.swaps.Set, changes)).what

    def question(self, deed: str, row: Row) -> str:
        """Ask before it is removed."""
        return f"Remove {row.key}? Nothing is counted for it any more, and policies no longer see it."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Remove it."""
        kind, name = _named(row)
        if kind == _COMMITMENT:
            return (await link.ask(lambda services: services.commitments.Remove, name)).what
        return (await link.ask(lambda services: services.swaps.Remove, name)).what


def _named(row: Row) -> tuple[str, operators_pb2.Named]:
    kind = _COMMITMENT if isinstance(row.item, Commitment) else _SWAP
    return kind, operators_pb2.Named(name=cast(Commitment | Swap, row.item).id)


def _commitment(one: Commitment) -> Row:
    money = one.HasField("money_units")
    target = one.money_units if money else 60 * one.minutes
    return Row(
        f"{_COMMITMENT} {one.id}",
        (
            word(one.id, "strong"),
            word(one.vendor),
            word(_where(one)),
            word(one.fields["until"], "dim"),
            number(_amount(target, money), target),
            _cell(one, "sent", money),
            _cell(one, "remaining", money),
            _cell(one, "pace", money),
            _cell(one, "needed", money),
            word(one.verdict, _TONES.get(one.verdict, "dim")),
        ),
        one,
    )


def _swap(one: Swap) -> Row:
    band = " to ".join(_amount(end if one.in_money else 60 * end, one.in_money) for end in (one.low, one.high))
    return Row(
        f"{_SWAP} {one.id}",
        (
            word(one.id, "strong"),
            word(one.partner),
            word(_where(one)),
            word(one.fields["until"], "dim"),
            word(band, "dim"),
            _cell(one, "went", one.in_money),
            _cell(one, "room", one.in_money),
            word(""),
            word(""),
            word(one.verdict, _TONES.get(one.verdict, "dim")),
        ),
        one,
    )


def _where(one: Commitment | Swap) -> str:
    return one.destination or one.country or one.code or "all calls"


def _cell(one: Commitment | Swap, name: str, money: bool) -> Cell:
    if not one.HasField(name):  # type: ignore[arg-type]  # the names are those of its amounts
        return word("")
    value = getattr(one, name)
    return number(_amount(value, money), value)


def _amount(value: int, money: bool) -> str:
    if money:
        return decimal_text(half_away(value, CENT) * CENT)
    return f"{'-' if value < 0 else ''}{abs(value) // 60:,}m"
