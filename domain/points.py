"""Numbers as points: the first 15 digits, filled up with zeros on the right. A code is the interval of its numbers."""

from functools import lru_cache

SHORTEST, LONGEST = 5, 15
"""Lengths of a number that may be routed: fifteen digits is the most that E.164 §6 allows."""
WIDTH = LONGEST
"""Digits of a point."""
END = 10**WIDTH
"""The first integer that is no point."""
OPEN_MS = 2**62
"""The end of what has none, in UTC ms."""


@lru_cache(maxsize=1024)
def point(number: str) -> int | None:
    """Return the point of a number or code; None when its first 15 characters are not digits.

    Remembered, because one call asks all plans about the same number.
    """
    head = number[:WIDTH]
    return int(head.ljust(WIDTH, "0")) if head.isascii() and head.isdigit() else None


def valid(number: str) -> bool:
    """Return whether the text is 5 to 15 ASCII digits: nothing else is ever routed or rated."""
    return SHORTEST <= len(number) <= LONGEST and number.isascii() and number.isdigit()
