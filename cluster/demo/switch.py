"""A synthetic switch: a client's machine that asks the switchboard about each call and reports every leg.

How it asks and reports is a subclass's (RADIUS, SIP, ENUM and a file); what then happens is the same: routes are tried
in order until a vendor answers or another try is vain. Packets leave when their business moment comes, and are stamped
from the script.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import md5

from cluster.demo.figures import SwitchFigures
from cluster.demo.radius_client import HostPort, RadiusClient
from cluster.demo.records import LiveLeg, accounting
from cluster.demo.script import Attempt
from cluster.demo.vendors import Outcome, Vendors, answer
from cluster.demo.world import SwitchEntry, vendor_at
from domain.calls import ReportKind, Side
from domain.cause_classes import Retry, retry_advice
from domain.clock import Clock
from domain.ids import PartnerId
from domain.wire.radius_packet import Code, RadiusPacket

ACCOUNTING_PORTS = 8
_TO_FIRST_VENDOR_MS, _TO_NEXT_VENDOR_MS = 60, 30


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """Where the node's listeners are."""

    sip: HostPort = ("127.0.0.1", 5060)
    radius_auth: HostPort = ("127.0.0.1", 1812)
    radius_acct: HostPort = ("127.0.0.1", 1813)
    enum: HostPort = ("127.0.0.1", 8053)


@dataclass(frozen=True, slots=True)
class Offer:
    """One route of an answer: where to send the call, and the mark to echo."""

    host: str
    port: int
    mark: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """The call may go, to these in order, for `granted_s` (None: no limit was told)."""

    offers: tuple[Offer, ...]
    granted_s: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a call: `refusal` is the cause in the switchboard's words, empty when it was admitted."""

    refusal: str
    granted_s: int | None = None
    talked_s: int = 0


@dataclass(frozen=True, slots=True)
class _OpenCall:
    client: LiveLeg
    vendor: LiveLeg
    vendor_id: PartnerId
    attempt: Attempt


class SyntheticSwitch(ABC):
    """One client's switch on its own loopback address.

    Invariant: every leg that it began is in `figures` once its end was acknowledged, or belongs to an open call.
    """

    def __init__(self, entry: SwitchEntry, node: NodeAddress, vendors: Vendors) -> None:
        self.entry, self.node = entry, node
        self.recipe = entry.kind
        self.figures = SwitchFigures()
        self._vendors = vendors
        self._open: list[_OpenCall] = []

    @abstractmethod
    async def ask(self, attempt: Attempt, call_id: str) -> Admitted | str | None:
        """Ask the switchboard: an admission, the cause of a refusal, or None when no answer came."""

    @abstractmethod
    def call_id(self, number: int) -> str:
        """Return the call id of the script's call of that number, in the switch's own form."""

    @abstractmethod
    async def start(self) -> None:
        """Open the sockets. Raises OSError when an address is taken or not this machine's."""

    @abstractmethod
    async def close(self) -> None:
        """Close the sockets."""

    @abstractmethod
    async def settled(self) -> None:
        """Return when every report is acknowledged or given up."""

    @abstractmethod
    def tell(self, kind: ReportKind, leg: LiveLeg, partner: PartnerId, destination: str) -> None:
        """Report a leg."""

    async def run(self, attempts: Iterable[Attempt], clock: Clock) -> SwitchFigures:
        """Make the attempts at their moments, in order; return when all is told and acknowledged (or given up)."""
        async with asyncio.TaskGroup() as calls:
            for attempt in attempts:
                await _until(clock, attempt.at_ms)
                calls.create_task(self.place(attempt, clock))
        await self.settled()
        return self.figures

    async def place(self, attempt: Attempt, clock: Clock) -> Placed:
        """Make one call, from the question to its end (or, if it stays open, to its answer)."""
        self.figures.attempts += 1
        call_id = self.call_id(attempt.number)
        answered = await self.ask(attempt, call_id)
        if answered is None:
            self.figures.unheard += 1
            return Placed("no-answer")
        if isinstance(answered, str):
            self.figures.refused[answered] += 1
            return Placed(answered)
        self.figures.admitted += 1
        self.figures.offered[attempt.number] = tuple(vendor_at(offer.host) for offer in answered.offers)
        self.figures.open_calls += 1
        placed = await self._carry(attempt, call_id, answered, clock)
        self.figures.talked_s[attempt.number] = placed.talked_s
        return placed

    async def finish_open(self, clock: Clock) -> None:
        """Tell the ends of the calls that stayed open, each at its moment."""
        for call in sorted(self._open, key=lambda call: call.client.disconnect_ms or 0):
            await _until(clock, call.client.disconnect_ms or 0)
            self._tell(ReportKind.STOP, call.vendor, call.vendor_id, call.attempt)
            self._end(call.client, call.attempt)
        self._open.clear()
        await self.settled()

    async def _carry(self, attempt: Attempt, call_id: str, admitted: Admitted, clock: Clock) -> Placed:
        """Try the routes in order until one answers or another try is vain; then the client's side ends too."""
        session = f"{attempt.number:08X}"
        caller = LiveLeg(Side.CLIENT, call_id, f"{session}-0", 1, attempt.a, attempt.b, attempt.at_ms)
        self._seized(caller, attempt.client, attempt)
        setup_ms = attempt.at_ms + _TO_FIRST_VENDOR_MS
        for position, offer in enumerate(admitted.offers, start=1):
            vendor, remote = vendor_at(offer.host), f"{offer.host}:{offer.port}"
            leg = replace(
                caller, side=Side.VENDOR, session_id=f"{session}-{position}", attempt=position,
                setup_ms=setup_ms, remote=remote, mark=offer.mark,
            )  # fmt: skip
            await _until(clock, setup_ms)
            self._seized(leg, vendor, attempt)
            leg = _ended(leg, self._outcome(vendor, attempt), attempt, admitted.granted_s)
            caller = _with_end_of(leg, caller)
            if leg.connect_ms is not None:
                await self._answered(caller, leg, vendor, attempt, clock)
                if attempt.stays_open:
                    self._open.append(_OpenCall(caller, leg, vendor, attempt))
                    return Placed("", admitted.granted_s)
            assert leg.disconnect_ms is not None, "a leg that was tried has ended"
            await _until(clock, leg.disconnect_ms)
            self._tell(ReportKind.STOP, leg, vendor, attempt)
            if leg.connect_ms is not None or retry_advice(leg.cause, leg.alert_ms is not None) is Retry.STOP:
                break
            setup_ms = leg.disconnect_ms + _TO_NEXT_VENDOR_MS
        self._end(caller, attempt)
        return Placed("", admitted.granted_s, caller.talked_s)

    def _outcome(self, vendor: PartnerId, attempt: Attempt) -> Outcome:
        if attempt.talk_s is not None:
            return answer(attempt.talk_s, attempt.number)
        return self._vendors.attempt(vendor, attempt.destination)

    def _seized(self, leg: LiveLeg, partner: PartnerId, attempt: Attempt) -> None:
        if not self.recipe.start_is_answer:
            self._tell(ReportKind.START, leg, partner, attempt)

    async def _answered(self, caller: LiveLeg, leg: LiveLeg, vendor: PartnerId, attempt: Attempt, clock: Clock) -> None:
        assert leg.connect_ms is not None, "called for answered legs"
        await _until(clock, leg.connect_ms)
        self.figures.answered += 1
        if self.recipe.start_is_answer:
            self._tell(ReportKind.START, caller, attempt.client, attempt)
            self._tell(ReportKind.START, leg, vendor, attempt)

    def _end(self, caller: LiveLeg, attempt: Attempt) -> None:
        self.figures.open_calls -= 1
        self._tell(ReportKind.STOP, caller, attempt.client, attempt)

    def _tell(self, kind: ReportKind, leg: LiveLeg, partner: PartnerId, attempt: Attempt) -> None:
        self.tell(kind, leg, partner, attempt.destination)

    def tally(self, leg: LiveLeg, partner: PartnerId, destination: str) -> None:
        """Count a leg whose end was acknowledged."""
        tally = self.figures.legs[leg.side, partner, destination]
        tally.attempts += 1
        tally.answered += leg.connect_ms is not None
        tally.seconds += leg.talked_s


class AccountingSwitch(SyntheticSwitch):
    """A switch that accounts every leg by RADIUS."""

    def __init__(self, entry: SwitchEntry, node: NodeAddress, vendors: Vendors) -> None:
        super().__init__(entry, node, vendors)
        wire = self.figures.accounting
        self._reports = RadiusClient(entry.address, node.radius_acct, entry.secret, wire, ACCOUNTING_PORTS)
        self._under_way: set[asyncio.Future[RadiusPacket | None]] = set()

    async def start(self) -> None:
        """Open the sockets for accounting."""
        await self._reports.open()

    async def close(self) -> None:
        """Close them."""
        self._reports.close()

    async def settled(self) -> None:
        """Return when every packet is acknowledged or given up."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def tell(self, kind: ReportKind, leg: LiveLeg, partner: PartnerId, destination: str) -> None:
        """Send the leg's Start or Stop."""
        attributes = accounting(self.recipe, self.entry.address, kind, leg)
        told = self._reports.ask(Code.ACCOUNTING_REQUEST, attributes)
        self._under_way.add(told)
        told.add_done_callback(self._under_way.discard)
        if kind is ReportKind.STOP:
            told.add_done_callback(partial(self._acknowledged, leg, partner, destination))

    def _acknowledged(
        self, leg: LiveLeg, partner: PartnerId, destination: str, told: asyncio.Future[RadiusPacket | None]
    ) -> None:
        if not told.cancelled() and told.result() is not None:
            self.tally(leg, partner, destination)


def hex_digits(switch: str, number: int) -> str:
    """Return 32 hex digits that belong to a switch's call: the same in every run."""
    return md5(f"{switch}/{number}".encode(), usedforsecurity=False).hexdigest()


def _ended(leg: LiveLeg, outcome: Outcome, attempt: Attempt, granted_s: int | None) -> LiveLeg:
    """Return the leg as it will have ended: cut at the granted time, or when the caller hangs up at the latest."""
    alert_ms = None if outcome.alert_ms is None else leg.setup_ms + outcome.alert_ms
    if outcome.connect_ms is None:
        return replace(
            leg, alert_ms=alert_ms, disconnect_ms=leg.setup_ms + outcome.ends_ms, cause=outcome.cause,
            release=outcome.release,
        )  # fmt: skip
    connect_ms = leg.setup_ms + outcome.connect_ms
    patience_s = max(1, (attempt.ends_by_ms - connect_ms) // 1000)
    talk_s = min(outcome.talk_s, patience_s, outcome.talk_s if granted_s is None else granted_s)
    return replace(
        leg, alert_ms=alert_ms, connect_ms=connect_ms, disconnect_ms=connect_ms + 1000 * talk_s, cause=outcome.cause,
        release=outcome.release,
    )  # fmt: skip


def _with_end_of(leg: LiveLeg, caller: LiveLeg) -> LiveLeg:
    """Return the client's side as its last vendor's leg makes it."""
    return replace(
        caller, alert_ms=leg.alert_ms, connect_ms=leg.connect_ms, disconnect_ms=leg.disconnect_ms, cause=leg.cause,
        release=leg.release,
    )  # fmt: skip


async def _until(clock: Clock, business_ms: int) -> None:
    wait_ms = clock.wait_ms(business_ms, round(time.time() * 1000))
    assert wait_ms is not None, "live traffic needs a clock that runs"
    if wait_ms:
        await asyncio.sleep(wait_ms / 1000)
