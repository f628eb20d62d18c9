"""The parts of a back-test, by how many legs its days have."""

from collections import Counter

from actors.home import Home
from cluster.tasks.backtest_quality import asked_by, reach_ms
from cluster.tasks.batch_world import world_of
from cluster.tasks.leg_frames import AT_SQL
from cluster.tasks.segments import book_reader, of_period
from domain.backtest_cuts import DAY_MS, Part, cuts
from domain.backtests import BacktestOrder


def backtest_cuts(home: Home, order: BacktestOrder) -> tuple[list[Part], list[Part]]:
    """Return the stretches in which calls are counted, those before the period among them where what was known then is
    asked for, and the parts of the period in which they are decided."""
    known = world_of(home, order.now_ms).world.index.directory.policies
    since_ms = order.from_ms - reach_ms(asked_by(known, order), order)
    legs = _legs_by_day(home, since_ms, order.until_ms)
    deciding = cuts(order.from_ms, order.until_ms, legs)
    return cuts(since_ms, order.from_ms, legs) + deciding, deciding


def _legs_by_day(home: Home, from_ms: int, until_ms: int) -> Counter[int]:
    legs = Counter[int]()
    asked = f"WHERE {AT_SQL} >= ? AND {AT_SQL} < ? GROUP BY 1"
    for _, book in book_reader(home).every():
        for day, count in book.leg_rows([f"{AT_SQL} / {DAY_MS}", "count(*)"], asked, (from_ms, until_ms)):
            legs[day] += count
        for segment in of_period(book.segments(), from_ms, until_ms):
            legs[segment.day] += segment.legs
    return legs
