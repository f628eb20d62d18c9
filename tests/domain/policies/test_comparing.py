"""Two arms side by side: what surely differs, and what ends a trial."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import PartnerId
from domain.policies.comparing import (
    Arm,
    Bounded,
    Guard,
    Part,
    Spread,
    Verdict,
    broken,
    differences,
    mean,
    share,
    share_difference,
)
from domain.wilson import share_bounds

counts = st.integers(1, 2_000).flatmap(lambda tries: st.tuples(st.integers(0, tries), st.just(tries)))


def spread(values: list[int]) -> Spread:
    return Spread(len(values), sum(values), sum(value * value for value in values))


def arm(calls: int, answered: int, margin: int = 1_000, jitter: int = 10) -> Arm:
    each = [margin + (jitter if number % 2 else -jitter) for number in range(calls)]
    return Arm(calls=calls, answered=answered, margin=spread(each), talk_ms=spread([60_000] * answered))


def test_newcombes_own_examples() -> None:
    # R. G. Newcombe 1998, table II, method 10: 56/70 - 48/80, and 9/10 - 3/10
    found = share_difference(56, 70, 48, 80)
    assert [round(one, 2) for one in (found.value, found.low, found.high)] == [20.0, 5.24, 33.39]
    found = share_difference(9, 10, 3, 10)
    assert (round(found.low, 2), round(found.high, 2)) == (17.05, 80.90)


@given(counts, counts)
def test_a_difference_lies_within_its_bounds_and_turned_round_it_is_the_same(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    there, back = share_difference(*one, *other), share_difference(*other, *one)
    assert there.low <= there.value + 1e-9 and there.value - 1e-9 <= there.high
    assert [back.low, back.high] == pytest.approx([-there.high, -there.low])
    assert there.low >= -100 - 1e-9 and there.high <= 100 + 1e-9


@given(counts)
def test_a_share_has_wilsons_bounds(one: tuple[int, int]) -> None:
    found = share(*one)
    assert found == Bounded(100 * one[0] / one[1], *share_bounds(*one))
    assert share(0, 0) is None


@given(st.lists(st.integers(-(10**12), 10**12), min_size=2, max_size=50))
def test_a_mean_is_told_from_sums_as_from_the_values_themselves(values: list[int]) -> None:
    found, middle = mean(spread(values)), sum(values) / len(values)
    assert found is not None and found.value == pytest.approx(middle)
    deviation = (sum((value - middle) ** 2 for value in values) / (len(values) - 1)) ** 0.5
    assert found.high - found.low == pytest.approx(2 * 1.959963984540054 * deviation / len(values) ** 0.5, abs=1e-3)


def test_nothing_is_said_of_few_calls_and_of_many_what_is_sure() -> None:
    def verdicts(current: Arm, tried: Arm) -> dict[str, Verdict]:
        return {one.what: one.verdict for one in differences(current, tried, 200)}

    assert set(verdicts(arm(10_000, 5_000), arm(199, 0)).values()) == {Verdict.FEW}
    found = verdicts(arm(10_000, 5_000), arm(1_000, 400, margin=900))
    assert (found["asr"], found["margin"], found["acd"], found["pdd"]) == (
        Verdict.WORSE, Verdict.WORSE, Verdict.EVEN, Verdict.EVEN,
    )  # fmt: skip
    assert verdicts(arm(10_000, 5_000), arm(1_000, 500))["asr"] is Verdict.EVEN
    found = verdicts(arm(10_000, 5_000), arm(1_000, 600, margin=1_100))
    assert (found["asr"], found["margin"]) == (Verdict.BETTER, Verdict.BETTER)


def test_less_delay_is_better() -> None:
    current = replace(arm(500, 250), pdd_ms=spread([4_000, 4_100] * 200))
    tried = replace(arm(500, 250), pdd_ms=spread([3_000, 3_100] * 200))
    found = next(one for one in differences(current, tried, 200) if one.what == "pdd")
    assert found.verdict is Verdict.BETTER and found.difference is not None
    assert found.difference.value == pytest.approx(-1.0)


def test_a_guard_ends_what_is_surely_worse_by_more_than_it_allows() -> None:
    current = arm(9_000, 4_500)
    assert "ASR 30.0 of 1000 calls, 50.0 of 9000 in force" in broken(current, arm(1_000, 300), Guard())
    assert not broken(current, arm(1_000, 480), Guard()), "worse by less than five points"
    assert not broken(current, arm(199, 0), Guard()), "too few calls"
    assert not broken(current, arm(1_000, 300), Guard(asr_bp=0)), "it is not asked to"
    assert "margin of a call" in broken(current, arm(1_000, 500, margin=800), Guard())
    assert not broken(current, arm(1_000, 500, margin=950), Guard()), "worse by less than a tenth"
    assert not broken(current, arm(1_000, 500, margin=800), Guard(margin_bp=0))
    assert "margin of a call" in broken(arm(900, 450, margin=-10), arm(900, 450, margin=-100), Guard())


def test_a_guard_that_looks_again_and_again_seldom_errs() -> None:
    draws, wrong = random.Random(7), 0
    for _ in range(200):
        current, tried = Arm(), Arm()
        for _ in range(50):
            hits = [sum(draws.random() < 0.4 for _ in range(100)), sum(draws.random() < 0.4 for _ in range(20))]
            current, tried = current + Arm(100, answered=hits[0]), tried + Arm(20, answered=hits[1])
            if broken(current, tried, Guard(margin_bp=0)):
                wrong += 1
                break
    assert wrong <= 1, "two equal arms, looked at fifty times each"


def test_arms_add_up() -> None:
    kestrel, nordlink = PartnerId("kestrel"), PartnerId("nordlink")
    one = replace(arm(10, 5), vendors={kestrel: Part(6, 3, 10)}, revenue=5, cost=3)
    both = one + replace(arm(4, 1), vendors={kestrel: Part(1, 0, 0), nordlink: Part(3, 1, 7)}, revenue=2, cost=1)
    assert (both.calls, both.answered, both.margin.count, both.revenue, both.cost) == (14, 6, 14, 7, 4)
    assert both.vendors == {kestrel: Part(7, 3, 10), nordlink: Part(3, 1, 7)}
