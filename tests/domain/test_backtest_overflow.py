"""Calls that find their vendor full, against a count of every single one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.backtest_overflow import AMPLE, Away, Course, Overflow, Seat, Standing, goes_on
from domain.backtest_room import Bound, Counted, Room
from domain.backtests import STAYS, Fate, Was, Way
from domain.causes import Cause
from domain.ids import DestinationId, PartnerId, PlanId, TrunkId
from tests.domain.builders import NOON, dice

VENDORS = tuple(map(PartnerId, ("nordlink", "savanna", "kestrel")))
N, S, K = (Way(vendor, PlanId("p"), TrunkId(f"{vendor}-out")) for vendor in VENDORS)
N2 = N._replace(trunk=TrunkId("nordlink-2"))
ANY = Counted(PartnerId("orbita"), TrunkId("in"), DestinationId(1), "447")


def standing(carrier: Way, way: Way | None, ways: tuple[Way, ...], *failed: Way, answered: bool = True) -> Standing:
    was = Was(carrier.vendor, frozenset(one.vendor for one in failed), answered)
    return Standing(was, carrier.trunk, way, (), ways)


@pytest.mark.parametrize(
    ("call", "full", "becomes"),
    [
        (standing(S, N, (N, K)), (N,), Fate(K)),
        (standing(S, N, (N, S, K)), (N,), STAYS),  # its carrier is the next one
        (standing(S, N, (N, S, K)), (N, S), Fate(K)),
        (standing(S, N, (N, N2, K)), (N,), Fate(N2)),  # another trunk of the same vendor
        (standing(S, None, (N, S, K)), (S,), Fate(K)),  # who was passed over for another reason stays so
        (standing(S, None, (N, K)), (S,), Fate(N)),  # its carrier is none of its ways
        (standing(S, N, (N, K, S), K), (N,), STAYS),
        (standing(S, N, (N, K, N2), K), (N,), Fate(N2, (K.vendor,))),  # who failed it does so again
        (standing(S, N, (N, S)), (N, S), Fate(None, (), Cause.NO_ROUTE)),
        (standing(S, N, (N, K), K, S, answered=False), (N,), STAYS),  # nobody answered it there
        (standing(S, None, (S, K, N), K, S, answered=False), (S,), Fate(N, (K.vendor,))),
    ],
)
def test_a_call_goes_on_to_the_next_that_has_room(call: Standing, full: tuple[Way, ...], becomes: Fate) -> None:
    where = {(way.vendor, way.trunk) for way in full}
    assert goes_on(call, lambda vendor, trunk: (vendor, trunk) not in where) == becomes


@dataclass(frozen=True, slots=True)
class Leg:
    """A call that a policy gives to the first of its ways, or (without any) an attempt that failed and takes room."""

    at: Way
    since_ms: int
    end_ms: int
    ways: tuple[Way, ...] = ()
    number: str = "447"

    def counted(self) -> Counted:
        return ANY._replace(b=self.number)


BOUNDS = (
    Bound(Room.TRUNK, "n", VENDORS[0], N.trunk, max_calls=2),
    Bound(Room.TRUNK, "s", VENDORS[1], S.trunk, max_calls=3, max_cps=2),
    Bound(Room.LIMIT, "of all", VENDORS[0], max_calls=3),
    Bound(Room.LIMIT, "mobile", VENDORS[2], code="4479", max_calls=1, max_cps=1),
)


def any_legs(random: Random, count: int) -> list[Leg]:
    """Legs in order of time: bursts, so that bounds are met at times and not at others."""
    legs, at_ms = [], NOON
    for _ in range(count):
        at_ms += random.choice([0, 0, 1, 130, 400, 2_500, 60_000 if random.random() < 0.1 else 5])
        ways = tuple(random.sample((N, N2, S, K), random.randint(1, 4)))
        end_ms = at_ms + random.choice([1, 300, 4_000, 30_000])
        number = random.choice(("4479", "4470"))
        legs.append(Leg(ways[0], at_ms, end_ms, ways if random.random() < 0.9 else (), number))
    return legs


def one_by_one(legs: Sequence[Leg], bounds: Sequence[Bound] = BOUNDS) -> dict[int, Way | None]:
    """Return who has each call that does not have its first way, counting all that are there before it."""
    placed: list[tuple[Way, Leg]] = []
    found: dict[int, Way | None] = {}
    for place, leg in enumerate(legs):

        def has_room(way: Way, leg: Leg = leg) -> bool:
            for bound in bounds:
                if bound.holds(leg.since_ms) and bound.counts(way.vendor, way.trunk, leg.counted()):
                    its = [one for at, one in placed if bound.counts(at.vendor, at.trunk, one.counted())]
                    if bound.max_calls is not None and sum(one.end_ms > leg.since_ms for one in its) >= bound.max_calls:
                        return False
                    same = sum(one.since_ms // 1000 == leg.since_ms // 1000 for one in its)
                    if bound.max_cps is not None and same >= bound.max_cps:
                        return False
            return True

        where: Way | None = leg.at
        if leg.ways and not has_room(leg.at):
            where = found[place] = next(filter(has_room, leg.ways[1:]), None)
        if where is not None:
            placed.append((where, leg))
    return found


class Rows:
    """The calls among legs that begin in a stretch of time, with the room that all legs leave them."""

    def __init__(self, legs: Sequence[Leg], courses: Sequence[Course], from_ms: int, until_ms: int) -> None:
        self.seats = []
        for order, leg in enumerate(legs):
            its = [
                place for place, bound in enumerate(BOUNDS) if bound.counts(leg.at.vendor, leg.at.trunk, leg.counted())
            ]
            if its and leg.ways and from_ms <= leg.since_ms < until_ms:
                spare = [_less(courses[place].spare(order, leg.since_ms)) for place in its]
                slack = [_less(courses[place].slack(order, leg.since_ms)) for place in its]
                self.seats.append(Seat(order, order, leg.since_ms, leg.end_ms, its, spare, slack))

    def from_place(self, place: int) -> Iterator[Seat]:
        return iter(self.seats[place:])

    def trouble_from(self, place: int) -> int | None:
        full = (at for at in range(place, len(self.seats)) if min(*self.seats[at].spare, *self.seats[at].slack) < 0)
        return next(full, None)


def _less(room: int) -> int:
    return room if room == AMPLE else room - 1


def followed(legs: Sequence[Leg], *cuts_ms: int) -> dict[int, Way | None]:
    """Return the same by what overflows alone, in parts: each sees the legs that are open in it, and who is away."""
    found: dict[int, Way | None] = {}
    away: tuple[Away, ...] = ()
    for from_ms, until_ms in pairwise((NOON, *sorted(cuts_ms), NOON + 10**9)):
        calls = [one for one in legs if one.since_ms < until_ms and one.end_ms > from_ms]
        courses = [_course(bound, calls) for bound in BOUNDS]
        overflow, asked = Overflow(courses, away), _Asked(calls)
        goes = overflow.follow(Rows(calls, courses, from_ms, until_ms), asked.standing, asked.bounds)
        for call, fate in goes:
            found[legs.index(calls[call])] = None if fate.refusal else fate.way or K
        away = overflow.away(until_ms)
    return found


class _Asked:
    def __init__(self, calls: Sequence[Leg]) -> None:
        self._calls = calls

    def standing(self, call: int) -> Standing:
        return standing(K, self._calls[call].at, self._calls[call].ways)

    def bounds(self, call: int, vendor: PartnerId, trunk: TrunkId) -> list[int]:
        its = self._calls[call].counted()
        return [place for place, bound in enumerate(BOUNDS) if bound.counts(vendor, trunk, its)]


def _course(bound: Bound, legs: Sequence[Leg]) -> Course:
    its = [(order, one) for order, one in enumerate(legs) if bound.counts(one.at.vendor, one.at.trunk, one.counted())]
    begun, setups = [order for order, _ in its], [one.since_ms for _, one in its]
    return Course(bound, begun, setups, sorted(one.end_ms for _, one in its))


@settings(max_examples=60, deadline=None)
@given(dice, st.integers(1, 250), st.lists(st.integers(1, 60).map(lambda at_s: NOON + 1000 * at_s), max_size=3))
def test_what_is_followed_is_what_a_count_of_every_call_finds(random: Random, count: int, cuts_ms: list[int]) -> None:
    """However it is cut: at whole seconds, as parts are."""
    legs = list(dict.fromkeys(any_legs(random, count)))
    assert followed(legs, *cuts_ms) == followed(legs) == one_by_one(legs)


def test_calls_do_overflow() -> None:
    found = one_by_one(any_legs(Random(1), 400))
    assert len(found) > 50 and {None, N, N2, S, K} <= {*found.values()}
