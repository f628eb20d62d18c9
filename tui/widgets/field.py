"""A line to type in, which takes its keys one after the other."""

import asyncio

from textual import events
from textual.binding import Binding
from textual.widgets import Input


class Field(Input):
    """Invariant: what it holds is what its keys say in the order in which they were pressed, however fast they come.

    Textual inserts a letter where it arrives, and has all other keys climb to the application first: of a Ctrl-U and
    letters in one packet the letters were in before it, and were lost.
    """

    def takes(self, event: events.Key) -> bool:
        """Say whether a key is meant for this line: a letter, or one that moves in it or changes it."""
        return event.is_printable or self._own(event.key) is not None

    async def settled(self) -> str:
        """Return what it holds, once it has taken all keys that were pressed before."""
        taken = asyncio.Event()
        self.call_later(taken.set)
        await taken.wait()
        return self.value.strip()

    async def _on_key(self, event: events.Key) -> None:
        await super()._on_key(event)
        own = None if event.is_printable else self._own(event.key)
        if own is not None:
            event.stop()
            event.prevent_default()
            await self.app.run_action(own.action, self)

    def _own(self, key: str) -> Binding | None:
        return next((one for one in self._bindings.key_to_bindings.get(key, ()) if not one.priority), None)
