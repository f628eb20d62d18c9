"""The scene of Nordlink's Kenya: it falls to 25 answers of 100, goes out, is tried, mends, and comes back by itself.

Nobody touches a key: the story only mends the vendor, once four batches of tries have failed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cluster.demo.figures import SwitchFigures
from cluster.demo.stage import Operator
from cluster.demo.vendors import Vendors
from cluster.demo.world import CLOCK_SPEED, KENYA_NAME, NORDLINK, ORIGIN_MS
from domain.route_states import Standing
from protos.routes_pb2 import RouteEventEntry, RouteEventsQuery
from protos.routes_pb2_grpc import RoutesServiceStub

MENDS_S = 105.0
"""When Nordlink is mended: not before four batches have failed."""
FAILING = 4
TRIES = 50
"""Tries of a batch, as policies have it where they say nothing else."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class KenyaFacts:
    """What Orbita's switch saw. `sick`: attempts at Nordlink that were sick, `before`: those of them until no call was
    given to it any more; from then until the last call that was not: `tries`, calls that had it first, `others`, calls
    that had it in another place, `without`, calls that were not given to it at all, `without_s`, their talk."""

    sick: int
    before: int
    tries: int
    others: int
    without: int
    without_s: int


async def kenyas_story(
    operator: Operator, vendors: Vendors, until: Callable[[float], Awaitable[None]], say: Say
) -> None:
    """Tell what happens to the route as the desk does, until it is back; `until` waits for a second of the story."""
    failed, mending = 0, None
    query = RouteEventsQuery(vendor=NORDLINK, destination=KENYA_NAME)
    async for event in RoutesServiceStub(operator.channel).Watch(query, metadata=operator.token):
        say(told_event(event))
        failed += (event.before, event.after) == (Standing.PROBING.value, Standing.OUT.value)
        if failed == FAILING and mending is None:
            mending = asyncio.create_task(_mend(vendors, until, say))
        if event.after == Standing.ACTIVE.value:
            break
    if mending is not None:
        await mending


async def _mend(vendors: Vendors, until: Callable[[float], Awaitable[None]], say: Say) -> None:
    await until(MENDS_S)
    vendors.mend()
    say(f"Nordlink mends its Kenya, after {vendors.sick} sick attempts")


def told_event(event: RouteEventEntry) -> str:
    """Return an event as a line of the story."""
    return f"{event.vendor} {event.destination_name}: {event.before} → {event.after}, {event.why}"


def facts_of(figures: SwitchFigures, vendors: Vendors) -> KenyaFacts:
    """Return what the switch of a client saw that calls Kenya only."""
    offered = figures.offered
    without = sorted(number for number, names in offered.items() if NORDLINK not in names)
    if not without:
        return KenyaFacts(vendors.sick, vendors.sick, 0, 0, 0, 0)
    while_out = [names for number, names in offered.items() if without[0] <= number <= without[-1]]
    tries = sum(names[:1] == (NORDLINK,) for names in while_out)
    others = len(while_out) - tries - len(without)
    talked_s = sum(figures.talked_s.get(number, 0) for number in without)
    return KenyaFacts(vendors.sick, vendors.sick - FAILING * TRIES, tries, others, len(without), talked_s)


def told_facts(facts: KenyaFacts) -> str:
    """Return what the switch saw as a line of the story."""
    given = f"Nordlink's Kenya had {facts.before} sick attempts, {facts.tries} tries"
    return f"{given}; Savanna alone carried {facts.without:,} calls, {facts.without_s / 60:,.0f} min"


def story_second(at_ms: int) -> float:
    """Return the second of the story of a business moment."""
    return (at_ms - ORIGIN_MS) / 1000 / CLOCK_SPEED
