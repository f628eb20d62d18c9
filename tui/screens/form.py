"""A few named lines to fill in before something is done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from tui import formats
from tui.link import LinkError

Done = Callable[[Mapping[str, str]], Awaitable[str]]
"""Does it with the values by name, and says what changed. Raises LinkError, in a sentence, where that is refused."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, what stands in it at first, what it is for, and what it may be completed to."""

    name: str
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()


class FormScreen(ModalScreen[str]):
    """A card over the screen. Enter goes to the next line and after the last one does it; it closes with what was done,
    and with "" by Escape. What is refused is told below, and what was typed stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave it", priority=True),
        Binding("enter", "next", "next line", priority=True),  # at once: what is typed next may be in the same packet
    ]

    def __init__(self, title: str, words: str, lines: tuple[Line, ...], done: Done) -> None:
        super().__init__()
        self._title, self._words, self._lines, self._done = title, words, lines, done
        self._doing = False

    def compose(self) -> ComposeResult:
        """Put the lines in a card below what they are for."""
        with Vertical(id="form"):
            yield Static(
                Content.assemble((formats.plain(self._title), "bold $accent"), "\n", formats.plain(self._words))
            )
            for line in self._lines:
                yield Static(Content.styled(line.name, "$dim"))
                yield Input(
                    line.value,
                    placeholder=line.hint,
                    id=f"line-{line.name}",
                    compact=True,
                    suggester=SuggestFromList(line.choices, case_sensitive=False) if line.choices else None,
                )
            yield Static(Content.styled("Enter goes on and does it after the last line; Esc leaves it", "$dim"))
            yield Static(id="wrong")

    def on_mount(self) -> None:
        """Let the next letters be those of the first line."""
        self.set_focus(self.query(Input).first())

    def action_leave(self) -> None:
        """Leave all as it is; not while it is being done, of which nobody would hear then."""
        if not self._doing:
            self.dismiss("")

    def action_next(self) -> None:
        """Go to the next line; after the last one do it."""
        inputs = list(self.query(Input))
        at = next((at for at, field in enumerate(inputs) if field is self.focused), len(inputs) - 1)
        if at + 1 < len(inputs):
            self.set_focus(inputs[at + 1])
        elif not self._doing:
            self._doing = True
            self._do({line.name: field.value.strip() for line, field in zip(self._lines, inputs, strict=True)})

    @work(group="change")
    async def _do(self, values: Mapping[str, str]) -> None:
        self.query_one("#wrong", Static).update(Content.styled("under way…", "$accent"))
        try:
            done = await self._done(values)
        except (LinkError, OSError, ValueError) as refused:
            self.query_one("#wrong", Static).update(Content.styled(formats.plain(f"✕ {refused}"), "$error"))
        else:
            self.dismiss(done)
        finally:
            self._doing = False
