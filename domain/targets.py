"""Where a call may be sent: one target per route, in the order in which a switch is to try them."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from domain.ids import TrunkId
from domain.quick import quick

MARK_PARAMETER = "sbm"
"""Name of the parameter that carries a target's mark in a SIP Contact and in a RADIUS route."""
MOVED_MARK = r"\.[0-9]+-[0-9]+$"
"""How a mark ends whose vendor was told a routing number."""
_MARK = re.compile(r"(.*)\.[0-9]+(?:-([0-9]*))?", re.DOTALL)


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


def mark_of(trunk: TrunkId, position: int, told: str | None = None) -> str:
    """Return the token that tells the attempts of a call apart and names their vendor: `<trunk id>.<position>`.

    `told`: the routing number that the vendor was chosen by and is told, "" where the number has not moved for all we
    know; None: he is told nothing of such. It goes behind a hyphen: by it his leg is charged.
    """
    return f"{trunk}.{position}" if told is None else f"{trunk}.{position}-{told}"


def mark_trunk(mark: str) -> TrunkId:
    """Return the trunk that a mark names; empty when the mark is none of ours."""
    found = _MARK.fullmatch(mark)
    return TrunkId(found[1] if found else "")


def mark_told(mark: str) -> str | None:
    """Return the routing number that a mark's vendor was told, "" for none; None where the mark says nothing of it."""
    found = _MARK.fullmatch(mark)
    return found[2] if found else None


@lru_cache(maxsize=4096)
def trunk_group(name: str, context: str) -> str:
    """Return the parameters that name a trunk group in a user part (RFC 4904 §5): both of them, or neither."""
    if not (name and context):
        return ""
    return f"tgrp={quote(name, safe=_SAFE)};trunk-context={quote(context, safe=_SAFE)}"


_SAFE = "-_.!~*'()[]/:&+$"  # of a parameter's value (RFC 3966 §3)
