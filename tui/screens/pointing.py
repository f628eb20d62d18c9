"""Making a template by pointing: the first rows of a sheet, and keys that say what each column is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from domain.errors import InputError
from domain.sheets import pointing
from domain.sheets.header_rows import first_row
from domain.sheets.headings import Meaning
from domain.sheets.shown import letter
from domain.sheets.template import Per, TabLayout, Template, Use
from domain.sheets.template_json import template_json, template_of
from protos import sheets_pb2 as pb
from tui import formats
from tui.link import LinkError
from tui.screens.form import FormScreen, Line
from tui.screens.frame import Frame
from tui.screens.lists import ListScreen
from tui.screens.pick import PickScreen
from tui.tabs.sheet_templates import TemplatesTab
from tui.widgets.caption import Caption
from tui.widgets.grid import Grid

_PRICED = (Meaning.PRICE, Meaning.FIRST_PRICE, Meaning.NEXT_PRICE, Meaning.SURCHARGE)
_DECIDES = "by the file"


class PointingScreen(Frame):
    """Starts from how the sheet is read, or would be; nothing is kept before `S`, and then the sheet is read anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "meaning", "meaning"),
        Binding("h", "header", "header"),
        Binding("x", "unused", "not used"),
        Binding("d", "decimal", "decimal"),
        Binding("o", "dates", "dates"),
        Binding("p", "per", "per"),
        Binding("u", "use", "tab is"),
        Binding("n", "tab(1)", "next tab"),
        Binding("S", "save", "save"),
        Binding("escape", "back", "back"),
        Binding("v", "versions", "saved"),
        Binding("ctrl+r", "again", "Begin anew", show=False),
    ]

    def __init__(self, sheet: pb.Sheet) -> None:
        super().__init__()
        self.title_text = f"Sheet {sheet.id} · template"
        self._sheet = sheet
        self._preview: pb.SheetPreview | None = None
        self._template = Template()
        self._tab = 0
        self._rows: dict[int, list[Sequence[str]]] = {}
        self._trouble = ""
        self._changed = False
        self._asked_s = 0.0

    def compose_body(self) -> Iterable[Widget]:
        """Yield caption, what holds for all columns, the grid, and the column under the cursor."""
        yield Caption(id="caption")
        yield Static(id="whole")
        yield Grid(id="grid")
        yield Static(id="column")

    def on_mount(self) -> None:
        """Ask at once."""
        self.set_focus(self.query_one(Grid))
        self._show()
        self._load()

    def show_link(self) -> None:
        """Ask as soon as there is somebody to ask."""
        if not self.state.trouble and self._preview is None:
            self._load()

    def show_second(self) -> None:
        """Let the age grow."""
        self._captioned()

    def on_resize(self) -> None:
        """Lay the grid out for the new size."""
        if self.is_mounted:
            self.call_after_refresh(self._show)

    @work(group="load", exclusive=True)
    async def _load(self) -> None:
        try:
            ref = pb.SheetRef(id=self._sheet.id)
            self._preview = await self.console.link.ask(lambda services: services.sheets.Preview, ref)
            self._template = template_of(self._preview.template)
            self._rows = {at: [list(row.cells) for row in tab.rows] for at, tab in enumerate(self._preview.tabs)}
            self._trouble, self._changed, self._asked_s = "", False, self.state.clock()
            reads = [at for at, one in enumerate(self._template.tabs) if one.use is Use.RATES]
            self._tab = reads[0] if reads else 0
        except (LinkError, InputError) as failed:
            self._trouble = str(failed)
        with self.if_there():
            self._show()

    # ---- drawing

    @property
    def _layout(self) -> TabLayout:
        return self._template.tabs[self._tab] if self._tab < len(self._template.tabs) else TabLayout()

    def _show(self) -> None:
        if self._preview is not None and self._preview.tabs:
            self.query_one(Grid).show(self._rows[self._tab], self._layout)
        self.query_one("#whole", Static).update(self._whole())
        self._captioned()
        self.refresh_bindings()

    def _captioned(self) -> None:
        names = [tab.name for tab in self._preview.tabs] if self._preview is not None else ["Template"]
        right = ""
        if self._preview is not None:
            total = self._preview.tabs[self._tab].total if self._preview.tabs else 0
            age_s = self.state.clock() - self._asked_s
            old = "just now" if age_s < 0.05 else f"{formats.age(age_s)} old"
            right = f"{'changed, not saved · ' if self._changed else ''}{formats.count(total)} rows · {old}"
        self.query_one(Caption).show(names, self._tab, right, self._trouble)

    def _whole(self) -> Content:
        if self._preview is None:
            return Content.styled(f" {formats.plain(self._trouble) or 'asking…'}", "$dim")
        one, layout = self._template, self._layout
        lacks = pointing.lacking(one)
        said = [
            ("tab", layout.use.value), ("header", f"row {layout.header + 1}" if layout.header >= 0 else "none"),
            ("decimal", one.decimal or _DECIDES), ("dates", one.dates or _DECIDES), ("per", one.per.value),
        ]  # fmt: skip
        parts = [part for name, value in said for part in ((f" {name} ", "$dim"), (f"{value} ", "bold $strong"))]
        end = (
            (f"\n ▲ {lacks}", "$warning")
            if lacks
            else (f"\n ✓ {self._preview.owner}: {self._preview.name}", "$success")
        )
        return Content.assemble(*parts, end)

    @on(Grid.Moved)
    def _moved(self) -> None:
        grid = self.query_one(Grid)
        column = pointing.column_at(self._layout, grid.place, grid.rows)
        of = " ".join(filter(None, (column.rate_type, column.origin, "in cents" if column.cents else "")))
        below = grid.rows[first_row(grid.rows, self._layout.header) :]
        examples = list(dict.fromkeys(_cell(row, grid.place) for row in below))
        self.query_one("#column", Static).update(
            Content.assemble(
                (f" column {letter(grid.place)}", "$dim"),
                (f" {formats.plain(column.heading)}" if column.heading else "", "bold $strong"),
                (" is read as ", "$dim"), (column.meaning.value + (f" ({of})" if of else ""), "bold $accent"),
                (f"   {formats.plain(', '.join(filter(None, examples)))[:120]}", "$dim"),
            )
        )  # fmt: skip

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey what needs the sheet's rows before they are there."""
        if action in ("back", "again", "versions"):
            return True
        if action == "tab":
            return len(self._rows) > 1
        if action in ("meaning", "header", "unused", "decimal", "dates", "per", "use", "save"):
            return True if self._rows else None
        return True

    def action_back(self) -> None:
        """Leave the screen; what was not saved is forgotten."""
        self.app.pop_screen()

    def action_again(self) -> None:
        """Begin anew with how the sheet is read."""
        self._load()

    def action_versions(self) -> None:
        """Show the templates that are saved."""
        self.app.push_screen(ListScreen("Templates", (TemplatesTab(),)))

    def action_tab(self, step: int) -> None:
        """Show the next tab of the workbook."""
        self._tab = (self._tab + step) % len(self._rows)
        self._show()

    @work(group="question")
    async def action_meaning(self) -> None:
        """Choose what the column under the cursor is; of prices, which rate type and origin group."""
        grid = self.query_one(Grid)
        column = pointing.column_at(self._layout, grid.place, grid.rows)
        name = f"Column {letter(grid.place)} {column.heading}".strip()
        picked = await self.app.push_screen_wait(PickScreen(f"{name} is", tuple(Meaning), column.meaning))
        if not picked:
            return
        column = replace(column, meaning=Meaning(picked), rate_type="", origin="")
        taken = [one for one in self._layout.columns if one.meaning is column.meaning and one.place != column.place]
        if column.meaning in _PRICED and taken:
            found: dict[str, str] = {}

            async def done(values: Mapping[str, str]) -> str:
                found.update(values)
                return "kept"

            lines = (Line("rate type", hint="empty: any time"), Line("origin group", hint="empty: any caller"))
            words = "Another column is that price too. Name whose this one is, or leave both empty to read it instead."
            if not await self.app.push_screen_wait(FormScreen(name, words, lines, done)):
                return
            column = replace(column, rate_type=found["rate type"], origin=found["origin group"])
        self._lay(pointing.meant(self._layout, column))

    def action_unused(self) -> None:
        """Read the column under the cursor no more."""
        grid = self.query_one(Grid)
        column = pointing.column_at(self._layout, grid.place, grid.rows)
        self._lay(pointing.meant(self._layout, replace(column, meaning=Meaning.UNUSED, rate_type="", origin="")))

    def action_header(self) -> None:
        """Let the row under the cursor be the header; where it is that already, there is none."""
        grid, layout = self.query_one(Grid), self._layout
        self._lay(pointing.headed(layout, -1 if grid.row == layout.header else grid.row, grid.rows))

    def action_decimal(self) -> None:
        """Go to the next decimal mark."""
        self._let(replace(self._template, decimal=pointing.following(pointing.DECIMALS, self._template.decimal)))

    def action_dates(self) -> None:
        """Go to the next order of day and month."""
        self._let(replace(self._template, dates=pointing.following(pointing.DATES, self._template.dates)))

    def action_per(self) -> None:
        """Go to the next thing that prices are for."""
        self._let(replace(self._template, per=Per(pointing.following(pointing.PERS, self._template.per))))

    def action_use(self) -> None:
        """Go to the next thing that the tab is for."""
        self._lay(replace(self._layout, use=Use(pointing.following(pointing.USES, self._layout.use))))

    def _lay(self, layout: TabLayout) -> None:
        tabs = list(self._template.tabs)
        tabs[self._tab] = layout
        self._let(replace(self._template, tabs=tuple(tabs)))

    def _let(self, template: Template) -> None:
        self._template, self._changed = template, True
        self._show()

    @work(group="question")
    async def action_save(self) -> None:
        """Name it, save it, and have the sheet read anew by it."""
        preview = self._preview
        if preview is None:
            return

        async def done(values: Mapping[str, str]) -> str:
            order = pb.SheetPointing(id=self._sheet.id, name=values["name"], template=template_json(self._template))
            return (await self.console.link.ask(lambda services: services.sheets.Point, order)).what

        words = f"It is kept for {preview.owner} as a new version; this sheet is read anew by it, later ones too."
        said = await self.app.push_screen_wait(
            FormScreen("Save the template", words, (Line("name", preview.name),), done)
        )
        if said:
            self.notify(formats.plain(said), timeout=8)
            self.app.pop_screen()


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""
