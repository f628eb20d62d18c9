"""Lists of origin groups change from a moment on: before it nothing changes, and after it the new list holds."""

from random import Random

from hypothesis import given, settings

from domain.origin_lists import clash, replaced
from domain.origins import OriginCode
from tests.domain.builders import FIRST_MS, LAST_MS, NOON, dice, moment
from tests.domain.callers import EEA, SWISS, origin_codes


def holding(codes: list[OriginCode], at_ms: int) -> set[tuple[str, str]]:
    return {(one.group, one.code) for one in codes if one.valid_from_ms <= at_ms < one.end_ms}


@settings(deadline=None, max_examples=50)
@given(dice)
def test_before_the_moment_a_group_is_as_it_was_and_after_it_as_the_list_says(dice: Random) -> None:
    before, given = origin_codes(dice), origin_codes(dice)
    groups = dice.sample([EEA, SWISS], k=dice.randrange(1, 3))
    given = [one for one in given if one.group in groups]
    since = {group: min((one.valid_from_ms for one in given if one.group == group), default=NOON) for group in groups}
    after = replaced(before, given, since)
    for at_ms in (FIRST_MS, NOON, LAST_MS, *since.values(), *(moment(dice) for _ in range(10))):
        for group in (EEA, SWISS):
            said = given if group in groups and at_ms >= since[group] else before
            assert {pair for pair in holding(list(after), at_ms) if pair[0] == group} == {
                pair for pair in holding(said, at_ms) if pair[0] == group
            }


def test_a_code_that_goes_on_without_a_break_is_one_entry() -> None:
    before = [OriginCode(EEA, "33"), OriginCode(EEA, "44")]
    after = replaced(before, [OriginCode(EEA, "33", NOON), OriginCode(EEA, "49", NOON)], {EEA: NOON})
    assert set(after) == {OriginCode(EEA, "33"), OriginCode(EEA, "44", 0, NOON), OriginCode(EEA, "49", NOON)}


def test_one_code_in_two_groups_at_once_is_a_clash_and_one_after_the_other_is_none() -> None:
    first, second = OriginCode(EEA, "44", 0, NOON), OriginCode(SWISS, "44", NOON - 1)
    assert clash([first, second]) == (first, second)
    assert clash([first, OriginCode(SWISS, "44", NOON)]) is None
    assert clash([first, OriginCode(EEA, "44", NOON - 1)]) is None
    assert clash([first, OriginCode(SWISS, "447")]) is None
