"""What a sheet would have us sell below cost is repriced or blocked in our own plans."""

from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.rate_terms import RateTermsService
from actors.desk.sheets import SheetsService
from domain.errors import ConflictError, InputError
from domain.ids import PlanId
from domain.money import decimal_text, units_of
from protos import operators_pb2 as op
from protos import sheets_pb2 as pb
from tests.actors.desk.test_sheets import NOBODY, SHEET, checked, rested, service, tasks, what
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import ms, row

__all__ = ["service", "tasks"]
GOLD, EURO, KESTREL = PlanId("sell"), PlanId("sell-eu"), PlanId("buy-kestrel")
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
    assert told == f"sheet {sheet.id}: sell 25571 0.3500; it is checked again"
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
    with pytest.raises(InputError, match="code 25571 is not sold below cost"):
        await service.Block(pb.SheetSale(id=sheet.id, codes=["25571"]), NOBODY)

    sheet = await checked(service, DEAR.replace("25571", "25572"))
    told = await what(service.Block(pb.SheetSale(id=sheet.id, codes=["25572"]), NOBODY))
    assert told == f"sheet {sheet.id}: sell 25572 blocked; it is checked again"
    assert sold(desk, "25572", AFTER)[1]


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


async def losses(service: SheetsService, sheet: int) -> list[str]:
    reply = await service.Impact(pb.SheetRowsQuery(id=sheet, kind="loss"), NOBODY)
    return [one.code for one in reply.leaks]


async def test_a_sheet_is_checked_again_by_the_new_prices(service: SheetsService) -> None:
    sheet = await checked(service, DEAR + "25572,Tanzania Mobile,0.4,2026-11-20,1/1\n")
    assert await losses(service, sheet.id) == ["25572", "25571"]
    await service.Reprice(pb.SheetSale(id=sheet.id, codes=["25571"]), NOBODY)
    await service.Reprice(pb.SheetSale(id=sheet.id, codes=["25572"]), NOBODY)
    again = await rested(service, sheet.id)
    assert again.state == "checked" and not await losses(service, sheet.id)


async def test_a_sheet_that_is_approved_stays_so_and_the_answer_says_what_remains(service: SheetsService) -> None:
    sheet = await checked(service, DEAR + "25572,Tanzania Mobile,0.4,2026-11-20,1/1\n")
    await service.Approve(pb.SheetApproval(id=sheet.id, warnings_seen=sheet.warnings), NOBODY)
    told = await what(service.Reprice(pb.SheetSale(id=sheet.id, codes=["25571"]), NOBODY))
    assert told.endswith("sell 25571 0.3500; 1 more that it lists is sold below cost")
    assert (await service.Show(pb.SheetRef(id=sheet.id), NOBODY)).state == "approved"


async def test_prices_are_told_in_the_money_of_the_plan_that_sells(desk: Desk, service: SheetsService) -> None:
    desk.catalog.plans.add_rates(EURO, [row("255", "0.1999")], **BY)
    sheet = await checked(service, DEAR)
    reply = await service.Impact(pb.SheetRowsQuery(id=sheet.id, kind="loss"), NOBODY)
    told = {one.plan: one for one in reply.leaks if one.code == "25571"}
    assert (told[GOLD].currency, told[GOLD].own_proposed_units) == ("USD", told[GOLD].proposed_units)
    one = told[EURO]
    assert (one.currency, one.own_sell_price_units) == ("EUR", units_of("0.1999")), "as the plan has it"
    order = pb.SheetSale(id=sheet.id, codes=["25571"], plan=EURO)
    said = decimal_text(one.own_proposed_units, 4)
    assert f"{EURO} 25571 {said};" in await what(service.Reprice(order, NOBODY)), "it is what the price becomes"
    sheet = await checked(service, DEAR.replace("25571", "25573"))
    order = pb.SheetSale(id=sheet.id, codes=["25573"], plan=EURO, price=decimal_text(one.own_buy_price_units - 1))
    with pytest.raises(InputError, match="below what it costs"):
        await service.Reprice(order, NOBODY)


LATER: dict[str, Any] = {"who": "ada", "at_ms": NOW + 1}


def rates(desk: Desk, code: str, at_ms: int) -> dict[tuple[str, str], tuple[int, bool]]:
    known = [one for one in desk.catalog.plans.rates_known(GOLD) if one.code == code and one.valid_at(at_ms)]
    return {(one.rate_type, one.origin): (one.terms.next_price, one.blocked) for one in known}


def asked(sheet: pb.Sheet, **fields: Any) -> pb.SheetSale:
    return pb.SheetSale(id=sheet.id, codes=["25571"], **fields)


async def test_a_split_leaves_who_pays_more_at_his_price(desk: Desk, service: SheetsService) -> None:
    desk.catalog.plans.add_rates(GOLD, [row("255", "0.60", origin="row"), row("255", "0.28", origin="eea")], **BY)
    desk.catalog.origins.set(GOLD, "row", ["1"], 0, **BY)
    desk.catalog.origins.set(GOLD, "eea", ["33"], 0, **BY)
    told = await what(service.Reprice(asked(await checked(service, DEAR)), NOBODY))
    assert "sell 25571 0.3500 to 0.3800;" in told, "each rate has a price of its own"
    prices = {origin: price for (_, origin), (price, _) in rates(desk, "25571", AFTER).items()}
    assert prices == {"": units_of("0.35"), "row": units_of("0.60"), "eea": units_of("0.38")}


async def test_what_begins_later_is_raised_too(desk: Desk, service: SheetsService) -> None:
    first, then = ms(2026, 12, 1), ms(2027, 1, 1)
    pending = [
        row("25571", "0.25", valid_until_ms=first),
        row("25571", "0.26", valid_from_ms=first, valid_until_ms=then),
        row("25571", "0.70", valid_from_ms=then),
    ]
    desk.catalog.plans.add_rates(GOLD, pending, **BY)
    await service.Reprice(asked(await checked(service, DEAR), price="0.4"), NOBODY)
    prices = [sold(desk, "25571", at_ms) for at_ms in (NOW, AFTER, first, then)]
    assert prices == [(units_of(text), False) for text in ("0.25", "0.4", "0.4", "0.70")]


async def test_a_block_lasts_whatever_begins_or_ends_later(desk: Desk, service: SheetsService) -> None:
    first, gap, then = ms(2026, 12, 1), ms(2026, 12, 8), ms(2027, 1, 1)
    pending = [
        row("25571", "0.25", valid_until_ms=first),
        row("25571", "0.26", valid_from_ms=first, valid_until_ms=gap),
        row("25571", "0.27", valid_from_ms=then, valid_until_ms=ms(2027, 2, 1)),
    ]
    desk.catalog.plans.add_rates(GOLD, pending, **BY)
    told = await what(service.Block(asked(await checked(service, DEAR)), NOBODY))
    assert "sell 25571 blocked;" in told
    moments = (AFTER, first, gap, then, ms(2027, 2, 2))
    assert [sold(desk, "25571", at_ms)[1] for at_ms in moments] == [True] * 5
    assert sold(desk, "25571", ms(2026, 11, 19)) == (units_of("0.25"), False)


async def test_a_block_of_a_code_of_another_holds_for_all_its_callers(desk: Desk, service: SheetsService) -> None:
    desk.catalog.plans.add_rates(GOLD, [row("255", "0.60", origin="row"), row("25571", "0.28", origin="eea")], **BY)
    await service.Block(asked(await checked(service, DEAR)), NOBODY)
    assert {origin: no for (_, origin), (_, no) in rates(desk, "25571", AFTER).items()} == dict.fromkeys(
        ("", "row", "eea"), True
    )


@pytest.mark.parametrize("code", ["25571", "2557", "255"])
async def test_prices_that_changed_since_are_not_changed_by_what_was_compared(
    desk: Desk, service: SheetsService, code: str
) -> None:
    sheet = await checked(service, DEAR)
    desk.catalog.plans.add_rates(GOLD, [row(code, "0.60", valid_from_ms=NOW)], **LATER)
    with pytest.raises(ConflictError, match=f"its rates of {code} have changed since") as refused:
        await service.Reprice(asked(sheet), NOBODY)
    assert f"sheets retry {sheet.id}" in str(refused.value)
    assert sold(desk, code, AFTER) == (units_of("0.60"), False)


async def test_a_sheet_that_is_given_up_changes_no_price(desk: Desk, service: SheetsService) -> None:
    sheet = await checked(service, DEAR)
    await service.Cancel(pb.SheetRef(id=sheet.id), NOBODY)
    for change in (service.Reprice, service.Block):
        with pytest.raises(ConflictError, match="it is cancelled"):
            await change(asked(sheet), NOBODY)
    assert sold(desk, "25571", AFTER) is None


async def test_what_lost_nothing_is_changed_only_by_name(desk: Desk, service: SheetsService) -> None:
    sheet = await checked(service, DEAR)
    with pytest.raises(InputError, match="no code that is sold below cost had calls"):
        await service.Reprice(pb.SheetSale(id=sheet.id), NOBODY)


async def test_a_price_is_neither_below_cost_nor_one_for_several_currencies(desk: Desk, service: SheetsService) -> None:
    sheet = await checked(service, DEAR)
    with pytest.raises(InputError, match=r"0\.2900 is below what it costs, 0\.3000"):
        await service.Reprice(asked(sheet, price="0.29"), NOBODY)
    desk.catalog.plans.add_rates(EURO, [row("255", "0.20")], **BY)
    sheet = await checked(service, DEAR)
    with pytest.raises(InputError, match="one price cannot be for sell in USD, sell-eu in EUR"):
        await service.Reprice(asked(sheet, price="0.40"), NOBODY)
    assert sold(desk, "25571", AFTER) is None
    await service.Reprice(asked(sheet, price="0.40", plan=EURO), NOBODY)
    (split,) = [one for one in desk.catalog.plans.rates_known(EURO) if one.code == "25571"]
    assert split.terms.next_price == units_of("0.40")
    assert sold(desk, "25571", AFTER) is None


async def test_where_the_terms_ask_for_it_one_person_changes_no_price(desk: Desk, service: SheetsService) -> None:
    await RateTermsService(desk).Set(op.FieldChanges(id=GOLD, values={"second_person": "true"}), NOBODY)
    sheet = await checked(service, DEAR)
    for change in (service.Reprice, service.Block):
        with pytest.raises(ConflictError, match="by its terms a second person approves its prices") as refused:
            await change(asked(sheet), NOBODY)
        assert "switchboard sheets send FILE --plan sell" in str(refused.value)
    assert sold(desk, "25571", AFTER) is None


async def test_only_the_rate_that_is_below_cost_is_raised(desk: Desk, service: SheetsService) -> None:
    desk.catalog.plans.add_rates(GOLD, [row("255", "0.60", origin="row")], **BY)
    desk.catalog.origins.set(GOLD, "row", ["1"], 0, **BY)
    desk.catalog.plans.add_rates(KESTREL, [row("255", "0.15"), row("255", "0.40", origin="others")], **BY)
    desk.catalog.origins.set(KESTREL, "others", ["1"], 0, **BY)
    other = SHEET.splitlines()[0] + "\n447,UK Mobile,0.03,2026-11-20,1/1\n"
    sheet = await checked(service, other)
    assert not (await service.Impact(pb.SheetRowsQuery(id=sheet.id), NOBODY)).leaks, "each pays more than he costs"
    desk.catalog.plans.add_rates(GOLD, [row("255", "0.38", origin="row")], **BY)
    sheet = await checked(service, other.replace("0.03", "0.031"))
    await service.Reprice(pb.SheetSale(id=sheet.id, codes=["255"]), NOBODY)
    prices = {origin: price for (_, origin), (price, _) in rates(desk, "255", AFTER).items()}
    assert prices == {"": units_of("0.25"), "row": units_of("0.40")}


async def test_all_that_are_blocked_are_those_that_had_calls(desk: Desk, service: SheetsService) -> None:
    desk.catalog.plans.add_rates(EURO, [row("255", "0.90")], **BY)
    sheet = await checked(service, DEAR)
    with pytest.raises(InputError, match="no code that is sold below cost had calls"):
        await service.Block(pb.SheetSale(id=sheet.id, every=True), NOBODY)
    assert sold(desk, "25571", AFTER) is None


async def test_what_is_only_thin_is_repriced_by_its_code(desk: Desk, service: SheetsService) -> None:
    await RateTermsService(desk).Set(op.FieldChanges(id=KESTREL, values={"least_margin_percent": "10"}), NOBODY)
    sheet = await checked(service, DEAR.replace("0.3", "0.24"))
    reply = await service.Impact(pb.SheetRowsQuery(id=sheet.id, kind="thin"), NOBODY)
    (one,) = [each for each in reply.leaks if each.code == "25571"]
    assert (one.kind, one.proposed_units, one.codes) == ("thin", units_of("0.2900"), 1), "the margin of the rest"
    assert one.minute_units == units_of("0.04")
    assert "sell 25571 0.2900" in await what(service.Reprice(asked(sheet), NOBODY))
