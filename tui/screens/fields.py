"""Fields of one thing, and a line in which they are given new values: `credit_limit=500 name="Orbita Ltd"`."""

import shlex
from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui import formats


class FieldsScreen(ModalScreen[dict[str, str]]):
    """A card over the screen. Enter closes it with what was given, Escape with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss({})", "leave it", priority=True)]

    def __init__(self, title: str, fields: Mapping[str, str]) -> None:
        super().__init__()
        self._title, self._fields = title, fields

    def compose(self) -> ComposeResult:
        """Put the fields in a card that scrolls, the line below them."""
        width = max((len(name) for name in self._fields), default=0)
        parts: list[tuple[str, str]] = []
        for name, value in self._fields.items():
            parts += [(f"{name:<{width}}  ", "$dim"), (f"{formats.plain(value) or formats.NOTHING}\n", "$foreground")]
        with Vertical(id="fields"):
            yield Static(Content.assemble((formats.plain(self._title), "bold $accent")))
            with VerticalScroll():
                yield Static(Content.assemble(*parts))
            yield Input(id="assignments", compact=True, placeholder='FIELD=VALUE FIELD="two words"; Enter sets them')
            yield Static(id="wrong")

    def on_mount(self) -> None:
        """Let the next letters be those of the line."""
        self.set_focus(self.query_one("#assignments", Input))

    @on(Input.Submitted, "#assignments")
    def _submitted(self, message: Input.Submitted) -> None:
        try:
            self.dismiss(assigned(message.value, self._fields))
        except ValueError as wrong:
            self.query_one("#wrong", Static).update(Content.styled(formats.plain(str(wrong)), "$error"))


def assigned(line: str, known: Mapping[str, str]) -> dict[str, str]:
    """Read FIELD=VALUE words. Raises ValueError, in a sentence, for a word that is none and a field not known."""
    values: dict[str, str] = {}
    for word in shlex.split(line):
        name, sign, value = word.partition("=")
        if not sign:
            raise ValueError(f"{word!r} is not FIELD=VALUE")
        if name not in known:
            raise ValueError(f"there is no field {name!r}")
        values[name] = value
    return values
