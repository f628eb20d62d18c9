"""The ids that switches give to calls, as people copy them from a switch; and the call keys that they make.

A call key is made of the switch and its id of the call (domain.ids), so a call is found by trying every switch that may
have written the id, in every form that it may have sent it in: no index of ids is kept.
"""

import re
from collections.abc import Iterable

from domain.ids import CallKey, SwitchId, call_key

LONGEST = 512
"""Characters of an id that is looked for: a SIP Call-ID is rarely longer than 100."""

_NAMES = "h323-conf-id h323-incoming-conf-id sip-conf-id conf-id cisco-guid guid call-id acct-session-id".split()
_NAME = re.compile(rf"(?:{'|'.join(_NAMES)})\s*[:=]\s*", re.IGNORECASE)
_HEX_GROUP = re.compile(r"(?:0[xX])?([0-9a-fA-F]{1,8})")
_BETWEEN = re.compile(r"[\s,;.:-]+")
_GUID_AT = (8, 12, 16, 20)
"""Digits of a GUID before which dashes stand."""


def sent_ids(text: str) -> tuple[bytes, ...]:
    """Return the octets in which a switch may have sent an id that is written so, the likeliest first.

    The name and the quotes of a RADIUS trace are taken off (`h323-conf-id = "h323-conf-id=F3E0A1B2 11D811B9 8001 1"`).
    What is 128 bits, as four hex groups, as 32 hex digits, as GUID or as the four decimal numbers of a Cisco-Guid
    header, is any of these forms, in either case (facts: radius §7).
    """
    plain = _bare(text)
    written = [text.strip(" \t\0"), plain]
    for digits in _numbers_of_128_bits(plain):
        groups = [digits[at : at + 8] for at in range(0, 32, 8)]
        guid = "-".join(digits[at:to] for at, to in zip((0, *_GUID_AT), (*_GUID_AT, 32), strict=True))
        written += [form(each) for each in (" ".join(groups), digits, guid) for form in (str.lower, str.upper)]
    sent = [octets for one in written if one for octets in _encoded(one)]
    return tuple(dict.fromkeys(sent))


def keys_of(sent: Iterable[bytes], switches: Iterable[SwitchId]) -> dict[CallKey, SwitchId]:
    """Return the key that each id makes at each switch, and the switch."""
    ids = tuple(sent)
    return {call_key(switch, one): switch for switch in switches for one in ids}


def _bare(text: str) -> str:
    """Take off quotes, and the names that traces and the values themselves begin with."""
    before, plain = "", text.strip(" \t\0")
    while before != plain:
        before = plain
        plain = _NAME.sub("", plain, count=1) if _NAME.match(plain) else plain
        if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'":
            plain = plain[1:-1].strip(" \t\0")
    return plain


def _numbers_of_128_bits(text: str) -> list[str]:
    """Return the 128-bit numbers that a text may be, as 32 lower-case hex digits; [] where it is none."""
    parts = _BETWEEN.split(text)
    found = [text.replace("-", "")]
    if len(parts) == 4:
        groups = [_HEX_GROUP.fullmatch(part) for part in parts]
        found += ["".join(group[1].zfill(8) for group in groups if group)] if all(groups) else []
        if all(len(part) <= 10 and part.isascii() and part.isdecimal() and int(part) < 1 << 32 for part in parts):
            found.append("".join(f"{int(part):08x}" for part in parts))
    return [one.lower() for one in found if re.fullmatch(r"[0-9a-fA-F]{32}", one)]


def _encoded(text: str) -> list[bytes]:
    """Return a text as octets: UTF-8, and Latin-1, by which SIP and old RADIUS clients write other letters."""
    try:
        return [text.encode(), text.encode("latin-1")]
    except UnicodeEncodeError:
        return [text.encode("utf-8", "replace")]
