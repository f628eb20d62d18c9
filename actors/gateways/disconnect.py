"""Switches are told to end calls: Disconnect-Requests over UDP, for credit that ended and for operators (RFC 5176)."""

import asyncio
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import cast

import structlog

from actors.gateways.sockets import mapped_address, place_of, plain_address, udp_socket
from actors.gateways.state import GatewayState
from actors.home import machine_ms
from actors.node import Node
from actors.refs import AnyBook
from domain.cuts import CutOutcome, CutReason, CutResult, WantedCut
from domain.directory import Switch
from domain.errors import WireError
from domain.holds import Hold
from domain.ids import HoldId
from domain.wire.radius_disconnect import DisconnectAnswer, disconnect_request, read_disconnect_answer
from domain.wire.radius_packet import RadiusPacket, decode

LOOK_S = 1.0
WAITS_S = (1.0, 2.0, 4.0)
"""A request is sent once for each of these, and given up when the last is over."""
MOST_IN_WORK = 64
"""Calls that are being ended at a time; the others stay with their shards meanwhile."""

TAKE_S = 1.0
"""For so long a book is waited for: one that hangs keeps no calls of others from being ended."""

IDENTIFIERS = 256
"""An identifier is one octet (RFC 5176 §2.3): no more requests to one switch can wait for answers."""

_Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class _Asked:
    request: RadiusPacket
    secret: bytes
    answer: "asyncio.Future[DisconnectAnswer]"


class Disconnector(asyncio.DatagramProtocol):
    """One UDP socket from which switches are told to end calls; what is in work is bounded.

    Each second it takes the cuts that shards offer; of several nodes the first to ask gets a cut. What became of it is
    counted as `radius.disconnect.<outcome>`, logged, and kept with the call's decision.
    """

    def __init__(self, node: Node, waits_s: tuple[float, ...] = WAITS_S) -> None:
        self._node, self._waits_s = node, waits_s
        self._waiting: dict[_Key, _Asked] = {}
        self._in_work: dict[HoldId, asyncio.Task[CutResult]] = {}
        self._numbers = count()
        self._first = -1
        self._most_in_work = MOST_IN_WORK
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def listen(cls, node: Node, host: str, waits_s: tuple[float, ...] = WAITS_S) -> "Disconnector":
        """Open the socket at an address of ours, on any port. Raises InputError where the address is not ours."""
        _, gateway = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(node, waits_s), sock=udp_socket(host, 0, node.limits.socket_buffer_mb)
        )
        return gateway

    async def run(self) -> None:
        """End the calls that shards want ended, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Take what shards offer now, as much as there is room for, and begin to tell the switches.

        What a book has offered it offers to nobody else for ten seconds: each is asked for its part of the room. Are
        there more books than room, another one is the first each time.
        """
        books = self._node.books.all
        self._first = (self._first + 1) % len(books)
        parts = deque((*books[self._first :], *books[: self._first]))
        while parts and (room := self._most_in_work - len(self._in_work)) > 0:
            asked = [parts.popleft() for _ in range(min(room, len(parts)))]
            part = max(1, room // (len(asked) + len(parts)))
            for wanted in await asyncio.gather(*(_taken(book, part) for book in asked)):
                for cut in wanted:
                    self._begin(cut.hold, cut.reason)

    async def cut(self, hold: Hold, reason: CutReason) -> CutResult:
        """Tell a call's switch to end it; return what became of that, after seconds where it does not answer."""
        if hold.hold_id not in self._in_work and len(self._in_work) >= self._most_in_work:
            return CutResult(CutOutcome.BUSY, "too many calls are being ended; try again in some seconds")
        return await asyncio.shield(self._begin(hold, reason))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # no event loop's own class says so

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        """Take an answer; what answers nothing that we asked, or is not proved, is dropped in silence and counted."""
        self._count("received")
        asked = self._waiting.get((plain_address(source[0]), source[1], data[1])) if len(data) > 1 else None
        if asked is None or asked.answer.done():
            self._count("unasked")
            return
        try:
            asked.answer.set_result(read_disconnect_answer(data, asked.request, asked.secret))
        except WireError as error:
            self._count(error.reason)

    def figures(self) -> dict[str, float]:
        """Return what is in work."""
        return {"radius.disconnect.in_work": float(len(self._in_work))}

    def state(self) -> GatewayState:
        """Return how it goes."""
        assert self._transport is not None, "the socket is open"
        place = place_of(*self._transport.get_extra_info("sockname")[:2])
        prefix = "radius.disconnect."
        counts = {name.removeprefix(prefix): its for name, its in self._node.counts.items() if name.startswith(prefix)}
        return GatewayState(
            name="radius_disconnect",
            address=f"udp {place}",
            received=counts.get("received", 0),
            sent=counts.get("sent", 0),
            errors=sum(counts.values()) - sum(counts.get(name, 0) for name in ("received", "sent", CutOutcome.ENDED)),
            counts=counts,
            in_work=len(self._in_work),
        )

    async def finish(self, wait_s: float) -> None:
        """Take no more cuts, and wait for the answers to those in work, `wait_s` seconds at most."""
        self._most_in_work = 0
        if self._in_work:
            await asyncio.wait(self._in_work.values(), timeout=wait_s)

    def close(self) -> None:
        """Close the socket."""
        for task in self._in_work.values():
            task.cancel()
        if self._transport is not None:
            self._transport.close()

    def _begin(self, hold: Hold, reason: CutReason) -> "asyncio.Task[CutResult]":
        """Begin to tell a call's switch, unless it is being told."""
        task = self._in_work.get(hold.hold_id)
        if task is None:
            task = self._in_work[hold.hold_id] = asyncio.get_running_loop().create_task(self._end(hold, reason))
            task.add_done_callback(lambda _: self._in_work.pop(hold.hold_id, None))
        return task

    async def _end(self, hold: Hold, reason: CutReason) -> CutResult:
        result = await self._tell(hold)
        self._count(result.outcome)
        self._node.log.note(hold.call_key, self._node.now_ms(), _words(hold, reason, result))
        log = structlog.get_logger()
        said = log.info if result.outcome is CutOutcome.ENDED else log.warning
        said("cut", call=hold.call_key.hex(), switch=hold.switch, reason=reason, what=result.outcome, text=result.text)
        return result

    async def _tell(self, hold: Hold) -> CutResult:
        switch = self._node.switch_named(hold.switch)
        why_not = _unreachable(switch) or self._another_family(switch)
        if switch is None or why_not:
            return CutResult(CutOutcome.CANNOT, why_not)
        to = (switch.address, switch.recipe.disconnect_port)
        identifier = self._free_identifier(to)
        if identifier is None:
            return CutResult(CutOutcome.BUSY, "is being told of too many calls; try again in some seconds")
        try:
            data = disconnect_request(hold, switch, identifier, machine_ms() // 1000)
        except WireError as error:
            return CutResult(CutOutcome.CANNOT, f"cannot be told: {error}")
        answer: asyncio.Future[DisconnectAnswer] = asyncio.get_running_loop().create_future()
        key = (*to, identifier)
        self._waiting[key] = _Asked(decode(data), switch.secret.encode(), answer)
        try:
            return await self._answered(data, to, answer)
        finally:
            del self._waiting[key]

    async def _answered(
        self, data: bytes, to: tuple[str, int], answer: "asyncio.Future[DisconnectAnswer]"
    ) -> CutResult:
        for at, wait_s in enumerate(self._waits_s):
            self._send(data, to)
            if at:
                self._count("retransmit")
            done, _ = await asyncio.wait((answer,), timeout=wait_s)
            if done:
                found = answer.result()
                if found.ended:
                    return CutResult(CutOutcome.ENDED, "has ended it")
                return CutResult(CutOutcome.REFUSED, f"refused: {found.why}", found.error_cause)
        return CutResult(CutOutcome.NO_ANSWER, f"did not answer at {to[0]}:{to[1]} ({len(self._waits_s)} tries)")

    def _another_family(self, switch: Switch | None) -> str:
        """Say why a switch cannot be reached from our socket; "" where it can: one of IPv6 reaches both."""
        assert self._transport is not None, "the socket is open"
        ours = str(self._transport.get_extra_info("sockname")[0])
        if switch is None or ":" in ours or ":" not in switch.address:
            return ""
        its = f"has the IPv6 address {switch.address}"
        return f"{its}, and this node speaks RADIUS from {ours}: let its radius_auth listen at [::]"

    def _free_identifier(self, to: tuple[str, int]) -> int | None:
        """Return an identifier under which nothing to this switch waits; None where each is taken."""
        for _ in range(IDENTIFIERS):
            identifier = next(self._numbers) % IDENTIFIERS
            if (*to, identifier) not in self._waiting:
                return identifier
        return None

    def _send(self, data: bytes, to: tuple[str, int]) -> None:
        assert self._transport is not None, "the socket is open"
        ours = str(self._transport.get_extra_info("sockname")[0])
        self._transport.sendto(data, (mapped_address(to[0]) if ":" in ours else to[0], to[1]))
        self._count("sent")

    def _count(self, what: str) -> None:
        self._node.counts[f"radius.disconnect.{what}"] += 1


async def _taken(book: AnyBook, most: int) -> list[WantedCut]:
    """Take the cuts that a book offers; what comes too late is offered again."""
    try:
        async with asyncio.timeout(TAKE_S):
            return await book.take_cuts(most)
    except TimeoutError:
        return []


def _words(hold: Hold, reason: CutReason, result: CutResult) -> str:
    """Write what the story of the call says of a cut."""
    done = "ended" if result.outcome is CutOutcome.ENDED else "not ended"
    return f"{done}, {reason}: switch {hold.switch} {result.text}"


def _unreachable(switch: Switch | None) -> str:
    """Say why a switch cannot be told anything; "" where it can."""
    if switch is None:
        return "is not in the directory"
    if not switch.recipe.can_disconnect:
        return f"ends no calls for us: its recipe {switch.recipe.name} says can_disconnect=false"
    if not (switch.address and switch.secret):
        return "has no address or no secret"
    return ""
