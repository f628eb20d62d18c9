"""Duplicate detection of a RADIUS server (RFC 2865 §2.5, RFC 5080 §2.2.2): one question, one answer in effect."""

from collections import OrderedDict
from typing import NamedTuple


class Key(NamedTuple):
    """What tells requests apart on one receiving socket."""

    host: str
    port: int
    identifier: int


class _Entry:
    __slots__ = ("authenticator", "reply", "until_s")

    def __init__(self, authenticator: bytes, until_s: float) -> None:
        self.authenticator = authenticator
        self.reply: bytes | None = None
        self.until_s = until_s


class DuplicateCache:
    """Answers by request, kept `keep_s` seconds of machine time.

    Invariants: an identifier reused with another authenticator is a new request and takes the entry's place; at most
    `limit` entries, the oldest goes first.
    """

    def __init__(self, limit: int, keep_s: float) -> None:
        self._limit, self._keep_s = limit, keep_s
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def seen(self, key: Key, authenticator: bytes, now_s: float) -> bool | bytes:
        """Return False for a new request (from now on in work), True for one in work, or its answer's bytes."""
        known = self._entries.get(key)
        if known is not None and known.authenticator == authenticator and known.until_s > now_s:
            return True if known.reply is None else known.reply
        self._entries[key] = _Entry(authenticator, now_s + self._keep_s)
        self._entries.move_to_end(key)
        while self._entries and (len(self._entries) > self._limit or self._oldest().until_s <= now_s):
            self._entries.popitem(last=False)
        return False

    def answered(self, key: Key, authenticator: bytes, reply: bytes) -> None:
        """Remember the answer."""
        known = self._entries.get(key)
        if known is not None and known.authenticator == authenticator:
            known.reply = reply

    def forget(self, key: Key, authenticator: bytes) -> None:
        """Forget a request that got no answer, so that its repetition is worked on anew."""
        known = self._entries.get(key)
        if known is not None and known.authenticator == authenticator:
            del self._entries[key]

    def _oldest(self) -> _Entry:
        return next(iter(self._entries.values()))
