"""Codes of a sell plan beside what they cost: below cost, below the least margin, dearer than the rest of their code.

A sell code stands for all its numbers; a vendor whose longer codes cost more thins the margin of some, or makes a loss
of them. Each such code could be sold by itself, at its cost and the margin that the sell code has elsewhere.
"""

from collections.abc import Iterator
from itertools import product

import polars as pl

from domain.rates import ANY_TIME
from domain.sheet_frames import callers
from domain.sheet_frames.beside import answers, in_force, own_codes
from domain.sheet_frames.case import Case
from domain.sheet_frames.hours import hours_together
from domain.sheets.leaking import Leaking

STEP = 10**4
"""Proposed prices have four decimals."""
MOST_PERCENT = 99
"""No price has more margin."""
PAIR = ["sell_code", "code"]
VARIANT = ["rate_type", "origin"]
WHEN = ["sold_for", "bought_for", "sell_group", "new_group"]
"""The rate types that hold at one time where we sell and where we buy, and the groups of one caller there."""
_SOLD = {"code": "sell_code", "next_price": "sell_price"}


def least_percent(case: Case) -> int:
    """Return the least margin of the terms, per cent of a price."""
    return min(case.contract.terms.least_margin_percent, MOST_PERCENT)


def enough(cost: pl.Expr, percent: int) -> pl.Expr:
    """Return the least sale that leaves so many per cent of itself above a cost, rounded up."""
    return (cost * 100 + 99 - percent) // (100 - percent)


def price_pairs(case: Case, plan: str, at_ms: int, called: pl.DataFrame) -> pl.DataFrame:
    """Return what leaks, each PAIR in each WHEN: `kind`, `week_ms` of a week, VARIANT of the rate that sells it, `gap`
    (what lacks a minute), `apart` (what it costs more than the rest of its code), `proposed`, and both prices.

    `code` is the longer of both, to be sold by itself. What is only uneven is left out where it has no calls (`called`:
    PAIR): it leaks nothing, and where codes are cut finely most are.
    """
    sells, buys = in_force(case.sells[plan], at_ms), in_force(case.comparison.after, at_ms)
    codes = own_codes((sells, buys))
    found = []
    for (sold_to, bought_from), (sold_for, bought_for, week_ms) in product(
        _groups(case, plan, at_ms), _hours(case, plan)
    ):
        sold = answers(sells, codes, at_ms, sold_for, sold_to, ("code", "next_price", *VARIANT)).rename(_SOLD)
        bought = answers(buys, codes, at_ms, bought_for, bought_from).select(buy_code="code", buy_price="next_price")
        both = pl.concat([sold, bought], how="horizontal").drop_nulls(["sell_price", "buy_price"])
        leaking = _leaking(both, least_percent(case), called)
        proposed = _proposed(case, leaking, at_ms, (bought_for, bought_from))
        when = zip(WHEN, (sold_for, bought_for, sold_to, bought_from), strict=True)
        leaking = leaking.with_columns(proposed, pl.lit(week_ms).alias("week_ms"), **{k: pl.lit(v) for k, v in when})
        found.append(leaking.unique([*PAIR, *WHEN], keep="first", maintain_order=True))
    return pl.concat(found)


def _leaking(both: pl.DataFrame, percent: int, called: pl.DataFrame) -> pl.DataFrame:
    """Keep what leaks, with its `code`, `kind`, `rest` (what the rest of its sell code costs), `apart` and `gap`."""
    longer = pl.col("buy_code").str.len_chars() > pl.col("sell_code").str.len_chars()
    own = pl.col("buy_price").filter(~longer).min().over("sell_code")
    both = both.with_columns(
        code=pl.when(longer).then("buy_code").otherwise("sell_code"),
        rest=pl.coalesce(own, pl.col("buy_price").min().over("sell_code")),
    )
    sale, cost = pl.col("sell_price"), pl.col("buy_price")
    apart = pl.when(longer).then(pl.max_horizontal(0, cost - pl.col("rest"))).otherwise(0)
    lacks = enough(cost, percent) - sale
    kind = (
        pl.when(cost > sale).then(pl.lit(Leaking.LOSS.value))
        .when((sale - cost) * 100 < sale * percent).then(pl.lit(Leaking.THIN.value))
        .when(apart > 0).then(pl.lit(Leaking.UNEVEN.value))
    )  # fmt: skip
    both = both.with_columns(kind=kind, apart=apart).drop_nulls("kind")
    gap = pl.when(pl.col("kind") == Leaking.LOSS.value).then(cost - sale).otherwise(pl.max_horizontal("apart", lacks))
    uneven = pl.col("kind") == Leaking.UNEVEN.value
    met = pl.concat([both.filter(~uneven), both.filter(uneven).join(called, on=PAIR, how="semi")])
    return met.with_columns(gap=gap)


def _proposed(case: Case, leaking: pl.DataFrame, at_ms: int, when: tuple[str, str]) -> pl.Series:
    """What each is to be sold at: its cost and the margin of the rest of its sell code; where that is dear as a whole,
    the margin that it had before the sheet; never less than the least margin."""
    now_ms = case.contract.now_ms
    before = answers(in_force(case.rates, now_ms), leaking["sell_code"], now_ms, *when)["next_price"]
    split = (pl.col("code") != pl.col("sell_code")) & (pl.col("rest") <= pl.col("sell_price"))
    rest = pl.when(split).then("rest").otherwise(before)
    margin = pl.max_horizontal(0, pl.col("sell_price") - rest).fill_null(0)
    least = enough(pl.col("buy_price"), least_percent(case))
    price = pl.max_horizontal(pl.col("buy_price") + margin, least)
    return leaking.select(proposed=(price + STEP - 1) // STEP * STEP).to_series()


def _hours(case: Case, plan: str) -> Iterator[tuple[str, str, int]]:
    """Yield the rate types of a sell plan and of the case's that hold at one time, with the ms of a week.

    Where the sell plan's hours are not known, those of one name.
    """
    rules = case.rules.get(plan)
    if rules is not None:
        together = hours_together(rules, case.contract.rules, case.contract.week_ms[1])
        yield from ((*types, week_ms) for types, week_ms in sorted(together.items()))
        return
    rates = case.sells[plan]["rate_type"], case.comparison.after["rate_type"]
    yield from ((kind, kind, 0) for kind in sorted({ANY_TIME}.union(*(its.unique() for its in rates))))


def _groups(case: Case, plan: str, at_ms: int) -> list[tuple[str, str]]:
    """The groups that callers are in by the lists of a sell plan, each with the one that they are in where we buy."""
    known = callers.sold_by(case, plan), callers.after(case)
    stems = [*callers.group_codes(known[0].callers.codes, known[1].callers.codes), callers.NOBODY]
    met = pl.DataFrame({"caller": stems}).with_columns(at_ms=pl.lit(at_ms, pl.Int64))
    return sorted(set(zip(*(callers.groups_of(each, met) for each in known), strict=True)))
