"""Fields of one thing, and a line in which they are given new values: `credit_limit=500 name="Orbita Ltd"`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from domain.errors import InputError
from tui import formats
from tui.forms.reading import assigned
from tui.link import LinkError
from tui.widgets.field import Field

Learn = Callable[[], Awaitable[tuple[str, dict[str, str]]]]
"""Asks whose fields they are, in words, and what they are now. Raises LinkError."""
Save = Callable[[dict[str, str]], Awaitable[str]]
"""Gives fields new values and says what was done. Raises LinkError, in a sentence, where that is refused."""
_BESIDE_ROWS = 6
"""Of the card: what is above, between and below the fields, without what is wrong."""
_WRONG_ROWS = 5
_HINT = 'FIELD=VALUE FIELD="two words"; Enter sets, PgDn scrolls'


class FieldsScreen(ModalScreen[str]):
    """A card over the screen. It closes with what was done once Enter's values are taken, and with "" by Escape; what
    is refused is told below the line, which stays as it was typed. The line is there before the fields are known."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave it", priority=True),
        Binding("pagedown", "scroll(1)", "more fields", priority=True),
        Binding("pageup", "scroll(-1)", "fields before", priority=True),
    ]

    def __init__(self, learn: Learn, save: Save) -> None:
        super().__init__()
        self._learn, self._save = learn, save
        self._fields: dict[str, str] = {}
        self._known = asyncio.Event()
        self._saving = self._is_wrong = False

    def compose(self) -> ComposeResult:
        """Put the fields in a card that scrolls, the line below them."""
        with Vertical(id="fields"):
            yield Static(Content.styled("asking…", "$dim"), id="whose")
            with VerticalScroll():
                yield Static(id="known")
            yield Field(id="assignments", compact=True, placeholder=_HINT)
            yield Static(id="wrong")

    def on_mount(self) -> None:
        """Let the next letters be those of the line."""
        self.set_focus(self.query_one("#assignments", Field))
        self._ask()

    @work(group="learn")
    async def _ask(self) -> None:
        try:
            title, self._fields = await self._learn()
        except LinkError as failed:
            self.notify(formats.plain(str(failed)), severity="error")
            self.dismiss("")
            return
        width = max((len(name) for name in self._fields), default=0)
        parts: list[tuple[str, str]] = []
        for name, value in self._fields.items():
            parts += [(f"{name:<{width}}  ", "$dim"), (f"{formats.plain(value) or formats.NOTHING}\n", "$foreground")]
        self.query_one("#whose", Static).update(Content.styled(formats.plain(title), "bold $accent"))
        self.query_one("#known", Static).update(Content.assemble(*parts))
        self._known.set()

    def on_resize(self) -> None:
        """Leave the line its place on a small screen: the fields scroll."""
        self._fit()

    def action_leave(self) -> None:
        """Leave all as it is; not while values are under way, of which nobody would hear then."""
        if not (self._saving and self._known.is_set()):
            self.dismiss("")

    def action_scroll(self, way: int) -> None:
        """Show the next fields, or those before."""
        fields = self.query_one(VerticalScroll)
        fields.scroll_relative(y=way * max(1, fields.size.height - 1), animate=False, immediate=True)

    @on(Field.Submitted, "#assignments")
    def _submitted(self, message: Field.Submitted) -> None:
        if not self._saving:
            self._saving = True
            self._set(message.value)

    @work(group="change")
    async def _set(self, line: str) -> None:
        try:
            await self._known.wait()
            values = assigned(self._fields, "")(line)
            self.dismiss(await self._save(values) if values else "")
        except (LinkError, InputError, ValueError) as refused:
            self._tell(str(refused))
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
