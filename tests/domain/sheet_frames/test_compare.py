"""What a sheet does to a plan, line by line."""

from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from domain.rates import ANY_TIME
from domain.sheet_frames.case import Comparison
from domain.sheet_frames.columns import CHANGES, IMPLICIT, RATES
from domain.sheet_frames.function import differences
from domain.sheet_frames.outcome import overlaps
from domain.sheets.corrections import Corrected, Correction
from domain.sheets.findings import Place, key_of
from domain.sheets.terms import NoticeDays, Semantics
from tests.domain.sheet_frames.plans import (
    RECEIVED,
    applied,
    compared,
    contract,
    day,
    line,
    rate,
    rates,
    reading,
    reference,
)

FULL, BY_COUNTRY = contract(semantics=Semantics.FULL), contract(semantics=Semantics.FULL_BY_COUNTRY)


def kinds(found: Comparison) -> dict[str, str]:
    return dict(found.changes.select("code", "kind").iter_rows())


def only(found: Comparison) -> dict[str, Any]:
    assert found.changes.height == 1
    return found.changes.row(0, named=True)


def moved(value: str = "", **fields: Any) -> tuple[Corrected, ...]:
    return (Corrected(Correction.DATE, value=value, **fields),)


def test_each_line_is_judged_by_what_is_in_force_when_it_begins() -> None:
    plan = rates(rate("1", "0.02"), rate("2", "0.02"), rate("3", "0.02"), rate("4", "0.02"), rate("5", "0.02"))
    sheet = reading(
        line("1", "0.03"),
        line("2", "0.01"),
        line("3", "0.02"),
        line("4", None),
        line("5", "0", blocked=True),
        line("6"),
    )
    found = compared(sheet, plan)
    assert list(kinds(found).values()) == ["increase", "decrease", "unchanged", "closed", "blocked", "new"]
    assert found.changes.schema == CHANGES
    assert found.implicit.schema == IMPLICIT
    assert found.added.schema == found.after.schema == RATES
    assert found.changes["row"].to_list() == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("old", "new", "kind", "worse"),
    [
        (line("1", "0.02"), line("1", "0.02", "60/60"), "increase", True),
        (line("1", "0.02"), line("1", "0.02", "6/6"), "increase", True),
        (line("1", "0.02", "6/6"), line("1", "0.02"), "decrease", False),
        (line("1", "0.02"), line("1", "0.019", connect_fee="0.01"), "increase", True),
        (line("1", "0.02"), line("1", "0.03", "60/60"), "increase", False),
        (line("1", "0.02"), line("1", "0.02", free_s=5), "decrease", False),
        (line("1", "0.02", grace_s=40), line("1", "0.02"), "increase", True),
    ],
)
def test_dearer_is_what_calls_cost_more_under(old: dict[str, Any], new: dict[str, Any], kind: str, worse: bool) -> None:
    plan = rates(rate("1") | {name: old[name] for name in old if name in RATES and name not in ("from_ms", "until_ms")})
    change = only(compared(reading(new), plan))
    assert (change["kind"], change["worse_terms"]) == (kind, worse)


def test_a_new_code_shows_the_terms_that_its_numbers_have_until_then() -> None:
    change = only(compared(reading(line("44791", "0.3")), rates(rate("44", "0.03"), rate("447", "0.01"))))
    assert (change["kind"], change["old_next_price"], change["next_price"]) == ("new", 1_000_000, 30_000_000)
    assert only(compared(reading(line("44791")), rates(rate("49"))))["old_next_price"] is None
    assert only(compared(reading(line("44791")), rates(rate("44", blocked=True))))["old_next_price"] is None


def test_the_earliest_moment_is_that_of_the_notice_of_its_kind() -> None:
    plan = rates(rate("1", "0.02"), rate("2", "0.02"), rate("3", "0.02"))
    found = compared(reading(line("1", "0.03"), line("2", "0.01"), line("3", None), line("4")), plan)
    assert found.changes["earliest_ms"].to_list() == [day(7), day(0), day(7), day(1)]
    hours = compared(reading(line("1", "0.03")), plan, contract(counted=NoticeDays.HOURS))
    assert hours.changes["earliest_ms"].to_list() == [RECEIVED + day(7) - day(0)]


def test_pending_rates_from_then_on_are_replaced_and_earlier_ones_stay() -> None:
    plan = rates(rate("1", "0.01", until_ms=day(5)), rate("1", "0.02", from_ms=day(5), until_ms=day(20)),
                 rate("1", "0.03", from_ms=day(20)))  # fmt: skip
    found = compared(reading(line("1", "0.015")), plan)
    assert (found.ended.to_list(), kinds(found)) == ([2, 3], {"1": "decrease"})
    after = found.after.sort("from_ms").select("next_price", "from_ms", "until_ms").rows()
    assert after == [(1_000_000, 0, day(5)), (2_000_000, day(5), day(10)), (1_500_000, day(10), None)]


def test_what_is_unchanged_writes_nothing() -> None:
    found = compared(reading(line("1", "0.01"), line("2", "0.01", from_ms=day(-300))), rates(rate("1"), rate("2")))
    assert set(kinds(found).values()) == {"unchanged"}
    assert found.ended.is_empty()
    assert found.added.is_empty()


def test_the_same_price_again_begins_to_count_where_it_replaces_a_pending_one() -> None:
    plan = rates(rate("1", "0.02", until_ms=day(12)), rate("1", "0.01", from_ms=day(12)))
    change = only(found := compared(reading(line("1", "0.02")), plan))
    assert (change["kind"], change["said_ms"], change["from_ms"]) == ("increase", day(10), day(12))
    assert found.after.sort("from_ms").select("next_price", "from_ms").rows() == [(2_000_000, 0), (2_000_000, day(12))]


def test_a_sheet_that_repeats_since_when_a_rate_holds_changes_nothing() -> None:
    plan = rates(rate("1", "0.02", from_ms=day(-30)))
    assert only(compared(reading(line("1", "0.02", from_ms=day(-400))), plan))["kind"] == "unchanged"
    assert only(compared(reading(line("1", "0.03", from_ms=day(-400))), plan))["kind"] == "new"


def test_lines_of_one_code_follow_each_other_and_are_compared_with_what_would_be_without_the_sheet() -> None:
    sheet = reading(
        line("1", "0.01", from_ms=day(8)), line("1", "0.03", from_ms=day(12)), line("1", None, from_ms=day(20)),
        line("1", "0.02", from_ms=day(30)),
    )  # fmt: skip
    found = compared(sheet, rates(rate("1", "0.02")))
    assert found.changes["kind"].to_list() == ["decrease", "increase", "closed", "unchanged"]
    assert found.changes["old_next_price"].to_list() == [2_000_000] * 4
    assert found.after.sort("from_ms").select("from_ms", "until_ms", "next_price").rows() == [
        (0, day(8), 2_000_000), (day(8), day(12), 1_000_000), (day(12), day(20), 3_000_000), (day(30), None, 2_000_000),
    ]  # fmt: skip


def test_a_line_goes_on_after_one_that_lies_within_it() -> None:
    sheet = reading(line("1", "0.01"), line("1", "0.03", from_ms=day(12), until_ms=day(14)))
    found = compared(sheet, rates(rate("1", "0.02")))
    assert found.after.sort("from_ms").select("from_ms", "next_price").rows() == [
        (0, 2_000_000), (day(10), 1_000_000), (day(12), 3_000_000), (day(14), 1_000_000),
    ]  # fmt: skip
    assert found.changes["row"].to_list() == [2, 2, 3]


def test_a_line_with_an_end_gives_way_to_what_held_before() -> None:
    found = compared(reading(line("1", "0.01", until_ms=day(20))), rates(rate("1", "0.02")))
    assert found.after.sort("from_ms").select("next_price", "until_ms").rows() == [
        (2_000_000, day(10)), (1_000_000, day(20)), (2_000_000, None),
    ]  # fmt: skip
    assert only(found)["until_ms"] == day(20)


def test_a_code_that_is_blocked_is_new_when_it_is_opened() -> None:
    plan = rates(rate("1", "0.02", blocked=True))
    change = only(compared(reading(line("1", "0.02")), plan))
    assert (change["kind"], change["old_next_price"]) == ("new", None)
    assert only(compared(reading(line("1", "0.02", blocked=True)), plan))["kind"] == "unchanged"


def test_a_code_that_is_closed_ends_for_each_rate_type_and_origin() -> None:
    plan = rates(rate("1", rate_type="peak"), rate("1", rate_type="night"), rate("1", origin="rest"), rate("2"))
    found = compared(reading(line("1", None), line("1", "0.05", origin="rest")), plan)
    told = found.changes.select("rate_type", "origin", "kind").sort("rate_type").rows()
    assert told == [(ANY_TIME, "rest", "increase"), ("night", "", "closed"), ("peak", "", "closed")]


def test_closing_what_is_not_known_changes_nothing_and_what_is_pending_ends_it() -> None:
    assert only(compared(reading(line("1", None)), rates(rate("2"))))["kind"] == "unchanged"
    found = compared(reading(line("1", None)), rates(rate("1", from_ms=day(30))))
    assert (only(found)["kind"], found.after.height) == ("closed", 0)


def test_a_full_sheet_closes_what_it_lacks_from_its_day_on() -> None:
    plan = rates(rate("1"), rate("2"), rate("3", until_ms=day(2)))
    found = compared(reading(line("1", from_ms=day(8)), line("4", from_ms=day(9))), plan, FULL)
    closed = found.changes.filter(pl.col("kind") == "closed").select("code", "tab", "row", "from_ms", "old_next_price")
    assert closed.rows() == [("2", "", 0, day(8), 1_000_000)]
    assert kinds(compared(reading(line("1")), plan)) == {"1": "unchanged"}


def test_days_before_receipt_are_no_day_of_a_full_sheet() -> None:
    found = compared(reading(line("1", from_ms=day(-90))), rates(rate("1"), rate("2")), FULL)
    assert found.changes.filter(pl.col("code") == "2")["from_ms"].to_list() == [RECEIVED]
    told = contract(semantics=Semantics.FULL, effective_ms=day(3))
    found = compared(reading(line("1", from_ms=day(-90))), rates(rate("1"), rate("2")), told)
    assert found.changes.filter(pl.col("code") == "2")["from_ms"].to_list() == [day(3)]


def test_a_full_sheet_leaves_the_codes_of_rejected_rows_as_they_are() -> None:
    rejects = [{"row": 7, "code": "2 3"}, {"row": 8, "code": ""}]
    found = compared(reading(line("1"), rejects=rejects), rates(*map(rate, "1234")), FULL)
    assert kinds(found) == {"1": "unchanged", "2": "unchanged", "3": "unchanged", "4": "closed"}
    assert found.changes.filter(pl.col("code") == "3").select("row", "next_price").rows() == [(7, 1_000_000)]


def test_a_sheet_that_is_full_by_country_closes_only_in_the_countries_that_it_names() -> None:
    book = reference(("254", "KE"), ("255", "TZ"))
    plan = rates(rate("2541"), rate("2542"), rate("2551"), rate("881"))
    found = compared(reading(line("2541", "0.02")), plan, BY_COUNTRY, book)
    assert kinds(found) == {"2541": "increase", "2542": "closed"}
    assert found.changes["country"].to_list() == ["KE", "KE"]


@pytest.mark.parametrize(
    ("where", "to"),
    [
        ({"check": "R28"}, day(7)),
        ({"tab": "rates", "row": 2}, day(7)),
        ({"key": key_of(Place("R28", "rates", 2, "1", ANY_TIME, ""))}, day(7)),
        ({"check": "R28", "value": str(day(15))}, day(15)),
        ({"check": "R30"}, day(2)),
        ({"tab": "rates", "row": 3}, day(2)),
    ],
)
def test_decisions_about_dates_move_what_they_name(where: dict[str, Any], to: int) -> None:
    plan = rates(rate("1", "0.01"), rate("2", "0.01"))
    sheet = reading(line("1", "0.02", from_ms=day(2)), line("2", "0.005", from_ms=day(2)))
    found = compared(sheet, plan, contract(corrections=moved(**where)))
    first = found.changes.filter(pl.col("code") == "1").row(0, named=True)
    assert (first["from_ms"], first["said_ms"]) == (to, day(2))
    assert found.changes.filter(pl.col("code") == "2")["from_ms"].to_list() == [day(2)]


def test_what_is_moved_makes_room_for_a_later_line_of_the_same_code() -> None:
    sheet = reading(line("1", "0.02", from_ms=day(2)), line("1", "0.015", from_ms=day(5)))
    found = compared(sheet, rates(rate("1", "0.01")), contract(corrections=moved(check="R28")))
    assert found.changes.select("row", "from_ms", "kind").rows() == [(3, day(7), "increase")]


def test_a_moved_line_is_judged_where_it_then_begins() -> None:
    plan = rates(rate("1", "0.02", until_ms=day(4)), rate("1", "0.01", from_ms=day(4)))
    sheet = reading(line("1", "0.015", from_ms=day(-2)))
    found = compared(sheet, plan, contract(corrections=moved(check="R34")))
    # cheaper at once, but dearer than what was to follow: the notice of an increase counts from there
    assert found.changes.select("kind", "from_ms", "earliest_ms").rows() == [("decrease", RECEIVED, day(0))]


def test_what_takes_numbers_dearer_is_moved_to_the_notice_of_an_increase() -> None:
    plan = rates(rate("44", "0.01"), rate("49", "0.03"), rate("491", "0.01"))
    sheet = reading(line("447", "0.3", from_ms=day(2)), line("491", None, from_ms=day(2)))
    found = compared(sheet, plan)
    named = found.implicit.select("check", "number", "old_code", "new_code", "at_ms", "row").rows()
    assert named == [("R31", "447", "44", "447", day(2), 2), ("R32", "491", "491", "49", day(2), 3)]
    by_check = compared(sheet, plan, contract(corrections=moved(check="R31")))
    assert by_check.changes["from_ms"].to_list() == [day(7), day(2)]
    place = Place("R32", "rates", 3, "491", ANY_TIME, "")
    by_key = compared(sheet, plan, contract(corrections=moved(key=key_of(place))))
    assert by_key.changes["from_ms"].to_list() == [day(2), day(7)]
    assert by_key.implicit["at_ms"].to_list() == [day(2), day(7)]


def test_splits_and_origin_groups_are_changes_that_make_numbers_dearer() -> None:
    split = reading(line("44", None), line("441", "0.02"), line("442", "0.02"))
    found = compared(split, rates(rate("44", "0.01")))
    assert found.implicit.select("check", "number", "row").rows() == [("R33", "441", 3), ("R33", "442", 4)]
    found = compared(reading(line("44", "0.25", origin="rest")), rates(rate("44", "0.01")))
    assert found.implicit.select("check", "number", "origin", "new_code").rows() == [("R33", "44", "rest", "44")]


def test_an_increase_of_a_code_that_is_named_is_explicit_for_all_its_numbers() -> None:
    found = compared(reading(line("44", "0.05")), rates(rate("44", "0.01"), rate("4479", "0.02")))
    assert not found.implicit.height


def test_a_long_code_of_which_the_sheet_lacks_one_digit_falls_back_and_is_told_without_a_row() -> None:
    found = compared(reading(line("44", "0.05")), rates(rate("44", "0.05"), rate("4479", "0.02")), FULL)
    assert found.implicit.select("check", "number", "tab", "row", "new_price").rows() == [
        ("R32", "4479", "", 0, 5_000_000)
    ]


_lines = st.lists(
    st.builds(
        lambda code, price, since, closed: line(code, None if closed else price, from_ms=since),
        st.text("12", min_size=1, max_size=3),
        st.integers(1, 4),
        st.sampled_from([day(-3), day(1), day(8), day(12)]),
        st.sampled_from([False, False, True]),
    ),
    max_size=6,
    unique_by=lambda one: (one["code"], one["from_ms"]),
)
_semantics = st.sampled_from([contract(), FULL])


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(_lines, _lines, _semantics, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_a_second_import_change_nothing(
    first: list[dict[str, Any]], said: list[dict[str, Any]], by: Any, random: Any
) -> None:
    plan = applied(rates(), compared(reading(*first), rates()))
    shuffled = random.sample(said, len(said))
    one, other = (compared(reading(*lines), plan, by) for lines in (said, shuffled))
    assert facts(one.after) == facts(other.after)
    after = applied(plan, one)
    assert not overlaps(after).height
    again = compared(reading(*said), after, by)
    assert (again.ended.to_list(), again.added.height) == ([], 0)
    assert set(again.changes["kind"]) <= {"unchanged"}
    assert not again.implicit.height
    assert not differences(after, again.after, day(13)).height


def facts(plan: pl.DataFrame) -> list[tuple[Any, ...]]:
    return sorted(plan.select("code", "from_ms", pl.col("until_ms").fill_null(2**62), "next_price").rows())
