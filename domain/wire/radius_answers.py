"""Attributes of our Access-Accept and Access-Reject. Facts: radius §7, §10."""

from collections.abc import Sequence

from domain.causes import RETURN_CODE, Cause
from domain.directory import Recipe
from domain.ids import CallKey
from domain.targets import MARK_PARAMETER, Target
from domain.wire.radius_attributes import CISCO, attribute
from domain.wire.radius_packet import Attribute

MAX_ROUTES = 20
MAX_BYTES = 1400
"""Replies above this are fragmented, and fragments are lost at firewalls: routes at the end are left out instead."""

_HEAD_BYTES = 20 + 18  # the packet's head and its Message-Authenticator


def access_accept_attributes(
    recipe: Recipe, key: CallKey, credit_s: int, targets: Sequence[Target], *, max_bytes: int = MAX_BYTES
) -> list[Attribute]:
    """Return code 0, the time granted (twice: a client takes the smaller), the routes in order, and Class.

    Class carries the call key as hex: a check when it is echoed, never a need.
    """
    repeat = recipe.repeat_names
    attributes = [
        attribute("h323-return-code", "0", repeat_name=repeat),
        attribute("h323-credit-time", str(credit_s), repeat_name=repeat),
        attribute("Session-Timeout", credit_s),
        attribute("Class", key.hex()),
    ]
    if recipe.sends_interims and recipe.interim_s:
        attributes.append(attribute("Acct-Interim-Interval", recipe.interim_s))
    room = max_bytes - _HEAD_BYTES - sum(len(one.value) + 8 for one in attributes)
    for target in targets[:MAX_ROUTES]:
        route = _route(recipe, target)
        if len(route.value) > 247:
            continue  # no host or dial string of ours is that long; an attribute cannot be
        room -= len(route.value) + 8
        if room < 0:
            break
        attributes.append(route)
    return attributes


def access_reject_attributes(recipe: Recipe, cause: Cause) -> list[Attribute]:
    """Return the return code that the table of causes names, and its words."""
    code = attribute("h323-return-code", str(RETURN_CODE[cause]), repeat_name=recipe.repeat_names)
    return [code, attribute("Reply-Message", cause.value)]


def _route(recipe: Recipe, target: Target) -> Attribute:
    host = f"[{target.host}]" if ":" in target.host and target.host[0] != "[" else target.host
    mark = f";{MARK_PARAMETER}={target.mark}" if target.mark else ""
    return Attribute(CISCO, 1, f"{recipe.routes_attribute}=Routing:{target.user}@{host}:{target.port}{mark}".encode())
