"""SIP responses of a redirect server (RFC 3261 §8.2.6, §8.3, §21): each is the whole datagram."""

import re
from collections.abc import Sequence
from hashlib import blake2b
from urllib.parse import quote

from domain.causes import SIP_STATUS, Cause
from domain.targets import MARK_PARAMETER, Target
from domain.wire.sip_message import SipError, SipRequest
from domain.wire.sip_uri import parse_uri

HostPort = tuple[str, int]
"""Where a datagram came from or goes to: IP address and port."""

Headers = Sequence[tuple[str, str]]

ALLOW = ("Allow", "INVITE, ACK, CANCEL, OPTIONS")
MAX_BYTES = 1300
"""A response over UDP cannot change to TCP (§18.2.2), so the list of contacts is cut to fit the usual path."""

_REFUSED_METHODS = frozenset("REGISTER SUBSCRIBE PUBLISH MESSAGE REFER INFO UPDATE NOTIFY PRACK".split())
_UNDERSTOOD = frozenset({"100rel", "timer"})  # both oblige only a server that sends 1xx or 2xx, which we never do
_COPIED = (("From", "from"), ("To", "to"), ("Call-ID", "call-id"), ("CSeq", "cseq"))
_EMPTY_RPORT = re.compile(r";[ \t]*rport[ \t]*(?=;|$)", re.IGNORECASE)
_RECEIVED = re.compile(r";[ \t]*received[ \t]*=[^;]*", re.IGNORECASE)
_PLAIN_USER = re.compile(r"[A-Za-z0-9+*._-]*", re.ASCII)
_USER_SAFE = "-_.!~*'()&=+$,/"
_PARAM_SAFE = "-_.!~*'()[]/:&+$"
_BAD_LINE_END = re.compile(r"[\r\n]+")


def to_tag(request: SipRequest, secret: bytes) -> str:
    """Return our To tag: the same for each retransmission, whatever process answers (§8.2.7), unguessable outside."""
    text = "\0".join((request.call_id, request.from_tag, str(request.cseq), request.via.branch, request.via.host))
    return blake2b(text.encode("latin-1"), digest_size=8, key=secret[:64]).hexdigest()


def answer(
    request: SipRequest, source: HostPort, tag: str, status: int, reason: str, headers: Headers = (), body: bytes = b""
) -> bytes:
    """Write a response by §8.2.6.2: Vias in order, the top one completed; From, To with tag, Call-ID, CSeq copied."""
    head = [f"SIP/2.0 {status} {reason}", f"Via: {_top_via(request, source)}"]
    present = request.headers
    head += [f"Via: {value}" for value in present["via"][1:]]
    for name, key in _COPIED:
        values = present.get(key)
        if values:
            head.append(f"{name}: {values[0]}")
            if key == "to" and tag and not request.to_tag:
                head[-1] += f";tag={tag}"
    if status == 100 and "timestamp" in present:
        head.append(f"Timestamp: {request.header('timestamp')}")
    head += [f"{name}: {value}" for name, value in headers]
    head.append(f"Content-Length: {len(body)}\r\n\r\n")
    return "\r\n".join(head).encode("latin-1", "replace") + body


def redirect(
    request: SipRequest,
    source: HostPort,
    tag: str,
    targets: Sequence[Target],
    *,
    raw_hash: bool = False,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """Write the 302 with a Contact per target, in order and with falling q; what does not fit is left out at the end.

    A target that equals the Request-URI is left out (§8.3); when none remains the answer is 404. `raw_hash` is for
    switches that want their tech prefix with a bare '#', which RFC 3261 does not allow in a user.
    """
    contacts = [contact(target, raw_hash=raw_hash) for target in targets if not _is_request_uri(request, target)]
    if not contacts:
        return answer(request, source, tag, 404, "Not Found", (_reason(1),))
    response = _moved(request, source, tag, contacts)
    excess = len(response) - max_bytes
    while excess > 0 and len(contacts) > 1:
        excess -= len(contacts.pop()) + len(";q=0.0, ")
        if excess <= 0:
            response = _moved(request, source, tag, contacts)
            excess = len(response) - max_bytes
    return response if excess <= 0 else _moved(request, source, tag, contacts)


def contact(target: Target, *, raw_hash: bool = False) -> str:
    """Write a target as Contact value, without q: `<sip:777%232125550100@192.0.2.7:5060;user=phone;sbm=v1.0>`."""
    user = target.user if _PLAIN_USER.fullmatch(target.user) else _escaped(target.user, raw_hash=raw_hash)
    host = f"[{target.host}]" if ":" in target.host and target.host[0] != "[" else target.host
    mark = f";{MARK_PARAMETER}={quote(target.mark, safe=_PARAM_SAFE)}" if target.mark else ""
    return f"<sip:{user}@{host}:{target.port};user=phone{mark}>"


def refuse(request: SipRequest, source: HostPort, tag: str, cause: Cause, *, retry_after_s: int = 0) -> bytes:
    """Write the refusal that the table of causes names, with its Q.850 cause as Reason (RFC 3326, RFC 6432).

    Retry-After goes into a 503 only; without it a caller treats 503 as 500 and keeps sending (§21.5.4).
    """
    status, phrase, q850 = SIP_STATUS[cause]
    headers = [_reason(q850)]
    if status == 503 and retry_after_s > 0:
        headers.append(("Retry-After", str(retry_after_s)))
    return answer(request, source, tag, status, phrase, headers)


def malformed(error: SipError, source: HostPort, secret: bytes) -> bytes | None:
    """Write the answer to a message that could not be read; None when it is to be dropped."""
    request = error.request
    if request is None or not error.status or request.method == "ACK":
        return None
    phrase = "Version Not Supported" if error.status == 505 else _BAD_LINE_END.sub(" ", f"Bad Request ({error.reason})")
    return answer(request, source, to_tag(request, secret), error.status, phrase)


def early_refusal(request: SipRequest, source: HostPort, tag: str) -> bytes | None:
    """Answer an INVITE that needs no decision (facts: sip302 §5, §8.2 of the RFC); None when it may be decided."""
    if request.to_tag:
        return answer(request, source, tag, 481, "Call/Transaction Does Not Exist")
    try:
        parse_uri(request.uri)
    except SipError as error:
        phrase = "Unsupported URI Scheme" if error.status == 416 else "Bad Request-URI"
        return answer(request, source, tag, error.status, phrase)
    required = [one.strip(" \t") for value in request.headers.get("require", ()) for one in value.split(",")]
    unknown = ", ".join(one for one in required if one and one.lower() not in _UNDERSTOOD)
    if unknown:
        return answer(request, source, tag, 420, "Bad Extension", (("Unsupported", unknown),))
    return None


def answer_other(request: SipRequest, source: HostPort, tag: str) -> bytes:
    """Answer any request but INVITE, ACK and CANCEL (facts: sip302 §5). The same request gives the same bytes."""
    if request.method == "OPTIONS" and not request.to_tag:
        return answer(request, source, tag, 200, "OK", (ALLOW, ("Accept", "application/sdp")))
    if request.method in ("BYE", "OPTIONS") or (request.to_tag and request.method in _REFUSED_METHODS):
        return answer(request, source, tag, 481, "Call/Transaction Does Not Exist")
    if request.method in _REFUSED_METHODS:
        return answer(request, source, tag, 405, "Method Not Allowed", (ALLOW,))
    return answer(request, source, tag, 501, "Not Implemented", (ALLOW,))


def reply_address(request: SipRequest, source: HostPort) -> HostPort:
    """Return where the response goes over UDP (§18.2.2, RFC 3581 §4): always to the address that asked.

    A `maddr` is passed over: it is for multicast, and would let a stranger send our answers to anybody.
    """
    via = request.via
    return source if via.wants_rport else (source[0], via.port or 5060)


def _moved(request: SipRequest, source: HostPort, tag: str, contacts: Sequence[str]) -> bytes:
    step = 10 if len(contacts) <= 11 else 100
    value = ", ".join(f"{text};q={_q(step - at, step)}" for at, text in enumerate(contacts))
    return answer(request, source, tag, 302, "Moved Temporarily", (("Contact", value),))


def _top_via(request: SipRequest, source: HostPort) -> str:
    """Complete the top Via: `received` when its host is not where the packet came from (§18.2.1), and rport."""
    via, (host, port) = request.via, source
    text = via.raw
    if via.wants_rport or via.host.strip("[]") != host:
        text = _RECEIVED.sub("", text) + f";received={host}"
    if via.wants_rport:
        text = _EMPTY_RPORT.sub(f";rport={port}", text)
    return text + via.rest


def _is_request_uri(request: SipRequest, target: Target) -> bool:
    if target.host.lower() not in request.uri.lower():
        return False
    try:
        uri = parse_uri(request.uri)
    except SipError:
        return False
    return (uri.user, uri.host.strip("[]"), uri.port or 5060) == (target.user, target.host.lower(), target.port)


def _escaped(user: str, *, raw_hash: bool) -> str:
    return quote(user, safe=_USER_SAFE + "#" if raw_hash else _USER_SAFE)


def _q(numerator: int, step: int) -> str:
    whole, part = divmod(max(0, numerator), step)
    return f"{whole}.{part:0{len(str(step)) - 1}d}"


def _reason(q850: int) -> tuple[str, str]:
    return "Reason", f"Q.850;cause={q850}"
