"""Where we sell by shorter codes than we buy, at less than it then costs: what that leaks, and the split that ends it.

A sell code stands for all its numbers; a vendor whose longer codes cost more makes some of them a loss. Each such code
could be sold by itself, at its cost and the margin that the sell code has elsewhere.
"""

from itertools import product

import polars as pl

from domain.rates import ANY_TIME
from domain.sheet_frames import callers
from domain.sheet_frames.beside import answers, in_force, own_codes
from domain.sheet_frames.case import Case
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.traffic import placed
from domain.sheet_frames.columns import LEAKS
from domain.sheet_frames.notice import UNCHANGED

STEP = 10**4
"""Proposed prices have four decimals."""
_PAIR = ["sell_code", "code"]
_VARIANT = ["rate_type", "origin"]


def leaks(case: Case) -> pl.DataFrame:
    """Return LEAKS once all of a sheet is in force: of each sell plan, most money first; those without calls last."""
    now_ms = case.contract.now_ms
    latest = case.comparison.changes["from_ms"].max()
    at_ms = max(now_ms, latest) if isinstance(latest, int) else now_ms
    look = Look(case)
    found = [pl.DataFrame(schema=LEAKS)]
    for plan in sorted(case.sells):
        rows = _under_water(case, plan, at_ms)
        if rows.height:
            rows = rows.join(_money(look, plan, at_ms), on=_PAIR, how="left").with_columns(
                pl.col("talk_ms", "leak").fill_null(0),
                plan=pl.lit(plan),
                from_ms=_begins(case, rows),
                counted_ms=pl.lit(now_ms),
            )
            found.append(rows.select(pl.col(name).cast(kind) for name, kind in LEAKS.items()))
    return pl.concat(found).sort("leak", "gap", "plan", "code", descending=[True, True, False, False])


def _under_water(case: Case, plan: str, at_ms: int) -> pl.DataFrame:
    """The codes of which a plan sells below cost: `code` is the longer of both, to be sold by itself.

    Each caller's price is compared with what the same caller costs, by each rate type that either plan knows.
    """
    sells, buys = in_force(case.sells[plan], at_ms), in_force(case.comparison.after, at_ms)
    codes = own_codes((sells, buys))
    kinds = sorted({ANY_TIME, *sells["rate_type"].unique(), *buys["rate_type"].unique()})
    found = []
    for (sold_to, bought_for), kind in product(_groups(case, plan, at_ms), kinds):
        told = ("code", "next_price", *_VARIANT)
        sold = answers(sells, codes, at_ms, kind, sold_to, told).rename(
            {"code": "sell_code", "next_price": "sell_price"}
        )
        bought = answers(buys, codes, at_ms, kind, bought_for).select(buy_code="code", buy_price="next_price")
        under = pl.concat([sold, bought], how="horizontal").filter(pl.col("buy_price") > pl.col("sell_price"))
        longer = pl.col("buy_code").str.len_chars() > pl.col("sell_code").str.len_chars()
        under = under.with_columns(code=pl.when(longer).then("buy_code").otherwise("sell_code"))
        margin = pl.max_horizontal(0, pl.col("sell_price") - _elsewhere(case, under, at_ms, kind, bought_for))
        proposed = (pl.col("buy_price") + margin.fill_null(0) + STEP - 1) // STEP * STEP
        found.append(under.with_columns(gap=pl.col("buy_price") - pl.col("sell_price"), proposed=proposed))
    every = pl.concat(found)
    rates = every.group_by(*_PAIR, *_VARIANT).agg(pl.col("buy_price", "proposed").max()).sort(*_VARIANT)
    rates = rates.group_by(_PAIR).agg(rates=pl.struct(*_VARIANT, "buy_price", "proposed"))
    order = ["gap", *_VARIANT, "buy_code"]
    worst = every.sort(order, descending=[True, False, False, False]).unique(_PAIR, keep="first", maintain_order=True)
    return worst.join(rates, on=_PAIR, how="left", maintain_order="left")


def _groups(case: Case, plan: str, at_ms: int) -> list[tuple[str, str]]:
    """The groups that callers are in by the lists of a sell plan, each with the one that they are in where we buy."""
    known = callers.sold_by(case, plan), callers.after(case)
    stems = [*callers.group_codes(known[0].callers.codes, known[1].callers.codes), callers.NOBODY]
    met = pl.DataFrame({"caller": stems}).with_columns(at_ms=pl.lit(at_ms, pl.Int64))
    return sorted(set(zip(*(callers.groups_of(each, met) for each in known), strict=True)))


def _elsewhere(case: Case, under: pl.DataFrame, at_ms: int, kind: str, group: str) -> pl.Series:
    """What the rest of each sell code costs then; where it is dear as a whole, what it cost before the sheet."""
    codes, now_ms = under["sell_code"], case.contract.now_ms
    after = answers(in_force(case.comparison.after, at_ms), codes, at_ms, kind, group)["next_price"]
    before = answers(in_force(case.rates, now_ms), codes, now_ms, kind, group)["next_price"]
    split = under["code"] != under["sell_code"]
    return pl.select(pl.when(split & (after <= under["sell_price"])).then(after).otherwise(before)).to_series()


def _begins(case: Case, rows: pl.DataFrame) -> pl.Series:
    """From when each is so: the change of the code that is bought, now where there is none ahead."""
    ahead = case.comparison.changes.filter(pl.col("kind") != UNCHANGED)
    first = ahead.group_by("code").agg(pl.col("from_ms").min())
    found = rows.select(code="buy_code").join(first, on="code", how="left", maintain_order="left")["from_ms"]
    return found.fill_null(case.contract.now_ms).clip(case.contract.now_ms).alias("from_ms")


def _money(look: Look, plan: str, at_ms: int) -> pl.DataFrame:
    """By sell code and code: talk of a week, and what it then costs more than it brings."""
    case = look.case
    met = look.traffic.week.with_columns(pl.lit(at_ms, pl.Int64).alias("at_ms"))
    met = look.cost(placed(met, callers.after(case), "new"))
    met = look.sold(met, plan).filter(pl.col("new_cost").is_not_null(), pl.col("sell_cost").is_not_null())
    longer = pl.col("new_code").str.len_chars() > pl.col("sell_code").str.len_chars()
    met = met.with_columns(code=pl.when(longer).then("new_code").otherwise("sell_code"))
    sums = met.group_by(_PAIR).agg(pl.col("talk_ms").sum(), (pl.col("new_cost") - pl.col("sell_cost")).sum())
    days = max(case.contract.terms.traffic_days, 1)
    leak = look.traffic.weekly(pl.max_horizontal(pl.col("new_cost"), 0)).alias("leak")
    return sums.select(*_PAIR, pl.col("talk_ms") * 7 // days, leak)
