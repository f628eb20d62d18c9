"""A synthetic softswitch: asks over ENUM, takes the NAPTRs in order, and hands its calls in as a CDR file."""

import asyncio
import csv
import re
import time
from datetime import UTC, datetime
from pathlib import Path

from cluster.demo.figures import WireFigures
from cluster.demo.october import COLUMNS
from cluster.demo.radius_client import HostPort
from cluster.demo.records import LiveLeg
from cluster.demo.script import Attempt
from cluster.demo.switch import Admitted, NodeAddress, Offer, SyntheticSwitch, hex_digits
from cluster.demo.vendors import Vendors
from cluster.demo.world import TRUNK_PORT, SwitchEntry
from domain.calls import ReportKind, Side
from domain.errors import WireError
from domain.ids import PartnerId
from domain.targets import MARK_PARAMETER
from domain.wire.dns_message import Edns, Naptr, Query, Rcode, Reply, Type, decode_reply, encode_query
from domain.wire.dns_name import name_from_text
from domain.wire.sip_uri import parse_uri

APEX = "e164.arpa"
REPEAT_S, GIVE_UP_S = 0.5, 20.0
SOURCE_URI = 4
_IDENTIFIERS = 65_536


class EnumSwitch(SyntheticSwitch):
    """Pampas's kind of switch. It reports nothing live: what has ended waits for `hand_in`."""

    def __init__(self, entry: SwitchEntry, node: NodeAddress, vendors: Vendors) -> None:
        super().__init__(entry, node, vendors)
        self._asker = _Asker(entry.address, node.enum, self.figures.asking)
        self._ended: list[tuple[LiveLeg, PartnerId, str]] = []

    async def start(self) -> None:
        """Open the socket."""
        await self._asker.open()

    async def close(self) -> None:
        """Close it."""
        self._asker.close()

    async def settled(self) -> None:
        """Nothing is reported live."""

    def call_id(self, number: int) -> str:
        """Return a Call-ID."""
        return f"{hex_digits(self.entry.id, number)[:16]}@{self.entry.address}"

    def tell(self, kind: ReportKind, leg: LiveLeg, partner: PartnerId, destination: str) -> None:
        """Keep a leg that has ended for the file."""
        if kind is ReportKind.STOP:
            self._ended.append((leg, partner, destination))

    async def ask(self, attempt: Attempt, call_id: str) -> Admitted | str | None:
        """Ask for the number's NAPTRs, saying who calls."""
        source = (SOURCE_URI, f"sip:+{attempt.a}@{self.entry.address}".encode())
        name = name_from_text(".".join(reversed(attempt.b)) + f".{APEX}")
        reply = await self._asker.ask(name, Edns(1232, options=(source,)))
        if reply is None:
            return None
        offers = offers_of(reply, f"+{attempt.b}")
        return Admitted(offers) if offers else Rcode(reply.rcode).name

    def hand_in(self, path: Path) -> int:
        """Write what has ended as a CDR file (docs/cdr-format.md), in the order of setups; return its rows."""
        ended = sorted(self._ended, key=lambda one: (one[0].setup_ms, one[0].session_id))
        with path.open("w", newline="") as file:
            rows = csv.DictWriter(file, COLUMNS)
            rows.writeheader()
            rows.writerows(_row(self.entry, leg) for leg, _, _ in ended)
        return len(ended)

    def accepted(self) -> None:
        """Count the legs of the file, which were taken, as acknowledged."""
        for leg, partner, destination in self._ended:
            self.tally(leg, partner, destination)
        self._ended.clear()


def offers_of(reply: Reply, asked: str) -> tuple[Offer, ...]:
    """Return what the NAPTRs of an answer make of a number, by order and preference (RFC 6116 §5.2)."""
    records = [one.data for one in reply.answers if isinstance(one.data, Naptr)]
    found = []
    for record in sorted(records, key=lambda one: (one.order, one.preference)):
        uri = parse_uri(uri_of(record.regexp.decode("latin-1"), asked))
        found.append(Offer(uri.host, uri.port or TRUNK_PORT, uri.param(MARK_PARAMETER) or ""))
    return tuple(found)


def uri_of(regexp: str, asked: str) -> str:
    """Return the URI that a substitution makes of a number (RFC 3402 §3.2). Raises ValueError where it makes none."""
    delimiter = re.escape(regexp[:1])
    part = rf"((?:\\.|[^\\{delimiter}])*)"
    parts = re.fullmatch(rf"{delimiter}{part}{delimiter}{part}{delimiter}i?", regexp) if delimiter else None
    found = re.search(parts[1], asked) if parts else None
    if parts is None or found is None:
        raise ValueError(f"{regexp!r} makes nothing of {asked}")
    groups = (found[0], *found.groups())
    return re.sub(r"\\(.)", lambda its: groups[int(its[1])] if its[1].isdigit() else its[1], parts[2])


def _row(entry: SwitchEntry, leg: LiveLeg) -> dict[str, object]:
    host, _, port = leg.remote.partition(":")
    numbers = {"attempt": leg.attempt, "remote_port": port, "duration_ms": 1000 * leg.talked_s, "cause": leg.cause}
    moments = {
        "setup": leg.setup_ms, "alert": leg.alert_ms, "connect": leg.connect_ms, "disconnect": leg.disconnect_ms,
    }  # fmt: skip
    row: dict[str, object] = {name: "" if ms is None else _moment(ms) for name, ms in moments.items()}
    row |= {name: getattr(leg, name) for name in ("call_id", "session_id", "mark", "a", "b")}
    row |= {"switch": entry.id, "side": leg.side.value, "remote": host, "release_side": leg.release.value}
    return row | numbers | ({"attempt": 1} if leg.side is Side.CLIENT else {})


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


class _Asker(asyncio.DatagramProtocol):
    """DNS questions over one UDP socket; each is sent again, unchanged, until it is answered or given up."""

    def __init__(self, address: str, server: HostPort, figures: WireFigures) -> None:
        self._address, self._server, self._figures = address, server, figures
        self._asked: dict[int, _Question] = {}
        self._next = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._loop = asyncio.get_running_loop()

    async def open(self) -> None:
        self._transport, _ = await self._loop.create_datagram_endpoint(
            lambda: self, local_addr=(self._address, 0), remote_addr=self._server
        )

    def ask(self, name: bytes, edns: Edns) -> "asyncio.Future[Reply | None]":
        """Ask for NAPTRs; the future becomes the answer, or None when there was none in GIVE_UP_S."""
        self._next = (self._next + 1) % _IDENTIFIERS
        query = Query(self._next, name, Type.NAPTR, edns=edns)
        question = self._asked[query.id] = _Question(query, self._loop)
        self._figures.sent += 1
        self._transmit(question)
        return question.answer

    def close(self) -> None:
        for question in self._asked.values():
            if question.timer is not None:
                question.timer.cancel()
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, _source: HostPort) -> None:
        try:
            reply = decode_reply(data)
        except WireError:
            self._figures.strange += 1
            return
        question = self._asked.get(reply.id)
        if question is None or reply.question != (question.query.name, Type.NAPTR, 1):
            self._figures.strange += 1
            return
        self._figures.answered += 1
        self._figures.samples_ms.append(1000 * (time.perf_counter() - question.first_s))
        self._finish(question, reply)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens just now: the question will be sent again."""

    def _transmit(self, question: "_Question") -> None:
        assert self._transport is not None, "the socket is open"
        self._transport.sendto(question.datagram)
        question.timer = self._loop.call_later(question.wait_s, self._repeat, question)

    def _repeat(self, question: "_Question") -> None:
        if time.perf_counter() - question.first_s >= GIVE_UP_S:
            self._figures.lost += 1
            self._finish(question, None)
            return
        self._figures.repeated += 1
        question.wait_s *= 2
        self._transmit(question)

    def _finish(self, question: "_Question", reply: Reply | None) -> None:
        if question.timer is not None:
            question.timer.cancel()
        del self._asked[question.query.id]
        if not question.answer.done():
            question.answer.set_result(reply)


class _Question:
    """One question under way."""

    __slots__ = ("answer", "datagram", "first_s", "query", "timer", "wait_s")

    def __init__(self, query: Query, loop: asyncio.AbstractEventLoop) -> None:
        self.query, self.datagram = query, encode_query(query)
        self.answer: asyncio.Future[Reply | None] = loop.create_future()
        self.first_s, self.wait_s = time.perf_counter(), REPEAT_S
        self.timer: asyncio.TimerHandle | None = None
