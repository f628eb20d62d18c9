"""How watched routes stand, and what happened to them: events as they come."""

from collections.abc import Iterable

from textual.content import Content

from protos import routes_pb2 as pb
from tui import formats
from tui.link import Link
from tui.screens.live_lists import live
from tui.tabs.quality_periods import BucketsTab, CausesTab, Period
from tui.tabs.route_tab import Route, RouteTab, standing_cell, standing_tone, standing_words
from tui.tabs.tab import Ask, Drill, Listed, fields
from tui.widgets.cells import Cell, Column, Row, number, word

_UNITS = {"asr": "%", "ner": "%", "short": "%", "acd": "s", "pdd": "s"}
_HINT = "part of a destination's name; vendor:kestrel"


class StatesTab(RouteTab):
    """One row per route that is not simply active, with what it was decided by."""

    name = "Watched"
    columns = (
        Column("vendor", 9, flex=1),
        Column("destination", 12, flex=2),
        Column("state", 12, whole=True),
        Column("until", 14, drop=3),
        Column("figures", 22, flex=2, drop=2),
        Column("why", 14, flex=3),
    )
    empty = "every watched route stands well; policies watch by their fields watch_asr, watch_acd …"
    every_s = 1.0
    filter_hint = _HINT
    has_drill = True
    detail_below = True
    detail_rows = 4

    def __init__(self, destination: str = "") -> None:
        self._destination = destination

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of states."""
        vendor, part = parted(ask.filter)
        query = pb.RouteStatesQuery(
            vendor=vendor, destination=part or self._destination, limit=ask.limit, offset=ask.offset
        )
        reply = await link.ask(lambda services: services.routes.States, query)
        return Listed([_state(one, ask.now_ms) for one in reply.states], reply.total)

    def route(self, row: Row) -> Route:
        """Return the route of a row."""
        one = row.item
        assert isinstance(one, pb.RouteStateEntry)
        return Route(one.vendor, one.destination_name)

    def enter(self, row: Row) -> Drill | None:
        """Lead to how the route went, why its calls failed, and what happened to it."""
        return course_of(self.route(row))

    def detail(self, row: Row) -> Content | None:
        """Tell all of it in words."""
        one = row.item
        if not isinstance(one, pb.RouteStateEntry):
            return None
        until = f", until {formats.stamp(one.until_ms)}Z" if one.HasField("until_ms") else ""
        return fields(
            [
                ("since", f"{formats.stamp(one.since_ms)}Z{until}: {one.why}"),
                ("figures", "; ".join(filter(None, (measures(one.measures), f"{one.calls} calls count so far")))),
                ("watched by", one.watch or "the bounds of its policy"),
            ]
        )


class EventsTab(RouteTab):
    """One row per change, the last first; its screen hears of each as it happens. `vendor`, `destination`: of one route
    only."""

    name = "Events"
    columns = (
        Column("at", 14, whole=True),
        Column("vendor", 8, flex=1),
        Column("destination", 12, flex=2),
        Column("from", 8, whole=True, drop=1),
        Column("to", 10, whole=True),
        Column("why", 16, flex=3),
        Column("figures", 20, flex=1, drop=3, above=150),
        Column("by", 6, drop=2),
    )
    empty = "nothing has happened yet: routes that policies watch, and orders by hand, leave their events here"
    every_s = 5.0
    follows = True
    filter_hint = _HINT
    has_drill = True
    detail_below = True
    detail_rows = 3

    def __init__(self, vendor: str = "", destination: str = "") -> None:
        self._vendor, self._destination = vendor, destination

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of events."""
        vendor, part = parted(ask.filter)
        query = pb.RouteEventsQuery(
            vendor=vendor or self._vendor, destination=part or self._destination, limit=ask.limit, offset=ask.offset
        )
        reply = await link.ask(lambda services: services.routes.Events, query)
        return Listed([_event(one) for one in reply.events], reply.total)

    def route(self, row: Row) -> Route:
        """Return the route of a row."""
        one = row.item
        assert isinstance(one, pb.RouteEventEntry)
        return Route(one.vendor, one.destination_name)

    def enter(self, row: Row) -> Drill | None:
        """Lead to how the route went, why its calls failed, and what happened to it."""
        return course_of(self.route(row))

    def detail(self, row: Row) -> Content | None:
        """Tell why in full, with the figures."""
        one = row.item
        if not isinstance(one, pb.RouteEventEntry):
            return None
        by = f" (by {one.who})" if one.who else ""
        return fields([("why", f"{one.why}{by}"), ("figures", measures(one.measures) or "none")], 8)


def course_of(route: Route) -> Drill:
    """Return where it is told how a route went, why its calls failed, and what happened to it."""
    period = Period("vendor", route.vendor, route.destination)
    return live(period.title, BucketsTab(period), CausesTab(period), EventsTab(route.vendor, route.destination))


def parted(text: str) -> tuple[str, str]:
    """Return the vendor that a filter names by `vendor:`, and the rest of it."""
    words = text.split()
    vendor = next((one.partition(":")[2] for one in words if one.lower().startswith("vendor:")), "")
    return vendor.lower(), " ".join(one for one in words if not one.lower().startswith("vendor:"))


def measures(found: Iterable[pb.RouteMeasure]) -> str:
    """Write measures between their bounds: asr 25.0 % (17.5–34.3) of 100."""
    return ", ".join(
        f"{one.name} {one.value:.1f} {_UNITS.get(one.name, '')} "
        f"({one.low:.1f}–{f'{one.high:.1f}' if one.HasField('high') else '…'}) of {one.calls}"
        for one in found
    )


def _state(one: pb.RouteStateEntry, now_ms: int) -> Row:
    return Row(
        f"{one.vendor} {one.destination} {one.watch}",
        (
            word(one.vendor, "strong"),
            word(one.destination_name),
            standing_cell(one.standing, one.since_ms, now_ms),
            word(formats.stamp(one.until_ms) if one.HasField("until_ms") else "", "dim"),
            word(measures(one.measures)),
            word(one.why),
        ),
        one,
    )


def change(one: pb.RouteEventEntry) -> str:
    """Write a change in a line: nordlink to Kenya Mobile ● in → ✕ out: asr 24.0 is beyond 35."""
    steps = f"{standing_words(one.before)} → {standing_words(one.after)}"
    return f"{one.vendor} to {one.destination_name}  {steps}: {one.why}"


def _event(one: pb.RouteEventEntry) -> Row:
    return Row(
        str(one.number),
        (
            number(formats.stamp(one.at_ms), one.at_ms, "dim"),
            word(one.vendor, "strong"),
            word(one.destination_name),
            Cell(standing_words(one.before), "dim", one.before),
            Cell(standing_words(one.after), standing_tone(one.after), one.after),
            word(one.why),
            word(measures(one.measures), "dim"),
            word(one.who, "hue"),
        ),
        one,
    )
