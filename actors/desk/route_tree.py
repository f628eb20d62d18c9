"""Operators' service of the tree of destinations: where calls go, how, and who is out."""

import asyncio
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.quality_asked import one_of, window_asked
from actors.desk.quality_courses import ask_quality
from domain.errors import InputError
from domain.ids import PartnerId
from domain.route_tree import DestinationSum, Node, Places, TreeSort, sorted_nodes
from domain.world import CodeBook
from protos import route_tree_pb2 as pb
from protos import route_tree_pb2_grpc as services

MOST_NAMED = 10
"""Vendors that are out, and that are last, which are named in a row."""
Context = grpc.aio.ServicerContext[Any, Any]


class RouteTreeService(services.RouteTreeServiceServicer):
    """Lists countries and destinations with their calls. Raises UnavailableError while quality-0 is away."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._places: tuple[CodeBook, Places] | None = None

    async def Tree(self, request: pb.RouteTreeQuery, context: Context) -> pb.RouteTreePage:
        """Return a page of countries, or of destinations."""
        sort = one_of(TreeSort, request.sort or TreeSort.ATTEMPTS.value, "order", "routes")
        window = window_asked(request.window, "routes")
        client = PartnerId(request.client) if request.client else None
        if client is not None:
            await self._desk.read(lambda catalog: catalog.partners.get(client))
        places = await self._book()
        sums: list[DestinationSum] = await ask_quality("destination_sums", client, window)
        nodes, every = await asyncio.to_thread(_found, places, sums, request, sort, self._desk)
        page = nodes[request.offset : request.offset + self._desk.page(request.limit)]
        return pb.RouteTreePage(
            nodes=[_message(node) for node in page],
            total=len(nodes),
            all=_message(every),
            window=str(window),
            now_ms=self._desk.now_ms(),
        )

    async def _book(self) -> Places:
        """Return the reference book by country, as it is published now."""
        world = self._desk.world
        if world is None:
            raise InputError("nothing is published yet", mend="Add a partner, a trunk and a plan first.")
        if self._places is None or self._places[0] is not world.codes:
            self._places = world.codes, await asyncio.to_thread(Places, world.codes)
        return self._places[1]


def _found(
    places: Places, sums: list[DestinationSum], request: pb.RouteTreeQuery, sort: TreeSort, desk: Desk
) -> tuple[list[Node], Node]:
    """Return the rows in order, and their sum."""
    text = request.text.strip()
    if text.isascii() and text.isdigit():
        destination = desk.world.codes.destination_of(text) if desk.world else None
        place = places.of.get(destination) if destination is not None else None
        nodes = places.destinations(sums, [place] if place else [])
    elif text:
        nodes = places.destinations(sums, places.named(text))
    elif request.country:
        nodes = places.destinations(sums, places.in_country(request.country.upper()))
    else:
        nodes = places.countries(sums)
    every = Node(request.country, "")
    for node in nodes:
        every.destinations += node.destinations
        every.add(_summed(node))
    return sorted_nodes(nodes, sort, busy=request.busy), every


def _summed(node: Node) -> DestinationSum:
    return DestinationSum(
        node.destination,
        node.attempts,
        node.answered,
        node.ended_answered,
        node.effective,
        node.talk_s,
        node.open_calls,
        away=tuple(node.away),
        last=tuple(node.last),
    )


def _message(node: Node) -> pb.RouteNode:
    return pb.RouteNode(
        country=node.country,
        title=node.title,
        destination=node.destination,
        number=node.number,
        destinations=node.destinations,
        attempts=node.attempts,
        answered=node.answered,
        ended_answered=node.ended_answered,
        effective=node.effective,
        talk_s=node.talk_s,
        open=node.open_calls,
        vendors=len(node.vendors),
        out=sorted(set(node.away))[:MOST_NAMED],
        out_count=len(node.away),
        last=sorted(set(node.last))[:MOST_NAMED],
        last_count=len(node.last),
    )
