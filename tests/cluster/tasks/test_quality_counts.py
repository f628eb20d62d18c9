"""Counting many legs at once gives what hearing of them one by one gives."""

from array import array
from itertools import chain
from random import Random
from typing import Any

from hypothesis import given, settings

from cluster.tasks.leg_frames import LEG_SCHEMA, frame_of
from cluster.tasks.quality_counts import quality_refill, refill_of
from domain.calls import Leg, LegState, Side
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.quality import BUCKET_MS, leg_begun, leg_seen
from domain.quality_counts import keys_of
from domain.quality_refill import Refill
from domain.quality_series import Series
from domain.quality_state import Filling, QualityState
from domain.quality_windows import MOST_CALLS, SPANS, Window
from domain.rates import Service
from store.book_rows import leg_row
from tests.cluster.tasks.places import DAY_MS, Place
from tests.cluster.tasks.test_leg_search import filled
from tests.domain.builders import NOON, dice
from tests.domain.call_builders import a_leg

WINDOWS = (*SPANS.values(), Window(calls=20), Window(calls=MOST_CALLS))
COUNTRIES = {1: "GB", 2: "KE", 3: ""}
PRODUCTS = {TrunkId("in-a"): "gold", TrunkId("in-b"): ""}


def any_end(dice: Random, at: int) -> Leg:
    """A leg that ended at any time of the last weeks, mostly of the last day, however it ended."""
    side = dice.choice(list(Side))
    setup_ms = NOON + DAY_MS - dice.choice([dice.randrange(2 * DAY_MS), dice.randrange(35 * DAY_MS)])
    talked = dice.choice([0, 900, 6_000, 6_001, dice.randrange(20_000_000)])
    connect_ms = dice.choice([None, setup_ms + 5_000])
    return a_leg(
        f"c{at}",
        side,
        partner=dice.choice(["one", "two"]),
        trunk=dice.choice(["in-a", "in-b", "out-a"]),
        setup_ms=setup_ms,
        alert_ms=dice.choice([None, setup_ms, setup_ms + dice.randrange(50_000), setup_ms - 700]),
        connect_ms=connect_ms,
        disconnect_ms=dice.choice([None, setup_ms + 7_000, setup_ms + 5_000 + talked]),
        duration_ms=talked if connect_ms else 0,
        base_charge=dice.choice([0, dice.randrange(10**9)]),
        cause=dice.choice([0, 1, 16, 17, 19, 27, 31, 34, 102]),
        destination=DestinationId(dice.choice([1, 2, 3])),
    )


def heard_of(legs: list[Leg], now_ms: int = NOON) -> QualityState:
    state = QualityState(lambda destination: COUNTRIES[destination], (), PRODUCTS.get)
    for leg in legs:
        state.end(leg_seen(leg), now_ms)
    return state


def filled_with(refill: Refill, now_ms: int = NOON) -> QualityState:
    filling = Filling(lambda destination: COUNTRIES[destination], (), PRODUCTS.get)
    for piece in refill.pieces():
        filling.state.fill(piece, now_ms)
    return filling.done(now_ms)


def refill_by(legs: list[Leg], **fields: Any) -> Refill:
    return refill_of(
        frame_of([leg_row(leg, 0) for leg in legs], LEG_SCHEMA), COUNTRIES, NOON, products=PRODUCTS, **fields
    )


def figures(of: QualityState) -> list[Any]:
    counts = of.counts
    found: list[Any] = [counts.destinations(), len(counts)]
    for side in Side:
        for where in counts.destinations():
            for partner in counts.partners(side, where):
                sold = (*PRODUCTS.items(), ("out-a", None))
                keys = (keys_of(side, partner, where, COUNTRIES[where], trunk, product) for trunk, product in sold)
                for key in dict.fromkeys(chain(*keys)):
                    found += [
                        (key, counts.figures(key, window, NOON), counts.tally(key, window, NOON).sums)
                        for window in WINDOWS
                    ]
    found += [counts.minutes(PartnerId(name), NOON // DAY_MS - days) for name in ("one", "two") for days in (0, 20)]
    found += [of.totals.total(side, window_ms, NOON) for side in Side for window_ms in (BUCKET_MS, DAY_MS)]
    found += [(where, dict(its.histogram(NOON).bins)) for where, its in sorted(of.durations.items()) if its]
    return found


@settings(max_examples=15, deadline=None)
@given(dice)
def test_a_refill_gives_every_figure_that_hearing_of_the_legs_gives(dice: Random) -> None:
    count = dice.choice([80, 1_500])
    if count > 80:
        seed = dice.randrange(1_000)
        legs = [any_end(Random(seed * 10_000 + at), at) for at in range(count)]
    else:
        legs = [any_end(dice, at) for at in range(count)]
    assert _known(figures(heard_of(legs))) == _known(figures(filled_with(refill_by(legs))))


def _known(found: list[Any]) -> list[Any]:
    """All but destinations without any answered call, which only the state that heard of them names."""
    return [its for its in found if not (isinstance(its, tuple) and its[1] == {})]


def test_the_same_series_come_of_a_refill() -> None:
    legs = [any_end(Random(at), at) for at in range(2_000)]
    filled_in, heard = filled_with(refill_by(legs)), heard_of(legs)
    for key in (Side.VENDOR, "one", 1), (Side.VENDOR, "one", "KE"), (Side.VENDOR, "", 2), (Side.CLIENT, "two", ""):
        series, other = heard.counts.series(key), filled_in.counts.series(key)
        assert isinstance(series, Series)
        assert isinstance(other, Series)
        assert list(series.calls()) == list(other.calls())
        assert len(list(series.calls())) > 50


def test_a_leg_that_is_heard_of_while_it_is_filled_in_counts_once() -> None:
    legs = [any_end(Random(at), at) for at in range(60)]
    read, late = legs[:50], legs[40:]
    filling = Filling(lambda destination: COUNTRIES[destination], (), PRODUCTS.get)
    filling.hear([leg_begun(leg) for leg in legs[30:55]])
    filling.hear([leg_seen(leg) for leg in late])
    for piece in refill_by(read, ended={leg.leg_id for leg in read}).pieces():
        filling.state.fill(piece, NOON)
    state = filling.done(NOON)
    assert _known(figures(state)) == _known(figures(heard_of(legs)))
    assert state.counts.open_calls((Side.VENDOR, "one", "")) == 0
    assert not state.end(leg_seen(legs[45]), NOON)
    assert _known(figures(state)) == _known(figures(heard_of(legs)))


def test_a_refill_is_made_of_all_ended_calls_sealed_or_not_and_names_those_that_are_open(stored: Place) -> None:
    legs = [any_end(Random(at), at) for at in range(30)]
    open_leg = a_leg("open", state=LegState.OPEN)
    sessions = [a_leg(f"d{at}", service=service) for at, service in enumerate((Service.DATA, Service.MESSAGE))]
    filled(stored, [sessions[0], *legs, open_leg, sessions[1]], sealed=15)
    made = quality_refill(stored.home, NOON)
    expected = refill_of(frame_of([leg_row(leg, 0) for leg in legs], LEG_SCHEMA), {}, NOON)
    assert (made.durations, made.totals, made.talk) == (expected.durations, expected.totals, expected.talk)
    assert [(one.key, one.calls, one.charges) for one in made.series] == [
        (one.key, one.calls, one.charges) for one in expected.series
    ]
    assert sum(len(one.calls) for one in made.series) > 40
    assert made.begun == (leg_begun(open_leg),)
    assert {leg.leg_id for leg in legs if leg.setup_ms > NOON - 29 * DAY_MS} <= made.ended
    assert isinstance(made.series[0].calls, array)
