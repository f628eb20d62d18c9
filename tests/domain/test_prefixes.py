"""Longest match: the mutable table, the flattened intervals, and a plain search agree."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intervals import PlanIntervals, flatten, nest
from domain.prefixes import PrefixTable
from domain.rates import ANY_TIME, RateRow
from tests.domain.builders import NOON, any_rows, codes, dice, moment, number_of, numbers, row, rules, table


@settings(deadline=None)
@given(st.sets(codes, max_size=12), st.lists(numbers, min_size=1, max_size=20))
def test_prefix_table_and_intervals_find_the_longest_code(known: set[str], asked: list[str]) -> None:
    prefixes = PrefixTable({code: code for code in known})
    plan = PlanIntervals(rules(), [row(code) for code in known])
    for number in asked:
        longest = max((code for code in known if number.startswith(code)), key=len, default=None)
        match = prefixes.match(number)
        rates = plan.rates_at(number, NOON)
        assert (match[0] if match else None) == longest
        assert (rates.code if rates else None) == longest


@settings(deadline=None)
@given(st.sets(codes, max_size=12))
def test_intervals_are_sorted_disjoint_and_change_owner_at_every_start(known: set[str]) -> None:
    starts, owner, parent = nest(sorted(known))
    assert starts[0] == 0
    assert all(left < right for left, right in pairwise(starts))
    assert all(left != right for left, right in pairwise(owner))
    assert all(above < index for index, above in enumerate(parent))


@settings(deadline=None)
@given(any_rows(), any_rows(), dice)
def test_a_moment_finds_the_rows_in_force_of_the_longest_code_that_has_any(
    some: list[RateRow], more: list[RateRow], dice: Random
) -> None:
    rows = some + more
    plan = PlanIntervals(rules(), rows)
    for number, at_ms in [(number_of(rows, dice), moment(dice)) for _ in range(20)]:
        alive = [r for r in rows if r.valid_at(at_ms) and number.startswith(r.code)]
        rates = plan.rates_at(number, at_ms)
        if not alive:
            assert rates is None
            continue
        assert rates is not None
        assert rates.code == max((r.code for r in alive), key=len)
        best: dict[str, RateRow] = {}
        for r in alive:
            if r.code == rates.code:
                held = best.get(r.rate_type, r)
                newer = (r.valid_from_ms, r.known_from_ms) >= (held.valid_from_ms, held.known_from_ms)
                best[r.rate_type] = r if newer else held
        assert {r.rate_type: (r.terms, r.blocked) for r in rates.rows} == {
            kind: (r.terms, r.blocked) for kind, r in best.items()
        }


def test_a_short_number_does_not_match_a_longer_code_of_zeros() -> None:
    assert PlanIntervals(rules(), [row("4400"), row("4")]).rates_at("44", NOON) is not None
    rates = table(row("4400"), row("4")).rates_at("44", NOON)
    assert rates is not None
    assert rates.code == "4"
    assert table(row("4400")).rates_at("44", NOON) is None


def test_codes_with_leading_zeros_and_full_length_are_kept_apart() -> None:
    plan = table(row("0"), row("00"), row("123456789012345"))
    for number, code in [("0012345", "00"), ("0112345", "0"), ("123456789012345", "123456789012345")]:
        rates = plan.rates_at(number, NOON)
        assert rates is not None
        assert rates.code == code


def test_an_expired_code_falls_back_to_the_shorter_one_and_a_later_moment_asks_again() -> None:
    plan = table(row("44"), row("447", valid_from_ms=NOON - 10, valid_until_ms=NOON))
    found = [plan.rates_at("44791", at_ms) for at_ms in (NOON - 11, NOON - 10, NOON - 1, NOON, NOON - 1)]
    assert [rates.code if rates else None for rates in found] == ["44", "447", "447", "44", "447"]


def test_a_blocked_longest_code_is_reported_as_blocked() -> None:
    rates = table(row("44"), row("4479", blocked=True)).rates_at("447911", NOON)
    assert rates is not None
    assert rates.blocked


@pytest.mark.parametrize("number", ["", "#44", "44a", "+44791", "٤٤"])
def test_what_is_not_digits_has_no_rate(number: str) -> None:
    assert table(row("4"), row("")).rates_at(number, NOON) is None


def test_an_empty_plan_has_no_rate() -> None:
    assert table().rates_at("447911", NOON) is None
    assert list(flatten([]).row_first) == [0]


def test_a_row_comes_back_with_what_it_was_made_of() -> None:
    made = row("4479", price="0.01", increments="30/6", connect_fee="0.1", valid_until_ms=NOON + 1)
    rates = table(made).rates_at("447911", NOON)
    assert rates is not None
    assert rates.rows == (made,)
    assert rates.rows[0].rate_type == ANY_TIME


def test_a_deleted_code_no_longer_matches() -> None:
    prefixes = PrefixTable({"44": "UK", "447": "UK mobile"})
    del prefixes["447"]
    assert prefixes.match("44791") == ("44", "UK")
    assert len(prefixes) == 1


def test_all_matches_come_longest_first() -> None:
    assert [code for code, _ in PrefixTable({"": 0, "4": 1, "447": 2}).matches("4479")] == ["447", "4", ""]
