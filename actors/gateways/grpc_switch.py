"""The Switch service over gRPC: what a call of its own, or one message of a stream, is answered."""

import traceback
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import grpc

from actors.gateways.askers import Askers
from actors.gateways.grpc_values import decision_message, report_of, setup_of
from actors.gateways.in_order import in_order
from actors.gateways.latency import Latency
from actors.node import Authorized, Node
from actors.refs import UnavailableError
from actors.tokens import caller, may_speak_for
from domain.calls import CallSetup, Parked, ReportKind
from domain.causes import Cause, ParkCause
from domain.decisions import Decision
from domain.directory import Switch
from domain.errors import InputError
from protos import switch_pb2, switch_pb2_grpc

A = TypeVar("A")
Context = grpc.aio.ServicerContext[Any, Any]
BATCHES = 2
"""Requests of one stream that are worked on at once, in batches to a shard: while one flies, the next one gathers."""

SHOWN = 40
"""Characters that an answer repeats of a switch's name that is not known: as many as a name may have."""
_NONE = switch_pb2.Decision()
KINDS = dict(enumerate((ReportKind.START, ReportKind.INTERIM, ReportKind.STOP, ReportKind.ATTEMPT)))
"""Kinds of reports by their numbers in the contract; others may come from a switch that has a newer one."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a request was not worked on: the status of a call of its own, the cause of a message in a stream."""

    code: grpc.StatusCode
    cause: str
    text: str


Call = tuple[str, object, int]
"""What a hold is for: the switch, its id of the call, the attempt."""


class _Answer(NamedTuple):
    message: switch_pb2.Decision
    decision: Decision | None = None
    call: Call = ("", "", 0)


class SwitchService(switch_pb2_grpc.SwitchServicer):
    """Asks the node and renders its answers.

    Invariant: a hold whose asker was gone before the answer, cancelled or out of time, is released.
    """

    def __init__(self, node: Node) -> None:
        self._node, self._most = node, BATCHES * node.limits.batch
        self.counts: Counter[str] = Counter()
        self.times = Latency()
        self.in_work = 0
        self._askers = Askers()

    async def Route(self, request: switch_pb2.CallRequest, context: Context) -> switch_pb2.Decision:
        """Decide without a hold."""
        return await self._single(self._route(request), context)

    async def Authorize(self, request: switch_pb2.CallRequest, context: Context) -> switch_pb2.Decision:
        """Decide, hold, grant time."""
        answer = await self._single(self._authorize(request), context)
        left_s = context.time_remaining()
        (self._told if left_s is None or left_s > 0 else self._gone)(answer)
        return answer.message

    async def Start(self, request: switch_pb2.Report, context: Context) -> switch_pb2.ReportReply:
        """Record that a leg began."""
        return await self._single(self._report(request, ReportKind.START), context)

    async def Interim(self, request: switch_pb2.Report, context: Context) -> switch_pb2.ReportReply:
        """Record that a leg is alive."""
        return await self._single(self._report(request, ReportKind.INTERIM), context)

    async def Stop(self, request: switch_pb2.Report, context: Context) -> switch_pb2.ReportReply:
        """Record how a leg ended; a report of kind ATTEMPT is taken as one."""
        failed = request.kind == switch_pb2.Report.ATTEMPT
        return await self._single(self._report(request, ReportKind.ATTEMPT if failed else ReportKind.STOP), context)

    async def ReportStream(
        self, request_iterator: AsyncIterator[switch_pb2.Report], context: Context
    ) -> AsyncGenerator[switch_pb2.ReportReply, None]:
        """Record reports; answers come in their order."""

        async def one(request: switch_pb2.Report) -> switch_pb2.ReportReply:
            outcome = await self._kept(self._report(request, KINDS.get(request.kind)))
            if isinstance(outcome, Fault):
                return switch_pb2.ReportReply(cause=outcome.cause, detail=outcome.text)
            return outcome

        async with aclosing(in_order(request_iterator, one, self._most, _nothing)) as replies:
            async for reply in replies:
                yield reply

    async def AuthorizeStream(
        self, request_iterator: AsyncIterator[switch_pb2.CallRequest], context: Context
    ) -> AsyncGenerator[switch_pb2.Decision, None]:
        """Authorize calls; answers come in their order."""

        async def one(request: switch_pb2.CallRequest) -> _Answer:
            outcome = await self._kept(self._authorize(request))
            if isinstance(outcome, Fault):
                return _Answer(switch_pb2.Decision(cause=outcome.cause, explanation=[outcome.text]))
            return outcome

        async with aclosing(in_order(request_iterator, one, self._most, self._gone)) as answers:
            async for answer in answers:
                yield answer.message
                self._told(answer)

    async def _single(self, work: Awaitable[A | Fault], context: Context) -> A:
        """Do the work of a call of its own, which a fault ends."""
        with self._measured():
            outcome = await work
        if isinstance(outcome, Fault):
            self.counts["errors"] += 1
            await context.abort(outcome.code, outcome.text)
        return outcome

    async def _kept(self, work: Awaitable[A | Fault]) -> A | Fault:
        """Do the work of a message in a stream, which goes on whatever becomes of one message."""
        with self._measured():
            try:
                outcome = await work
            except Exception as error:
                traceback.print_exception(error)
                outcome = Fault(grpc.StatusCode.INTERNAL, "fault", f"{type(error).__name__}: {error}")
        self.counts["errors"] += isinstance(outcome, Fault)
        return outcome

    @contextmanager
    def _measured(self) -> Iterator[None]:
        """Count a request, and the time until it is answered; one that is given up counts as received only."""
        self.counts["received"] += 1
        self.in_work += 1
        began_s = monotonic()
        try:
            yield
            self.counts["sent"] += 1
            self.times.add(monotonic() - began_s, monotonic())
        finally:
            self.in_work -= 1

    async def _route(self, request: switch_pb2.CallRequest) -> switch_pb2.Decision | Fault:
        switch = self._switch(request.switch_id)
        if isinstance(switch, Fault):
            return switch
        setup = self._setup(request)
        if isinstance(setup, Fault):
            return setup
        setup = await self._node.looked_up(setup)
        decision = self._node.decide(setup)
        if decision.refusal is not None:
            self._node.counts[f"refused.{decision.refusal}"] += 1
        return decision_message(Authorized(decision), switch)

    async def _authorize(self, request: switch_pb2.CallRequest) -> _Answer | Fault:
        switch = self._switch(request.switch_id)
        if isinstance(switch, Fault):
            return switch
        setup = self._setup(request)
        if isinstance(setup, Fault):
            return setup
        call = (
            request.switch_id,
            request.call_id or object(),
            request.attempt,
        )  # without an id each is a call of its own
        self._askers.begin(call)
        try:
            answer = await self._node.authorize(
                setup, switch, lambda decision: self._gone(_Answer(_NONE, decision, call))
            )
        except Exception:
            self._askers.gone(call)
            raise
        try:
            return _Answer(decision_message(answer, switch), answer.decision, call)
        except Exception:  # nobody hears what was granted
            self._gone(_Answer(_NONE, answer.decision, call))
            raise

    def _setup(self, request: switch_pb2.CallRequest) -> CallSetup | Fault:
        try:
            return setup_of(request, self._node.now_ms())
        except InputError as error:
            cause = "unknown-service" if "service" in error.what.partition(" ")[0] else "invalid"
            return Fault(grpc.StatusCode.INVALID_ARGUMENT, cause, str(error))

    async def _report(self, request: switch_pb2.Report, kind: ReportKind | None) -> switch_pb2.ReportReply | Fault:
        switch = self._switch(request.switch_id)
        if isinstance(switch, Fault):
            return switch
        if kind is None:
            text = f"kind {request.kind} is not known: send START, INTERIM, STOP or ATTEMPT"
            return Fault(grpc.StatusCode.INVALID_ARGUMENT, "unknown-kind", text)
        try:
            report = report_of(request, kind, self._node.now_ms())
        except InputError as error:
            return Fault(grpc.StatusCode.INVALID_ARGUMENT, "invalid", str(error))
        try:
            outcome = await self._node.record(report)
        except UnavailableError as error:
            return Fault(grpc.StatusCode.UNAVAILABLE, "unavailable", f"not recorded, send it again: {error}")
        if isinstance(outcome, Parked):
            return switch_pb2.ReportReply(recorded=True, parked=True, cause=outcome.cause.value, detail=outcome.detail)
        if outcome.outcome == "parked":
            why = outcome.cause.value if outcome.cause else ""
            return switch_pb2.ReportReply(recorded=True, parked=True, cause=why, detail=outcome.detail)
        charge = switch_pb2.Money(units=outcome.charge, currency=outcome.currency)
        return switch_pb2.ReportReply(recorded=True, charge=charge)

    def _switch(self, name: str) -> Switch | Fault:
        if not may_speak_for(name):
            text = (
                f"{caller()} may not speak for switch {name[:SHOWN]!r}: a token of the role switch speaks only for "
                f"the switch that is named like its user; add a user of that name with `switchboard users add`"
            )
            return Fault(grpc.StatusCode.PERMISSION_DENIED, "another-switch", text)
        if self._node.world is None:
            return Fault(grpc.StatusCode.UNAVAILABLE, Cause.NOT_READY.value, "no snapshots are published yet")
        switch = self._node.switch_named(name)
        if switch is None:
            text = f"switch {name[:SHOWN]!r} is not known: add it with `switchboard switches add`"
            return Fault(grpc.StatusCode.NOT_FOUND, ParkCause.NO_SWITCH.value, text)
        return switch

    def _told(self, answer: _Answer) -> None:
        """Note that an answer reached who asked."""
        if answer.decision is not None:
            self._askers.told(answer.call)

    def _gone(self, answer: _Answer) -> None:
        """Release the hold of an answer that nobody got, unless somebody else who asked has it or waits for it."""
        if answer.decision is not None and self._askers.gone(answer.call):
            self._node.give_back(answer.decision)


def _nothing(_: object) -> None:
    """A report that was recorded is recorded, whether its sender hears so or not: it comes again, and counts once."""
