"""Allowed losses: calls of a client that may lose money, by name and within a budget."""

from textual.content import Content

from domain.loss_fields import LOSS_FIELDS
from domain.money import decimal_text
from protos import losses_pb2 as pb
from protos import operators_pb2
from tui import formats
from tui.forms.losses import loss_form
from tui.link import Link, LinkError
from tui.screens.form import FormScreen
from tui.tabs.tab import Ask, Listed, Tab, fields
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_TONES: dict[str, Tone] = {"holds": "good", "used up": "bad", "waits": "dim", "over": "dim"}
_BAR = 8


class LossesTab(Tab):
    """One row per allowance with what is used of it in this period. `+` adds one, `=` sets fields."""

    name = "Losses"
    columns = (
        Column("name", 10, flex=1),
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
    empty = "no call may lose money: + allows it, within a budget"
    filter_hint = "part of what an allowance names"
    every_s = 2.0
    adds = ("allowed loss",)
    has_fields = True
    deeds = ("remove",)
    detail_below = True
    detail_rows = 6

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of allowances."""
        page = operators_pb2.PageRequest(filter=ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.losses.List, page)
        return Listed([_row(one) for one in reply.losses], reply.total)

    def detail(self, row: Row) -> Content | None:
        """Tell in full which calls may lose, how much of each, until when, and why."""
        use = row.item
        assert isinstance(use, pb.AllowedLossUse), "rows of allowances are made here"
        loss = use.loss
        each = (
            f"{formats.ratio(loss.most_bp, 10_000)} of its revenue at most" if loss.HasField("most_bp") else "any part"
        )
        begins = f"from {formats.stamp(loss.from_ms)}Z " if loss.HasField("from_ms") else ""
        ends = f"until {formats.stamp(loss.until_ms)}Z" if loss.HasField("until_ms") else "until it is removed"
        count = f"{use.open_calls:,} open calls" if use.HasField("open_calls") else ""
        return fields(
            [
                ("calls", _calls(use)),
                ("each loses", each),
                ("holds", begins + ends),
                ("set aside by", count),
                ("why", loss.why),
            ]
        )

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form of a new one."""
        return loss_form(link, now_ms)

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
    used = use.lost_units + use.aside_units
    known = use.HasField("lost_units") and use.HasField("aside_units")
    share = min(1000, 1000 * used // loss.budget_units) if known and loss.budget_units else 0
    return Row(
        loss.id,
        (
            word(loss.id, "strong"),
            word(_calls(use)),
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


def _calls(use: pb.AllowedLossUse) -> str:
    loss = use.loss
    named = ((loss.destination, "to"), (loss.code, "code"), (loss.vendor, "by"))
    return ", ".join([f"of {loss.client}", *(f"{kind} {text}" for text, kind in named if text)])


def _amount(units: int | None) -> Cell:
    return number(formats.NOTHING, 0, "dim") if units is None else number(decimal_text(units, 2), units)


def _tone(share: int) -> Tone:
    return "bad" if share >= 900 else "warn" if share >= 700 else "good"
