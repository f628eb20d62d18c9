"""Decisions about sheets that the desk refuses, for they would be of no cell or of no day that the terms allow."""

import pytest

from actors.desk.core import Desk
from actors.desk.sheet_decisions import check_tab
from actors.desk.sheet_digests import Digests
from actors.desk.sheets import SheetsService
from domain.errors import InputError
from domain.sheets.template import TabLayout, Template, Use
from protos import sheets_pb2 as pb
from tests.actors.desk.test_sheets import NOBODY, SHORT, Digesting, checked, rested
from tests.domain.builders import DAY_MS


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


def test_a_cell_without_a_tab_is_refused_where_several_are_read() -> None:
    tabs = (TabLayout("Rates", Use.RATES), TabLayout("Mobile", Use.RATES), TabLayout("Notes", Use.SKIP))
    with pytest.raises(InputError, match="2 tabs of it are read"):
        check_tab("", Template(tabs=tabs), "sheet 1")
    with pytest.raises(InputError, match="no tab 'Notes' that is read"):
        check_tab("Notes", Template(tabs=tabs), "sheet 1")
    check_tab("mobile", Template(tabs=tabs), "sheet 1")
    check_tab("", Template(tabs=(tabs[0], tabs[2])), "sheet 1")
