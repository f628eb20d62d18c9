"""Moved numbers: where they are looked up, and whether one has moved."""

from textual.content import Content

from protos import operators_pb2
from protos import portability_pb2 as pb
from tui import formats
from tui.forms.ported import source_form
from tui.link import Link, LinkError
from tui.screens.form import FormScreen
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, number, word


class PortedTab(Tab):
    """One row per source; a number in the filter is looked up. `+` adds one, `=` sets fields, `I` brings in a file."""

    name = "Moved numbers"
    brief = "Moved"
    columns = (
        Column("source", 10, flex=1),
        Column("kind", 4),
        Column("prefixes", 12, flex=2),
        Column("numbers", 9, right=True),
        Column("file or server", 14, flex=3),
        Column("brought in", 14, above=96),
        Column("while silent", 12, drop=2),
    )
    empty = "numbers are routed as they are dialled: + adds a source"
    filter_hint = "a number, to be looked up: 254722000007"
    every_s = 10.0
    adds = ("source",)
    has_fields = True
    deeds = ("remove",)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for all sources, and where the number of the filter is."""
        reply = await link.ask(lambda services: services.ported.List, operators_pb2.Empty())
        said = None
        if ask.filter:
            query = pb.PortedQuery(number=ask.filter.lstrip("+"))
            said = _found(await link.ask(lambda services: services.ported.Find, query))
        return Listed([_row(one) for one in reply.sources], len(reply.sources), said)

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form of a new one."""
        return source_form(link)

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return the fields of the source under the cursor."""
        if row is None:
            raise LinkError("there is no source to change")
        return f"source {row.key} of moved numbers", dict(_of(row).fields)

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Change fields of the source under the cursor."""
        assert row is not None, "its fields were shown"
        changes = operators_pb2.FieldChanges(id=row.key, values=values)
        return (await link.ask(lambda services: services.ported.Set, changes)).what

    def question(self, deed: str, row: Row) -> str:
        """Ask before the source is removed."""
        return f"Remove source {row.key} with its numbers? They are routed as they are dialled from then on."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Remove the source."""
        return (await link.ask(lambda services: services.ported.Remove, operators_pb2.Named(name=row.key))).what


def _of(row: Row) -> pb.PortedSource:
    assert isinstance(row.item, pb.PortedSource), "rows of sources are made here"
    return row.item


def _row(one: pb.PortedSource) -> Row:
    its, file = one.fields, one.fields["kind"] == "file"
    brought = (formats.stamp(one.imported_ms) if one.imported_ms else "never") if file else ""
    return Row(
        one.name,
        (
            word(one.name, "strong"),
            word(its["kind"]),
            word(its["prefixes"] or "all others"),
            number(formats.count(one.numbers) if file else "", one.numbers),
            word(one.file_name if file else f"{its['server']} {its['zone']}"),
            word(brought, "dim"),
            word("" if file else its["silent"], "warn" if its["silent"] == "refuse" else "plain"),
        ),
        one,
    )


def _found(its: pb.PortedNumber) -> Content:
    if not its.source:
        words, tone = "no source has such numbers: it is routed as it is dialled", "$dim"
    elif not its.answered:
        words, tone = f"source {its.source} does not answer", "$warning"
    elif not its.routing_number:
        words, tone = f"it stayed, {its.destination or 'no destination'} ({its.source})", "$success"
    else:
        to = its.routing_destination or "no destination"
        carrier = f", {its.carrier}" if its.carrier else ""
        words, tone = f"moved to {its.routing_number}, {to}{carrier} ({its.source})", "bold $strong"
    return Content.assemble((f" {formats.plain(its.number)}  ", "$dim"), (formats.plain(words), tone))
