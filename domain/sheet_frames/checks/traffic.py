"""The calls of the last days through a plan before and after a sheet: what a change means in money.

A called number is cut to the longest code that any plan of the case ever had for it: all plans say the same of all
numbers with one such stem, at any moment, so thousands of stems stand for millions of calls. Calls are rated by their
start's rate type and for any caller, since a call does not tell here who made it.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from domain.columnar import charges
from domain.profiles import boundaries, rate_type_at
from domain.rates import ANY_TIME, PlanRules, SecondsRounding, Unit
from domain.sheet_frames import columns
from domain.sheet_frames.case import Case
from domain.sheet_frames.checks.longest import begun_by, longest

DAY_MS = 86_400_000
WEEK = 7
_TERMS = list(columns.TERMS)
_POINT = ["stem", "at_ms", "wanted"]
_LEGS = {
    "stem": pl.String, "wanted": pl.String, "raw": pl.Int64, "talk_ms": pl.Int64, "charge": pl.Int64,
    "called_ms": pl.Int64, "calls": pl.Int64,
}  # fmt: skip
"""Calls by stem and rate type at their moment; `raw` is whole seconds as the plan counts them, in ms."""


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
        return calls.join(stems, on="number").filter(pl.col("stem").is_not_null()).select(
            "stem",
            _wanted(rules, pl.col("at_ms"), calls["at_ms"]).alias("wanted"),
            _whole_seconds(rules.seconds).alias("raw"),
            "talk_ms",
            "charge",
            pl.col("at_ms").alias("called_ms"),
            pl.lit(1, pl.Int64).alias("calls"),
        )  # fmt: skip

    @cached_property
    def week(self) -> pl.DataFrame:
        """_LEGS of the last terms.traffic_days, one row per stem, rate type and length."""
        since_ms = self.case.contract.now_ms - self.case.contract.terms.traffic_days * DAY_MS
        alike = self.legs.filter(pl.col("called_ms") >= since_ms).group_by("stem", "wanted", "raw")
        return alike.agg(pl.col("talk_ms", "charge", "calls").sum(), pl.col("called_ms").max()).select(_LEGS.keys())

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
    def _codes(self) -> pl.Series:
        of_case = [self.case.rates, self.case.comparison.after, self.case.comparison.changes, *self.case.sells.values()]
        return pl.concat([*(frame["code"] for frame in of_case), self.case.comparison.implicit["number"]]).unique()


def through(legs: pl.DataFrame, wanted: pl.DataFrame, case: Case, own: pl.Expr) -> pl.DataFrame:
    """Take calls through the plan before and after the sheet, at the moments at which it changes.

    `wanted` has `begin` (digits) and `at_ms`; each is met by all of `legs` to numbers that begin so, and of these by
    the ones for which `own` holds: of its columns and `old_code`, `old_type`, `new_code`, `new_type`, null where there
    is no rate. Returns the columns of wanted, these and those of _LEGS, with `old_cost` and `new_cost`: of all the
    `calls` of the row, 128 bits wide.
    """
    begun = begun_by(legs["stem"], wanted["begin"]).rename({"number": "stem", "code": "begin"})
    met = wanted.join(begun, on="begin").drop("begin").join(legs.select("stem", "wanted").unique(), on="stem")
    after, rules = case.comparison.after, case.contract.rules
    met = placed(placed(met, case.rates, "old"), after, "new").filter(own).join(legs, on=["stem", "wanted"])
    return costed(costed(met, case.rates, rules, "old"), after, rules, "new")


def placed(met: pl.DataFrame, rates: pl.DataFrame, name: str) -> pl.DataFrame:
    """Add to rows with `stem`, `at_ms` and `wanted` rate type their rate, as domain.rating finds it.

    `{name}_rate` is its place in the frame, `{name}_code` and `{name}_type` are its own; null where there is none.
    """
    points = met.select(_POINT).unique().with_row_index("point")
    found = in_force(points, rates).select(
        *_POINT,
        *(pl.col(of).alias(f"{name}_{to}") for of, to in (("rate", "rate"), ("code", "code"), ("rate_type", "type"))),
    )
    return met.join(found, on=_POINT, how="left", maintain_order="left")


def costed(met: pl.DataFrame, rates: pl.DataFrame, rules: PlanRules, name: str) -> pl.DataFrame:
    """Add `{name}_cost`: what the calls (_LEGS) of each row cost at its rate, null where it has none."""
    terms = rates.select(pl.col(_TERMS).gather(met[f"{name}_rate"]))
    cost = pl.Series(f"{name}_cost", charges(terms.with_columns(met["raw"]), rules), dtype=pl.Int128)
    return met.with_columns(cost * met["calls"])


def in_force(points: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Return the points (`point`, `stem`, `at_ms`, `wanted` rate type) that have a rate, with its `code`, `rate_type`,
    `next_price` and place (`rate`) in the frame.

    The longest code with any row in force decides; of its rows that of the wanted type, else that of any time; none
    where it has neither, or where it is blocked without a price.
    """
    pairs = begun_by(points["stem"], rates["code"]).rename({"number": "stem"})
    rows = rates.with_row_index("rate").filter(pl.col("origin") == "").join(pairs.select("code").unique(), on="code")
    rows = rows.select("rate", "code", "rate_type", "from_ms", "until_ms", "blocked", "first_price", "next_price")
    met = points.join(pairs, on="stem").join(rows, on="code")
    goes_on = pl.col("until_ms").is_null() | (pl.col("at_ms") < pl.col("until_ms"))
    met = met.filter(pl.col("from_ms") <= pl.col("at_ms"), goes_on)
    length = pl.col("code").str.len_bytes()
    met = met.filter(length == length.max().over("point"))
    exact = pl.col("rate_type") == pl.col("wanted")
    met = met.filter(exact | (pl.col("rate_type") == ANY_TIME)).sort(exact, "from_ms", descending=True)
    met = met.unique("point", keep="first", maintain_order=True)
    return met.filter(~pl.col("blocked") | (pl.col("next_price") > 0) | (pl.col("first_price") > 0))


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
