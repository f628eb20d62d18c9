"""Fields of one thing, and a line in which they are given new values: `credit_limit=500 name="Orbita Ltd"`."""

import shlex
from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import formats
from tui.link import LinkError
from tui.widgets.field import Field

Save = Callable[[dict[str, str]], Awaitable[str]]
"""Gives fields new values and says what was done. Raises LinkError, in a sentence, where that is refused."""
_BESIDE_ROWS = 6
"""Of the card: what is above, between and below the fields, without what is wrong."""
_WRONG_ROWS = 5
_HINT = 'FIELD=VALUE FIELD="two words"; Enter sets, PgDn scrolls'


class FieldsScreen(ModalScreen[str]):
    """A card over the screen. It closes with what was done once Enter's values are taken, and with "" by Escape; what
    is refused is told below the line, which stays as it was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave it", priority=True),
        Binding("pagedown", "scroll(1)", "more fields", priority=True),
        Binding("pageup", "scroll(-1)", "fields before", priority=True),
    ]

    def __init__(self, title: str, fields: Mapping[str, str], save: Save) -> None:
        super().__init__()
        self._title, self._fields, self._save = title, fields, save
        self._saving = self._is_wrong = False

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
            yield Field(id="assignments", compact=True, placeholder=_HINT)
            yield Static(id="wrong")

    def on_mount(self) -> None:
        """Let the next letters be those of the line."""
        self.set_focus(self.query_one("#assignments", Field))

    def on_resize(self) -> None:
        """Leave the line its place on a small screen: the fields scroll."""
        self._fit()

    def action_leave(self) -> None:
        """Leave all as it is; not while values are under way, of which nobody would hear then."""
        if not self._saving:
            self.dismiss("")

    def action_scroll(self, way: int) -> None:
        """Show the next fields, or those before."""
        fields = self.query_one(VerticalScroll)
        fields.scroll_relative(y=way * max(1, fields.size.height - 1), animate=False, immediate=True)

    @on(Field.Submitted, "#assignments")
    def _submitted(self, message: Field.Submitted) -> None:
        if self._saving:
            return
        try:
            values = assigned(message.value, self._fields)
        except ValueError as wrong:
            self._tell(str(wrong))
            return
        if values:
            self._saving = True
            self._set(values)
        else:
            self.dismiss("")

    @work(group="change")
    async def _set(self, values: dict[str, str]) -> None:
        try:
            done = await self._save(values)
        except LinkError as refused:
            self._tell(str(refused))
        else:
            self.dismiss(done)
        finally:
            self._saving = False

    def _tell(self, wrong: str) -> None:
        self._is_wrong = True
        self.query_one("#wrong", Static).update(Content.styled(formats.plain(wrong), "$error"))
        self._fit()

    def _fit(self) -> None:
        card_rows = self.size.height * 9 // 10
        beside = _BESIDE_ROWS + (_WRONG_ROWS if self._is_wrong else 0)
        self.query_one(VerticalScroll).styles.max_height = max(3, card_rows - beside)


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
