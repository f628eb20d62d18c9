"""R36 of what we sell: what a sheet of ours would sell below what vendors then take."""

from collections.abc import Iterator

import polars as pl

from domain.rates import ANY_TIME, Unit
from domain.sheet_frames.beside import own_codes
from domain.sheet_frames.checks.found import Row, listed
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.wording import many, minutes_text, named, price_text
from domain.sheet_frames.columns import KEY
from domain.sheet_frames.costs import LENGTHS_S, costs
from domain.sheet_frames.function import priced, variants
from domain.sheet_frames.longest import begun_by
from domain.sheets.findings import Check, Finding
from domain.units import SCALE

_MINUTE = LENGTHS_S.index(60)
_OF_CHANGE = ["id", "tab", "row", "name", *KEY]


def of_sold(look: Look) -> Iterator[Finding]:
    """Yield what R36 finds: per change, the number of it that loses most a minute.

    Only what the sheet makes cheaper, or sells first: compared are calls of a minute, fees and increments in it, and
    the best of the buy plans in use. Numbers that a code's end leaves to a shorter one are those of the code.
    """
    if look.contract.side != "sell" or not look.case.buys or look.contract.rules.unit is not Unit.SECOND:
        return
    under = _under_water(look)
    if not under.height:
        return
    least, plans = look.contract.terms.least_margin_percent, len(look.case.buys)
    rows = under.join(_week(look), on="id", how="left", maintain_order="left")

    def say(row: Row) -> str:
        best = row["plan"] if plans == 1 else f"{row['plan']}, the best of {many(plans, 'plan')} that we buy by,"
        rest = f", and {many(row['numbers'] - 1, 'more code')} of it alike" if row["numbers"] > 1 else ""
        what = named(row) if row["number"] == row["code"] else f"{row['number']} by {named(row)}"
        wanted = f": below the margin of {least} %" if least and row["cost"] <= row["price"] else ""
        week = ""
        if row["talk_ms"]:
            week = f": margin {look.money(row['money'])} a week over {minutes_text(row['talk_ms'])}"
        return (
            f"{what} would be sold at {price_text(row['price'])} a minute from {look.day(row['at_ms'])}, {best} takes"
            f" {price_text(row['cost'])}{rest}{wanted}{week}"
        )

    yield from listed(Check.MARGIN_AT_RISK, rows, say, lambda row: price_text(row["price"]))


def _under_water(look: Look) -> pl.DataFrame:
    """Changes of which some number is sold too low: _OF_CHANGE, `at_ms`, that `number`, its `price`, the `cost` and
    `plan` of the best vendor, how many `numbers`."""
    case, least = look.case, look.contract.terms.least_margin_percent
    codes = own_codes((case.rates, case.comparison.after, *case.buys.values()))
    pairs = begun_by(codes, look.changes["code"])
    changes = look.changes.select(*_OF_CHANGE, at_ms="from_ms")
    asked = pairs.join(changes, on="code").sort(pl.col("code").str.len_bytes(), "id", descending=[True, False])
    found = []
    for rate_type, origin in variants(case.comparison.after):
        own = (pl.col("rate_type") == rate_type) & (pl.col("origin") == origin)
        once = asked.sort(own, descending=True, maintain_order=True)
        once = once.sort(pl.col("code").str.len_bytes(), descending=True, maintain_order=True)
        once = once.unique(["number", "at_ms"], keep="first", maintain_order=True)
        of = pl.lit(rate_type).alias("rate_type"), pl.lit(origin).alias("origin")
        numbers = once.select("number", *of, "at_ms")
        old, new = (_minute(rates, numbers) for rates in (case.rates, case.comparison.after))
        once = once.with_columns(old.alias("old"), new.alias("price"))
        once = once.filter(pl.col("price").is_not_null(), pl.col("old").is_null() | (pl.col("price") < pl.col("old")))
        best = _best(look, once.select("number", *of, "at_ms"))
        once = pl.concat([once, best], how="horizontal")
        margin = pl.col("price") - pl.col("cost")
        found.append(once.filter(margin * 100 < pl.col("price") * least).with_columns(margin.alias("margin")))
    every = pl.concat(found).sort("margin", "number", maintain_order=True)
    return every.group_by("id", maintain_order=True).agg(
        pl.col(*_OF_CHANGE[1:], "at_ms", "number", "plan").first(),
        *(_whole(name).first() for name in ("price", "cost")),
        numbers=pl.col("number").n_unique(),
    )


def _best(look: Look, numbers: pl.DataFrame) -> pl.DataFrame:
    """Return for each of ASKED the least `cost` of a minute and the `plan` that has it; nulls where none has a route.

    A vendor whose price for any time or caller says nothing of them is taken at the least that it asks for.
    """
    best = pl.DataFrame({"cost": [None] * numbers.height, "plan": [None] * numbers.height})
    best = best.cast({"cost": pl.Int128, "plan": pl.String})
    for plan, rates in sorted(look.case.buys.items()):
        its = _minute(rates, numbers)
        if its.null_count():
            others = [
                _minute(rates, numbers.with_columns(rate_type=pl.lit(kind), origin=pl.lit(origin)))
                for kind, origin in variants(rates)
                if (kind, origin) != (ANY_TIME, "")
            ]
            its = pl.select(pl.coalesce(its, pl.min_horizontal(others))).to_series() if others else its
        less = its.is_not_null() & (best["cost"].is_null() | (its < best["cost"]).fill_null(value=False))
        best = best.with_columns(
            cost=pl.when(less).then(its).otherwise(pl.col("cost")),
            plan=pl.when(less).then(pl.lit(plan)).otherwise(pl.col("plan")),
        )
    return best


def _minute(rates: pl.DataFrame, numbers: pl.DataFrame) -> pl.Series:
    """Return what a minute costs by a plan, in 1/SCALE units; null without a route."""
    if not rates.height:
        return pl.Series([None] * numbers.height, dtype=pl.Int128)
    return priced(rates, numbers).select(costs(Unit.SECOND)[_MINUTE]).to_series()


def _whole(name: str) -> pl.Expr:
    """Turn 1/SCALE units into units, rounded down."""
    return (pl.col(name) // SCALE[Unit.SECOND]).cast(pl.Int64).alias(name)


def _week(look: Look) -> pl.DataFrame:
    """By `id` of a change: `talk_ms` of a week that would be sold too low, and its margin as `money`."""
    least, days = look.contract.terms.least_margin_percent, max(look.contract.terms.traffic_days, 1)
    met = look.bought(look.effect.filter(pl.col("new_cost").is_not_null()))
    margin = pl.col("new_cost") - pl.col("buy_cost")
    under = met.filter(margin * 100 < pl.col("new_cost") * least)
    sums = under.group_by("id").agg(pl.col("talk_ms").sum(), margin.sum().alias("margin"))
    return sums.select("id", pl.col("talk_ms") * 7 // days, look.traffic.weekly(pl.col("margin")).alias("money"))
