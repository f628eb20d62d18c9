"""What a synthetic switch says of its calls over RADIUS, written by its recipe (facts: radius §7, §9)."""

from dataclasses import dataclass

from domain.calls import Release, ReportKind, Side
from domain.directory import Recipe
from domain.wire.radius_attributes import attribute, pair
from domain.wire.radius_packet import Attribute
from domain.wire.radius_time import format_time

_STATUS = {ReportKind.START: 1, ReportKind.STOP: 2}
_ORIGIN = {Side.CLIENT: "answer", Side.VENDOR: "originate"}
_RELEASE_SOURCE = {Release.CALLER: 2, Release.CALLEE: 4}
_INTERNAL = 7


@dataclass(frozen=True, slots=True)
class LiveLeg:
    """One side of a call as its switch knows it. Times are UTC ms of business time; None: it did not happen (yet).

    `remote` is "host:port" of the vendor, `mark` what the route carried; both empty on the client's side.
    """

    side: Side
    call_id: str
    session_id: str
    attempt: int
    a: str
    b: str
    setup_ms: int
    remote: str = ""
    mark: str = ""
    alert_ms: int | None = None
    connect_ms: int | None = None
    disconnect_ms: int | None = None
    cause: int = 0
    release: Release = Release.UNKNOWN

    @property
    def talked_s(self) -> int:
        """Whole seconds from connect to disconnect; 0 if unanswered or still open."""
        if self.connect_ms is None or self.disconnect_ms is None:
            return 0
        return (self.disconnect_ms - self.connect_ms) // 1000


def asking(recipe: Recipe, address: str, call_id: str, a: str, b: str) -> list[Attribute]:
    """Return an Access-Request's attributes: who calls whom; the user is known by its address, as with gateways."""
    return [
        attribute("User-Name", a),
        attribute("NAS-IP-Address", address),
        attribute("Calling-Station-Id", a),
        attribute("Called-Station-Id", b),
        _call_id(recipe, call_id),
        attribute("h323-call-origin", _ORIGIN[Side.CLIENT]),
    ]


def accounting(recipe: Recipe, address: str, kind: ReportKind, leg: LiveLeg) -> list[Attribute]:
    """Return the attributes of a leg's Start or Stop. Both carry what makes the leg's id: session, setup, mark."""
    attributes = [
        attribute("Acct-Status-Type", _STATUS[kind]),
        attribute("NAS-IP-Address", address),
        attribute("Acct-Session-Id", leg.session_id),
        attribute("Calling-Station-Id", leg.a),
        attribute("Called-Station-Id", leg.b),
        _call_id(recipe, leg.call_id),
        attribute("h323-call-origin", _ORIGIN[leg.side]),
        attribute("h323-setup-time", format_time(leg.setup_ms)),
    ]
    if leg.side is Side.VENDOR:
        attributes.append(attribute("h323-remote-address", leg.remote))
        attributes.append(pair(recipe.mark_attribute, leg.mark))
    if recipe.attempt_attribute:
        attributes.append(pair(recipe.attempt_attribute, str(leg.attempt)))
    if leg.alert_ms is not None:
        attributes.append(pair("alert-timepoint", format_time(leg.alert_ms)))
    if leg.connect_ms is not None:
        attributes.append(attribute("h323-connect-time", format_time(leg.connect_ms)))
    return attributes + (_ending(recipe, leg) if kind is ReportKind.STOP else [])


def _ending(recipe: Recipe, leg: LiveLeg) -> list[Attribute]:
    assert leg.disconnect_ms is not None, "a Stop is sent when the leg has ended"
    return [
        attribute("h323-disconnect-time", format_time(leg.disconnect_ms)),
        attribute("h323-disconnect-cause", f"{leg.cause:X}" if recipe.cause_base == 16 else str(leg.cause)),
        attribute("Acct-Session-Time", leg.talked_s),
        pair("release-source", str(_RELEASE_SOURCE.get(leg.release, _INTERNAL))),
    ]


def _call_id(recipe: Recipe, call_id: str) -> Attribute:
    name = recipe.call_id_attributes[0]
    return attribute(name, call_id) if name.endswith("conf-id") else pair(name, call_id)
