"""`?`: all keys of the screen below, and those that work everywhere."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.widgets.keybar import PLACES, sign

_SCREENS = [(key, name) for key, name, _mode in PLACES]
_EVERYWHERE = [
    ("↑ ↓", "move; PgUp PgDn Home End"), ("< >", "page of a long list"), ("Tab", "next list or field"),
    ("j", "jobs; x cancels one"), ("^P", "palette: all by name"), ("^R", "ask again now"),
    ("^T", "dark or light"), ("q", "leave the console"),
]  # fmt: skip


class KeysScreen(ModalScreen[None]):
    """A card over the screen; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "dismiss", "close")]

    def __init__(self, keys: list[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Put the keys in a card of two columns that scrolls where the terminal is low."""
        with VerticalScroll(id="card"), Horizontal():
            yield Static(_block("on this screen", self._keys))
            yield Static(Content("\n").join([_block("screens", _SCREENS), _block("everywhere", _EVERYWHERE)]))


def keys_of(bindings: list[Binding]) -> list[tuple[str, str]]:
    """Return (key, meaning) of the bindings that have a meaning of their own on a screen."""
    found: dict[str, str] = {}
    for binding in bindings:
        if binding.show and binding.description:
            found.setdefault(binding.key_display or sign(binding.key), binding.description)
    return list(found.items())


def _block(head: str, keys: list[tuple[str, str]]) -> Content:
    parts: list[tuple[str, str]] = [(f"{head}\n", "bold $accent")]
    for key, meaning in keys:
        parts += [(f"  {key:<6}", "bold $strong"), (f"{meaning}\n", "$foreground")]
    return Content.assemble(*parts)
