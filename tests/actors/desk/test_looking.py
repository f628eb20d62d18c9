"""Looking at rates through the desk: in two times, plans beside each other, vendors, margins."""

import asyncio
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.looking import LookingService
from actors.look_work import Compared, CompareLook, Earned, MarginLook, Offered, VendorsLook
from cluster.tasks.looks import compare_plans, compare_vendors, plan_margin
from domain.errors import InputError, NotFoundError
from domain.ids import PlanId
from protos import looking_pb2 as pb
from tests.actors.desk.conftest import Here
from tests.cluster.tasks.places import NOW
from tests.domain.builders import DAY_MS, ms, row

NOBODY: Any = None
BUY = PlanId("buy-kestrel")


class Looking(Here):
    """The tasks, without Ray."""

    async def compare_plans(self, look: CompareLook) -> Compared:
        return compare_plans(self.home, look)

    async def compare_vendors(self, look: VendorsLook) -> Offered:
        return compare_vendors(self.home, look)

    async def plan_margin(self, look: MarginLook) -> Earned:
        return plan_margin(self.home, look)


@pytest.fixture
async def service(desk: Desk) -> LookingService:
    desk.tasks = Looking(desk.home)
    return LookingService(desk)


def dearer(desk: Desk, price: str, at_ms: int, days: int = 0) -> None:
    """Let 447 cost otherwise from a moment on, known some days after NOW."""
    rates = [row("447", price, valid_from_ms=at_ms)]
    desk.catalog.plans.add_rates(BUY, rates, who="ada", at_ms=NOW + days * DAY_MS)


async def test_rates_of_a_number_are_told_longest_first_with_what_is_to_come(
    desk: Desk, service: LookingService
) -> None:
    dearer(desk, "0.03", ms(2026, 11, 20))
    desk.catalog.plans.add_rates(BUY, [row("44", "0.05")], who="ada", at_ms=NOW)
    found = await service.Show(pb.NumberQuery(plan=BUY, number="+447911123456"), NOBODY)
    told = [(one.rate.code, one.standing, one.previous_price_units) for one in found.rates]
    assert told == [("447", "in force", 0), ("447", "to come", 2_460_000), ("44", "behind a longer code", 0)]
    with pytest.raises(NotFoundError, match="no rate for 33"):
        await service.Show(pb.NumberQuery(plan=BUY, number="33"), NOBODY)


async def test_a_plan_is_seen_at_any_moment_as_known_at_any(desk: Desk, service: LookingService) -> None:
    dearer(desk, "0.03", ms(2026, 11, 20), days=1)
    dearer(desk, "0.04", ms(2026, 11, 20), days=2)

    async def price(days: int, **query: Any) -> list[int]:
        asked = pb.RatesQuery(plan=BUY, text="447", known_at_ms=NOW + days * DAY_MS, **query)
        return [one.rate.next_price_units for one in (await service.Find(asked, NOBODY)).rates]

    after = ms(2026, 11, 21)
    assert [await price(days, valid_at_ms=after) for days in (0, 1, 2)] == [[2_460_000], [3_000_000], [4_000_000]]
    assert await price(2) == [2_460_000, 4_000_000], "now or later"
    history = await service.History(pb.HistoryQuery(plan=BUY, code="447"), NOBODY)
    assert history.total == 4
    known = [(one.rate.next_price_units, one.rate.known_from_ms, one.known_until_ms) for one in history.rates]
    assert (3_000_000, NOW + DAY_MS, NOW + 2 * DAY_MS) in known and (4_000_000, NOW + 2 * DAY_MS, 0) in known


async def test_a_filter_is_a_code_or_part_of_a_destination(desk: Desk, service: LookingService) -> None:
    async def codes(text: str) -> list[str]:
        return [one.rate.code for one in (await service.Find(pb.RatesQuery(plan=BUY, text=text), NOBODY)).rates]

    assert await codes("") == ["254", "447"]
    assert (await codes("2"), await codes("mobile"), await codes("KEN"), await codes("mars")) == (
        ["254"], ["447"], ["254"], [],
    )  # fmt: skip


async def test_plans_are_compared_by_what_numbers_cost(desk: Desk, service: LookingService) -> None:
    query = pb.CompareQuery(plan=BUY, other="sell")
    found = await service.Compare(query, NOBODY)
    told = {one.code: (one.kind, one.price_units, one.other_price_units, one.other_code) for one in found.differences}
    assert told == {
        "00": ("extra", 0, 1_000_000, "00"),
        "254": ("dearer", 7_000_000, 10_000_000, "254"),
        "44": ("extra", 0, 3_000_000, "44"),
        "447": ("dearer", 2_460_000, 3_000_000, "44"),
    }
    assert dict(found.kinds)["dearer"] == 2 and found.codes == 4 and found.currency == "USD"
    one = await service.Compare(pb.CompareQuery(plan=BUY, other="sell", kind="dearer", text="kenya"), NOBODY)
    assert [each.code for each in one.differences] == ["254"] and one.total == 1
    by_name = await service.Compare(pb.CompareQuery(plan=BUY, other="sell", by_destination=True), NOBODY)
    kenya = next(each for each in by_name.destinations if each.destination == "Kenya")
    assert (kenya.dearer, kenya.rise_units, kenya.HasField("fall_units")) == (1, 3_000_000, False)
    with pytest.raises(InputError, match="no difference of the kind"):
        await service.Compare(pb.CompareQuery(plan=BUY, other="sell", kind="worse"), NOBODY)


async def test_vendors_stand_side_by_side_best_first(service: LookingService) -> None:
    found = await service.Vendors(pb.VendorsQuery(text="447911123456"), NOBODY)
    (codes,) = found.codes
    assert [(one.vendor, one.own_code, one.base_price_units) for one in codes.offers] == [
        ("bluewire", "4", 2_000_000),
        ("kestrel", "447", 2_460_000),
    ]
    assert [(one.vendor, one.best, dict(one.dearer_than)) for one in found.vendors] == [
        ("bluewire", 1, {}),
        ("kestrel", 0, {"bluewire": 1}),
    ]
    by_name = await service.Vendors(pb.VendorsQuery(text="Kenya"), NOBODY)
    assert [(list(one.codes), [each.vendor for each in one.offers]) for one in by_name.codes] == [
        (["254"], ["kestrel"])
    ]
    assert [(one.vendor, one.codes) for one in by_name.vendors] == [("kestrel", 1), ("bluewire", 0)]
    with pytest.raises(NotFoundError, match="no destination 'Mars'"):
        await service.Vendors(pb.VendorsQuery(text="Mars"), NOBODY)


async def test_a_vendor_whose_prices_depend_on_who_calls_is_shown_with_them(
    desk: Desk, service: LookingService
) -> None:
    at_ms = NOW - DAY_MS
    desk.catalog.origins.set(BUY, "EEA", ["33", "49"], at_ms, who="ada", at_ms=NOW)
    groups = [row("91", "0.006", origin="EEA"), row("91", "0.045", origin="rest"), row("911", "0.05", origin="rest")]
    desk.catalog.plans.add_rates(BUY, groups, who="ada", at_ms=NOW)

    async def asked(**caller: Any) -> tuple[list[tuple[str, int]], list[tuple[str, int, int, int]]]:
        found = await service.Vendors(pb.VendorsQuery(text="91", **caller), NOBODY)
        offers = [(code, one.base_price_units) for group in found.codes for one in group.offers for code in group.codes]
        kestrel = next(one for one in found.vendors if one.vendor == "kestrel")
        return offers, [(one.origin, one.codes, one.lowest_units, one.highest_units) for one in kestrel.by_caller]

    by_group = [("EEA", 2, 600_000, 600_000), ("rest", 2, 4_500_000, 5_000_000)]
    assert await asked() == ([], by_group)
    assert await asked(caller="+33612345678") == ([("91", 600_000), ("911", 600_000)], [])
    for caller in ("12025550100", "", "anonymous"):
        assert await asked(caller=caller) == ([("91", 4_500_000), ("911", 5_000_000)], []), caller
    desk.catalog.plans.add_rates(BUY, [row("911", "0.04")], who="ada", at_ms=NOW)
    await desk.publish()
    offers, callers = await asked()
    assert (offers, callers[0][1]) == ([("911", 4_000_000)], 1), "just what has no price for any caller"


async def test_a_sell_plan_stands_beside_its_costs_under_water_first(service: LookingService) -> None:
    found = await service.Margin(pb.MarginQuery(plan="sell-eu"), NOBODY)
    assert [(one.code, one.vendor, one.price_units, one.cost_units) for one in found.margins] == [
        ("44", "bluewire", 3_493_951, 2_000_000)
    ], "447 is blocked"
    sold = await service.Margin(pb.MarginQuery(plan="sell"), NOBODY)
    told = [(one.code, one.vendor, one.margin_units, one.margin_bp) for one in sold.margins]
    assert told == [
        ("44", "bluewire", 1_000_000, 3333),
        ("447", "bluewire", 1_000_000, 3333),
        ("254", "kestrel", 3_000_000, 3000),
        ("00", "", 0, 0),
    ]
    assert not sold.margins[-1].HasField("cost_units")
    assert (sold.codes, sold.under, sold.unserved) == (4, 0, 1)
    few = await service.Margin(pb.MarginQuery(plan="sell", code="254"), NOBODY)
    assert [one.code for one in few.margins] == ["254"]
    with pytest.raises(InputError, match="does not sell calls"):
        await service.Margin(pb.MarginQuery(plan=BUY), NOBODY)


async def test_vendors_on_many_screens_are_looked_at_once_until_something_is_published(
    desk: Desk, service: LookingService
) -> None:
    looked: list[VendorsLook] = []

    class Counted(Looking):
        async def compare_vendors(self, look: VendorsLook) -> Offered:
            looked.append(look)
            return await super().compare_vendors(look)

    desk.tasks = Counted(desk.home)
    pages = await asyncio.gather(*(service.Vendors(pb.VendorsQuery(text="447"), NOBODY) for _ in range(10)))
    assert len(looked) == 1 and all(page == pages[0] for page in pages) and pages[0].codes
    await service.Vendors(pb.VendorsQuery(text="447", at_ms=NOW + DAY_MS), NOBODY)
    await service.Vendors(pb.VendorsQuery(text="447", limit=1), NOBODY)
    assert len(looked) == 3, "another question is another one"
    await desk.publish()
    await service.Vendors(pb.VendorsQuery(text="447"), NOBODY)
    assert len(looked) == 4
