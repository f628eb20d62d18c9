"""`switchboard routes states|out|in|probe|events`: which vendor is out where, and orders by hand."""

from collections.abc import Iterable
from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, Limit, Offset, moment
from cli.reach import desk
from protos.routes_pb2 import (
    RouteEventEntry,
    RouteEvents,
    RouteEventsQuery,
    RouteMeasure,
    RouteOrder,
    RouteStateEntry,
    RouteStates,
    RouteStatesQuery,
)
from protos.routes_pb2_grpc import RoutesServiceStub

Vendor = Annotated[str, typer.Argument(metavar="VENDOR", help="The vendor's short name.", show_default=False)]
Destination = Annotated[str, typer.Argument(metavar="DESTINATION", help="The destination's name.", show_default=False)]
OfVendor = Annotated[str, typer.Option("--vendor", help="Routes of this vendor only.", show_default=False)]
OfDestination = Annotated[str, typer.Option("--destination", help="Part of a destination's name.", show_default=False)]
Why = Annotated[str, typer.Option("--why", help="The reason, for who reads the events.", show_default=False)]
Until = Annotated[
    int | None,
    typer.Option(
        "--until", parser=moment, metavar="TIME", help="The order ends then; UTC or with zone.", show_default=False
    ),
]
_UNITS = {"asr": " %", "ner": " %", "short": " %", "acd": " s", "pdd": " s"}


def states(
    vendor: OfVendor = "",
    destination: OfDestination = "",
    every: Annotated[bool, typer.Option("--all", help="Those too that are simply active.")] = False,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List watched routes that are out, tried, warned or ordered by hand, since when, why, and with which figures."""
    query = RouteStatesQuery(vendor=vendor, destination=destination, all=every, limit=limit, offset=offset)
    with desk() as channel:
        found = RoutesServiceStub(channel).States(query)
    output.answer(found, as_json, lambda page: _write_states(page, offset))


def out(vendor: Vendor, destination: Destination, why: Why, until: Until = None) -> None:
    """Take a vendor out of the lists of a destination by hand, whatever its calls say."""
    _order("out", vendor, destination, why, until)


def back(vendor: Vendor, destination: Destination, why: Why, until: Until = None) -> None:
    """Bring a route back in and watch it as before; with --until it stays in until then, whatever its calls say."""
    _order("in", vendor, destination, why, until)


def probe(vendor: Vendor, destination: Destination, why: Why) -> None:
    """Try a route now: it is given its part of the calls until a batch is full, and judged by that."""
    _order("probe", vendor, destination, why, None)


def events(
    vendor: OfVendor = "",
    destination: OfDestination = "",
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what happens, until Ctrl-C.")] = False,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List what happened to watched routes, the last first: out, tried, back, ordered by whom."""
    query = RouteEventsQuery(vendor=vendor, destination=destination, limit=limit, offset=offset)
    with desk() as channel:
        stub = RoutesServiceStub(channel)
        if not follow:
            output.answer(stub.Events(query), as_json, lambda page: _write_events(page, offset))
            return
        for event in stub.Watch(query):
            output.answer(event, as_json, lambda one: typer.echo("  ".join(_event(one))))


def _order(order: str, vendor: str, destination: str, why: str, until_ms: int | None) -> None:
    request = RouteOrder(vendor=vendor, destination=destination, order=order, until_ms=until_ms, why=why)
    with desk() as channel:
        output.changed(RoutesServiceStub(channel).Order(request))


def _write_states(page: RouteStates, offset: int) -> None:
    output.table(
        ("vendor", "destination", "state", "since (UTC)", "until (UTC)", "figures", "why", "watched by"),
        (_state(one) for one in page.states),
        "every watched route stands well",
    )
    output.paged(len(page.states), page.total, offset)


def _state(one: RouteStateEntry) -> list[str]:
    standing = f"{one.standing} {one.batch}" if one.standing == "probing" else one.standing
    since, until = output.when(one.since_ms), output.when(one.until_ms)
    return [one.vendor, one.destination_name, standing, since, until, _figures(one.measures), one.why, one.watch]


def _write_events(page: RouteEvents, offset: int) -> None:
    titles = ("at (UTC)", "vendor", "destination", "from", "to", "why", "figures", "by")
    output.table(titles, (_event(one) for one in page.events), "nothing has happened yet")
    output.paged(len(page.events), page.total, offset)


def _event(one: RouteEventEntry) -> list[str]:
    at, named = output.when(one.at_ms), one.destination_name
    return [at, one.vendor, named, one.before, one.after, one.why, _figures(one.measures), one.who]


def _figures(measures: Iterable[RouteMeasure]) -> str:
    """Write measures between their bounds: asr 25.0 (17.5–34.3) % of 100."""
    return ", ".join(
        f"{one.name} {one.value:.1f} ({one.low:.1f}–{f'{one.high:.1f}' if one.HasField('high') else '…'})"
        f"{_UNITS.get(one.name, '')} of {one.calls}"
        for one in measures
    )
