"""Templates by which rate sheets are read."""

from protos import sheets_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Drill, Listed, Tab
from tui.widgets.cells import Column, Row, number, word


class TemplatesTab(Tab):
    """One row per template of an owner, or all."""

    name = "Templates"
    columns = (
        Column("owner", 12),
        Column("template", 16, flex=1),
        Column("version", 7, right=True),
        Column("saved", 14),
        Column("by", 12),
        Column("fingerprint", 24, above=104),
    )
    empty = "no templates yet: one is saved when a sheet is applied that was read in a new way"
    has_drill = True
    every_s = 5.0

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for all templates."""
        reply = await link.ask(lambda services: services.templates.List, pb.TemplateQuery())
        return Listed([_row(one) for one in reply.templates], len(reply.templates))

    def enter(self, row: Row) -> Drill | None:
        """Open its columns."""
        one = row.item
        assert isinstance(one, pb.SheetTemplate)
        return Drill(f"Template {one.name}", (TemplateTab(one.owner, one.name),))


class TemplateTab(Tab):
    """What a template takes each column for, a line each."""

    name = "Columns"
    columns = (Column("what is read as what", 60, flex=1),)
    empty = "no columns"

    def __init__(self, owner: str, name: str) -> None:
        self._query = pb.TemplateQuery(owner=owner, name=name)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for the template."""
        one = await link.ask(lambda services: services.templates.Show, self._query)
        rows = [Row(str(at), (word(line),)) for at, line in enumerate(one.columns)]
        return Listed(rows, len(rows))


def _row(one: pb.SheetTemplate) -> Row:
    return Row(
        f"{one.owner} {one.name}",
        (
            word(one.owner),
            word(one.name, "strong"),
            number(str(one.version), one.version),
            number(formats.stamp(one.saved_ms), one.saved_ms, "dim"),
            word(one.saved_by, "dim"),
            word(one.fingerprint, "dim"),
        ),
        one,
    )
