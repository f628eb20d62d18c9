"""All watched routes: their states, what changed of them, and how nodes are told.

A route is a vendor to a destination; it has a state for each watch that policies put on the destination, and one by
hand where it was ordered in or out. quality-0 keeps the book; the desk writes what changes into the catalog.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from domain.ids import DestinationId, PartnerId
from domain.kept_route import KeptState as KeptState
from domain.kept_route import told_only
from domain.route_standing import ByVendor, RouteStanding, Standings, pause_of, standing_of, turn_of
from domain.route_states import IN, LOCKED, ORDER_OVER, Measured, Outcome, RouteEvent, RouteState, Standing
from domain.route_watch import Action, Watch

BY_HAND = Watch()
"""In place of a watch for what was ordered by hand: no calls judge it."""
NOT_WATCHED = "not watched so any more"
OTHERWISE = "watched otherwise: "
"""Before what brought a state about that goes on under another watch; once, however often policies are written."""
DRY_RUN = "dry run: "
"""Before the reason of a state that is told and changes nothing (Action.TELL)."""
MOST_NEWS = 20_000
"""Changes that are kept until they are written; beyond them the oldest are forgotten."""
Watches = Callable[[DestinationId], frozenset[Watch]]
Route = tuple[PartnerId, DestinationId]


@dataclass(frozen=True, slots=True)
class News:
    """A change of a route: the event, and the state it led to. `seq` counts from 1 in each process."""

    seq: int
    event: RouteEvent
    state: KeptState
    who: str = ""


class LastCalls(Protocol):
    """What is kept of the calls of routes elsewhere: those that are over, and those that were answered and go on."""

    def how_many(self, route: Route) -> int:
        """Return how many are kept."""
        ...

    def last_calls(self, route: Route) -> tuple[Sequence[Outcome], Sequence[int]]:
        """Return them, the oldest first, and when those were set up that go on (UTC ms)."""
        ...


class _Line:
    """A state with what it was brought to by, the figures it was decided by, and how nodes were told of it."""

    __slots__ = ("measured", "state", "told", "turn", "why")

    def __init__(self, state: RouteState, why: str = "") -> None:
        self.state, self.why = state, why
        self.measured: tuple[Measured, ...] = ()
        self.told: RouteStanding | None = None
        self.turn = -1


class RouteBook:
    """The states of all routes. Invariants: a destination's standings are the same object until one of them changes;
    every change of a state is in the news, in order, until it is acknowledged; only routes that are not simply active
    cost anything when time passes. Where the last calls are known, an active route of fewer than a window has no state
    here: it is judged by those calls, for there may be a million of them."""

    def __init__(self, nodes: int = 1, watches: Watches | None = None, last: LastCalls | None = None) -> None:
        self._nodes, self._watches, self._last = nodes, watches, last
        self._lines: dict[Route, dict[Watch, _Line]] = {}
        self._moving: dict[Route, None] = {}
        self._at: dict[DestinationId, frozenset[Watch]] = {}
        self._standings: dict[DestinationId, Standings] = {}
        self._changed: set[DestinationId] = set()
        self._news: deque[News] = deque(maxlen=MOST_NEWS)
        self._seq = 0

    # ---- what comes

    def watch(self, watches: Watches, now_ms: int) -> None:
        """Watch by other policies from now on.

        A watch that no policy has any more goes, and its states with it; but where another one takes its place, a route
        that was out goes on as it stood: to write another number of calls brings nobody back.
        """
        self._watches = watches
        self._at.clear()
        for route, lines in list(self._lines.items()):
            wanted = self._wanted(route[1])
            gone = [watch for watch in lines if watch not in wanted and watch != BY_HAND]
            left = [(watch, lines.pop(watch)) for watch in gone]
            worst = next((_Line(_copied(its.state), its.why) for _, its in left if its.state.standing not in IN), None)
            for watch, line in left:
                self._not_watched(route, watch, line, now_ms)
            for watch in wanted - lines.keys():
                if worst is not None:
                    lines[watch] = _Line(_copied(worst.state), worst.why)
                    self._kept(route, watch, lines[watch], now_ms)
            if gone:
                self._tell(route, now_ms)

    def answered(self, vendor: PartnerId, destination: DestinationId, setup_ms: int, now_ms: int) -> None:
        """Count a call of a vendor that was answered and goes on."""
        self._count((vendor, destination), lambda state, watch: state.answered(setup_ms, watch, now_ms), now_ms)

    def hear(
        self,
        vendor: PartnerId,
        destination: DestinationId,
        outcome: Outcome,
        now_ms: int,
        *,
        counted: bool = False,
    ) -> None:
        """Count a call of a vendor that is over; `counted`: as answered, while it was open."""
        self._count(
            (vendor, destination), lambda state, watch: state.hear(outcome, watch, now_ms, counted=counted), now_ms
        )

    def tick(self, now_ms: int) -> None:
        """Let time pass; once a second or so."""
        for route in list(self._moving):
            lines = self._lines[route]
            for watch, line in sorted(lines.items(), key=_tells_of_an_end):
                if watch == BY_HAND:
                    self._end_of_order(route, lines, line, now_ms)
                else:
                    self._take(route, watch, line, line.state.tick(watch, now_ms), now_ms)
            self._tell(route, now_ms)

    def order(
        self,
        route: Route,
        standing: Standing,
        now_ms: int,
        why: str,
        *,
        until_ms: int | None = None,
        who: str = "",
    ) -> bool:
        """Put a route in a state by hand; return whether anything changed.

        LOCKED_OUT and LOCKED_IN hold until then, or another order. ACTIVE ends an order and begins anew; PROBING tries
        the route now, where any policy watches it. Each state has its news; the first of them tells the order.
        """
        before = self._seq
        ordered: list[tuple[Watch, _Line, RouteEvent]] = []
        lines = self._lines.setdefault(route, {})
        every = self._wanted(route[1]) | lines.keys() if standing is not Standing.ACTIVE else lines.keys()
        for watch in every - {BY_HAND}:
            line = lines.get(watch) or self._begun(route, lines, watch)
            if standing is line.state.standing is Standing.ACTIVE:
                continue
            ordered.append((watch, line, line.state.order(standing, now_ms, why, until_ms)))
        held = lines.get(BY_HAND)
        if standing in LOCKED:
            line = lines.setdefault(BY_HAND, held or _Line(RouteState(now_ms)))
            ordered.append((BY_HAND, line, line.state.order(standing, now_ms, why, until_ms)))
        elif held is not None:
            ordered.append((BY_HAND, held, held.state.order(Standing.ACTIVE, now_ms, why)))
            del lines[BY_HAND]
        for watch, line, event in sorted(ordered, key=_tells):
            self._take(route, watch, line, [event], now_ms, who)
        self._tell(route, now_ms)
        if not lines:
            del self._lines[route]
        return self._seq != before

    def restore(self, states: Iterable[KeptState], now_ms: int) -> None:
        """Take states back from the catalog; those that no policy watches any more go when policies are known."""
        for kept in states:
            route = kept.vendor, kept.destination
            state = RouteState(kept.since_ms)
            state.standing, state.until_ms, state.batch = kept.standing, kept.until_ms, kept.batch
            self._lines.setdefault(route, {})[kept.watch or BY_HAND] = _Line(state, kept.why)
            self._tell(route, now_ms)
        if self._watches is not None:
            self.watch(self._watches, now_ms)

    def refill(self, route: Route, outcomes: Sequence[Outcome], open_ms: Sequence[int] = ()) -> None:
        """Count the last calls of a route anew, the oldest first: they were heard by another process.

        `open_ms`: when those were set up that were answered and go on.
        """
        lines = self._lines.setdefault(route, {})
        for watch in self._wanted(route[1]):
            line = lines.get(watch) or self._begun(route, lines, watch)
            line.state.refill(outcomes, watch, open_ms)

    def refill_all(self) -> None:
        """Count the last calls of all routes that have a state anew."""
        assert self._last is not None, "they are known"
        for route, lines in self._lines.items():
            outcomes, open_ms = self._last.last_calls(route)
            for watch, line in lines.items():
                if watch != BY_HAND:
                    line.state.refill(outcomes, watch, open_ms)

    # ---- what goes

    def standings(self, destination: DestinationId) -> Standings:
        """Return how the routes of a destination stand; who stands well is not named."""
        return self._standings.get(destination, {})

    def changed(self) -> set[DestinationId]:
        """Return the destinations whose standings changed since this was asked last."""
        changed, self._changed = self._changed, set()
        return changed

    def news(self, after: int) -> list[News]:
        """Return the changes that come after one; those up to it are forgotten."""
        while self._news and self._news[0].seq <= after:
            self._news.popleft()
        return list(self._news)

    def states(self, among: Iterable[Route] | None = None) -> Iterator[tuple[KeptState, tuple[Measured, ...], int]]:
        """Yield states with their figures and how many calls count for them, by destination, vendor and watch.

        `among`: of these routes those too that have none here, being active; None: of those that are not simply active.
        A route that is out shows the figures that it was decided by, one that is tried whether its money is spent.
        """
        routes = self._moving if among is None else {*self._lines, *among}
        for route in sorted(routes, key=lambda route: (route[1], route[0])):
            lines = self._lines.get(route, {})
            for watch, line in (lines if among is None else lines | self._judged_elsewhere(route, lines)).items():
                found = line.state.measured(watch) if line.state.calls else line.measured
                kept, pause = _kept_state(route, watch, line), pause_of(line.state)
                yield replace(kept, why=f"{kept.why}: {pause}") if pause else kept, found, line.state.calls

    def badly(self, order: Sequence[Standing]) -> dict[Route, KeptState]:
        """Return of each route that is not simply active the state that comes first in an order of standings."""
        found: dict[Route, KeptState] = {}
        for route in self._moving:
            kept = [_kept_state(route, watch, line) for watch, line in self._lines[route].items()]
            worst = min(kept, key=lambda one: (order.index(one.standing), one.is_told_only, one.is_last))
            if worst.standing is not Standing.ACTIVE:
                found[route] = worst
        return found

    def is_watched(self, destination: DestinationId) -> bool:
        """Say whether any policy watches the routes of a destination."""
        return bool(self._wanted(destination))

    # ---- within

    def _count(self, route: Route, heard: Callable[[RouteState, Watch], list[RouteEvent]], now_ms: int) -> None:
        wanted = self._wanted(route[1])
        if not wanted:
            return
        for watch in wanted:
            lines = self._lines.get(route, {})
            line = lines.get(watch)
            if line is None and self._is_new(route, watch, lines):
                line = self._lines.setdefault(route, lines)[watch] = _Line(RouteState())
                self._take(route, watch, line, [line.state.begin_new(watch, now_ms)], now_ms)
            if line is not None or self._last is None or BY_HAND in lines:
                lines = self._lines.setdefault(route, lines)
                line = line or self._begun(route, lines, watch)
                self._take(route, watch, line, heard(line.state, watch), now_ms)
            elif self._last.how_many(route) >= watch.least_calls:
                state = self._judged_by(route, watch)
                events = state.judge(watch, now_ms)
                if events or state.calls >= watch.window_calls:
                    line = self._lines.setdefault(route, {})[watch] = _Line(state)
                    self._take(route, watch, line, events, now_ms)
        if route in self._moving:
            self._tell(route, now_ms)

    def _is_new(self, route: Route, watch: Watch, lines: Mapping[Watch, _Line]) -> bool:
        return bool(watch.new and self._last and BY_HAND not in lines and self._last.how_many(route) < watch.new)

    def _judged_by(self, route: Route, watch: Watch) -> RouteState:
        """Return the state of an active route, from its last calls."""
        assert self._last is not None, "they are known"
        state, (outcomes, open_ms) = RouteState(), self._last.last_calls(route)
        state.refill(outcomes, watch, open_ms)
        return state

    def _judged_elsewhere(self, route: Route, lines: Mapping[Watch, _Line]) -> dict[Watch, _Line]:
        if self._last is None:
            return {}
        missing = [watch for watch in self._wanted(route[1]) if watch not in lines]
        return {watch: _Line(self._judged_by(route, watch)) for watch in missing}

    def _wanted(self, destination: DestinationId) -> frozenset[Watch]:
        found = self._at.get(destination)
        if found is None:
            found = self._at[destination] = self._watches(destination) if self._watches else frozenset()
        return found

    def _begun(self, route: Route, lines: dict[Watch, _Line], watch: Watch) -> _Line:
        held = lines.get(BY_HAND)
        line = lines[watch] = _Line(_copied(held.state), held.why) if held is not None else _Line(RouteState())
        return line

    def _take(
        self, route: Route, watch: Watch, line: _Line, events: list[RouteEvent], now_ms: int, who: str = ""
    ) -> None:
        for event in events:
            if told_only(watch, event.after):
                event = replace(event, why=DRY_RUN + event.why)
            line.why, line.measured = event.why, event.measured
            self._seq += 1
            self._news.append(News(self._seq, event, _kept_state(route, watch, line), who))
            self._moving[route] = None

    def _not_watched(self, route: Route, watch: Watch, line: _Line, now_ms: int) -> None:
        if line.state.standing is not Standing.ACTIVE:
            self._take(route, watch, line, [line.state.order(Standing.ACTIVE, now_ms, NOT_WATCHED)], now_ms)

    def _kept(self, route: Route, watch: Watch, line: _Line, now_ms: int) -> None:
        standing = line.state.standing
        before = line.why.removeprefix(DRY_RUN).removeprefix(OTHERWISE)
        event = RouteEvent(now_ms, standing, standing, OTHERWISE + before, until_ms=line.state.until_ms)
        self._take(route, watch, line, [event], now_ms)

    def _end_of_order(self, route: Route, lines: dict[Watch, _Line], line: _Line, now_ms: int) -> None:
        if line.state.until_ms is not None and now_ms >= line.state.until_ms:
            event = line.state.order(Standing.ACTIVE, now_ms, ORDER_OVER)
            self._take(route, BY_HAND, line, [event], now_ms)
            del lines[BY_HAND]

    def _tell(self, route: Route, now_ms: int) -> None:
        """See whether nodes are to be told otherwise of a route."""
        lines = self._lines[route]
        moved = False
        for watch, line in lines.items():
            turn = turn_of(line.state, watch, now_ms) if line.state.standing is Standing.PROBING else -1
            fresh = standing_of(line.state, watch, line.why, now_ms, self._nodes)
            if fresh is not None and line.told is not None and turn == line.turn:
                fresh = replace(fresh, most=line.told.most) if fresh.batch == line.told.batch else fresh
            if fresh != line.told:
                line.told, moved = fresh, True
            line.turn = turn
        if all(line.state.standing is Standing.ACTIVE for line in lines.values()):
            self._moving.pop(route, None)
        else:
            self._moving[route] = None
        self._put(route, lines, moved)

    def _put(self, route: Route, lines: dict[Watch, _Line], moved: bool) -> None:
        vendor, destination = route
        told = {watch if watch != BY_HAND else None: line.told for watch, line in lines.items()}
        present = self._standings.get(destination, {})
        if not moved and all(vendor not in its or told.get(watch) is its[vendor] for watch, its in present.items()):
            return
        by_watch: dict[Watch | None, dict[PartnerId, RouteStanding]] = {
            watch: {name: its for name, its in vendors.items() if name != vendor} for watch, vendors in present.items()
        }
        for watch, standing in told.items():
            if standing is not None:
                by_watch.setdefault(watch, {})[vendor] = standing
        made: dict[Watch | None, ByVendor] = {watch: its for watch, its in by_watch.items() if its}
        if made:
            self._standings[destination] = made
        else:
            self._standings.pop(destination, None)
        self._changed.add(destination)


def _tells(ordered: tuple[Watch, _Line, RouteEvent]) -> int:
    """Return at which place an event stands among those of its order: what a route was kept out by says most of it."""
    watch, _, event = ordered
    if watch == BY_HAND:
        return 1
    return 2 if event.before in IN or told_only(watch, event.before) else 0


def _tells_of_an_end(its: tuple[Watch, _Line]) -> int:
    """Return at which place a state tells of the end of an order: where the route is watched it is on trial then."""
    watch, _ = its
    return 1 if watch == BY_HAND else 2 if watch.action is Action.TELL else 0


def _copied(state: RouteState) -> RouteState:
    """Return a state that goes on as this one stands, without its calls."""
    copy = RouteState(state.since_ms)
    copy.standing, copy.until_ms, copy.batch = state.standing, state.until_ms, state.batch
    return copy


def _kept_state(route: Route, watch: Watch, line: _Line) -> KeptState:
    state = line.state
    by = None if watch == BY_HAND else watch
    return KeptState(by, *route, state.standing, state.since_ms, line.why, state.until_ms, state.batch)
