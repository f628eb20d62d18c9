"""The doors by which the torture's switches ask and report; what is not answered is sent again, as switches do."""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import grpc

from cluster.demo.figures import WireFigures
from cluster.demo.radius_client import HostPort, RadiusClient
from cluster.demo.records import LiveLeg, accounting
from cluster.demo.script import Attempt
from cluster.demo.switch import Admitted, Offer, SyntheticSwitch
from cluster.demo.switch_radius import RadiusSwitch
from cluster.demo.switch_sip import SipSwitch
from cluster.demo.vendors import Vendors
from cluster.demo.world import SwitchEntry
from domain.calls import ReportKind, Side
from domain.recipes import recipe_named
from domain.wire.radius_attributes import attribute
from domain.wire.radius_packet import Code
from protos import connect
from protos import switch_pb2 as sw
from protos.switch_pb2_grpc import SwitchStub
from tests.live.running import Running

if TYPE_CHECKING:
    from protos.switch_pb2_grpc import SwitchAsyncStub

CALLER = "254722000001"
PATIENCE_S = 240.0
"""Reports are sent again for that long: longer than any restart."""
GRPC_WAIT_S, GRPC_PAUSE_S, GRPC_ASKS_S = 5.0, 0.2, 20.0
_STATUS_AT, _INTERIM = 0, 3


@dataclass(frozen=True, slots=True)
class Manner:
    """How the wire and the switches behave.

    `twice`: every packet goes out twice; `reverse`: reports of a call come in reverse, the client's Stop first;
    `late_s`: calls took place so long ago; `lost`: the share of packets that the wire swallows, in each direction;
    `old`: gRPC messages have only the fields of the first contract; `talk_most_s`: the longest call.
    `other`: of each long leg another end is told too; `silent`: the share of calls whose Stops are lost;
    `starts` False: nobody tells of a beginning.
    """

    twice: bool = False
    reverse: bool = False
    late_s: int = 0
    lost: float = 0.0
    old: bool = False
    talk_most_s: int = 600
    other: bool = False
    silent: float = 0.0
    starts: bool = True


PLAIN = Manner()


class Door(ABC):
    """One switch at its door: asks about calls, reports legs."""

    def __init__(self, entry: SwitchEntry) -> None:
        self.entry = entry

    @abstractmethod
    async def open(self) -> None:
        """Open the sockets."""

    @abstractmethod
    async def close(self) -> None:
        """Close them."""

    @abstractmethod
    def call_id(self, number: int) -> str:
        """Return the id of a call in the switch's own form."""

    @abstractmethod
    async def ask(self, called: str, call_id: str) -> Admitted | str | None:
        """Ask about a call: an admission, the cause of a refusal, or None where no answer came."""

    @abstractmethod
    async def tell(self, kind: ReportKind, leg: LiveLeg) -> str | None:
        """Report a leg until it is answered; return "" when it was, what is wrong with it, or None: given up."""


class AccountingDoor(Door):
    """Asks by RADIUS or by SIP, and reports by RADIUS."""

    def __init__(self, entry: SwitchEntry, board: Running, manner: Manner, seed: int) -> None:
        super().__init__(entry)
        node = board.node
        self._asks: SyntheticSwitch = (SipSwitch if entry.recipe == "sip302" else RadiusSwitch)(entry, node, Vendors())
        self._wire = _BadWire(entry, node.radius_acct, manner, seed)
        self._recipe = recipe_named(entry.recipe)

    async def open(self) -> None:
        """Open the sockets."""
        await self._asks.start()
        await self._wire.open()

    async def close(self) -> None:
        """Close them."""
        self._wire.close()
        await self._asks.close()

    def call_id(self, number: int) -> str:
        """Return a conf-id or a Call-ID."""
        return self._asks.call_id(number)

    async def ask(self, called: str, call_id: str) -> Admitted | str | None:
        """Ask by Access-Request or INVITE; given up after 20 s."""
        return await self._asks.ask(Attempt(0, self.entry.partner, "", 0, 0, CALLER, called), call_id)

    async def tell(self, kind: ReportKind, leg: LiveLeg) -> str | None:
        """Report by Accounting-Request; an answer says no more than that it is durable."""
        interim = kind is ReportKind.INTERIM
        attributes = accounting(self._recipe, self.entry.address, ReportKind.START if interim else kind, leg)
        if interim:
            attributes[_STATUS_AT] = attribute("Acct-Status-Type", _INTERIM)
            attributes.append(attribute("Acct-Session-Time", leg.talked_s // 2))
        answer = await self._wire.ask(Code.ACCOUNTING_REQUEST, attributes)
        return None if answer is None else ""


class _BadWire(RadiusClient):
    """A RADIUS client on a wire that repeats and swallows packets."""

    def __init__(self, entry: SwitchEntry, server: HostPort, manner: Manner, seed: int) -> None:
        super().__init__(entry.address, server, entry.secret, WireFigures(), 2, PATIENCE_S)
        self._manner, self._dice = manner, Random(seed)

    def _transmit(self, port, question):  # type: ignore[no-untyped-def]
        lost = self._dice.random() < self._manner.lost
        if not lost:
            super()._transmit(port, question)
            if self._manner.twice:
                port.transport.sendto(question.request.raw)
            return
        question.timer = self._loop.call_later(question.wait_s, self._repeat, port, question)

    def received(self, port, data: bytes) -> None:  # type: ignore[no-untyped-def]
        """Take a datagram, unless the wire swallows it."""
        if self._dice.random() >= self._manner.lost:
            super().received(port, data)


class GrpcDoor(Door):
    """A softswitch of somebody else's, with the generated code of the contract."""

    def __init__(self, entry: SwitchEntry, board: Running, manner: Manner, seed: int) -> None:
        super().__init__(entry)
        where = connect.endpoint(board.folder)
        self._target, self._token = where.nodes["node-0"], connect.metadata(where.token)
        self._manner, self._dice, self._run = manner, Random(seed), f"{seed:x}"

    async def open(self) -> None:
        """Open the channel."""
        options = [*connect.OPTIONS, ("grpc.max_reconnect_backoff_ms", 500), ("grpc.initial_reconnect_backoff_ms", 100)]
        self._channel = grpc.aio.insecure_channel(self._target, options=options)
        self._stub: SwitchAsyncStub = SwitchStub(self._channel)

    async def close(self) -> None:
        """Close it."""
        await self._channel.close()

    def call_id(self, number: int) -> str:
        """Return an id."""
        return f"g-{self._run}-{number}"

    async def ask(self, called: str, call_id: str) -> Admitted | str | None:
        """Ask by Authorize."""
        request = sw.CallRequest(switch_id=self.entry.id, call_id=call_id, caller=CALLER, called=called)
        try:
            async with asyncio.timeout(GRPC_ASKS_S):
                decision = await self._until_answered(self._stub.Authorize, request)
        except TimeoutError:
            return None
        if not decision.admitted:
            return str(decision.cause)
        return Admitted(tuple(Offer(r.host, r.port, r.mark) for r in decision.routes), decision.granted_s)

    async def tell(self, kind: ReportKind, leg: LiveLeg) -> str | None:
        """Report by Start, Interim and Stop."""
        method = {
            ReportKind.START: self._stub.Start,
            ReportKind.INTERIM: self._stub.Interim,
            ReportKind.STOP: self._stub.Stop,
        }[kind]
        report = _report(self.entry, kind, leg, old=self._manner.old)
        try:
            async with asyncio.timeout(PATIENCE_S):
                reply = await self._until_answered(method, report)
                if self._manner.twice:
                    reply = await self._until_answered(method, report)
        except TimeoutError:
            return None
        return "" if reply.recorded and not reply.parked else f"{reply.cause} {reply.detail}"

    async def _until_answered(self, method: Any, message: sw.CallRequest | sw.Report) -> Any:
        """Send a message until it is answered and the answer was not swallowed; only what may be repeated is."""
        while True:
            try:
                answer = await method(message, metadata=self._token, timeout=GRPC_WAIT_S)
                if self._dice.random() >= self._manner.lost:
                    return answer
            except grpc.aio.AioRpcError as error:
                again = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)
                if error.code() not in again:
                    raise
            await asyncio.sleep(GRPC_PAUSE_S)


def _report(entry: SwitchEntry, kind: ReportKind, leg: LiveLeg, *, old: bool) -> sw.Report:
    """Return a leg as a message; an old client knows neither alerting, attempts, causes nor who hung up."""
    vendors = leg.side is Side.VENDOR
    report = sw.Report(
        side=sw.Report.VENDOR if vendors else sw.Report.CLIENT,
        switch_id=entry.id, call_id=leg.call_id, session_id=leg.session_id, caller=leg.a, called=leg.b, mark=leg.mark,
        setup_ms=leg.setup_ms,
    )  # fmt: skip
    if leg.connect_ms is not None:
        report.connect_ms = leg.connect_ms
    if kind is ReportKind.STOP:
        assert leg.disconnect_ms is not None, "it has ended"
        report.disconnect_ms = leg.disconnect_ms
    if not old:
        report.attempt = leg.attempt
        report.cause = leg.cause if kind is ReportKind.STOP else 0
        if leg.alert_ms is not None:
            report.alert_ms = leg.alert_ms
        if vendors:
            host, _, port = leg.remote.rpartition(":")
            report.remote, report.remote_port = host, int(port)
    return report


def door(entry: SwitchEntry, board: Running, manner: Manner, seed: int) -> Door:
    """Return the door of a switch's kind."""
    kind = GrpcDoor if entry.recipe == "plain" else AccountingDoor
    return kind(entry, board, manner, seed)
