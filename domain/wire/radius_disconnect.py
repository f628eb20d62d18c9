"""Disconnect-Request: a switch is told to end a call (RFC 5176). Facts: radius §1, §2, §7.

It carries what names the switch and the call, and nothing else: a switch that finds more must refuse it (§3).
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from domain.directory import Recipe, Switch
from domain.errors import WireError
from domain.holds import Hold
from domain.wire.radius_attributes import ATTRIBUTES, Kind, Values, attribute
from domain.wire.radius_packet import Attribute, Code, RadiusPacket, decode, encode_request, verify_reply

_CONF_ID = re.compile(rb"[0-9a-f]{8}( [0-9a-f]{8}){3}")
ERROR_CAUSES = {
    201: "residual session context removed",
    202: "invalid EAP packet",
    401: "unsupported attribute",
    402: "missing attribute",
    403: "NAS identification mismatch: it knows itself by another address",
    404: "invalid request",
    405: "unsupported service",
    406: "unsupported extension",
    407: "invalid attribute value",
    501: "administratively prohibited",
    502: "request not routable",
    503: "session context not found: it knows no such call",
    504: "session context not removable",
    505: "other proxy processing error",
    506: "resources unavailable",
    507: "request initiated",
    508: "multiple session selection unsupported",
}
"""Error-Cause (101) in words (RFC 5176 §3.5)."""


@dataclass(frozen=True, slots=True)
class DisconnectAnswer:
    """Whether the call was ended; `error_cause` 0 where none was given."""

    ended: bool
    error_cause: int = 0

    @property
    def why(self) -> str:
        """The error cause in words."""
        words = ERROR_CAUSES.get(self.error_cause, "")
        return f"{self.error_cause} {words}".strip() if self.error_cause else "no cause given"


def disconnect_request(hold: Hold, switch: Switch, identifier: int, at_s: int) -> bytes:
    """Write the request; `at_s` is seconds since 1970 by the machine's clock, by which switches find stale ones.

    Raises WireError where the switch gave us nothing by which it would know the call, or something too long.
    """
    named = _call_attributes(hold, switch.recipe)
    if not named:
        raise WireError("no-call-id")
    attributes = [*_switch_attributes(switch), *named, attribute("Event-Timestamp", at_s)]
    return encode_request(Code.DISCONNECT_REQUEST, identifier, attributes, switch.secret.encode())


def read_disconnect_answer(data: bytes, request: RadiusPacket, secret: bytes) -> DisconnectAnswer:
    """Read and prove what a switch answers. Raises WireError."""
    packet = decode(data)
    if packet.code not in (Code.DISCONNECT_ACK, Code.DISCONNECT_NAK):
        raise WireError("not-an-answer", packet.code.name)
    verify_reply(packet, request, secret)
    cause = Values(packet.attributes).integer("Error-Cause") or 0
    return DisconnectAnswer(packet.code is Code.DISCONNECT_ACK, cause)


def _switch_attributes(switch: Switch) -> list[Attribute]:
    try:
        address = ip_address(switch.address)
    except ValueError:
        return []
    name = "NAS-IP-Address" if address.version == 4 else "NAS-IPv6-Address"
    return [attribute(name, str(address) if address.version == 4 else address.packed)]


def _call_attributes(hold: Hold, recipe: Recipe) -> list[Attribute]:
    found = [attribute("Acct-Session-Id", hold.session_id)] if hold.session_id else []
    name = recipe.call_id_attributes[0] if recipe.call_id_attributes else ""
    if not (name and hold.call_id) or name == "Acct-Session-Id":
        return found
    if name in ATTRIBUTES and ATTRIBUTES[name].kind is Kind.NAMED:
        # a conf-id's groups are kept in lower case; gateways write them in upper case
        written = hold.call_id.upper() if _CONF_ID.fullmatch(hold.call_id) else hold.call_id
        return [*found, attribute(name, written, repeat_name=recipe.repeat_names)]
    return [*found, attribute("Cisco-AVPair", name.encode() + b"=" + hold.call_id)]
