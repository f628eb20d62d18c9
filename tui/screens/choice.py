"""A question with more answers than yes and no, each by its own key."""

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import formats


class ChoiceScreen(ModalScreen[str]):
    """A card over the screen; it closes with the key of an answer, with "" by Escape, Enter or any other key."""

    def __init__(self, text: str, answers: dict[str, str]) -> None:
        super().__init__()
        self._text, self._answers = text, answers

    def compose(self) -> ComposeResult:
        """Put the question in a card, an answer a line below it."""
        lines: list[tuple[str, str]] = []
        for key, words in (self._answers | {"n": "no, leave it"}).items():
            lines += [(f"\n{key}", "bold $accent"), (f" {words}", "$foreground")]
        yield Static(Content.assemble((formats.plain(self._text), "$strong"), "\n", *lines), id="ask")

    def on_key(self, event: events.Key) -> None:
        """Close with the answer."""
        event.stop()
        self.dismiss(event.character if event.character in self._answers else "")
