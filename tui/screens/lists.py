"""A screen of lists: filter, sort, page, window, drill, why, export, copy, the same on every one of them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from protos import operators_pb2
from tui import export, formats
from tui.link import LinkError
from tui.screens.acting import ActingLists
from tui.tabs.tab import PAGE, Ask, Drill, Listed, Place, Tab
from tui.widgets.caption import Caption
from tui.widgets.field import Field
from tui.widgets.listing import Listing

ADD = Binding("plus", "add", "add", key_display="+")
SET = Binding("equals_sign", "set", "set", key_display="=")


class ListScreen(ActingLists):
    """Shows one of its tabs at a time; each keeps its filter, window and page while another is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("slash", "filter", "filter"),
        Binding("s", "sort", "sort"),
        Binding("t", "window", "window"),
        Binding("w", "why", "why"),
        Binding("x", "cancel", "cancel it"),
        Binding("x", "deed('shut')", "close/open"),
        Binding("k", "deed('end')", "end it"),
        ADD,
        Binding("D", "deed('remove')", "remove"),
        Binding("b", "deed('back')", "back to it"),
        Binding("F", "deed('client')", "freeze/lift"),
        Binding("V", "deed('vendor')", "drop/lift"),
        Binding("P", "deed('trunk')", "drop/lift"),
        Binding("u", "deed('unban')", "unban"),
        Binding("r", "retry(False)", "retry"),
        Binding("R", "retry(True)", "retry all"),
        Binding("left", "list(-1)", "Previous list", show=False),
        Binding("right", "list(1)", "lists", key_display="←→"),
        SET,
        Binding("e", "export", "export"),
        Binding("y", "copy", "copy"),
        Binding("comma,less_than_sign", "page(-1)", "Previous page", show=False),
        Binding("full_stop,greater_than_sign", "page(1)", "Next page", show=False),
        Binding("ctrl+r", "again", "Ask again", show=False),
    ]

    def __init__(self, title: str, tabs: tuple[Tab, ...]) -> None:
        super().__init__()
        self.title_text, self.tabs, self.active = title, tabs, 0
        self._places = [Place() for _ in tabs]

    @property
    def tab(self) -> Tab:
        """The list in sight."""
        return self.tabs[self.active]

    @property
    def place(self) -> Place:
        """Where the reader is in it."""
        return self._places[self.active]

    def compose_body(self) -> Iterable[Widget]:
        """Yield caption, sums, the list with its detail, and the line of the filter."""
        yield Caption(id="caption")
        yield Static(id="summary")
        with Container(id="lists"):
            yield Listing(self.tab.columns)
            with VerticalScroll(id="detail"):
                yield Static(id="detail-text")
        yield Field(id="filter", compact=True)

    def on_mount(self) -> None:
        """Start with the list, the filter out of sight."""
        self.query_one("#filter").display = False
        self.set_focus(self.listing)
        self._show()

    # ---- figures come

    def show_status(self, status: operators_pb2.Status) -> None:
        """Take the list from the watched status where it is there."""
        listed = self.tab.live(status)
        if listed is not None:
            self.place.listed, self.place.trouble, self.place.asked_s = listed, "", self.state.clock()
            self._show()

    def show_second(self) -> None:
        """Ask again where it is time; ages change in any case."""
        due = self.tab.every_s and self.state.clock() - self.place.asked_s >= self.tab.every_s
        if due and not self.state.trouble and not self._busy():
            self._load()
        self._caption()

    def show_link(self) -> None:
        """Ask as soon as there is somebody to ask."""
        if not self.state.trouble:
            self._load()

    def _busy(self) -> bool:
        return any(worker.group == "load" and worker.is_running for worker in self.workers)

    def _load(self) -> None:
        if self.tab.live(self.state.status) is None:
            self._fetch(self.active)

    def _ask(self, place: Place) -> Ask:
        windows, now_ms = self.tab.windows, self.state.business_ms()
        bounds = windows[place.window].bounds(now_ms) if windows else (0, 0)
        return Ask(
            filter=place.filter, from_ms=bounds[0], to_ms=bounds[1], offset=place.offset, now_ms=now_ms,
            window=windows[place.window].name if windows else "",
            sort=self.tab.sorts[place.sort] if self.tab.sorts else "",
        )  # fmt: skip

    @work(group="load", exclusive=True)
    async def _fetch(self, index: int) -> None:
        place = self._places[index]
        place.asked_s = self.state.clock()
        try:
            place.listed = await self.tabs[index].fetch(self.console.link, self._ask(place))
            place.trouble = ""
        except LinkError as failed:
            place.trouble = str(failed)
        if index == self.active:
            with self.if_there():
                self._show()
        self.fetched()

    def fetched(self) -> None:
        """An answer is in sight."""

    # ---- drawing

    def _show(self) -> None:
        tab, listed = self.tab, self.place.listed
        waiting = "waiting for the switchboard" if self.state.trouble else "asking…"
        note = self.place.trouble or (waiting if listed is None else tab.empty)
        self.listing.opens = tab.has_drill
        self.listing.show(listed.rows if listed else [], columns=tab.columns, note=note, follows=tab.follows)
        summary = self.query_one("#summary", Static)
        summary.display = listed is not None and listed.summary is not None
        if listed and listed.summary is not None:
            summary.update(listed.summary)
        self._caption()
        self.refresh_bindings()

    def _caption(self) -> None:
        tab, place = self.tab, self.place
        parts = []
        if place.filter:
            parts.append(f"/{place.filter}")
        if tab.windows:
            parts.append(tab.windows[place.window].name)
        if sorted_by := tab.sorts[place.sort] if tab.sorts else self.listing.sorted_by:
            parts.append(f"by {sorted_by}")
        if place.listed is not None:
            first, shown, total = place.offset, len(place.listed.rows), place.listed.total
            page = f"{first + 1:,}–{first + shown:,} of {total:,}" if shown < total else f"{total:,}"
            old_s = self.state.age_s() if tab.live(self.state.status) else self.state.clock() - place.asked_s
            parts += [page, f"{formats.age(old_s or 0.0)} old" if (old_s or 0.0) >= 0.05 else "just now"]
        narrow = self.has_class("-narrow")
        names = [each.brief if narrow and each.brief and each is not tab else each.name for each in self.tabs]
        self.query_one(Caption).show(names, self.active, " · ".join(parts), place.trouble)

    @on(Listing.Moved)
    def _moved(self, message: Listing.Moved) -> None:
        pane = self.query_one("#detail")
        row = self.listing.row  # the message may be of a row of the list that was in sight before
        detail = self.tab.detail(row) if row else None
        pane.display = detail is not None
        if detail is not None:
            share = self.tab.detail_share
            below = self.tab.detail_below or self.has_class("-narrow")
            axis, other = ("height", "width") if below else ("width", "height")
            self.query_one("#lists").styles.layout = "vertical" if below else "horizontal"
            for widget, part in ((self.listing, share[0]), (pane, share[1])):
                setattr(widget.styles, axis, f"{part}fr")
                setattr(widget.styles, other, "1fr")
            if below and self.tab.detail_rows:
                pane.styles.height = self.tab.detail_rows
            self.query_one("#detail-text", Static).update(detail)
        self.refresh_bindings()  # what may be done depends on the row

    def on_resize(self) -> None:
        """Lay list and detail out for the new size."""
        if self.is_mounted:
            self.call_after_refresh(self._show)

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys that mean nothing on this list."""
        tab, line = self.tab, self.query_one("#filter")
        offered = {
            "filter": bool(tab.filter_hint) and not line.display, "window": bool(tab.windows), "why": tab.has_why,
            "cancel": tab.has_cancel, "retry": tab.has_retry, "set": tab.has_fields,
            "add": bool(tab.adds), "list": len(self.tabs) > 1,
            "back": self.app.screen_stack[0] is not self or bool(self.place.filter) or line.display,
        }  # fmt: skip
        if action == "deed":
            return self.deed_offered(str(parameters[0]))
        return offered.get(action, True)

    @on(Listing.Chosen)
    def _chosen(self, message: Listing.Chosen) -> None:
        row = self.listing.row  # the message may be of the list that was in sight before, or of figures of before
        if row is not None and row.key == message.row.key:
            self._open(self.tab.enter(row))

    def _open(self, drill: Drill | None) -> None:
        if drill is not None:
            self.app.push_screen(drill.screen() if drill.screen else ListScreen(drill.title, drill.tabs))

    @on(Listing.Past)
    def _past(self, message: Listing.Past) -> None:
        self.action_page(message.direction)

    def action_page(self, direction: int) -> None:
        """Ask for the next or the previous page."""
        place = self.place
        total = place.listed.total if place.listed else 0
        offset = place.offset + direction * PAGE
        if 0 <= offset < total:
            place.offset = offset
            self.listing.action_edge(-1)
            self._load()

    def action_list(self, step: int) -> None:
        """Show the next or the previous list of the screen."""
        self.active = (self.active + step) % len(self.tabs)
        self.listing.set_reactive(Listing.cursor, 0)
        self.show_status(self.state.status)
        self._show()
        self._load()

    def action_window(self) -> None:
        """Go to the next window of time."""
        self.place.window = (self.place.window + 1) % len(self.tab.windows)
        self.place.offset = 0
        self._caption()
        self._load()

    def action_sort(self) -> None:
        """Sort by the next order of the source, or this page by the next column."""
        if self.tab.sorts:
            self.place.sort, self.place.offset = (self.place.sort + 1) % len(self.tab.sorts), 0
            self._load()
        else:
            self.listing.sort_next()
        self._caption()

    def action_again(self) -> None:
        """Ask again now."""
        self._load()

    def action_why(self) -> None:
        """Show why."""
        if self.listing.row is not None:
            self._open(self.tab.why(self.listing.row))

    def action_back(self) -> None:
        """Leave the filter, then clear it, then leave the screen."""
        line = self.query_one("#filter", Field)
        if line.display:
            self._leave_filter()
        elif self.place.filter:
            self._filter_by("")
        elif len(self.app.screen_stack) > 1:
            self.app.pop_screen()

    def action_filter(self) -> None:
        """Open the line of the filter."""
        line = self.query_one("#filter", Field)
        line.value, line.placeholder, line.display = self.place.filter, self.tab.filter_hint, True
        self.set_focus(line)  # at once: the next letters may be in the same packet
        self.refresh_bindings()

    @on(Field.Submitted, "#filter")
    def _submitted(self, message: Field.Submitted) -> None:
        self._leave_filter()
        self._filter_by(message.value.strip())

    def _leave_filter(self) -> None:
        self.query_one("#filter").display = False
        self.set_focus(self.listing)

    def _filter_by(self, text: str) -> None:
        self.place.filter, self.place.offset = text, 0
        self._caption()
        self._load()

    def action_copy(self) -> None:
        """Copy the row to the terminal's clipboard (OSC 52)."""
        if self.listing.row is not None:
            self.app.copy_to_clipboard("\t".join(cell.text.strip() for cell in self.listing.row.cells))
            self.notify("row copied", timeout=2)

    def action_export(self) -> None:
        """Write the whole list, page by page, to a CSV file in the folder of exports."""
        self._export()

    @work(group="export", exclusive=True)
    async def _export(self) -> None:
        file = self.state.exports / export.file_name(self.tab.name, self.state.business_ms())
        try:
            written = await export.pages_to(file, self._page, [one.title for one in self.tab.columns])
        except (LinkError, OSError) as failed:
            self.notify(f"not exported: {failed}", severity="error")
        else:
            self.notify(f"{written:,} rows in {file}")

    async def _page(self, offset: int) -> Listed:
        live = self.tab.live(self.state.status)
        ask = replace(self._ask(self.place), offset=offset, limit=200)
        return live or await self.tab.fetch(self.console.link, ask)
