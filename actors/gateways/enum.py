"""ENUM over UDP and TCP: a DNS question about a number -> NAPTRs, or a refusal (RFC 6116, RFC 1035 §4.2, RFC 7766)."""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple, cast

import structlog

from actors.gateways.latency import Latency
from actors.gateways.sockets import on_both, place_of, plain_address, udp_socket
from actors.gateways.state import GatewayState
from actors.gateways.streams import Link, Streams, Talk
from actors.home import machine_ms
from actors.node import Node, NotReadyError
from domain.answering_enum import Answer, by_decision, by_zones, written
from domain.calls import CallSetup
from domain.causes import Cause
from domain.decisions import Decision
from domain.directory import Directory, Switch
from domain.reading_enum import EnumZones, Located, origin_of, setup_from_question, trunk_names
from domain.settings import EnumSettings
from domain.wire.dns_duplicates import RecentAnswers
from domain.wire.dns_message import DnsError, Query, Rcode, decode_query
from domain.wire.dns_name import name_from_text, name_of
from domain.wire.enum_answers import ZoneData

HostPort = tuple[str, int]
Send = Callable[[bytes], None]
Say = Callable[[Answer], None]


class _Asked(NamedTuple):
    """A question that needs a decision, and the way back."""

    query: Query
    number: Located
    switch: Switch
    source: HostPort
    say: Say
    origin: bytes | None = None
    """Where there is a hold: by what a repetition is known, whichever way it comes."""


class EnumGateway(asyncio.DatagramProtocol):
    """One UDP socket and the TCP socket of the same address.

    A decision without a hold is made and answered at once; one with a hold when its book has answered. What comes
    again within five seconds gets the answer of the first time and is one attempt.
    """

    def __init__(self, node: Node, settings: EnumSettings) -> None:
        self._node, self._settings = node, settings
        self._zones = EnumZones(settings.zones)
        self._data = zone_data(settings)
        self._recent: RecentAnswers[Answer] = RecentAnswers(settings.answers)
        self._in_work: set[asyncio.Task[None]] = set()
        self._most_in_work = node.limits.queue
        self._named: tuple[Directory | None, dict[str, str]] = (None, {})
        self._transport: asyncio.DatagramTransport | None = None
        self._times, self._errors = Latency(), 0
        self._loop = asyncio.get_running_loop()
        self.streams = Streams(self._talk, self._knows, most=settings.connections, idle_s=settings.idle_s)

    @classmethod
    async def listen(cls, node: Node, host: str, port: int, settings: EnumSettings) -> "EnumGateway":
        """Open both sockets; with port 0 TCP takes the port that UDP got. Raises InputError where one is taken."""
        return await on_both(port, lambda: cls._listen(node, host, port, settings))

    @classmethod
    async def _listen(cls, node: Node, host: str, port: int, settings: EnumSettings) -> "EnumGateway":
        transport, gateway = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(node, settings), sock=udp_socket(host, port, node.limits.socket_buffer_mb)
        )
        try:
            await gateway.streams.listen(host, transport.get_extra_info("sockname")[1], None)
        except BaseException:
            gateway.close()
            raise
        return gateway

    @property
    def address(self) -> HostPort:
        """Where it listens, by UDP and TCP."""
        assert self._transport is not None, "the socket is open"
        host, port = self._transport.get_extra_info("sockname")[:2]
        return str(host), int(port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # no event loop's own class says so

    def datagram_received(self, data: bytes, source: HostPort) -> None:
        """Take one datagram."""

        def send(reply: bytes) -> None:
            assert self._transport is not None, "the socket is open"
            try:
                self._transport.sendto(reply, source)
            except (ValueError, OSError):  # nowhere to send to: one asker's trouble, not that of the others
                self._count("unsendable")

        self.take(data, (plain_address(source[0]), source[1]), send, tcp=False)

    def take(self, data: bytes, source: HostPort, send: Send, *, tcp: bool) -> None:
        """Answer one message, now or later, or not at all."""
        self._count("received")
        switch = self._node.switch_at(source[0])
        if switch is None:
            self._stranger(data, source, send, tcp=tcp)
            return
        try:
            query = decode_query(data)
        except DnsError as error:
            self._count(error.reason)
            self._errors += 1
            self._node.count_error(switch.id)
            if error.reply:
                self._send(error.reply, send)
            return

        began_s = perf_counter()

        def say(answer: Answer) -> None:
            self._send(written(query, answer, self._data, self._settings.udp_bytes, tcp=tcp), send)
            now_s = perf_counter()
            self._times.add(now_s - began_s, now_s)

        try:
            self._answer(query, switch, source, say)
        except Exception as error:  # a fault of ours: the client shall ask its next server at once
            self._fault(query, switch, source, error)
            say(Answer(Rcode.SERVFAIL))

    def figures(self) -> dict[str, float]:
        """Return what is in work, the connections, and why some were closed."""
        figures = {f"enum.tcp.{name}": float(count) for name, count in self.streams.counts.items()}
        return figures | {"enum.in_work": float(len(self._in_work)), "enum.connections": float(len(self.streams))}

    def state(self) -> GatewayState:
        """Return how it goes."""
        counts = {name.removeprefix("enum."): count for name, count in self._node.counts.items() if name[:5] == "enum."}
        p50_ms, p99_ms = self._times.percentiles(perf_counter())
        return GatewayState(
            name="enum",
            address=f"udp+tcp {place_of(*self.address)}",
            received=counts.get("received", 0),
            sent=counts.get("sent", 0),
            errors=self._errors,
            counts=counts | dict(self.streams.counts),
            p50_ms=p50_ms,
            p99_ms=p99_ms,
            in_work=len(self._in_work),
            connections=len(self.streams),
        )

    async def finish(self, wait_s: float) -> None:
        """Answer SERVFAIL from now on, and wait until what is in work is answered, `wait_s` seconds at most."""
        self._most_in_work = 0
        if self._in_work:
            await asyncio.wait(self._in_work, timeout=wait_s)

    def close(self) -> None:
        """Close the sockets and all connections."""
        self.streams.close()
        if self._transport is not None:
            self._transport.close()

    def _answer(self, query: Query, switch: Switch, source: HostPort, say: Say) -> None:
        number = by_zones(query, self._zones, self._data)
        if isinstance(number, Answer):
            say(number)
            return
        origin = origin_of(query.edns, self._settings.source_option) if switch.recipe.enum_hold else None
        new, before = self._recent.begin(query, source, self._loop.time(), origin)
        if not new:
            self._count("repeated" if before else "repeated-in-work")
            if before:
                say(before)
            return  # while it is in work an asker repeats itself until there is an answer
        asked = _Asked(query, number, switch, source, say, origin)
        if len(self._in_work) >= self._most_in_work:
            self._node.counts[f"refused.{Cause.OVERLOAD}"] += 1
            self._recent.failed(query, source, origin)
            say(Answer(Rcode.SERVFAIL))
        elif switch.recipe.enum_hold or self._node.looks_elsewhere:
            work = self._held(asked) if switch.recipe.enum_hold else self._looked_up(asked)
            task = self._loop.create_task(work)
            self._in_work.add(task)
            task.add_done_callback(self._in_work.discard)
        else:
            self._decided(self._setup(asked), asked)

    def _decided(self, setup: CallSetup, asked: "_Asked") -> None:
        decision = self._node.decide(setup)
        if decision.refusal is not None:
            self._node.counts[f"refused.{decision.refusal}"] += 1
        self._say(decision, asked)

    async def _looked_up(self, asked: "_Asked") -> None:
        """Decide a call whose number may have to be asked for elsewhere first."""
        try:
            self._decided(await self._node.looked_up(self._setup(asked)), asked)
        except Exception as error:  # told as above
            self._failed(asked, error)

    async def _held(self, asked: "_Asked") -> None:
        try:
            authorized = await self._node.authorize(self._setup(asked), asked.switch)
            self._say(authorized.decision, asked)
        except Exception as error:  # told as above
            self._failed(asked, error)

    def _failed(self, asked: "_Asked", error: Exception) -> None:
        self._recent.failed(asked.query, asked.source, asked.origin)
        self._fault(asked.query, asked.switch, asked.source, error)
        asked.say(Answer(Rcode.SERVFAIL))

    def _setup(self, asked: "_Asked") -> CallSetup:
        if self._node.world is None:
            raise NotReadyError
        directory = self._node.world.index.directory
        if self._named[0] is not directory:
            self._named = (directory, trunk_names(directory))
        option, now_ms = self._settings.source_option, self._node.now_ms()
        return setup_from_question(asked.number, asked.query.edns, asked.switch, now_ms, self._named[1], option)

    def _say(self, decision: Decision, asked: "_Asked") -> None:
        answer, left_out = by_decision(decision, asked.query, asked.number, asked.switch.recipe, self._data)
        if left_out:
            self._node.counts["enum.record-too-long"] += left_out
        if answer.rcode == Rcode.SERVFAIL:
            self._recent.failed(asked.query, asked.source, asked.origin)
        else:
            self._recent.answered(asked.query, asked.source, answer, asked.origin)
        asked.say(answer)

    def _stranger(self, data: bytes, source: HostPort, send: Send, *, tcp: bool) -> None:
        """Refuse one whom nobody knows, if so set, and not too often."""
        now_ms = machine_ms()
        if not self._node.guard.heard(source[0], now_ms):
            self._count("banned")
            return
        self._count("unknown-source")
        if not (self._node.guard.refuses and self._node.guard.may_answer(source[0], now_ms)):
            return
        try:
            query = decode_query(data)
        except DnsError as error:
            reply = error.reply
        else:
            reply = written(query, Answer(Rcode.REFUSED), self._data, self._settings.udp_bytes, tcp=tcp)
        if reply:
            self._send(reply, send)

    def _fault(self, query: Query, switch: Switch, source: HostPort, error: Exception) -> None:
        self._recent.failed(query, source)
        if not isinstance(error, NotReadyError):
            self._count("fault")
            self._errors += 1
            structlog.get_logger().exception("enum fault", switch=switch.id, exc_info=error)

    def _send(self, reply: bytes, send: Send) -> None:
        send(reply)
        self._count("sent")

    def _talk(self, link: Link) -> Talk:
        return _Talk(self, link)

    def _knows(self, source: str) -> bool:
        return self._node.switch_at(source) is not None

    def _count(self, what: str) -> None:
        self._node.counts[f"enum.{what}"] += 1


class _Talk:
    """One connection's messages: each behind its length in two octets, many under way at once (RFC 7766 §6.2.1.1)."""

    def __init__(self, gateway: EnumGateway, link: Link) -> None:
        self._gateway, self._link, self._unread = gateway, link, bytearray()

    @property
    def midway(self) -> bool:
        """Whether a message has begun and is not complete."""
        return bool(self._unread)

    def heard(self, data: bytes) -> bool:
        """Take a piece: answer what is complete, and tell whether anything was."""
        unread = self._unread
        unread += data
        at = 0
        while len(unread) - at >= 2 and len(unread) - at - 2 >= (size := int.from_bytes(unread[at : at + 2])):
            message = bytes(unread[at + 2 : at + 2 + size])
            at += 2 + size
            self._gateway.take(message, self._link.source, self._send, tcp=True)
        del unread[:at]
        return at > 0

    def _send(self, reply: bytes) -> None:
        self._link.write(len(reply).to_bytes(2) + reply)


def zone_data(settings: EnumSettings) -> ZoneData:
    """Return what the settings say of all zones. Raises ValueError where the server's name is none."""
    server = name_from_text(settings.server)
    return ZoneData(server, name_of([b"hostmaster"])[:-1] + server, settings.ttl_s, settings.negative_ttl_s)
