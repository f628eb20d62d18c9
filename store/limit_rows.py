"""What is used of limits, as rows of a book."""

from collections.abc import Mapping

from domain.calls import Leg, LegState
from domain.limits import LimitId, Used, Uses
from store.book_rows import leg_of
from store.book_schema import LEG_COLUMNS, insert
from store.drivers import Driver

_COLUMNS = ["limit_id", "period_ms", "seconds", "units"]


def load(driver: Driver) -> Uses:
    """Return all that is known."""
    rows = driver.query(f"SELECT {', '.join(_COLUMNS)} FROM limit_use")
    return {(LimitId(name), period_ms): Used(seconds, units) for name, period_ms, seconds, units in rows}


def write(driver: Driver, uses: Mapping[tuple[LimitId, int], Used | None]) -> None:
    """Put what is used of limits in periods, within the caller's transaction; None: the period is forgotten."""
    gone = [key for key, used in uses.items() if used is None]
    if gone:
        driver.run_many("DELETE FROM limit_use WHERE limit_id = ? AND period_ms = ?", gone)
    put = [(*key, used.seconds, used.units) for key, used in uses.items() if used is not None]
    if put:
        tail = "ON CONFLICT (limit_id, period_ms) DO UPDATE SET seconds = excluded.seconds, units = excluded.units"
        driver.run_many(insert("limit_use", _COLUMNS, tail), put)


def open_legs(driver: Driver) -> list[Leg]:
    """Return the legs that have begun and not ended."""
    rows = driver.query(f"SELECT {', '.join(LEG_COLUMNS)} FROM leg WHERE state = ?", (LegState.OPEN.value,))
    return [leg_of(row) for row in rows]
