"""A question before something is done that others feel: yes or no, by key."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import formats


class QuestionScreen(ModalScreen[bool]):
    """A card over the screen. Only `y` means yes: Enter is pressed too easily."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes"),
        Binding("n,escape,q,enter", "answer(False)", "no"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Put the question in a card, and the keys below it."""
        keys = [
            ("y", "bold $accent"),
            (" yes    ", "$foreground"),
            ("n", "bold $accent"),
            (" no, leave it", "$foreground"),
        ]
        yield Static(Content.assemble((formats.plain(self._text), "$strong"), "\n\n", *keys), id="ask")

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)
