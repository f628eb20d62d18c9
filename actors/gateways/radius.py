"""RADIUS over UDP: Access-Request and Accounting-Request of the switches we know (RFC 2865, 2866, 5997)."""

import asyncio
from typing import cast

from actors.gateways.latency import Latency
from actors.gateways.radius_door import RadiusDoor
from actors.gateways.radius_work import NO_ERRORS, RadiusWork
from actors.gateways.sockets import mapped_address, place_of, plain_address, udp_socket
from actors.gateways.state import GatewayState
from actors.home import machine_ms
from actors.node import Node
from domain.directory import Switch
from domain.wire.radius_duplicates import Duplicates
from domain.wire.radius_packet import Code, RadiusPacket


class RadiusGateway(asyncio.DatagramProtocol):
    """One UDP socket: authentication or accounting.

    What is malformed, unproved or unknown is dropped in silence and counted (RFC 2865 §3).
    """

    def __init__(self, node: Node, *, accounting: bool, door: RadiusDoor | None = None) -> None:
        self._node = node
        self._name = "acct" if accounting else "auth"
        self._work = RadiusWork(node, self._name, authorizes=not accounting, accounts=accounting, door=door)
        self._duplicates = Duplicates(node.limits.radius_answers, node.limits.radius_answer_s)
        self._in_work: set[asyncio.Task[None]] = set()
        self._times = Latency()
        self._most_in_work = node.limits.queue
        self._transport: asyncio.DatagramTransport | None = None
        self._is_ipv6 = False
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def listen(
        cls, node: Node, host: str, port: int, *, accounting: bool, door: RadiusDoor | None = None
    ) -> "RadiusGateway":
        """Open the socket. `door` checks users' credentials."""
        _, gateway = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(node, accounting=accounting, door=door),
            sock=udp_socket(host, port, node.limits.socket_buffer_mb),
        )
        return gateway

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # no event loop's own class says so
        self._is_ipv6 = ":" in str(transport.get_extra_info("sockname")[0])

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        """Take one datagram."""
        self._work.count("received")
        source = plain_address(source[0]), source[1]
        switch = self._node.switch_at(source[0])
        if switch is None:
            self._work.count("unknown-client")
            self._node.guard.heard(source[0], machine_ms())
            return
        packet = self._work.proved(data, switch, switch.secret.encode())
        if packet is not None:
            self._begin(packet, switch, source)

    def figures(self) -> dict[str, float]:
        """Return what is in work."""
        return {f"radius.{self._name}.in_work": float(len(self._in_work))}

    def state(self) -> GatewayState:
        """Return how it goes."""
        assert self._transport is not None, "the socket is open"
        place = place_of(*self._transport.get_extra_info("sockname")[:2])
        p50_ms, p99_ms = self._times.percentiles(self._loop.time())
        counts = self._work.counts()
        return GatewayState(
            name=f"radius_{self._name}",
            address=f"udp {place}",
            received=counts["received"],
            sent=counts["sent"],
            errors=sum(counts.values()) - sum(counts[name] for name in NO_ERRORS),
            counts=dict(counts),
            p50_ms=p50_ms,
            p99_ms=p99_ms,
            in_work=len(self._in_work),
        )

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
        if packet.code is not Code.STATUS_SERVER:  # asked anew each time, never sent again (RFC 5997 §4.2)
            before = self._duplicates.begin(packet, source, self._loop.time())
            if before is not None:
                self._work.count("retransmit" if before else "duplicate-in-work")
                if before:
                    self._send(before, source)
                return
        if len(self._in_work) >= self._most_in_work:
            self._work.count("overload")
            self._duplicates.failed(packet, source)
            return
        task = self._loop.create_task(self._answer(packet, switch, source))
        self._in_work.add(task)
        task.add_done_callback(self._in_work.discard)

    async def _answer(self, packet: RadiusPacket, switch: Switch, source: tuple[str, int]) -> None:
        began_s = self._loop.time()
        reply = await self._work.reply(packet, switch, switch.secret.encode())
        now_s = self._loop.time()
        self._times.add(now_s - began_s, now_s)
        if reply is None:
            self._duplicates.failed(packet, source)
            return
        self._duplicates.answered(packet, source, reply)
        self._send(reply, source)

    def _send(self, data: bytes, to: tuple[str, int]) -> None:
        assert self._transport is not None, "the socket is open"
        self._transport.sendto(data, (mapped_address(to[0]) if self._is_ipv6 else to[0], to[1]))
        self._work.count("sent")
