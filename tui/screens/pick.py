"""One of many, chosen from a list in a card."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import formats
from tui.link import LinkError
from tui.widgets.cells import Column, Row, word
from tui.widgets.listing import Listing

Learn = Callable[[], Awaitable[tuple[str, ...]]]
"""Asks what may be chosen. Raises LinkError."""


class PickScreen(ModalScreen[str]):
    """A card over the screen; it closes with what was chosen, with "" by Escape. A letter goes to the next that begins
    with it. What may be chosen may still be asked for: keys that come before it are kept for it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss('')", "leave it", priority=True),
        Binding("enter", "choose", "choose", priority=True),
        *(Binding(sign, f"seek('{sign}')", show=False) for sign in "abcdefghijklmnopqrstuvwxyz"),
    ]

    def __init__(self, title: str, choices: tuple[str, ...] | Learn, now: str) -> None:
        super().__init__()
        self._title, self._now = title, now
        self._learn: Learn | None = choices if callable(choices) else None
        self._choices: tuple[str, ...] = () if callable(choices) else choices
        self._kept: list[str] = []

    def compose(self) -> ComposeResult:
        """Put the list in a card."""
        with Vertical(id="pick"):
            yield Static(Content.styled(formats.plain(self._title), "bold $accent"))
            yield Listing((Column("Enter chooses, Esc leaves it", 40, flex=1),))

    def on_mount(self) -> None:
        """Begin with what is chosen now."""
        self.set_focus(self.query_one(Listing))
        if self._learn is None:
            self._show()
        else:
            self.query_one(Listing).show([], note="asking…")
            self._ask(self._learn)

    @work(group="learn")
    async def _ask(self, learn: Learn) -> None:
        try:
            self._choices = await learn()
        except LinkError as failed:
            self.notify(formats.plain(str(failed)), severity="error")
            self.dismiss("")
            return
        self._show()
        for sign in self._kept:
            self.action_seek(sign) if sign else self.action_choose()

    def _show(self) -> None:
        listing = self.query_one(Listing)
        listing.show([Row(one, (word(one),)) for one in self._choices])
        listing.cursor = self._choices.index(self._now) if self._now in self._choices else 0

    def action_seek(self, sign: str) -> None:
        """Go to the next choice that begins with a letter."""
        if not self._choices:
            self._kept.append(sign)
            return
        listing, count = self.query_one(Listing), len(self._choices)
        order = [(listing.cursor + step) % count for step in range(1, count + 1)]
        listing.cursor = next((at for at in order if self._choices[at].startswith(sign)), listing.cursor)

    def action_choose(self) -> None:
        """Close with the choice under the cursor."""
        row = self.query_one(Listing).row
        if row is None:
            self._kept.append("")
        else:
            self.dismiss(row.key)

    @on(Listing.Chosen)
    def _chosen(self, message: Listing.Chosen) -> None:
        self.dismiss(message.row.key)
