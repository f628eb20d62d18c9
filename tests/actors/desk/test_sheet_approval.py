"""Approval of rate sheets: by whom, with which warnings, and until when what was found counts."""

import pytest

from actors.desk.core import Desk
from actors.desk.rate_terms import RateTermsService
from actors.desk.sheet_told import told_of
from actors.desk.sheets import SheetsService
from domain.clock import Clock
from domain.errors import ConflictError
from domain.sheets.template_json import template_json
from protos import operators_pb2 as op
from protos import sheets_pb2 as pb
from tests.actors.desk.test_sheets import NOBODY, PLAN, SHEET, approval, checked, price, rested, service, tasks, what
from tests.cluster.tasks.places import NOW
from tests.domain.builders import ms

__all__ = ["service", "tasks"]
WARNED = SHEET.replace("447,UK Mobile,0.03", "447,UK Mobile,0.9")
LATER = SHEET.replace("2026-11-20", "2026-12-20")
ASKS = SHEET.replace("2026-11-20", "12/11/2026")
HOUR_MS = 3_600_000


def at(desk: Desk, moment_ms: int) -> None:
    """Let business time stand still at another moment."""
    desk.clock = Clock(moment_ms, 0, 0.0)


async def second_person_wanted(desk: Desk) -> None:
    await RateTermsService(desk).Set(op.FieldChanges(id=PLAN, values={"second_person": "true"}), NOBODY)


async def test_open_warnings_must_be_counted_by_who_approves(service: SheetsService) -> None:
    sheet = await checked(service, WARNED)
    assert (sheet.state, sheet.blocking, sheet.warnings) == ("checked", 0, 2)
    (listed,) = (await service.List(pb.SheetQuery(), NOBODY)).sheets
    assert listed.warnings == 2
    with pytest.raises(ConflictError, match="2 warnings are open and must be acknowledged") as refused:
        await service.Approve(pb.SheetApproval(id=sheet.id), NOBODY)
    assert f"`switchboard sheets approve {sheet.id} --warnings 2`" in str(refused.value)
    with pytest.raises(ConflictError, match="2 warnings are open and 1 seen"):
        await service.Approve(pb.SheetApproval(id=sheet.id, warnings_seen=1), NOBODY)
    assert "is approved" in await what(service.Approve(pb.SheetApproval(id=sheet.id, warnings_seen=2), NOBODY))


async def test_a_warning_that_was_accepted_by_itself_needs_not_be_counted(service: SheetsService) -> None:
    sheet = await checked(service, WARNED)
    found = (await service.Findings(pb.SheetRowsQuery(id=sheet.id, open=True), NOBODY)).findings
    first, *others = [one.key for one in found if one.severity == "W"]
    await service.Decide(pb.SheetVerdict(id=sheet.id, what="accept", keys=[first]), NOBODY)
    assert (await rested(service, sheet.id)).warnings == len(others) == 1
    await service.Decide(pb.SheetVerdict(id=sheet.id, what="accept", keys=others), NOBODY)
    assert (await rested(service, sheet.id)).warnings == 0
    await service.Approve(pb.SheetApproval(id=sheet.id), NOBODY)


async def test_a_sheet_is_checked_again_where_a_change_of_it_has_begun_meanwhile(
    desk: Desk, service: SheetsService
) -> None:
    at(desk, ms(2026, 11, 19) + 20 * HOUR_MS)
    sheet = await checked(service)
    await service.Approve(approval(sheet), NOBODY)
    at(desk, ms(2026, 11, 20) + HOUR_MS)
    told = await what(service.Apply(pb.SheetRef(id=sheet.id), NOBODY))
    assert "has begun since; it is checked again" in told
    again = await rested(service, sheet.id)
    assert (again.state, again.approved_by) == ("checked", "")
    assert price(desk, "447", ms(2026, 11, 21)) == 2_460_000, "nothing of it is live"


async def test_what_was_found_counts_for_a_day(desk: Desk, service: SheetsService) -> None:
    sheet = await checked(service, LATER)
    await service.Approve(approval(sheet), NOBODY)
    at(desk, NOW + 24 * HOUR_MS + 1)
    assert "more than 24 hours ago" in await what(service.Apply(pb.SheetRef(id=sheet.id), NOBODY))
    again = await rested(service, sheet.id)
    assert again.state == "checked"
    await service.Approve(approval(again), NOBODY)
    at(desk, NOW + 48 * HOUR_MS)
    assert "is applied" in await what(service.Apply(pb.SheetRef(id=sheet.id), NOBODY))


@pytest.mark.parametrize("deed", ["mend", "drop", "move", "accept", "point"])
async def test_who_had_a_hand_in_what_goes_in_is_no_second_person(
    desk: Desk, service: SheetsService, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    await second_person_wanted(desk)
    sheet = (await checked(service, SHEET.replace("447,UK Mobile,0.03,2026-11-20", "447,UK Mobile,0.03,2026-11-03"))).id
    for place in ("sheets", "sheet_pointing", "sheet_apply"):
        monkeypatch.setattr(f"actors.desk.{place}.caller", lambda: "bea")
    if deed == "mend":
        await service.Mend(pb.SheetMend(id=sheet, row=2, column="Effective date", value="2026-11-20"), NOBODY)
    elif deed == "point":
        template = told_of(desk.catalog.sheets.get(sheet)).template
        assert template is not None
        await service.Point(pb.SheetPointing(id=sheet, name="k", template=template_json(template)), NOBODY)
    else:
        await service.Decide(pb.SheetVerdict(id=sheet, what=deed, check="R28"), NOBODY)
    found = await rested(service, sheet)
    if found.blocking:
        monkeypatch.setattr("actors.desk.sheets.caller", lambda: "cy")
        await service.Decide(pb.SheetVerdict(id=sheet, what="accept", check="R28"), NOBODY)
        found = await rested(service, sheet)
    seen = approval(found)
    with pytest.raises(ConflictError, match="bea sent it, decided about it or said how it is read"):
        await service.Approve(seen, NOBODY)
    monkeypatch.setattr("actors.desk.sheet_apply.caller", lambda: "dan")
    assert "is approved" in await what(service.Approve(seen, NOBODY))


async def test_who_answered_what_was_asked_is_no_second_person(
    desk: Desk, service: SheetsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await second_person_wanted(desk)
    asking = await checked(service, ASKS)
    assert asking.state == "asking"
    for place in ("sheets", "sheet_apply"):
        monkeypatch.setattr(f"actors.desk.{place}.caller", lambda: "bea")
    while asking.state == "asking":
        await service.Answer(pb.SheetAnswers(id=asking.id, answers={one.key: "1" for one in asking.questions}), NOBODY)
        asking = await rested(service, asking.id)
    assert (asking.state, asking.blocking) == ("checked", 0)
    with pytest.raises(ConflictError, match="bea sent it, decided about it or said how it is read"):
        await service.Approve(approval(asking), NOBODY)


async def test_who_sent_or_approved_a_sheet_takes_it_not_back_where_the_terms_ask_for_a_second_person(
    desk: Desk, service: SheetsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = await checked(service)
    sender = desk.catalog.sheets.get(sheet.id).received_by
    await second_person_wanted(desk)
    for place in ("sheet_digests", "sheet_apply"):
        monkeypatch.setattr(f"actors.desk.{place}.caller", lambda: "bea")
    await service.Approve(approval(sheet, apply=True), NOBODY)
    for who in ("bea", sender):
        monkeypatch.setattr("actors.desk.sheet_apply.caller", lambda who=who: who)
        with pytest.raises(ConflictError, match=f"{who} sent or approved it"):
            await service.Undo(pb.SheetUndo(id=sheet.id), NOBODY)
    assert desk.catalog.sheets.get(sheet.id).state == "applied"
    monkeypatch.setattr("actors.desk.sheet_apply.caller", lambda: "cy")
    assert "is taken back" in await what(service.Undo(pb.SheetUndo(id=sheet.id), NOBODY))
