"""Keys that do what they stand for one after the other, also where many come in one packet."""

import asyncio
from contextlib import suppress

from textual import events
from textual.app import App, ScreenStackError
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widgets import Input

from tui.widgets.field import Field

_FOLLOW_S = 2.0
"""So long a key waits at most until what the one before it began is in sight: it is never lost for it."""


class OrderedKeys(App[None]):
    """Invariant: a key is looked at where the keys before it have led to.

    Textual lets a key climb from widget to widget to find its meaning, while those behind it in the same packet go
    where the focus is still: "/254" led to screen 2, and the first letters for a card were keys of the list below it.
    """

    async def on_event(self, event: events.Event) -> None:
        """Do what a key stands for; letters go to the line that is typed in."""
        if not isinstance(event, events.Key) or event.is_forwarded or self._is_of_others():
            await super().on_event(event)
            return
        here = self.focused or self.screen
        if not (isinstance(here, Field) and here.takes(event)) and await self._acted(event.key):
            await self._follow(here)
            return
        await super().on_event(event)
        if not (isinstance(here, Field) and event.is_printable):
            await self._follow(here)

    def _is_of_others(self) -> bool:
        """Say whether a key goes to a line that is not ours, the palette's, or nowhere at all."""
        try:
            line = self.focused
        except ScreenStackError:
            return True
        return isinstance(line, Input) and not isinstance(line, Field)

    async def _acted(self, key: str) -> bool:
        return await self._check_bindings(key, priority=True) or await self._check_bindings(key)

    async def _follow(self, here: DOMNode) -> None:
        """Let what was begun go on until a screen that it opens takes keys."""
        with suppress(TimeoutError, ScreenStackError):
            async with asyncio.timeout(_FOLLOW_S):
                for node in here.ancestors_with_self:
                    await _idle(node)
                    if isinstance(node, Screen):
                        break
                await asyncio.sleep(0)  # what runs beside opens its card
                await self.screen._mounted_event.wait()  # Textual has no public way to wait for a screen


async def _idle(node: MessagePump) -> None:
    """Wait until a widget has done what was waiting for it."""
    done = asyncio.Event()
    if node.call_later(done.set):
        await done.wait()
