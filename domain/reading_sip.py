"""From wire to trade: what an INVITE says. No decisions."""

from domain.calls import CallSetup, Door
from domain.directory import Switch
from domain.wire.sip_message import SipRequest
from domain.wire.sip_uri import caller_of, parse_uri, trunk_group_of


def setup_from_invite(request: SipRequest, switch: Switch, at_ms: int) -> CallSetup:
    """Read an INVITE. Raises SipError with the status to answer when its Request-URI is none we can read."""
    uri = parse_uri(request.uri)
    return CallSetup(
        door=Door.SIP,
        switch=switch.id,
        call_id=request.call_id.encode("latin-1"),
        source=switch.address,
        caller=caller_of(request),
        called=uri.user,
        at_ms=at_ms,
        attempt=request.cseq,
        trunk_hint=trunk_group_of(request, uri),
    )
