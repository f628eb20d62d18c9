"""What every screen has: the top line, the banner when the switchboard is lost, the keys below."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.css.query import NoMatches
from textual.events import ScreenResume
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from protos import operators_pb2
from tui import formats
from tui.messages import LinkChanged, StatusArrived
from tui.widgets.keybar import KeyBar
from tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from tui.app import Console
    from tui.state import State


class Frame(Screen[None]):
    """Base of all screens. A screen draws when it is told: figures came, a second passed, it is in sight again."""

    title_text: str = ""

    def __init__(self) -> None:
        super().__init__()
        self._css_update_count = self.app._css_update_count  # it is styled as it is made, and needs it not twice more
        self._in_sight = False

    @property
    def console(self) -> "Console":
        """The application, by its own type."""
        return cast("Console", self.app)

    @property
    def state(self) -> "State":
        """What the whole console knows."""
        return self.console.state

    def compose(self) -> ComposeResult:
        """Put the screen's own widgets between the frame's."""
        self._take_size()
        yield TopBar(self.state, self.title_text)
        yield from self.compose_body()
        yield Static(id="banner")
        yield KeyBar()

    def _take_size(self) -> None:
        """Know how large the screen is before it has widgets: Textual tells it later, and styles all of them anew."""
        (width, height), app = self.app.size, self.app
        names = self._get_breakpoint_classes(width, app.HORIZONTAL_BREAKPOINTS or [])
        names |= self._get_breakpoint_classes(height, app.VERTICAL_BREAKPOINTS or [])
        self.update_classes(dict.fromkeys(names, True), update=False)

    def compose_body(self) -> Iterable[Widget]:
        """Yield the widgets of the screen itself."""
        return ()

    def on_mount(self) -> None:
        """Start the second hand. Textual calls this beside a subclass's own."""
        self.set_interval(1.0, self._second)
        self._link_shown()

    @contextmanager
    def if_there(self) -> Iterator[None]:
        """Draw what was waited for; a reader who left meanwhile left no widgets to draw it on."""
        try:
            yield
        except NoMatches:
            if self in self.app.screen_stack:
                raise

    def show_status(self, status: operators_pb2.Status) -> None:
        """Show new figures; called at most once a second, and when the screen comes in sight."""

    def show_second(self) -> None:
        """A second passed while the screen is in sight: ages change."""

    def show_link(self) -> None:
        """The connection was made or lost."""

    @on(StatusArrived)
    def _status_arrived(self, message: StatusArrived) -> None:
        self.show_status(message.status)
        self._frame_again()

    @on(LinkChanged)
    def _link_changed(self) -> None:
        self._link_shown()
        self.show_link()

    def on_screen_suspend(self) -> None:
        """Another screen is in sight."""
        self._in_sight = False

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Catch up with what came while another screen was in sight.

        Textual says twice that a place which is opened for the first time is in sight: once is enough.
        """
        if self._in_sight:
            event.refresh_styles = False
            return
        self._in_sight = True
        if self.state.received_s is not None:
            self.show_status(self.state.status)
        self._link_shown()
        self.show_link()
        self._frame_again()

    def _second(self) -> None:
        if self.is_current:
            self._link_shown()
            self.show_second()
            self._frame_again()

    def _frame_again(self) -> None:
        self.query_one(TopBar).refresh()
        self.query_one(KeyBar).refresh()

    def _link_shown(self) -> None:
        banner = self.query_one("#banner", Static)
        trouble, age_s = self.state.trouble, self.state.age_s()
        banner.display = bool(trouble)
        if trouble:
            last = "no figures yet" if age_s is None else f"last figures {formats.age(age_s)} old"
            banner.update(Content.assemble((" ▲ reconnecting… ", "bold $strong"), f"{last} · {trouble}"))
