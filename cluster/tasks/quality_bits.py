"""Legs by the column as domain.quality_calls packs them one by one, and rows of domain.quality_series."""

from array import array

import polars as pl

from domain.cause_classes import USER_CLASSES, class_of
from domain.quality import DAY_MS, SHORT_MS
from domain.quality_calls import (
    BEGIN_S,
    CLASS_SHIFT,
    CLASSES,
    END_SHIFT,
    GAP_SHIFT,
    LONGEST_GAP_S,
    LONGEST_TALK_S,
    PDD_BINS,
    PDD_SHIFT,
    PDD_UP_TO_MS,
    TALK_SHIFT,
)
from domain.quality_series import TIERS, horizon_s

HEARD = {
    "destination": pl.Int64,
    "side": pl.String,
    "partner": pl.String,
    "trunk": pl.String,
    "setup_ms": pl.Int64,
    "alert_ms": pl.Int64,
    "connect_ms": pl.Int64,
    "disconnect_ms": pl.Int64,
    "duration_ms": pl.Int64,
    "cause": pl.Int64,
    "base_charge": pl.Int64,
}
"""The columns that quality needs of a leg."""
_LAST_S = BEGIN_S + (1 << 30) - LONGEST_TALK_S - LONGEST_GAP_S


def bits_of(legs: pl.DataFrame) -> pl.DataFrame:
    """Give each leg its counts, as quality.counts_of, and its outcome, as quality_calls.packed."""
    answered, alerted = pl.col("connect_ms").is_not_null(), pl.col("alert_ms").is_not_null()
    legs = legs.with_columns(answered.alias("was_answered"), alerted.alias("alerted"))
    legs = legs.join(_classes(legs), on=["cause", "was_answered", "alerted"], how="left")
    rang_ms = pl.max_horizontal(pl.col("alert_ms") - pl.col("setup_ms"), 0)
    up_to = pl.Series(PDD_UP_TO_MS[:-1])
    talk_s = pl.when(answered).then(((pl.col("duration_ms") + 500) // 1000).clip(upper_bound=LONGEST_TALK_S))
    ended_s = pl.col("disconnect_ms").fill_null(0) // 1000
    counted = legs.with_columns(
        (pl.col("setup_ms") // DAY_MS).alias("day"),
        (pl.col("setup_ms") // 1000).alias("setup_s"),
        pl.lit(1).alias("attempts"),
        answered.cast(pl.Int64).alias("answered"),
        pl.when(answered).then("duration_ms").otherwise(0).alias("talk_ms"),
        pl.when(alerted).then(rang_ms).otherwise(0).alias("pdd_ms"),
        alerted.cast(pl.Int64).alias("pdd_legs"),
        (answered & (pl.col("duration_ms") <= SHORT_MS)).cast(pl.Int64).alias("short"),
        talk_s.otherwise(0).alias("talk_s"),
        pl.when(alerted).then(pl.lit(up_to).search_sorted(rang_ms, side="left") + 1).otherwise(0).alias("pdd"),
    )
    gap_s = (ended_s - pl.col("setup_s") - pl.col("talk_s")).clip(0, LONGEST_GAP_S)
    counted = counted.with_columns(gap_s.alias("gap_s"))
    return counted.with_columns(
        pl.col("setup_s").is_between(BEGIN_S, _LAST_S, closed="left").alias("can_be_packed"),
        (pl.col("setup_s") + pl.col("talk_s") + pl.col("gap_s")).alias("end_s"),
    ).with_columns(_bits().alias("bits"))


def _classes(legs: pl.DataFrame) -> pl.DataFrame:
    """Return the class of each kind of end, and whether it is a failure of the user's."""
    ends = legs.select("cause", "was_answered", "alerted").unique()
    found = [class_of(cause, answered=was, alerted=rang) for cause, was, rang in ends.iter_rows()]
    return ends.with_columns(
        pl.Series("class", [CLASSES.index(one) for one in found], dtype=pl.Int64),
        pl.Series("user_failures", [int(one in USER_CLASSES) for one in found], dtype=pl.Int64),
    )


def _bits() -> pl.Expr:
    shifted = [
        (pl.max_horizontal(pl.col("end_s") - BEGIN_S, 0), END_SHIFT),
        (pl.col("class"), CLASS_SHIFT),
        (pl.col("talk_s"), TALK_SHIFT),
        (pl.col("gap_s"), GAP_SHIFT),
        (pl.col("pdd"), PDD_SHIFT),
        (pl.col("short"), 1),
        ((pl.col("base_charge") != 0), 0),
    ]
    # none of the parts reaches into another one
    return pl.sum_horizontal([part.cast(pl.UInt64) * pl.lit(1 << by, dtype=pl.UInt64) for part, by in shifted])


def rows_of(
    legs: pl.DataFrame, keys: list[str], now_s: int
) -> dict[tuple[object, ...], list[tuple[int, "array[int]"]]]:
    """Return the rows that older calls of each series stand in, by tier."""
    legs = legs.filter(pl.col("setup_s") >= horizon_s(now_s)).with_columns(_tier(now_s).alias("tier"))
    width = pl.col("tier").replace_strict({tier: width for tier, (width, _) in enumerate(TIERS)}, return_dtype=pl.Int64)
    legs = legs.with_columns((pl.col("setup_s") // width * width).alias("start_s"))
    sums = [(pl.col("class") == number).sum().alias(f"class{number}") for number in range(len(CLASSES))]
    sums += [pl.col(name).sum().alias(f"sum_{name}") for name in ("talk_s", "short", "base_charge")]
    sums += [(pl.col("pdd") == number).sum().alias(f"pdd{number}") for number in range(1, PDD_BINS + 1)]
    found: dict[tuple[object, ...], list[tuple[int, array[int]]]] = {}
    grouped = legs.group_by(*keys, "tier", "start_s").agg(sums).sort(*keys, "tier", "start_s")
    for row in grouped.iter_rows():
        found.setdefault(row[: len(keys)], []).append((row[len(keys)], array("q", row[len(keys) + 1 :])))
    return found


def _tier(now_s: int) -> pl.Expr:
    """As quality_series.tier_of."""
    tier = pl.lit(len(TIERS) - 1)
    for number, (width, kept_s) in reversed(list(enumerate(TIERS[:-1]))):
        young = pl.col("setup_s") // width * width > now_s - kept_s - width
        tier = pl.when(young).then(number).otherwise(tier)
    return tier
