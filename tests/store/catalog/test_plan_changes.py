"""Sheets put into plans and taken back."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import ConflictError, InputError
from domain.ids import PlanId
from domain.notices.states import NoticeKind, NoticeState
from domain.origins import OriginCode
from domain.sheets.steps import SheetState
from store.catalog import Catalog, plan_changes, plan_rows
from store.catalog.intents import GroupAsked, Intents, Lines, pack, unpack
from tests.store.catalog.builders import AT, BY, a_sheet, approved, rate, with_plan
from tests.store.catalog.comparing import Prices, change_of, compared, expected, prices, put_in, says
from tests.store.catalog.test_rate_notices import ANN, US, made

_plan_numbers = count(1)
LATER: dict[str, Any] = {"who": "bob", "at_ms": AT + 9}


def of(code: str, price: int, *moments: int, origin: str = "") -> Prices:
    return {((code, "any", origin), at): price for at in moments}


def test_a_plan_is_read_as_columns_of_one_version(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    assert set(map(tuple, catalog.plan_changes.rates_frame_columns(plan).columns.values())) == {()}
    put_in(catalog, plan, says("44", 7, 3, 9), says("1", 5, origin="eea"))
    found = catalog.plan_changes.rates_frame_columns(plan)
    names = "id code rate_type origin first_price next_price first_s next_s connect_fee attempt_fee minimum_charge "
    assert list(found.columns) == f"{names}grace_s free_s from_ms until_ms blocked".split()
    rows = sorted(zip(*list(found.columns.values())[1:], strict=True))
    assert rows == [says("1", 5, origin="eea"), says("44", 7, 3, 9)]
    assert (found.version, all(isinstance(id_, int) for id_ in found.columns["id"])) == (2, True)


def test_a_sheet_goes_in_as_one_version_that_names_it(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.plans.add_rates(plan, [rate("44", 9)], **BY)
    sheet = approved(catalog)
    done = change_of(catalog, plan, sheet, [says("44", 7, 3), says("49", 8), says("44", 5, origin="eea")], AT + 9)
    assert (done.version, done.known_ms, done.added, done.ended) == (3, AT + 9, 4, 1)
    assert prices(catalog, plan) == of("44", 9, 0, 1, 2) | of("44", 7, *range(3, 12)) | of("49", 8, *range(12)) | of(
        "44", 5, *range(12), origin="eea"
    )
    found = catalog.sheets.get(sheet)
    assert (found.state, found.version, found.applied_by, found.applied_ms) == (SheetState.APPLIED, 3, "ada", AT + 9)
    assert prices(catalog, plan, AT) == of("44", 9, *range(12))
    assert [entry.action for entry in catalog.audit.list("plan", plan)] == ["apply-sheet", "add-rates", "add"]


def test_a_sheet_that_was_compared_with_another_version_is_compared_again(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    sheet = approved(catalog)
    change = compared(catalog, plan, sheet, Intents([says("44", 7)]))
    catalog.plans.add_rates(plan, [rate("44", 9)], **BY)
    with pytest.raises(ConflictError, match=f"sheet {sheet}: plan sell-a changed since it was compared"):
        catalog.plan_changes.apply(change, **LATER)
    assert catalog.sheets.get(sheet).state is SheetState.APPROVED
    assert prices(catalog, plan) == of("44", 9, *range(12))


def test_only_an_approved_sheet_goes_in_and_only_once(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    sheet = a_sheet(catalog)
    with pytest.raises(ConflictError, match="it is working"):
        change_of(catalog, plan, sheet, [says("44", 7)], AT)
    sheet = put_in(catalog, plan, says("44", 7))
    with pytest.raises(ConflictError, match="it is applied"):
        change_of(catalog, plan, sheet, [says("44", 8)], AT)


@pytest.mark.parametrize("few", [20_000, 0])
def test_rows_that_cannot_be_rates_leave_all_as_it_was(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(plan_rows, "_FEW_CODES", few)
    plan = with_plan(catalog)
    put_in(catalog, plan, says("44", 7))
    sheet = approved(catalog)
    right = compared(catalog, plan, sheet, Intents([says("44", 8)]))
    for added, words in (
        ([says("4a", 1)], "'4a' is no code"),
        ([("44", "night", *says("44", 1)[2:])], "unknown rate type 'night'. The plan's are: any"),
        ([says("44", -1)], "no terms"),
        ([says("44", 1)[:-1]], "columns"),
        ([says("44", 1, 5, 5)], "never valid"),
        ([says("44", 1, 0, 5), says("44", 2, 4)], "two rates at once for 44 any"),
    ):
        with pytest.raises(InputError, match=words):
            catalog.plan_changes.apply(replace(right, added=Lines.of(added)), **LATER)
    with pytest.raises(ConflictError, match="not known any more"):
        catalog.plan_changes.apply(replace(right, ended=[*right.ended, 10**9]), **LATER)
    assert prices(catalog, plan) == of("44", 7, *range(12))
    assert catalog.plans.get(plan).version == 2


def test_a_sheet_that_is_taken_back_leaves_what_was_before_it(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    put_in(catalog, plan, says("44", 7), says("49", 1))
    before = prices(catalog, plan)
    sheet = put_in(catalog, plan, says("44", 8, 3), says("1", 5), says("49", None, 6), at_ms=AT + 5)
    wrong = prices(catalog, plan)
    undone = catalog.plan_changes.undo(sheet, **LATER)
    assert (prices(catalog, plan), undone.followed) == (before, ())
    assert prices(catalog, plan, AT + 5) == wrong
    found = catalog.sheets.get(sheet)
    assert (found.state, found.ended_by, found.ended_ms) == (SheetState.UNDONE, "bob", AT + 9)
    assert (undone.change.version, undone.change.added, undone.change.ended) == (4, 2, 4)
    with pytest.raises(ConflictError, match="it is undone"):
        catalog.plan_changes.undo(sheet, **LATER)


def test_an_answer_says_only_of_a_sheet_in_force_that_it_is(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    first, second = (put_in(catalog, plan, says(code, 7)) for code in ("44", "49"))
    about = {"kind": NoticeKind.ANSWER, "plan": plan}
    gone, waits = made(catalog, sheet=first, **about), made(catalog, sheet=second, **about)
    catalog.plan_changes.undo(first, **LATER)
    states = [catalog.rate_notices.get(one.id).state for one in (gone, waits)]
    assert states == [NoticeState.SUPERSEDED, NoticeState.QUEUED], "in one transaction with the undo"
    sent = catalog.rate_notices.approve(waits.id, US, **LATER)
    catalog.plan_changes.undo(second, **LATER)
    with pytest.raises(ConflictError, match=f"sheet {second}, which it says is in force, is undone"):
        catalog.rate_notices.resend(sent.id, [ANN], US, **LATER)
    with pytest.raises(ConflictError, match="is undone"):
        made(catalog, sheet=second, **about)


def test_an_answer_that_waits_about_a_sheet_not_in_force_is_not_approved(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = with_plan(catalog)
    sheet = put_in(catalog, plan, says("44", 7))
    answer = made(catalog, sheet=sheet, kind=NoticeKind.ANSWER, plan=plan)
    monkeypatch.setattr(plan_changes, "supersede_answers", lambda *_: None)  # as if left by a desk that did not
    catalog.plan_changes.undo(sheet, **LATER)
    with pytest.raises(ConflictError, match="notices cancel"):
        catalog.rate_notices.approve(answer.id, US, **LATER)
    assert catalog.mail.list() == []


def test_what_later_sheets_asked_for_stays_and_they_are_named(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    first = put_in(catalog, plan, says("44", 7), says("49", 1))
    second = put_in(catalog, plan, says("44", 7, 2), says("1", 5))
    third = put_in(catalog, plan, says("61", 3))
    assert catalog.plan_changes.undo(first, **LATER).followed == (second,)
    assert prices(catalog, plan) == of("44", 7, *range(2, 12)) | of("1", 5, *range(12)) | of("61", 3, *range(12))
    catalog.plan_changes.undo(second, **LATER)
    assert prices(catalog, plan) == of("61", 3, *range(12))
    assert catalog.sheets.get(third).state is SheetState.APPLIED


def test_codes_that_a_full_sheet_lacks_end_whatever_was_taken_back_before_it(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    put_in(catalog, plan, says("44", 7), says("49", 1))
    closing = put_in(catalog, plan, says("49", None, 2))
    put_in(catalog, plan, says("44", 8, 3), rest_from_ms=5)
    catalog.plan_changes.undo(closing, **LATER)
    assert prices(catalog, plan) == of("44", 7, 0, 1, 2) | of("44", 8, *range(3, 12)) | of("49", 1, *range(5))


def test_a_sheet_that_took_over_what_another_one_had_said_leaves_nothing_of_either(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    first = put_in(catalog, plan, says("44", 7), says("49", 1))
    again = put_in(catalog, plan, says("44", 7), says("49", 2, 3))
    catalog.plan_changes.undo(first, **LATER)
    assert prices(catalog, plan) == of("44", 7, *range(12)) | of("49", 2, *range(3, 12))
    catalog.plan_changes.undo(again, **LATER)
    assert prices(catalog, plan) == {}


def test_a_full_sheet_that_ended_what_came_back_before_it_gives_it_back_when_it_goes(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    put_in(catalog, plan, says("44", 7))
    closing = put_in(catalog, plan, says("44", None))
    full = put_in(catalog, plan, says("1", 5), rest_from_ms=4)
    catalog.plan_changes.undo(closing, **LATER)
    assert prices(catalog, plan) == of("44", 7, *range(4)) | of("1", 5, *range(12))
    catalog.plan_changes.undo(full, **LATER)
    assert prices(catalog, plan) == of("44", 7, *range(12))


def test_rates_put_in_by_hand_stay_when_a_sheet_goes(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    sheet = put_in(catalog, plan, says("44", 7), says("49", 1), says("49", 2, origin="eea"))
    catalog.plans.add_rates(plan, [rate("44", 9, since=6)], **BY)
    catalog.plan_changes.undo(sheet, **LATER)
    assert prices(catalog, plan) == of("44", 9, *range(6, 12))


def test_a_sheet_of_a_plan_that_was_removed_is_not_taken_back(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    sheet = put_in(catalog, plan, says("44", 7))
    catalog.removals.plan(plan, **BY)
    with_plan(catalog)
    catalog.plans.add_rates(plan, [rate("44", 9)], **BY)
    with pytest.raises(ConflictError, match=f"sheet {sheet}: plan sell-a was removed since"):
        catalog.plan_changes.undo(sheet, **LATER)
    assert prices(catalog, plan) == of("44", 9, *range(12))


def with_groups(catalog: Catalog, plan: PlanId, *groups: OriginCode) -> int:
    """Apply a sheet that lists groups."""
    sheet = approved(catalog, plan)
    change = compared(catalog, plan, sheet, Intents([says("44", 7, origin="eea")]))
    catalog.plan_changes.apply(replace(change, origins=groups), **BY)
    return sheet


def test_groups_of_callers_come_and_go_with_their_sheet(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    before = catalog.origins.set(plan, "eea", ["33", "49"], 0, **BY)
    groups = OriginCode("eea", "49", 3), OriginCode("rest", "1", 3)
    sheet = with_groups(catalog, plan, *groups)
    listed = (OriginCode("eea", "33", 0, 3), OriginCode("eea", "49", 0), OriginCode("rest", "1", 3))
    assert (catalog.origins.of(plan), catalog.plans.get(plan).version) == (listed, before + 1)
    undone = catalog.plan_changes.undo(sheet, **LATER)
    assert (undone.groups, undone.regrouped) == ((), True)
    assert prices(catalog, plan) == {}
    assert catalog.origins.of(plan) == (OriginCode("eea", "33"), OriginCode("eea", "49"))
    assert catalog.origins.of(plan, before + 1) == listed, "what was charged by it can be told again"


def test_groups_that_were_changed_by_hand_since_stay_so_when_their_sheet_goes(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    sheet = with_groups(catalog, plan, OriginCode("eea", "49", 3), OriginCode("gcc", "9", 3))
    catalog.origins.set(plan, "eea", ["49", "34"], 5, **BY)
    assert catalog.plan_changes.undo(sheet, **LATER).groups == ("eea",)
    assert catalog.origins.of(plan) == (OriginCode("eea", "34", 5), OriginCode("eea", "49", 5))


def test_sheets_with_groups_can_be_taken_back_in_any_order(catalog: Catalog) -> None:
    for order in ((0, 1), (1, 0)):
        plan = with_plan(catalog, f"p{order[0]}")
        catalog.origins.set(plan, "eea", ["33"], 0, **BY)
        sheets = [with_groups(catalog, plan, OriginCode("eea", code, 3)) for code in ("49", "34")]
        catalog.plan_changes.undo(sheets[order[0]], **LATER)
        left = "34" if order[0] == 0 else "49"
        assert catalog.origins.of(plan) == (OriginCode("eea", "33", 0, 3), OriginCode("eea", left, 3))
        catalog.plan_changes.undo(sheets[order[1]], **LATER)
        assert catalog.origins.of(plan) == (OriginCode("eea", "33"),)


def test_a_code_that_was_given_to_another_group_since_stays_there_when_its_sheet_goes(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.origins.set(plan, "eea", ["33", "41"], 0, **BY)
    sheet = with_groups(catalog, plan, OriginCode("eea", "33", 3))
    catalog.origins.set(plan, "swiss", ["41"], 5, **BY)
    catalog.plan_changes.undo(sheet, **LATER)
    assert set(catalog.origins.of(plan)) == {
        OriginCode("eea", "33"), OriginCode("eea", "41", 0, 5), OriginCode("swiss", "41", 5)
    }  # fmt: skip


def test_a_sheet_whose_groups_share_a_code_with_others_changes_nothing(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.origins.set(plan, "near", ["49"], 0, **BY)
    sheet = approved(catalog)
    change = compared(catalog, plan, sheet, Intents([says("44", 7)]))
    with pytest.raises(ConflictError, match="code 49 would be in near and eea at once"):
        catalog.plan_changes.apply(replace(change, origins=[OriginCode("eea", "49", 3)]), **LATER)
    assert (prices(catalog, plan), catalog.sheets.get(sheet).state) == ({}, SheetState.APPROVED)


def test_intents_come_back_as_they_were_packed() -> None:
    lines = [says("0044", 7, 3, 9), says("49", None, 2, origin="eea"), says("1", 5)]
    groups = GroupAsked("eea", 3, (("33", 3, None), ("49", 3, 9))), GroupAsked("gcc", 3, ())
    given = Intents(lines, 4, frozenset(["44", "1"]), frozenset(["441"]), 8, groups, frozenset(["447"]))
    assert unpack(pack(given)) == given


moments = st.sampled_from([0, 3, 6])
lines = st.builds(
    lambda code, origin, price, since, length: says(code, price, since, since + length if length else None, origin),
    st.sampled_from(["1", "12"]),
    st.sampled_from(["", "eea"]),
    st.sampled_from([None, 1, 1, 2]),
    moments,
    st.sampled_from([0, 0, 0, 3, 4]),
)
imports = st.tuples(
    st.lists(lines, max_size=4, unique_by=lambda line: (line[0], line[2], line[12])),
    st.one_of(st.none(), st.none(), moments),
)


@pytest.fixture
def file_catalog(sqlite_template: Path, tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'catalog.db')}")
    yield opened
    opened.close()


@given(st.lists(imports, min_size=2, max_size=5), st.lists(st.integers(0, 4), max_size=4))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_plan_without_some_sheets_is_as_if_they_had_never_been(
    file_catalog: Catalog, given_sheets: list[Any], undone: list[int]
) -> None:
    catalog, plan = file_catalog, with_plan(file_catalog, f"p{next(_plan_numbers)}")
    left: dict[int, Any] = {}
    answers: list[Prices] = []
    gone = iter(undone)
    for number, (its, rest_from_ms) in enumerate(given_sheets):
        left[put_in(catalog, plan, *its, at_ms=AT + len(answers), rest_from_ms=rest_from_ms)] = (its, rest_from_ms)
        answers.append(expected(list(left.values())))
        place = next(gone, None) if number % 2 else None
        if place is not None and place < len(left):
            _take_back(catalog, left, place, answers)
    for place in gone:
        if place < len(left):
            _take_back(catalog, left, place, answers)
    for known_ms, answer in enumerate(answers, AT):
        assert prices(catalog, plan, known_ms) == answer
    assert prices(catalog, plan) == answers[-1]


def _take_back(catalog: Catalog, left: dict[int, Any], place: int, answers: list[Prices]) -> None:
    sheet = list(left)[place]
    catalog.plan_changes.undo(sheet, who="bob", at_ms=AT + len(answers))
    del left[sheet]
    answers.append(expected(list(left.values())))
