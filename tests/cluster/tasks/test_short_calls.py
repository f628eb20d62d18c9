"""Short calls are counted from the legs, whether they are sealed or not."""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.tasks import CallCountQuery
from cluster.tasks.short_calls import count_calls
from domain.calls import Leg, LegState, Side
from domain.ids import DestinationId
from domain.rates import Service
from domain.short_calls import CallCount
from tests.cluster.tasks.places import Place, a_place
from tests.cluster.tasks.test_leg_search import filled
from tests.domain.builders import NOON, dice
from tests.domain.call_builders import KESTREL, ORBITA, a_leg

HOUR_MS = 3_600_000
CODES = ((), ("44",), ("44", "447911", "254"), ("1",))


def any_call(dice: Random, at: int) -> Leg:
    side = dice.choice(list(Side))
    return a_leg(
        f"c{at}",
        side,
        dice.choice([*[LegState.CLOSED] * 4, LegState.PARTIAL, LegState.OPEN]),
        partner=dice.choice(["orbita", "minnow"]) if side is Side.CLIENT else "kestrel",
        setup_ms=NOON - dice.randrange(30 * HOUR_MS),
        connect_ms=dice.choice([None, *[NOON - dice.randrange(30 * HOUR_MS)] * 3]),
        duration_ms=dice.choice([0, 1, 5_999, 6_000, 6_001, 60_000]),
        b=dice.choice(["447911123456", "442079460000", "254722000111"]),
        destination=DestinationId(dice.randrange(1, 4)),
        service=dice.choice([*[Service.VOICE] * 4, Service.DATA]),
    )


def by_hand(legs: list[Leg], query: CallCountQuery) -> list[CallCount]:
    answered: Counter[tuple[DestinationId, str]] = Counter()
    short: Counter[tuple[DestinationId, str]] = Counter()
    for leg in legs:
        code = max((code for code in query.codes if leg.b.startswith(code)), key=len, default="")
        if leg.state is LegState.OPEN or not leg.answered or leg.service is not Service.VOICE:
            continue
        if (leg.partner, leg.side) != (query.partner, query.side) or (query.codes and not code):
            continue
        if query.from_ms <= leg.day_ms < query.to_ms:
            answered[leg.destination, code] += 1
            short[leg.destination, code] += leg.duration_ms <= query.within_s * 1000
    return [CallCount(*key, answered[key], short[key]) for key in sorted(answered)]


@settings(max_examples=10)
@given(dice, st.sampled_from(CODES), st.sampled_from([(ORBITA, Side.CLIENT), (KESTREL, Side.VENDOR)]))
def test_the_count_is_that_of_all_legs_one_by_one(
    dice: Random, codes: tuple[str, ...], whose: tuple[str, Side]
) -> None:
    legs = [any_call(dice, at) for at in range(80)]
    partner, side = ORBITA if whose[0] == ORBITA else KESTREL, whose[1]
    with a_place() as place:
        filled(place, legs, sealed=dice.randrange(81))
        from_ms = NOON - dice.randrange(40 * HOUR_MS)
        query = CallCountQuery(partner, side, from_ms, from_ms + dice.randrange(1, 20 * HOUR_MS), 6, codes)
        for asked in (query, replace(query, from_ms=0, to_ms=2 * NOON)):
            assert count_calls(place.home, asked) == by_hand(legs, asked)


def test_both_stores_count_the_same(stored: Place) -> None:
    legs = [any_call(Random(at), at) for at in range(60)]
    filled(stored, legs, sealed=30)
    for codes in CODES:
        query = CallCountQuery(ORBITA, Side.CLIENT, 0, 2 * NOON, 6, codes)
        assert count_calls(stored.home, query) == by_hand(legs, query)
