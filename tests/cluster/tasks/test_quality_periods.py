"""Quality of a period is that of counting its legs one by one, wherever they lie."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings

from cluster.tasks.quality_periods import period_buckets
from domain.calls import Leg, LegState, Side
from domain.cause_classes import CauseClass, class_of
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.quality_periods import CauseSeen, PeriodAsked, PeriodSums
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
