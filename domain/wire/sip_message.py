"""SIP messages (RFC 3261 §7): bytes of one message -> request or response, and back; any transport.

Text is latin-1, which maps each byte to one character and back: what we echo is what came, whatever its charset.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.errors import WireError
from domain.quick import quick

COOKIE = "z9hG4bK"
"""A branch that begins so (and goes on) is unique to its transaction (§8.1.1.7)."""

_COMPACT_FORMS = """v via, f from, t to, i call-id, m contact, l content-length, c content-type, e content-encoding,
s subject, k supported, r refer-to, b referred-by, o event, u allow-events, a accept-contact, d request-disposition,
j reject-contact, x session-expires, y identity, n identity-info"""  # §7.3.3 and the extensions' (facts: sip302 §8)
_COMPACT: dict[str, str] = {form[0]: form[1:].strip() for form in re.split(r",\s+", _COMPACT_FORMS)}
_USUAL = """Via From To Call-ID CSeq Contact Content-Length Content-Type Max-Forwards User-Agent Allow Supported Require
Date Session-Expires Min-SE P-Asserted-Identity Remote-Party-ID Privacy Diversion Identity Route Record-Route"""
_NAMES = {name: name.lower() for name in _USUAL.split()} | _COMPACT
_METHODS = frozenset(
    "INVITE ACK CANCEL BYE OPTIONS REGISTER SUBSCRIBE NOTIFY PUBLISH MESSAGE REFER INFO UPDATE PRACK".split()
)
_AGENT_WITHIN = 4096
MOST_IN_LINE = 8192
"""Octets of one line of a head, folds undone: a message with a longer one is refused."""
_SINGLE = ("from", "to", "call-id", "cseq")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
# What follows reads bytes of strangers: each is possessive, so that no text takes more than one pass over it.
_FOLD = re.compile(r"(?<![ \t])[ \t]*+(?:\n[ \t]++)+")
_CSEQ = re.compile(r"([0-9]{1,20})[ \t]+([^ \t]+)")
_TAG = re.compile(r";[ \t]*tag[ \t]*=[ \t]*([^;, \t]+)", re.IGNORECASE)
_VIA = re.compile(
    r"SIP[ \t]*+/[ \t]*+[0-9.]++[ \t]*+/[ \t]*+([!-~]++)[ \t]++"
    r"(\[[0-9A-Fa-f:.]++\]|[^ \t:;,\[\]]++)[ \t]*+(?::[ \t]*+([0-9]{1,5}+)[ \t]*+)?(;.*)?",
    re.IGNORECASE,
)


class SipError(WireError):
    """A message that RFC 3261 does not allow.

    `status` is what to answer, 0 to drop it in silence; `request` is present when an answer can be addressed.
    """

    def __init__(self, reason: str, detail: str = "", *, status: int = 0, request: "SipRequest | None" = None) -> None:
        super().__init__(reason, detail)
        self.status, self.request = status, request


@quick
@dataclass(frozen=True, slots=True)
class Via:
    """The topmost Via (§20.42). `port` is 0 if absent; `rest` is what follows it in the same header, comma included."""

    raw: str
    rest: str
    transport: str
    host: str
    port: int
    branch: str
    wants_rport: bool


@quick
@dataclass(frozen=True, slots=True)
class SipRequest:
    """A request. `headers` maps lower-case long names to raw values in order; `uri` is raw; bytes are latin-1 text.

    `from_tag` is empty for RFC 2543 callers; `to_tag` is present in an ACK and in requests within a dialog.
    """

    method: str
    uri: str
    headers: Mapping[str, Sequence[str]]
    body: bytes
    via: Via
    call_id: str
    cseq: int
    from_tag: str
    to_tag: str

    def header(self, name: str) -> str:
        """Return the first value of a header by its lower-case long name, or an empty text."""
        values = self.headers.get(name)
        return values[0] if values else ""


@dataclass(frozen=True, slots=True)
class SipResponse:
    """A response; fields as in SipRequest."""

    status: int
    reason: str
    headers: Mapping[str, Sequence[str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first value of a header by its lower-case long name, or an empty text."""
        values = self.headers.get(name)
        return values[0] if values else ""


def is_keepalive(data: bytes) -> bool:
    """Tell whether a datagram is only a keep-alive: line ends (RFC 5626 §3.5.1), or the zero octets some NATs send."""
    return not data.strip(b"\r\n\0 ")


def parse(data: bytes) -> SipRequest | SipResponse:
    """Parse one message; octets after Content-Length are dropped (§18.3). Raises SipError.

    Tolerated: leading and bare line ends, compact and folded headers, blanks before colons, any octets in values.
    """
    head, rest = _split_head(data.lstrip(b"\r\n"))
    text = head.decode("latin-1").replace("\r\n", "\n")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    if "\r" in text:
        text = text.replace("\r", " ")  # a lone CR echoed in an answer could pass for a line end
    lines = text.split("\n")
    headers, complaint = _read_headers(lines)
    if len(text) > MOST_IN_LINE and max(map(len, lines)) > MOST_IN_LINE:
        complaint = "line-too-long"
    try:
        body = _cut_body(headers, rest)
    except SipError as error:
        complaint, body = complaint or error.reason, rest
    if lines[0].startswith("SIP/"):
        return _response(lines[0], headers, body, complaint)
    return _request(lines[0], headers, body, complaint)


def tag_of(address: str) -> str:
    """Return the tag parameter of a From or To value, or an empty text."""
    found = _TAG.search(address, address.rfind(">") + 1)
    return found[1] if found else ""


def agent_of(data: bytes) -> str:
    """Return the User-Agent of a message that is not parsed yet, or an empty text; cheap, for what may be noise."""
    head = data[:_AGENT_WITHIN].lower()
    at = head.find(b"\nuser-agent")
    return head[at + 1 : head.find(b"\n", at + 1)].partition(b":")[2].strip().decode("latin-1") if at >= 0 else ""


def split_outside(text: str, separator: str) -> list[str]:
    """Split at separators that stand outside quotes and angle brackets; parts are stripped of blanks."""
    if '"' not in text and "<" not in text:
        return [part.strip(" \t") for part in text.split(separator)]
    parts, start, quoted, angled, skip = [], 0, False, False, False
    for at, char in enumerate(text):
        if skip:
            skip = False
        elif char == "\\" and quoted:
            skip = True
        elif char == '"' and not angled:
            quoted = not quoted
        elif quoted:
            continue
        elif char == "<" or char == ">":
            angled = char == "<"
        elif char == separator and not angled:
            parts.append(text[start:at].strip(" \t"))
            start = at + 1
    if quoted:
        raise SipError("unbalanced-quotes", status=400)
    return [*parts, text[start:].strip(" \t")]


def build_request(method: str, uri: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> bytes:
    """Write a request; Content-Length is added. Raises WireError when a value holds a line end."""
    lines = [
        f"{method} {uri} SIP/2.0",
        *(f"{name}: {value}" for name, value in headers),
        f"Content-Length: {len(body)}",
    ]
    if any("\r" in line or "\n" in line for line in lines):
        raise WireError("line-end-in-header")
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


def _split_head(data: bytes) -> tuple[bytes, bytes]:
    end = data.find(b"\r\n\r\n")
    if end >= 0 and data.find(b"\n\n", 0, end) < 0 and data.find(b"\n\r\n", 0, end) < 0:
        return data[:end], data[end + 4 :]
    blank = _BLANK_LINE.search(data)
    return (data[: blank.start()], data[blank.end() :]) if blank else (data.rstrip(b"\r\n"), b"")


def _read_headers(lines: list[str]) -> tuple[dict[str, list[str]], str]:
    headers: dict[str, list[str]] = {}
    complaint = ""
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        key = _NAMES.get(name)
        if key is None:
            key = name.strip(" \t").lower()
            key = _COMPACT.get(key, key)
            if not colon or not key:
                complaint = "bad-header-line"
                continue
        values = headers.get(key)
        if values is None:
            headers[key] = [value.strip(" \t")]
        else:
            values.append(value.strip(" \t"))
    return headers, complaint


def _cut_body(headers: dict[str, list[str]], rest: bytes) -> bytes:
    lengths = headers.get("content-length")
    if lengths is None:
        return rest
    if not lengths[0].isdecimal() or len(lengths[0]) > 9 or len(set(lengths)) > 1 or int(lengths[0]) > len(rest):
        raise SipError("bad-content-length", status=400)
    return rest[: int(lengths[0])]


def _response(first: str, headers: dict[str, list[str]], body: bytes, complaint: str) -> SipResponse:
    version, _, tail = first.partition(" ")
    status, _, reason = tail.partition(" ")
    if complaint or version != "SIP/2.0" or not status.isdecimal() or not 100 <= int(status[:9]) <= 699:
        raise SipError(complaint or "bad-status-line", first[:60])
    if any(len(headers.get(name, ())) != 1 for name in _SINGLE):
        raise SipError("missing-or-repeated-header")
    return SipResponse(int(status), reason, headers, body)


def _request(first: str, headers: dict[str, list[str]], body: bytes, complaint: str) -> SipRequest:
    method, _, tail = first.rstrip(" \t").partition(" ")
    uri, _, version = tail.rpartition(" ")
    vias = headers.get("via")
    if not method or not vias or "/" not in version:
        raise SipError("not-sip", first[:60])
    if len(vias[0]) > MOST_IN_LINE:
        raise SipError("bad-via", vias[0][:60])
    call_ids, cseqs = headers.get("call-id"), headers.get("cseq")
    cseq = _CSEQ.fullmatch(cseqs[0]) if cseqs else None
    number = int(cseq[1]) if cseq else 0
    via, via_complaint = _via(vias[0])
    complaint = complaint or via_complaint
    from_tag, to_tag = (tag_of(values[0]) if (values := headers.get(name)) else "" for name in ("from", "to"))
    call_id = call_ids[0] if call_ids else ""
    request = SipRequest(method, uri, headers, body, via, call_id, number, from_tag, to_tag)
    if version != "SIP/2.0":
        is_sip = version[:4].upper() == "SIP/"
        raise SipError("bad-version", version[:20], status=505 if is_sip else 400, request=request)
    if not complaint:
        complaint = _complaint(request, cseq)
    if complaint:
        raise SipError(complaint, status=400, request=request)
    return request


def _complaint(request: SipRequest, cseq: re.Match[str] | None) -> str:
    headers = request.headers
    for name in _SINGLE:
        if len(headers.get(name, ())) != 1:
            return "missing-or-repeated-header"
    if cseq is None or request.cseq > 0xFFFFFFFF or (cseq[2] != request.method and request.method in _METHODS):
        return "bad-cseq"  # a method that nobody knows is refused as such (RFC 4475 §3.1.2.18)
    if not request.uri or " " in request.uri or "\t" in request.uri or request.uri[0] == "<":
        return "bad-request-uri"
    if not request.call_id:
        return "empty-call-id"
    for value in (headers["from"][0], headers["to"][0]):
        if not value or ('"' in value and value.replace('\\"', "").count('"') % 2):
            return "unbalanced-quotes" if value else "empty-address"
    return ""


def _via(value: str) -> tuple[Via, str]:
    """Read the top Via, and what is wrong with its parameters. Raises SipError when nobody can be answered by it."""
    top = value if "," not in value else split_outside(value, ",")[0]
    found = _VIA.fullmatch(top)
    if found is None:
        raise SipError("bad-via", value[:60])
    transport, host, port, tail = found.groups()
    if int(port or 0) > 0xFFFF:
        raise SipError("bad-via", value[:60])
    branch, wants_rport, complaint = "", False, ""
    if tail:
        for parameter in tail.split(";")[1:] if '"' not in tail else split_outside(tail, ";")[1:]:
            name, equals, content = parameter.partition("=")
            match name.strip(" \t").lower():
                case "branch":
                    branch = content.strip(" \t")
                case "rport":
                    wants_rport = not equals
                case "":
                    complaint = "bad-via"
                case _:
                    pass  # maddr, ttl, received, alias and what else may come says nothing to us
    return Via(top, value[len(top) :], transport, host.lower(), int(port or 0), branch, wants_rport), complaint
