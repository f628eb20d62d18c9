"""What calls of 30, 60 and 180 s cost under terms: by it one rate is dearer than another (rating facts §4)."""

import polars as pl

from domain.rates import Unit
from domain.sheet_frames.columns import TERMS
from domain.units import SCALE

LENGTHS_S = (30, 60, 180)
"""Calls that are compared; kilobytes or events where a plan is sold by them."""
_PRICES = ("first_price", "next_price")


def costs(unit: Unit, before: str = "") -> list[pl.Expr]:
    """Return the cost of each of LENGTHS_S under the columns TERMS, `before` standing before their names.

    Exact, in 1/SCALE of a money unit, 128 bits wide; null where the terms are.
    """
    wide = {name: pl.col(f"{before}{name}").cast(pl.Int128) for name in TERMS}
    return [_cost(wide, length_s, SCALE[unit]) for length_s in LENGTHS_S]


def _cost(wide: dict[str, pl.Expr], length_s: int, scale: int) -> pl.Expr:
    first, following = wide["first_s"], wide["next_s"]
    paid = length_s - wide["free_s"]
    rest = (paid - first + following - 1) // following * following
    used = wide["first_price"] * first + pl.when(paid > first).then(wide["next_price"] * rest).otherwise(0)
    answered = pl.max_horizontal(
        scale * (wide["attempt_fee"] + wide["connect_fee"]) + used, scale * wide["minimum_charge"]
    )
    silent = (paid <= 0) | (length_s <= wide["grace_s"])
    return pl.when(silent).then(scale * wide["attempt_fee"]).otherwise(answered)


def dearer(unit: Unit, old: str, new: str, percent: int = 0) -> pl.Expr:
    """Return whether any of the calls costs more by so many per cent under the terms named `new` than under `old`."""
    pairs = zip(costs(unit, old), costs(unit, new), strict=True)
    return pl.any_horizontal([after * 100 > was * (100 + percent) for was, after in pairs])


def increases(rows: pl.DataFrame, unit: Unit, old: str, new: str) -> pl.Series:
    """Tell of each row whether the terms named `new` are an increase of those named `old`, if they differ.

    They are when any of the calls costs more; where all cost the same, when any price, interval or fee is higher, or
    any allowance lower: 1/1 to 6/6 costs nothing more at 30, 60 and 180 s, and more for most calls.
    """
    worse = [
        pl.col(f"{new}{name}") < pl.col(f"{old}{name}")
        if name in ("grace_s", "free_s")
        else pl.col(f"{new}{name}") > pl.col(f"{old}{name}")
        for name in TERMS
    ]
    # in columns, since each is compared twice: to work them out is most of it
    was, paid = ([f"{when}{length_s}" for length_s in LENGTHS_S] for when in ("was", "paid"))
    both = zip([*was, *paid], [*costs(unit, old), *costs(unit, new)], strict=True)
    found = rows.select(pl.any_horizontal(worse).alias("worse"), *(cost.alias(name) for name, cost in both))
    pairs = [(pl.col(before), pl.col(after)) for before, after in zip(was, paid, strict=True)]
    dearer_call = pl.any_horizontal([after > before for before, after in pairs])
    same = pl.all_horizontal([before == after for before, after in pairs])
    return found.select(dearer_call | (same & pl.col("worse"))).to_series()


def by_terms(old: str, new: str) -> pl.Expr:
    """Return whether no price is higher: an increase must then come from increments, fees or allowances."""
    return pl.all_horizontal([pl.col(f"{new}{name}") <= pl.col(f"{old}{name}") for name in _PRICES])
