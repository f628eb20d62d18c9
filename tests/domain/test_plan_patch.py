"""A plan of which some codes changed is what all its rates make, whatever came, went or was moved."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intervals import flatten, pieced
from domain.plan_columns import PlanColumns
from domain.plan_patch import patched
from domain.rates import RateRow, Terms
from tests.domain.test_plan_columns import rates


def test_a_new_price_touches_no_other_rate() -> None:
    before = [rate("1"), rate("12"), rate("2", price=5)]
    found = patched(flatten(before), {"12"}, [pieced([rate("12", price=7)])])
    assert [found.terms_table[at].next_price for at in found.terms] == [1, 7, 5]
    assert plain(found) == plain(flatten([before[0], rate("12", price=7), before[2]]))


def test_a_code_comes_between_one_and_those_below_it() -> None:
    assert plain(patched(flatten([rate("2"), rate("25471")]), {"254"}, [pieced([rate("254")])])) == plain(
        flatten([rate("2"), rate("254"), rate("25471")])
    )


def test_a_root_goes_and_its_children_stay() -> None:
    before = [rate("254"), rate("2547"), rate("2549"), rate("256")]
    assert plain(patched(flatten(before), {"254"}, [])) == plain(flatten(before[1:]))


def test_a_root_comes_over_what_were_roots() -> None:
    before = [rate("2541"), rate("2543"), rate("256")]
    assert plain(patched(flatten(before), {"254"}, [pieced([rate("254")])])) == plain(flatten([rate("254"), *before]))


def test_the_first_caller_group_of_a_plan_finds_its_place() -> None:
    before, eea = [rate("1"), rate("2")], replace(rate("2", price=9), origin="eea")
    found = patched(flatten(before), {"2"}, [pieced([before[1], eea])])
    assert plain(found) == plain(flatten([*before, eea]))


@given(st.lists(rates, max_size=14), st.lists(rates, max_size=8), st.sets(st.integers(0, 13), max_size=6))
@settings(max_examples=300)
def test_what_is_patched_is_what_is_made_of_everything(
    before: list[RateRow], more: list[RateRow], gone: set[int]
) -> None:
    after = [row for at, row in enumerate(before) if at not in gone] + more
    changed = {row.code for row in more} | {row.code for at, row in enumerate(before) if at in gone}
    found = patched(flatten(before), changed, [pieced([row for row in after if row.code in changed])])
    assert plain(found) == plain(flatten(after))
    again = patched(found, {row.code for row in after}, [pieced(after)])
    assert plain(again) == plain(flatten(after))


@given(st.lists(rates, max_size=14), st.lists(st.lists(rates, max_size=3), max_size=5))
@settings(max_examples=100)
def test_one_patch_after_another_is_one_change(before: list[RateRow], changes: list[list[RateRow]]) -> None:
    found, rows = flatten(before), before
    for change in changes:
        codes = {row.code for row in change}
        rows = [row for row in rows if row.code not in codes] + change
        found = patched(found, codes, [pieced(change)])
    assert plain(found) == plain(flatten(rows))


def rate(code: str, price: int = 1) -> RateRow:
    return RateRow(code, Terms(price, price), 0)


def plain(columns: PlanColumns) -> tuple[object, ...]:
    """Columns without the order in which their small tables name things."""
    origins = columns.origins or ("",)
    origin = columns.origin if columns.origins else [0] * len(columns.flags)
    names = "starts owner codes code_len parent row_first valid_from_ms valid_until_ms flags".split()
    return (
        *(list(getattr(columns, name)) for name in names),
        [columns.terms_table[at] for at in columns.terms],
        [columns.rate_types[at] for at in columns.rate_type],
        [origins[at] for at in origin],
    )
