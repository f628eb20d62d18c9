"""What is fuzzed, and what holds for it: no exception but the codec's own, and what was read can be answered."""

import contextlib
from collections.abc import Callable

from domain.errors import WireError
from domain.wire.dns_message import Rcode, decode_query, decode_reply, encode_reply
from domain.wire.passport import passports_of
from domain.wire.radius_attributes import Values
from domain.wire.radius_packet import Code, RadiusPacket, decode, verify_request
from domain.wire.radius_packet import encode_reply as encode_radius
from domain.wire.radius_stream import RadiusStream
from domain.wire.sip_answers import answer
from domain.wire.sip_message import SipError, SipRequest, parse
from domain.wire.sip_stream import SipStream
from domain.wire.sip_transactions import NewInvite, ServerTransactions
from domain.wire.sip_uri import callers_of, parse_uri, trunk_group_of

_SECRET, _SOURCE = b"xyzzy5461", ("192.0.2.1", 5060)
_INVITE = (
    b"INVITE sip:+12025550100;npdi;rn=+12025550000@h;user=phone SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP h:5060;branch=z9hG4bK1;rport\r\nFrom: <sip:1@h>;tag=a\r\nTo: <sip:2@h>\r\nCall-ID: c\r\n"
    b"CSeq: 1 INVITE\r\nP-Asserted-Identity: <tel:+44>\r\nIdentity: a.b.c;info=<https://h/x>\r\n"
    b"Content-Length: 0\r\n\r\n"
)
_RADIUS = bytes.fromhex(
    "010000380f403f9473978057bd83d5cb98f4227a01066e656d6f02120dbe708d93d413ce3196e43f782a0aee0406c0a80110050600000003"
)
_DNS = bytes.fromhex(
    "12340100000100000000000101380134013101300136013401390137013001320134013404653136340461727061000023000100002904d0"
    "000000000000"
)


def sip(data: bytes) -> None:
    """Read a message, and give it to the transactions of a datagram's and of a stream's listener."""
    try:
        message = parse(data)
    except SipError:
        message = None
    if isinstance(message, SipRequest):
        callers_of(message, "12025550100")
        passports_of(message.headers.get("identity", ()), lambda _: None, 0, 60)
        with contextlib.suppress(SipError):
            trunk_group_of(message, parse_uri(message.uri))
    for link in (0, 7):
        layer = ServerTransactions(_SECRET, limit=4)
        outcome = layer.receive(data, _SOURCE, 1.0, link)
        if isinstance(outcome, NewInvite):
            layer.answer(outcome, answer(outcome.request, _SOURCE, outcome.tag, 404, "Not Found"), 1.1)
            layer.receive(data, _SOURCE, 1.2, link)
        layer.due(40.0)
    stream = SipStream()
    half = len(data) // 2
    for piece in (data[:half], data[half:]):
        stream.feed(piece)


def radius(data: bytes) -> None:
    """Read a packet, prove it, look at its values and answer it; read it as a stream too."""
    RadiusStream().feed(data)
    try:
        packet: RadiusPacket = decode(data)
        values = Values(packet.attributes)
        for name in ("User-Name", "h323-conf-id", "Acct-Session-Time", "Event-Timestamp", "NAS-IP-Address"):
            values.text(name)
            values.integer(name)
        encode_radius(packet, Code.ACCOUNTING_RESPONSE, (), _SECRET)
        verify_request(packet, _SECRET)
    except WireError:
        pass


def dns(data: bytes) -> None:
    """Read a question and refuse it; read an answer."""
    try:
        query = decode_query(data)
        encode_reply(query, Rcode.REFUSED)
    except WireError:
        pass
    with contextlib.suppress(WireError):
        decode_reply(data)


TARGETS: dict[str, Callable[[bytes], None]] = {"sip": sip, "radius": radius, "dns": dns}
SEEDS: dict[str, tuple[bytes, ...]] = {"sip": (_INVITE,), "radius": (_RADIUS,), "dns": (_DNS,)}
