"""quality-0's part that knows what clients get of what they are promised: which promises break, and how buckets run."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from itertools import islice

from actors.watched_routes import owners_of
from domain.calls import Side
from domain.directory import Directory
from domain.ids import DestinationId, PartnerId
from domain.quality import LegBegun, LegSeen
from domain.quality_counts import QualityCounts
from domain.sla.breaches import Breach, Promised
from domain.sla.measuring import surely_broken
from domain.sla.products import products_of
from domain.sla.running import Promises, breaches_now, promised_now, without_promise

PATIENT = 25
"""Pairs that are looked at before others may ask something."""
MOST_LOOKED = 2_000
"""Pairs that are judged in one look, the longest waiting first; the others wait for the next."""
Pair = tuple[PartnerId, DestinationId]


class RunningPromises(ABC):
    """The methods of quality-0 about promises.

    Invariants: each look judges the running bucket of every pair with a call since the last one, and of those with a
    breach that lasts; no other can have become worse. What a look found that nobody took is looked for again.
    """

    def __init__(self) -> None:
        self._promises: Promises | None = None
        self._said: object = None
        self._touched: dict[Pair, None] = {}
        self._looks, self._judged = 0, dict[Pair, None]()
        """How many looks there were, and whom the last one judged since they had calls."""

    @abstractmethod
    def _counts(self) -> QualityCounts: ...

    @abstractmethod
    def _now_ms(self) -> int: ...

    def follow_promises(self, directory: Directory) -> None:
        """Go by the policies of a directory; where they promise otherwise, all pairs are looked at again."""
        said = directory.policies, owners_of(directory), products_of(directory)
        if said != self._said:
            self._said, self._promises = said, Promises(directory)
            self.touch_all()

    def hear_promised(self, legs: Iterable[LegSeen | LegBegun]) -> None:
        """Note which clients had calls."""
        if self._promises is not None and self._promises.any:
            self._touched |= {(leg.partner, leg.destination): None for leg in legs if leg.side is Side.CLIENT}

    def touch_all(self) -> None:
        """Look at all pairs again: policies changed, or all was counted anew."""
        if self._promises is not None and self._promises.any:
            self._touched |= dict.fromkeys(self._pairs())

    async def promise_changes(self, standing: Sequence[Breach], taken: int = 0) -> tuple[int, list[Breach]]:
        """Return the number of this look, and the breaches that begin or end now. `standing`: those that last; `taken`:
        the last look whose breaches were written."""
        known = {one.whose: one for one in standing}
        if taken != self._looks:
            self._touched = self._judged | self._touched
        self._looks += 1
        look, touched = self._looks, list(islice(self._touched, MOST_LOOKED))
        self._judged = dict.fromkeys(touched)
        for pair in touched:
            del self._touched[pair]
        pairs = dict.fromkeys((*touched, *((one.client, one.destination) for one in known)))
        if self._promises is None:
            return look, []
        found = without_promise(self._promises, standing, self._now_ms())
        for some in _sliced(list(pairs)):
            found += breaches_now(self._promised(some), known, self._now_ms())
            await asyncio.sleep(0)
        return look, found

    async def promised(self, client: PartnerId | None, limit: int, offset: int) -> tuple[list[Promised], int]:
        """Return a page of what is promised now to clients that have calls, those that are broken first, and how many
        there are."""
        found: list[tuple[bool, Promised]] = []
        for some in _sliced([pair for pair in self._pairs() if client in (None, pair[0])]):
            for its in self._promised(some):
                running = its.running
                sound = surely_broken(its.promise, running.attempts, running.got) is None
                found.append((sound, its))
            await asyncio.sleep(0)
        found.sort(key=lambda one: (one[0], one[1].whose))
        return [its for _, its in found[offset : offset + limit]], len(found)

    def _promised(self, pairs: Sequence[Pair]) -> list[Promised]:
        if self._promises is None or not self._promises.any:
            return []
        return list(promised_now(self._promises, self._counts(), pairs, self._now_ms()))

    def _pairs(self) -> list[Pair]:
        counts = self._counts()
        return [(its, where) for where in counts.destinations() for its in counts.partners(Side.CLIENT, where)]


def _sliced(pairs: list[Pair]) -> Iterable[list[Pair]]:
    return (pairs[at : at + PATIENT] for at in range(0, len(pairs), PATIENT))
