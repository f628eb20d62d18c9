"""The parts of a back-test, by how many legs its days have."""

from actors.home import Home
from cluster.tasks.backtest_quality import asked_by, reach_ms
from cluster.tasks.backtest_steps import legs_by_day
from cluster.tasks.batch_world import world_of
from domain.backtest_cuts import Part, cuts
from domain.backtests import BacktestOrder


def backtest_cuts(home: Home, order: BacktestOrder) -> tuple[list[Part], list[Part]]:
    """Return the stretches in which calls are counted, those before the period among them where what was known then is
    asked for, and the parts of the period in which they are decided."""
    known = world_of(home, order.now_ms).world.index.directory.policies
    since_ms = order.from_ms - reach_ms(asked_by(known, order), order)
    legs = legs_by_day(home, since_ms, order.until_ms)
    deciding = cuts(order.from_ms, order.until_ms, legs)
    return cuts(since_ms, order.from_ms, legs) + deciding, deciding
