"""The dictionaries of RADIUS attributes, as data: name -> vendor, number, kind. Facts: radius §7 to §9."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from domain.recipe import Dialect

CISCO = 9


class Kind(Enum):
    """How a value is written. NAMED: text that Cisco prefixes with `<its own name>=`; PAIR: `name=value`.

    ADDRESS: four octets; some write it as text.
    """

    TEXT = "text"
    INTEGER = "integer"
    ADDRESS = "address"
    OCTETS = "octets"
    NAMED = "named"
    PAIR = "pair"


class Definition(NamedTuple):
    """One line of the dictionary; vendor 0 for the standard attributes."""

    vendor: int
    number: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What names mean to one kind of switch. `cisco`: vendors who use Cisco's numbers as theirs, the first is what we
    write. `pairs`: the attributes that hold `name=value`. `words`: what reading a value by its name needs: the
    attribute's key, its kind, and the `name=` (lower case) that its values may repeat, b"" for none.
    """

    names: Mapping[str, Definition]
    cisco: tuple[int, ...]
    pairs: frozenset[tuple[int, int]]
    words: Mapping[str, tuple[tuple[int, int], Kind, bytes]]


_STANDARD = {  # RFC 2865, 2866, 2869, 5176, 5997
    Kind.TEXT: """User-Name 1, Filter-Id 11, Reply-Message 18, Called-Station-Id 30, Calling-Station-Id 31,
        NAS-Identifier 32, Acct-Session-Id 44, Acct-Multi-Session-Id 50, Connect-Info 77, NAS-Port-Id 87""",
    Kind.INTEGER: """NAS-Port 5, Service-Type 6, Framed-Protocol 7, Session-Timeout 27, Idle-Timeout 28,
        Termination-Action 29, Acct-Status-Type 40, Acct-Delay-Time 41, Acct-Input-Octets 42, Acct-Output-Octets 43,
        Acct-Authentic 45, Acct-Session-Time 46, Acct-Input-Packets 47, Acct-Output-Packets 48,
        Acct-Terminate-Cause 49, Acct-Link-Count 51, Acct-Input-Gigawords 52, Acct-Output-Gigawords 53,
        Event-Timestamp 55, NAS-Port-Type 61, Acct-Interim-Interval 85, Error-Cause 101""",
    Kind.ADDRESS: "NAS-IP-Address 4, Framed-IP-Address 8",
    Kind.OCTETS: """User-Password 2, CHAP-Password 3, State 24, Class 25, Proxy-State 33, CHAP-Challenge 60,
        Message-Authenticator 80, NAS-IPv6-Address 95""",
}
_CISCO = {
    Kind.PAIR: "Cisco-AVPair 1",
    Kind.TEXT: """Cisco-NAS-Port 2, call-id 141, session-protocol 142, method 143, prev-hop-via 144, prev-hop-ip 145,
        incoming-req-uri 146, outgoing-req-uri 147, next-hop-ip 148, next-hop-dn 149, sip-hdr 150""",
    Kind.NAMED: """h323-remote-address 23, h323-conf-id 24, h323-setup-time 25, h323-call-origin 26, h323-call-type 27,
        h323-connect-time 28, h323-disconnect-time 29, h323-disconnect-cause 30, h323-voice-quality 31, h323-gw-id 33,
        h323-incoming-conf-id 35, sip-conf-id 100, h323-credit-amount 101, h323-credit-time 102, h323-return-code 103,
        h323-prompt-id 104, h323-time-and-day 105, h323-redirect-number 106, h323-preferred-lang 107,
        h323-redirect-ip-address 108, h323-billing-model 109, h323-currency 110, subscriber 111, gw-rxd-cdn 112,
        gw-final-xlated-cdn 113, remote-media-address 114, release-source 115, gw-rxd-cgn 116,
        gw-final-xlated-cgn 117""",
}
_DIGEST = {  # RFC 5090; 206 and 207 are draft-sterman-aaa-sip-00
    Kind.TEXT: """Digest-Response 103, Digest-Realm 104, Digest-Nonce 105, Digest-Response-Auth 106,
        Digest-Nextnonce 107, Digest-Method 108, Digest-URI 109, Digest-Qop 110, Digest-Algorithm 111,
        Digest-Entity-Body-Hash 112, Digest-CNonce 113, Digest-Nonce-Count 114, Digest-Username 115, Digest-Opaque 116,
        Digest-Auth-Param 117, Digest-Domain 119, Digest-Stale 120, SIP-AOR 122, Sterman-Response 206""",
    Kind.OCTETS: "Sterman-Attributes 207",
}
_OPENSER = {  # OpenSER, Kamailio (acc_radius)
    Kind.INTEGER: "Sip-Method 101, Sip-Response-Code 102",
    Kind.ADDRESS: "Sip-Src-IP 108",
    Kind.TEXT: """Sip-Cseq 103, Sip-To-Tag 104, Sip-From-Tag 105, Sip-Branch-Id 106, Sip-Translated-Request-URI 107,
        Sip-Src-Port 109, Sip-Uri-User 208, Sip-Rpid 213, Sip-Avp 225""",
}
_OPENSIPS = {
    Kind.INTEGER: """Sip-Response-Code 205, Sip-Call-Duration 227, Sip-Call-Setuptime 228, Sip-Call-Created 229,
        Sip-Call-MSDuration 230""",
    Kind.ADDRESS: "Sip-Src-IP 108",
    Kind.TEXT: """Sip-Translated-Request-URI 107, Sip-Method 204, Sip-From-Tag 206, Sip-To-Tag 207,
        Sip-Uri-User 208""",
}
_ASTERISK = {  # vendor 22736, cdr_radius
    Kind.TEXT: """Asterisk-Acc-Code 101, Asterisk-Src 102, Asterisk-Dst 103, Asterisk-Dst-Ctx 104, Asterisk-Clid 105,
        Asterisk-Chan 106, Asterisk-Dst-Chan 107, Asterisk-Last-App 108, Asterisk-Last-Data 109,
        Asterisk-Start-Time 110, Asterisk-Answer-Time 111, Asterisk-End-Time 112, Asterisk-Disposition 115,
        Asterisk-AMA-Flags 116, Asterisk-Unique-ID 117, Asterisk-User-Field 118""",
    Kind.INTEGER: "Asterisk-Duration 113, Asterisk-Bill-Sec 114",
}
_FREESWITCH = {  # vendor 27880, mod_radius_cdr
    Kind.PAIR: "Freeswitch-AVPair 1",
    Kind.TEXT: """Freeswitch-CLID 2, Freeswitch-Dialplan 3, Freeswitch-Src 4, Freeswitch-Dst 5,
        Freeswitch-Src-Channel 6, Freeswitch-Dst-Channel 7, Freeswitch-Ani 8, Freeswitch-Aniii 9,
        Freeswitch-Lastapp 10, Freeswitch-Lastdata 11, Freeswitch-Disposition 12, Freeswitch-RDNIS 17,
        Freeswitch-Context 18, Freeswitch-Source 19, Freeswitch-Callstartdate 20, Freeswitch-Callanswerdate 21,
        Freeswitch-Calltransferdate 22, Freeswitch-Callenddate 23""",
    Kind.INTEGER: "Freeswitch-Hangupcause 13, Freeswitch-Billusec 15, Freeswitch-AMAFlags 16",
}
_QUINTUM = {Kind.NAMED: "Trunkid-In 230, Trunkid-Out 231"}
_AUDIOCODES = {Kind.NAMED: "sip-call-id 34, call-terminator 35, terminator 37"}
_ELTEX = {Kind.PAIR: "Eltex-AVPair 1", Kind.INTEGER: "Eltex-Disconnect-Code-Local 11"}

_WIFI = {  # hot spots and access concentrators: quotas
    14559: {Kind.INTEGER: "ChilliSpot-Max-Total-Octets 3, ChilliSpot-Max-Total-Gigawords 23"},
    14988: {Kind.INTEGER: "Mikrotik-Total-Limit 17, Mikrotik-Total-Limit-Gigawords 18"},
}

_AUDIOCODES_VENDORS = (5003, 4923)  # the second is in the records of older releases


def _lines(vendor: int, table: Mapping[Kind, str]) -> dict[str, Definition]:
    entries = ((kind, entry.split()) for kind, text in table.items() for entry in text.split(","))
    return {name: Definition(vendor, int(number), kind) for kind, (name, number) in entries}


_BASE = _lines(0, _STANDARD) | _lines(CISCO, _CISCO)
for _vendor, _table in _WIFI.items():
    _BASE |= _lines(_vendor, _table)


def _dictionary(
    vendor: int = 0, table: Mapping[Kind, str] | None = None, cisco: tuple[int, ...] = (CISCO,)
) -> Dictionary:
    """Return the common attributes with a maker's own, under Cisco's number where he took those for his."""
    own = _lines(CISCO if vendor in cisco else vendor, table or {})
    taken = {definition[:2] for definition in own.values()}
    names = {name: one for name, one in _BASE.items() if one[:2] not in taken or name in own} | own
    words = {
        name: ((one.vendor, one.number), one.kind, name.lower().encode() + b"=" if one.vendor else b"")
        for name, one in names.items()
    }
    return Dictionary(names, cisco, frozenset(one[:2] for one in names.values() if one.kind is Kind.PAIR), words)


DICTIONARIES: dict[Dialect, Dictionary] = {
    Dialect.STANDARD: _dictionary(),
    Dialect.OPENSER: _dictionary(0, _OPENSER),
    Dialect.OPENSIPS: _dictionary(0, _OPENSIPS),
    Dialect.ASTERISK: _dictionary(22736, _ASTERISK),
    Dialect.FREESWITCH: _dictionary(27880, _FREESWITCH),
    Dialect.QUINTUM: _dictionary(6618, _QUINTUM, (6618, CISCO)),
    Dialect.AUDIOCODES: _dictionary(_AUDIOCODES_VENDORS[0], _AUDIOCODES, (*_AUDIOCODES_VENDORS, CISCO)),
    Dialect.ELTEX: _dictionary(35265, _ELTEX),
}
"""By the name that recipes give. They are for accounting and replies."""

STANDARD = DICTIONARIES[Dialect.STANDARD]
ACCESS = _dictionary(0, _DIGEST)
"""For an Access-Request of any switch: the numbers that SIP proxies use otherwise in accounting mean Digest there."""
