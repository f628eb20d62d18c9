"""RADIUS attributes by name: the dictionary as data, reading and writing of values. Facts: radius §7."""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from domain.errors import WireError
from domain.wire.radius_packet import Attribute

CISCO = 9


class Kind(Enum):
    """How a value is written. NAMED: text that Cisco prefixes with `<its own name>=`; PAIR: `name=value`."""

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


def _lines(vendor: int, table: dict[Kind, str]) -> dict[str, Definition]:
    entries = ((kind, entry.split()) for kind, text in table.items() for entry in text.split(","))
    return {name: Definition(vendor, int(number), kind) for kind, (name, number) in entries}


ATTRIBUTES: dict[str, Definition] = _lines(0, _STANDARD) | _lines(CISCO, _CISCO)
"""Name -> definition: the attributes we read or write. What is not here is kept raw in the packet."""


class Values:
    """A packet's attributes by name. Of a repeated one the first counts.

    A name is looked for as attribute, then among the Cisco-AVPairs: switches write `call-id`, `release-source` or a
    conf-id either way. Values that repeat their own name (`h323-conf-id=...`) lose it.
    """

    __slots__ = ("_numbered", "_pairs")

    def __init__(self, attributes: Iterable[Attribute]) -> None:
        self._numbered: dict[tuple[int, int], bytes] = {}
        self._pairs: dict[str, bytes] = {}
        for vendor, number, value in attributes:
            if vendor == CISCO and number == 1:
                name, _, content = value.partition(b"=")
                self._pairs.setdefault(name.strip().lower().decode("latin-1"), content)
            else:
                self._numbered.setdefault((vendor, number), value)

    def octets(self, name: str) -> bytes | None:
        """Return a value as bytes, stripped of the name it may repeat; None when absent."""
        definition = ATTRIBUTES.get(name)
        if definition is not None:
            value = self._numbered.get(definition[:2])
            if value is not None:
                return _without_name(value, name) if definition.vendor else value
        value = self._pairs.get(name.lower())
        return None if value is None else _without_name(value, name)

    def text(self, name: str) -> str:
        """Return a value as text (UTF-8, else latin-1) without outer blanks and zeros; empty when absent."""
        value = self.octets(name)
        if value is None:
            return ""
        try:
            return value.decode().strip("\0 \t")
        except UnicodeDecodeError:
            return value.decode("latin-1").strip("\0 \t")

    def integer(self, name: str) -> int | None:
        """Return a number, from four octets or from decimal text as its kind says; None when absent or wrong."""
        definition = ATTRIBUTES.get(name)
        if definition is not None and definition.kind is Kind.INTEGER:
            value = self._numbered.get(definition[:2])
            return int.from_bytes(value, "big") if value is not None and len(value) == 4 else None
        text = self.text(name)
        return int(text) if len(text) <= 18 and text.isascii() and text.isdecimal() else None

    def address(self, name: str) -> str:
        """Return an IPv4 address as dotted text; empty when absent or wrong."""
        value = self.octets(name)
        return ".".join(map(str, value)) if value is not None and len(value) == 4 else ""


def attribute(name: str, value: str | int | bytes, *, repeat_name: bool = True) -> Attribute:
    """Write an attribute by its name. `repeat_name` is the Cisco habit. Raises WireError for what does not fit."""
    vendor, number, kind = ATTRIBUTES[name]
    if kind is Kind.INTEGER:
        if not isinstance(value, int) or not 0 <= value < 1 << 32:
            raise WireError("bad-value", name)
        return Attribute(vendor, number, value.to_bytes(4, "big"))
    if kind is Kind.ADDRESS:
        parts = str(value).split(".")
        if len(parts) != 4 or not all(part.isdecimal() and int(part) < 256 for part in parts):
            raise WireError("bad-value", name)
        return Attribute(vendor, number, bytes(map(int, parts)))
    content = value if isinstance(value, bytes) else str(value).encode()
    if kind is Kind.NAMED and repeat_name:
        content = name.encode() + b"=" + content
    if len(content) > (247 if vendor else 253):
        raise WireError("attribute-too-long", name)
    return Attribute(vendor, number, content)


def pair(name: str, value: str) -> Attribute:
    """Write a Cisco-AVPair."""
    return attribute("Cisco-AVPair", f"{name}={value}")


def _without_name(value: bytes, name: str) -> bytes:
    size = len(name) + 1
    return value[size:] if value[:size].lower() == name.lower().encode() + b"=" else value
