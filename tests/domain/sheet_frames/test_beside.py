"""Plans beside each other, held against what each number costs by itself."""

from fractions import Fraction
from itertools import product
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rates import ANY_TIME
from domain.sheet_frames.beside import Side, alike, converted, dearer, differing, margins, offers, own_codes
from tests.domain.sheet_frames.plans import rate, rates

NUMBERS = ["".join(digits) + "0000" for digits in product("12", repeat=3)]
PLAN = st.dictionaries(st.text("12", min_size=1, max_size=3), st.integers(1, 3), min_size=1, max_size=5)
NOW = 1_000


def plan(prices: dict[str, int], **fields: Any) -> pl.DataFrame:
    return rates(*(rate(code, price, **fields) for code, price in prices.items()))


def costs(prices: dict[str, int], number: str) -> int | None:
    codes = [code for code in prices if number.startswith(code)]
    return prices[max(codes, key=len)] if codes else None


def side(owner: str, prices: dict[str, int], to_base: Fraction = Fraction(1)) -> Side:
    return Side(owner, f"{owner}-buy", plan(prices), ANY_TIME, to_base)


@settings(max_examples=40)
@given(PLAN, PLAN)
def test_a_difference_is_told_just_where_numbers_cost_otherwise(one: dict[str, int], other: dict[str, int]) -> None:
    found, _codes = differing(plan(one), plan(other), NOW)
    told = dict(found.select("code", "kind").iter_rows())
    codes = own_codes((plan(one), plan(other))).to_list()
    for number in NUMBERS:
        ours, theirs = costs(one, number), costs(other, number)
        code = max((code for code in codes if number.startswith(code)), key=len, default="")
        kind = None if ours == theirs else "missing" if theirs is None else "extra" if ours is None else ""
        assert told.get(code) == (("dearer" if (theirs or 0) > (ours or 0) else "cheaper") if kind == "" else kind)


@settings(max_examples=40)
@given(PLAN, PLAN, PLAN)
def test_margin_is_price_less_the_best_offer(sell: dict[str, int], one: dict[str, int], other: dict[str, int]) -> None:
    found = margins(side("us", sell), [side("a", one), side("b", other)], NOW)
    told = {row["asked"]: row for row in found.iter_rows(named=True)}
    for number in NUMBERS:
        code = max((code for code in told if number.startswith(code)), key=len, default=None)
        price, best = costs(sell, number), [costs(buy, number) for buy in (one, other)]
        if price is None or code is None:
            assert price is None
            continue
        known = [cost for cost in best if cost is not None]
        row = told[code]
        assert (row["base"], row["buy_base"], row["vendors"]) == (price, min(known, default=None), len(known))
        assert row["margin"] == (price - min(known) if known else None)


def test_offers_are_in_base_currency_and_codes_with_the_same_are_told_once() -> None:
    sides = [side("a", {"1": 30, "12": 50}), side("b", {"1": 20, "11": 20}, Fraction(2))]
    codes = own_codes(each.rates for each in sides)
    found = offers(sides, codes, NOW).with_columns(destination=pl.lit("One"))
    told = [(row["asked"], row["vendor"], row["base"]) for row in found.iter_rows(named=True)]
    assert told[:2] == [("1", "a", 30), ("1", "b", 40)] and told[4:] == [("12", "b", 40), ("12", "a", 50)]
    assert alike(found)["codes"].to_list() == [["1", "11"], ["12"]]
    assert list(dearer(found).iter_rows()) == [("a", "b", 1), ("b", "a", 2)]


def test_money_is_converted_half_away_from_zero() -> None:
    assert converted(plan({"1": 3}), Fraction(1, 2))["next_price"].to_list() == [2]


def test_a_rate_type_is_told_where_it_differs_otherwise() -> None:
    one = rates(rate("1", 5))
    other = rates(rate("1", 5), {**rate("1", 7), "rate_type": "peak"}, rate("2", 3, until_ms=NOW))
    found, codes = differing(one, other, NOW)
    assert codes == 1
    assert found.select("code", "rate_type", "kind").rows() == [("1", "peak", "dearer")]
