"""Where a call may be sent: one target per route, in the order in which a switch is to try them."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from domain.ids import TrunkId
from domain.quick import quick

MARK_PARAMETER = "sbm"
"""Name of the parameter that carries a target's mark in a SIP Contact and in a RADIUS route."""


@quick
@dataclass(frozen=True, slots=True)
class Target:
    """One route as a switch dials it: `user` is the dial string (tech prefix and number), `mark` see mark_of.

    `number` is the E.164 number without the prefix; `user_params` stand in a SIP URI's user part, such as
    "npdi;rn=+12025550000"; `transport` is udp, tcp or tls ("": as the switch likes). `enum_zone`: where the vendor's
    own ENUM server knows the way; who asks over ENUM is sent there ("": we give it).
    """

    trunk: TrunkId
    host: str
    port: int
    user: str
    mark: str
    number: str = ""
    user_params: str = ""
    transport: str = ""
    enum_zone: str = ""


def mark_of(trunk: TrunkId, position: int) -> str:
    """Return the token that tells the attempts of a call apart and names their vendor: `<trunk id>.<position>`."""
    return f"{trunk}.{position}"


def mark_trunk(mark: str) -> TrunkId:
    """Return the trunk that a mark names; empty when the mark is none of ours."""
    trunk, dot, position = mark.rpartition(".")
    return TrunkId(trunk if dot and position.isdecimal() else "")


@lru_cache(maxsize=4096)
def trunk_group(name: str, context: str) -> str:
    """Return the parameters that name a trunk group in a user part (RFC 4904 §5): both of them, or neither."""
    if not (name and context):
        return ""
    return f"tgrp={quote(name, safe=_SAFE)};trunk-context={quote(context, safe=_SAFE)}"


_SAFE = "-_.!~*'()[]/:&+$"  # of a parameter's value (RFC 3966 §3)
