"""What clients have yet to be told is counted when it can have changed; no client keeps another from its own."""

from dataclasses import replace

import pytest

from actors.desk.core import Desk
from actors.notice_work import DueSum, ExportOrder
from domain.clock import Clock
from domain.errors import NotFoundError
from domain.ids import PartnerId, PlanId
from domain.sheets.terms import NoticeDays, RateTerms
from protos import notices_pb2 as pb
from tests.actors.desk.noticing import ANN, BOB, DAY_MS, NOBODY, Teller, contract_of
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import row

PAM = "pam@pampas.example"


@pytest.fixture
async def teller(desk: Desk) -> Teller:
    """A desk with two clients that were told all of their plans."""
    teller = Teller(desk)
    await desk.write(lambda catalog: catalog.rate_clients.since(NOW + 60_000))
    desk.clock = Clock(NOW + 120_000, 0, 0.0)
    teller.contacts("orbita", ANN)
    teller.contacts("pampas", PAM)
    await teller.told()
    await teller.told(partner="pampas", plan="sell-eu")
    return teller


def damage(teller: Teller, notice: int) -> None:
    """Cut what a client was told short."""
    file = teller.rounds._making.dues.folder.part(notice, "rates")
    file.write_bytes(file.read_bytes()[:100])


async def test_a_damaged_file_keeps_no_other_from_its_notice_and_alarm(desk: Desk, teller: Teller) -> None:
    damage(teller, 1)
    teller.raised()
    teller.rate(row("254", "0.5", valid_from_ms=NOW + 2 * DAY_MS), plan="sell-eu")
    await teller.rounds.look()
    assert [one.partner for one in teller.notices()] == ["orbita", "pampas", "pampas"]
    assert "what orbita was told of sell cannot be read" in teller.alarms["notices not made"]
    assert teller.alarms["rates"].startswith("rates: 1 client must be told by") and "pampas" in teller.alarms["rates"]
    said = {one.partner: one.words for one in await teller.due()}
    assert "what orbita was told of sell cannot be read" in said["orbita"] and not said["pampas"]


async def test_who_cannot_be_told_keeps_no_other_from_a_notice_made_by_hand(desk: Desk, teller: Teller) -> None:
    damage(teller, 1)
    teller.raised()
    teller.rate(row("254", "0.5", valid_from_ms=NOW + 2 * DAY_MS), plan="sell-eu")
    made = await teller.service.Make(pb.NoticeOrder(), NOBODY)
    assert [one.partner for one in made.notices] == ["pampas"]
    [words] = made.left_out
    assert words.startswith("orbita, plan sell: ") and "cannot be read" in words
    with pytest.raises(NotFoundError, match="cannot be read"):
        await teller.service.Make(pb.NoticeOrder(partner="orbita"), NOBODY)


async def test_what_fails_otherwise_keeps_no_other_from_its_notice_either(
    desk: Desk, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller.raised()
    teller.rate(row("254", "0.5", valid_from_ms=NOW + 2 * DAY_MS), plan="sell-eu")
    work = desk.tasks.due_sum

    async def dying(order: object) -> object:
        if getattr(order, "partner", "") == "orbita":
            raise MemoryError("the worker was ended")
        return await work(order)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.tasks, "due_sum", dying)
    await teller.rounds.look()
    assert [one.partner for one in teller.notices()] == ["orbita", "pampas", "pampas"]
    assert "MemoryError: the worker was ended" in teller.alarms["notices not made"]
    assert "pampas" in teller.alarms["rates"]
    said = {one.partner: one.words for one in await teller.due()}
    assert "MemoryError: the worker was ended" in said["orbita"] and not said["pampas"]


async def test_told_otherwise_mends_a_damaged_file(desk: Desk, teller: Teller) -> None:
    damage(teller, 1)
    teller.raised()
    await teller.service.Told(pb.ToldOtherwise(partner="orbita", plan="sell"), NOBODY)
    teller.raised("0.3")
    await teller.rounds.look()
    assert teller.alarms["notices not made"] == "" and teller.notices()[-1].partner == "orbita"


class Counted:
    """The clients for whom what is due was counted."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.orders = list[ExportOrder]()
        self._work = desk.tasks.due_sum
        monkeypatch.setattr(desk.tasks, "due_sum", self._count)

    async def _count(self, order: ExportOrder) -> DueSum:
        self.orders.append(order)
        return await self._work(order)


@pytest.fixture
def counted(desk: Desk, teller: Teller, monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(desk, monkeypatch)


def at(desk: Desk, ms: int) -> None:
    desk.clock = Clock(ms, 0, 0.0)


async def test_what_holds_already_is_counted_once(desk: Desk, teller: Teller, counted: Counted) -> None:
    teller.rate(row("33", "0.5", valid_from_ms=NOW - DAY_MS))
    for minute in range(3, 8):
        at(desk, NOW + minute * 60_000)
        await teller.rounds.round()
        (due,) = await teller.due(partner="orbita", plan="sell")
        assert (due.kinds["new"], due.tell_by_ms, due.late) == (1, NOW + minute * 60_000, 0), "it is to be told now"
        assert teller.alarms["rates"].startswith("rates: 1 client must be told at once: orbita")
    assert len(counted.orders) == 1


async def test_what_is_due_is_counted_anew_when_anything_turns_late(
    desk: Desk, teller: Teller, counted: Counted
) -> None:
    plan = PlanId("sell")
    desk.catalog.rate_terms.set(plan, RateTerms(counted=NoticeDays.HOURS), **BY)
    first, following = NOW + 7 * DAY_MS + 3_600_000, NOW + 7 * DAY_MS + 7_200_000
    teller.rate(row("254", "0.5", valid_from_ms=first), row("44", "5", valid_from_ms=following))
    for at_ms, late, counts in (
        (NOW + 1_800_000, 0, 1), (NOW + 3_600_000, 0, 1), (NOW + 3_600_001, 1, 2), (NOW + 7_200_000, 1, 2),
        (NOW + 7_200_001, 2, 3), (NOW + 7_300_000, 2, 3), (NOW + DAY_MS, 2, 4),
    ):  # fmt: skip
        at(desk, at_ms)
        (due,) = await teller.due(partner="orbita", plan="sell")
        assert (due.late, len(counted.orders)) == (late, counts), at_ms - NOW
    desk.catalog.rate_terms.set(plan, RateTerms(counted=NoticeDays.CALENDAR), **BY)
    await teller.due(partner="orbita", plan="sell")
    assert len(counted.orders) == 5, "days are counted otherwise"
    teller.contacts("orbita", ANN, BOB)
    await teller.due(partner="orbita", plan="sell")
    assert len(counted.orders) == 5, "whom it goes to does not matter"


async def test_clients_for_whom_all_is_alike_are_counted_once(desk: Desk, teller: Teller, counted: Counted) -> None:
    plan = PlanId("sell")
    for partner in ("naked", "bluewire"):
        teller.contacts(partner, f"rates@{partner}.example")
        desk.catalog.plans.assign(plan, PartnerId(partner), **BY)
        await teller.told(partner=partner)
    counted.orders.clear()
    teller.raised()
    found = await teller.due(plan="sell")
    assert [one.kinds["increase"] for one in found] == [1, 1, 1] and len(counted.orders) == 1
    contract = contract_of(desk, "naked")
    naked = desk.catalog.partners.terms(PartnerId("naked"))
    desk.catalog.partners.change(naked.partner, replace(contract, increase_notice_days=20), [], None, [], **BY)
    late = {one.partner: one.late for one in await teller.due(plan="sell")}
    assert late == {"bluewire": 0, "naked": 1, "orbita": 0} and len(counted.orders) == 2
    await teller.told()
    due = await teller.due(plan="sell", all=True)
    assert {one.partner: one.kinds.get("increase", 0) for one in due} == {"bluewire": 1, "naked": 1, "orbita": 0}
    assert len(counted.orders) == 3
