"""Asking ENUM servers whether numbers have moved (RFC 4769): a datagram, one repetition, and answers kept for a while.

A call waits for no server longer than its source says; what does not answer several times running is left alone for
some seconds, during which numbers are routed as they were dialled.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from secrets import randbelow

from domain.calls import CallReport, CallSetup
from domain.charging import asks_elsewhere
from domain.numbers import STAYED, UNANSWERED, Dialled
from domain.portability import PortedSource
from domain.routing import RoutedCall, asked
from domain.settings import host_port
from domain.wire.dns_message import DnsError, Query, decode_reply, encode_query
from domain.wire.ported_answers import ported_of, ported_query
from domain.world import World

MOST_KEPT = 100_000
"""Answers that are kept of a source; the one that was used longest ago makes room."""
MOST_OPEN = 2_000
"""Questions that are unanswered at once; more are not asked."""
PATIENCE, PAUSE_S = 5, 5.0
"""After so many failures running a server is not asked for so long."""


class Dips:
    """The sources of a node that are asked over a network. `counts`: asked, kept, moved, failed, by source."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._servers: dict[str, EnumServer] = {}

    async def looked_up(self, setup: CallSetup, world: World) -> CallSetup:
        """Return a call with what its number's source says, where that has to be asked first."""
        call = asked(setup, world)
        if not isinstance(call, RoutedCall) or call.lacking is None:
            return setup
        found = await self._server(call.lacking).of(call.b)
        return replace(setup, looked_up=(found.routing_number, found.dipped, found.carrier))

    async def of_leg(self, report: CallReport, world: World) -> CallReport:
        """Return a report with what its number's source says, where that has to be asked first."""
        wanted = asks_elsewhere(report, world)
        if wanted is None:
            return report
        found = await self._server(wanted[0]).of(wanted[1])
        return replace(report, looked_up=found.routing_number) if found.dipped else report

    def close(self) -> None:
        """Close all sockets."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    def _server(self, source: PortedSource) -> "EnumServer":
        server = self._servers.get(source.name)
        if server is None or server.source != source:
            if server is not None:
                server.close()
            server = self._servers[source.name] = EnumServer(source, self._count(source.name))
        return server

    def _count(self, name: str) -> Callable[[str], None]:
        def count(what: str) -> None:
            self._counts[f"ported.{name}.{what}"] += 1

        return count


class EnumServer(asyncio.DatagramProtocol):
    """One server and what it said. Invariant: a number is asked about once at a time, whoever wants to know."""

    def __init__(self, source: PortedSource, count: Callable[[str], None]) -> None:
        self.source, self._count = source, count
        self._kept: OrderedDict[str, tuple[Dialled, float]] = OrderedDict()
        self._open: dict[int, tuple[Query, asyncio.Future[tuple[Dialled, int | None]]]] = {}
        self._asking: dict[str, asyncio.Task[Dialled]] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._connecting = asyncio.Lock()
        self._failed, self._paused_s = 0, 0.0

    async def of(self, number: str) -> Dialled:
        """Return what is known of a number (E.164 digits); UNANSWERED where the server says nothing in time."""
        now_s = asyncio.get_running_loop().time()
        kept = self._kept.get(number)
        if kept is not None and now_s < kept[1]:
            self._kept.move_to_end(number)
            self._count("kept")
            return kept[0]
        if now_s < self._paused_s or len(self._open) >= MOST_OPEN:
            self._count("not-asked")
            return UNANSWERED
        asking = self._asking.get(number)
        if asking is None:
            asking = self._asking[number] = asyncio.create_task(self._ask(number))
            asking.add_done_callback(lambda _: self._asking.pop(number, None))
        return await asyncio.shield(asking)

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """Take an answer to an open question: its id and question must be those."""
        try:
            reply = decode_reply(data)
        except DnsError:
            self._count("unreadable")
            return
        query, future = self._open.get(reply.id, (None, None))
        if query is None or future is None or future.done() or reply.question is None:
            return
        if (reply.question[0].lower(), *reply.question[1:]) == (query.name.lower(), query.type, query.rclass):
            future.set_result(ported_of(reply))

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: the questions time out."""

    def close(self) -> None:
        """Close the socket; what is open is unanswered."""
        if self._transport is not None:
            self._transport.close()

    async def _ask(self, number: str) -> Dialled:
        self._count("asked")
        try:
            found, ttl_s = await self._answer(number)
        except (TimeoutError, OSError):
            found, ttl_s = UNANSWERED, None
        if found == UNANSWERED:
            self._count("failed")
            self._failed += 1
            if self._failed >= PATIENCE:
                self._failed, self._paused_s = 0, asyncio.get_running_loop().time() + PAUSE_S
            return found
        self._failed = 0
        self._count("stayed" if found == STAYED else "moved")
        self._keep(number, found, ttl_s)
        return found

    async def _answer(self, number: str) -> tuple[Dialled, int | None]:
        """Ask, and once more after half of the time: a datagram may be lost."""
        ident = self._free_id()
        query = ported_query(ident, number, self.source.zone)
        if query is None:
            return STAYED, None
        transport = await self._connected()
        future: asyncio.Future[tuple[Dialled, int | None]] = asyncio.get_running_loop().create_future()
        self._open[ident] = query, future
        wait_s = self.source.timeout_ms / 2_000
        try:
            transport.sendto(encode_query(query))
            done, _ = await asyncio.wait([future], timeout=wait_s)
            if not done:
                transport.sendto(encode_query(query))
            async with asyncio.timeout(wait_s):
                return await future
        finally:
            del self._open[ident]

    async def _connected(self) -> asyncio.DatagramTransport:
        async with self._connecting:
            if self._transport is None or self._transport.is_closing():
                loop = asyncio.get_running_loop()
                where = host_port(self.source.server)
                self._transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=where)
            return self._transport

    def _free_id(self) -> int:
        ident = randbelow(65_536)  # nobody who does not see our questions can answer them (RFC 5452)
        while ident in self._open:
            ident = (ident + 1) % 65_536
        return ident

    def _keep(self, number: str, found: Dialled, ttl_s: int | None) -> None:
        keep_s = self.source.keep_s if ttl_s is None else min(ttl_s, self.source.keep_s)
        self._kept[number] = found, asyncio.get_running_loop().time() + keep_s
        self._kept.move_to_end(number)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
