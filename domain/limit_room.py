"""How much room limits on open calls leave on a route."""

from dataclasses import dataclass

UNLIMITED = 1_000_000
"""Calls that are free where nothing limits them."""


@dataclass(frozen=True, slots=True)
class Room:
    """`free`: calls that may still be opened; `load_pct`: how full the tightest limit is, per cent."""

    free: int = UNLIMITED
    load_pct: float = 0.0

    def beside(self, most: int, calls: int) -> "Room":
        """Return the room with another limit, of `most` calls of which `calls` are open."""
        load_pct = 100.0 * calls / most if most else 100.0
        return Room(min(self.free, max(0, most - calls)), max(self.load_pct, load_pct))


NO_LIMIT = Room()
