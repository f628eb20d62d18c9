"""What ENUM servers are asked about moved numbers, and what they say: NAPTRs of the service pstn (RFC 4769 §4)."""

import re

from domain.numbers import STAYED, UNANSWERED, Dialled, dialled
from domain.wire.dns_message import IN, Edns, Naptr, Query, Rcode, Reply, Type
from domain.wire.enum_answers import name_beneath

UDP_BYTES = 1_232
"""A datagram of this size passes everywhere in one piece (RFC 9715)."""
_SERVICES = re.compile(rb"e2u\+pstn(:|$)|[^+]+\+e2u$", re.IGNORECASE)
"""`E2U+pstn:tel` and `E2U+pstn:sip`; the form of RFC 2916 has its service in front."""


def ported_query(ident: int, number: str, zone: str) -> Query | None:
    """Return the question about a number (E.164 digits); None where it has no name in the zone."""
    name = name_beneath(number, zone)
    return None if name is None else Query(ident, name, Type.NAPTR, IN, recursion=True, edns=Edns(UDP_BYTES))


def ported_of(reply: Reply) -> tuple[Dialled, int | None]:
    """Return what an answer says of its number, and for how many seconds; None: nothing says so.

    No record, and none of this service, mean that it stayed; what is no answer (SERVFAIL, REFUSED, cut short) is
    UNANSWERED.
    """
    if reply.rcode not in (Rcode.NOERROR, Rcode.NXDOMAIN) or reply.truncated:
        return UNANSWERED, None
    found = [(record.data, record.ttl) for record in reply.answers if isinstance(record.data, Naptr)]
    those = [(data, ttl) for data, ttl in found if _SERVICES.match(data.services)]
    if not those:
        negative = [record.ttl for record in reply.authority if record.type == Type.SOA]
        return STAYED, min(negative, default=None)
    best, ttl = min(those, key=lambda one: (one[0].order, one[0].preference))
    said = dialled(_uri(best.regexp.decode("utf-8", "replace")))
    rn = said.routing_number
    digits = rn.removeprefix("+")
    known = Dialled("", digits, True, said.carrier) if digits.isascii() and digits.isdigit() else STAYED
    return known, ttl


def _uri(regexp: str) -> str:
    """Return the replacement of a NAPTR's regexp (RFC 3402 §3.2): what stands behind its second delimiter."""
    parts = regexp[1:].split(regexp[:1]) if regexp else []
    return parts[1] if len(parts) >= 2 else ""
