"""What the books hold of a partner, a trunk, a switch or a plan: whether it may be removed, or billed in other money.

Sealed legs are in their segments: those of a partner leave their sums in the book, those of the others are counted by
a task.
"""

import json
from enum import StrEnum

from store.book_reader import BookReader, Snapshot


class Noun(StrEnum):
    """What may be mentioned; the value is the column of a leg."""

    PARTNER = "partner"
    TRUNK = "trunk"
    SWITCH = "switch"
    PLAN = "plan"


OPEN_CALL = "open call"


def mentions(reader: BookReader, noun: Noun, name: str) -> list[str]:
    """Return what the books hold of a thing, in words with their counts; nothing where it was never used."""
    counts: dict[str, int] = {}
    for _, book in reader.every():
        for what, count in _of_book(book, noun, name).items():
            counts[what] = counts.get(what, 0) + count
    return [f"{count:,} {what}{'' if count == 1 else 's'}" for what, count in counts.items() if count]


def _of_book(book: Snapshot, noun: Noun, name: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    if noun is not Noun.PLAN:
        counts[OPEN_CALL] = book.rows(f"SELECT count(*) FROM hold WHERE {noun} = ?", (name,))[0][0]
    counts["leg"] = book.rows(f"SELECT count(*) FROM leg WHERE {noun} = ?", (name,))[0][0]
    if noun is Noun.PARTNER:
        accounts = [f"{kind}:{name}" for kind in ("receivable", "payable")]
        counts["transfer"] = book.rows(
            "SELECT count(*) FROM transfer WHERE debit IN (?, ?) OR credit IN (?, ?)", accounts * 2
        )[0][0]
        counts["transfer"] += sum(posting.partner == name for posting in book.outbox())
        counts["sealed segment"] = sum(
            any(of[0] == name for of in json.loads(sums)) for (sums,) in book.rows("SELECT sums FROM segment")
        )
    if noun is Noun.SWITCH:
        raws = (bytes(raw) for (raw,) in book.rows("SELECT raw FROM parked"))
        counts["parked record"] = sum(f'"switch":"{name}"'.encode() in raw for raw in raws)
    return counts


def has_segments(reader: BookReader) -> bool:
    """Say whether any leg was sealed."""
    return any(book.rows("SELECT 1 FROM segment LIMIT 1") for _, book in reader.every())


def any_open_call(reader: BookReader) -> bool:
    """Say whether any call is open."""
    return any(book.rows("SELECT 1 FROM hold LIMIT 1") for _, book in reader.every())
