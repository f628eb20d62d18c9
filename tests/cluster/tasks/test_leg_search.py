"""Lists of legs are those of a plain search through all of them, wherever they lie."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from actors.tasks import FoundLeg, LegQuery
from cluster.tasks.leg_search import find_legs
from cluster.tasks.segments import draft_segments
from domain.booking import fingerprint
from domain.calls import Leg, LegState, Side
from domain.cause_classes import CauseClass, ends_of
from domain.ids import CallKey, DestinationId, LegId
from domain.rates import Service, Unit
from store.book import Writes
from tests.cluster.tasks.places import DAY_MS, NOW, Place, a_place
from tests.domain.builders import NOON, dice
from tests.domain.call_builders import a_leg

MOVED: dict[str, Any] = {"service": Service.DATA, "unit": Unit.MEGABYTE, "volume": 13_143, "billed_volume": 13}


def any_leg(dice: Random, at: int) -> Leg:
    side = dice.choice(list(Side))
    partner = dice.choice(["orbita", "minnow"]) if side is Side.CLIENT else "kestrel"
    setup_ms = NOON - dice.randrange(3 * DAY_MS)
    return a_leg(
        f"c{at // 2}",
        side,
        dice.choice([LegState.CLOSED, LegState.CLOSED, LegState.OPEN]),
        session=f"s{at}",
        partner=partner,
        setup_ms=setup_ms,
        alert_ms=dice.choice([None, setup_ms + 900]),
        connect_ms=dice.choice([None, setup_ms, setup_ms + 8_000]),
        cause=dice.choice([16, 34]),
        trunk=dice.choice(["one", "other"]),
        destination=DestinationId(dice.choice([1, 2])),
        b=dice.choice(["447911123456", "254722000111"]),
        **dice.choice(
            [{}, {}, {"service": Service.DATA, "unit": Unit.MEGABYTE, "volume": 13_143, "billed_volume": 13}]
        ),
    )


def filled(place: Place, legs: list[Leg], sealed: int) -> dict[LegId, str]:
    """Put legs into the book and seal the first so many of them; returns the segment of each."""
    segments: dict[LegId, str] = {}
    for some, seal in ((legs[:sealed], True), (legs[sealed:], False)):
        place.shard.book.commit(Writes(legs={leg.leg_id: (leg, fingerprint(leg)) for leg in some}))
        if seal:
            held = [leg.leg_id for leg in some if leg.state is LegState.CLOSED]  # provisional ends are not sealed yet
            drafts = draft_segments(place.home, 0)
            place.shard.seal(drafts, NOW)
            days = {draft.day: draft.segment for draft in drafts}
            segments = {leg.leg_id: days[leg.day_ms // DAY_MS] for leg in some if leg.leg_id in held}
    return segments


def matches(leg: Leg, query: LegQuery) -> bool:
    return (
        query.partner in ("", leg.partner)
        and query.side in ("", leg.side)
        and (query.number in leg.a or query.number in leg.b)
        and query.from_ms <= leg.day_ms < query.to_ms
        and (not query.call_keys or leg.call_key in query.call_keys)
        and query.leg_id in (b"", leg.leg_id)
        and (leg.answered or not query.answered_only)
        and (leg.state is LegState.OPEN or not query.open_only)
        and query.trunk in ("", leg.trunk)
        and query.destination in (0, leg.destination)
        and (query.ends is None or _ended_so(leg, query.ends))
    )


def _ended_so(leg: Leg, ends: frozenset[tuple[int, bool]]) -> bool:
    over = leg.state is not LegState.OPEN and not leg.answered
    return over and (leg.cause, leg.alert_ms is not None) in ends


def any_query(dice: Random, legs: list[Leg]) -> LegQuery:
    one = dice.choice(legs)
    from_ms = dice.choice([0, 0, NOON - dice.randrange(4 * DAY_MS)])
    fields = {
        "partner": one.partner, "side": one.side.value, "number": dice.choice(["7220", "4479", "1202"]),
        "call_keys": (one.call_key, dice.choice(legs).call_key), "leg_id": one.leg_id, "answered_only": True,
        "open_only": True, "trunk": one.trunk, "destination": one.destination,
        "ends": dice.choice([ends_of(CauseClass.NO_ANSWER), ends_of(None, frozenset({34})), frozenset()]),
        "to_ms": from_ms + dice.randrange(3 * DAY_MS) if from_ms else NOON - dice.randrange(3 * DAY_MS),
    }  # fmt: skip
    chosen = {name: fields[name] for name in dice.sample(sorted(fields), dice.choice([0, 0, 1, 1, 2]))}
    return LegQuery(from_ms=from_ms, limit=dice.choice([1, 5, 50]), offset=dice.choice([0, 0, 3, 20]), **chosen)  # type: ignore[arg-type]  # each has its field's type


@settings(max_examples=8)
@given(dice)
def test_a_list_is_what_a_search_through_all_legs_gives(dice: Random) -> None:
    legs = [any_leg(dice, at) for at in range(60)]
    with a_place() as place:
        segments = filled(place, legs, sealed=dice.randrange(61))
        for query in [any_query(dice, legs) for _ in range(12)]:
            expected = sorted((leg for leg in legs if matches(leg, query)), key=lambda leg: (-leg.day_ms, leg.leg_id))
            page, total = find_legs(place.home, query)
            assert total == len(expected)
            assert [found.leg for found in page] == expected[query.offset :][: query.limit]
            assert all(found.segment == segments.get(found.leg.leg_id, "") for found in page)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with a_place(tmp_path) as opened:
        yield opened


def test_a_file_that_no_segment_row_names_is_not_read(place: Place) -> None:
    filled(place, [a_leg("c1")], sealed=1)
    stray = next(place.home.segments.glob("*/*.parquet"))
    (stray.parent / "0-900-901.parquet").write_bytes(stray.read_bytes())
    assert find_legs(place.home, LegQuery())[1] == 1


def test_segments_of_other_days_are_not_opened(place: Place) -> None:
    filled(place, [a_leg("c1", connect_ms=NOON - 5 * DAY_MS), a_leg("c2")], sealed=2)
    old = min(place.home.segments.glob("*/*.parquet"))
    old.unlink()
    found, total = find_legs(place.home, LegQuery(from_ms=NOON - DAY_MS))
    assert ([one.leg.call_key for one in found], total) == ([a_leg("c2").call_key], 1)


def test_both_stores_list_the_same(stored: Place) -> None:
    legs = [any_leg(Random(at), at) for at in range(20)]
    filled(stored, legs, sealed=10)
    page, total = find_legs(stored.home, LegQuery(number="7220", partner="orbita"))
    expected = {leg.leg_id for leg in legs if "7220" in leg.b and leg.partner == "orbita"}
    assert {found.leg.leg_id for found in page} == expected and total == len(expected)


def test_an_unknown_leg_is_found_nowhere(stored: Place) -> None:
    assert find_legs(stored.home, LegQuery(leg_id=LegId(b"x" * 16))) == ([], 0)
    assert find_legs(stored.home, LegQuery(call_keys=(CallKey(b"x" * 16),))) == (list[FoundLeg](), 0)
