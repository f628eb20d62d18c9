"""Ids. Those of calls come from wire bytes only, so that every machine gives a record the same id (DESIGN §5)."""

import re
from hashlib import blake2b
from typing import NewType
from zlib import crc32

PartnerId = NewType("PartnerId", str)
"""A partner's short name, lower case, chosen once: it is in ledger accounts and file names."""
SwitchId = NewType("SwitchId", str)
TrunkId = NewType("TrunkId", str)
EndUserId = NewType("EndUserId", str)
"""An end user's id within his partner."""
NO_USER = EndUserId("")
"""Whose a call is that is no end user's."""
PlanId = NewType("PlanId", str)
DestinationId = NewType("DestinationId", int)
NO_DESTINATION = DestinationId(0)
"""The destination of a number that the reference book does not know."""
CallKey = NewType("CallKey", bytes)
"""16 bytes; groups all legs of one call."""
LegId = NewType("LegId", bytes)
HoldId = NewType("HoldId", bytes)

SLOTS = 1024
"""Slots over which entities are placed; fixed for ever (DESIGN §4.1)."""

_PADDED = re.compile("[0-9A-Fa-f]{8}(?: [0-9A-Fa-f]{8}){3}")
_CONF_ID = re.compile(r"\s*" + r"\s+".join(["([0-9A-Fa-f]{1,8})"] * 4) + r"\s*")

_SIZES = tuple(size.to_bytes(4, "big") for size in range(256))


def _digest(*parts: bytes) -> bytes:
    """Hash parts unambiguously: each is preceded by its length."""
    framed = b""
    for part in parts:
        size = len(part)
        framed += (_SIZES[size] if size < 256 else size.to_bytes(4, "big")) + part
    return blake2b(framed, digest_size=16).digest()


def call_key(switch: SwitchId, call_id: bytes) -> CallKey:
    """Key of a call: its switch and the normalised conf-id (RADIUS) or Call-ID (SIP) as the switch sent it."""
    return CallKey(_digest(b"call", switch.encode(), call_id))


def leg_id(key: CallKey, nas: bytes, session_id: bytes, origin: bytes, setup_and_mark: bytes = b"") -> LegId:
    """Id of a leg. Status, duration and delay are no part of it: all reports of one leg share the id."""
    return LegId(_digest(b"leg", key, nas, session_id, origin, setup_and_mark))


def hold_id(key: CallKey, client: PartnerId, attempt: int) -> HoldId:
    """Id of a hold: attempt is the CSeq number of the INVITE, or the number that the asker gives, else 1."""
    return HoldId(_digest(b"hold", key, client.encode(), attempt.to_bytes(8, "big")))


def transfer_id(*parts: str) -> str:
    """Id of a ledger posting, made by its cause, so that posting twice posts once: 32 hex digits."""
    return _digest(b"transfer", *(part.encode() for part in parts)).hex()


def slot(key: str | bytes) -> int:
    """Slot (0..1023) of an entity or call key: crc32, the same on every machine and in every process."""
    return crc32(key.encode() if isinstance(key, str) else key) % SLOTS


def normal_conf_id(text: str) -> bytes:
    """Normalise a conf-id: four hex groups are zero-padded to 8 and lower-cased, anything else only stripped.

    Cisco gateways drop leading zeros of a group (`F3E0A1B2 11D811B9 8001 1`).
    """
    if _PADDED.fullmatch(text):  # as most write it
        return text.lower().encode()
    found = _CONF_ID.fullmatch(text)
    if found is None:
        return text.strip().encode()
    return " ".join([group.lower().zfill(8) for group in found.groups()]).encode()
