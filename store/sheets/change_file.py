"""What a digested sheet does to its plan, in a file that the desk reads by itself.

Who approves a sheet waits for it: a task that reads frames would take seconds to begin.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from domain.origins import OriginCode
from store.catalog.intents import Lines

_SIZE = 8
"""Bytes that say how many `asked` has."""


@dataclass(frozen=True, slots=True)
class PlanChange:
    """Ids of rates that are known no longer, rates that are known instead, what the sheet asked for, whatever it found
    (packed: store.catalog.intents), and what groups of callers are by it.

    `compared`: the version of the plan that the sheet was compared with, and when (UTC ms): by these it is told whether
    the file is of what the catalog says of the sheet. In a restored backup it may be of a later check: files are copied
    after the catalog.
    """

    compared: tuple[int, int]
    ended: Sequence[int]
    added: Lines
    asked: bytes
    origins: Sequence[OriginCode] = ()


def packed(change: PlanChange) -> bytes:
    """Write a change. A million rates take half a second, and some MB."""
    added, origins = (
        change.added,
        [(one.group, one.code, one.valid_from_ms, one.valid_until_ms) for one in change.origins],
    )
    whole = {"ended": change.ended, "codes": added.codes, "index": added.tail, "tails": added.tails, "origins": origins}
    whole["compared"] = change.compared
    return b"".join((len(change.asked).to_bytes(_SIZE), change.asked, zlib.compress(orjson.dumps(whole), 1)))


def unpacked(data: bytes) -> PlanChange:
    """Read a change; one that an older release wrote was compared with version 0."""
    behind = _SIZE + int.from_bytes(data[:_SIZE])
    whole = orjson.loads(zlib.decompress(memoryview(data)[behind:]))
    tails = [tuple(tail) for tail in whole["tails"]]
    origins = [OriginCode(*its) for its in whole["origins"]]
    added, (version, at_ms) = Lines(whole["codes"], whole["index"], tails), whole.get("compared", (0, 0))
    return PlanChange((version, at_ms), whole["ended"], added, data[_SIZE:behind], origins)
