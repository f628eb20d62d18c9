"""Decisions about sheets that the desk refuses, for they would be of no cell or of no day that the terms allow."""

import pytest

from actors.desk.core import Desk
from actors.desk.sheet_decisions import check_tab
from actors.desk.sheet_digests import Digests
from actors.desk.sheets import SheetsService
from actors.sheet_work import RowsPage, RowsQuery
from domain.errors import InputError
from domain.sheets.template import TabLayout, Template, Use
from protos import sheets_pb2 as pb
from tests.actors.desk.test_sheets import NOBODY, SHEET, SHORT, Digesting, checked, rested, service, tasks, what
from tests.domain.builders import DAY_MS

__all__ = ["service", "tasks"]


async def test_nothing_is_moved_to_a_day_that_the_terms_do_not_allow(desk: Desk) -> None:
    (desk.home.data / "snapshots").mkdir(exist_ok=True)
    desk.tasks = Digesting(desk.home)
    service = SheetsService(desk, Digests(desk))
    sheet = await checked(service, SHORT)
    for days, words in ((-365, "365 days before today; -60 to 400"), (401, "401 days after today")):
        move = pb.SheetVerdict(id=sheet.id, what="move", check="R28", at_ms=desk.now_ms() + days * DAY_MS)
        with pytest.raises(InputError, match=words):
            await service.Decide(move, NOBODY)
    assert desk.catalog.sheets.corrections(sheet.id) == {}
    await service.Mend(pb.SheetMend(id=sheet.id, tab="nowhere", row=2, column="A", value="44"), NOBODY)
    told = await rested(service, sheet.id)
    assert "nowhere row 2, column 1 was not mended: there is no such cell in a tab that is read." in told.notes


WRONG = SHEET + "25x,Nowhere,0.1,2026-11-20,1/1\n256,Uganda,-1,2026-11-20,1/1\n257,Burundi,0.3,soon,1/1\n"
KEPT_BACK = "rows that are listed"


def open_checks(sheet: pb.Sheet) -> set[str]:
    return {one.check for one in sheet.checks if one.open and one.severity == "B"}


async def test_findings_of_rows_that_do_not_go_in_are_accepted_together_and_no_others(
    desk: Desk, service: SheetsService
) -> None:
    sheet = await checked(service, WRONG.replace("447,UK Mobile,0.03,2026-11-20", "447,UK Mobile,0.03,2026-11-03"))
    assert (sheet.rows, sheet.rejected, sheet.codes) == (5, 3, 2)
    assert dict(sheet.columns)["Code"] == "code"
    assert open_checks(sheet) == {"R08", "R09", "R17", "R26", "R28"}
    verdict = pb.SheetVerdict(id=sheet.id, what="accept", which="rejects", comment=KEPT_BACK)
    assert "rows that do not go in accepted" in await what(service.Decide(verdict, NOBODY))
    after = await rested(service, sheet.id)
    assert open_checks(after) == {"R28"}, "a short notice is none of their business"
    assert after.rejected == 3, "and they are listed still"
    assert {one.comment for one in desk.catalog.sheets.corrections(sheet.id).values()} == {KEPT_BACK}
    assert "no open finding is left" in await what(service.Decide(verdict, NOBODY))


async def test_all_open_findings_are_accepted_together(desk: Desk, service: SheetsService) -> None:
    sheet = await checked(service, WRONG.replace("447,UK Mobile,0.03,2026-11-20", "447,UK Mobile,0.03,2026-11-03"))
    await service.Decide(pb.SheetVerdict(id=sheet.id, what="accept", which="open", comment="agreed"), NOBODY)
    after = await rested(service, sheet.id)
    assert (after.blocking, after.warnings) == (0, 0)
    for verdict in (pb.SheetVerdict(id=sheet.id, what="drop", which="open"), pb.SheetVerdict(id=sheet.id, which="x")):
        verdict.what = verdict.what or "accept"
        with pytest.raises(InputError, match="nothing can be said of"):
            await service.Decide(verdict, NOBODY)


def test_a_cell_without_a_tab_is_refused_where_several_are_read() -> None:
    tabs = (TabLayout("Rates", Use.RATES), TabLayout("Mobile", Use.RATES), TabLayout("Notes", Use.SKIP))
    with pytest.raises(InputError, match="2 tabs of it are read"):
        check_tab("", Template(tabs=tabs), "sheet 1")
    with pytest.raises(InputError, match="no tab 'Notes' that is read"):
        check_tab("Notes", Template(tabs=tabs), "sheet 1")
    check_tab("mobile", Template(tabs=tabs), "sheet 1")
    check_tab("", Template(tabs=(tabs[0], tabs[2])), "sheet 1")


async def test_what_was_accepted_is_open_again_when_it_is_something_else(service: SheetsService) -> None:
    sheet = (await checked(service, SHORT)).id
    for verdict in (pb.SheetVerdict(check="R28"), pb.SheetVerdict(keys=["R28::2:447:any:"])):
        verdict.id, verdict.what = sheet, "accept"
        await service.Decide(verdict, NOBODY)
        assert (await rested(service, sheet)).blocking == 0
        dearer = "0.9" if verdict.check else "0.95"
        await service.Mend(pb.SheetMend(id=sheet, row=2, column="Rate", value=dearer), NOBODY)
        found = await rested(service, sheet)
        assert found.blocking == 1, "another price in the same place is another increase"
    await service.Decide(pb.SheetVerdict(id=sheet, what="accept", check="R28"), NOBODY)
    assert (await rested(service, sheet)).blocking == 0
    await service.Mend(pb.SheetMend(id=sheet, row=2, column="Effective date", value="2026-11-02"), NOBODY)
    assert (await rested(service, sheet)).blocking == 1


async def test_all_of_a_check_are_those_that_are_there_when_it_is_decided(service: SheetsService) -> None:
    sheet = (await checked(service, SHORT)).id
    await service.Decide(pb.SheetVerdict(id=sheet, what="accept", check="R28"), NOBODY)
    await rested(service, sheet)
    await service.Mend(pb.SheetMend(id=sheet, row=3, column="Code", value="447001"), NOBODY)
    await rested(service, sheet)
    await service.Mend(pb.SheetMend(id=sheet, row=3, column="Effective date", value="2026-11-03"), NOBODY)
    told = await rested(service, sheet)
    (r28,) = (one for one in told.checks if one.check == "R28")
    assert (r28.count, r28.open) == (1, 0)
    assert told.blocking, "the new code is dearer than its parent"
    await service.Decide(pb.SheetVerdict(id=sheet, what="accept", which="open"), NOBODY)
    assert (await rested(service, sheet)).blocking == 0
    await service.Mend(pb.SheetMend(id=sheet, row=3, column="Rate", value="0.8"), NOBODY)
    assert (await rested(service, sheet)).blocking


async def test_all_rows_of_a_check_are_dropped_whether_they_were_rejected_or_not(service: SheetsService) -> None:
    sheet = (await checked(service, SHORT)).id
    await service.Decide(pb.SheetVerdict(id=sheet, what="drop", check="R28"), NOBODY)
    told = await rested(service, sheet)
    assert (told.blocking, dict(told.kinds)) == (0, {"new": 1, "unchanged": 1}), "what it names stays as it is"
    (found,) = (await service.Findings(pb.SheetRowsQuery(id=sheet, check="R28"), NOBODY)).findings
    assert (found.row, found.standing) == (2, "dropped")
    with pytest.raises(InputError, match="no finding of R36 is of a row that could be left out"):
        await service.Decide(pb.SheetVerdict(id=sheet, what="drop", check="R36"), NOBODY)


async def test_rows_that_do_not_go_in_do_not_come_to_the_desk(desk: Desk, service: SheetsService) -> None:
    sheet = await checked(service, WRONG)
    asked: list[str] = []
    rows = desk.tasks.sheet_rows

    async def noted(query: RowsQuery) -> RowsPage:
        asked.append(query.file.stem)
        return await rows(query)

    desk.tasks.sheet_rows = noted  # type: ignore[method-assign]
    for which in ("rejects", "open"):
        verdict = pb.SheetVerdict(id=sheet.id, what="accept", which=which, comment="agreed")
        await service.Decide(verdict, NOBODY)
        await rested(service, sheet.id)
    assert set(asked) == {"findings"}
