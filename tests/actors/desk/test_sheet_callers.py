"""Callers whom a list of a sheet moves stand behind the lines of its comparison, and are none of them."""

from collections.abc import AsyncIterator
from io import BytesIO

import xlsxwriter

from actors.desk.core import Desk
from actors.desk.sheets import SheetsService
from domain.money import units_of
from protos import sheets_pb2 as pb
from tests.actors.desk.test_sheets import NOBODY, PLAN, rested, service, tasks
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import ms, row

__all__ = ["service", "tasks"]
TABS = {
    "Rates": ["Code|Destination|Rate|Effective date", "447|UK Mobile|0.03|2026-11-20", "255|Tanzania|0.2|2026-11-20"],
    "Origin codes": ["Origin|Origin code", "eea|49"],
}


async def sent(service: SheetsService) -> pb.Sheet:
    file = BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for name, lines in TABS.items():
            tab = book.add_worksheet(name)
            for at, line in enumerate(lines):
                tab.write_row(at, 0, line.split("|"))

    async def chunks() -> AsyncIterator[pb.SheetChunk]:
        yield pb.SheetChunk(plan=PLAN, file_name="kestrel.xlsx", received_ms=NOW, effective_ms=ms(2026, 11, 20))
        yield pb.SheetChunk(data=file.getvalue())

    (sheet,) = (await service.Send(chunks(), NOBODY)).sheets
    return await rested(service, sheet.id)


async def test_callers_who_move_are_rows_behind_the_lines(desk: Desk, service: SheetsService) -> None:
    desk.catalog.plans.add_rates(PLAN, [row("254", "0.05"), row("254", "0.02", origin="eea")], **BY)
    desk.catalog.origins.set(PLAN, "eea", ["33"], 0, **BY)
    sheet = await sent(service)
    assert (sheet.state, dict(sheet.kinds)) == ("checked", {"increase": 1, "new": 1, "callers": 2}), sheet.words
    query = pb.SheetRowsQuery(id=sheet.id)
    page = await service.Changes(query, NOBODY)
    assert page.total == 4 and [one.kind for one in page.changes[2:]] == ["callers", "callers"]
    moved = {one.origin: one for one in page.changes[2:]}
    assert set(moved) == {"eea>", ">eea"}
    lost, gained = moved["eea>"], moved[">eea"]
    assert (lost.name, lost.code) == ("callers 33: calls to 1 code", "254")
    assert (lost.old.next_price_units, lost.terms.next_price_units) == (units_of("0.02"), units_of("0.05"))
    assert (gained.old.next_price_units, gained.terms.next_price_units) == (units_of("0.05"), units_of("0.02"))
    query.kind, query.code = "callers", "25"
    assert (await service.Changes(query, NOBODY)).total == 2
