"""From wire to trade: what an INVITE says. No decisions."""

from collections.abc import Callable, Sequence

from domain.calls import CallSetup, Door, Passport
from domain.directory import Switch
from domain.failover import FIRST_STATUS, LAST_CAUSE, LAST_STATUS
from domain.numbers import Dialled, portability
from domain.targets import MARK_PARAMETER
from domain.wire.sip_message import SipRequest, split_outside
from domain.wire.sip_uri import caller_of, callers_of, parse_uri, trunk_group_of

Verify = Callable[[Sequence[str], int], tuple[Passport, ...]]
"""Verifies the values of Identity headers at a moment (UTC ms, business time)."""

_NOT_PORTED = Dialled("")
MOST_DIGITS = 3
"""Of hops, causes and statuses: what is longer is none."""


def setup_from_invite(
    request: SipRequest, switch: Switch, at_ms: int, *, source: str = "", user: str = "", verify: Verify | None = None
) -> CallSetup:
    """Read an INVITE. Raises SipError with the status to answer when its Request-URI is none we can read.

    `source`: where it came from ("": the switch's address); `user`: whose credentials were proved.
    """
    uri = parse_uri(request.uri)
    callers = callers_of(request, uri.user)
    ported = portability(uri.user_params) if uri.user_params else _NOT_PORTED
    headers = request.headers
    identities, hops = headers.get("identity"), headers.get("max-forwards")
    cause, status = causes_of(headers["reason"]) if "reason" in headers else (0, 0)
    return CallSetup(
        door=Door.SIP,
        switch=switch.id,
        call_id=request.call_id.encode("latin-1"),
        source=source or switch.address,
        caller=caller_of(callers),
        called=uri.user,
        at_ms=at_ms,
        attempt=request.cseq,
        trunk_hint=trunk_group_of(request, uri),
        callers=callers,
        user=user,
        routing_number=ported.routing_number,
        dipped=ported.dipped,
        carrier=ported.carrier,
        passports=verify(identities, at_ms) if identities and verify is not None else (),
        last_cause=cause,
        last_status=status,
        max_forwards=int(hops[0]) if hops and hops[0].isdecimal() and len(hops[0]) <= MOST_DIGITS else None,
        mark=(uri.param(MARK_PARAMETER) or "") if uri.params else "",
    )


def causes_of(reasons: Sequence[str]) -> tuple[int, int]:
    """Return the Q.850 cause and the SIP status that Reason headers name (RFC 3326 §2), 0 for what they do not.

    In an INVITE they say how the attempt before it ended.
    """
    found = {"q.850": 0, "sip": 0}
    for reason in (one for value in reasons for one in split_outside(value, ",")):
        protocol, *params = (part.strip() for part in split_outside(reason, ";"))
        for param in params:
            name, _, value = param.partition("=")
            if name.strip().lower() == "cause" and value.strip().isdecimal() and len(value.strip()) <= MOST_DIGITS:
                found.setdefault(protocol.lower(), 0)
                found[protocol.lower()] = found[protocol.lower()] or int(value)
    cause, status = found["q.850"], found["sip"]
    return (cause if cause <= LAST_CAUSE else 0), (status if FIRST_STATUS <= status <= LAST_STATUS else 0)
