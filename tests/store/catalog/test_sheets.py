"""Rate sheets: how far they are, what was decided about them, and which came before."""

from typing import Any

import pytest

from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PlanId
from domain.sheets.corrections import Corrected, Correction
from domain.sheets.steps import NEXT, SheetState, Step, StepDone
from store.catalog import Catalog
from store.catalog.sheets import Facts, NewSheet, Wanted
from tests.store.catalog.builders import AT, BY, DAY, a_sheet, approved, hash_of, with_plan

ANA: dict[str, Any] = {"who": "ana", "at_ms": AT + 5}


def test_a_sheet_comes_back_as_it_was_received_and_with_what_was_found_out(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    id_ = a_sheet(catalog, sender="rates@kestrel.example", subject="USD", source="mail", effective_ms=AT + DAY)
    came = catalog.sheets.get(id_)
    assert (came.plan, came.partner, came.name, came.state) == (plan, "kestrel", "rates.xlsx", SheetState.WORKING)
    assert (came.sender, came.source, came.received_ms, came.received_by) == (
        "rates@kestrel.example",
        "mail",
        AT,
        "ada",
    )
    facts = Facts(content="c", template="wide", template_version=2, rows=9, full=True, blocking=1, job=4)
    catalog.sheets.enter(id_, facts)
    catalog.sheets.enter(id_, Facts(counts={"new": 3}, told={"notes": ["dates are d/m"]}))
    found = catalog.sheets.get(id_)
    assert (found.content, found.template, found.template_version, found.rows, found.job) == ("c", "wide", 2, 9, 4)
    assert (found.full, found.blocking, found.counts, found.told) == (True, 1, {"new": 3}, {"notes": ["dates are d/m"]})


def test_a_sheet_of_no_plan_is_refused(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError, match="no plan 'sell-a'"):
        a_sheet(catalog)


def test_where_its_bytes_cannot_be_kept_there_is_no_sheet(catalog: Catalog) -> None:
    with_plan(catalog)

    def full_disk(_: int) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        a_sheet_kept_by(catalog, full_disk)
    kept: list[int] = []
    id_ = a_sheet_kept_by(catalog, kept.append)
    assert kept == [id_]
    assert [sheet.id for sheet in catalog.sheets.list()] == [id_]


def a_sheet_kept_by(catalog: Catalog, keep: object) -> int:
    return catalog.sheets.receive(NewSheet(PlanId("sell-a"), "", "a.csv", "00", 1), keep, **BY)  # type: ignore[arg-type]


def test_states_follow_their_order_and_no_other(catalog: Catalog) -> None:
    with_plan(catalog)
    for path in (
        "working checked working asking cancelled",
        "working refused working checked approved working",
        "working checked approved cancelled",
    ):
        _, *states = path.split()
        id_ = a_sheet(catalog)
        for state in states:
            assert catalog.sheets.move(id_, SheetState(state), **ANA).state == state
            for other in set(SheetState) - NEXT[SheetState(state)] - {SheetState.APPLIED, SheetState.UNDONE}:
                with pytest.raises(ConflictError, match=f"sheet {id_}: it is {state}"):
                    catalog.sheets.move(id_, other, **ANA)
    with pytest.raises(InputError, match="Apply or undo it"):
        catalog.sheets.move(approved(catalog), SheetState.APPLIED, **ANA)


def test_who_approved_is_forgotten_when_it_is_read_anew(catalog: Catalog) -> None:
    with_plan(catalog)
    id_ = a_sheet(catalog)
    catalog.sheets.move(id_, SheetState.CHECKED, **BY)
    signed = catalog.sheets.move(id_, SheetState.APPROVED, **ANA)
    assert (signed.approved_by, signed.approved_ms) == ("ana", AT + 5)
    anew = catalog.sheets.move(id_, SheetState.WORKING, **BY)
    assert (anew.approved_by, anew.approved_ms) == ("", None)
    ended = catalog.sheets.move(id_, SheetState.CANCELLED, **ANA)
    assert (ended.ended_by, ended.ended_ms) == ("ana", AT + 5)
    trail = [(entry.action, entry.who) for entry in catalog.audit.list("sheet")]
    assert sorted(trail) == sorted(
        [("receive", "ada"), ("checked", "ada"), ("approved", "ana"), ("working", "ada"), ("cancelled", "ana")]
    )


def test_steps_are_told_in_their_order_and_begin_again_when_it_is_read_anew(catalog: Catalog) -> None:
    with_plan(catalog)
    id_ = a_sheet(catalog)
    first, second = StepDone(Step.RECEIVE, 1, 2, 1_000, "1 kB"), StepDone(Step.PARSE, 5, 9, 40, "40 rows")
    for done in (second, StepDone(Step.DETECT, 3, 4, 1, "xlsx"), first, StepDone(Step.DETECT, 4, 5, 1, "csv")):
        catalog.sheets.step(id_, done)
    assert catalog.sheets.steps(id_) == (first, StepDone(Step.DETECT, 4, 5, 1, "csv"), second)
    catalog.sheets.move(id_, SheetState.REFUSED, error="it is empty", **BY)
    assert catalog.sheets.get(id_).error == "it is empty"
    catalog.sheets.move(id_, SheetState.WORKING, **BY)
    assert catalog.sheets.steps(id_) == (first,)
    assert catalog.sheets.get(id_).error == ""


def test_corrections_are_signed_and_kept_in_order(catalog: Catalog) -> None:
    with_plan(catalog)
    id_ = checked(catalog)
    mended = Corrected(Correction.MEND, "Rates", 7, 2, value="0.0125", comment="they meant a point")
    accepted = Corrected(Correction.ACCEPT, check="R20")
    one, two = catalog.sheets.correct(id_, [mended, accepted], **ANA)
    assert catalog.sheets.get(id_).state is SheetState.WORKING, "it is read anew with them"
    kept = catalog.sheets.corrections(id_)
    assert list(kept) == [one, two]
    assert kept[one] == Corrected(Correction.MEND, "Rates", 7, 2, "", "", "0.0125", mended.comment, "ana", AT + 5)


def test_a_second_decision_while_a_sheet_is_read_is_refused_whole(catalog: Catalog) -> None:
    with_plan(catalog)
    id_ = checked(catalog)
    first, second = Corrected(Correction.DROP, row=3), Corrected(Correction.DROP, row=4)
    catalog.sheets.step(id_, StepDone(Step.PARSE, 5, 9, 40, "40 rows"))
    (kept,) = catalog.sheets.correct(id_, [first], **ANA)
    assert catalog.sheets.steps(id_) == ()
    with pytest.raises(ConflictError, match=r"being read just now\. Wait until it rests"):
        catalog.sheets.correct(id_, [second, second], **BY)
    assert list(catalog.sheets.corrections(id_)) == [kept]


def checked(catalog: Catalog, **given: Any) -> int:
    id_ = a_sheet(catalog, **given)
    catalog.sheets.move(id_, SheetState.CHECKED, **BY)
    return id_


def test_an_approved_or_cancelled_sheet_is_not_corrected(catalog: Catalog) -> None:
    with_plan(catalog)
    id_ = approved(catalog)
    drop = Corrected(Correction.DROP, row=3)
    with pytest.raises(ConflictError, match=r"approved and not corrected any more\. Let it be read anew first"):
        catalog.sheets.correct(id_, [drop], **BY)
    catalog.sheets.move(id_, SheetState.CANCELLED, **BY)
    with pytest.raises(ConflictError, match="cancelled"):
        catalog.sheets.correct(id_, [drop], **BY)


def test_sheets_are_listed_newest_first_by_what_is_wanted(catalog: Catalog) -> None:
    with_plan(catalog)
    with_plan(catalog, "buy-b", "buy")
    one = a_sheet(catalog, name="May.xlsx", partner="orbita")
    two = a_sheet(catalog, "buy-b", name="June.csv", sender="Noc@Kestrel.example")
    three = approved(catalog, name="july.ods")
    for wanted, ids in (
        (Wanted(), [three, two, one]),
        (Wanted(plan="buy-b"), [two]),
        (Wanted(state=SheetState.APPROVED), [three]),
        (Wanted(partner="kestrel"), [three, two]),
        (Wanted(text="noc@"), [two]),
        (Wanted(text="MAY"), [one]),
        (Wanted(plan="buy-b", state=SheetState.CHECKED), []),
    ):
        assert [sheet.id for sheet in catalog.sheets.list(wanted)] == ids
        assert catalog.sheets.count(wanted) == len(ids)
    assert [sheet.id for sheet in catalog.sheets.list(limit=1, offset=1)] == [two]
    with pytest.raises(NotFoundError, match="no sheet 99"):
        catalog.sheets.get(99)


def test_former_sheets_are_those_of_the_last_days_that_count(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    with_plan(catalog, "buy-b", "buy")
    a_sheet(catalog, name="old", received_ms=AT - 91 * DAY)
    a_sheet(catalog, "buy-b", name="of another plan")
    refused, now = a_sheet(catalog, name="refused"), a_sheet(catalog, name="now")
    catalog.sheets.move(refused, SheetState.REFUSED, **BY)
    first = a_sheet(catalog, name="first", received_ms=AT - 3 * DAY)
    catalog.sheets.enter(first, Facts(content="abc", rows=100, full=True))
    found = catalog.sheets.former(plan, 90, at_ms=AT, but=now)
    assert [(one.id, one.name, one.sha256, one.content) for one in found] == [(first, "first", hash_of("first"), "abc")]
    assert (found[0].rows, found[0].full, found[0].applied, found[0].received_ms) == (100, True, False, AT - 3 * DAY)
