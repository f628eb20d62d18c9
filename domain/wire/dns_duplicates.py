"""Questions that come again since a packet was lost: the same question gets the same answer, once worked out."""

from collections import OrderedDict
from typing import Generic, TypeVar

from domain.wire.dns_message import Query

A = TypeVar("A")
_Key = tuple[str, int | bytes, int, bytes, int]

KEEP_S = 5.0


class RecentAnswers(Generic[A]):
    """Remembers answers by source, port, id, name and type for KEEP_S, at most `limit`, the oldest go first.

    Given an `origin`, that of the call, it stands for port and id: an asker that was told to come by TCP, or tries from
    another port, has new ones, and must not hold money twice.

    The answer is kept as a value: a repetition may differ in the case of its letters or in its EDNS. Time is machine
    time in seconds and never runs back.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: OrderedDict[_Key, tuple[float, A | None]] = OrderedDict()  # the first of a dict is slow to find

    def __len__(self) -> int:
        return len(self._seen)

    def begin(
        self, query: Query, source: tuple[str, int], now_s: float, origin: bytes | None = None
    ) -> tuple[bool, A | None]:
        """Return (True, None) for a new question, (False, its answer) for a repetition: None while it is in work."""
        key = _key(query, source, origin)
        self._forget_old(now_s)
        known = self._seen.get(key)
        if known is not None:
            return False, known[1]
        self._seen[key] = (now_s, None)
        return True, None

    def answered(self, query: Query, source: tuple[str, int], answer: A, origin: bytes | None = None) -> None:
        """Keep the answer to a question, unless it was forgotten meanwhile."""
        key = _key(query, source, origin)
        known = self._seen.get(key)
        if known is not None:
            self._seen[key] = (known[0], answer)

    def failed(self, query: Query, source: tuple[str, int], origin: bytes | None = None) -> None:
        """Forget a question that could not be answered: its repetition is tried as new."""
        self._seen.pop(_key(query, source, origin), None)

    def _forget_old(self, now_s: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if len(self._seen) < self._limit and now_s - self._seen[oldest][0] <= KEEP_S:
                return
            self._seen.popitem(last=False)


def _key(query: Query, source: tuple[str, int], origin: bytes | None) -> _Key:
    if origin is not None:
        return source[0], origin, 0, query.name.lower(), query.type
    return (*source, query.id, query.name.lower(), query.type)
