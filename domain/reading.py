"""From wire to trade: what a RADIUS packet of a switch says, read by the switch's recipe. No decisions.

A record that cannot be read raises WireError; it is stored and parked, and answered all the same (facts: radius §5).
"""

from dataclasses import dataclass

from domain.calls import CallReport, CallSetup, Door, Release, ReportKind, Side
from domain.directory import Recipe, Switch
from domain.errors import WireError
from domain.ids import CallKey, LegId, SwitchId, call_key, leg_id, normal_conf_id
from domain.reading_sides import Far, far_end, plain_number, sides_of
from domain.reading_times import event_ms, times_read
from domain.recipe import LENT, CauseKind
from domain.sip_causes import q850_of_disposition, q850_of_sip
from domain.wire.radius_attributes import Values
from domain.wire.radius_dictionaries import ACCESS, DICTIONARIES
from domain.wire.radius_packet import RadiusPacket

_KINDS = {1: ReportKind.START, 2: ReportKind.STOP, 3: ReportKind.INTERIM, 15: ReportKind.ATTEMPT}
_ON, _OFF = 7, 8
_RELEASES = {1: Release.CALLER, 2: Release.CALLER, 3: Release.CALLEE, 4: Release.CALLEE}
_CANCELS = ("2", "cancel")
"""Sip-Method of a CANCEL, as number or in words."""


@dataclass(frozen=True, slots=True)
class OnOff:
    """A NAS says that it starts (or stops) to account: all its open calls ended at `at_ms` (Accounting-On/Off)."""

    switch: SwitchId
    nas: bytes
    on: bool
    at_ms: int


def setup_from_access(packet: RadiusPacket, switch: Switch, at_ms: int, user: str = "") -> CallSetup:
    """Read an Access-Request. `source` is the call's far end if the switch names it, else the switch itself.

    `user`: whose credentials in it were proved, "" for nobody's.
    """
    values, recipe = Values(packet.attributes, ACCESS), switch.recipe
    far = far_end(values, recipe, Side.CLIENT)
    return CallSetup(
        door=Door.RADIUS,
        switch=switch.id,
        call_id=_asked_id(values, recipe, packet),
        source=far.host or switch.address,
        caller=plain_number(values.first(recipe.caller_attributes)),
        called=plain_number(values.first(recipe.called_attributes)),
        at_ms=at_ms,
        attempt=_attempt(values, recipe),
        trunk_hint=far.trunk,
        user=user,
        user_name=values.text("User-Name"),
        last_cause=_last_cause(values, recipe),
    )


def reports_from_accounting(packet: RadiusPacket, switch: Switch, received_ms: int) -> tuple[CallReport, ...] | OnOff:
    """Read an Accounting-Request: a report of each leg that it stands for, none where it says nothing of any.

    WireError reasons: bad-status-type, no-call-id, no-session-id, no-side, bad-time.
    """
    recipe = switch.recipe
    values = Values(packet.attributes, DICTIONARIES[recipe.dictionary])
    status = values.integer("Acct-Status-Type")
    if status in (_ON, _OFF):
        nas = (values.address("NAS-IP-Address") or values.text("NAS-Identifier")).encode()
        return OnOff(switch.id, nas, status == _ON, event_ms(values, recipe, received_ms))
    kind = _KINDS.get(status or 0)
    if kind is None:
        raise WireError("bad-status-type", str(status))
    if _is_of_no_leg(values, recipe, kind):
        return ()
    sides = sides_of(values, recipe, kind)
    return tuple(_report(values, switch, kind, side, received_ms) for side in sides)


def leg_identity(report: CallReport, recipe: Recipe, key: CallKey | None = None) -> LegId:
    """Return the id that all reports of one leg share (DESIGN §5). `key`: the call's, where it is known already."""
    more: list[str] = []
    if recipe.setup_in_leg_id:
        more += ("" if report.setup_ms is None else str(report.setup_ms), report.mark)
    if recipe.remote_in_leg_id:
        more.append(f"{report.remote}:{report.remote_port}")
    if recipe.attempt_in_leg_id:
        more.append(str(report.attempt))
    if report.branch:
        more.append(report.branch)
    return leg_id(
        key or call_key(report.switch, report.call_id),
        report.nas,
        report.session_id,
        report.side.encode(),
        "|".join(more).encode(),
    )


def _report(values: Values, switch: Switch, kind: ReportKind, side: Side, received_ms: int) -> CallReport:
    recipe = switch.recipe
    session_id = values.octets(recipe.session_id_attribute)
    if not session_id:
        raise WireError("no-session-id")
    cause = _cause(values, recipe, recipe.cause_attribute)
    times, far = times_read(values, recipe, kind, cause, received_ms), far_end(values, recipe, side)
    caller, called = _numbers(values, recipe, side, far)
    return CallReport(
        door=Door.RADIUS,
        switch=switch.id,
        kind=kind,
        side=side,
        call_id=_call_id(values, recipe, side),
        # no address: some records leave NAS-IP-Address out, files hold none, and that of a switch that moves changes
        nas=switch.id.encode(),
        session_id=session_id,
        received_ms=received_ms,
        caller=caller,
        called=called,
        remote=far.host,
        remote_port=far.port,
        trunk_hint=far.trunk,
        mark=far.mark,
        attempt=_attempt(values, recipe),
        setup_ms=times.setup_ms,
        alert_ms=times.alert_ms,
        connect_ms=times.connect_ms,
        disconnect_ms=times.disconnect_ms,
        duration_ms=times.duration_ms,
        cause=cause,
        release=_release(values),
        user=values.text("User-Name"),
        branch=_branch(values, recipe, kind, far),
        octets_in=_octets(values, "Input"),
        octets_out=_octets(values, "Output"),
        event_ms=times.event_ms,
    )


def _asked_id(values: Values, recipe: Recipe, packet: RadiusPacket) -> bytes:
    """Return the call id of a question; one that has none, where the recipe says so, is lent one: a repeat the same."""
    try:
        return _call_id(values, recipe, Side.CLIENT)
    except WireError:
        if not recipe.lends_call_id:
            raise
        return LENT + packet.authenticator.hex().encode()


def _octets(values: Values, way: str) -> int | None:
    """Return what a session moved one way, as its switch sees it: octets and their wraps (RFC 2869 §5.1)."""
    low = values.integer(f"Acct-{way}-Octets")
    high = values.integer(f"Acct-{way}-Gigawords")
    return None if low is None and high is None else ((high or 0) << 32) + (low or 0)


def _is_of_no_leg(values: Values, recipe: Recipe, kind: ReportKind) -> bool:
    """Tell whether a record is of no leg: one between our own gateways; one of a redirect or a challenge, which is no
    attempt; the end of a CANCEL, whose INVITE has a record of its own.
    """
    if recipe.inner_call_type and values.text("h323-call-type").lower() == recipe.inner_call_type:
        return True
    if recipe.cause_kind is not CauseKind.SIP:
        return False
    status = values.integer(recipe.cause_attribute) or 0
    if kind is ReportKind.ATTEMPT:
        return 300 <= status < 400 or status in (401, 407)
    return kind is ReportKind.STOP and values.said("Sip-Method").lower() in _CANCELS


def _branch(values: Values, recipe: Recipe, kind: ReportKind, far: Far) -> str:
    """Return what tells legs of one session id apart: the dialog's tags, which BYEs of the far end swap.

    A failed attempt is a leg of its own beside the one that went through.
    """
    if not recipe.tag_attributes:
        return ""
    tags = "/".join(sorted(filter(None, map(values.said, recipe.tag_attributes))))
    if kind is not ReportKind.ATTEMPT:
        return tags
    return f"failed/{values.said(recipe.cause_attribute)}/{far.mark}/{tags}"


def _numbers(values: Values, recipe: Recipe, side: Side, far: Far) -> tuple[str, str]:
    """Return caller and called as the leg had them."""
    caller, called = values.first(recipe.caller_attributes), values.first(recipe.called_attributes)
    if side is Side.VENDOR:
        caller = values.first(recipe.vendor_caller_attributes) or caller
        called = values.first(recipe.vendor_called_attributes) or far.user or called
    return plain_number(caller), plain_number(called)


def _call_id(values: Values, recipe: Recipe, side: Side) -> bytes:
    """Return the first call id that the recipe names: the bytes as sent, a conf-id normalised."""
    if recipe.lends_call_id and (values.octets("Class") or b"").startswith(LENT):
        return values.octets("Class") or b""
    names = recipe.call_id_attributes
    if side is Side.VENDOR and recipe.vendor_call_id_attributes:
        names = recipe.vendor_call_id_attributes
    for name in names:
        if name.endswith("conf-id"):
            found = normal_conf_id(values.text(name))
        else:
            found = (values.octets(name) or b"").strip(b" \t\0")
        if found:
            return found
    raise WireError("no-call-id")


def _cause(values: Values, recipe: Recipe, name: str) -> int:
    """Read a cause as Q.850; 0 when there is none. The extension bit that some leave in is taken off."""
    if recipe.cause_kind is CauseKind.SIP:
        return q850_of_sip(values.integer(name) or 0)
    text = values.said(name)
    if recipe.cause_kind is CauseKind.DISPOSITION:
        return q850_of_disposition(text)
    number = text.partition(" ")[0]  # some add it in the other base: `22 (0x16)`
    try:
        return int(number, recipe.cause_base) & 0x7F if number.isalnum() and len(number) <= 4 else 0
    except ValueError:
        return 0


def _release(values: Values) -> Release:
    code = values.integer("release-source")
    return Release.UNKNOWN if not code else _RELEASES.get(code, Release.SWITCH)


def _last_cause(values: Values, recipe: Recipe) -> int:
    """Return how the attempt before a question failed, where its switch says so."""
    return _cause(values, recipe, recipe.last_cause_attribute) if recipe.last_cause_attribute else 0


def _attempt(values: Values, recipe: Recipe) -> int:
    return (values.integer(recipe.attempt_attribute) or 1) if recipe.attempt_attribute else 1
