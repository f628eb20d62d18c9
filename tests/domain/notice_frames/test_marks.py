"""What a client knows beside the plan as it is: kinds, moments, and by when it must be told."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notice_frames.marks import Marks, codes_of, due, marked, tell_by_ms
from domain.rates import ANY_TIME
from domain.sheet_frames.columns import CHANGES, KEY, TERMS
from domain.sheet_frames.notice import earliest_ms
from domain.sheet_frames.outcome import outcome
from domain.sheets.terms import Notice, NoticeDays
from tests.domain.notice_frames.plans import AT, at_moments, book, costs, day, moments_of, plans_and_told, telling
from tests.domain.sheet_frames.plans import rate, rates


def marks_of(plan: pl.DataFrame, told: pl.DataFrame | None, **fields: object) -> Marks:
    return marked(plan, told, telling(**fields), book(*codes_of(plan, told)))


def kinds(marks: Marks) -> dict[str, str]:
    return dict(marks.changes.select("code", "kind").iter_rows())


def test_each_code_is_told_by_what_the_client_knows() -> None:
    plan = rates(rate("1", "0.02"), rate("2", "0.02"), rate("3", "0.02"), rate("5", "0.02", blocked=True), rate("6"))
    told = rates(rate("1", "0.01"), rate("2", "0.03"), rate("3", "0.02"), rate("4", "0.02"), rate("5", "0.02"))
    marks = marks_of(plan, told)
    assert kinds(marks) == {
        "1": "increase", "2": "decrease", "3": "unchanged", "4": "closed", "5": "blocked", "6": "new",
    }  # fmt: skip
    assert marks.changes.drop("line").schema == CHANGES
    assert marks.kinds() == dict.fromkeys(("increase", "decrease", "unchanged", "closed", "blocked", "new"), 1)


def test_a_new_code_dearer_than_the_one_it_had_needs_the_notice_of_an_increase() -> None:
    """447 at 0.01 was told; 4479 at 0.30 in two days would multiply the price at a day's notice."""
    told = rates(rate("447", "0.01"))
    plan = rates(rate("447", "0.01"), rate("4479", "0.30", from_ms=day(2)))
    marks = marks_of(plan, told)
    assert kinds(marks) == {"447": "unchanged", "4479": "new"}
    assert due(marks, telling()).late == 1
    assert marks.kinds() == {"unchanged": 1, "increase": 1, "raising": 1}, "it is told as what it is for the client"
    in_time = marks_of(rates(rate("447", "0.01"), rate("4479", "0.30", from_ms=day(9))), told)
    found = due(in_time, telling())
    assert (found.late, found.tell_by_ms) == (0, tell_by_ms(day(9), "increase", telling()))
    cheaper = marks_of(rates(rate("447", "0.01"), rate("4479", "0.005", from_ms=day(2))), told)
    assert due(cheaper, telling()).late == 0
    unknown = marks_of(rates(rate("447", "0.01"), rate("254", "0.30", from_ms=day(2))), told)
    assert due(unknown, telling()).late == 0, "nobody was told another price of it"


def test_a_closed_code_whose_numbers_become_dearer_needs_the_notice_of_an_increase() -> None:
    told = rates(rate("44", "0.30"), rate("447", "0.01"))
    fields = {"notice": Notice(increase=14, closing=3)}
    dearer = marks_of(rates(rate("44", "0.30"), rate("447", "0.01", until_ms=day(8))), told, **fields)
    assert due(dearer, telling(**fields)).late == 1
    assert dearer.kinds() == {"unchanged": 2, "increase": 1, "raising": 1}
    cheaper = rates(rate("44", "0.005"), rate("447", "0.01"))
    marks = marks_of(rates(rate("44", "0.005"), rate("447", "0.01", until_ms=day(8))), cheaper, **fields)
    assert due(marks, telling(**fields)).late == 0
    assert marks.kinds() == {"unchanged": 2, "closed": 1}


def test_an_end_that_was_not_told_is_a_closing_when_it_comes() -> None:
    plan = rates(rate("1", until_ms=day(10)), rate("2", until_ms=day(10)), rate("3", until_ms=day(-3)))
    told = rates(rate("1"), rate("2", until_ms=day(10)), rate("3"), rate("4"))
    changes = marks_of(plan, told).changes.filter(pl.col("kind") != "unchanged")
    assert changes.select("code", "kind", "from_ms").rows() == [
        ("1", "closed", day(10)),
        ("3", "closed", day(-3)),
        ("4", "closed", day(0)),
    ]


def test_what_begins_later_than_was_told_closes_until_then() -> None:
    changes = marks_of(rates(rate("1", from_ms=day(20))), rates(rate("1", from_ms=day(5)))).changes
    assert changes.select("kind", "from_ms", "until_ms").rows() == [
        ("closed", day(5), day(20)),
        ("unchanged", day(20), None),
    ]


def test_a_promised_decrease_that_is_taken_back_is_an_increase_from_when_it_was_promised() -> None:
    told = rates(rate("1", "0.12", from_ms=day(-5), until_ms=day(2)), rate("1", "0.01", from_ms=day(2)))
    marks = marks_of(rates(rate("1", "0.11", from_ms=day(1))), told)
    changes = marks.changes.filter(pl.col("kind") != "unchanged", pl.col("kind") != "closed")
    assert changes.select("kind", "from_ms", "until_ms").rows() == [
        ("decrease", day(1), day(2)),
        ("increase", day(2), None),
    ]
    assert due(marks, telling()).late >= 1, "seven days of notice for the increase, and there are two"


def test_a_line_that_changes_the_same_way_all_along_is_one() -> None:
    told = rates(rate("1", "0.12", until_ms=day(10)), rate("1", "0.2", from_ms=day(10)))
    for price, kind in (("0.3", "increase"), ("0.1", "decrease")):
        changes = marks_of(rates(rate("1", price)), told).changes
        assert changes.select("kind", "until_ms").rows() == [(kind, None)]
    changes = marks_of(rates(rate("1", "0.12")), told).changes
    assert changes.select("kind", "from_ms").rows() == [("decrease", day(10))]


def test_a_block_of_what_was_to_open_takes_a_price_back_from_when_it_was_promised() -> None:
    told = rates(rate("1", "0.01", from_ms=day(2)))
    marks = marks_of(rates(rate("1", "0.01", from_ms=day(-1), blocked=True)), told)
    assert marks.changes.select("kind", "from_ms").rows() == [("blocked", day(-1)), ("blocked", day(2))]
    assert due(marks, telling()).late == 1


def test_a_client_that_was_told_nothing_is_told_now_and_not_late() -> None:
    marks = marks_of(rates(rate("1"), rate("2", from_ms=day(1))), None)
    told = due(marks, telling())
    assert (marks.kinds(), told.first_ms, told.tell_by_ms, told.late) == ({"new": 2}, 0, AT, 0)


@pytest.mark.parametrize(("days", "late"), [(6, 1), (7, 0), (8, 0)])
def test_an_increase_must_be_told_a_week_before(days: int, late: int) -> None:
    plan = rates(rate("1", until_ms=day(days)), rate("1", "0.02", from_ms=day(days)))
    found = due(marks_of(plan, rates(rate("1"))), telling())
    assert (found.first_ms, found.tell_by_ms, found.late) == (day(days), day(days - 6) - 1, late)


def test_nothing_to_tell_has_no_moment() -> None:
    found = due(marks_of(rates(rate("1")), rates(rate("1"))), telling())
    assert (found.first_ms, found.tell_by_ms, found.late) == (None, None, 0)


@given(plans_and_told())
def test_changes_put_over_what_was_told_are_the_plan_at_every_moment(
    both: tuple[pl.DataFrame, pl.DataFrame | None],
) -> None:
    plan, told = both
    marks = marks_of(plan, told)
    known = plan.clear() if told is None else told
    after = outcome(known, marks.changes).after
    moments = moments_of(plan, known)
    assert at_moments(after, moments) == at_moments(plan, moments)
    assert at_moments(marks.known, moments) == at_moments(plan, moments)


@given(plans_and_told())
def test_a_change_is_what_both_say_at_its_moment(both: tuple[pl.DataFrame, pl.DataFrame | None]) -> None:
    plan, told = both
    known = plan.clear() if told is None else told
    marks = marks_of(plan, told)
    for one in marks.changes.iter_rows(named=True):
        key, at_ms = tuple(one[name] for name in KEY), one["from_ms"]
        was, now = (at_moments(rates_, [at_ms]).get((key, at_ms)) for rates_ in (known, plan))
        match one["kind"]:
            case "closed":
                assert now is None
            case "blocked":
                assert now is not None and now[-1] and was != now
            case "new":
                assert now is not None and not now[-1] and (was is None or was[-1])
            case "unchanged":
                assert was == now or was is None or at_ms < AT
            case kind:
                assert now is not None and was is not None and not was[-1]
                assert was[:-1] == tuple(one[f"old_{name}"] for name in TERMS)
                assert now[:-1] == tuple(one[name] for name in TERMS)
                assert kind == "increase" or all(after <= before for before, after in costs(was, now))


@given(
    st.sampled_from(list(NoticeDays)),
    st.sampled_from(["new", "increase", "decrease", "closed", "blocked"]),
    st.integers(-5 * 24, 30 * 24),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
)
def test_it_is_late_exactly_after_the_last_moment(counted: NoticeDays, kind: str, hours: int, zone: str) -> None:
    by = telling(counted=counted, zone=zone)
    begins = AT + hours * 3_600_000
    last = tell_by_ms(begins, kind, by)
    days = {"new": 1, "increase": 7, "decrease": 0, "closed": 7, "blocked": 7}[kind]
    assert earliest_ms(last, days, counted, zone) <= begins < earliest_ms(last + 1, days, counted, zone)


def test_origins_and_rate_types_are_told_apart() -> None:
    plan = rates(rate("1"), rate("1", "0.02", origin="eu"), rate("1", "0.03", rate_type="peak"))
    found = marks_of(plan, rates(rate("1"), rate("1", "0.01", origin="eu"))).changes
    assert sorted(found.select("rate_type", "origin", "kind").rows()) == [
        (ANY_TIME, "", "unchanged"),
        (ANY_TIME, "eu", "increase"),
        ("peak", "", "new"),
    ]


def test_what_takes_back_a_price_that_was_told_is_late_and_what_had_none_is_not() -> None:
    plan = rates(rate("1"), rate("2", from_ms=day(-9)), rate("31", "0.5", from_ms=day(-9)), rate("3"))
    told = due(marks_of(plan, rates(rate("2", "0.001"), rate("3"))), telling())
    assert (told.first_ms, told.late) == (0, 2)
    assert told.tell_by_ms == day(-15) - 1


def test_the_day_of_telling_is_that_of_a_zone() -> None:
    assert telling(zone="UTC").day_ms("America/New_York") == day(0) + 5 * 3_600_000
    assert telling(zone="Europe/Berlin").day_ms() == day(0) - 3_600_000
