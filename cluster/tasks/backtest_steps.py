"""How many legs a back-test is of, by which it is cut into parts, and large parts into steps."""

from collections import Counter

from actors.home import Home
from cluster.tasks.leg_frames import AT_SQL
from cluster.tasks.segments import book_reader, of_period
from domain.backtest_cuts import DAY_MS, Part, steps


def steps_of(home: Home, from_ms: int, until_ms: int, most: int) -> list[Part]:
    """Return the steps in which a part is worked on."""
    return steps(from_ms, until_ms, legs_by_day(home, from_ms, until_ms), most)


def legs_by_day(home: Home, from_ms: int, until_ms: int) -> Counter[int]:
    """Return how many legs the days since 1970 have; those that are not sealed in [from, until) alone."""
    legs = Counter[int]()
    asked = f"WHERE {AT_SQL} >= ? AND {AT_SQL} < ? GROUP BY 1"
    for _, book in book_reader(home).every():
        for day, count in book.leg_rows([f"{AT_SQL} / {DAY_MS}", "count(*)"], asked, (from_ms, until_ms)):
            legs[day] += count
        for segment in of_period(book.segments(), from_ms, until_ms):
            legs[segment.day] += segment.legs
    return legs
