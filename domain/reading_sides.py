"""Which legs a RADIUS record stands for, and what stands at the far end of each. No decisions."""

from dataclasses import dataclass

from domain.calls import ReportKind, Side
from domain.directory import Recipe
from domain.errors import WireError
from domain.recipe import CauseKind
from domain.targets import MARK_PARAMETER
from domain.wire.radius_attributes import Values
from domain.wire.sip_message import SipError
from domain.wire.sip_uri import SipUri, parse_uri

REQUEST_TERMINATED = 487
"""The final answer of an INVITE that its caller gave up (RFC 3261 §9.2)."""


@dataclass(frozen=True, slots=True)
class Far:
    """The far end of a leg as far as a record names it; `user` is the number dialled there, `mark` the one we gave."""

    host: str = ""
    port: int = 0
    trunk: str = ""
    mark: str = ""
    user: str = ""


def sides_of(values: Values, recipe: Recipe, kind: ReportKind) -> tuple[Side, ...]:
    """Return the sides whose legs a record stands for. Raises WireError `no-side`.

    Where it stands for both, a Failed that names no end of the call is the attempt of the vendor whom it names. It ends
    the call where the switch has marked it as the last, where it says that the caller gave up, or that no other place
    will do better (RFC 3261 §21.6).
    """
    if not recipe.both_legs:
        return (_side(values, recipe),)
    vendor = far_end(values, recipe, Side.VENDOR)
    if kind is ReportKind.ATTEMPT:
        final = recipe.failed_ends_call or not vendor.mark or _is_final(values, recipe)
        ends = (Side.CLIENT,) if final else ()
        return (*ends, Side.VENDOR) if vendor.mark else ends
    if recipe.stop_is_bare or vendor.mark or vendor.host or vendor.trunk:
        return Side.CLIENT, Side.VENDOR
    return (Side.CLIENT,)


def far_end(values: Values, recipe: Recipe, side: Side) -> Far:
    """Return the far end of the leg of a side."""
    if side is Side.CLIENT:
        host, port = host_port(values.said(recipe.remote_attribute))
        mark = "" if recipe.both_legs else values.said(recipe.mark_attribute)
        return Far(host, port, _trunk(values.said(recipe.trunk_attribute), recipe), mark)
    uri = _uri(values.said(recipe.vendor_uri_attribute)) if recipe.vendor_uri_attribute else None
    mark = values.said(recipe.mark_attribute) or ((uri.param(MARK_PARAMETER) or "") if uri else "")
    trunk = _trunk(values.said(recipe.vendor_trunk_attribute), recipe)
    if recipe.vendor_remote_attribute or not recipe.both_legs:
        host, port = host_port(values.said(recipe.vendor_remote_attribute or recipe.remote_attribute))
        if host:
            return Far(host, port, trunk, mark, uri.user if uri else "")
    return Far(uri.host.strip("[]"), uri.port, trunk, mark, uri.user) if uri else Far(trunk=trunk, mark=mark)


def plain_number(text: str) -> str:
    """Return the number in a SIP or tel URI, which some switches send for it; else the text as it is."""
    uri = _uri(text) if text[:4].lower() in ("sip:", "sips", "tel:") else None
    return uri.user if uri else text


def host_port(text: str) -> tuple[str, int]:
    """Take `host`, `host:port`, `[v6]:port` or a bare IPv6 address apart; port 0 when absent."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]:")
        host = host.rstrip("]")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    return host, int(port) if port.isascii() and port.isdecimal() and len(port) <= 5 else 0


def _side(values: Values, recipe: Recipe) -> Side:
    origin = values.said(recipe.origin_attribute)
    if origin.lower() in recipe.client_origins:
        return Side.CLIENT
    if origin.lower() in recipe.vendor_origins:
        return Side.VENDOR
    if values.said(recipe.mark_attribute):
        return Side.VENDOR
    if not recipe.reports_vendor_legs:
        return Side.CLIENT
    raise WireError("no-side", origin[:20])


def _is_final(values: Values, recipe: Recipe) -> bool:
    if values.said(recipe.final_attribute):
        return True
    status = values.integer(recipe.cause_attribute) or 0 if recipe.cause_kind is CauseKind.SIP else 0
    return status == REQUEST_TERMINATED or 600 <= status < 700


def _uri(text: str) -> SipUri | None:
    try:
        return parse_uri(text.strip("<> "))
    except SipError:
        return None


def _trunk(text: str, recipe: Recipe) -> str:
    """Return a trunk's name; of a channel (`SIP/kestrel-0000001f`) the part between technology and number."""
    if not recipe.channel_names:
        return text
    name = text.partition("/")[2]
    return name.rpartition("-")[0] or name
