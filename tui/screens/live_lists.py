"""Lists of what goes on: sorted at the source, asked anew each second and with each change of a route; orders about the
route under the cursor."""

from collections.abc import Collection
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.screen import Screen

from protos import routes_pb2
from tui import export, formats, route_orders
from tui.link import LinkError
from tui.screens.choice import ChoiceScreen
from tui.screens.lists import ListScreen
from tui.tabs.route_tab import Route, RouteTab
from tui.tabs.tab import Drill

_ENDINGS = {"c": "csv", "x": "xlsx"}
_FIRST = ("escape", "slash", "s", "t")
"""Keys of lists that stand before those of routes in the line of keys."""
_ALL = routes_pb2.RouteEventsQuery()
Keys = list[BindingType]


def with_keys_of_lists(*own: Binding, first: Collection[str] = _FIRST) -> Keys:
    """Return own keys between those of all lists that are needed most, and the others."""
    known = [one for one in (*ListScreen.BINDINGS, *Screen.BINDINGS) if isinstance(one, Binding) and one not in own]
    return [*(one for one in known if one.key in first), *own, *(one for one in known if one.key not in first)]


ORDERS = (
    Binding("o", "order('out')", "out"),
    Binding("i", "order('in')", "in"),
    Binding("p", "order('probe')", "probe"),
)


class LiveLists(ListScreen, inherit_bindings=False):
    """`o`, `i` and `p` are orders about a route; `e` asks whether a table is to be written as csv or as xlsx."""

    BINDINGS: ClassVar[Keys] = with_keys_of_lists(*ORDERS)
    _behind = False
    """A route changed while an answer was under way."""

    def show_link(self) -> None:
        """Ask, and hear of changes of routes from now on."""
        super().show_link()
        if not self.state.trouble:
            self._hear()

    def on_screen_suspend(self) -> None:
        """Hear nothing while another screen is in sight."""
        self.workers.cancel_group(self, "news")

    @work(group="news", exclusive=True)
    async def _hear(self) -> None:
        """Ask anew with each change of a route, as it happens; without that stream there is the second hand."""
        with suppress(LinkError):
            async for _ in self.console.link.steps(lambda services: services.routes.Watch, _ALL):
                self._behind = self._busy()
                if not self._behind:
                    self._load()

    def fetched(self) -> None:
        """Ask once more where something changed meanwhile, however much that was."""
        if self._behind:
            self._behind = False
            self.call_later(self._load)

    def route(self) -> Route | None:
        """Return the route under the cursor."""
        row = self.listing.row
        return self.tab.route(row) if row is not None and isinstance(self.tab, RouteTab) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey orders where the row is no route; hide them on lists that have none."""
        if action == "order":
            return (True if self.route() else None) if isinstance(self.tab, RouteTab) else False
        return super().check_action(action, parameters)

    @work(group="question")
    async def action_order(self, order: str) -> None:
        """Ask why and until when, and give an order about the route under the cursor."""
        route = self.route()
        if route is None:
            return
        done = await route_orders.give(self.app, self.console.link, order, route, self.state.business_ms())
        if done:
            self.notify(formats.plain(done), timeout=6)
        self._load()

    def action_export(self) -> None:
        """Ask in which form, and write the whole list to a file in the folder of exports."""
        self._ask_form()

    @work(group="question")
    async def _ask_form(self) -> None:
        key = await self.app.push_screen_wait(
            ChoiceScreen(f"Write {self.tab.name.lower()} as", {"x": "xlsx, a workbook", "c": "csv"})
        )
        if key:
            self._write(_ENDINGS[key])

    @work(group="export", exclusive=True)
    async def _write(self, ending: str) -> None:
        file = self.state.exports / export.file_name(self.tab.name, self.state.business_ms(), ending)
        try:
            written = await export.pages_to(file, self._page, [one.title for one in self.tab.columns])
        except (LinkError, OSError) as failed:
            self.notify(formats.plain(f"not written: {failed}"), severity="error")
        else:
            self.notify(f"{written:,} rows in {file}")


def live(title: str, *tabs: RouteTab) -> Drill:
    """Return a drill to lists of this kind."""
    return Drill(title, screen=partial(LiveLists, title, tabs))
