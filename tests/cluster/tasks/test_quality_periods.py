"""Quality of a period is that of counting its legs one by one, wherever they lie."""

from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given, settings

from cluster.tasks.quality_periods import period_buckets, period_margins
from domain.calls import Leg, LegState, Side
from domain.cause_classes import CauseClass, class_of
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.quality_periods import CauseSeen, PeriodAsked, PeriodSums, whole_margin
from tests.cluster.tasks.places import DAY_MS, Place, a_place
from tests.cluster.tasks.test_leg_search import filled
from tests.domain.builders import NOON, dice
from tests.domain.call_builders import a_leg

QUARTER_MS = 900_000


def any_leg(dice: Random, at: int) -> Leg:
    setup_ms = NOON - dice.randrange(2 * DAY_MS)
    state = dice.choice([LegState.CLOSED, LegState.CLOSED, LegState.OPEN])
    connect_ms = dice.choice([None, setup_ms + dice.randrange(90_000)])
    ended = state is LegState.CLOSED
    return a_leg(
        f"c{at}",
        dice.choice(list(Side)),
        state,
        partner=dice.choice(["one", "two"]),
        trunk=dice.choice(["one-a", "one-b"]),
        setup_ms=setup_ms,
        alert_ms=dice.choice([None, setup_ms + dice.randrange(9_000), setup_ms - 50]),
        connect_ms=connect_ms,
        duration_ms=dice.choice([900, 6_000, 90_000]) if connect_ms and ended else 0,
        base_charge=dice.randrange(10**9) if ended else 0,
        cause=dice.choice([0, 1, 16, 17, 19, 27, 31, 34, 102]) if ended else 0,
        destination=DestinationId(dice.choice([1, 2])),
    )


def nearest(values: list[int], percent: int) -> int | None:
    values = sorted(values)
    return next((one for rank, one in enumerate(values, 1) if 100 * rank >= percent * len(values)), None)


def by_hand(legs: list[Leg]) -> PeriodSums:
    ended = [leg for leg in legs if leg.state is not LegState.OPEN]
    talking = [leg for leg in legs if leg.state is LegState.OPEN and leg.answered]
    answered = [leg for leg in ended if leg.answered]
    delays = [max(leg.alert_ms - leg.setup_ms, 0) for leg in ended if leg.alert_ms is not None]
    causes: dict[tuple[int, CauseClass], int] = {}
    for leg in ended:
        its = leg.cause, class_of(leg.cause, answered=leg.answered, alerted=leg.alert_ms is not None)
        causes[its] = causes.get(its, 0) + 1
    seen = [CauseSeen(*its, calls) for its, calls in sorted(causes.items(), key=lambda one: (-one[1], one[0]))]
    return PeriodSums(
        attempts=len(ended) + len(talking),
        answered=len(answered) + len(talking),
        open_calls=len(talking),
        short=sum(leg.duration_ms <= 6_000 for leg in answered),
        talk_ms=sum(leg.duration_ms for leg in answered),
        units=sum(leg.base_charge for leg in ended),
        pdd_p50_ms=nearest(delays, 50),
        pdd_p95_ms=nearest(delays, 95),
        causes=tuple(seen),
    )


@settings(max_examples=8, deadline=None)
@given(dice)
def test_every_bucket_of_a_period_is_what_counting_its_legs_gives(dice: Random) -> None:
    legs = [any_leg(dice, at) for at in range(80)]
    asked = PeriodAsked(
        side=dice.choice(list(Side)),
        from_ms=NOON - dice.randrange(2 * DAY_MS),
        until_ms=NOON - dice.randrange(DAY_MS // 2),
        bucket_ms=QUARTER_MS * dice.choice([1, 4, 96]),
        partner=dice.choice([None, PartnerId("one")]),
        destination=dice.choice([None, DestinationId(2)]),
        trunk=dice.choice([None, None, TrunkId("one-b")]),
    )
    if asked.from_ms >= asked.until_ms:
        asked = replace(asked, from_ms=asked.until_ms - 1)
    meant = [
        leg
        for leg in legs
        if leg.side is asked.side
        and asked.from_ms <= leg.setup_ms < asked.until_ms
        and asked.partner in (None, leg.partner)
        and asked.destination in (None, leg.destination)
        and asked.trunk in (None, leg.trunk)
        and (leg.state is not LegState.OPEN or leg.answered)
    ]
    with a_place() as place:
        filled(place, legs, sealed=dice.randrange(81))
        found, total = period_buckets(place.home, asked)
    starts = {leg.setup_ms // asked.bucket_ms * asked.bucket_ms for leg in meant}
    expected = {
        start: by_hand([leg for leg in meant if leg.setup_ms // asked.bucket_ms * asked.bucket_ms == start])
        for start in starts
    }
    assert found == expected
    assert total == by_hand(meant)


def test_a_leg_that_connects_after_midnight_counts_where_it_was_set_up(stored: Place) -> None:
    midnight = NOON // DAY_MS * DAY_MS
    filled(stored, [a_leg("c1", setup_ms=midnight - 2_000, connect_ms=midnight + 5_000)], sealed=1)
    asked = PeriodAsked(Side.CLIENT, midnight - QUARTER_MS, midnight, QUARTER_MS)
    assert period_buckets(stored.home, asked)[1].answered == 1


def a_call(name: str, revenue: int, *attempts: tuple[str, int], client: str = "one", at_ms: int = NOON) -> list[Leg]:
    """A call and who was tried for it: all but the last one failed; nobody answered where there is no revenue."""
    connect_ms = at_ms + 5_000 if revenue else None
    talk: dict[str, Any] = {"connect_ms": connect_ms, "duration_ms": 60_000 if revenue else 0, "setup_ms": at_ms}
    legs = [a_leg(name, Side.CLIENT, session="in", partner=client, base_charge=revenue, **talk)]
    for place, (vendor, cost) in enumerate(attempts, 1):
        its: dict[str, Any] = (
            talk if place == len(attempts) else {"connect_ms": None, "duration_ms": 0, "setup_ms": at_ms}
        )
        legs.append(a_leg(name, Side.VENDOR, session=f"out{place}", partner=vendor, base_charge=cost, **its))
    return legs


def test_a_client_earns_what_it_paid_less_what_all_vendors_took_and_a_vendor_what_its_answers_brought(
    stored: Place,
) -> None:
    legs = [
        *a_call("c1", 500, ("a", 7), ("b", 300)),
        *a_call("c2", 400, ("a", 250)),
        *a_call("c3", 0, ("a", 3), ("b", 2)),
        *a_call("c4", 900, ("b", 950), client="two"),
        a_leg("c5", Side.VENDOR, partner="b", base_charge=40, setup_ms=NOON, connect_ms=NOON),
    ]
    filled(stored, legs, sealed=6)
    both = {side: PeriodAsked(side, NOON - 1, NOON + 1, QUARTER_MS) for side in Side}
    clients = period_margins(stored.home, both[Side.CLIENT])
    assert [(one.partner, one.legs, one.answered, one.revenue, one.cost, one.unpaired) for one in clients] == [
        ("one", 3, 2, 900, 562, 0),
        ("two", 1, 1, 900, 950, 0),
    ]
    vendors = period_margins(stored.home, both[Side.VENDOR])
    assert [(one.partner, one.legs, one.answered, one.revenue, one.cost, one.unpaired) for one in vendors] == [
        ("b", 4, 3, 1_400, 1_292, 1),
        ("a", 3, 1, 400, 260, 0),
    ]
    whole, other = whole_margin(clients), whole_margin(vendors)
    assert whole.revenue == other.revenue
    assert whole.cost == other.cost - 40, "the leg without a client's side"
    only = period_margins(stored.home, replace(both[Side.VENDOR], partner=PartnerId("a")))
    assert [one.partner for one in only] == ["a"]


def test_the_other_side_of_a_call_may_be_set_up_outside_of_the_period(stored: Place) -> None:
    client, vendor = a_call("c1", 500, ("a", 300))
    filled(stored, [client, replace(vendor, setup_ms=NOON + QUARTER_MS)], sealed=2)
    [one] = period_margins(stored.home, PeriodAsked(Side.CLIENT, NOON - 1, NOON + 1, QUARTER_MS))
    assert (one.revenue, one.cost) == (500, 300)
