"""What an ENUM question is answered (facts: RFC 6116, RFC 2308, RFC 8020): by the zones alone, or by a decision."""

from typing import NamedTuple

from domain.decisions import Decision
from domain.directory import Recipe
from domain.reading_enum import EnumZones, Located, Place
from domain.wire.dns_message import IN, PLAIN_UDP_BYTES, TCP_BYTES, Edns, Query, Rcode, Record, Type, encode_reply
from domain.wire.enum_answers import ZoneData, at_apex, naptrs, refusal, soa


class Answer(NamedTuple):
    """An answer before it is written. `zone`: whose SOA goes with a no, b"" for none; `cut` see encode_reply."""

    rcode: int
    records: tuple[Record, ...] = ()
    zone: bytes = b""
    cut: bool = False


def by_zones(query: Query, zones: EnumZones, data: ZoneData) -> Answer | Located:
    """Return the answer that needs no decision, or the number that is asked about."""
    if query.edns is not None and query.edns.version:
        return Answer(Rcode.BADVERS)
    located = zones.locate(query.name) if query.rclass == IN else None
    if located is None:
        return Answer(Rcode.REFUSED)
    if located.place is Place.NUMBER and query.type in (Type.NAPTR, Type.ANY):
        return located
    if located.place is Place.APEX:
        return Answer(Rcode.NOERROR, tuple(at_apex(located.zone, query.type, data)), located.zone)
    return Answer(Rcode.NXDOMAIN if located.place is Place.NOTHING else Rcode.NOERROR, (), located.zone)


def by_decision(
    decision: Decision, query: Query, located: Located, recipe: Recipe, data: ZoneData
) -> tuple[Answer, int]:
    """Return a decision as answer, and how many of its routes no record can hold."""
    cut = not recipe.enum_truncate
    if decision.refusal is not None:
        code = refusal(decision.refusal, recipe)
        negative = code in (Rcode.NOERROR, Rcode.NXDOMAIN)
        return Answer(code, (), located.zone if negative else b""), 0
    made, left_out = naptrs([route.target for route in decision.routes], located.digits, recipe)
    if not made:
        return Answer(Rcode.SERVFAIL), left_out
    records = tuple([Record(query.name, Type.NAPTR, data.ttl_s, one) for one in made])
    return Answer(Rcode.NOERROR, records, located.zone, cut), left_out


def written(query: Query, answer: Answer, data: ZoneData, udp_bytes: int, *, tcp: bool) -> bytes:
    """Write an answer for one asker: `udp_bytes` is the largest datagram that we send, and say that we take."""
    asked, edns = query.edns, None
    most = TCP_BYTES if tcp else PLAIN_UDP_BYTES
    if asked is not None:
        edns = Edns(udp_bytes, 0, asked.dnssec_ok)
        if not tcp:
            most = min(max(PLAIN_UDP_BYTES, asked.udp_bytes), udp_bytes)
    records = answer.records
    if records and records[0].type == Type.NAPTR and records[0].name != query.name:
        records = tuple([record._replace(name=query.name) for record in records])  # a repetition in other letters
    authority = (soa(_tail(query, answer.zone), data),) if answer.zone and not records else ()
    return encode_reply(query, answer.rcode, records, authority, most=most, edns=edns, cut=answer.cut)


def _tail(query: Query, zone: bytes) -> bytes:
    """Return the zone in the letters of the question."""
    return query.name[len(query.name) - len(zone) :]
