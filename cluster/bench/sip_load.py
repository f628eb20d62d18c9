"""Open-loop SIP load: INVITEs at their scheduled moments whatever the answers do, 302, ACK, times from the schedule.

A call counts as redirected when its 302 came within T1 of its scheduled moment: later a caller sends again (RFC 3261
§17.1.1.2). Nothing is sent again here, so that load stays what was asked for.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import uvloop

from cluster.bench.open_loop import Outcome, paced
from domain.wire.sip_message import COOKIE, build_request

HostPort = tuple[str, int]
T1_S = 0.5
MOST_CALLS = 200_000
_BODY = (
    b"v=0\r\no=bench 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 8 0 18 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    b"a=rtpmap:18 G729/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)
_ANSWER = re.compile(rb"SIP/2\.0 (\d{3}) .*?\r\nTo: ([^\r]*)\r\nCall-ID: (\d+)-", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SipLoad:
    """`per_s` calls a second for `seconds` from `source` (any port) to `server`; `run` makes the Call-IDs unique.

    `patience_s`: what is answered later is no success; the last answers are waited for twice as long.
    """

    server: HostPort
    source: str
    numbers: Sequence[str]
    per_s: float
    seconds: float
    run: str
    patience_s: float = T1_S

    @property
    def calls(self) -> int:
        """How many calls that is."""
        return min(round(self.per_s * self.seconds), MOST_CALLS)


@dataclass(slots=True)
class SipOutcome(Outcome):
    """What came of it; `again`: answers that came again because their ACK was late."""

    again: int = 0


def generate(load: SipLoad) -> SipOutcome:
    """Run the load in this process and return its outcome. Raises OSError when the source is not this machine's."""
    return uvloop.run(_generate(load))


async def _generate(load: SipLoad) -> SipOutcome:
    loop = asyncio.get_running_loop()
    transport, caller = await loop.create_datagram_endpoint(
        lambda: _Caller(load), local_addr=(load.source, 0), remote_addr=load.server
    )
    try:
        return await caller.run()
    finally:
        transport.close()


class _Caller(asyncio.DatagramProtocol):
    """All calls of one load. Requests are written before the first is sent."""

    def __init__(self, load: SipLoad) -> None:
        self._load = load
        self._outcome = SipOutcome(load.calls)
        self._done = bytearray(load.calls)
        self._began = 0.0
        self._over = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # no event loop's own class says so
        own: HostPort = transport.get_extra_info("sockname")[:2]
        self._invites = [_request("INVITE", self._load, own, at) for at in range(self._load.calls)]
        self._acks = [_request("ACK", self._load, own, at) for at in range(self._load.calls)]

    async def run(self) -> SipOutcome:
        """Send every INVITE at its moment, then wait for the last answers."""
        assert self._transport is not None, "the socket is open"
        transport, invites, outcome = self._transport, self._invites, self._outcome
        self._began = time.perf_counter()
        await paced(lambda at: transport.sendto(invites[at]), self._load.calls, self._load.per_s, outcome, self._began)
        with suppress(TimeoutError):  # what is still unanswered stays so
            async with asyncio.timeout(2 * self._load.patience_s):
                await self._over.wait()
        return outcome

    def datagram_received(self, data: bytes, _source: HostPort) -> None:
        found = _ANSWER.match(data)
        if found is None or found[1] == b"100":
            return
        at, outcome = int(found[3]), self._outcome
        assert self._transport is not None, "the socket is open"
        self._transport.sendto(self._acks[at].replace(b"%TO%", found[2], 1))
        if self._done[at]:
            outcome.again += 1
            return
        self._done[at] = 1
        status = int(found[1])
        outcome.statuses[status] += 1
        if outcome.statuses.total() == outcome.calls:
            self._over.set()
        took_s = time.perf_counter() - self._began - at / self._load.per_s
        if status == 302 and took_s <= self._load.patience_s:
            outcome.times_ms.append(1000 * took_s)
        elif status == 302:
            outcome.late += 1

    def error_received(self, exc: Exception) -> None:
        """Nobody listens just now: the call goes unanswered."""


def _request(method: str, load: SipLoad, own: HostPort, at: int) -> bytes:
    """Write the INVITE of a call, or its ACK with %TO% where the answer's To belongs."""
    number, (host, port) = load.numbers[at % len(load.numbers)], load.server
    invites = method == "INVITE"
    headers = [
        ("Via", f"SIP/2.0/UDP {own[0]}:{own[1]};rport;branch={COOKIE}-{load.run}-{at}"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:12025550100@{own[0]}>;tag={load.run}{at}"),
        ("To", f"<sip:{number}@{host}>" if invites else "%TO%"),
        ("Call-ID", f"{at}-{load.run}@{own[0]}"),
        ("CSeq", f"1 {method}"),
    ]
    if invites:
        headers += [
            ("Contact", f"<sip:12025550100@{own[0]}:{own[1]}>"),
            ("User-Agent", "switchboard bench"),
            ("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK"),
            ("Supported", "timer, 100rel"),
            ("Content-Type", "application/sdp"),
        ]
    return build_request(method, f"sip:{number}@{host}:{port}", headers, _BODY if invites else b"")
