"""For which numbers and moments an answer holds: so that what was worked out for one call is known for others."""

from domain.points import END, OPEN_MS, WIDTH, point


class Extent:
    """The numbers and moments that get the same answer. Whoever looks something up narrows it by what he looked at.

    Invariant: as points (see `domain.points`), the numbers are those of [first, end); the moments are
    [since_ms, until_ms).
    """

    __slots__ = ("end", "first", "since_ms", "until_ms")

    def __init__(self) -> None:
        self.first, self.end = 0, END
        self.since_ms, self.until_ms = -OPEN_MS, OPEN_MS

    def narrow_numbers(self, first: int, end: int) -> None:
        """Leave out the numbers before the point `first` and from `end` on."""
        self.first, self.end = max(self.first, first), min(self.end, end)

    def narrow_moments(self, since_ms: int, until_ms: int) -> None:
        """Leave out the moments before `since_ms` and from `until_ms` on."""
        self.since_ms, self.until_ms = max(self.since_ms, since_ms), min(self.until_ms, until_ms)

    def beginning(self, number: str) -> str | None:
        """Return the shortest beginning of a number within that only numbers within have; None where it has none.

        A number that is as long as this is longer than all codes that were looked at: the zeros by which a point is
        filled up take part in nothing.
        """
        where = point(number)
        if where is None:
            return None
        for digits in range(min(len(number), WIDTH) + 1):
            size = 10 ** (WIDTH - digits)
            first = where - where % size
            if self.first <= first and first + size <= self.end:
                return number[:digits]
        return None
