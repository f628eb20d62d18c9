"""Calls that come back to us: found by our own mark in what is asked for, or by who calls whom, again and again.

A vendor that hands a call on to somebody who is our client makes a circle, in which each round holds money and a
channel. One that comes back within two seconds for the same caller and number, from another client, or with fewer hops
left than before, is a round (facts: quality §8 "Loop"). A redial is none: it comes by the same client, with the same
hops left.
"""

from collections import OrderedDict
from dataclasses import dataclass

from domain.calls import CallSetup
from domain.directory import Direction, Directory
from domain.ids import PartnerId
from domain.targets import mark_trunk

ROUND_MS = 2_000
"""Rounds of a circle follow each other within this time."""
MOST_BACK = 8
"""Rounds of a circle of which a question that comes again is known."""


@dataclass(frozen=True, slots=True)
class Round:
    """Which round of the same circle a call is, 1: none was seen; and by what the last one was known."""

    number: int = 1
    words: str = ""


FIRST = Round()


class _Call:
    """The last call of a caller to a number; `before`: the round before it, of MOST_BACK."""

    __slots__ = ("at_ms", "before", "call_id", "client", "hops", "number", "words")

    def __init__(self, at_ms: int, call_id: bytes, client: PartnerId, hops: int | None) -> None:
        self.at_ms, self.call_id, self.client, self.hops = at_ms, call_id, client, hops
        self.number, self.words = 1, ""
        self.before: _Call | None = None

    def asked_again(self, setup: CallSetup, client: PartnerId) -> "_Call | None":
        """Return the round that a question is about once more: it has no fewer hops left than that had."""
        call: _Call | None = self
        while call is not None:
            same = call.client == client and call.call_id == setup.call_id
            if same and call.hops is not None and (setup.max_forwards or 0) >= call.hops:
                return call
            call = call.before
        return None


class LoopWatch:
    """The last calls of one node by who calls whom. Invariant: at most `limit` are kept, the oldest forgotten first;
    of those that no round can follow any more two go with each that comes.

    Calls without a caller are not watched: many of them may be of many callers.
    """

    def __init__(self, limit: int = 50_000) -> None:
        self._limit = limit
        self._calls: OrderedDict[tuple[str, str], _Call] = OrderedDict()

    def __len__(self) -> int:
        return len(self._calls)

    def round_of(self, setup: CallSetup, client: PartnerId, a: str, b: str) -> Round:
        """Return which round of a circle a call is, and remember it."""
        if not a:
            return FIRST
        key = (a, b)
        self._forget(setup.at_ms)
        last = self._calls.pop(key, None)
        call = _Call(setup.at_ms, setup.call_id, client, setup.max_forwards)
        self._calls[key] = call
        if last is None:
            return FIRST
        if not 0 <= setup.at_ms - last.at_ms <= ROUND_MS:
            return FIRST
        again = last.asked_again(setup, client) if setup.call_id else None
        if again is not None:
            self._calls[key] = last
            last.at_ms = setup.at_ms
            return Round(again.number, again.words)
        fewer = setup.max_forwards is not None and last.hops is not None and setup.max_forwards < last.hops
        if last.client != client:
            came = "its Call-ID" if setup.call_id and setup.call_id == last.call_id else "the same caller and number"
            call.words = f"{came} came from {last.client} {setup.at_ms - last.at_ms} ms before"
        elif fewer and setup.call_id:
            call.words = f"it came {setup.at_ms - last.at_ms} ms before with {last.hops} hops left, now {call.hops}"
        elif setup.call_id == last.call_id:  # asked about again: that is no round, and ends none
            call.number, call.words, call.hops = last.number, last.words, last.hops
            return Round(call.number, call.words)
        else:
            return FIRST
        call.number = last.number + 1
        call.before = last if call.number <= MOST_BACK else None
        return Round(call.number, call.words)

    def _forget(self, at_ms: int) -> None:
        for _ in range(2):
            oldest = next(iter(self._calls.values()), None)
            if oldest is None or (at_ms - oldest.at_ms <= ROUND_MS and len(self._calls) < self._limit):
                return
            self._calls.popitem(last=False)


def is_ours(mark: str, directory: Directory) -> bool:
    """Say whether a mark in the address that is asked for is one that we gave: the call was sent by us already."""
    trunk = directory.trunks.get(mark_trunk(mark))
    return trunk is not None and trunk.direction is Direction.OUT
