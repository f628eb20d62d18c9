"""Calls that older versions charge after a change was looked at are found, whenever they are booked, and found once."""

from dataclasses import replace
from random import Random

import pytest

from actors.desk.core import Desk
from actors.desk.rerating_service import ReratingService
from actors.rerate_work import CountOrder
from domain.calls import Leg, LegState, Side
from domain.errors import InputError
from domain.ids import PlanId
from domain.reratings import Counted
from protos import rerating_pb2 as pb
from tests.actors.desk.test_reratings import BUY, NUMBER, at_once, cheaper, entered, listed, place, reratings
from tests.actors.desk.test_sheets import NOBODY
from tests.cluster.tasks.places import BY, DAY_MS, NOW, Place
from tests.cluster.tasks.test_leg_search import filled
from tests.domain.builders import row, rules
from tests.domain.call_builders import a_leg

__all__ = ["at_once", "place", "reratings"]
START = NOW - 20 * DAY_MS
PRICES = {"0.0246": 2_460_000, "0.0234": 2_340_000, "0.0300": 3_000_000}


def charged(name: str, version: int, units: int, at_ms: int = NOW - DAY_MS) -> Leg:
    """A minute that a version of the plan charged."""
    leg = a_leg(name, Side.VENDOR, setup_ms=at_ms, connect_ms=at_ms, disconnect_ms=at_ms + 60_000, b=NUMBER)
    return replace(leg, plan=BUY, plan_version=version, charge=units, base_charge=units, code="447")


async def test_calls_booked_by_an_older_version_after_the_count_are_found(
    desk: Desk, place: Place, reratings: ReratingService
) -> None:
    entered(desk, cheaper())
    await desk.reratings.keep()
    assert await listed(reratings) == []
    filled(place, [charged(f"late{at}", 2, 2_460_000) for at in range(5)], sealed=2)
    await desk.reratings.catch_up()
    assert await listed(reratings) == [(1, "proposed", 5, -5 * 120_000)]
    filled(place, [charged("later", 2, 2_460_000), charged("new", 3, 2_340_000)], sealed=0)
    await desk.reratings.catch_up()
    assert await listed(reratings, state="proposed") == [(2, "proposed", 6, -6 * 120_000)]
    await reratings.Dismiss(pb.RerateDismissal(id=2, comment="let be"), NOBODY)
    filled(place, [charged("last", 2, 2_460_000)], sealed=1)
    await desk.reratings.catch_up()
    assert await listed(reratings, state="proposed") == [(3, "proposed", 1, -120_000)]
    assert (await reratings.Cdrs(pb.RerateCallsQuery(id=2), NOBODY)).total == 6, "what was let be keeps its list"


async def test_a_version_for_later_leaves_what_is_proposed_of_calls_booked_late(
    desk: Desk, place: Place, reratings: ReratingService
) -> None:
    entered(desk, cheaper())
    await desk.reratings.keep()
    filled(place, [charged("late", 2, 2_460_000)], sealed=0)
    await desk.reratings.catch_up()
    entered(desk, row("33", "0.01", valid_from_ms=NOW + 20 * DAY_MS))
    await desk.reratings.keep()
    assert await listed(reratings, state="proposed") == [(2, "proposed", 1, -120_000)]


async def test_who_changed_a_plan_is_told_also_where_the_round_has_looked_before(
    desk: Desk, place: Place, reratings: ReratingService
) -> None:
    filled(place, [charged("old", 2, 2_460_000)], sealed=0)
    entered(desk, cheaper())
    await desk.reratings.keep()
    assert await desk.reratings.after(BUY) == "; rerating 1 (proposed): buy-kestrel version 3: 1 call, -0.0012 USD"
    await reratings.Dismiss(pb.RerateDismissal(id=1, comment="let be"), NOBODY)
    assert await desk.reratings.after(BUY) == "; no call charged before differs"


async def test_a_call_dated_ahead_of_its_booking_is_looked_at_with_the_change_that_begins_in_between(
    desk: Desk, place: Place, reratings: ReratingService
) -> None:
    filled(place, [charged("ahead", 2, 2_460_000, at_ms=NOW + 7_200_000)], sealed=0)
    entered(desk, cheaper(NOW + 3_600_000))
    await desk.reratings.keep()
    assert await listed(reratings) == [(1, "proposed", 1, -120_000)]


async def test_nobody_counts_where_nothing_was_booked_or_nothing_by_an_older_version(
    desk: Desk, place: Place, reratings: ReratingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered(desk, cheaper())
    await desk.reratings.keep()

    async def nobody(_: object) -> None:
        raise AssertionError("it was counted")

    monkeypatch.setattr(desk.tasks, "count_rerating", nobody)
    filled(place, [charged("new", 3, 2_340_000)], sealed=0)
    await desk.reratings.catch_up()
    monkeypatch.setattr(desk.tasks, "booked_since", nobody)
    await desk.reratings.catch_up()


async def test_a_round_that_fails_is_made_up_for_by_the_next(
    desk: Desk, place: Place, reratings: ReratingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered(desk, cheaper())
    await desk.reratings.keep()
    filled(place, [charged("late", 2, 2_460_000)], sealed=0)

    async def no_worker(_: object) -> None:
        raise OSError("no worker is free")

    with monkeypatch.context() as patched:
        patched.setattr(desk.tasks, "count_rerating", no_worker)
        with pytest.raises(OSError, match="no worker"):
            await desk.reratings.catch_up()
    await desk.reratings.catch_up()
    assert await listed(reratings) == [(1, "proposed", 1, -120_000)]


async def test_late_calls_of_a_plan_that_cannot_be_counted_keep_none_of_another_from_being_found(
    desk: Desk, place: Place, reratings: ReratingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.catalog.plans.add(rules(plan=PlanId("a-broken")), "buy", **BY)
    for price in ("0.0246", "0.0234"):
        desk.catalog.plans.add_rates(PlanId("a-broken"), [row("447", price)], **BY)
    entered(desk, cheaper())
    await desk.reratings.keep()
    late = charged("late", 2, 2_460_000)
    filled(place, [late, replace(charged("other", 2, 2_460_000), plan=PlanId("a-broken"))], sealed=0)
    count = desk.tasks.count_rerating

    async def but_one(order: CountOrder) -> Counted:
        if order.plan == BUY:
            return await count(order)
        raise InputError("it charges a call more than can be written")

    with monkeypatch.context() as patched:
        patched.setattr(desk.tasks, "count_rerating", but_one)
        with pytest.raises(InputError):
            await desk.reratings.catch_up()
    assert await listed(reratings) == [(1, "proposed", 1, -120_000)]
    await desk.reratings.catch_up()
    assert [one[1:] for one in await listed(reratings, state="proposed")] == [("proposed", 1, -120_000)] * 2


async def test_what_was_booked_before_anybody_looked_is_let_be(
    desk: Desk, place: Place, reratings: ReratingService
) -> None:
    """As after an upgrade: plans have marks, and no book has one."""
    desk.catalog.plans.add_rates(BUY, [cheaper()], **BY)
    [unseen] = desk.catalog.reratings.unseen()
    desk.catalog.reratings.seen(unseen, None, **BY)
    filled(place, [charged("old", 2, 2_460_000)], sealed=1)
    await desk.reratings.catch_up()
    assert await listed(reratings) == []
    filled(place, [charged("late", 2, 2_460_000)], sealed=0)
    await desk.reratings.catch_up()
    assert await listed(reratings) == [(1, "proposed", 1, -120_000)]


class House:
    """What a desk must have found: of each booked leg, the version up to which it was decided."""

    def __init__(self, desk: Desk, place: Place, reratings: ReratingService, dice: Random) -> None:
        self.desk, self.place, self.reratings, self.dice = desk, place, reratings, dice
        version = desk.catalog.plans.get(BUY).version
        self.prices = {version: "0.0246"}
        self.booked: dict[bytes, Leg] = {}
        self.decided: dict[bytes, int] = {}
        self.counted: set[bytes] = set()
        self.looked = version
        self.made = 0

    @property
    def version(self) -> int:
        return max(self.prices)

    async def book(self) -> None:
        """Book legs that any version charged, the newest or one before; some are sealed at once, some with the next."""
        legs = []
        for _ in range(self.dice.randrange(1, 4)):
            self.made += 1
            by = self.dice.choice([self.version, self.dice.choice(list(self.prices))])
            at_ms = START + self.dice.randrange(15 * DAY_MS)
            legs.append(charged(f"c{self.made}", by, PRICES[self.prices[by]], at_ms))
        filled(self.place, legs, sealed=self.dice.randrange(len(legs) + 1))
        for leg in legs:
            assert leg.state is LegState.CLOSED
            self.booked[leg.leg_id], self.decided[leg.leg_id] = leg, leg.plan_version

    async def publish(self) -> None:
        price = self.dice.choice([one for one in PRICES if one != self.prices[self.version]])
        entered(self.desk, cheaper(START, price))
        self.prices[self.desk.catalog.plans.get(BUY).version] = price

    async def announce(self) -> None:
        """Publish a version that charges no call of before otherwise."""
        before = self.prices[self.version]
        entered(self.desk, row("33", f"0.{self.version + 1}", valid_from_ms=NOW + 20 * DAY_MS))
        self.prices[self.desk.catalog.plans.get(BUY).version] = before

    async def look(self) -> None:
        goes_on = bool(await listed(self.reratings, state="proposed"))
        await self.desk.reratings.look(BUY)
        charging = {self.prices[version] for version in range(self.looked, self.version + 1)}
        if self.looked != self.version and (goes_on or len(charging) > 1):
            self._counted()
        self.looked = self.version

    async def catch_up(self) -> None:
        await self.desk.reratings.catch_up()
        if any(leg.plan_version < self.looked for id_, leg in self.booked.items() if id_ not in self.counted):
            self._counted()
        self.counted = set(self.booked)

    async def refresh(self) -> None:
        if self.looked == self.version:
            for number, *_ in await listed(self.reratings, state="proposed"):
                await self.reratings.Refresh(pb.RerateRef(id=number), NOBODY)
                self.counted = set(self.booked)

    async def dismiss(self) -> None:
        for number, *_ in await listed(self.reratings, state="proposed"):
            await self.reratings.Dismiss(pb.RerateDismissal(id=number, comment="let be"), NOBODY)
            self._decide()

    def _counted(self) -> None:
        self.counted, self.looked = set(self.booked), self.version
        if not self.expected():
            self._decide()

    def _decide(self) -> None:
        for id_ in self.counted:
            self.decided[id_] = max(self.decided[id_], self.looked)

    def expected(self) -> set[bytes]:
        now = PRICES[self.prices[self.looked]]
        return {
            id_
            for id_, leg in self.booked.items()
            if self.decided[id_] < self.looked and PRICES[self.prices[self.decided[id_]]] != now and leg.charge != now
        }

    async def settled(self) -> None:
        """Look at all; then the open proposal lists just what nobody decided about."""
        await self.look()
        await self.catch_up()
        found = [number for number, *_ in await listed(self.reratings, state="proposed")]
        calls = [
            call.leg_id
            for number in found
            for call in (await self.reratings.Cdrs(pb.RerateCallsQuery(id=number, limit=200), NOBODY)).calls
        ]
        assert len(calls) == len(set(calls)) and set(calls) == self.expected()


@pytest.mark.parametrize("seed", [*range(8), 99, 111])
async def test_in_any_order_each_call_is_found_once(
    desk: Desk, place: Place, reratings: ReratingService, seed: int
) -> None:
    entered(desk, cheaper(START, "0.0246"))
    await desk.reratings.keep()
    house = House(desk, place, reratings, Random(seed))
    steps = [
        house.book, house.book, house.publish, house.announce, house.look, house.catch_up, house.refresh, house.dismiss
    ]  # fmt: skip
    for _ in range(12):
        await house.dice.choice(steps)()
        if house.dice.random() < 0.3:
            await house.settled()
    await house.settled()


async def test_what_is_booked_while_it_is_counted_is_found_by_the_next_round(
    desk: Desk, place: Place, reratings: ReratingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(place, [charged("before", 2, 2_460_000)], sealed=0)
    entered(desk, cheaper())
    count = desk.tasks.count_rerating

    async def and_books(order: CountOrder) -> Counted:
        counted = await count(order)
        filled(place, [charged("meanwhile", 2, 2_460_000)], sealed=0)
        return counted

    with monkeypatch.context() as patched:
        patched.setattr(desk.tasks, "count_rerating", and_books)
        await desk.reratings.keep()
    assert await listed(reratings) == [(1, "proposed", 1, -120_000)]
    await desk.reratings.catch_up()
    assert await listed(reratings, state="proposed") == [(2, "proposed", 2, -240_000)]
