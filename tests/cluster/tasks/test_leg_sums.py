"""Sums over legs are exact, whether they are sealed or not."""

from collections import Counter
from random import Random
from typing import Any

from hypothesis import given, settings

from actors.tasks import TrafficRow
from cluster.tasks.leg_sums import proof, traffic
from domain.calls import Leg, LegState, Side
from domain.codes import CodeSeed
from domain.ids import DestinationId
from tests.cluster.tasks.places import DAY_MS, Place, a_catalog, a_place
from tests.cluster.tasks.test_leg_search import any_leg, filled
from tests.domain.builders import NOON, dice
from tests.domain.call_builders import ORBITA, USD, a_leg


def by_hand(legs: list[Leg], from_ms: int, to_ms: int, partner: str) -> dict[tuple[Any, ...], Counter[str]]:
    sums: dict[tuple[Any, ...], Counter[str]] = {}
    for leg in legs:
        if leg.state is LegState.OPEN or not from_ms <= leg.day_ms < to_ms or partner not in ("", leg.partner):
            continue
        key = (leg.partner, leg.side, leg.destination, leg.price, leg.rate_type, leg.currency, leg.service, leg.unit)
        sums.setdefault(key, Counter()).update(
            attempts=1,
            answered=int(leg.answered),
            talk_ms=leg.duration_ms,
            billed_s=leg.billed_s,
            charge=leg.charge,
            base_charge=leg.base_charge,
            volume=leg.volume,
            billed_volume=leg.billed_volume,
        )
    return sums


def by_key(rows: list[TrafficRow]) -> dict[tuple[Any, ...], Counter[str]]:
    names = ("attempts", "answered", "talk_ms", "billed_s", "charge", "base_charge", "volume", "billed_volume")
    return {
        (r.partner, r.side, r.destination, r.price, r.rate_type, r.currency, r.service, r.unit): Counter(
            {name: getattr(r, name) for name in names}
        )
        for r in rows
    }


@settings(max_examples=8)
@given(dice)
def test_traffic_is_what_adding_up_by_hand_gives(dice: Random) -> None:
    legs = [any_leg(dice, at) for at in range(60)]
    with a_place() as place:
        filled(place, legs, sealed=dice.randrange(61))
        for partner in ("", "kestrel"):
            from_ms = NOON - dice.randrange(3 * DAY_MS)
            to_ms = from_ms + dice.randrange(1, 2 * DAY_MS)
            rows = traffic(place.home, from_ms, to_ms, partner)
            assert by_key(rows) == by_hand(legs, from_ms, to_ms, partner)


def test_both_stores_add_up_the_same(stored: Place) -> None:
    legs = [any_leg(Random(at), at) for at in range(20)]
    filled(stored, legs, sealed=10)
    assert by_key(traffic(stored.home, 0, 2 * NOON)) == by_hand(legs, 0, 2 * NOON, "")
    client = [leg for leg in legs if leg.partner == ORBITA]
    sums = (sum(leg.charge for leg in client), sum(leg.base_charge for leg in client))
    assert proof(stored.home).charged[ORBITA, Side.CLIENT, USD] == sums


def test_what_was_billed_stays_where_it_was_when_codes_move() -> None:
    with a_place() as place:
        catalog = a_catalog(place.home.catalog_url())
        filled(place, [any_leg(Random(at), at) for at in range(20)], sealed=10)
        before = place.legs(), by_key(traffic(place.home, 0, 2 * NOON))
        moved = [CodeSeed(code, "Elsewhere") for code in ("44", "447", "254")]
        catalog.code_changes.move(moved, 0, who="ada", at_ms=NOON)
        catalog.close()
        assert (place.legs(), by_key(traffic(place.home, 0, 2 * NOON))) == before


def test_sums_beyond_64_bits_are_exact() -> None:
    dear = 2**62
    legs = [a_leg(f"c{at}", charge=dear, base_charge=dear) for at in range(4)]
    with a_place() as place:
        for leg in legs:  # one by one: a book itself refuses sums beyond 64 bits, loudly
            filled(place, [leg], sealed=1)
        assert proof(place.home).charged[ORBITA, Side.CLIENT, USD] == (4 * dear, 4 * dear)
        [row] = traffic(place.home, 0, 2 * NOON)
        assert (row.charge, row.destination, row.attempts) == (4 * dear, DestinationId(1), 4)
