"""What a sheet would have us sell below cost is repriced or blocked in our own plans."""

from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.sheets import SheetsService
from domain.errors import InputError
from domain.ids import PlanId
from domain.money import units_of
from protos import sheets_pb2 as pb
from tests.actors.desk.test_sheets import NOBODY, SHEET, checked, service, tasks, what
from tests.cluster.tasks.places import BY
from tests.domain.builders import ms, row

__all__ = ["service", "tasks"]
GOLD = PlanId("sell")
DEAR = SHEET + "25571,Tanzania Mobile,0.3,2026-11-20,1/1\n"
AFTER = ms(2026, 11, 21)


@pytest.fixture(autouse=True)
def gold(desk: Desk) -> None:
    desk.catalog.plans.add_rates(GOLD, [row("255", "0.25")], **BY)


def sold(desk: Desk, code: str, at_ms: int) -> Any:
    known = [one for one in desk.catalog.plans.rates_known(GOLD) if one.code == code and one.valid_at(at_ms)]
    return (known[0].terms.next_price, known[0].blocked) if known else None


async def test_a_split_is_proposed_and_made(desk: Desk, service: SheetsService) -> None:
    sheet = await checked(service, DEAR)
    leaks = [one for one in (await service.Impact(pb.SheetRowsQuery(id=sheet.id), NOBODY)).leaks if one.code == "25571"]
    assert [(one.plan, one.sell_code, one.buy_price_units, one.proposed_units) for one in leaks] == [
        (GOLD, "255", units_of("0.3"), units_of("0.35"))
    ]
    told = await what(service.Reprice(pb.SheetSale(id=sheet.id, codes=["25571"]), NOBODY))
    assert told == f"sheet {sheet.id}: sell 25571 0.3500"
    assert sold(desk, "25571", AFTER) == (units_of("0.35"), False)
    assert sold(desk, "25571", ms(2026, 11, 19)) is None, "from when it costs so much"
    assert sold(desk, "255", AFTER) == (units_of("0.25"), False)
    (entry, *_) = desk.catalog.audit.list("plan", GOLD)
    assert entry.action == "add-rates"


async def test_a_code_is_sold_at_a_price_and_from_a_day_of_ours_or_blocked(desk: Desk, service: SheetsService) -> None:
    sheet = await checked(service, DEAR)
    from_ms = ms(2026, 11, 18)
    order = pb.SheetSale(id=sheet.id, codes=["25571"], plan=GOLD, price="0.4", from_ms=from_ms)
    await service.Reprice(order, NOBODY)
    assert sold(desk, "25571", from_ms) == (units_of("0.4"), False)
    assert "blocked" in await what(service.Block(pb.SheetSale(id=sheet.id, codes=["25571"]), NOBODY))
    assert sold(desk, "25571", AFTER)[1]


async def test_what_cannot_be_meant_is_refused(desk: Desk, service: SheetsService) -> None:
    sheet = await checked(service, DEAR)
    wrong = [
        (pb.SheetSale(codes=["1"]), "code 1 is not sold below cost"),
        (pb.SheetSale(plan="none"), "nothing is sold below cost"),
        (pb.SheetSale(codes=["25571"], price="0"), "no price to sell at"),
        (pb.SheetSale(codes=["25571"], from_ms=1), "prices of the past are not changed"),
    ]
    for order, words in wrong:
        order.id = sheet.id
        with pytest.raises(InputError, match=words):
            await service.Reprice(order, NOBODY)
    with pytest.raises(InputError, match="no code is named"):
        await service.Block(pb.SheetSale(id=sheet.id), NOBODY)
    assert sold(desk, "25571", AFTER) is None
