"""Counting many legs at once gives what hearing of them one by one gives."""

from random import Random
from typing import Any

from hypothesis import given, settings

from cluster.tasks.leg_frames import LEG_SCHEMA, frame_of
from cluster.tasks.quality_counts import quality_samples, samples_of
from domain.calls import Leg, LegState, Side
from domain.ids import DestinationId
from domain.quality import BUCKET_MS, DestinationQuality, leg_seen
from domain.rates import Service
from store.book_rows import leg_row
from tests.cluster.tasks.places import DAY_MS, Place
from tests.cluster.tasks.test_leg_search import filled
from tests.domain.builders import NOON, dice
from tests.domain.call_builders import a_leg

WINDOWS = (BUCKET_MS, 3_600_000, DAY_MS, 2 * DAY_MS, 31 * DAY_MS)


def any_end(dice: Random, at: int) -> Leg:
    """A leg that ended at any time of the last weeks, mostly of the last day, however it ended."""
    side = dice.choice(list(Side))
    setup_ms = NOON + DAY_MS - dice.choice([dice.randrange(2 * DAY_MS), dice.randrange(35 * DAY_MS)])
    talked = dice.choice([0, 900, 6_000, 6_001, dice.randrange(20_000_000)])
    return a_leg(
        f"c{at}",
        side,
        partner=dice.choice(["one", "two"]),
        setup_ms=setup_ms,
        alert_ms=dice.choice([None, setup_ms, setup_ms + 2_000, setup_ms - 700]),
        connect_ms=dice.choice([None, setup_ms + 5_000]),
        duration_ms=talked,
        cause=dice.choice([0, 1, 16, 17, 19, 27, 31, 34, 102]),
        destination=DestinationId(dice.choice([1, 2])),
    )


def figures(of: DestinationQuality) -> list[Any]:
    sides = [(side, partner) for side in Side for partner in of.partners(side)]
    counts = [of.figures(*whose, window_ms, NOON) for whose in sides for window_ms in WINDOWS]
    return [sides, counts, dict(of.histogram(NOON).bins)]


@settings(max_examples=25)
@given(dice)
def test_samples_fill_a_destination_as_its_legs_would(dice: Random) -> None:
    legs = [any_end(dice, at) for at in range(80)]
    heard = {number: DestinationQuality(DestinationId(number)) for number in (1, 2)}
    filled_in = {number: DestinationQuality(DestinationId(number)) for number in (1, 2)}
    for leg in legs:
        heard[leg.destination].apply(leg_seen(leg), NOON)
    for sample in samples_of(frame_of([leg_row(leg, 0) for leg in legs], LEG_SCHEMA), NOON):
        filled_in[sample.destination].fill(sample, NOON)
    for number in (1, 2):
        assert figures(filled_in[number]) == figures(heard[number])


def test_samples_are_made_of_all_ended_calls_sealed_or_not(stored: Place) -> None:
    legs = [any_end(Random(at), at) for at in range(30)]
    open_leg = a_leg("open", state=LegState.OPEN)
    sessions = [a_leg(f"d{at}", service=service) for at, service in enumerate((Service.DATA, Service.MESSAGE))]
    filled(stored, [sessions[0], *legs, open_leg, sessions[1]], sealed=15)
    expected = samples_of(frame_of([leg_row(leg, 0) for leg in legs], LEG_SCHEMA), NOON)
    assert quality_samples(stored.home, NOON) == expected
    assert sum(sample.counts.attempts for sample in expected if sample.bucket is None) > 15
