"""Rates with past validity make a proposal to charge calls anew: once, durably, and only where calls are concerned."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.rerating_service import ReratingService
from actors.desk.reratings import Reratings
from actors.desk.sheets import SheetsService
from actors.rerate_work import CountOrder
from domain.calls import Side
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PlanId
from domain.rates import RateRow
from domain.reratings import Counted
from protos import rerating_pb2 as pb
from protos import sheets_pb2
from tests.actors.desk.test_sheets import NOBODY, PLAN, SHEET, approval, checked, service, tasks, what
from tests.cluster.tasks.places import BY, DAY_MS, NOW, Place, a_place
from tests.cluster.tasks.test_leg_search import filled
from tests.domain.builders import ms, row
from tests.domain.call_builders import a_leg

__all__ = ["service", "tasks"]
BUY = PlanId(PLAN)
OCTOBER_22 = ms(2026, 10, 22)
PAST = SHEET.replace("2026-11-20", "2026-10-22")
NUMBER = "447911123456"


@pytest.fixture
def place(desk: Desk) -> Iterator[Place]:
    """The desk's first book."""
    with a_place(desk.home.data) as opened:
        yield opened


@pytest.fixture
def reratings(desk: Desk) -> ReratingService:
    return ReratingService(desk)


def with_calls(desk: Desk, place: Place, count: int = 6, sealed: int = 4, price: int = 2_460_000) -> None:
    """Calls that the plan charged at 0.0246 a minute, one a day, the last one a day before now."""
    version = desk.catalog.plans.get(BUY).version
    rated: dict[str, Any] = {
        "plan": BUY,
        "plan_version": version,
        "charge": price,
        "base_charge": price,
        "b": NUMBER,
        "code": "447",
    }
    legs = []
    for at in range(count):
        setup_ms = NOW - (count - at) * DAY_MS
        moments: dict[str, Any] = {"setup_ms": setup_ms, "connect_ms": setup_ms, "disconnect_ms": setup_ms + 60_000}
        legs.append(a_leg(f"c{at}", Side.VENDOR, **moments, **rated))
    filled(place, legs, sealed)


def entered(desk: Desk, *rows: RateRow) -> None:
    desk.catalog.plans.add_rates(BUY, rows, **BY)
    desk.reratings.wake()


def cheaper(since: int = OCTOBER_22, price: str = "0.0234") -> RateRow:
    return row("447", price, valid_from_ms=since)


async def listed(reratings: ReratingService, **query: Any) -> list[tuple[int, str, int, int]]:
    found = (await reratings.List(pb.RerateQuery(**query), NOBODY)).reratings
    return [(one.id, one.state, one.calls, one.difference.units) for one in found]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.desk.reratings.GATHER_S", 0)


async def test_a_decrease_of_last_week_is_proposed_with_its_sums(
    desk: Desk, place: Place, reratings: ReratingService
) -> None:
    with_calls(desk, place)
    entered(desk, cheaper())
    await desk.reratings.keep()
    [(number, state, calls, difference)] = await listed(reratings)
    assert (state, calls, difference) == ("proposed", 6, -6 * 120_000)
    one = await reratings.Show(pb.RerateRef(id=number), NOBODY)
    assert one.words == "buy-kestrel version 3: 6 calls, -0.0072 USD"
    assert (one.from_version, one.to_version, one.from_ms, one.until_ms) == (2, 3, OCTOBER_22, NOW)
    [group] = one.sums
    assert (group.partner, group.calls, group.before.units, group.after.units) == ("kestrel", 6, 14_760_000, 14_040_000)
    assert place.balances() == {}, "nothing is charged"


async def test_only_calls_from_the_moment_on_are_listed(desk: Desk, place: Place, reratings: ReratingService) -> None:
    with_calls(desk, place)
    entered(desk, cheaper(NOW - 2 * DAY_MS))
    await desk.reratings.keep()
    page = await reratings.Cdrs(pb.RerateCallsQuery(id=1, limit=1, offset=1), NOBODY)
    assert page.total == 2
    [call] = page.calls
    assert (call.number, call.at_ms, call.charge.units, call.new_charge.units) == (
        NUMBER, NOW - DAY_MS, 2_460_000, 2_340_000)  # fmt: skip
    assert (call.leg_id, call.code, call.new_code) == (a_leg("c5", Side.VENDOR).leg_id, "447", "447")
    assert (await reratings.Cdrs(pb.RerateCallsQuery(id=1, partner="nobody"), NOBODY)).total == 0
    table = b"".join([piece.data async for piece in reratings.Table(pb.RerateRef(id=1), NOBODY)])
    assert len(table.splitlines()) == 3
    with pytest.raises(NotFoundError, match="no destination"):
        await reratings.Cdrs(pb.RerateCallsQuery(id=1, destination="Atlantis"), NOBODY)


async def test_where_no_call_is_concerned_nothing_is_proposed_and_nobody_looks_again(
    desk: Desk, place: Place, reratings: ReratingService
) -> None:
    with_calls(desk, place)
    entered(desk, cheaper(), cheaper(NOW - 9 * DAY_MS, "0.0246"), row("254", "0.01"))
    await desk.reratings.keep()
    assert await listed(reratings) == []
    assert desk.catalog.reratings.unseen() == []
    assert not desk.home.reratings.exists()


async def test_a_proposal_that_the_desk_did_not_come_to_make_is_made_at_its_start(
    desk: Desk, place: Place, reratings: ReratingService
) -> None:
    with_calls(desk, place)
    desk.catalog.plans.add_rates(BUY, [cheaper()], **BY)
    desk.reratings = Reratings(desk)  # the desk of the next start, whom nobody tells of a change
    await desk.reratings.keep()
    assert await listed(reratings) == [(1, "proposed", 6, -720_000)]
    await desk.jobs.interrupted()
    assert await listed(reratings) == [(1, "proposed", 6, -720_000)]


async def test_a_count_that_fails_is_tried_again(
    desk: Desk, place: Place, reratings: ReratingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_calls(desk, place)
    entered(desk, cheaper())

    async def no_worker(_: object) -> None:
        raise OSError("no worker is free")

    with monkeypatch.context() as patched:
        patched.setattr(desk.tasks, "count_rerating", no_worker)
        with pytest.raises(OSError, match="no worker"):
            await desk.reratings.keep()
    assert await listed(reratings) == []
    await asyncio.wait_for(desk.reratings.keep(), 10)
    assert len(await listed(reratings)) == 1


async def test_a_newer_change_takes_the_proposal_over(desk: Desk, place: Place, reratings: ReratingService) -> None:
    with_calls(desk, place)
    entered(desk, cheaper())
    await desk.reratings.keep()
    entered(desk, cheaper(NOW - 3 * DAY_MS, "0.03"))
    await desk.reratings.keep()
    assert await listed(reratings) == [(2, "proposed", 6, 3 * 540_000 - 3 * 120_000), (1, "superseded", 6, -720_000)]
    assert (await reratings.Show(pb.RerateRef(id=1), NOBODY)).why == "by job 2"
    with pytest.raises(NotFoundError, match="superseded by job 2"):
        await reratings.Cdrs(pb.RerateCallsQuery(id=1), NOBODY)
    assert len(list(desk.home.reratings.iterdir())) == 1
    assert await listed(reratings, state="proposed", plan=PLAN) == [(2, "proposed", 6, 1_260_000)]
    with pytest.raises(InputError, match="unknown state"):
        await reratings.List(pb.RerateQuery(state="lost"), NOBODY)


async def test_a_proposal_is_counted_again_until_it_is_dismissed(
    desk: Desk, place: Place, reratings: ReratingService
) -> None:
    with_calls(desk, place, count=2)
    entered(desk, cheaper())
    await desk.reratings.keep()
    late = a_leg("late", Side.VENDOR, setup_ms=NOW - 5, connect_ms=NOW - 5, plan=BUY, plan_version=2, b=NUMBER)
    filled(place, [late], sealed=0)
    again = await reratings.Refresh(pb.RerateRef(id=1), NOBODY)
    assert (again.calls, again.state, again.words) == (3, "proposed", "buy-kestrel version 3: 3 calls, -0.0084 USD")
    with pytest.raises(InputError, match="Give a comment"):
        await reratings.Dismiss(pb.RerateDismissal(id=1, comment=" "), NOBODY)
    told = await what(reratings.Dismiss(pb.RerateDismissal(id=1, comment="as agreed"), NOBODY))
    assert told == "rerating 1 is dismissed: its calls stay as they were charged"
    assert (await reratings.Show(pb.RerateRef(id=1), NOBODY)).why == "as agreed"
    assert (await reratings.Cdrs(pb.RerateCallsQuery(id=1), NOBODY)).total == 3, "what was let be can be looked up"
    trail = [(one.who, one.action) for one in desk.catalog.audit.list() if one.noun == "rerating"]
    assert trail == [("desk", "dismiss"), ("desk", "refresh"), ("desk", "propose")]
    with pytest.raises(ConflictError, match="it is dismissed"):
        await reratings.Refresh(pb.RerateRef(id=1), NOBODY)


async def test_calls_of_a_proposal_that_is_dismissed_while_a_count_runs_are_not_proposed_again(
    desk: Desk, place: Place, reratings: ReratingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_calls(desk, place)
    entered(desk, cheaper())
    await desk.reratings.keep()
    entered(desk, cheaper(NOW - 3 * DAY_MS, "0.03"))
    count, dismissed = desk.tasks.count_rerating, list[str]()

    async def slow(order: CountOrder) -> Counted:
        counted: Counted = await count(order)
        if not dismissed:
            dismissed.append(await what(reratings.Dismiss(pb.RerateDismissal(id=1, comment="as agreed"), NOBODY)))
        return counted

    monkeypatch.setattr(desk.tasks, "count_rerating", slow)
    await desk.reratings.keep()
    assert dismissed and (1, "dismissed", 6, -720_000) in await listed(reratings)
    [(number, state, calls, difference)] = await listed(reratings, state="proposed")
    assert (number, state, calls) == (2, "proposed", 3), "what the newer change concerns, and no more"
    one = await reratings.Show(pb.RerateRef(id=2), NOBODY)
    assert (one.from_version, one.to_version, difference) == (3, 4, 3 * 540_000)


async def test_a_sheet_names_the_proposal_that_it_made_and_taking_it_back_ends_that(
    desk: Desk, place: Place, service: SheetsService, reratings: ReratingService
) -> None:
    with_calls(desk, place)
    sheet = await checked(service, PAST)
    for check in {one.check for one in sheet.checks if one.open}:
        decide = sheets_pb2.SheetVerdict(id=sheet.id, what="accept", check=check, comment="agreed by mail")
        await service.Decide(decide, NOBODY)
        sheet = [told async for told in service.Watch(sheets_pb2.SheetRef(id=sheet.id), NOBODY)][-1]
    await service.Approve(approval(sheet), NOBODY)
    told = await what(service.Apply(sheets_pb2.SheetRef(id=sheet.id), NOBODY))
    [(number, _, calls, _)] = await listed(reratings)
    assert calls > 0 and f"; rerating {number} (proposed): buy-kestrel version 3" in told
    assert list((await reratings.Show(pb.RerateRef(id=number), NOBODY)).sheets) == [sheet.id]
    notes = (await service.Show(sheets_pb2.SheetRef(id=sheet.id), NOBODY)).notes
    assert any(f"`switchboard rerating show {number}`" in note for note in notes)
    found = (await service.Findings(sheets_pb2.SheetRowsQuery(id=sheet.id, check="R34"), NOBODY)).findings
    assert found and all(f"; rerating {number} (proposed)" in one.words for one in found)
    undone = await what(service.Undo(sheets_pb2.SheetUndo(id=sheet.id), NOBODY))
    assert undone.endswith("; no call charged before differs")
    assert [state for _, state, *_ in await listed(reratings)] == ["superseded"]


async def test_a_sheet_of_tomorrow_says_nothing_of_calls(desk: Desk, place: Place, service: SheetsService) -> None:
    with_calls(desk, place)
    sheet = await checked(service)
    await service.Approve(approval(sheet), NOBODY)
    told = await what(service.Apply(sheets_pb2.SheetRef(id=sheet.id), NOBODY))
    assert "is applied" in told and "call" not in told


async def test_another_job_is_no_rerating(desk: Desk, reratings: ReratingService) -> None:
    async with desk.jobs.running("import", "day.csv"):
        with pytest.raises(NotFoundError, match="no rerating"):
            await reratings.Show(pb.RerateRef(id=1), NOBODY)
