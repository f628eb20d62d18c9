"""DNS messages (RFC 1035 §4, RFC 6891): queries and replies with the records of an ENUM server, to bytes and back.

Written for speed in the direction of a server: a query is read and its answer of three NAPTR records written in
microseconds. What is read must have a form; what it means is another's business.
"""

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from domain.errors import WireError
from domain.wire.dns_name import ROOT, read_name, tail_offset

HEADER_BYTES = 12
PLAIN_UDP_BYTES = 512
"""What a datagram may hold without EDNS (RFC 1035 §4.2.1), and the least that any size announced counts as."""
TCP_BYTES = 65_535
IN = 1

_HEADER = struct.Struct(">6H")
_TWO = struct.Struct(">2H")
_RECORD = struct.Struct(">2HIH")
_ORDER = struct.Struct(">2H")
_SOA = struct.Struct(">5I")
_QR, _AA, _TC, _RD, _RA, _CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0010
_OPCODE = 0x7800
_TO_QUESTION = b"\xc0\x0c"
_DO = 0x8000


class Type(IntEnum):
    """Types of records and questions that we know by name."""

    A = 1
    NS = 2
    SOA = 6
    NAPTR = 35
    OPT = 41
    ANY = 255


class Rcode(IntEnum):
    """Response codes (RFC 1035 §4.1.1, RFC 6891 §9)."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5
    BADVERS = 16


class DnsError(WireError):
    """A message that cannot be read. `reply` is the answer to it, b"" where it gets none."""

    def __init__(self, reason: str, detail: str = "", reply: bytes = b"") -> None:
        self.reply = reply
        super().__init__(reason, detail)


class Naptr(NamedTuple):
    """NAPTR (RFC 3403 §4.1). `replacement` is a name on the wire; the root's where `regexp` speaks."""

    order: int
    preference: int
    flags: bytes
    services: bytes
    regexp: bytes
    replacement: bytes = ROOT


class Soa(NamedTuple):
    """SOA (RFC 1035 §3.3.13); times in seconds. `minimum` is the TTL of negative answers (RFC 2308 §4)."""

    server: bytes
    mailbox: bytes
    serial: int
    refresh: int
    retry: int
    expire: int
    minimum: int


class Ns(NamedTuple):
    """NS (RFC 1035 §3.3.11)."""

    server: bytes


class Record(NamedTuple):
    """A record of class IN; `data` is bytes where its type is none of these three."""

    name: bytes
    type: int
    ttl: int
    data: Naptr | Soa | Ns | bytes


class Edns(NamedTuple):
    """What an OPT record says (RFC 6891 §6.1): the largest datagram its sender takes, and options by their codes."""

    udp_bytes: int
    version: int = 0
    dnssec_ok: bool = False
    options: tuple[tuple[int, bytes], ...] = ()


class Query(NamedTuple):
    """A question. `name` is as received: its answer repeats it letter by letter."""

    id: int
    name: bytes
    type: int
    rclass: int = IN
    recursion: bool = False
    checking_disabled: bool = False
    edns: Edns | None = None


class Reply(NamedTuple):
    """An answer as a client reads it. `question` is (name, type, class), None where it was not repeated."""

    id: int
    rcode: int
    question: tuple[bytes, int, int] | None
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    edns: Edns | None = None
    authoritative: bool = False
    truncated: bool = False
    recursion: bool = False
    recursion_available: bool = False
    checking_disabled: bool = False
    opcode: int = 0


def decode_query(data: bytes) -> Query:
    """Read a query. Raises DnsError, with the answer that the sender gets: FORMERR, NOTIMP, or none.

    None: what is shorter than a header, and answers, to which an answer would be answered again.
    """
    if len(data) < HEADER_BYTES:
        raise DnsError("cut-short", f"{len(data)} octets")
    ident, flags, questions, answers, authority, additional = _HEADER.unpack_from(data)
    if flags & _QR:
        raise DnsError("not-a-query")
    if flags & _OPCODE:
        raise DnsError("other-opcode", str((flags & _OPCODE) >> 11), _bare(ident, flags, Rcode.NOTIMP))
    try:
        if questions != 1:
            raise WireError("not-one-question", str(questions))
        name, at = read_name(data, HEADER_BYTES)
        if at + 4 > len(data):
            raise WireError("cut-short", "in the question")
        qtype, rclass = _TWO.unpack_from(data, at)
        edns = _read_rest(data, at + 4, answers + authority, additional)
    except WireError as error:
        raise DnsError(error.reason, error.detail, _bare(ident, flags, Rcode.FORMERR)) from None
    return Query(ident, name, qtype, rclass, bool(flags & _RD), bool(flags & _CD), edns)


def encode_query(query: Query) -> bytes:
    """Write a query."""
    flags = (_RD if query.recursion else 0) | (_CD if query.checking_disabled else 0)
    opt = b"" if query.edns is None else _opt(query.edns, 0)
    head = _HEADER.pack(query.id, flags, 1, 0, 0, query.edns is not None)
    return head + query.name + _TWO.pack(query.type, query.rclass) + opt


def encode_reply(
    query: Query,
    rcode: int,
    answers: Sequence[Record] = (),
    authority: Sequence[Record] = (),
    *,
    most: int = TCP_BYTES,
    edns: Edns | None = None,
    cut: bool = False,
) -> bytes:
    """Write the authoritative answer to a query, `most` octets at most.

    Where the answers do not fit they are left out, all of them, and TC is set, so that the asker comes again over TCP
    (RFC 2181 §9); with `cut` those at the end are left out and TC is not set, for askers that have no TCP.
    """
    opt = b"" if edns is None else _opt(edns, rcode >> 4)
    question = query.name + _TWO.pack(query.type, query.rclass)
    room = most - HEADER_BYTES - len(question) - len(opt)
    flags = _QR | _AA | (_RD if query.recursion else 0) | (_CD if query.checking_disabled else 0) | (rcode & 15)
    first = [_record(record, query.name) for record in answers]
    size = sum(map(len, first))
    if size > room:
        while cut and first and size > room:
            size -= len(first.pop())
        if not (cut and first):
            flags, size = flags | _TC, 0
            first.clear()
    second = [_record(record, query.name) for record in authority]
    if size + sum(map(len, second)) > room:
        second.clear()
    head = _HEADER.pack(query.id, flags, 1, len(first), len(second), edns is not None)
    return b"".join((head, question, *first, *second, opt))


def decode_reply(data: bytes) -> Reply:
    """Read an answer. Raises DnsError."""
    try:
        return _read_reply(data)
    except WireError as error:
        raise DnsError(error.reason, error.detail) from None


def _read_reply(data: bytes) -> Reply:
    if len(data) < HEADER_BYTES:
        raise WireError("cut-short", f"{len(data)} octets")
    ident, flags, questions, answers, authority, additional = _HEADER.unpack_from(data)
    if not flags & _QR or questions > 1:
        raise WireError("not-an-answer")
    question, at = None, HEADER_BYTES
    if questions:
        name, at = read_name(data, at)
        if at + 4 > len(data):
            raise WireError("cut-short", "in the question")
        question = (name, *_TWO.unpack_from(data, at))
        at += 4
    records = []
    for _ in range(answers + authority):
        record, at = _read_record(data, at)
        records.append(record)
    opt = _find_opt(data, at, 0, additional)
    edns, high = (None, 0) if opt is None else _read_opt(*opt)
    aa, tc, rd, ra, cd = (bool(flags & bit) for bit in (_AA, _TC, _RD, _RA, _CD))
    first, second = tuple(records[:answers]), tuple(records[answers:])
    rcode, opcode = (flags & 15) | high << 4, (flags & _OPCODE) >> 11
    return Reply(ident, rcode, question, first, second, edns, aa, tc, rd, ra, cd, opcode)


def _bare(ident: int, flags: int, rcode: int) -> bytes:
    """Return an answer of a header only, to what cannot be read further."""
    return _HEADER.pack(ident, _QR | flags & (_OPCODE | _RD) | rcode, 0, 0, 0, 0)


def _read_rest(data: bytes, at: int, skipped: int, additional: int) -> Edns | None:
    """Read what follows a question, to the end of the message: of all records only OPT says something to us."""
    if at == len(data) and not skipped and not additional:
        return None
    opt = _find_opt(data, at, skipped, additional)
    return None if opt is None else _read_opt(*opt)[0]


def _find_opt(data: bytes, at: int, skipped: int, additional: int) -> tuple[int, int, bytes] | None:
    """Return class, TTL and data of the OPT record among the additional ones. Raises WireError for a second one."""
    found = None
    for number in range(skipped + additional):
        name, rtype, rclass, ttl, start, at = _read_fixed(data, at)
        if rtype != Type.OPT:
            continue
        if found is not None or number < skipped or name != ROOT:
            raise WireError("bad-opt", "a second one, not in its place, or with a name")
        found = (rclass, ttl, data[start:at])
    if at != len(data):
        raise WireError("trailing-octets", str(len(data) - at))
    return found


def _read_fixed(data: bytes, at: int) -> tuple[bytes, int, int, int, int, int]:
    """Return a record's name, type, class, TTL, and where its data begin and end."""
    name, at = read_name(data, at)
    if at + _RECORD.size > len(data):
        raise WireError("cut-short", "in a record")
    rtype, rclass, ttl, size = _RECORD.unpack_from(data, at)
    start = at + _RECORD.size
    if start + size > len(data):
        raise WireError("cut-short", "in a record's data")
    return name, rtype, rclass, ttl, start, start + size


def _read_opt(rclass: int, ttl: int, data: bytes) -> tuple[Edns, int]:
    """Return what an OPT record says, and the upper bits of the response code."""
    options: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            raise WireError("bad-opt", "an option is cut short")
        code, size = _TWO.unpack_from(data, at)
        at += 4 + size
        if at > len(data):
            raise WireError("bad-opt", "an option is cut short")
        options.append((code, data[at - size : at]))
    return Edns(rclass, ttl >> 16 & 0xFF, bool(ttl & _DO), tuple(options)), ttl >> 24


def _read_record(data: bytes, at: int) -> tuple[Record, int]:
    name, rtype, rclass, ttl, start, end = _read_fixed(data, at)
    if rclass != IN:
        raise WireError("other-class", str(rclass))
    parsed: Naptr | Soa | Ns | bytes = data[start:end]
    behind = end
    if rtype == Type.NAPTR:
        parsed, behind = _read_naptr(data, start, end)
    elif rtype == Type.SOA:
        parsed, behind = _read_soa(data, start, end)
    elif rtype == Type.NS:
        parsed, behind = _read_ns(data, start)
    if behind != end:
        raise WireError("bad-record", f"type {rtype}")
    return Record(name, rtype, ttl, parsed), end


def _read_naptr(data: bytes, at: int, end: int) -> tuple[Naptr, int]:
    if at + 4 > end:
        raise WireError("bad-record", "NAPTR")
    order, preference = _ORDER.unpack_from(data, at)
    at += 4
    flags, at = _read_text(data, at, end)
    services, at = _read_text(data, at, end)
    regexp, at = _read_text(data, at, end)
    replacement, at = read_name(data, at)
    return Naptr(order, preference, flags, services, regexp, replacement), at


def _read_text(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """Return a <character-string> (RFC 1035 §3.3) and the offset behind it."""
    if at >= end or at + 1 + data[at] > end:
        raise WireError("bad-record", "a text is cut short")
    return data[at + 1 : at + 1 + data[at]], at + 1 + data[at]


def _read_soa(data: bytes, at: int, end: int) -> tuple[Soa, int]:
    server, at = read_name(data, at)
    mailbox, at = read_name(data, at)
    if at + _SOA.size > end:
        raise WireError("bad-record", "SOA")
    return Soa(server, mailbox, *_SOA.unpack_from(data, at)), at + _SOA.size


def _read_ns(data: bytes, at: int) -> tuple[Ns, int]:
    server, at = read_name(data, at)
    return Ns(server), at


def _record(record: Record, question: bytes) -> bytes:
    """Write a record; a name that ends the question's becomes a pointer into it."""
    name, rtype, ttl, data = record
    if name == question:
        owner = _TO_QUESTION
    else:
        offset = tail_offset(question, name) if name != ROOT else None
        owner = name if offset is None else (0xC000 | HEADER_BYTES + offset).to_bytes(2, "big")
    if isinstance(data, Naptr):
        written = _naptr(data)
    elif isinstance(data, Soa):
        written = data.server + data.mailbox + _SOA.pack(*data[2:])
    else:
        written = data.server if isinstance(data, Ns) else data
    return owner + _RECORD.pack(rtype, IN, ttl, len(written)) + written


def _naptr(data: Naptr) -> bytes:
    order, preference, flags, services, regexp, replacement = data
    return b"%b%c%b%c%b%c%b%b" % (
        _ORDER.pack(order, preference), len(flags), flags, len(services), services, len(regexp), regexp, replacement,
    )  # fmt: skip


def _opt(edns: Edns, high: int) -> bytes:
    options = b"".join([_TWO.pack(code, len(data)) + data for code, data in edns.options])
    ttl = high << 24 | edns.version << 16 | (_DO if edns.dnssec_ok else 0)
    return ROOT + _RECORD.pack(Type.OPT, edns.udp_bytes, ttl, len(options)) + options
