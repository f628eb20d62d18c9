"""A RADIUS client over real UDP sockets: what a gateway's RADIUS stack does, and counts of how it went.

An unanswered packet is sent again, unchanged, from the same port (RFC 2865 §2.5, RFC 5080 §2.2.1), sooner than real
gateways do, because the demo lasts three minutes; after GIVE_UP_S it counts as lost.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Sequence

from cluster.demo.figures import WireFigures
from domain.errors import WireError
from domain.wire.radius_packet import Attribute, Code, RadiusPacket, decode, encode_request, verify_reply

REPEAT_S, REPEAT_MOST_S, GIVE_UP_S = 0.5, 2.0, 20.0
HostPort = tuple[str, int]
_IDENTIFIERS = 256


class _Question:
    """One request under way on a port; `identifier` is its own until it is answered or lost."""

    __slots__ = ("answer", "first_s", "request", "timer", "wait_s")

    def __init__(self, request: RadiusPacket, answer: asyncio.Future[RadiusPacket | None], first_s: float) -> None:
        self.request, self.answer, self.first_s = request, answer, first_s
        self.wait_s = REPEAT_S
        self.timer: asyncio.TimerHandle | None = None


class _Port(asyncio.DatagramProtocol):
    """One source port with its 256 identifiers, used in turn so that each rests as long as possible."""

    def __init__(self, client: "RadiusClient") -> None:
        self._client = client
        self.free = deque(range(_IDENTIFIERS))
        self.asked: dict[int, _Question] = {}
        self.transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, _source: HostPort) -> None:
        self._client.received(self, data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens just now: the packet will be sent again."""


class RadiusClient:
    """Asks one server (one address and port) with one secret.

    Invariant: a request is either under way on a port, waiting for a free identifier, answered, or lost.
    """

    def __init__(
        self, local: str, server: HostPort, secret: str, figures: WireFigures, ports: int, give_up_s: float = GIVE_UP_S
    ) -> None:
        self._local, self._server, self._secret = local, server, secret.encode()
        self._figures, self._port_count, self._give_up_s = figures, ports, give_up_s
        self._ports: deque[_Port] = deque()
        self._waiting: deque[tuple[Code, Sequence[Attribute], asyncio.Future[RadiusPacket | None]]] = deque()
        self._loop = asyncio.get_running_loop()

    async def open(self) -> None:
        """Open the ports on the client's own address. Raises OSError when it is not this machine's."""
        for _ in range(self._port_count):
            transport, port = await self._loop.create_datagram_endpoint(
                lambda: _Port(self), local_addr=(self._local, 0), remote_addr=self._server
            )
            port.transport = transport
            self._ports.append(port)

    def ask(self, code: Code, attributes: Sequence[Attribute]) -> asyncio.Future[RadiusPacket | None]:
        """Send a request; the future becomes the proved answer, or None when there was none in `give_up_s`."""
        answer: asyncio.Future[RadiusPacket | None] = self._loop.create_future()
        self._figures.sent += 1
        if not self._send(code, attributes, answer):
            self._waiting.append((code, attributes, answer))
        return answer

    def close(self) -> None:
        """Close the ports; what is under way is forgotten."""
        for port in self._ports:
            for question in port.asked.values():
                if question.timer is not None:
                    question.timer.cancel()
            if port.transport is not None:
                port.transport.close()

    def received(self, port: _Port, data: bytes) -> None:
        """Take a datagram: the answer to what is under way, or a late or strange one, which is only counted."""
        question = port.asked.get(data[1]) if len(data) > 1 else None
        try:
            packet = decode(data)
            if question is None:
                raise WireError("not-asked")
            verify_reply(packet, question.request, self._secret)
        except WireError:
            self._figures.strange += 1
            return
        self._figures.answered += 1
        self._figures.samples_ms.append(1000 * (time.perf_counter() - question.first_s))
        self._finish(port, question, packet)

    def _send(self, code: Code, attributes: Sequence[Attribute], answer: asyncio.Future[RadiusPacket | None]) -> bool:
        self._ports.rotate(-1)
        port = max(self._ports, key=lambda port: len(port.free)) if not self._ports[0].free else self._ports[0]
        if not port.free:
            return False
        identifier = port.free.popleft()
        access = code is Code.ACCESS_REQUEST
        raw = encode_request(code, identifier, attributes, self._secret, authenticator=os.urandom(16), prove=access)
        request = RadiusPacket(code, identifier, raw[4:20], (), raw)
        question = port.asked[identifier] = _Question(request, answer, time.perf_counter())
        self._transmit(port, question)
        return True

    def _transmit(self, port: _Port, question: _Question) -> None:
        assert port.transport is not None, "the port is open"
        port.transport.sendto(question.request.raw)
        question.timer = self._loop.call_later(question.wait_s, self._repeat, port, question)

    def _repeat(self, port: _Port, question: _Question) -> None:
        if time.perf_counter() - question.first_s >= self._give_up_s:
            self._figures.lost += 1
            self._finish(port, question, None)
            return
        self._figures.repeated += 1
        question.wait_s = min(2 * question.wait_s, REPEAT_MOST_S)
        self._transmit(port, question)

    def _finish(self, port: _Port, question: _Question, packet: RadiusPacket | None) -> None:
        if question.timer is not None:
            question.timer.cancel()
        identifier = question.request.identifier
        del port.asked[identifier]
        port.free.append(identifier)
        if not question.answer.done():
            question.answer.set_result(packet)
        if self._waiting:
            self._send(*self._waiting.popleft())
