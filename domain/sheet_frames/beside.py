"""Plans beside each other as functions of numbers: what differs, who takes least, what is earned.

A code stands for the numbers that begin with it and with no longer code of any of the plans: whatever of them is asked,
each plan answers alike. Prices are those of the moment's rate type, for any caller where none is asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from domain.differing import CHEAPER, DEARER, EXTRA, KINDS, MISSING, TERMS_ONLY
from domain.sheet_frames.columns import RATES, TERMS
from domain.sheet_frames.function import PRICED, intervals, priced, tree, variants

OFFER = {"vendor": pl.String, "plan": pl.String, **PRICED, "base": pl.Int64, "base_first": pl.Int64}
"""What a vendor takes for a code: its own longest code and terms, and its next and first price in base currency."""
_MONEY = [name for name, kind in TERMS.items() if kind == pl.Int64]


@dataclass(frozen=True, slots=True)
class Side:
    """A plan to look at. `rates`: RATES; `rate_type`: the moment's; `to_base`: base currency for one of its own;
    `origin`: the caller's group in it, "" any caller."""

    owner: str
    plan: str
    rates: pl.DataFrame
    rate_type: str
    to_base: Fraction
    origin: str = ""


def in_force(rates: pl.DataFrame, at_ms: int) -> pl.DataFrame:
    """Return the RATES that are in force at a moment."""
    return rates.filter(pl.col("from_ms") <= at_ms, pl.col("until_ms").is_null() | (pl.col("until_ms") > at_ms))


def own_codes(frames: Iterable[pl.DataFrame], more: Sequence[str] = ()) -> pl.Series:
    """Return the codes of frames, and `more`, that have numbers of their own, sorted as text."""
    nodes = tree(pl.concat([*(frame["code"] for frame in frames), pl.Series("code", more, dtype=pl.String)]))
    return nodes["code"].gather(intervals(nodes)["node"].unique().sort())


def answers(
    rates: pl.DataFrame,
    codes: pl.Series,
    at_ms: int,
    rate_type: str,
    origin: str = "",
    told: Sequence[str] = tuple(PRICED),
) -> pl.DataFrame:
    """Return PRICED, or other columns of RATES, for the numbers of each code, in their order; nulls without a route."""
    if not rates.height:
        return pl.DataFrame({name: pl.Series([None] * codes.len(), dtype=RATES[name]) for name in told})
    given = pl.lit(rate_type).alias("rate_type"), pl.lit(origin).alias("origin"), pl.lit(at_ms).alias("at_ms")
    return priced(rates, codes.alias("number").to_frame().with_columns(given), told)


def converted(rates: pl.DataFrame, rate: Fraction) -> pl.DataFrame:
    """Convert all money of RATES, each rounded half away from zero."""
    return rates if rate == 1 else rates.with_columns(_converted(name, rate).alias(name) for name in _MONEY)


def differing(one: pl.DataFrame, other: pl.DataFrame, at_ms: int) -> tuple[pl.DataFrame, int]:
    """Return where two plans (RATES, in one currency) differ at a moment, and how many codes were compared.

    `code`, `rate_type`, `origin`, `kind`, and PRICED of both as `one_…` and `other_…`, nulls without a route. A rate
    type or origin of its own is told only where it answers otherwise than any time, any caller does.
    """
    ours, theirs = (in_force(rates, at_ms) for rates in (one, other))
    codes = own_codes((ours, theirs))
    found: list[pl.DataFrame] = []
    first: pl.DataFrame | None = None
    for rate_type, origin in variants(pl.concat([ours, theirs])):
        sides = (("one", ours), ("other", theirs))
        its = (
            answers(rates, codes, at_ms, rate_type, origin).select(pl.all().name.prefix(f"{side}_"))
            for side, rates in sides
        )
        both = pl.concat(its, how="horizontal")
        rows = pl.select(code=codes, rate_type=pl.lit(rate_type), origin=pl.lit(origin))
        rows = pl.concat([rows, both], how="horizontal").with_columns(kind=_kind())
        if first is not None:
            rows = rows.filter(pl.any_horizontal(pl.col(name).ne_missing(first[name]) for name in both.columns))
        else:
            first = both
        found.append(rows.filter(pl.col("kind").is_not_null()))
    every = pl.concat(found).sort("code", "rate_type", "origin")
    return every, codes.len()


def offers(sides: Iterable[Side], codes: pl.Series, at_ms: int) -> pl.DataFrame:
    """Return the `code` and OFFER of each who has a route to it, best first: by price, then first price, then name."""
    found = [pl.DataFrame(schema={"asked": pl.String, **OFFER})]
    for side in sides:
        its = answers(in_force(side.rates, at_ms), codes, at_ms, side.rate_type, side.origin)
        rows = its.with_columns(
            asked=codes,
            vendor=pl.lit(side.owner),
            plan=pl.lit(side.plan),
            base=_converted("next_price", side.to_base),
            base_first=_converted("first_price", side.to_base),
        )
        found.append(rows.drop_nulls("code").select("asked", *OFFER))
    return pl.concat(found).sort("asked", "base", "base_first", "vendor", "plan")


def by_caller(side: Side, codes: pl.Series, at_ms: int) -> pl.DataFrame:
    """Return what groups pay for those of the codes that have no price for any caller: `origin`, for how many `codes`,
    `lowest` and `highest` price in base currency."""
    found = [pl.DataFrame(schema={"origin": pl.String, "base": pl.Int64})]
    rates = in_force(side.rates, at_ms)
    priced_for_any = answers(rates, codes, at_ms, side.rate_type)["code"].is_not_null()
    open_codes = codes.filter(~priced_for_any)
    for origin in rates["origin"].unique().sort() if open_codes.len() else ():
        its = answers(rates, open_codes, at_ms, side.rate_type, origin).drop_nulls("code")
        found.append(its.select(origin=pl.lit(origin), base=_converted("next_price", side.to_base)))
    summed = pl.concat(found).group_by("origin").agg(
        codes=pl.len(), lowest=pl.col("base").min(), highest=pl.col("base").max()
    )  # fmt: skip
    return summed.sort("lowest", "origin")


def margins(sell: Side, buys: Sequence[Side], at_ms: int, digits: str = "") -> pl.DataFrame:
    """Return what is earned at each code of the numbers that are sold, those under water first, those without a vendor
    last: `asked`, PRICED and `base` of the sale, OFFER of the best vendor as `buy_…`, how many `vendors`, `margin`.
    """
    codes = own_codes(in_force(side.rates, at_ms) for side in (sell, *buys))
    codes = codes.filter(codes.str.starts_with(digits))
    sold = offers([sell], codes, at_ms)
    bought = offers(buys, sold["asked"], at_ms)
    counted = bought.group_by("asked").agg(vendors=pl.col("vendor").n_unique())
    best = bought.unique("asked", keep="first", maintain_order=True).select(
        "asked", *(pl.col(name).alias(f"buy_{name}") for name in OFFER)
    )
    rows = sold.join(best, on="asked", how="left").join(counted, on="asked", how="left")
    rows = rows.with_columns(margin=pl.col("base") - pl.col("buy_base"), vendors=pl.col("vendors").fill_null(0))
    return rows.sort("margin", "asked", nulls_last=True)


def dearer(found: pl.DataFrame) -> pl.DataFrame:
    """Return of offers for how many codes each `vendor` is dearer `than` another: `codes`."""
    least = found.group_by("asked", "vendor").agg(pl.col("base").min())
    pairs = least.join(least, on="asked", suffix="_than").filter(pl.col("base") > pl.col("base_than"))
    return pairs.group_by("vendor", than="vendor_than").agg(codes=pl.len()).sort("vendor", "than")


def alike(found: pl.DataFrame) -> pl.DataFrame:
    """Return of offers, each with its `destination`, `codes` (a list) of one for which all vendors take the same."""
    rows = found.with_columns(said=pl.struct(pl.exclude("asked", "code")).hash(302).cast(pl.Int128))
    by_code = rows.group_by("asked", "destination", maintain_order=True).agg(pl.col("said").sum(), offers=pl.len())
    return by_code.group_by("destination", "said", "offers", maintain_order=True).agg(codes=pl.col("asked"))


def sums(rows: pl.DataFrame) -> Mapping[str, int]:
    """Count rows by their `kind`."""
    counted = dict(rows["kind"].value_counts().iter_rows())
    return {kind: counted.get(kind, 0) for kind in KINDS}


def _kind() -> pl.Expr:
    """How the other plan differs; null where it does not."""
    one, other = pl.col("one_next_price"), pl.col("other_next_price")
    same = pl.all_horizontal(pl.col(f"one_{name}").eq_missing(pl.col(f"other_{name}")) for name in TERMS)
    cases = [
        (same, None),
        (other.is_null(), MISSING),
        (one.is_null(), EXTRA),
        (other > one, DEARER),
        (other < one, CHEAPER),
        (pl.col("other_first_price") > pl.col("one_first_price"), DEARER),
        (pl.col("other_first_price") < pl.col("one_first_price"), CHEAPER),
    ]
    found = pl.lit(TERMS_ONLY)
    for condition, kind in reversed(cases):
        found = pl.when(condition).then(pl.lit(kind, pl.String)).otherwise(found)
    return found


def _converted(name: str, rate: Fraction) -> pl.Expr:
    # prices are never negative: half away from zero is half up
    twice = 2 * pl.col(name).cast(pl.Int128) * rate.numerator + rate.denominator
    return (twice // (2 * rate.denominator)).cast(pl.Int64)
