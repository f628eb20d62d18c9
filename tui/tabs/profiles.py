"""Parts of the week: policies are attached to them, and limits hold in them."""

from textual.content import Content

from protos import operators_pb2
from protos import policies_pb2 as pb
from tui.forms.policies import profile_form
from tui.link import Link, LinkError
from tui.screens.form import FormScreen
from tui.tabs.tab import Ask, Listed, Tab, fields
from tui.widgets.cells import Column, Row, word


class ProfilesTab(Tab):
    """One row per part of the week. `+` adds one, `=` sets fields."""

    name = "Profiles"
    columns = (
        Column("profile", 12, flex=1),
        Column("now", 7, whole=True),
        Column("zone", 16, flex=1),
        Column("windows", 24, flex=3),
        Column("holidays", 12, flex=2),
    )
    empty = "no part of the week has a name: + adds one"
    filter_hint = "part of a name"
    every_s = 10.0
    adds = ("part of the week",)
    has_fields = True
    deeds = ("remove",)
    detail_below = True
    detail_rows = 4

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for all of them."""
        reply = await link.ask(lambda services: services.policies.Profiles, operators_pb2.Empty())
        found = [one for one in reply.profiles if ask.filter.lower() in one.name]
        return Listed([_row(one) for one in found[ask.offset : ask.offset + ask.limit]], len(found))

    def detail(self, row: Row) -> Content | None:
        """Show its windows and holidays in whole."""
        one = _of(row)
        return fields([("windows", f"{one.windows} ({one.zone})"), ("holidays", one.holidays or "none")])

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form of a new one."""
        return profile_form(link)

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return the fields of the one under the cursor."""
        if row is None:
            raise LinkError("there is no part of the week to change")
        one = _of(row)
        return f"profile {one.name}", {"zone": one.zone, "windows": one.windows, "holidays": one.holidays}

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Change fields of the one under the cursor."""
        assert row is not None, "its fields were shown"
        changes = operators_pb2.FieldChanges(id=row.key, values=values)
        return (await link.ask(lambda services: services.policies.SetProfile, changes)).what

    def question(self, deed: str, row: Row) -> str:
        """Ask before it is removed."""
        return f"Remove profile {row.key}? It can go where no policy is attached to it and no limit names it."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Remove it."""
        named = operators_pb2.Named(name=row.key)
        return (await link.ask(lambda services: services.policies.RemoveProfile, named)).what


def _of(row: Row) -> pb.PolicyProfile:
    assert isinstance(row.item, pb.PolicyProfile), "rows of parts of the week are made here"
    return row.item


def _row(one: pb.PolicyProfile) -> Row:
    return Row(
        one.name,
        (
            word(one.name, "strong"),
            word("now" if one.now else "not now", "good" if one.now else "dim"),
            word(one.zone),
            word(one.windows),
            word(one.holidays, "dim"),
        ),
        one,
    )
