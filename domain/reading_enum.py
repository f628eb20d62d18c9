"""From wire to trade: what an ENUM question says (RFC 6116 §3.2). No decisions."""

import re
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from ipaddress import ip_address
from typing import NamedTuple

from domain.calls import CallSetup, Door
from domain.directory import Direction, Directory, Switch
from domain.errors import InputError
from domain.numbers import LONGEST, SHORTEST
from domain.wire.dns_message import Edns
from domain.wire.dns_name import labels_of, name_from_text
from domain.wire.sip_message import SipError
from domain.wire.sip_uri import SipUri, parse_uri

PUBLIC = name_from_text("e164.arpa")
LONGEST_PRIVATE = 20
"""Digits that a private dial plan may have: a tech prefix and a number (Kamailio sends no more)."""
SOURCE_URI = 4
"""The EDNS0 option of draft-kaplan-enum-source-uri: who calls, as a URI. The registry has 4 as reserved."""

_DIGITS = re.compile(rb"(?:\x01[0-9])*")
_TAG = re.compile(rb"[a-z0-9_-]*[a-z_-][a-z0-9_-]*")
_URI_SCHEMES = (b"sip:", b"sips:", b"tel:")


class Place(Enum):
    """What a name of ours stands for. PART: it has numbers below it, or tags, but is none. NOTHING: no such name."""

    APEX = auto()
    PART = auto()
    NUMBER = auto()
    NOTHING = auto()


class Located(NamedTuple):
    """A name within a zone: the `zone` as the asker wrote it, the digits in their order, and the origin tag.

    `public`: the digits are an E.164 number, since the zone is (below) e164.arpa; elsewhere they are what a dial plan
    says (RFC 6116 §3.7).
    """

    place: Place
    zone: bytes
    digits: str = ""
    tag: str = ""
    public: bool = False


class EnumZones:
    """The zones that we answer for. A name belongs to the longest of them that it ends with."""

    def __init__(self, zones: Iterable[str]) -> None:
        """Raises InputError for a zone that is no domain name, or is a part of a number plan."""
        self._public: dict[bytes, bool] = {}
        for text in zones:
            mend = "Name the apex in [enum] zones, as e164.arpa is written."
            try:
                zone = name_from_text(text)
            except ValueError as error:
                raise InputError(str(error), where=f"zone {text!r}", mend=mend) from None
            if _DIGITS.match(zone, 0).end():  # type: ignore[union-attr]  # no digit at all fits too
                raise InputError("a zone begins above the digits", where=f"zone {text!r}", mend=mend)
            self._public[zone] = labels_of(zone)[-2:] == labels_of(PUBLIC)

    def locate(self, name: bytes) -> Located | None:
        """Say what a name stands for; None where it is in none of the zones.

        Labels between the digits and the zone are the origin tag, their dots kept, in lower case: each has a letter,
        so that nothing with two digits in a label is taken for one.
        """
        found = _DIGITS.match(name)
        assert found is not None, "no digit at all fits too"
        split = found.end()
        rest = name[split:].lower()
        tags: list[bytes] = []
        while rest not in self._public:
            if not rest[0]:
                return None
            tags.append(rest[1 : 1 + rest[0]])
            rest = rest[1 + rest[0] :]
        return _located(name[len(name) - len(rest) :], name[:split][::-2].decode(), tags, self._public[rest])


def _located(zone: bytes, digits: str, tags: list[bytes], public: bool) -> Located:
    if not all(_TAG.fullmatch(tag) for tag in tags):
        return Located(Place.NOTHING, zone)
    tag = b".".join(tags).decode()
    if not digits:
        return Located(Place.PART if tags else Place.APEX, zone, "", tag, public)
    if len(digits) > (LONGEST if public else LONGEST_PRIVATE):
        return Located(Place.NOTHING, zone)
    return Located(Place.PART if len(digits) < SHORTEST else Place.NUMBER, zone, digits, tag, public)


def trunk_names(directory: Directory) -> dict[str, str]:
    """Return the names of incoming trunks by their lower case: upper and lower are one in the names of the DNS."""
    trunks = directory.trunks.values()
    return {trunk.name.lower(): trunk.name for trunk in trunks if trunk.direction is Direction.IN and trunk.name}


def setup_from_question(
    located: Located, edns: Edns | None, switch: Switch, at_ms: int, names: Mapping[str, str], source_option: int
) -> CallSetup:
    """Read a question about a number. There is no call id: neither answer nor end can be tied to it.

    The trunk is named by the tag, else by the trunk group or the host of the source URI; a name that no trunk has is
    none, and the switch's own trunk counts. A host that is an address is where the call came from.
    """
    uri = _source_uri(edns, source_option)
    caller, hint, source = "", located.tag, switch.address
    if uri is not None:
        caller = uri.user
        group = uri.user_param("tgrp") if uri.user_param("trunk-context") else None
        if _is_address(uri.host):
            source = uri.host.strip("[]")
        elif uri.host:
            hint = hint or (uri.host if group is None else "")
        hint = hint or group or ""
    return CallSetup(
        door=Door.ENUM,
        switch=switch.id,
        call_id=b"",
        source=source,
        caller=caller,
        called=f"+{located.digits}" if located.public else located.digits,
        at_ms=at_ms,
        trunk_hint=names.get(hint.lower(), "") if hint else "",
    )


def origin_of(edns: Edns | None, source_option: int) -> bytes:
    """Return what a question says of where its call came from, as it stands there; b"" for nothing."""
    return b" ".join(
        data
        for code, data in (edns.options if edns is not None else ())
        if code and code in (SOURCE_URI, source_option) and data[:5].lower().startswith(_URI_SCHEMES)
    )


def _source_uri(edns: Edns | None, source_option: int) -> SipUri | None:
    """Return the caller's URI of option 4 or of our own; what is none is passed over, since others use option 4 too."""
    for code, data in edns.options if edns is not None else ():
        if code and code in (SOURCE_URI, source_option) and data[:5].lower().startswith(_URI_SCHEMES):
            try:
                return parse_uri(data.decode("latin-1"))
            except SipError:
                continue
    return None


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
