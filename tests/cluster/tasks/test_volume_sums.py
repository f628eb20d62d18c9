"""Adding up what counts for commitments and swaps gives what hearing of the calls one by one gives."""

from dataclasses import replace
from random import Random

import polars as pl
from hypothesis import given, settings

from cluster.tasks.leg_frames import LEG_SCHEMA, frame_of
from cluster.tasks.segments import book_reader, scan
from cluster.tasks.volume_sums import SUMMED, held_for, segments_for, volume_sums
from domain.calls import Leg, LegState
from domain.ids import DestinationId, PartnerId
from domain.quality import leg_seen
from domain.quantities.counting import VolumeCounts, VolumeFilled
from domain.quantities.standing import HOUR_MS
from domain.quantities.volumes import Commitment, Swap, Volume
from domain.rates import Service
from store.book_rows import leg_row
from tests.cluster.tasks.places import DAY_MS, Place
from tests.cluster.tasks.test_leg_search import filled
from tests.cluster.tasks.test_quality_counts import COUNTRIES, any_end
from tests.domain.builders import NOON, dice
from tests.domain.quantities.volumes import USD

ONE = PartnerId("one")
PERIOD = NOON - 20 * DAY_MS, NOON + DAY_MS // 2
VOLUMES: tuple[Volume, ...] = (
    Commitment("all", ONE, *PERIOD, minutes=1),
    Commitment("gb", ONE, *PERIOD, country="GB", minutes=1),
    Commitment("two", PartnerId("two"), *PERIOD, destination=DestinationId(2), minutes=1),
    Commitment("money", ONE, *PERIOD, units=1, currency=USD),
    Commitment("code", ONE, *PERIOD, code="4479", minutes=1),
    Commitment("none", ONE, *PERIOD, code="99", minutes=1),
    Swap("both", ONE, NOON - DAY_MS, NOON, low=-5, high=5),
    Swap("both-money", ONE, *PERIOD, currency=USD, low=-5, high=5),
)


def heard(legs: list[Leg]) -> list[VolumeFilled]:
    counts = VolumeCounts(lambda destination: COUNTRIES[destination], VOLUMES)
    counts.fill(VolumeFilled(one.key, 0, 0) for one in VOLUMES)
    for leg in legs:
        counts.end(leg_seen(leg))
    found = []
    for one in VOLUMES:
        its = counts.counted(one)
        assert its is not None
        lately = {hour: sum_ for hour, sum_ in its.hours.items() if hour * HOUR_MS > NOON - 8 * DAY_MS and sum_}
        found.append(VolumeFilled(one.key, its.came, its.went, tuple(sorted(lately.items()))))
    return found


@settings(max_examples=20, deadline=None)
@given(dice)
def test_sums_are_those_of_calls_that_are_heard_one_by_one(dice: Random) -> None:
    legs = [any_end(dice, at) for at in range(60)]
    held = frame_of([leg_row(leg, 0) for leg in legs], LEG_SCHEMA).select(SUMMED.keys())
    nothing = pl.LazyFrame(schema=SUMMED)
    assert list(volume_sums(VOLUMES, held, nothing, COUNTRIES, NOON)) == heard(legs)
    assert list(volume_sums(VOLUMES, held.clear(), held.lazy(), COUNTRIES, NOON)) == heard(legs)


def test_calls_count_whether_they_are_sealed_or_not(stored: Place) -> None:
    legs = [any_end(Random(at), at) for at in range(60)]
    data = replace(any_end(Random(90), 90), service=Service.DATA)
    going = replace(any_end(Random(91), 91), state=LegState.OPEN)
    filled(stored, [*legs, data, going], sealed=30)
    with_held, segments = [pl.DataFrame(schema=SUMMED)], []
    for _, book in book_reader(stored.home).every():
        with_held.append(held_for(book, VOLUMES))
        segments += segments_for(book.segments(), VOLUMES)
    assert len(with_held[1]) > 10, "some are not sealed"
    sealed = scan(stored.home, segments).filter(pl.col("service") == Service.VOICE.value)
    assert list(volume_sums(VOLUMES, pl.concat(with_held), sealed, COUNTRIES, NOON)) == heard(legs)


def test_where_nothing_was_agreed_nothing_is_read(stored: Place) -> None:
    for _, book in book_reader(stored.home).every():
        assert held_for(book, ()).is_empty()
    assert volume_sums((), pl.DataFrame(schema=SUMMED), pl.LazyFrame(schema=SUMMED), {}, NOON) == ()
