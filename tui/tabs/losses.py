"""Allowed losses: calls of a client that may lose money, by name and within a budget."""

from domain.loss_fields import LOSS_FIELDS
from domain.money import decimal_text
from protos import losses_pb2 as pb
from protos import operators_pb2
from tui import formats
from tui.link import Link, LinkError
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_TONES: dict[str, Tone] = {"holds": "good", "used up": "bad", "waits": "dim", "over": "dim"}
_BAR = 8


class LossesTab(Tab):
    """One row per allowance with what is used of it in this period. `=` sets fields."""

    name = "Losses"
    columns = (
        Column("allowed loss", 10, flex=1),
        Column("calls", 16, flex=3),
        Column("budget", 9, right=True, point=True, whole=True),
        Column("cur", 3),
        Column("per", 5),
        Column("lost", 7, right=True, point=True, whole=True),
        Column("", _BAR, drop=3),
        Column("set aside", 9, right=True, point=True, drop=2),
        Column("state", 7, whole=True),
        Column("why", 12, flex=2, above=104),
    )
    empty = "no call may lose money: allow it with `switchboard losses add`"
    filter_hint = "part of what an allowance names"
    every_s = 2.0
    has_fields = True
    deeds = ("remove",)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of allowances."""
        page = operators_pb2.PageRequest(filter=ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.losses.List, page)
        return Listed([_row(one) for one in reply.losses], reply.total)

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return the fields of the allowance under the cursor."""
        if row is None:
            raise LinkError("there is no allowance to change")
        shown = await link.ask(lambda services: services.losses.Show, operators_pb2.Named(name=row.key))
        return f"allowed loss {row.key}", {name: shown.fields[name] for name in LOSS_FIELDS}

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Change fields of the allowance under the cursor."""
        assert row is not None, "its fields were shown"
        changes = operators_pb2.FieldChanges(id=row.key, values=values)
        return (await link.ask(lambda services: services.losses.Set, changes)).what

    def question(self, deed: str, row: Row) -> str:
        """Ask before the allowance is removed."""
        return f"Remove allowed loss {row.key}? No call loses money by it from then on."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Remove the allowance."""
        return (await link.ask(lambda services: services.losses.Remove, operators_pb2.Named(name=row.key))).what


def _row(use: pb.AllowedLossUse) -> Row:
    loss = use.loss
    named = ((loss.destination, "to"), (loss.code, "code"), (loss.vendor, "by"))
    calls = ", ".join([f"of {loss.client}", *(f"{kind} {text}" for text, kind in named if text)])
    used = use.lost_units + use.aside_units
    known = use.HasField("lost_units") and use.HasField("aside_units")
    share = min(1000, 1000 * used // loss.budget_units) if known and loss.budget_units else 0
    return Row(
        loss.id,
        (
            word(loss.id, "strong"),
            word(calls),
            number(decimal_text(loss.budget_units, 2), loss.budget_units),
            word(use.base_currency, "dim"),
            word(loss.period, "dim"),
            _amount(use.lost_units if use.HasField("lost_units") else None),
            Cell(formats.bar(share, 1000, _BAR, "·") if known else "", _tone(share), share),
            _amount(use.aside_units if use.HasField("aside_units") else None),
            word(use.state, _TONES.get(use.state, "plain")),
            word(loss.why),
        ),
        use,
    )


def _amount(units: int | None) -> Cell:
    return number(formats.NOTHING, 0, "dim") if units is None else number(decimal_text(units, 2), units)


def _tone(share: int) -> Tone:
    return "bad" if share >= 900 else "warn" if share >= 700 else "good"
