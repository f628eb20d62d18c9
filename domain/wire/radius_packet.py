"""RADIUS packets (RFC 2865, 2866, 5176, 5997): bytes -> packet, its proofs, and back. Facts: radius §1 to §3.

A packet that fails a check raises WireError, whose reason is a counter's name: RADIUS drops in silence, always.
MD5 is what the standard has; the Message-Authenticator that we always send is what keeps replies from forgery.
"""

import hmac
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from hashlib import md5
from typing import NamedTuple

from domain.errors import WireError


class Code(IntEnum):
    """Packet codes that we read or write."""

    ACCESS_REQUEST = 1
    ACCESS_ACCEPT = 2
    ACCESS_REJECT = 3
    ACCOUNTING_REQUEST = 4
    ACCOUNTING_RESPONSE = 5
    ACCESS_CHALLENGE = 11
    STATUS_SERVER = 12
    DISCONNECT_REQUEST = 40
    DISCONNECT_ACK = 41
    DISCONNECT_NAK = 42
    COA_REQUEST = 43
    COA_ACK = 44
    COA_NAK = 45


class Attribute(NamedTuple):
    """One attribute as on the wire; vendor 0 for the standard ones. A vendor's sub-attributes stand one by one."""

    vendor: int
    number: int
    value: bytes


@dataclass(frozen=True, slots=True)
class RadiusPacket:
    """A packet whose lengths are sound; nothing is proved yet. `raw` ends where its Length says.

    `proof_at` is where the value of its Message-Authenticator stands in raw, 0 if it has none.
    """

    code: Code
    identifier: int
    authenticator: bytes
    attributes: tuple[Attribute, ...]
    raw: bytes
    proof_at: int = 0

    def first(self, number: int, vendor: int = 0) -> bytes | None:
        """Return the first value of an attribute, None when absent."""
        return next((value for v, n, value in self.attributes if n == number and v == vendor), None)

    def all(self, number: int, vendor: int = 0) -> list[bytes]:
        """Return all values of an attribute in order."""
        return [value for v, n, value in self.attributes if n == number and v == vendor]


_HEAD = struct.Struct("!BBH16s")
_attribute: Callable[[tuple[int, int, bytes]], Attribute] = partial(tuple.__new__, Attribute)
"""Attribute of a tuple, at a third of the time: a packet has two dozen of them."""
_CODES: dict[int, Code] = {int(code): code for code in Code}
_KEYED_REQUESTS = frozenset({Code.ACCOUNTING_REQUEST, Code.DISCONNECT_REQUEST, Code.COA_REQUEST})
_ACCESS_REPLIES = frozenset({Code.ACCESS_ACCEPT, Code.ACCESS_REJECT, Code.ACCESS_CHALLENGE})
_PASSWORD, _VENDOR, _PROXY_STATE, _PROOF = 2, 26, 33, 80
_ZERO, _NO_VENDOR = bytes(16), bytes(4)
_MAX_BYTES = 4096


def decode(data: bytes) -> RadiusPacket:
    """Read a packet; octets past its Length are padding. A wrong attribute makes the whole packet wrong (WireError)."""
    if len(data) < 20:
        raise WireError("bad-length")
    number, identifier, length, authenticator = _HEAD.unpack_from(data)
    code = _CODES.get(number)
    if code is None:
        raise WireError("unknown-code", str(number))
    if not 20 <= length <= min(len(data), _MAX_BYTES):
        raise WireError("bad-length")
    raw, at, proof_at = data[:length], 20, 0
    attributes: list[Attribute] = []
    add = attributes.append
    while at < length:
        size = raw[at + 1] if at + 1 < length else 0
        end = at + size
        if size < 2 or end > length:
            raise WireError("bad-attribute", f"at {at}")
        number = raw[at]
        if number != _VENDOR:
            add(_attribute((0, number, raw[at + 2 : end])))
            if number == _PROOF:
                if size != 18 or proof_at:
                    raise WireError("bad-attribute", "Message-Authenticator")
                proof_at = at + 2
        elif size > 8 and raw[at + 7] == size - 6 and raw[at + 2 : at + 6] != _NO_VENDOR:
            # one sub-attribute that fills it, as nearly all are
            add(_attribute((int.from_bytes(raw[at + 2 : at + 6], "big"), raw[at + 6], raw[at + 8 : end])))
        else:
            attributes += _sub_attributes(raw[at + 2 : end])
        at = end
    return RadiusPacket(code, identifier, authenticator, tuple(attributes), raw, proof_at)


def verify_request(
    packet: RadiusPacket,
    secret: bytes,
    *,
    require_proof: bool = False,
    limit_proxy_state: bool = False,
    over_tls: bool = False,
) -> None:
    """Prove that a request comes from the holder of the secret, as far as its kind can; else WireError.

    Accounting, CoA and Disconnect by their authenticator (RFC 2866 §3; in their Message-Authenticator it counts as
    zeros). Access by its Message-Authenticator if present, or if `require_proof`, else by a User-Password that our
    secret reveals as text: without either anybody could ask in a switch's name. `limit_proxy_state` drops those that
    carry Proxy-State without a Message-Authenticator (BlastRADIUS). Status-Server must have one (RFC 5997 §3).
    `over_tls`: the connection has proved its sender already, so that an Access-Request without either is let through.
    """
    keyed = packet.code in _KEYED_REQUESTS
    if keyed:
        digest = _md5(packet.raw[:4], _ZERO, packet.raw[20:], secret)
        if not hmac.compare_digest(digest, packet.authenticator):
            raise WireError("bad-authenticator")
    elif packet.code not in (Code.ACCESS_REQUEST, Code.STATUS_SERVER):
        raise WireError("not-a-request")
    if packet.proof_at:
        _check_proof(packet, _ZERO if keyed else packet.authenticator, secret)
    elif not keyed and (require_proof or packet.code is Code.STATUS_SERVER):
        raise WireError("no-message-authenticator")
    elif limit_proxy_state and packet.code is Code.ACCESS_REQUEST and packet.first(_PROXY_STATE) is not None:
        raise WireError("proxy-state-without-message-authenticator")
    elif packet.code is Code.ACCESS_REQUEST and not over_tls and not _password_proves(packet, secret):
        raise WireError("unproved")


def verify_reply(packet: RadiusPacket, request: RadiusPacket, secret: bytes, *, require_proof: bool = False) -> None:
    """Prove that a reply answers the request (RFC 2865 §3), its Message-Authenticator included; else WireError."""
    digest = _md5(packet.raw[:4], request.authenticator, packet.raw[20:], secret)
    if packet.identifier != request.identifier or not hmac.compare_digest(digest, packet.authenticator):
        raise WireError("bad-authenticator")
    if packet.proof_at:
        _check_proof(packet, request.authenticator, secret)
    elif require_proof:
        raise WireError("no-message-authenticator")


def encode_reply(
    request: RadiusPacket,
    code: Code,
    attributes: Sequence[Attribute],
    secret: bytes,
    *,
    prove: bool | None = None,
) -> bytes:
    """Write a reply: Message-Authenticator first in all Access replies, then ours, then each Proxy-State in order.

    `prove` overrides whether a Message-Authenticator is sent; a reply to Status-Server always has one by default.
    """
    echoed = [one for one in request.attributes if one[1] == _PROXY_STATE and not one[0]]
    proved = (code in _ACCESS_REPLIES or request.code is Code.STATUS_SERVER) if prove is None else prove
    packet = _encode(code, request.identifier, [*attributes, *echoed], request.authenticator, secret, prove=proved)
    return packet[:4] + _md5(packet, secret) + packet[20:]


def encode_request(
    code: Code,
    identifier: int,
    attributes: Sequence[Attribute],
    secret: bytes,
    *,
    authenticator: bytes = _ZERO,
    prove: bool = True,
) -> bytes:
    """Write a request. Access and Status-Server need 16 unpredictable octets as authenticator; others compute it."""
    keyed = code in _KEYED_REQUESTS
    if not keyed and len(authenticator) != 16:
        raise WireError("bad-authenticator")
    packet = _encode(code, identifier, attributes, _ZERO if keyed else authenticator, secret, prove=prove)
    return packet[:4] + _md5(packet, secret) + packet[20:] if keyed else packet


def status_reply(request: RadiusPacket, secret: bytes, *, accounting: bool) -> bytes:
    """Answer a proved Status-Server: Accounting-Response on the accounting port, else Access-Accept (RFC 5997 §3)."""
    return encode_reply(request, Code.ACCOUNTING_RESPONSE if accounting else Code.ACCESS_ACCEPT, (), secret)


def reveal_password(hidden: bytes, secret: bytes, authenticator: bytes) -> bytes:
    """Reveal a User-Password (RFC 2865 §5.2), its trailing zeros stripped; WireError when its length is impossible."""
    if not hidden or len(hidden) % 16 or len(hidden) > 128:
        raise WireError("bad-password")
    pads = [authenticator, *(hidden[at : at + 16] for at in range(0, len(hidden) - 16, 16))]
    blocks = (_xor(hidden[16 * at : 16 * at + 16], _md5(secret, pad)) for at, pad in enumerate(pads))
    return b"".join(blocks).rstrip(b"\0")


def _password_proves(packet: RadiusPacket, secret: bytes) -> bool:
    """Whether a User-Password was hidden with the secret: revealed with another one it is not text."""
    hidden = packet.first(_PASSWORD)
    if hidden is None:
        return False
    try:
        return reveal_password(hidden, secret, packet.authenticator).decode().isprintable()
    except (WireError, UnicodeDecodeError):
        return False


def _encode(
    code: Code, identifier: int, attributes: Sequence[Attribute], authenticator: bytes, secret: bytes, *, prove: bool
) -> bytes:
    body = b"".join(map(_attribute_bytes, attributes)) if attributes else b""
    if prove:
        body = bytes((_PROOF, 18)) + _ZERO + body
    length = 20 + len(body)
    if length > _MAX_BYTES:
        raise WireError("packet-too-long", str(length))
    packet = _HEAD.pack(code, identifier, length, authenticator) + body
    return packet[:22] + hmac.digest(secret, packet, "md5") + packet[38:] if prove else packet


def _attribute_bytes(attribute: Attribute) -> bytes:
    vendor, number, value = attribute
    if len(value) > (247 if vendor else 253):
        raise WireError("attribute-too-long", f"{vendor}/{number}")
    if vendor:
        return struct.pack("!BBIBB", _VENDOR, len(value) + 8, vendor, number, len(value) + 2) + value
    return bytes((number, len(value) + 2)) + value


def _sub_attributes(value: bytes) -> list[Attribute]:
    """Take a vendor's attribute apart; one that is not of the usual form (RFC 2865 §5.26) stays as it came."""
    vendor, at, found = int.from_bytes(value[:4], "big"), 4, []
    while at + 2 <= len(value) and value[at + 1] >= 2 and at + value[at + 1] <= len(value):
        found.append(Attribute(vendor, value[at], value[at + 2 : at + value[at + 1]]))
        at += value[at + 1]
    return found if found and vendor and at == len(value) else [Attribute(0, _VENDOR, value)]


def _check_proof(packet: RadiusPacket, authenticator: bytes, secret: bytes) -> None:
    raw, at = packet.raw, packet.proof_at
    text = raw[:4] + authenticator + raw[20:at] + _ZERO + raw[at + 16 :]
    if not hmac.compare_digest(hmac.digest(secret, text, "md5"), raw[at : at + 16]):
        raise WireError("bad-message-authenticator")


def _md5(*parts: bytes) -> bytes:
    return md5(b"".join(parts), usedforsecurity=False).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(16, "big")
