"""The batch twin of domain.rating over Polars frames: the same amounts to the last digit, a million rows a second.

Not imported by live processes. Products are 128 bits wide and checked when narrowed (Polars wraps int64 silently).
Calls that meet a change of the rate type under Crossing.SPLIT are few and go through the scalar rating.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import polars as pl

from domain.caller_columns import ORIGINS, origins_of
from domain.causes import ParkCause
from domain.intervals import WIDTH, PlanIntervals
from domain.origins import OriginCode
from domain.profiles import boundaries, rate_type_at
from domain.rates import ANY_TIME, Charge, Crossing, PlanRules, RateRow, SecondsRounding, Terms, Unit
from domain.rating import rate
from domain.units import RAW, SCALE

RATED = {
    "code": pl.String,
    "rate_type": pl.String,
    "billed_s": pl.Int64,
    "billed_volume": pl.Int64,
    "price": pl.Int64,
    "charge": pl.Int64,
    "fault": pl.String,
}
"""The columns that rate_calls adds: as in Leg (price is that of following intervals), or only `fault`, a ParkCause."""

_TERMS = tuple(field.name for field in fields(Terms))
_MONEY = ("first_price", "next_price", "connect_fee", "attempt_fee", "minimum_charge")
_DAY_MS = 86_400_000
_BEST, _UNFIT, _NOTHING = 0, 100, 101
"""Scores of rows: of the caller's group and the moment's rate type; in force, but for another rate type; none."""


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """A plan ready for frames: `intervals`, `codes`, `rows` and `terms` are the columns of PlanColumns as frames."""

    scalar: PlanIntervals
    intervals: pl.DataFrame
    codes: pl.DataFrame
    rows: pl.DataFrame
    terms: pl.DataFrame

    @classmethod
    def of(
        cls, rules: PlanRules, rows: Iterable[RateRow], version: int = 1, origin_codes: Iterable[OriginCode] = ()
    ) -> "BatchPlan":
        """Build a plan from its known rows, and the codes of its origin groups."""
        scalar = PlanIntervals(rules, rows, version, origin_codes)
        columns = scalar.columns
        first = pl.Series(columns.row_first, dtype=pl.Int64)
        codes = {
            "text": pl.Series([scalar.code_text(index) for index in range(len(columns.codes))], dtype=pl.String),
            "length": pl.Series(columns.code_len, dtype=pl.Int64),
            "parent": pl.Series(columns.parent, dtype=pl.Int64),
            "first": first.head(-1),
            "end": first.slice(1),
        }
        names = ("valid_from_ms", "valid_until_ms", "terms", "rate_type", "flags")
        intervals = {name: pl.Series(getattr(columns, name), dtype=pl.Int64) for name in ("starts", "owner")}
        by_row = {name: pl.Series(getattr(columns, name), dtype=pl.Int64) for name in names}
        if columns.origins:
            by_row["origin"] = pl.Series(columns.origin, dtype=pl.Int64)
        owners = ((code, columns.row_first[code + 1] - columns.row_first[code]) for code in range(len(columns.codes)))
        by_row["code"] = pl.Series([code for code, rows in owners for _ in range(rows)], dtype=pl.Int64)
        terms = {name: [getattr(each, name) for each in columns.terms_table] for name in _TERMS}
        return cls(
            scalar=scalar,
            intervals=pl.DataFrame(intervals),
            codes=pl.DataFrame(codes),
            rows=pl.DataFrame(by_row),
            terms=pl.DataFrame(terms, schema=dict.fromkeys(_TERMS, pl.Int64)),
        )

    @property
    def rules(self) -> PlanRules:
        """What holds for the whole plan."""
        return self.scalar.rules


def rate_calls(calls: pl.DataFrame, plan: BatchPlan) -> pl.DataFrame:
    """Add the RATED columns to calls, in their order: the frame twin of rating.rate.

    Needs `b` (digits), `connect_ms` (null: unanswered), `setup_ms`, `duration_ms` (int64), and `volume` (octets or
    events, null: not known) for a plan that is sold by it, `a` (as in Leg) for one that tells callers apart. Where
    `fault` is set the other columns are null. Raises polars InvalidOperationError when a charge is beyond 64 bits.
    """
    work = calls.select(
        _point().alias("point"),
        pl.col("b").str.len_chars().cast(pl.Int64).alias("digits"),
        pl.coalesce("connect_ms", "setup_ms").alias("at_ms"),
        pl.col("connect_ms").is_not_null().alias("answered"),
        pl.col("duration_ms" if plan.rules.unit is Unit.SECOND else "volume").alias("raw"),
    )
    work = work.with_columns(_wanted(work["at_ms"], plan))
    if plan.scalar.callers is not None:
        work = work.hstack(origins_of(calls["a"], work["at_ms"], plan.scalar.callers, plan.scalar.columns.origins))
    work = work.with_columns(_rows_in_force(work, plan))
    rated = _charged(work, plan)
    split = _crossing(work["at_ms"], rated, plan)
    rated = rated.select(RATED.keys())
    if split.any():
        kept = rated.with_row_index("call").filter(~split)
        alone = _one_by_one(calls.with_row_index("call").filter(split), plan)
        rated = pl.concat([kept, alone]).sort("call").drop("call")
    return calls.hstack(rated)


def charges(priced: pl.DataFrame, rules: PlanRules) -> pl.Series:
    """Return what answered calls cost under the terms beside them (columns of Terms), by their start's rate.

    `raw` is what each used: ms, octets or events. Null where terms are. Raises as rate_calls.
    """
    answered = priced.select("raw", pl.lit(True).alias("answered"), *_TERMS)
    billed = answered.with_columns(_billed(rules.seconds, RAW[rules.unit]).cast(pl.Int64).alias("billed"))
    known = pl.when(pl.col("next_price").is_not_null())
    return billed.select(known.then(_amount(rules)).cast(pl.Int64).alias("charge")).to_series()


def _point() -> pl.Expr:
    """A number's point (see domain.intervals), null where its first 15 characters are not digits."""
    head = pl.col("b").str.slice(0, WIDTH)
    digits = pl.when(head.str.contains(r"^[0-9]+$")).then(head.str.pad_end(WIDTH, "0"))
    return digits.cast(pl.Int64, strict=False)


def _type_index(plan: BatchPlan, rate_type: str) -> int:
    """The plan's index of a rate type; -1, which no row has, for one that it does not know."""
    known = plan.scalar.columns.rate_types
    return known.index(rate_type) if rate_type in known else -1


def _days(at_ms: pl.Series) -> list[int]:
    """The UTC days of the calls, ascending: not all days between, so that one wrong date does not cost years."""
    return (at_ms.drop_nulls() // _DAY_MS).unique().sort().to_list()


def _wanted(at_ms: pl.Series, plan: BatchPlan) -> pl.Series:
    """The rate type in force at each moment, as index of the plan's rate types."""
    rules = plan.rules
    if not rules.windows or not at_ms.len():
        return pl.repeat(_type_index(plan, ANY_TIME), at_ms.len(), dtype=pl.Int64, eager=True).alias("wanted")
    since = [at for day in _days(at_ms) for at in (day * _DAY_MS, *_changes(rules, day))]
    types = pl.Series([_type_index(plan, rate_type_at(rules, at)) for at in since], dtype=pl.Int64)
    return types.gather(pl.Series(since, dtype=pl.Int64).search_sorted(at_ms, side="right") - 1).alias("wanted")


def _changes(rules: PlanRules, utc_day: int) -> list[int]:
    return boundaries(rules, utc_day * _DAY_MS, (utc_day + 1) * _DAY_MS)


def _take(frame: pl.DataFrame, index: pl.Series) -> pl.DataFrame:
    """The frame's lines at these indices, nulls for null."""
    return frame.select(pl.all().gather(index))


def _rows_in_force(work: pl.DataFrame, plan: BatchPlan) -> pl.Series:
    """The index of the row that rates each call, null without one.

    Calls walk from the longest code to its parents, all of them one row per round; a call leaves when it has met
    the row of its rate type, or the end of a code of which any row is in force.
    """
    place = plan.intervals["starts"].search_sorted(work["point"].fill_null(0), side="right") - 1
    asked = ("point", "digits", "at_ms", "wanted", *(name for name in ORIGINS if name in work.columns))
    seeking = work.select(*asked, plan.intervals["owner"].gather(place).alias("code"))
    seeking = seeking.with_row_index("call").filter(pl.col("point").is_not_null(), pl.col("code") >= 0).drop("point")
    seeking = _enter(seeking, plan)
    found = [pl.DataFrame(schema={"call": seeking.schema["call"], "row": pl.Int64})]
    while seeking.height:
        here = _look(seeking, plan)
        over = pl.col("at") >= pl.col("end")
        done = (pl.col("score") == _BEST) | (over & (pl.col("score") < _NOTHING))
        found.append(here.filter(done).select("call", "row"))
        here = here.filter(~done).select(seeking.columns)
        upward = here.filter(over)
        upward = upward.with_columns(plan.codes["parent"].gather(upward["code"]).alias("code"))
        seeking = pl.concat([here.filter(~over), _enter(upward.filter(pl.col("code") >= 0), plan)])
    every = work.with_row_index("call").select("call")
    return every.join(pl.concat(found), on="call", how="left", maintain_order="left")["row"]


def _enter(seeking: pl.DataFrame, plan: BatchPlan) -> pl.DataFrame:
    """Put calls at the first row of their code; a code longer than the number (padding) has no rows for it."""
    codes = _take(plan.codes.select("length", "first", "end"), seeking["code"])
    return seeking.with_columns(
        codes["first"].alias("at"),
        codes.select(
            pl.when(pl.col("length") <= seeking["digits"]).then("end").otherwise("first").alias("end")
        ).to_series(),
        pl.lit(None, pl.Int64).alias("row"),
        pl.lit(_NOTHING, pl.Int8).alias("score"),
    )


def _look(seeking: pl.DataFrame, plan: BatchPlan) -> pl.DataFrame:
    """Let every call look at one row (`at`) and step on; `row` is the best so far and `score` how good it is.

    Best is a row in force of the caller's own group and the wanted rate type; of two alike the first. A row in force
    of another rate type does not rate the call, but no shorter code does either.
    """
    columns = [name for name in ("valid_from_ms", "valid_until_ms", "rate_type", "origin") if name in plan.rows.columns]
    rows = _take(plan.rows.select(columns), seeking["at"])
    in_force = pl.col("at_ms").is_between("valid_from_ms", "valid_until_ms", "left") & (pl.col("at") < pl.col("end"))
    exact, general = pl.col("rate_type") == pl.col("wanted"), pl.col("rate_type") == _type_index(plan, ANY_TIME)
    whose = pl.lit(_BEST, pl.Int8)
    if "origin" in columns:
        whose = pl.coalesce(pl.when(pl.col("origin") == pl.col(name)).then(2 * at) for at, name in enumerate(ORIGINS))
    score = pl.when(exact).then(whose).when(general).then(whose + 1).otherwise(pl.when(whose >= 0).then(_UNFIT))
    looked = seeking.hstack(rows).with_columns(pl.when(in_force).then(score).cast(pl.Int8).alias("seen"))
    better = pl.col("seen") < pl.col("score")
    return looked.with_columns(
        pl.when(better & (pl.col("seen") < _UNFIT)).then("at").otherwise("row").alias("row"),
        pl.min_horizontal("score", "seen").alias("score"),
        (pl.col("at") + 1).alias("at"),
    )


def _charged(work: pl.DataFrame, plan: BatchPlan) -> pl.DataFrame:
    """Charge every call at the one row that rates it: RATED, and `free_s` for _crossing."""
    rows = _take(plan.rows, work["row"])
    codes = plan.codes["text"].gather(rows["code"]).alias("code")
    types = pl.Series(plan.scalar.columns.rate_types, dtype=pl.String).gather(rows["rate_type"]).alias("rate_type")
    unit = plan.rules.unit
    priced = work.select("answered", "raw", "row").hstack([codes, types, rows["flags"]])
    priced = priced.hstack(_take(plan.terms, rows["terms"]))
    unsold = (pl.col("flags") != 0) & (pl.col("first_price") == 0) & (pl.col("next_price") == 0)
    unrated = pl.col("answered") & (pl.col("row").is_null() | unsold)
    unsaid = pl.col("answered") & pl.col("raw").is_null()
    no_rate, no_volume = pl.lit(ParkCause.NO_RATE.value), pl.lit(ParkCause.BAD_VOLUME.value)
    fault = pl.when(unrated).then(no_rate).when(unsaid).then(no_volume)
    rated = priced.with_columns(_billed(plan.rules.seconds, RAW[unit]).alias("billed"), fault.alias("fault"))
    nothing, billed = pl.lit(0, pl.Int64), pl.col("billed").fill_null(0)
    return rated.select(
        *(
            pl.when(pl.col("fault").is_null()).then(value).alias(name)
            for name, value in {
                "code": pl.col("code").fill_null(""),
                "rate_type": pl.col("rate_type").fill_null(ANY_TIME),
                "billed_s": billed if unit is Unit.SECOND else nothing,
                "billed_volume": nothing if unit is Unit.SECOND else billed,
                "price": pl.col("next_price").fill_null(0),
                "charge": _amount(plan.rules).fill_null(0).cast(pl.Int64),
            }.items()
        ),
        "fault",
        "free_s",
    )


def _billed(rounding: SecondsRounding, size: int) -> pl.Expr:
    """As rating.billed_increments of `raw`; built so that nothing of 64 bits overflows."""
    whole, rest = pl.col("raw") // size, pl.col("raw") % size
    match rounding:
        case SecondsRounding.CEIL:
            used = whole + (rest > 0)
        case SecondsRounding.HALF_UP:
            used = whole + (2 * rest >= size)
        case SecondsRounding.FLOOR:
            used = whole
    paid, first, following = used - pl.col("free_s"), pl.col("first_s"), pl.col("next_s")
    silent = ~pl.col("answered") | (pl.col("raw") <= 0) | (paid <= 0) | (used <= pl.col("grace_s"))
    stepped = first + (paid - first + following - 1) // following * following
    return pl.when(silent).then(0).when(paid <= first).then(first).otherwise(stepped)


def _amount(rules: PlanRules) -> pl.Expr:
    """As rating.amount_of: the sum in 1/SCALE of a unit, 128 bits wide, rounded once to units."""
    scale: int = SCALE[rules.unit]
    wide = {name: pl.col(name).cast(pl.Int128) for name in (*_MONEY, "first_s", "billed")}
    used = wide["first_price"] * wide["first_s"] + wide["next_price"] * (wide["billed"] - wide["first_s"])
    total = scale * (wide["attempt_fee"] + wide["connect_fee"]) + used
    total = pl.max_horizontal(total, scale * wide["minimum_charge"])
    total = pl.when(pl.col("billed") > 0).then(total).otherwise(scale * wide["attempt_fee"])
    step: int = 10 ** (8 - rules.decimals)
    return _rounded(total, pl.lit(scale * step, pl.Int128), rules.rounding) * pl.lit(step, pl.Int128)


def _rounded(total: pl.Expr, step: pl.Expr, rounding: str) -> pl.Expr:
    """The quotient as integer by a method of money.ROUNDINGS; nothing here is negative."""
    whole, rest = total // step, total % step
    up = {
        "half_up": 2 * rest >= step,
        "half_even": (2 * rest > step) | ((2 * rest == step) & (whole % 2 == 1)),
        "up": rest > 0,
        "down": pl.lit(False),
    }
    return whole + up[rounding].cast(pl.Int128)


def _crossing(at_ms: pl.Series, rated: pl.DataFrame, plan: BatchPlan) -> pl.Series:
    """Which billed calls may be split: those that meet a change of the rate type, or end beyond their UTC day."""
    rules = plan.rules
    if rules.crossing is Crossing.BY_START or not rules.windows or rules.unit is not Unit.SECOND:
        return pl.repeat(False, at_ms.len(), dtype=pl.Boolean, eager=True)
    changes = pl.Series([at for day in _days(at_ms) for at in _changes(rules, day)], dtype=pl.Int64)
    # a span of more than a day ends beyond it in any case; cut there, its milliseconds cannot overflow
    spans = rated.select((pl.col("billed_s") + pl.col("free_s")).fill_null(0).clip(0, 2 * _DAY_MS // 1000) * 1000)
    ends = at_ms + spans.to_series()
    meets = changes.search_sorted(at_ms, side="right") != changes.search_sorted(ends, side="left")
    return (rated["billed_s"].fill_null(0) > 0) & (meets | (at_ms // _DAY_MS != ends // _DAY_MS))


def _one_by_one(calls: pl.DataFrame, plan: BatchPlan) -> pl.DataFrame:
    """Rate calls by the scalar rating: RATED and their `call`; only what is sold by time is ever split."""
    lines: list[tuple[object, ...]] = []
    caller = pl.lit("").alias("a") if plan.scalar.callers is None else pl.col("a").fill_null("")
    for call, b, connect_ms, setup_ms, duration_ms, a in calls.select(
        "call", "b", "connect_ms", "setup_ms", "duration_ms", caller
    ).iter_rows():
        charge = rate(plan.scalar, b, connect_ms, setup_ms, duration_ms, caller=a)
        if isinstance(charge, Charge):
            price = charge.terms.next_price if charge.terms else 0
            lines.append((call, charge.code, charge.rate_type, charge.billed_s, 0, price, charge.units, None))
        else:
            lines.append((call, None, None, None, None, None, None, charge.value))
    return pl.DataFrame(lines, schema={"call": calls.schema["call"], **RATED}, orient="row")
