"""A few named lines to fill in before something is done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import Suggester, SuggestFromList
from textual.widgets import Static

from tui import formats
from tui.link import LinkError
from tui.widgets.field import Field

_KEYS = "Enter goes on, at the end does it   Ctrl-S does it now   Esc leaves it"
_KEYS_OF_ONE = "Enter does it   Esc leaves it"
Done = Callable[[Mapping[str, str]], Awaitable[str]]
"""Does it with the values by name, and says what changed. Raises LinkError, in a sentence, where that is refused."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, what stands in it at first, what it is for, and what it may be completed to: one of
    `choices`, or what `suggester` knows."""

    name: str
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    suggester: Suggester | None = None


class FormScreen(ModalScreen[str]):
    """A card over the screen. Enter goes to the next line and after the last one does it, Ctrl-S does it from any; it
    closes with what was done, and with "" by Escape. What is refused is told below, and what was typed stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave it", priority=True),
        Binding("enter", "next", "next line", priority=True),  # at once: what is typed next may be in the same packet
        Binding("up", "step(-1)", "line before", show=False, priority=True),
        Binding("down", "step(1)", "line after", show=False, priority=True),
        Binding("ctrl+s", "do", "do it", priority=True),
    ]

    def __init__(self, title: str, words: str, lines: tuple[Line, ...], done: Done) -> None:
        super().__init__()
        self._title, self._words, self._lines, self._done = title, words, lines, done
        self._doing = False

    def compose(self) -> ComposeResult:
        """Put the lines in a card below what they are for, their names beside them."""
        names = max(len(line.name) for line in self._lines)
        with Vertical(id="form"):
            yield Static(
                Content.assemble((formats.plain(self._title), "bold $accent"), "\n", formats.plain(self._words), "\n")
            )
            for line in self._lines:
                with Horizontal():
                    yield Static(Content.styled(f"{line.name:<{names}} ", "$dim"))
                    yield Field(
                        line.value,
                        placeholder=line.hint,
                        id=f"line-{line.name}",
                        compact=True,
                        suggester=line.suggester or _among(line.choices),
                    )
            yield Static(Content.styled(f"\n{_KEYS if len(self._lines) > 1 else _KEYS_OF_ONE}", "$dim"))
            yield Static(id="wrong")

    def on_mount(self) -> None:
        """Let the next letters be those of the first line."""
        self.set_focus(self.query(Field).first())

    def action_leave(self) -> None:
        """Leave all as it is; not while it is being done, of which nobody would hear then."""
        if not self._doing:
            self.dismiss("")

    def action_next(self) -> None:
        """Go to the next line; after the last one do it."""
        if self._at() + 1 < len(self._lines):
            self.action_step(1)
        else:
            self.action_do()

    def action_step(self, way: int) -> None:
        """Go to the line before or after."""
        at = self._at() + way
        if 0 <= at < len(self._lines):
            self.set_focus(list(self.query(Field))[at])

    def action_do(self) -> None:
        """Do it with the lines as they are."""
        if not self._doing:
            self._doing = True
            self._do()

    async def _values(self) -> dict[str, str]:
        """Return what stands in the lines once they have taken all that was typed before."""
        inputs = self.query(Field)
        return {line.name: await field.settled() for line, field in zip(self._lines, inputs, strict=True)}

    def _at(self) -> int:
        inputs = list(self.query(Field))
        return next((at for at, field in enumerate(inputs) if field is self.focused), len(inputs) - 1)

    @work(group="change")
    async def _do(self) -> None:
        self.query_one("#wrong", Static).update(Content.styled("under way…", "$accent"))
        try:
            done = await self._done(await self._values())
        except (LinkError, OSError, ValueError) as refused:
            self.query_one("#wrong", Static).update(Content.styled(formats.plain(f"✕ {refused}"), "$error"))
        else:
            self.dismiss(done)
        finally:
            self._doing = False


def _among(choices: tuple[str, ...]) -> Suggester | None:
    return SuggestFromList(choices, case_sensitive=False) if choices else None
