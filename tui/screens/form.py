"""A few named lines to fill in before something is done, judged as they are typed where that is wanted."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import Suggester, SuggestFromList
from textual.widgets import Static

from domain.errors import InputError
from tui import formats
from tui.known_names import KnownNames
from tui.link import LinkError
from tui.widgets.field import Field

_KEYS = "Enter goes on, at the end does it   Ctrl-S does it now   Esc leaves it"
_KEYS_OF_ONE = "Enter does it   Esc leaves it"
Done = Callable[[Mapping[str, str]], Awaitable[str]]
"""Does it with the values by name, and says what changed. Raises LinkError, in a sentence, where that is refused."""
Judge = Callable[[Mapping[str, str]], Awaitable[Content]]
"""Says what would come of the values as they are. Raises LinkError, InputError, ValueError: why nothing could."""
QUIET_S = 0.15
"""So long after the last letter lines are judged."""
_BESIDE_ROWS = 8
"""Of the card: its edges, what it is for, the keys and what is refused."""


class WrongLineError(ValueError):
    """What stands in a line cannot be."""

    def __init__(self, line: str, why: str) -> None:
        self.line = line
        super().__init__(f"{line}: {why}")


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
    closes with what was done, and with "" by Escape. What is refused is told below, and what was typed stays.

    `judge` tells below the lines what would come of them, or what is wrong and in which of them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave it", priority=True),
        Binding("enter", "next", "next line", priority=True),  # at once: what is typed next may be in the same packet
        Binding("up", "step(-1)", "line before", show=False, priority=True),
        Binding("down", "step(1)", "line after", show=False, priority=True),
        Binding("ctrl+s", "do", "do it", priority=True),
    ]

    def __init__(self, title: str, words: str, lines: tuple[Line, ...], done: Done, judge: Judge | None = None) -> None:
        super().__init__()
        self._title, self._words, self._lines, self._done, self._judge = title, words, lines, done, judge
        self._doing = False
        self._refused: tuple[Mapping[str, str], str] = ({}, "")
        self._names = max(len(line.name) for line in lines)

    def compose(self) -> ComposeResult:
        """Put the lines in a card below what they are for, their names beside them."""
        with Vertical(id="form"):
            yield Static(
                Content.assemble((formats.plain(self._title), "bold $accent"), "\n", formats.plain(self._words), "\n")
            )
            with VerticalScroll(id="lines", can_focus=False):
                for at, line in enumerate(self._lines):
                    with Horizontal():
                        yield Static(self._label(line.name), id=f"name-{at}")
                        yield Field(
                            line.value,
                            placeholder=line.hint,
                            id=f"line-{line.name.replace(' ', '-')}",
                            compact=True,
                            suggester=line.suggester or _among(line.choices),
                        )
            if self._judge is not None:
                with VerticalScroll(id="told", can_focus=False):
                    yield Static(id="told-text")
            yield Static(Content.styled(f"\n{_KEYS if len(self._lines) > 1 else _KEYS_OF_ONE}", "$dim"))
            yield Static(id="wrong")

    def on_mount(self) -> None:
        """Let the next letters be those of the first line."""
        self.set_focus(self.query(Field).first())
        self._fit()
        self._typed()

    def on_resize(self) -> None:
        """Let the lines scroll where the screen is low."""
        self._fit()

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
        self._refuse(Content.styled("under way…", "$accent"))
        values = await self._values()
        try:
            done = await self._done(values)
        except (LinkError, InputError, OSError, ValueError) as refused:
            self._refuse(Content.styled(formats.plain(f"✕ {refused}"), "$error"))
            self._refused = values, _guilty(refused, values)
            self._mark(self._refused[1])
            if self._refused[1]:
                self.action_step([line.name for line in self._lines].index(self._refused[1]) - self._at())
        else:
            self.dismiss(done)
        finally:
            self._doing = False

    def _refuse(self, words: Content) -> None:
        self.query_one("#wrong", Static).update(words)

    # ---- judged as it is typed

    @on(Field.Changed)
    @on(Field.Blurred)
    def _typed(self) -> None:
        if self._judge is not None:
            self._look(self._judge)

    @work(group="check", exclusive=True)
    async def _look(self, judge: Judge) -> None:
        """Tell what would come of the lines, or what is wrong: in red where it was typed, else what is wanted yet."""
        await asyncio.sleep(QUIET_S)
        values = await self._values()
        wrong = self._refused[1] if values == self._refused[0] else ""
        if values != self._refused[0] and not self._doing:
            self._refuse(Content(""))  # it was of other values
        try:
            told = await judge(values)
            await self._look_names(values)
        except (LinkError, InputError, ValueError) as refused:
            guilty = _guilty(refused, values)
            wrong = guilty if guilty and values[guilty] else wrong
            text = formats.plain(_bare(refused))
            told = Content.styled(f"✕ {text}", "$error") if wrong else Content.styled(f"· {text}", "$warning")
        self._mark(wrong)
        self.query_one("#told-text", Static).update(told)
        self._fit(told.plain)

    async def _look_names(self, values: Mapping[str, str]) -> None:
        """Raise WrongLineError for a name that nothing has; where the cursor is, that none begins with."""
        for at, line in enumerate(self._lines):
            if isinstance(line.suggester, KnownNames) and values[line.name]:
                why = await line.suggester.wrong(values[line.name], begun=at == self._at())
                if why:
                    raise WrongLineError(line.name, why)

    def _mark(self, wrong: str) -> None:
        for at, line in enumerate(self._lines):
            self.query_one(f"#name-{at}", Static).update(self._label(line.name, wrong=line.name == wrong))

    def _label(self, name: str, *, wrong: bool = False) -> Content:
        return Content.styled(f"{name:<{self._names}}{'✕' if wrong else ' '}", "$error" if wrong else "$dim")

    def _fit(self, told: str = "") -> None:
        """Leave what is told below the lines its place on a low screen: the lines scroll."""
        rows = self.size.height * 95 // 100 - _BESIDE_ROWS
        if self._judge is not None:
            room = self.query_one("#told").size.width or 1
            said = sum(1 + len(line) // room for line in told.splitlines()) if told else 1
            most = max(2, min(rows - 5, 12))
            self.query_one("#told").styles.max_height = most
            rows -= min(said, most)
        self.query_one("#lines").styles.max_height = max(3, rows)


def _among(choices: tuple[str, ...]) -> Suggester | None:
    return SuggestFromList(choices, case_sensitive=False) if choices else None


def _bare(refused: Exception) -> str:
    """Return what is wrong; of what, stands above."""
    if isinstance(refused, InputError):
        return f"{refused.what}. {refused.mend}".removesuffix(" ")
    return str(refused)


def _guilty(refused: Exception, values: Mapping[str, str]) -> str:
    """Return the line that a refusal is about: it says so, names the field, or quotes what stands there; "": none."""
    if isinstance(refused, WrongLineError):
        return refused.line
    said = str(refused)
    named = (name for name in values if re.search(rf"(, |: |of ){re.escape(name.replace(' ', '_'))}\b", said))
    quoted = (name for name, value in values.items() if value and f"'{value}'" in said)
    return next(named, "") or next(quoted, "")
