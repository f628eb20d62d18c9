"""Where we sell by shorter codes than we buy, at less than it then costs: what that leaks, and the split that ends it.

A sell code stands for all its numbers; a vendor whose longer codes cost more makes some of them a loss. Each such code
could be sold by itself, at its cost and the margin that the sell code has elsewhere.
"""

import polars as pl

from domain.rates import ANY_TIME
from domain.sheet_frames import callers
from domain.sheet_frames.beside import answers, in_force, own_codes
from domain.sheet_frames.case import Case
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.traffic import placed
from domain.sheet_frames.columns import LEAKS
from domain.sheet_frames.function import variants
from domain.sheet_frames.notice import UNCHANGED

STEP = 10**4
"""Proposed prices have four decimals."""
_PAIR = ["sell_code", "code"]


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
                pl.col("talk_ms", "leak").fill_null(0), plan=pl.lit(plan), from_ms=_begins(case, rows)
            )
            found.append(rows.select(pl.col(name).cast(kind) for name, kind in LEAKS.items()))
    return pl.concat(found).sort("leak", "gap", "plan", "code", descending=[True, True, False, False])


def _under_water(case: Case, plan: str, at_ms: int) -> pl.DataFrame:
    """The codes of which a plan sells below cost: `code` is the longer of both, to be sold by itself."""
    sells, buys = in_force(case.sells[plan], at_ms), in_force(case.comparison.after, at_ms)
    codes = own_codes((sells, buys))
    sold = answers(sells, codes, at_ms, ANY_TIME).select(sell_code="code", sell_price="next_price")
    kinds = list(variants(buys))
    bought = pl.concat(
        [answers(buys, codes, at_ms, kind, origin).with_columns(asked=codes) for kind, origin in kinds]
    ).sort("next_price", descending=True, nulls_last=True)
    dearest = bought.unique("asked", keep="first", maintain_order=True)
    both = sold.with_columns(asked=codes).join(
        dearest.select("asked", buy_code="code", buy_price="next_price"), on="asked", maintain_order="left"
    )
    under = both.filter(pl.col("buy_price") > pl.col("sell_price"))
    longer = pl.col("buy_code").str.len_chars() > pl.col("sell_code").str.len_chars()
    under = under.with_columns(code=pl.when(longer).then("buy_code").otherwise("sell_code"))
    under = under.sort("buy_price", descending=True).unique(_PAIR, keep="first", maintain_order=True)
    margin = pl.max_horizontal(0, pl.col("sell_price") - _elsewhere(case, under, at_ms))
    return under.with_columns(
        gap=pl.col("buy_price") - pl.col("sell_price"),
        proposed=(pl.col("buy_price") + margin.fill_null(0) + STEP - 1) // STEP * STEP,
    )


def _elsewhere(case: Case, under: pl.DataFrame, at_ms: int) -> pl.Series:
    """What the rest of each sell code costs then; where it is dear as a whole, what it cost before the sheet."""
    after = answers(in_force(case.comparison.after, at_ms), under["sell_code"], at_ms, ANY_TIME)["next_price"]
    now_ms = case.contract.now_ms
    before = answers(in_force(case.rates, now_ms), under["sell_code"], now_ms, ANY_TIME)["next_price"]
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
