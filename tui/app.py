"""The console: `run` connects to the switchboard of a data folder and shows it until the reader leaves."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ScreenStackError
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.message import Message
from textual.screen import Screen

from protos import connect, operators_pb2
from tui.link import Find, Link, Patience
from tui.messages import LinkChanged, StatusArrived
from tui.ordered_keys import OrderedKeys
from tui.palette import Entry, Palette, lead
from tui.screens.board import BoardScreen
from tui.screens.calls import CallsScreen
from tui.screens.cdrs import CdrsScreen
from tui.screens.cluster import ClusterScreen
from tui.screens.keys import KeysScreen, keys_of
from tui.screens.lists import ListScreen
from tui.screens.money import MoneyScreen
from tui.screens.plans import PlansScreen
from tui.screens.quality import QualityScreen
from tui.screens.routes import RoutesScreen
from tui.screens.sheets import SheetsScreen
from tui.state import State
from tui.stylesheet import ThemedStylesheet
from tui.tabs.jobs import JobsTab
from tui.theme import DAY, NIGHT
from tui.widgets.keybar import PLACES

_JOBS = "Jobs"
_WIDTHS = [(0, "-narrow"), (100, "-wide")]
_HEIGHTS = [(0, "-short"), (34, "-tall")]


def run(data: str | None, over: Callable[[], bool] = lambda: False) -> None:
    """Show the console for a data folder (None: SWITCHBOARD_DATA, else ./switchboard-data) until it is left.

    A switchboard that does not run, or stops, is waited for; when `over` says so (asked once a second), the console
    leaves by itself.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # gRPC's own log lines would be written over the screen
    _believe_the_terminal()
    folder = connect.data_folder(data)
    Console(lambda: connect.endpoint(folder), exports=Path.cwd(), over=over).run()


def _believe_the_terminal() -> None:
    """Take the size of the screen from the terminal: COLUMNS and LINES of a shell elsewhere would cut what is shown."""
    with suppress(OSError):  # there is none: then they are all there is
        os.get_terminal_size()
        for name in ("COLUMNS", "LINES"):
            os.environ.pop(name, None)


class Console(OrderedKeys):
    """Holds the link and the newest figures, tells the screen in sight of them, and leads from screen to screen.

    Each place is a mode with its own stack of screens, so a drill is still there when the reader comes back.
    Invariant: figures are painted at most once a second, however often they come.
    """

    TITLE = "Switchboard"
    CSS_PATH = "console.tcss"
    DEFAULT_MODE = "board"
    COMMANDS: ClassVar[set[type[Provider]]] = {Palette}  # type: ignore[assignment]  # Textual's own may be functions, too
    HORIZONTAL_BREAKPOINTS = _WIDTHS
    VERTICAL_BREAKPOINTS = _HEIGHTS
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        "board": BoardScreen,
        "calls": CallsScreen,
        "quality": QualityScreen,
        "routes": RoutesScreen,
        "sheets": SheetsScreen,
        "plans": PlansScreen,
        "cdrs": CdrsScreen,
        "money": MoneyScreen,
        "cluster": ClusterScreen,
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"go('{mode}')", name, show=False) for key, name, mode in PLACES),
        Binding("0", "go('money')", "Money", show=False),
        Binding("j", "jobs", "Jobs", show=False),
        Binding("question_mark", "keys", "Keys", show=False),
        Binding("ctrl+t", "theme", "Dark or light", show=False),
        Binding("q", "quit", "Quit", show=False),
    ]

    def __init__(
        self,
        find: Find,
        *,
        exports: Path,
        clock: Callable[[], float] = time.monotonic,
        patience: Patience | None = None,
        over: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self._over = over
        self.state = State(clock, exports)
        self.link = Link(find, self._figures_came, self._link_changed, patience)
        self._unpainted = False
        self._awaits_first = True

        for theme in (NIGHT, DAY):
            self.register_theme(theme)
        self.set_reactive(Console.theme, NIGHT.name)  # who sets it has all rules parsed and all styled once more
        self.stylesheet = ThemedStylesheet(variables=self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give our own colour names a value under every theme."""
        return dict(NIGHT.variables)

    def on_mount(self) -> None:
        """Connect, and start the second hand."""
        self.set_interval(1.0, self._paint)
        self._keep_linked()

    @work(group="link", exclusive=True)
    async def _keep_linked(self) -> None:
        await self.link.run()

    def _figures_came(self, status: operators_pb2.Status) -> None:
        self.state.receive(status)
        self._unpainted = True
        if self._awaits_first:
            self._paint()

    def _link_changed(self, trouble: str) -> None:
        if trouble != self.state.trouble:
            self.state.trouble = trouble
            self._tell(LinkChanged(trouble))
        self._awaits_first = True

    def _paint(self) -> None:
        if self._over():
            self.exit()
        if self._unpainted:
            self._unpainted, first, self._awaits_first = False, self._awaits_first, False
            self._tell(StatusArrived(self.state.status, first=first))

    def _tell(self, message: Message) -> None:
        """Send a message to the screen in sight; between two screens and on the way out there is none."""
        with suppress(ScreenStackError):
            self.screen.post_message(message)

    async def action_go(self, mode: str) -> None:
        """Go to a place; from within the same place, back to its first screen."""
        if self.current_mode == mode:
            while len(self.screen_stack) > 1:
                await self.pop_screen()
        else:
            await self.switch_mode(mode)

    def action_jobs(self) -> None:
        """Show the jobs over whatever is in sight."""
        if getattr(self.screen, "title_text", "") != _JOBS:
            self.push_screen(ListScreen(_JOBS, (JobsTab(),)))

    @work(group="place")
    async def lead(self, entry: Entry) -> None:
        """Show what was chosen in the palette."""
        await lead(self, entry)

    def action_keys(self) -> None:
        """Show all keys of the screen in sight."""
        active = [each.binding for each in self.screen.active_bindings.values() if each.enabled]
        self.push_screen(KeysScreen(keys_of(active)))

    def action_theme(self) -> None:
        """Change between dark and light."""
        self.theme = DAY.name if self.theme == NIGHT.name else NIGHT.name
