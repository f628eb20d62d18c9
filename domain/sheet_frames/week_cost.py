"""What the traffic of a week costs by a plan before a sheet and after all of it."""

from dataclasses import dataclass

import polars as pl

from domain.sheet_frames import callers
from domain.sheet_frames.case import Case
from domain.sheet_frames.checks.traffic import Traffic, costed, placed


@dataclass(frozen=True, slots=True)
class WeekCost:
    """`calls` of the last terms.traffic_days; what they would cost a week by the plan as it is now, and as it is when
    every line of the sheet is in force: units of the plan's currency. `unrated`: calls that have no rate then."""

    calls: int
    before: int
    after: int
    unrated: int = 0


def week_cost(case: Case) -> WeekCost:
    """Take the calls of the last days through the plan before and after the sheet, each at one moment."""
    traffic = Traffic(case)
    legs = traffic.week
    if not legs.height:
        return WeekCost(0, 0, 0)
    now_ms = case.contract.now_ms
    latest = case.comparison.changes["from_ms"].max()
    at_ms = max(now_ms, latest) if isinstance(latest, int) else now_ms
    costs = []
    for plan, when, name in ((callers.before(case), now_ms, "old"), (callers.after(case), at_ms, "new")):
        met = placed(legs.with_columns(pl.lit(when, pl.Int64).alias("at_ms")), plan, name)
        costs.append(costed(met, plan.rates, case.contract.rules, name)[f"{name}_cost"])
    after = legs.with_columns(costs)
    sums = after.select(
        pl.col("calls").sum(),
        traffic.weekly(pl.col("old_cost").sum()).alias("before"),
        traffic.weekly(pl.col("new_cost").sum()).alias("after"),
        pl.col("calls").filter(pl.col("new_cost").is_null()).sum().alias("unrated"),
    )
    calls, old, new, unrated = (int(value or 0) for value in sums.row(0))
    return WeekCost(calls, old, new, unrated)
