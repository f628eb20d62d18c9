"""The calls of the last days through a plan before and after a sheet: what a change means in money.

A called number is cut to the longest code that any plan of the case ever had for it: all plans say the same of all
numbers with one such stem, at any moment, so thousands of stems stand for millions of calls; callers are cut likewise
(domain.sheet_frames.callers). Calls are rated by their start's rate type, which each plan has by hours of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from domain.columnar import charges
from domain.profiles import boundaries, rate_type_at
from domain.rates import ANY_TIME, PlanRules, SecondsRounding, Unit
from domain.sheet_frames import callers, columns
from domain.sheet_frames.callers import Known
from domain.sheet_frames.case import Case
from domain.sheet_frames.longest import begun_by, longest

DAY_MS = 86_400_000
WEEK = 7
_TERMS = list(columns.TERMS)
_POINT = ["stem", "group", "at_ms", "wanted"]
STEM = ["stem", "caller", "wanted", "hour"]
"""What all calls have in common that all plans rate alike, but for their length."""
_LEGS = {
    "stem": pl.String, "caller": pl.String, "wanted": pl.String, "hour": pl.UInt32, "raw": pl.Int64,
    "talk_ms": pl.Int64, "charge": pl.Int64, "called_ms": pl.Int64, "calls": pl.Int64,
}  # fmt: skip
"""Calls by stem, stem of their caller and rate type at their moment (`wanted`: by the case's plan; `hour`: see
Traffic.types); `raw` is whole seconds as the plan counts them, in ms."""
_PLACED = {"group": pl.String, "rate": pl.UInt32, "code": pl.String, "type": pl.String, "origin": pl.String}
_CLOCK = ("windows", "holidays", "zone")
"""By these of a plan's rules a moment has its rate type."""
Clock = tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Traffic:
    """A case's calls, cut to stems. Each frame is made when it is first asked for."""

    case: Case

    @cached_property
    def legs(self) -> pl.DataFrame:
        """_LEGS of all days, one row per call."""
        case, rules = self.case, self.case.contract.rules
        partner = "client" if case.contract.side == "sell" else "vendor"
        calls = case.calls.filter(pl.col(partner) != "")
        if rules.unit is not Unit.SECOND or not calls.height:
            return columns.empty(_LEGS)
        numbers = calls["number"].unique()
        stems = pl.DataFrame({"number": numbers, "stem": longest(numbers, self._codes)})
        calls = calls.with_columns(callers.stems(calls["caller"], case))
        return calls.join(stems, on="number").filter(pl.col("stem").is_not_null()).select(
            "stem",
            "caller",
            _wanted(rules, pl.col("at_ms"), calls["at_ms"]).alias("wanted"),
            self._hour(pl.col("at_ms")).alias("hour"),
            _whole_seconds(rules.seconds).alias("raw"),
            "talk_ms",
            "charge",
            pl.col("at_ms").alias("called_ms"),
            pl.lit(1, pl.Int64).alias("calls"),
        )  # fmt: skip

    @cached_property
    def week(self) -> pl.DataFrame:
        """_LEGS of the contract's week_ms, one row per stem, caller, rate type and length."""
        counts = pl.col("called_ms").is_between(*self.case.contract.week_ms, closed="left")
        alike = self.legs.filter(counts).group_by(*STEM, "raw")
        return alike.agg(pl.col("talk_ms", "charge", "calls").sum(), pl.col("called_ms").max()).select(_LEGS.keys())

    def types(self, plan: str) -> pl.Series | None:
        """Return the rate type of each `hour` by a sell or buy plan of the case; None where its rules are not known."""
        rules = self.case.rules.get(plan)
        if rules is None:
            return None
        if not rules.windows:
            return pl.repeat(ANY_TIME, max(self._alike.height, 1), dtype=pl.String, eager=True)
        return self._types[_clock(rules)]

    def reach(self, codes: pl.Series, days: int) -> pl.DataFrame:
        """Return `code` and `calls` of the last days to numbers that begin with it; codes without any are left out."""
        since_ms = self.case.contract.now_ms - days * DAY_MS
        lately = self.legs.filter(pl.col("called_ms") >= since_ms).group_by("stem").agg(pl.col("calls").sum())
        pairs = begun_by(lately["stem"], codes).join(lately, left_on="number", right_on="stem")
        return pairs.group_by("code").agg(pl.col("calls").sum())

    def weekly(self, money: pl.Expr) -> pl.Expr:
        """Scale an amount over terms.traffic_days to a week, rounded half away from zero; 128 bits, checked."""
        days = max(self.case.contract.terms.traffic_days, 1)
        wide = money.cast(pl.Int128) * (2 * WEEK)
        return ((wide.abs() + days) // (2 * days) * wide.sign()).cast(pl.Int64)

    @cached_property
    def _hours(self) -> pl.DataFrame:
        """Each moment of a call: `at_ms`, and a column for each way in which other plans tell hours apart."""
        moments = self.case.calls.select("at_ms").unique()
        clocks = {_clock(rules): rules for rules in self.case.rules.values() if rules.windows}
        told = (_wanted(rules, pl.col("at_ms"), moments["at_ms"]) for rules in clocks.values())
        return moments.with_columns(one.alias(str(number)) for number, one in enumerate(told))

    @cached_property
    def _alike(self) -> pl.DataFrame:
        """The different hours: what all these plans call the same is one."""
        return self._hours.drop("at_ms").unique().sort(pl.all())

    @cached_property
    def _types(self) -> Mapping[Clock, pl.Series]:
        clocks = dict.fromkeys(_clock(rules) for rules in self.case.rules.values() if rules.windows)
        return {clock: self._alike[str(number)] for number, clock in enumerate(clocks)}

    def _hour(self, at_ms: pl.Expr) -> pl.Expr:
        """The hour of each moment: a row of `_alike`."""
        if not self._hours.width > 1:
            return pl.lit(0, pl.UInt32)
        numbered = self._alike.with_row_index("hour")
        told = self._hours.join(numbered, on=self._alike.columns)
        return at_ms.replace_strict(told["at_ms"], told["hour"], return_dtype=pl.UInt32)

    @cached_property
    def _codes(self) -> pl.Series:
        case = self.case
        of_case = [case.rates, case.comparison.after, case.comparison.changes, *case.sells.values()]
        of_case += case.buys.values()
        return pl.concat([*(frame["code"] for frame in of_case), case.comparison.implicit["number"]]).unique()


def through(legs: pl.DataFrame, wanted: pl.DataFrame, case: Case, own: pl.Expr) -> pl.DataFrame:
    """Take calls through the plan before and after the sheet, at the moments at which it changes.

    `wanted` has `begin` (digits) and `at_ms`; each is met by all of `legs` to numbers that begin so, and of these by
    the ones for which `own` holds: of its columns and what `placed` adds as `old` and `new`. Returns
    all these, with `old_cost` and `new_cost`: of all the `calls` of the row, 128 bits wide.
    """
    begun = begun_by(legs["stem"], wanted["begin"]).rename({"number": "stem", "code": "begin"})
    met = wanted.join(begun, on="begin").drop("begin").join(legs.select(STEM).unique(), on="stem")
    return both_ways(met, case).filter(own).join(legs, on=STEM).pipe(both_costs, case)


def both_ways(met: pl.DataFrame, case: Case) -> pl.DataFrame:
    """Add to rows with STEM and `at_ms` their rates before (`old`) and after (`new`) the sheet: see `placed`."""
    return placed(placed(met, callers.before(case), "old"), callers.after(case), "new")


def both_costs(met: pl.DataFrame, case: Case) -> pl.DataFrame:
    """Add `old_cost` and `new_cost` to rows with these rates: see `costed`."""
    rules = case.contract.rules
    return costed(costed(met, case.rates, rules, "old"), case.comparison.after, rules, "new")


def placed(met: pl.DataFrame, plan: Known, name: str, types: pl.Series | None = None) -> pl.DataFrame:
    """Add to rows with STEM and `at_ms` their rate, as domain.rating finds it.

    `{name}_rate` is its place in the frame, `{name}_code`, `{name}_type` and `{name}_origin` are its own; null where
    there is none. `{name}_group` is the caller's. `types`: the plan's rate types by `hour`, where it is not the case's.
    """
    if met.is_empty():  # most sheets change few of the many things that they may
        return met.with_columns(pl.lit(None, kind).alias(f"{name}_{its}") for its, kind in _PLACED.items())
    wanted = met["wanted"]
    if types is not None:
        met = met.with_columns(types.gather(met["hour"]).alias("wanted"))
    met = met.with_columns(callers.groups_of(plan, met))
    points = met.select(_POINT).unique().with_row_index("point")
    its = {"rate": "rate", "code": "code", "rate_type": "type", "origin": "origin"}
    found = in_force(points, plan.rates)
    found = found.select(*_POINT, *(pl.col(of).alias(f"{name}_{to}") for of, to in its.items()))
    met = met.join(found, on=_POINT, how="left", maintain_order="left").rename({"group": f"{name}_group"})
    return met.with_columns(wanted)


def costed(met: pl.DataFrame, rates: pl.DataFrame, rules: PlanRules, name: str) -> pl.DataFrame:
    """Add `{name}_cost`: what the calls (_LEGS) of each row cost at its rate, null where it has none."""
    if met.is_empty():
        return met.with_columns(pl.lit(None, pl.Int128).alias(f"{name}_cost"))
    terms = rates.select(pl.col(_TERMS).gather(met[f"{name}_rate"]))
    cost = pl.Series(f"{name}_cost", charges(terms.with_columns(met["raw"]), rules), dtype=pl.Int128)
    return met.with_columns(cost * met["calls"])


def in_force(points: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Return the points (`point`, `stem`, caller's `group`, `at_ms`, `wanted` rate type) that have a rate, with its
    KEY, `next_price` and place (`rate`) in the frame.

    The longest code with any row in force for such a caller decides; of its rows that of the wanted type, else that of
    any time, the caller's group before the hour (domain.origins); none where it has neither, or where it is blocked
    without a price.
    """
    pairs = begun_by(points["stem"], rates["code"]).rename({"number": "stem"})
    counting = callers.chains(points["group"].unique())
    rows = rates.with_row_index("rate").filter(pl.col("origin").is_in(counting["origin"].implode()))
    rows = rows.join(pairs.select("code").unique(), on="code").select(
        "rate", *columns.KEY, "from_ms", "until_ms", "blocked", "first_price", "next_price"
    )
    met = points.join(pairs, on="stem").join(rows, on="code").join(counting, on=["group", "origin"])
    goes_on = pl.col("until_ms").is_null() | (pl.col("at_ms") < pl.col("until_ms"))
    met = met.filter(pl.col("from_ms") <= pl.col("at_ms"), goes_on)
    length = pl.col("code").str.len_bytes()
    met = met.filter(length == length.max().over("point"))
    last = pl.col("rank").filter(pl.col("rate_type") == ANY_TIME).min().over("point")
    met = met.filter(last.is_null() | (pl.col("rank") <= last))
    exact = pl.col("rate_type") == pl.col("wanted")
    met = met.filter(exact | (pl.col("rate_type") == ANY_TIME))
    met = met.sort(exact, -pl.col("rank"), "from_ms", descending=True)
    met = met.unique("point", keep="first", maintain_order=True)
    return met.filter(~pl.col("blocked") | (pl.col("next_price") > 0) | (pl.col("first_price") > 0))


def _clock(rules: PlanRules) -> Clock:
    return tuple(getattr(rules, name) for name in _CLOCK)


def _wanted(rules: PlanRules, at_ms: pl.Expr, moments: pl.Series) -> pl.Expr:
    """The rate type in force at each moment; those of a day are looked up once."""
    if not rules.windows:
        return pl.lit(ANY_TIME)
    days = (moments // DAY_MS).unique().sort().to_list()
    since = [at for day in days for at in (day * DAY_MS, *boundaries(rules, day * DAY_MS, (day + 1) * DAY_MS))]
    types = pl.Series([rate_type_at(rules, at) for at in since], dtype=pl.String)
    starts = pl.Series(since, dtype=pl.Int64)
    return at_ms.map_batches(lambda at: types.gather(starts.search_sorted(at, side="right") - 1), pl.String)


def _whole_seconds(rounding: SecondsRounding) -> pl.Expr:
    """Talk time as the plan counts it, in ms: so that calls of one length are one."""
    talk = pl.col("talk_ms")
    match rounding:
        case SecondsRounding.CEIL:
            return (talk + 999) // 1000 * 1000
        case SecondsRounding.HALF_UP:
            return (talk + 500) // 1000 * 1000
        case SecondsRounding.FLOOR:
            return talk // 1000 * 1000
