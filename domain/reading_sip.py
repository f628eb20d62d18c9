"""From wire to trade: what an INVITE says. No decisions."""

from collections.abc import Callable, Sequence

from domain.calls import CallSetup, Door, Passport
from domain.directory import Switch
from domain.numbers import Dialled, portability
from domain.wire.sip_message import SipRequest
from domain.wire.sip_uri import caller_of, callers_of, parse_uri, trunk_group_of

Verify = Callable[[Sequence[str], int], tuple[Passport, ...]]
"""Verifies the values of Identity headers at a moment (UTC ms, business time)."""

_NOT_PORTED = Dialled("")


def setup_from_invite(
    request: SipRequest, switch: Switch, at_ms: int, *, source: str = "", user: str = "", verify: Verify | None = None
) -> CallSetup:
    """Read an INVITE. Raises SipError with the status to answer when its Request-URI is none we can read.

    `source`: where it came from ("": the switch's address); `user`: whose credentials were proved.
    """
    uri = parse_uri(request.uri)
    callers = callers_of(request, uri.user)
    ported = portability(uri.user_params) if uri.user_params else _NOT_PORTED
    identities = request.headers.get("identity")
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
    )
