"""What an ENUM server answers: a decision as NAPTR records (RFC 6116, RFC 3764, RFC 4769), and refusals."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from domain.causes import Cause
from domain.directory import Recipe
from domain.recipe import EnumForm, EnumRefusal, EnumService
from domain.route_text import bracketed
from domain.targets import MARK_PARAMETER, Target
from domain.wire.dns_message import Naptr, Ns, Rcode, Record, Soa, Type
from domain.wire.dns_name import LONGEST_NAME, name_from_text

ORDER = 100
"""One for all: some clients keep the records of the lowest only (RFC 6116 §5.1)."""
STEP = 10
"""Between preferences, of which no two are equal: some clients ring equal ones at once."""
LONGEST_REGEXP = 255
MOST_DIGITS = 32
"""Of a dial string in a name: ENUM servers take 15 (E.164) and some digits of a prefix."""
MOST_RECORDS = 65_535 // STEP

_NOT_NOW = frozenset((Cause.NOT_READY, Cause.BALANCE_UNAVAILABLE, Cause.OVERLOAD))
_NO_ROUTE = frozenset((Cause.NO_ROUTE, Cause.NO_RATE, Cause.NO_MARGIN))
_CODES = {EnumRefusal.NXDOMAIN: Rcode.NXDOMAIN, EnumRefusal.NODATA: Rcode.NOERROR, EnumRefusal.REFUSED: Rcode.REFUSED}
_USER_SAFE = "-_.!~*'()&=+$,/;?"
_PARAM_SAFE = "-_.!~*'()[]/:&+$"
_SERIAL, _REFRESH_S, _RETRY_S, _EXPIRE_S = 1, 3600, 600, 86_400


class ZoneData(NamedTuple):
    """What is the same for all our zones: the server's name and mailbox on the wire, and TTLs in seconds."""

    server: bytes
    mailbox: bytes
    ttl_s: int
    negative_ttl_s: int


def naptrs(targets: Sequence[Target], asked: str, recipe: Recipe) -> tuple[list[Naptr], int]:
    """Return a record for each target, the best first, and how many were left out since no record can hold them.

    `asked`: the digits of the question, which the back-reference gives back.
    """
    made: list[Naptr] = []
    for target in targets[:MOST_RECORDS]:
        preference = STEP * (len(made) + 1)
        if target.enum_zone:  # non-terminal: no flag, no service, no regexp (RFC 3403 §4.1, RFC 6116 §3.4.2)
            name = name_beneath(target.user, target.enum_zone)
            made += [Naptr(ORDER, preference, b"", b"", b"", name)] if name else []
            continue
        regexp = regexp_of(target, asked, recipe).encode("latin-1", "replace")
        if len(regexp) <= LONGEST_REGEXP:
            made.append(Naptr(ORDER, preference, b"u", recipe.enum_service.encode(), regexp))
    return made, len(targets) - len(made)


def name_beneath(digits: str, zone: str) -> bytes | None:
    """Return the name of a dial string in a zone (RFC 6116 §3.2): its digits in reverse, one in each label.

    None where there is none: signs that are no digits, more than MOST_DIGITS, more than 255 octets, a zone that is no
    name.
    """
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        return None
    try:
        name = b"".join([b"\1" + digit.encode() for digit in reversed(digits)]) + _zone(zone)
    except ValueError:
        return None
    return name if len(name) <= LONGEST_NAME else None


def regexp_of(target: Target, asked: str, recipe: Recipe) -> str:
    """Return the regexp that makes the target's URI: the whole of it, or the number by a back-reference.

    A back-reference needs a dial string that ends with what was asked: another gets the whole form.
    """
    prefix = target.user.removesuffix(target.number or asked)
    plus = recipe.enum_plus and not prefix and target.user.isdigit()
    before, after = _around(target, recipe)
    if recipe.enum_form is EnumForm.BACKREFERENCE and target.user.endswith(asked):
        prefix = _quoted(target.user.removesuffix(asked))
        pattern = "^(.*)$" if plus else r"^\+(.*)$"
        return rf"!{pattern}!{_escaped(before + prefix)}\1{_escaped(after)}!"
    user = "+" + target.user if plus else _quoted(target.user)
    return f"!^.*$!{_escaped(before + user + after)}!"


def refusal(cause: Cause, recipe: Recipe) -> Rcode:
    """Return the response code for a refusal. NOERROR is NODATA. A number that is none does not exist."""
    if cause in _NOT_NOW:
        return Rcode.SERVFAIL  # the client asks its second server
    if cause is Cause.BAD_NUMBER:
        return Rcode.NXDOMAIN
    return _CODES[recipe.enum_no_route if cause in _NO_ROUTE else recipe.enum_refused]


def soa(zone: bytes, data: ZoneData) -> Record:
    """Return the zone's SOA. In the authority it says how long a no may be kept (RFC 2308 §5)."""
    its = Soa(data.server, data.mailbox, _SERIAL, _REFRESH_S, _RETRY_S, _EXPIRE_S, data.negative_ttl_s)
    return Record(zone, Type.SOA, data.negative_ttl_s, its)


def at_apex(zone: bytes, qtype: int, data: ZoneData) -> list[Record]:
    """Return what the apex itself has of a type: monitoring asks for SOA and NS."""
    records = [soa(zone, data), Record(zone, Type.NS, data.negative_ttl_s, Ns(data.server))]
    return [record for record in records if qtype in (record.type, Type.ANY)]


def _around(target: Target, recipe: Recipe) -> tuple[str, str]:
    """Return what stands before and after the dial string in the URI."""
    inner = f";{target.user_params}" if target.user_params else ""
    port = f":{target.port}" if target.port else ""
    transport = f";transport={target.transport}" if target.transport else ""
    phone = ";user=phone" if inner or recipe.enum_service is EnumService.PSTN_SIP else ""
    mark = _mark(target.mark) if target.mark else ""
    return "sip:", f"{inner}@{bracketed(target.host)}{port}{transport}{phone}{mark}"


def _quoted(user: str) -> str:
    return user if user.isdigit() else quote(user, safe=_USER_SAFE)


@lru_cache(maxsize=4096)
def _zone(text: str) -> bytes:
    return name_from_text(text)


@lru_cache(maxsize=4096)  # as many as there are trunks, times the places of a list
def _mark(mark: str) -> str:
    return f";{MARK_PARAMETER}={quote(mark, safe=_PARAM_SAFE)}"


def _escaped(text: str) -> str:
    """Write static text of a replacement (RFC 3402 §3.2): the delimiter and the backslash stand for themselves."""
    return text.replace("\\", "\\\\").replace("!", "\\!")
