"""Origin groups of plans: changed from a moment on, all or nothing, and never lost."""

import pytest

from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PlanId
from domain.origins import OriginCode
from store.catalog import Catalog
from tests.store.catalog.builders import AT, BY, DAY, rate, with_plan

EEA, SWISS = "EEA", "Switzerland"


def test_a_group_has_exactly_the_given_codes_from_a_moment_on(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.origins.set(plan, EEA, ["33", "44"], 0, **BY)
    catalog.origins.set(plan, EEA, ["33", "49"], AT, **BY)
    assert catalog.origins.of(plan) == (OriginCode(EEA, "33"), OriginCode(EEA, "44", 0, AT), OriginCode(EEA, "49", AT))
    catalog.origins.set(plan, EEA, [], AT + DAY, **BY)
    assert [one.valid_until_ms for one in catalog.origins.of(plan)] == [AT + DAY, AT, AT + DAY]


def test_each_version_of_a_plan_keeps_the_groups_that_it_knew(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    versions = [catalog.origins.set(plan, EEA, codes, 0, **BY) for codes in (["33"], ["33", "44"], ["49"])]
    assert versions == [2, 3, 4]
    told = [[one.code for one in catalog.origins.of(plan, version)] for version in (1, *versions)]
    assert told == [[], ["33"], ["33", "44"], ["49"]]


def test_what_is_so_already_makes_no_version(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    first = catalog.origins.set(plan, EEA, ["33"], 0, **BY)
    assert catalog.origins.set(plan, EEA, ["33"], AT, **BY) == first
    assert catalog.plans.get(plan).version == first


def test_a_code_moves_from_one_group_to_another_when_both_are_given(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.origins.enter(plan, [OriginCode(EEA, "33"), OriginCode(EEA, "41")], **BY)
    with pytest.raises(ConflictError, match="code 41 would be in EEA and Switzerland at once"):
        catalog.origins.set(plan, SWISS, ["41"], AT, **BY)
    catalog.origins.enter(plan, [OriginCode(EEA, "33", AT), OriginCode(SWISS, "41", AT)], **BY)
    found = [OriginCode(EEA, "33"), OriginCode(EEA, "41", 0, AT), OriginCode(SWISS, "41", AT)]
    assert list(catalog.origins.of(plan)) == found


def test_groups_end_in_the_same_version_in_which_others_change(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    first = catalog.origins.enter(plan, [OriginCode(EEA, "33"), OriginCode(SWISS, "41")], **BY)
    second = catalog.origins.enter(plan, [OriginCode(EEA, "41", AT)], ended=[SWISS], ended_ms=AT, **BY)
    assert second == first + 1
    found = [OriginCode(EEA, "33", 0, AT), OriginCode(EEA, "41", AT), OriginCode(SWISS, "41", 0, AT)]
    assert list(catalog.origins.of(plan)) == found


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (OriginCode(EEA, "+33"), "'\\+33' is no code"),
        (OriginCode(EEA, "1" * 16), "is no code"),
        (OriginCode(EEA, "33", AT, AT), "code 33 of EEA is never valid"),
        (OriginCode(" EEA", "33"), "is no name of a group"),
        (OriginCode("", "33"), "is no name of a group"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(catalog: Catalog, code: OriginCode, words: str) -> None:
    plan = with_plan(catalog)
    with pytest.raises(InputError, match=words):
        catalog.origins.enter(plan, [OriginCode(EEA, "49"), code], **BY)
    assert catalog.origins.of(plan) == ()
    assert catalog.plans.get(plan).version == 1


def test_groups_of_a_plan_that_is_not_there_are_refused(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError):
        catalog.origins.set(PlanId("none"), EEA, ["33"], 0, **BY)


def test_rates_are_counted_by_the_callers_that_they_are_for(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.plans.add_rates(plan, [rate("44"), rate("49"), rate("44", price=1, origin=EEA)], **BY)
    assert catalog.origins.rates(plan) == {"": 2, EEA: 1}


def test_a_plan_goes_with_its_groups(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.origins.set(plan, EEA, ["33"], 0, **BY)
    catalog.removals.plan(plan, **BY)
    assert catalog.origins.of(plan) == ()
