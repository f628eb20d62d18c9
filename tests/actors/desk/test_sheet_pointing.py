"""Templates made by pointing at a sheet that says nothing by itself."""

from dataclasses import replace

import pytest

from actors.desk.core import Desk
from actors.desk.sheet_digests import Digests
from actors.desk.sheets import SheetsService
from actors.sheet_work import PreviewQuery, SheetLook
from cluster.tasks.sheet_look import sheet_look
from domain.errors import InputError
from domain.sheets.headings import Meaning
from domain.sheets.pointing import headed, meant
from domain.sheets.template import Column, Template
from domain.sheets.template_json import template_json, template_of
from protos import sheets_pb2 as pb
from tests.actors.desk.test_sheets import NOBODY, SHEET, Digesting, checked, rested, what


class Looking(Digesting):
    """Digestion and previews without Ray."""

    async def sheet_look(self, query: PreviewQuery) -> SheetLook:
        return sheet_look(self.home, query)


@pytest.fixture
def service(desk: Desk) -> SheetsService:
    (desk.home.data / "snapshots").mkdir(exist_ok=True)
    desk.tasks = Looking(desk.home)
    return SheetsService(desk, Digests(desk))


async def test_a_template_is_made_by_pointing_saved_and_found_again(desk: Desk, service: SheetsService) -> None:
    text = "Offer\nA,B,C,D,E\n" + SHEET.partition("\n")[2]
    sheet = await checked(service, text)
    assert sheet.state in ("asking", "refused"), "its headings say nothing"
    look = await service.Preview(pb.SheetRef(id=sheet.id), NOBODY)
    (tab,) = look.tabs
    assert list(tab.rows[1].cells) == ["A", "B", "C", "D", "E"] and tab.total == 4
    template = template_of(look.template)
    layout = headed(template.tabs[0], 1, [list(row.cells) for row in tab.rows])
    meanings = (Meaning.CODE, Meaning.DESTINATION, Meaning.PRICE, Meaning.EFFECTIVE, Meaning.INCREMENTS)
    for place, meaning in enumerate(meanings):
        layout = meant(layout, Column(place, meaning, "ABCDE"[place]))
    pointed = template_json(replace(template, tabs=(layout,)))
    with pytest.raises(InputError, match="No tab has rates"):
        await service.Point(pb.SheetPointing(id=sheet.id, name="abc", template=template_json(Template())), NOBODY)
    done = await what(service.Point(pb.SheetPointing(id=sheet.id, name="abc", template=pointed), NOBODY))
    assert "template abc version 1 is saved for kestrel" in done
    read = await rested(service, sheet.id)
    assert (read.state, read.template, dict(read.kinds)) == ("checked", "abc", {"increase": 1, "new": 1})
    again = await checked(service, text.replace("0.03", "0.04"))
    assert (again.state, again.template) == ("checked", "abc"), "the second sheet finds it by itself"
