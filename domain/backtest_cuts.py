"""How the period of a back-test is cut into parts: at midnights, and days of many legs at quarters of an hour, too."""

from collections.abc import Mapping
from itertools import pairwise

Part = tuple[int, int]
"""[from, until), UTC ms."""
DAY_MS, SLOT_MS = 86_400_000, 900_000
PART_LEGS = 500_000
"""Legs of a part, about: so many take half a gigabyte of memory while they are worked on."""


def cuts(from_ms: int, until_ms: int, legs: Mapping[int, int], most: int = PART_LEGS) -> list[Part]:
    """Cut [from, until) into parts of at most a day, UTC; `legs`: how many are known of days since 1970.

    A day of more than `most` legs is cut into equal stretches of whole quarters of an hour. Parts add up to the whole
    wherever they are cut.
    """
    edges = {from_ms, until_ms}
    for day in range(from_ms // DAY_MS, -(-until_ms // DAY_MS)):
        parts = max(1, -(-legs.get(day, 0) // most))
        step = max(SLOT_MS, -(-DAY_MS // parts // SLOT_MS) * SLOT_MS)
        edges |= set(range(day * DAY_MS, (day + 1) * DAY_MS, step))
    kept = sorted(edge for edge in edges if from_ms <= edge <= until_ms)
    return list(pairwise(kept))


def steps(from_ms: int, until_ms: int, legs: Mapping[int, int], most: int = PART_LEGS) -> list[Part]:
    """Cut a part into steps of about so many legs; one that has less than twice as many, as `cuts` makes them, is one.

    Legs are taken to be spread evenly over each day.
    """
    within = sum(count * _common(day, from_ms, until_ms) for day, count in legs.items()) // DAY_MS
    number = -(-within // most) if within >= 2 * most else 1
    step = -(-(until_ms - from_ms) // number // SLOT_MS) * SLOT_MS
    return (
        list(pairwise([*range(from_ms, until_ms, max(SLOT_MS, step)), until_ms]))
        if number > 1
        else [(from_ms, until_ms)]
    )


def _common(day: int, from_ms: int, until_ms: int) -> int:
    """Return how much of a day is in [from, until)."""
    return max(0, min(until_ms, (day + 1) * DAY_MS) - max(from_ms, day * DAY_MS))
