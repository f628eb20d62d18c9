"""Where codes belong over time: changed from a moment on, and compared."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.code_times import Difference, Times, belonging, differences, owner_at
from domain.codes import CodeEntry
from domain.ids import DestinationId

KENYA, UGANDA = DestinationId(1), DestinationId(2)
OWNERS = st.sampled_from([None, KENYA, UGANDA])
STEPS = st.lists(st.tuples(OWNERS, st.integers(0, 9)), max_size=6)


def after(steps: list[tuple[DestinationId | None, int]]) -> Times:
    times: Times = ()
    for owner, from_ms in steps:
        times = belonging(times, "2547", owner, from_ms)
    return times


def test_a_code_belongs_elsewhere_from_the_day_it_moves() -> None:
    times = after([(KENYA, 0), (UGANDA, 5)])
    assert times == (CodeEntry("2547", KENYA, 0, 5), CodeEntry("2547", UGANDA, 5))


def test_a_code_that_ends_and_comes_back_at_once_never_left() -> None:
    assert after([(KENYA, 0), (None, 5), (KENYA, 5)]) == (CodeEntry("2547", KENYA),)


@settings(max_examples=50)
@given(STEPS, OWNERS, st.integers(0, 9), st.integers(0, 10))
def test_a_change_decides_all_from_its_day_on_and_nothing_before(
    steps: list[tuple[DestinationId | None, int]], owner: DestinationId | None, from_ms: int, asked_ms: int
) -> None:
    before = after(steps)
    changed = belonging(before, "2547", owner, from_ms)
    assert owner_at(changed, asked_ms) == (owner if asked_ms >= from_ms else owner_at(before, asked_ms))
    assert belonging(changed, "2547", owner, from_ms) == changed
    for one, other in pairwise(changed):
        assert one.valid_until_ms is not None
        assert one.valid_until_ms <= other.valid_from_ms


@settings(max_examples=50)
@given(STEPS, STEPS, st.integers(0, 10))
def test_differences_are_those_of_every_moment(
    one: list[tuple[DestinationId | None, int]], other: list[tuple[DestinationId | None, int]], asked_ms: int
) -> None:
    before, now = after(one), after(other)
    found = differences({"2547": before}, {"2547": now})
    holding = [
        each for each in found if each.from_ms <= asked_ms and (each.until_ms is None or asked_ms < each.until_ms)
    ]
    was, is_now = owner_at(before, asked_ms), owner_at(now, asked_ms)
    assert [(each.before, each.after) for each in holding] == ([] if was == is_now else [(was, is_now)])
    for each, following in pairwise(found):
        same = (each.before, each.after) == (following.before, following.after)
        assert not (same and each.until_ms == following.from_ms)


def test_a_difference_is_named_by_what_happens_to_the_code() -> None:
    found = differences({"1": after([(KENYA, 0)]), "2": ()}, {"1": after([(UGANDA, 3)]), "2": after([(KENYA, 1)])})
    assert [(one.code, one.kind, one.from_ms) for one in found] == [
        ("1", Difference.ENDED, 0),
        ("1", Difference.MOVED, 3),
        ("2", Difference.ADDED, 1),
    ]
