"""RADIUS over UDP: Access-Request and Accounting-Request of the switches we know (RFC 2865, 2866, 5997)."""

import asyncio
import json
from typing import cast

import structlog

from actors.gateways.sip import udp_socket
from actors.node import Node, NotReadyError
from actors.refs import UnavailableError
from domain.calls import Parked
from domain.causes import Cause, ParkCause
from domain.directory import Switch
from domain.errors import WireError
from domain.ids import CallKey, LegId
from domain.numbers import printable
from domain.reading import OnOff, report_from_accounting, setup_from_access
from domain.wire.radius_answers import access_accept_attributes, access_reject_attributes
from domain.wire.radius_duplicates import Duplicates
from domain.wire.radius_packet import Code, RadiusPacket, decode, encode_reply, status_reply, verify_request


class RadiusGateway(asyncio.DatagramProtocol):
    """One UDP socket: authentication or accounting.

    What is malformed, unproved or unknown is dropped in silence and counted (RFC 2865 §3). An accounting request is
    answered when its record is durable, and not at all when it cannot be (RFC 2866 §4.1).
    """

    def __init__(self, node: Node, *, accounting: bool) -> None:
        self._node, self._accounting = node, accounting
        self._name = "acct" if accounting else "auth"
        self._duplicates = Duplicates(node.limits.radius_answers, node.limits.radius_answer_s)
        self._in_work: set[asyncio.Task[None]] = set()
        self._most_in_work = node.limits.queue
        self._transport: asyncio.DatagramTransport | None = None
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def listen(cls, node: Node, host: str, port: int, *, accounting: bool) -> "RadiusGateway":
        """Open the socket."""
        _, gateway = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(node, accounting=accounting), sock=udp_socket(host, port, node.limits.socket_buffer_mb)
        )
        return gateway

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # no event loop's own class says so

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        """Take one datagram."""
        self._count("received")
        switch = self._node.switch_at(source[0])
        if switch is None:
            self._count("unknown-client")
            return
        try:
            packet = decode(data)
            verify_request(packet, switch.secret.encode(), require_proof=switch.require_message_authenticator)
        except WireError as error:
            self._count(error.reason)
            self._node.count_error(switch.id)
            return
        if packet.code is Code.STATUS_SERVER:
            self._send(status_reply(packet, switch.secret.encode(), accounting=self._accounting), source)
        elif packet.code is (Code.ACCOUNTING_REQUEST if self._accounting else Code.ACCESS_REQUEST):
            self._begin(packet, switch, source)
        else:
            self._count("wrong-port")

    def figures(self) -> dict[str, float]:
        """Return what is in work."""
        return {f"radius.{self._name}.in_work": float(len(self._in_work))}

    async def finish(self, wait_s: float) -> None:
        """Drop new packets from now on, and wait until those in work are answered, `wait_s` seconds at most."""
        self._most_in_work = 0
        if self._in_work:
            await asyncio.wait(self._in_work, timeout=wait_s)

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()

    def _begin(self, packet: RadiusPacket, switch: Switch, source: tuple[str, int]) -> None:
        before = self._duplicates.begin(packet, source, self._loop.time())
        if before is not None:
            self._count("retransmit" if before else "duplicate-in-work")
            if before:
                self._send(before, source)
            return
        if len(self._in_work) >= self._most_in_work:
            self._count("overload")
            self._duplicates.failed(packet, source)
            return
        task = self._loop.create_task(self._answer(packet, switch, source))
        self._in_work.add(task)
        task.add_done_callback(self._in_work.discard)

    async def _answer(self, packet: RadiusPacket, switch: Switch, source: tuple[str, int]) -> None:
        work = self._account if self._accounting else self._authorize
        try:
            reply = await work(packet, switch)
        except (UnavailableError, NotReadyError):
            self._count("unanswered")
            reply = None
        except Exception as error:  # a fault of ours: the packet comes again, and is no duplicate then
            self._count("fault")
            structlog.get_logger().exception("radius fault", switch=switch.id, exc_info=error)
            reply = None
        if reply is None:
            self._duplicates.failed(packet, source)
            return
        self._duplicates.answered(packet, source, reply)
        self._send(reply, source)

    async def _authorize(self, packet: RadiusPacket, switch: Switch) -> bytes | None:
        secret = switch.secret.encode()
        try:
            setup = setup_from_access(packet, switch, self._node.now_ms())
        except WireError as error:
            self._count(error.reason)
            self._node.count_error(switch.id)
            return encode_reply(
                packet, Code.ACCESS_REJECT, access_reject_attributes(switch.recipe, Cause.BAD_NUMBER), secret
            )
        answer = await self._node.authorize(setup, switch)
        decision = answer.decision
        if decision.refusal is not None:
            return encode_reply(
                packet, Code.ACCESS_REJECT, access_reject_attributes(switch.recipe, decision.refusal), secret
            )
        targets = [route.target for route in decision.routes]
        attributes = access_accept_attributes(switch.recipe, decision.call_key, answer.granted_s, targets)
        return encode_reply(packet, Code.ACCESS_ACCEPT, attributes, secret)

    async def _account(self, packet: RadiusPacket, switch: Switch) -> bytes | None:
        now_ms = self._node.now_ms()
        try:
            report = report_from_accounting(packet, switch, now_ms)
        except WireError as error:
            self._count(error.reason)
            self._node.count_error(switch.id)
            await self._node.park(_unreadable(packet, switch, error, now_ms))
        else:
            if isinstance(report, OnOff):
                await self._node.switch_restarted(switch.id, report.at_ms)
            else:
                await self._node.record(report)
        return encode_reply(packet, Code.ACCOUNTING_RESPONSE, (), switch.secret.encode())

    def _send(self, data: bytes, to: tuple[str, int]) -> None:
        assert self._transport is not None, "the socket is open"
        self._transport.sendto(data, to)
        self._count("sent")

    def _count(self, what: str) -> None:
        self._node.counts[f"radius.{self._name}.{what}"] += 1


def _unreadable(packet: RadiusPacket, switch: Switch, error: WireError, now_ms: int) -> Parked:
    """A record that cannot be read is kept as it came: the same packet twice is one parked record."""
    raw = json.dumps({"switch": switch.id, "packet": packet.raw.hex(), "error": str(error)}).encode()
    return Parked(
        park_id=packet.authenticator,
        call_key=CallKey(bytes(16)),
        leg_id=LegId(bytes(16)),
        cause=ParkCause.UNREADABLE,
        detail=printable(str(error)),
        raw=raw,
        received_ms=now_ms,
    )
