"""Calls of a back-test that find their vendor full: where they go on to, one after another in order of time.

How full everything is where nobody overflows is known beforehand, by the column. So calls are followed one by one only
from the first that finds no room until the last one that went elsewhere has ended: then all is as it is known again.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import NamedTuple, Protocol

from domain.backtest_room import Bound
from domain.backtests import STAYS, Fate, Was, Way
from domain.causes import Cause
from domain.ids import PartnerId, TrunkId

SECOND_MS = 1_000
AMPLE = 1 << 40
"""Room where nothing is bounded."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A call that looks for room: how it went, who has it by the policy (`way`, None: `trunk` of its carrier, as it
    was), who failed it `ahead` of him, and all `ways` of its ranking."""

    was: Was
    trunk: TrunkId
    way: Way | None
    ahead: tuple[PartnerId, ...]
    ways: tuple[Way, ...]


def goes_on(call: Standing, fits: Callable[[PartnerId, TrunkId], bool]) -> Fate:
    """Return what becomes of a call whose vendor is full: the next of its ways that has room, behind that one.

    Who failed it then fails it again; where its carrier comes next it is as it was. With nobody left it is refused as
    live calls are.
    """
    was, stays = call.was, call.way is None
    ahead = list(call.ahead)
    for way in call.ways[_next(call) :]:
        failed = way.vendor in was.failed
        if not stays and (way.vendor == was.carrier or (failed and not was.answered)):
            if fits(was.carrier, call.trunk):
                return STAYS
        elif failed:
            ahead += [way.vendor] if way.vendor != was.carrier else []
        elif fits(way.vendor, way.trunk):
            return Fate(way, tuple(ahead))
    return Fate(None, tuple(ahead), Cause.NO_ROUTE)


def _next(call: Standing) -> int:
    """Return the place behind that of who has a call; the first one where he is none of its ways."""
    vendor, trunk = (call.way.vendor, call.way.trunk) if call.way is not None else (call.was.carrier, call.trunk)
    its = [place for place, way in enumerate(call.ways) if way.vendor == vendor]
    same = [place for place in its if call.ways[place].trunk == trunk]
    return (same or its)[0] + 1 if its else 0


class Seat(NamedTuple):
    """A call that begins: its place among the calls, in the order of all legs, and at which bounds. `spare`: how many
    more could be open at each, and `slack`: begin in the same second, where nobody overflows; below 0: one too many."""

    call: int
    order: int
    since_ms: int
    end_ms: int
    bounds: Sequence[int]
    spare: Sequence[int]
    slack: Sequence[int]


class Seats(Protocol):
    """The calls that touch a bound, in order."""

    def from_place(self, place: int) -> Iterator[Seat]:
        """Return those from a place on."""

    def trouble_from(self, place: int) -> int | None:
        """Return the first place from one on where a call is too many though nobody overflows."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a bound is used where nobody overflows: of its legs the places in the order of all (`begun`) and their
    setups, both rising, and their ends, rising by themselves."""

    bound: Bound
    begun: Sequence[int]
    setups: Sequence[int]
    ends: Sequence[int]

    def spare(self, order: int, at_ms: int) -> int:
        """Return how many calls could begin at a moment, ahead of the leg of this place in the order."""
        if self.bound.max_calls is None or not self.bound.holds(at_ms):
            return AMPLE
        return self.bound.max_calls - bisect_left(self.begun, order) + bisect_right(self.ends, at_ms)

    def slack(self, order: int, at_ms: int) -> int:
        """Return how many could in its second of the clock."""
        if self.bound.max_cps is None or not self.bound.holds(at_ms):
            return AMPLE
        begun = bisect_left(self.begun, order) - bisect_left(self.setups, at_ms - at_ms % SECOND_MS)
        return self.bound.max_cps - begun


class Away(NamedTuple):
    """A call that went elsewhere, or nowhere, until it ends: the bounds that it `left`, and those that it `took`."""

    end_ms: int
    since_ms: int
    left: tuple[int, ...]
    took: tuple[int, ...]


class Overflow:
    """Follows the calls of a stretch of time that overflow.

    Invariant: a bound has as many calls open as its course says and `_more` of it; `_faster` is the same of those that
    began in `_second`, where any of them went elsewhere (`_rushed`). Both are 0 where none is away.
    """

    def __init__(self, courses: Sequence[Course], away: Iterable[Away] = ()) -> None:
        self._courses = courses
        self._away = list(away)
        heapify(self._away)
        self._more = [0] * len(courses)
        for one in self._away:
            _count(self._more, one, 1)
        self._faster = [0] * len(courses)
        self._second, self._rushed = -1, False

    def follow(
        self, seats: Seats, standing: Callable[[int], Standing], bounds: "BoundsOf"
    ) -> Iterator[tuple[int, Fate]]:
        """Yield each call that finds no room, and what becomes of it. `standing`: by its place among the calls;
        `bounds`: which ones hold a call at a vendor's trunk."""
        place: int | None = 0 if self._away else seats.trouble_from(0)
        while place is not None:
            for seat in seats.from_place(place):
                self._enter(seat.since_ms)
                if not self._fits(seat):
                    found, took = self._placed(seat, standing(seat.call), bounds)
                    self._leave(seat, took)
                    yield seat.call, found
                elif not self._away and not self._rushed:
                    break
                place += 1
            else:
                return
            place = seats.trouble_from(place)

    def away(self, at_ms: int) -> tuple[Away, ...]:
        """Return who is away at a moment behind all."""
        return tuple(sorted(one for one in self._away if one.end_ms > at_ms))

    def _enter(self, at_ms: int) -> None:
        while self._away and self._away[0].end_ms <= at_ms:
            _count(self._more, heappop(self._away), -1)
        if at_ms // SECOND_MS != self._second:
            self._second = at_ms // SECOND_MS
            if self._rushed:
                self._faster, self._rushed = [0] * len(self._courses), False

    def _fits(self, seat: Seat) -> bool:
        more, faster = self._more, self._faster
        return all(
            more[bound] <= spare and faster[bound] <= slack
            for bound, spare, slack in zip(seat.bounds, seat.spare, seat.slack, strict=True)
        )

    def _placed(self, seat: Seat, call: Standing, bounds: "BoundsOf") -> tuple[Fate, tuple[int, ...]]:
        """Return what becomes of a call, and which bounds it takes."""
        taken: dict[tuple[PartnerId, TrunkId], tuple[int, ...]] = {}

        def fits(vendor: PartnerId, trunk: TrunkId) -> bool:
            its = taken[vendor, trunk] = tuple(bounds(seat.call, vendor, trunk))
            return all(self._has_room(bound, seat) for bound in its)

        found = goes_on(call, fits)
        if found.refusal is not None:
            return found, ()
        where = (found.way.vendor, found.way.trunk) if found.way is not None else (call.was.carrier, call.trunk)
        return found, taken[where]

    def _has_room(self, bound: int, seat: Seat) -> bool:
        """Say whether a bound has room for one who would not be there."""
        course = self._courses[bound]
        if course.spare(seat.order, seat.since_ms) <= self._more[bound]:
            return False
        return course.slack(seat.order, seat.since_ms) > self._faster[bound]

    def _leave(self, seat: Seat, took: tuple[int, ...]) -> None:
        one = Away(seat.end_ms, seat.since_ms, tuple(seat.bounds), took)
        heappush(self._away, one)
        _count(self._more, one, 1)
        _count(self._faster, one, 1)
        self._rushed = True


BoundsOf = Callable[[int, PartnerId, TrunkId], Iterable[int]]


def _count(counts: list[int], one: Away, times: int) -> None:
    for bound in one.took:
        counts[bound] += times
    for bound in one.left:
        counts[bound] -= times
