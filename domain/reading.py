"""From wire to trade: what a RADIUS packet of a switch says, read by the switch's recipe. No decisions.

A record that cannot be read raises WireError; it is stored and parked, and answered all the same (facts: radius §5).
"""

from dataclasses import dataclass

from domain.calls import CallReport, CallSetup, Door, Release, ReportKind, Side
from domain.directory import Recipe, Switch
from domain.errors import WireError
from domain.ids import LegId, SwitchId, call_key, leg_id, normal_conf_id
from domain.wire.radius_attributes import Values
from domain.wire.radius_packet import RadiusPacket
from domain.wire.radius_time import parse_time

_KINDS = {1: ReportKind.START, 2: ReportKind.STOP, 3: ReportKind.INTERIM, 15: ReportKind.ATTEMPT}
_ON, _OFF = 7, 8
_SIDES = {"answer": Side.CLIENT, "originate": Side.VENDOR, "proxy": Side.CLIENT}
_RELEASES = {1: Release.CALLER, 2: Release.CALLER, 3: Release.CALLEE, 4: Release.CALLEE}
_ANSWERED_CAUSES = (0, 16, 31)  # a call of 0 s that ended otherwise was never answered, whatever connect time it has
_EPOCH_AT_LEAST = 1_000_000_000  # a "delay" of thirty years is a moment


@dataclass(frozen=True, slots=True)
class OnOff:
    """A NAS says that it starts (or stops) to account: all its open calls ended at `at_ms` (Accounting-On/Off)."""

    switch: SwitchId
    nas: bytes
    on: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class _Times:
    setup_ms: int | None
    alert_ms: int | None
    connect_ms: int | None
    disconnect_ms: int | None
    duration_ms: int | None


def setup_from_access(packet: RadiusPacket, switch: Switch, at_ms: int) -> CallSetup:
    """Read an Access-Request. `source` is the call's far end if the switch names it, else the switch itself."""
    values, recipe = Values(packet.attributes), switch.recipe
    remote, _ = _host_port(values.text("h323-remote-address"))
    return CallSetup(
        door=Door.RADIUS,
        switch=switch.id,
        call_id=_call_id(values, recipe),
        source=remote or switch.address,
        caller=values.text("Calling-Station-Id"),
        called=values.text("Called-Station-Id"),
        at_ms=at_ms,
        attempt=_attempt(values, recipe),
        trunk_hint=values.text(recipe.trunk_attribute),
    )


def report_from_accounting(packet: RadiusPacket, switch: Switch, received_ms: int) -> CallReport | OnOff:
    """Read an Accounting-Request. WireError reasons: bad-status-type, no-call-id, no-session-id, no-side, bad-time."""
    values, recipe = Values(packet.attributes), switch.recipe
    status = values.integer("Acct-Status-Type")
    if status in (_ON, _OFF):
        nas = (values.address("NAS-IP-Address") or values.text("NAS-Identifier")).encode()
        return OnOff(switch.id, nas, status == _ON, _event_ms(values, recipe, received_ms))
    kind, session_id = _kind_and_session(values, status or 0)
    side = _side(values, recipe)
    cause = _cause(values.text("h323-disconnect-cause"), recipe.cause_base)
    times = _times(values, recipe, kind, cause, received_ms)
    remote, remote_port = _host_port(values.text("h323-remote-address"))
    trunk = recipe.vendor_trunk_attribute if side is Side.VENDOR else recipe.trunk_attribute
    return CallReport(
        door=Door.RADIUS,
        switch=switch.id,
        kind=kind,
        side=side,
        call_id=_call_id(values, recipe),
        # not NAS-IP-Address: a file of the same leg does not hold it, and a switch behind NAT changes it
        nas=switch.address.encode(),
        session_id=session_id,
        received_ms=received_ms,
        caller=values.text("Calling-Station-Id"),
        called=values.text("Called-Station-Id"),
        remote=remote,
        remote_port=remote_port,
        trunk_hint=values.text(trunk),
        mark=values.text(recipe.mark_attribute),
        attempt=_attempt(values, recipe),
        setup_ms=times.setup_ms,
        alert_ms=times.alert_ms,
        connect_ms=times.connect_ms,
        disconnect_ms=times.disconnect_ms,
        duration_ms=times.duration_ms,
        cause=cause,
        release=_release(values),
    )


def _kind_and_session(values: Values, status: int) -> tuple[ReportKind, bytes]:
    kind, session_id = _KINDS.get(status), values.octets("Acct-Session-Id")
    if kind is None:
        raise WireError("bad-status-type", str(status))
    if not session_id:
        raise WireError("no-session-id")
    return kind, session_id


def leg_identity(report: CallReport, recipe: Recipe) -> LegId:
    """Return the id that all reports of one leg share (DESIGN §5)."""
    more: list[str] = []
    if recipe.setup_in_leg_id:
        more += ("" if report.setup_ms is None else str(report.setup_ms), report.mark)
    if recipe.remote_in_leg_id:
        more.append(f"{report.remote}:{report.remote_port}")
    if recipe.attempt_in_leg_id:
        more.append(str(report.attempt))
    key = call_key(report.switch, report.call_id)
    return leg_id(key, report.nas, report.session_id, report.side.encode(), "|".join(more).encode())


def _call_id(values: Values, recipe: Recipe) -> bytes:
    """Return the first call id that the recipe names: the bytes as sent, a conf-id normalised."""
    for name in recipe.call_id_attributes:
        if name.endswith("conf-id"):
            found = normal_conf_id(values.text(name))
        else:
            found = (values.octets(name) or b"").strip(b" \t\0")
        if found:
            return found
    raise WireError("no-call-id")


def _side(values: Values, recipe: Recipe) -> Side:
    side = _SIDES.get(values.text("h323-call-origin").lower())
    if side is not None:
        return side
    if values.text(recipe.mark_attribute):
        return Side.VENDOR
    if not recipe.reports_vendor_legs:
        return Side.CLIENT
    raise WireError("no-side", values.text("h323-call-origin")[:20])


def _times(values: Values, recipe: Recipe, kind: ReportKind, cause: int, received_ms: int) -> _Times:
    """Read the times of a leg; what is missing follows from the event's moment and the session time."""
    setup, connect, disconnect = (
        _time(values, f"h323-{name}-time", recipe) for name in ("setup", "connect", "disconnect")
    )
    alert = _alert(values, recipe)
    event = _event_ms(values, recipe, received_ms)
    session_s = values.integer("Acct-Session-Time")
    if kind is ReportKind.START:
        return _Times(setup, alert, event if connect is None and recipe.start_is_answer else connect, None, None)
    if kind is ReportKind.ATTEMPT:
        return _Times(setup, alert, None, event if disconnect is None else disconnect, 0)
    if kind is ReportKind.INTERIM:
        lasted = _lasted_ms(session_s, connect, event)
        return _Times(setup, alert, event - lasted if connect is None and lasted else connect, None, lasted)
    disconnect = event if disconnect is None else disconnect
    duration = _lasted_ms(session_s, connect, disconnect) or 0
    if duration == 0 and (connect is None or connect == disconnect or cause not in _ANSWERED_CAUSES):
        connect = None
    elif connect is None:
        connect = disconnect - duration
    return _Times(setup, alert, connect, disconnect, duration)


def _lasted_ms(session_s: int | None, connect_ms: int | None, until_ms: int) -> int | None:
    if session_s is not None:
        return 1000 * session_s
    return None if connect_ms is None else max(0, until_ms - connect_ms)


def _event_ms(values: Values, recipe: Recipe, received_ms: int) -> int:
    """Return when the reported thing happened: Event-Timestamp, else arrival less Acct-Delay-Time."""
    stamp = values.integer("Event-Timestamp")
    if stamp:
        return stamp * 1000
    delay_s = 0 if recipe.delay_is_alert else values.integer("Acct-Delay-Time") or 0
    return received_ms - delay_s * 1000


def _alert(values: Values, recipe: Recipe) -> int | None:
    if recipe.delay_is_alert:
        stamp = values.integer("Acct-Delay-Time") or 0
        return stamp * 1000 if stamp >= _EPOCH_AT_LEAST else None
    return _time(values, "alert-timepoint", recipe)


def _time(values: Values, name: str, recipe: Recipe) -> int | None:
    text = values.text(name)
    return parse_time(text, recipe.zone).ms if text else None


def _cause(text: str, base: int) -> int:
    """Read a Q.850 cause; 0 when there is none. The extension bit that some leave in is taken off."""
    try:
        return int(text, base) & 0x7F if text.isalnum() and len(text) <= 4 else 0
    except ValueError:
        return 0


def _release(values: Values) -> Release:
    code = values.integer("release-source")
    return Release.UNKNOWN if not code else _RELEASES.get(code, Release.SWITCH)


def _attempt(values: Values, recipe: Recipe) -> int:
    return (values.integer(recipe.attempt_attribute) or 1) if recipe.attempt_attribute else 1


def _host_port(text: str) -> tuple[str, int]:
    """Take `host`, `host:port`, `[v6]:port` or a bare IPv6 address apart; port 0 when absent."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]:")
        host = host.rstrip("]")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    return host, int(port) if port.isascii() and port.isdecimal() and len(port) <= 5 else 0
