"""Open-loop ENUM load over UDP: questions at their scheduled moments whatever the answers do, times from the schedule.

A question counts as answered when its NAPTRs came within TIMEOUT_S of its moment: later a client asks again (facts: the
first retry comes after 250 to 1000 ms). Nothing is asked again here, so that load stays what was asked for.
"""

import asyncio
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import uvloop

from cluster.bench.open_loop import Outcome, paced
from domain.wire.dns_message import Edns, Query, Rcode, Type, encode_query
from domain.wire.dns_name import name_from_text

HostPort = tuple[str, int]
TIMEOUT_S = 0.25
DRAIN_S = 1.0
MOST_CALLS = 400_000
_IDENTIFIERS = 65_536
_HEAD = struct.Struct(">4H")


@dataclass(frozen=True, slots=True)
class EnumLoad:
    """`per_s` questions a second for `seconds` from `source` (any port) to `server`, about the numbers in turn."""

    server: HostPort
    source: str
    numbers: Sequence[str]
    per_s: float
    seconds: float

    @property
    def calls(self) -> int:
        """How many questions that is."""
        return min(round(self.per_s * self.seconds), MOST_CALLS)


def generate(load: EnumLoad) -> Outcome:
    """Run the load in this process and return its outcome. Raises OSError when the source is not this machine's."""
    return uvloop.run(_generate(load))


async def _generate(load: EnumLoad) -> Outcome:
    loop = asyncio.get_running_loop()
    transport, asker = await loop.create_datagram_endpoint(
        lambda: _Asker(load), local_addr=(load.source, 0), remote_addr=load.server
    )
    try:
        return await asker.run()
    finally:
        transport.close()


class _Asker(asyncio.DatagramProtocol):
    """All questions of one load, written before the first is sent."""

    def __init__(self, load: EnumLoad) -> None:
        self._load = load
        self._outcome = Outcome(load.calls)
        self._asked = [-1] * _IDENTIFIERS
        self._questions = [_question(load, at) for at in range(load.calls)]
        self._began = 0.0
        self._over = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # no event loop's own class says so

    async def run(self) -> Outcome:
        """Ask every question at its moment, then wait for the last answers."""
        self._began = time.perf_counter()
        await paced(self._ask, self._load.calls, self._load.per_s, self._outcome, self._began)
        with suppress(TimeoutError):  # what is still unanswered stays so
            async with asyncio.timeout(DRAIN_S):
                await self._over.wait()
        return self._outcome

    def datagram_received(self, data: bytes, _source: HostPort) -> None:
        if len(data) < _HEAD.size:
            return
        ident, flags, _, answers = _HEAD.unpack_from(data)
        at, self._asked[ident] = self._asked[ident], -1
        if at < 0:
            return
        outcome, rcode = self._outcome, flags & 15
        outcome.statuses[rcode] += 1
        if outcome.statuses.total() == outcome.calls:
            self._over.set()
        took_s = time.perf_counter() - self._began - at / self._load.per_s
        if rcode == Rcode.NOERROR and answers and took_s <= TIMEOUT_S:
            outcome.times_ms.append(1000 * took_s)
        elif rcode == Rcode.NOERROR and answers:
            outcome.late += 1

    def error_received(self, exc: Exception) -> None:
        """Nobody listens just now: the question goes unanswered."""

    def _ask(self, at: int) -> None:
        assert self._transport is not None, "the socket is open"
        self._asked[at % _IDENTIFIERS] = at
        self._transport.sendto(self._questions[at])


def _question(load: EnumLoad, at: int) -> bytes:
    number = load.numbers[at % len(load.numbers)]
    name = name_from_text(".".join(reversed(number)) + ".e164.arpa")
    return encode_query(Query(at % _IDENTIFIERS, name, Type.NAPTR, edns=Edns(1232)))
