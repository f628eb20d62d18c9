"""Forms of the rate sheets that we send."""

from textual.content import Content

from domain.notices.form_fields import FORM_FIELDS
from domain.notices.shown import USUAL
from protos import notices_pb2 as pb
from protos import operators_pb2 as op
from tui import formats
from tui.forms.sheet_forms import form_of_sheets
from tui.link import Link, LinkError
from tui.screens.form import FormScreen
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, laid_out, word

_HALF = 22
"""Cells for a value: two fields stand beside each other."""


class FormsTab(Tab):
    """One row per form, the usual one first. `=` changes its fields, `+` makes one, `D` removes one."""

    name = "Forms"
    columns = (
        Column("form", 12, flex=1),
        Column("file", 4),
        Column("scope", 7),
        Column("lang", 4),
        Column("codes", 6),
        Column("not as by default", 20, flex=3),
        Column("of", 12, flex=2),
    )
    empty = "no forms"
    every_s = 10.0
    adds = ("form",)
    has_fields = True
    deeds = ("remove",)
    detail_share = (2, 3)
    detail_below = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for all forms."""
        reply = await link.ask(lambda services: services.forms.List, op.Empty())
        return Listed([_row(one) for one in reply.forms], len(reply.forms))

    def detail(self, row: Row) -> Content | None:
        """Show all fields of the form under the cursor; a sign marks those that are not as by default."""
        one = form_of(row)
        cells = [
            (f"{'*' if name in one.differing else ' '}{name}", value or formats.NOTHING)
            for name, value in _ordered(one)
        ]
        half = (len(cells) + 1) // 2
        parts: list[tuple[str, str]] = []
        for at in range(half):
            for name, value in cells[at::half]:
                own = "bold $strong" if name.startswith("*") else "$foreground"
                parts += [(f"{name:<14} ", "$dim"), (f"{laid_out(value, _HALF, right=False)}", own)]
            parts.append(("\n", ""))
        return Content.assemble(*parts)

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form of a new one."""
        return form_of_sheets(link)

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return the fields of the form under the cursor."""
        one = form_of(row) if row is not None else pb.SheetForm()
        if not one.name:
            raise LinkError("the usual form stays as it is: make one of your own with +")
        shown = await link.ask(lambda services: services.forms.Show, op.Named(name=one.name))
        return f"Form {one.name}", dict(_ordered(shown))

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Change fields of the form under the cursor."""
        assert row is not None, "its fields were shown"
        changes = op.FieldChanges(id=form_of(row).name, values=values)
        return (await link.ask(lambda services: services.forms.Set, changes)).what

    def hindrance(self, deed: str, row: Row) -> str:
        """Keep the usual form, and those that contracts name."""
        one = form_of(row)
        return "" if one.name and not one.used_by else "contracts name it" if one.name else "it is the usual one"

    def question(self, deed: str, row: Row) -> str:
        """Ask before a form is removed."""
        return f"Remove form {row.key}?"

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Remove a form."""
        return (await link.ask(lambda services: services.forms.Remove, op.Named(name=form_of(row).name))).what


def form_of(row: Row) -> pb.SheetForm:
    """Return the form of a row."""
    assert isinstance(row.item, pb.SheetForm)
    return row.item


def _ordered(one: pb.SheetForm) -> list[tuple[str, str]]:
    known = [name for name in FORM_FIELDS if name in one.values]
    return [(name, one.values[name]) for name in [*known, *sorted(one.values.keys() - set(known))]]


def _row(one: pb.SheetForm) -> Row:
    own = ("file", "scope", "language", "codes")
    rest = [f"{name}={value}" for name, value in _ordered(one) if name in one.differing and name not in own]
    return Row(
        one.name or USUAL,
        (
            word(one.name or USUAL, "strong" if one.name else "dim"),
            *(word(one.values[name], "hue" if name in one.differing else "dim") for name in own),
            word(" ".join(rest)),
            word(", ".join(one.used_by)),
        ),
        one,
    )
