"""Closed-loop RADIUS load: accounting Stops with a window of unanswered requests, as a busy gateway keeps them.

Every call has two legs, the client's and one vendor's, each of them one Stop. Nothing is sent again: what stays
unanswered is lost, and the books then say whether it was recorded.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import md5

import uvloop

from cluster.bench.processes import cpu_s
from cluster.demo.records import LiveLeg, accounting
from domain.calls import Release, ReportKind, Side
from domain.recipes import recipe_named
from domain.wire.radius_packet import Code, encode_request

HostPort = tuple[str, int]
PORTS = 4
MOST_STOPS = 200_000
_IDENTIFIERS = 256


@dataclass(frozen=True, slots=True)
class RadiusLoad:
    """At most `stops` Stops for `seconds`, `window` of them unanswered at a time, from `source` to `server`.

    Call number n talks `talk_s(n)` seconds from `at_ms`; its number at the vendor's side is the same. After the end
    the last answers are waited for `drain_s` at most. `watched`: processes whose processor time is told.
    """

    server: HostPort
    source: str
    secret: str
    recipe: str
    vendor: HostPort
    numbers: tuple[str, ...]
    at_ms: int
    seconds: float
    run: str
    stops: int = 60_000
    window: int = 256
    drain_s: float = 5.0
    watched: tuple[int, ...] = ()


@dataclass(slots=True)
class RadiusOutcome:
    """What came of it: Stops sent and acknowledged (the answer proved), and how long each acknowledgement took.

    `seconds` is from the first sending to the last acknowledgement, `cpu_s` what each process that was watched used in
    that time: what stands still while the Stops are being written is no cost of theirs.
    """

    sent: int = 0
    acknowledged: int = 0
    strange: int = 0
    seconds: float = 0.0
    times_ms: list[float] = field(default_factory=list)
    cpu_s: tuple[float, ...] = ()


def talk_s(call: int) -> int:
    """Return how long a call talks: 7 to 487 s, so that a sum of charges tells calls apart."""
    return 7 + call * 37 % 481


def generate(load: RadiusLoad) -> RadiusOutcome:
    """Run the load in this process and return its outcome. Raises OSError when the source is not this machine's."""
    return uvloop.run(_generate(load))


def stops(load: RadiusLoad) -> Iterator[bytes]:
    """Yield the Stops: client's and vendor's leg in turn; identifiers go round per port, as the ports do."""
    recipe, secret = recipe_named(load.recipe), load.secret.encode()
    for at in range(min(load.stops, MOST_STOPS)):
        call, side = at // 2, Side.VENDOR if at % 2 else Side.CLIENT
        attributes = accounting(recipe, load.source, ReportKind.STOP, _leg(load, call, side))
        yield encode_request(Code.ACCOUNTING_REQUEST, at // PORTS % _IDENTIFIERS, attributes, secret, prove=False)


def _leg(load: RadiusLoad, call: int, side: Side) -> LiveLeg:
    digits = md5(f"{load.run} {call}".encode(), usedforsecurity=False).hexdigest().upper()
    vendors = side is Side.VENDOR
    connect_ms = load.at_ms + 5_000
    return LiveLeg(
        side=side,
        call_id=" ".join(digits[at : at + 8] for at in (0, 8, 16, 24)),
        session_id=f"{load.run}{call:08X}{'V' if vendors else 'C'}",
        attempt=1,
        a="12025550100",
        b=load.numbers[call % len(load.numbers)],
        setup_ms=load.at_ms,
        remote=f"{load.vendor[0]}:{load.vendor[1]}" if vendors else "",
        alert_ms=load.at_ms + 2_000,
        connect_ms=connect_ms,
        disconnect_ms=connect_ms + 1000 * talk_s(call),
        cause=16,
        release=Release.CALLER,
    )


def _is_proved(reply: bytes, request: bytes, secret: bytes) -> bool:
    """Whether an Accounting-Response without attributes answers the request (RFC 2866 §3), in one hash: the load
    shares its machine with what it measures."""
    head = bytes((Code.ACCOUNTING_RESPONSE, request[1], 0, 20))
    return reply == head + md5(head + request[4:20] + secret, usedforsecurity=False).digest()


async def _generate(load: RadiusLoad) -> RadiusOutcome:
    gateway = _Gateway(load)
    try:
        await gateway.open()
        return await gateway.run()
    finally:
        gateway.close()


class _Port(asyncio.DatagramProtocol):
    """One source port: the Stops under way by identifier, each with the moment of its sending."""

    def __init__(self, gateway: "_Gateway") -> None:
        self._gateway = gateway
        self.under_way: dict[int, tuple[bytes, float]] = {}
        self.transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, _source: HostPort) -> None:
        self._gateway.received(self, data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens just now: the Stop goes unanswered."""


class _Gateway:
    """Keeps the window full. Invariant: an identifier of a port is under way once at most."""

    def __init__(self, load: RadiusLoad) -> None:
        assert load.window <= PORTS * _IDENTIFIERS // 2, "identifiers must not come round while they are under way"
        self._load = load
        self._stops = list(stops(load))
        self._secret = load.secret.encode()
        self._ports: list[_Port] = []
        self._outcome = RadiusOutcome()
        self._began = self._ends = 0.0
        self._over = asyncio.Event()

    async def open(self) -> None:
        for _ in range(PORTS):
            transport, port = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Port(self), local_addr=(self._load.source, 0), remote_addr=self._load.server
            )
            port.transport = transport
            self._ports.append(port)

    async def run(self) -> RadiusOutcome:
        """Fill the window, let each answer send the next Stop, and wait for the last answers."""
        before = [cpu_s(pid) for pid in self._load.watched]
        self._began = time.perf_counter()
        self._ends = self._began + self._load.seconds
        for _ in range(self._load.window):
            self._send_next()
        with suppress(TimeoutError):  # what is still under way is lost
            async with asyncio.timeout(self._load.seconds + self._load.drain_s):
                await self._over.wait()
        self._outcome.cpu_s = tuple(cpu_s(pid) - then for pid, then in zip(self._load.watched, before, strict=True))
        return self._outcome

    def received(self, port: _Port, data: bytes) -> None:
        """Take an answer and send the next Stop in its place."""
        now, outcome = time.perf_counter(), self._outcome
        asked = port.under_way.pop(data[1], None) if len(data) > 1 else None
        if asked is None:
            outcome.strange += 1
            return
        raw, at = asked
        if not _is_proved(data, raw, self._secret):
            outcome.strange += 1
            return
        outcome.acknowledged += 1
        outcome.seconds = now - self._began
        outcome.times_ms.append(1000 * (now - at))
        self._send_next()
        if outcome.acknowledged == outcome.sent:
            self._over.set()

    def close(self) -> None:
        for port in self._ports:
            if port.transport is not None:
                port.transport.close()

    def _send_next(self) -> None:
        at, now = self._outcome.sent, time.perf_counter()
        if at >= len(self._stops) or now >= self._ends:
            return
        raw, port = self._stops[at], self._ports[at % PORTS]
        assert port.transport is not None, "the port is open"
        if raw[1] in port.under_way:
            return  # its last user was never answered: one place of the window is lost with it
        port.under_way[raw[1]] = (raw, now)
        self._outcome.sent = at + 1
        port.transport.sendto(raw)
