"""Values of the domain as messages of the gRPC contract, and back."""

from collections.abc import Sequence

from actors.node import Authorized
from domain.calls import CallReport, CallSetup, Door, Release, ReportKind, Side
from domain.causes import SIP_STATUS, Cause
from domain.decisions import LeftOut, Route, explain
from domain.directory import Switch
from domain.errors import InputError
from domain.failover import FIRST_STATUS, LAST_CAUSE, LAST_STATUS
from domain.ids import SwitchId, TrunkId
from domain.rates import Service
from domain.targets import mark_trunk
from protos import switch_pb2

MOST_TRIED = 64
LONGEST = 256
"""Characters of any text that a switch sends: longer ones are no number, name or id, and would be kept for ever."""


def check_texts(message: switch_pb2.CallRequest | switch_pb2.Report) -> None:
    """Raise InputError where a text is longer than any that means something."""
    for field, value in message.ListFields():
        if isinstance(value, str) and len(value) > LONGEST:
            raise InputError(f"{field.name} has {len(value)} characters", mend=f"Send {LONGEST} at most.")


def setup_of(request: switch_pb2.CallRequest, now_ms: int) -> CallSetup:
    """Read a question. Raises InputError for a service that there is not, or a text that is too long."""
    check_texts(request)
    return CallSetup(
        door=Door.GRPC,
        switch=SwitchId(request.switch_id),
        call_id=request.call_id.encode(),
        source=request.source,
        caller=request.caller,
        called=request.called,
        at_ms=now_ms,
        attempt=request.attempt or 1,
        trunk_hint=request.trunk_hint,
        user=request.user,
        routing_number=request.routing_number,
        service=_service(request.service),
        user_name=request.user_name,
        last_cause=request.last_cause if request.last_cause <= LAST_CAUSE else 0,
        last_status=request.last_sip if FIRST_STATUS <= request.last_sip <= LAST_STATUS else 0,
        tried=_tried(request.tried),
        asked=request.attempt,
        max_forwards=request.max_forwards if request.HasField("max_forwards") else None,
        mark=request.mark,
    )


def _tried(marks: Sequence[str]) -> tuple[TrunkId, ...]:
    if len(marks) > MOST_TRIED:
        raise InputError(f"tried has {len(marks)} marks", mend=f"Send {MOST_TRIED} at most.")
    wrong = next((mark for mark in marks if not mark_trunk(mark)), None)
    if wrong is not None:
        raise InputError(f"{wrong[:40]!r} in tried is no mark", mend="Send Route.mark of each attempt that failed.")
    return tuple(map(mark_trunk, marks))


def report_of(request: switch_pb2.Report, kind: ReportKind, now_ms: int) -> CallReport:
    """Read a report. Raises InputError for a text that is too long."""
    check_texts(request)
    known = {release.value for release in Release}
    return CallReport(
        door=Door.GRPC,
        switch=SwitchId(request.switch_id),
        kind=kind,
        side=Side.CLIENT if request.side == switch_pb2.Report.CLIENT else Side.VENDOR,
        call_id=request.call_id.encode(),
        nas=request.switch_id.encode(),
        session_id=request.session_id.encode(),
        received_ms=now_ms,
        caller=request.caller,
        called=request.called,
        remote=request.remote,
        remote_port=request.remote_port,
        trunk_hint=request.trunk_hint,
        mark=request.mark,
        attempt=request.attempt or 1,
        setup_ms=request.setup_ms if request.HasField("setup_ms") else None,
        alert_ms=request.alert_ms if request.HasField("alert_ms") else None,
        connect_ms=request.connect_ms if request.HasField("connect_ms") else None,
        disconnect_ms=request.disconnect_ms if request.HasField("disconnect_ms") else None,
        duration_ms=request.duration_ms if request.HasField("duration_ms") else None,
        cause=request.cause & 0x7F,
        release=Release(request.release) if request.release in known else Release.UNKNOWN,
        user=request.user,
        routing_number=request.routing_number,
        octets_in=request.octets_in if request.HasField("octets_in") else None,
        octets_out=request.octets_out if request.HasField("octets_out") else None,
        events=request.events if request.HasField("events") else None,
    )


def decision_message(answer: Authorized, switch: Switch | None) -> switch_pb2.Decision:
    """Render a decision with all that explains it."""
    decision = answer.decision
    message = switch_pb2.Decision(
        admitted=decision.refusal is None,
        cause=decision.refusal.value if decision.refusal else "",
        routes=[_route(route) for route in decision.routes],
        granted_s=answer.granted_s,
        client=decision.client or "",
        called=decision.b,
        caller=decision.a,
        destination=decision.destination_name,
        left_out=_each(decision.left_out),
        stands_last=_each(decision.last),
        explanation=explain(decision),
        time_enforced=answer.enforced and switch is not None and switch.recipe.enforces_time,
        granted_octets=1024 * answer.granted_kb,
        attestation=decision.attestation,
        call_key=decision.call_key.hex(),
        detail=decision.detail if decision.refusal else "",
    )
    if decision.answer is not None:
        message.answer_sip, message.answer_q850 = decision.answer
    elif decision.refusal is Cause.OVER_ATTEMPTS:
        message.answer_sip, _, message.answer_q850 = SIP_STATUS[decision.refusal]
    if decision.sell is not None:
        message.code = decision.sell.code
        message.sell_price_units = decision.sell.terms.next_price
        message.sell_currency = decision.sell.currency
        message.sell_plan_version = decision.sell.plan_version
        message.held.CopyFrom(switch_pb2.Money(units=answer.held, currency=decision.sell.currency))
    return message


def _each(those: Sequence[LeftOut]) -> list[switch_pb2.LeftOut]:
    return [switch_pb2.LeftOut(vendor=one.vendor, trunk=one.trunk or "", reason=one.reason) for one in those]


def _service(name: str) -> Service | None:
    known = [service.value for service in Service]
    if name and name not in known:
        raise InputError(f"service {name!r} is not known", mend=f"Send {', '.join(known)}, or nothing.")
    return Service(name) if name else None


def _route(route: Route) -> switch_pb2.Route:
    return switch_pb2.Route(
        vendor=route.vendor,
        trunk=route.trunk,
        host=route.target.host,
        port=route.target.port,
        user=route.target.user,
        mark=route.target.mark,
        price_units=route.price,
        currency=route.currency,
        real_cost_units=route.real_cost_per_min,
        margin_units=route.margin_per_min,
        code=route.code,
        number=route.target.number,
        user_params=route.target.user_params,
        transport=route.target.transport,
        allowed_loss=route.allowed,
        expected_loss_units=route.loss,
    )
