"""One of many, chosen from a list in a card."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import formats
from tui.widgets.cells import Column, Row, word
from tui.widgets.listing import Listing


class PickScreen(ModalScreen[str]):
    """A card over the screen; it closes with what was chosen, with "" by Escape. A letter goes to the next that begins
    with it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss('')", "leave it", priority=True),
        *(Binding(sign, f"seek('{sign}')", show=False) for sign in "abcdefghijklmnopqrstuvwxyz"),
    ]

    def __init__(self, title: str, choices: tuple[str, ...], now: str) -> None:
        super().__init__()
        self._title, self._choices, self._now = title, choices, now

    def compose(self) -> ComposeResult:
        """Put the list in a card."""
        with Vertical(id="pick"):
            yield Static(Content.styled(formats.plain(self._title), "bold $accent"))
            yield Listing((Column("Enter chooses, Esc leaves it", 40, flex=1),))

    def on_mount(self) -> None:
        """Begin with what is chosen now."""
        listing = self.query_one(Listing)
        listing.show([Row(one, (word(one),)) for one in self._choices])
        listing.cursor = self._choices.index(self._now) if self._now in self._choices else 0
        self.set_focus(listing)

    def action_seek(self, sign: str) -> None:
        """Go to the next choice that begins with a letter."""
        listing = self.query_one(Listing)
        count = len(self._choices)
        order = [(listing.cursor + step) % count for step in range(1, count + 1)]
        listing.cursor = next((at for at in order if self._choices[at].startswith(sign)), listing.cursor)

    @on(Listing.Chosen)
    def _chosen(self, message: Listing.Chosen) -> None:
        self.dismiss(message.row.key)
