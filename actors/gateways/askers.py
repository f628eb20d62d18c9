"""Who waits for the answer about a call, so that its hold is released when nobody does any more, and not before."""

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(slots=True)
class _Call:
    waiting: int = 0
    told: bool = False


class Askers:
    """Counts, by call, those who wait for an answer. A caller whose connection broke asks again, and we may hear of
    the break after that: then the first question is gone, while the second one has, or gets, the same hold.

    Invariant: a call is remembered while somebody waits for its answer, and no longer.
    """

    def __init__(self) -> None:
        self._calls: dict[Hashable, _Call] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def begin(self, call: Hashable) -> None:
        """Count one more who waits."""
        self._calls.setdefault(call, _Call()).waiting += 1

    def told(self, call: Hashable) -> None:
        """Note that one of them has the answer."""
        self._calls[call].told = True
        self._leave(call)

    def gone(self, call: Hashable) -> bool:
        """Note that one of them is gone; say whether nobody has the answer now, or waits for it."""
        told = self._calls[call].told
        self._leave(call)
        return not told and call not in self._calls

    def _leave(self, call: Hashable) -> None:
        known = self._calls[call]
        known.waiting -= 1
        if not known.waiting:
            del self._calls[call]
