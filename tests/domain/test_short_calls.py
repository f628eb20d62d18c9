"""Short-call surcharges: counted exactly, shown with their arithmetic."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.ids import DestinationId
from domain.money import Currency, Money, units_of
from domain.short_calls import (
    CallCount,
    CountedBy,
    ShortCallFee,
    ShortCallRule,
    check_rule,
    percent_bp,
    percent_text,
    rule_words,
    short_call_fees,
    surcharge_lines,
)

USD = Currency("USD")
CENT_FEE = ShortCallRule(fee=units_of("0.01"))
RULES = st.builds(
    ShortCallRule,
    fee=st.integers(1, 10**9),
    within_s=st.integers(1, 60),
    free_bp=st.integers(0, 10_000),
    least_calls=st.integers(0, 200),
)
COUNTS = st.integers(0, 5_000).flatmap(lambda answered: st.tuples(st.just(answered), st.integers(0, answered)))
CALLS = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 20_000)), max_size=200)
"""Answered calls: destination, duration in ms."""


def name_of(destination: DestinationId) -> str:
    return {1: "India", 2: "Kenya", 3: "UK"}.get(destination, "")


def counted(calls: list[tuple[int, int]], rule: ShortCallRule) -> list[CallCount]:
    """Count calls one by one, as segments and books do for many."""
    return [CallCount(DestinationId(to), "", 1, int(ms <= rule.within_s * 1000)) for to, ms in calls]


def test_the_arithmetic_is_that_of_the_contract() -> None:
    fee = ShortCallFee(CENT_FEE, "", 1_230, 210)
    assert (fee.free, fee.excess, fee.charge) == (184, 26, units_of("0.26"))
    assert fee.arithmetic == "1,230 answered, 210 ≤ 6 s = 17.07 %, 184 free at 15 %, 26 × 0.0100"
    [line] = surcharge_lines([fee], USD)
    assert (line.what, line.calls, line.price, line.amount) == ("Short calls", 26, 1_000_000, Money.of("0.26", "USD"))


def test_calls_at_exactly_the_share_are_free_and_the_next_one_costs() -> None:
    assert ShortCallFee(CENT_FEE, "", 20, 3).excess == 0
    assert ShortCallFee(CENT_FEE, "", 20, 4).excess == 1
    assert ShortCallFee(CENT_FEE, "", 19, 3).excess == 1  # 15 % of 19 is 2.85: two are free


def test_with_no_share_every_short_call_costs_and_with_all_none_does() -> None:
    assert ShortCallFee(ShortCallRule(fee=1, free_bp=0), "", 50, 7).charge == 7
    assert ShortCallFee(ShortCallRule(fee=1, free_bp=10_000), "", 50, 50).charge == 0


def test_without_an_answered_call_there_is_nothing_to_pay_and_it_is_said() -> None:
    [fee] = short_call_fees(CENT_FEE, [], name_of)
    assert (fee.charge, fee.arithmetic) == (0, "0 answered, 0 ≤ 6 s = 0.00 %, 0 free at 15 %, 0 × 0.0100")
    assert surcharge_lines([fee], USD) == ()
    assert short_call_fees(ShortCallRule(), [CallCount(DestinationId(1), "", 9, 9)], name_of) == ()


def test_below_the_least_number_of_calls_there_is_no_fee() -> None:
    rule = ShortCallRule(fee=1_000_000, least_calls=100)
    assert ShortCallFee(rule, "", 99, 99).charge == 0
    assert ShortCallFee(rule, "", 99, 99).arithmetic.endswith("100.00 %, no fee below 100 answered")
    assert ShortCallFee(rule, "", 100, 99).excess == 84


def test_destinations_and_codes_are_counted_by_themselves() -> None:
    counts = [
        CallCount(DestinationId(1), "91", 100, 10),
        CallCount(DestinationId(1), "9199", 100, 40),
        CallCount(DestinationId(9), "44", 10, 10),
    ]
    by_name = short_call_fees(ShortCallRule(fee=1, counted_by=CountedBy.DESTINATION), counts, name_of)
    assert [(fee.group, fee.answered, fee.short, fee.excess) for fee in by_name] == [
        ("India", 200, 50, 20), ("unknown", 10, 10, 9),
    ]  # fmt: skip
    coded = ShortCallRule(fee=1, counted_by=CountedBy.CODE, codes=("91", "9199", "44"))
    by_code = short_call_fees(coded, counts, name_of)
    assert [(fee.group, fee.excess) for fee in by_code] == [("44", 9), ("91", 0), ("9199", 25)]
    assert [line.what for line in surcharge_lines(by_code, USD)] == ["Short calls, 44", "Short calls, 9199"]
    assert [fee.excess for fee in short_call_fees(ShortCallRule(fee=1), counts, name_of)] == [60 - 31]


@given(RULES, COUNTS)
def test_one_more_short_call_never_costs_less_and_at_most_one_fee_more(
    rule: ShortCallRule, count: tuple[int, int]
) -> None:
    answered, short = count
    assume(short < answered)
    one, other = ShortCallFee(rule, "", answered, short).charge, ShortCallFee(rule, "", answered, short + 1).charge
    assert one <= other <= one + rule.fee


@given(RULES, COUNTS)
def test_what_is_free_is_the_share_in_whole_calls_and_never_more(rule: ShortCallRule, count: tuple[int, int]) -> None:
    answered, short = count
    fee = ShortCallFee(rule, "", answered, short)
    share = Fraction(rule.free_bp * answered, 10_000)
    assert fee.free <= share < fee.free + 1
    if short <= share:
        assert fee.charge == 0
    elif answered >= rule.least_calls:
        assert fee.charge == (short - fee.free) * rule.fee > 0


@given(RULES, CALLS)
def test_the_fee_is_that_of_a_plain_recount(rule: ShortCallRule, calls: list[tuple[int, int]]) -> None:
    [fee] = short_call_fees(rule, counted(calls, rule), name_of)
    left = len(calls) * rule.free_bp // 10_000
    charge = 0
    for _, duration_ms in calls:
        if Fraction(duration_ms, 1000) <= rule.within_s:
            left -= 1
            charge += rule.fee if left < 0 else 0
    assert fee.charge == (charge if len(calls) >= rule.least_calls else 0)


@given(RULES, CALLS)
def test_by_destination_is_what_each_of_them_alone_gives(rule: ShortCallRule, calls: list[tuple[int, int]]) -> None:
    by_name = ShortCallRule(rule.fee, rule.within_s, rule.free_bp, rule.least_calls, CountedBy.DESTINATION)
    fees = short_call_fees(by_name, counted(calls, rule), name_of)
    alone = [
        short_call_fees(rule, counted([call for call in calls if call[0] == to], rule), name_of)
        for to in sorted({to for to, _ in calls})
    ]
    assert sum(fee.charge for fee in fees) == sum(fee.charge for [fee] in alone)
    assert sum(fee.answered for fee in fees) == len(calls)
    if not rule.least_calls:  # what one destination leaves of its share is no use to another
        [together] = short_call_fees(rule, counted(calls, rule), name_of)
        assert sum(fee.excess for fee in fees) >= together.excess


@given(CALLS)
def test_calls_of_exactly_the_limit_are_short_and_a_millisecond_more_is_not(calls: list[tuple[int, int]]) -> None:
    rule = ShortCallRule(fee=1, free_bp=0)
    [fee] = short_call_fees(rule, counted([*calls, (1, 6_000), (1, 6_001)], rule), name_of)
    assert fee.charge == 1 + sum(ms <= 6_000 for _, ms in calls)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (ShortCallRule(fee=-1), "short_sell.fee is -0.00000001"),
        (ShortCallRule(within_s=0), "Give 1 to 3600 seconds"),
        (ShortCallRule(free_bp=10_001), "free_percent is 100.01"),
        (ShortCallRule(least_calls=-1), "least_calls is -1"),
        (ShortCallRule(codes=("4x",)), "codes cannot be that"),
        (ShortCallRule(counted_by=CountedBy.CODE), "counts by code and has none"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_field(rule: ShortCallRule, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_rule(rule, "short_sell", "partner acme")


@given(st.integers(0, 10_000))
def test_a_share_is_read_as_it_is_written(basis_points: int) -> None:
    assert percent_bp(percent_text(basis_points)) == basis_points
    assert percent_bp(f"{percent_text(basis_points)} %") == basis_points


@pytest.mark.parametrize("text", ["", "-1", "1.234", "many", "1e2", ".5", "1000000", "١"])
def test_what_is_no_share_is_none(text: str) -> None:
    assert percent_bp(text) is None


def test_a_rule_is_said_in_words() -> None:
    assert rule_words(CENT_FEE, USD) == "0.01 USD a call ≤ 6 s beyond 15 %"
    full = ShortCallRule(500_000, 10, 1250, 100, CountedBy.CODE, ("1", "44"))
    assert rule_words(full, USD) == "0.005 USD a call ≤ 10 s beyond 12.5 % from 100 calls to 1, 44, by code"
    assert rule_words(ShortCallRule(), USD) == ""
