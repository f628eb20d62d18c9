"""Nonces of Digest authentication that need no memory to be known again, and a bounded guard against their replay."""

import re
from collections import OrderedDict
from enum import Enum, auto
from hashlib import blake2b
from hmac import compare_digest

_STAMP, _RUN, _SALT = 12, 8, 12
_HEAD = _STAMP + _RUN + _SALT
_WINDOW = 64
_COUNT = re.compile("[0-9a-fA-F]{1,8}")


class Freshness(Enum):
    """What a nonce is worth. STALE: it was ours; its client may try again with a new one."""

    FRESH = auto()
    STALE = auto()
    FORGED = auto()


class Nonces:
    """Issues nonces and knows them again: `<time><run><salt><keyed hash over these and the client's address>`, in hex.

    One of these serves all doors of a node, from its start to its end: what it knows of used nonces no other node does,
    nor its next start. `run` tells them apart; who proves itself by a nonce of another run is told that it is stale.

    Invariants: a nonce is good for `lives_s` seconds after its issue, from the address it was issued to; each count
    (nc) of it once, and without a count it is good once. At most `limit` used nonces are remembered: one issued before
    the newest that was forgotten is stale unless remembered, so that forgetting never lets a replay in.
    """

    def __init__(self, secret: bytes, *, lives_s: int, run: bytes = b"", limit: int = 10_000) -> None:
        self._key, self._lives_ms, self._limit = secret[:64], lives_s * 1000, limit
        self._run = blake2b(run, digest_size=_RUN // 2).hexdigest()
        self._used: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._floor_ms = 0

    def issue(self, now_ms: int, address: str, salt: bytes) -> str:
        """Return a nonce. `salt` tells challenges of one moment apart; the same salt gives the same nonce."""
        head = f"{now_ms:0{_STAMP}x}{self._run}" + blake2b(salt, digest_size=_SALT // 2, key=self._key).hexdigest()
        return head + self._proof(head, address)

    def freshness(self, nonce: str, address: str, now_ms: int) -> Freshness:
        """Tell whether a nonce is ours and young enough; counts are looked at by `take`."""
        head, proof = nonce[:_HEAD], nonce[_HEAD:]
        if not (nonce.isascii() and compare_digest(proof, self._proof(head, address))):
            return Freshness.FORGED
        issued_ms = int(head[:_STAMP], 16)
        if head[_STAMP : _STAMP + _RUN] != self._run:
            return Freshness.STALE
        return Freshness.FRESH if 0 <= now_ms - issued_ms <= self._lives_ms else Freshness.STALE

    def take(self, nonce: str, count: str) -> bool:
        """Use a fresh nonce with its count (nc as sent, "" without); False when that was used before.

        Calls overtake each other, so counts may come in any order within the last 64.
        """
        number = _number(count)
        if number is None:
            return False
        known = self._used.get(nonce)
        if known is None:
            if int(nonce[:_STAMP], 16) <= self._floor_ms:
                return False
            self._remember(nonce, number, 1)
            return True
        highest, seen = known
        if number > highest:
            self._remember(nonce, number, seen << min(number - highest, _WINDOW) & (1 << _WINDOW) - 1 | 1)
            return True
        bit = 1 << (highest - number)
        if highest - number >= _WINDOW or seen & bit:
            return False
        self._remember(nonce, highest, seen | bit)
        return True

    def _remember(self, nonce: str, highest: int, seen: int) -> None:
        self._used[nonce] = highest, seen
        self._used.move_to_end(nonce)
        while len(self._used) > self._limit:
            forgotten, _ = self._used.popitem(last=False)
            self._floor_ms = max(self._floor_ms, int(forgotten[:_STAMP], 16))

    def _proof(self, head: str, address: str) -> str:
        return blake2b(f"{head} {address}".encode(), digest_size=16, key=self._key).hexdigest()


def _number(count: str) -> int | None:
    """Read eight hex digits; 0 for a client that does not count."""
    if not count:
        return 0
    return int(count, 16) if _COUNT.fullmatch(count) else None
