"""SIP responses of a redirect server (RFC 3261 §8.2.6, §8.3, §21): each is the whole datagram."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import quote

from domain.causes import SIP_STATUS, Cause
from domain.directory import AnswerRule
from domain.recipe import Recipe
from domain.route_text import bracketed, template_of
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
_PLAIN_RECIPE = Recipe("")
_NAMED_TRANSPORTS = frozenset(("tcp", "tls"))  # udp is what a URI without one means
_BAD_IN_URI = re.compile(r"[\x00-\x20<>\"\x7f]+")
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
    recipe: Recipe = _PLAIN_RECIPE,
    credit_s: int = 0,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """Write the 302 with a Contact per target, in order and with falling q; what does not fit is left out at the end.

    A target that equals the Request-URI is left out (§8.3), and one that a Contact before it names already; when none
    remains the answer is 404. The recipe says how its switch wants a Contact, and with what Reason.
    """
    if recipe.dials_itself:
        targets = [replace(target, host=source[0], port=request.via.port or 5060) for target in targets]
    asked = request.uri.lower()
    contacts = [
        contact(target, recipe, position, credit_s)
        for position, target in enumerate(targets, 1)
        if not (target.host.lower() in asked and _is_request_uri(request, target))
    ]
    if recipe.dials_itself or recipe.contact_template:
        contacts = list(dict.fromkeys(contacts))
    if not contacts:
        return answer(request, source, tag, 404, "Not Found", (_reason(1),))
    headers = (_reason(recipe.redirect_cause),) if recipe.redirect_cause else ()
    response = _moved(request, source, tag, contacts, headers)
    excess = len(response) - max_bytes
    while excess > 0 and len(contacts) > 1:
        excess -= len(contacts.pop()) + len(";q=0.0, ")
        if excess <= 0:
            response = _moved(request, source, tag, contacts, headers)
            excess = len(response) - max_bytes
    return response if excess <= 0 else _moved(request, source, tag, contacts, headers)


def contact(target: Target, recipe: Recipe = _PLAIN_RECIPE, position: int = 1, credit_s: int = 0) -> str:
    """Write a target as Contact value, without q: `<sip:777%232125550100@192.0.2.7:5060;user=phone;sbm=v1.0>`.

    Parameters of the number and of a trunk group stand in the user part (§19.1.6, RFC 4904 §5); `raw_hash` is for
    switches that want their tech prefix with a bare '#', which RFC 3261 does not allow in a user.
    """
    user = target.user
    if not (user.isascii() and user.isalnum()) and not _PLAIN_USER.fullmatch(user):
        user = quote(user, safe=_USER_SAFE + "#" if recipe.raw_hash else _USER_SAFE)
    if recipe.contact_template:
        mark = _quoted(target.mark)
        shown = replace(target, user=user, host=bracketed(target.host), mark=mark)
        return f"<{_BAD_IN_URI.sub('', template_of(recipe.contact_template).render(shown, position, credit_s))}>"
    params = f";{target.user_params}" if target.user_params else ""
    transport = f";transport={target.transport}" if target.transport in _NAMED_TRANSPORTS else ""
    mark = f";{MARK_PARAMETER}={_quoted(target.mark)}" if target.mark else ""
    return f"<sip:{user}{params}@{bracketed(target.host)}:{target.port};user=phone{transport}{mark}>"


@lru_cache(maxsize=4096)
def _quoted(mark: str) -> str:
    """Escape a mark for a URI; there are as many as trunks and places in a list."""
    return quote(mark, safe=_PARAM_SAFE)


def refuse(
    request: SipRequest,
    source: HostPort,
    tag: str,
    cause: Cause,
    *,
    rules: Sequence[AnswerRule] = (),
    retry_after_s: int = 0,
) -> bytes:
    """Write the refusal that a trunk's rules name, else the table of causes, with its Q.850 cause as Reason (RFC 3326,
    RFC 6432).

    Retry-After goes into a 503 only; without it a caller treats 503 as 500 and keeps sending (§21.5.4).
    """
    status, phrase, q850 = SIP_STATUS[cause]
    for rule in rules:
        if rule.cause is cause:
            status, phrase, q850 = rule.status, rule.phrase or phrase, rule.q850 or q850
            break
    headers = [_reason(q850)]
    if status == 503 and retry_after_s > 0:
        headers.append(("Retry-After", str(retry_after_s)))
    return answer(request, source, tag, status, phrase, headers)


def challenge(request: SipRequest, source: HostPort, tag: str, challenges: Sequence[str]) -> bytes:
    """Ask for credentials (§22.2): one WWW-Authenticate per algorithm, the best first (RFC 8760 §2.4)."""
    return answer(request, source, tag, 401, "Unauthorized", [("WWW-Authenticate", one) for one in challenges])


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
    odd = _odd_uri(request, source, tag)
    if odd is not None:
        return odd
    hops = request.header("max-forwards")
    if hops and not hops.strip("0"):
        # we forward nothing, but no next hop takes such a call: switches that send each other in circles hold no money
        return answer(request, source, tag, 483, "Too Many Hops")
    return _bad_extension(request, source, tag)


def answer_other(request: SipRequest, source: HostPort, tag: str) -> bytes:
    """Answer any request but INVITE, ACK and CANCEL (facts: sip302 §5). The same request gives the same bytes."""
    if request.method == "OPTIONS" and not request.to_tag:
        odd = _odd_uri(request, source, tag) or _bad_extension(request, source, tag)
        return odd or answer(request, source, tag, 200, "OK", (ALLOW, ("Accept", "application/sdp")))
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


def _odd_uri(request: SipRequest, source: HostPort, tag: str) -> bytes | None:
    """Refuse a Request-URI that is none of ours (§8.2.2.1)."""
    try:
        parse_uri(request.uri)
    except SipError as error:
        phrase = "Unsupported URI Scheme" if error.status == 416 else "Bad Request-URI"
        return answer(request, source, tag, error.status, phrase)
    return None


def _bad_extension(request: SipRequest, source: HostPort, tag: str) -> bytes | None:
    """Refuse a request that requires what we do not know (§8.2.2.3)."""
    if "require" not in request.headers:
        return None
    required = [one.strip(" \t") for value in request.headers["require"] for one in value.split(",")]
    unknown = ", ".join(one for one in required if one and one.lower() not in _UNDERSTOOD)
    return answer(request, source, tag, 420, "Bad Extension", (("Unsupported", unknown),)) if unknown else None


def _moved(request: SipRequest, source: HostPort, tag: str, contacts: Sequence[str], more: Headers) -> bytes:
    step = 10 if len(contacts) <= 11 else 100
    value = ", ".join(f"{text};q={_q(step - at, step)}" for at, text in enumerate(contacts))
    return answer(request, source, tag, 302, "Moved Temporarily", (("Contact", value), *more))


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
    try:
        uri = parse_uri(request.uri)
    except SipError:
        return False
    return (uri.user, uri.host.strip("[]"), uri.port or 5060) == (target.user, target.host.lower(), target.port)


@lru_cache(maxsize=256)
def _q(numerator: int, step: int) -> str:
    whole, part = divmod(max(0, numerator), step)
    return f"{whole}.{part:0{len(str(step)) - 1}d}"


def _reason(q850: int) -> tuple[str, str]:
    return "Reason", f"Q.850;cause={q850}"
