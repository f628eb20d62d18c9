"""Plans and their rates in two times."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PlanId
from domain.rates import ANY_TIME, RateRow, Window
from store.catalog import Catalog
from tests.store.catalog.builders import AT, BY, DAY, rate, rules, with_plan

_plan_numbers = count(1)


def price_at(rows: tuple[RateRow, ...], code: str, at_ms: int) -> int | None:
    found = [row for row in rows if row.code == code and row.valid_at(at_ms)]
    assert len(found) <= 1, "one rate per instant"
    return found[0].terms.next_price if found else None


def test_a_new_rate_ends_the_old_one_and_what_was_known_stays_readable(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    first = catalog.plans.add_rates(plan, [rate(price=246, since=AT)], **BY)
    second = catalog.plans.add_rates(plan, [rate(price=234, since=AT + 21 * DAY)], who="ada", at_ms=AT + DAY)
    now = catalog.plans.rates_known(plan)
    assert [(row.terms.next_price, row.valid_from_ms, row.valid_until_ms) for row in now] == [
        (246, AT, AT + 21 * DAY),
        (234, AT + 21 * DAY, None),
    ]
    before = catalog.plans.rates_known(plan, AT + DAY - 1)
    assert [(row.terms.next_price, row.valid_until_ms) for row in before] == [(246, None)]
    assert (first.version, second.version, second.added, second.ended) == (2, 3, 2, 1)
    assert catalog.plans.known_ms_of(plan, 3) == AT + DAY
    assert catalog.plans.get(plan).version == 3


def test_of_two_changes_in_one_millisecond_the_second_is_what_was_known_then(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    for price in (1, 2):
        catalog.plans.add_rates(plan, [rate(price=price)], **BY)
    assert price_at(catalog.plans.rates_known(plan, AT), "2547", AT) == 2
    assert price_at(catalog.plans.rates_known(plan), "2547", AT) == 2
    assert catalog.plans.get(plan).version == 3


def test_knowledge_keeps_its_order_when_the_clock_goes_back(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.plans.add_rates(plan, [rate(price=1)], **BY)
    late = catalog.plans.add_rates(plan, [rate(price=2)], who="ada", at_ms=AT - 5)
    assert late.known_ms == AT
    assert catalog.plans.rates_known(plan, AT - 1) == ()
    assert price_at(catalog.plans.rates_known(plan, AT), "2547", AT) == 2


def test_a_rate_that_says_what_is_known_changes_nothing(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.plans.add_rates(plan, [rate(since=AT)], **BY)
    again = catalog.plans.add_rates(plan, [rate(since=AT + DAY)], who="ada", at_ms=AT + DAY)
    assert (again.version, again.added, again.ended, again.unchanged) == (2, 0, 0, 1)
    assert len(catalog.plans.rates_known(plan)) == 1


def test_a_dated_rate_in_the_middle_gives_way_again(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.plans.add_rates(plan, [rate(price=100), rate(price=50, since=10, until=20)], **BY)
    rows = catalog.plans.rates_known(plan)
    assert [price_at(rows, "2547", at) for at in (9, 10, 19, 20)] == [100, 50, 50, 100]


def test_rows_that_cannot_be_rates_name_their_place_and_none_enters(catalog: Catalog) -> None:
    plan = with_plan(catalog, windows=(Window("peak", frozenset({0}), 480, 1080),))
    for bad, words in (
        (rate("44a"), "row 2: '44a' is no code"),
        (rate("4" * 16), "row 2"),
        (rate(since=9, until=9), "never valid"),
        (rate(rate_type="weekend"), "unknown rate type 'weekend'. The plan's are: any, peak"),
    ):
        with pytest.raises(InputError, match=words):
            catalog.plans.add_rates(plan, [rate("1"), bad], **BY)
    with pytest.raises(ConflictError, match="begin together"):
        catalog.plans.add_rates(plan, [rate(price=1), rate(price=2)], **BY)
    with pytest.raises(NotFoundError, match="no plan"):
        catalog.plans.add_rates(PlanId("none"), [rate()], **BY)
    assert catalog.plans.rates_known(plan) == ()


def test_all_terms_and_flags_come_back(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    row = rate("00441", price=7, since=3, until=9, blocked=True)
    catalog.plans.add_rates(plan, [row, rate("1")], **BY)
    found = catalog.plans.rates_known(plan)
    assert found[0] == RateRow("00441", row.terms, 3, 9, ANY_TIME, True, AT, None)


def test_rates_for_some_callers_stand_beside_those_for_any(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.plans.add_rates(plan, [rate(price=1), rate(price=2, origin="eea")], **BY)
    catalog.plans.add_rates(plan, [rate(price=3, since=5, origin="eea")], **BY)
    rows = catalog.plans.rates_known(plan)
    assert [(row.origin, row.terms.next_price, row.valid_from_ms, row.valid_until_ms) for row in rows] == [
        ("", 1, 0, None),
        ("eea", 2, 0, 5),
        ("eea", 3, 5, None),
    ]
    with pytest.raises(ConflictError, match=r"two rates for code 2547 \(any eea\) begin together"):
        catalog.plans.add_rates(plan, [rate(origin="eea"), rate(price=4, origin="eea")], **BY)


def test_pages_are_of_one_moment_and_count_everything(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.plans.add_rates(plan, [rate(str(code)) for code in range(4400, 4420)] + [rate("91", until=5)], **BY)
    page = catalog.plans.rates_page(plan, code="44", limit=5, offset=5)
    assert ([row.code for row in page.rows], page.total) == (["4405", "4406", "4407", "4408", "4409"], 20)
    assert catalog.plans.rates_page(plan, valid_at_ms=5).total == 20


def test_rates_of_some_codes_are_those_known_now(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.plans.add_rates(plan, [rate("44"), rate("447"), rate("91")], **BY)
    catalog.plans.add_rates(plan, [rate("44", price=9)], **(BY | {"at_ms": AT + DAY}))
    found = catalog.plans.rates_of(plan, ["44", "91", "1"])
    assert {row.code for row in found} == {"44", "91"} and all(row.known_until_ms is None for row in found)


def test_a_plan_with_bad_rules_is_refused(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    with pytest.raises(InputError, match="unknown rounding"):
        catalog.plans.add(rules("b", rounding="sideways"), "sell", **BY)
    assert [each.id for each in catalog.plans.list()] == [plan]


moments = st.integers(0, 12)
rows = st.builds(
    lambda code, price, since, length: rate(code, price, since, since + length if length else None),
    st.sampled_from(["1", "12", "44"]),
    st.integers(1, 4),
    moments,
    st.integers(0, 6),
)
batches = st.lists(
    st.lists(rows, min_size=1, max_size=4, unique_by=lambda row: (row.code, row.valid_from_ms)), max_size=5
)


@given(batches)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_at_every_instant_one_rate_and_every_former_answer_can_be_given_again(
    catalog: Catalog, changes: list[list[RateRow]]
) -> None:
    plan = with_plan(catalog, f"p{next(_plan_numbers)}")
    expected: dict[tuple[str, int], int] = {}
    answers = []
    for number, batch in enumerate(changes):
        known_ms = AT + number
        catalog.plans.add_rates(plan, batch, who="ada", at_ms=known_ms)
        for row in sorted(batch, key=lambda each: each.valid_from_ms):
            expected |= {(row.code, at): row.terms.next_price for at in range(20) if row.valid_at(at)}
        answers.append((known_ms, dict(expected)))
    for known_ms, answer in answers:
        found = catalog.plans.rates_known(plan, known_ms)
        keys = Counter((row.code, at) for row in found for at in range(20) if row.valid_at(at))
        assert set(keys.values()) <= {1}
        assert {key: price_at(found, *key) for key in keys} == answer


def test_windows_of_new_rate_types_are_added_and_what_has_prices_stays(catalog: Catalog) -> None:
    plan, day, night = with_plan(catalog), Window("day", frozenset(range(5)), 480, 1080), Window("night", frozenset())
    catalog.plans.change_profile(plan, (night,), None, **BY)
    assert catalog.plans.change_profile(plan, (day,), None, **BY)[1].windows == (day,), (
        "nothing has a price by time yet"
    )
    catalog.plans.add_rates(plan, [replace(rate(price=246), rate_type="day")], **BY)
    version = catalog.plans.get(plan).version
    before, after = catalog.plans.change_profile(plan, (day, night), None, **BY)
    assert ((before.windows, after.windows), catalog.plans.get(plan).version) == (((day,), (day, night)), version + 1)
    for windows, holidays in (
        ((night, day), None), ((day,), None), ((day, night, Window("day", frozenset({6}))), None),
        ((day, night), frozenset({date(2026, 12, 25)})), ((), None),
    ):  # fmt: skip
        with pytest.raises(ConflictError, match="prices of the rate types day"):
            catalog.plans.change_profile(plan, windows, holidays, **BY)
    assert catalog.plans.change_profile(plan, None, None, **BY)[1] == after
    assert catalog.plans.get(plan).version == version + 1, "what is so already is no change"
