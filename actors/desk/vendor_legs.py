"""What the open legs in the books say of calls that run: which vendor each is with, and since when it is answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.book_reader import BookReader


@dataclass(frozen=True, slots=True)
class VendorLeg:
    """The vendor of an open leg, and its post-dial delay in ms where it has rung."""

    vendor: str
    pdd_ms: int | None


def vendors_of(reader: BookReader, call_keys: Sequence[bytes]) -> dict[bytes, VendorLeg]:
    """Return the latest open vendor leg of each of these calls; a page of them, so one question per book."""
    found: dict[bytes, VendorLeg] = {}
    if not call_keys:
        return found
    marks = ", ".join("?" * len(call_keys))
    for _, book in reader.every():
        rows = book.leg_rows(
            ("call_key", "partner", "setup_ms", "alert_ms"),
            f"WHERE state = 'open' AND side = 'vendor' AND call_key IN ({marks}) ORDER BY setup_ms",
            tuple(call_keys),
        )
        for key, partner, setup_ms, alert_ms in rows:
            found[bytes(key)] = VendorLeg(partner, None if alert_ms is None else max(0, alert_ms - setup_ms))
    return found


def answered_ms(reader: BookReader, call_keys: Sequence[bytes]) -> dict[bytes, int]:
    """Return when each of these calls was answered, by its open client leg; those that were not are left out."""
    found: dict[bytes, int] = {}
    if not call_keys:
        return found
    marks = ", ".join("?" * len(call_keys))
    for _, book in reader.every():
        tail = f"WHERE state = 'open' AND side = 'client' AND connect_ms IS NOT NULL AND call_key IN ({marks})"
        found |= {bytes(key): at_ms for key, at_ms in book.leg_rows(("call_key", "connect_ms"), tail, tuple(call_keys))}
    return found
