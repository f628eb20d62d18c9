"""Builders of RADIUS packets with defaults."""

from collections.abc import Sequence
from hashlib import md5

from domain.wire.radius_attributes import attribute, pair
from domain.wire.radius_packet import Attribute, Code, RadiusPacket, decode, encode_request

SECRET = b"xyzzy5461"
RANDOM = bytes(range(16))

Named = tuple[str, str | int | bytes]


def attributes(*named: Named) -> list[Attribute]:
    """Attributes by name; a name that the dictionary lacks becomes a Cisco-AVPair, `=name` forces one."""
    return [_one(name, value) for name, value in named]


def _one(name: str, value: str | int | bytes) -> Attribute:
    if name.startswith("="):
        return pair(name[1:], str(value))
    return attribute(name, value)


def access(*named: Named, prove: bool = True) -> RadiusPacket:
    data = encode_request(Code.ACCESS_REQUEST, 7, attributes(*named), SECRET, authenticator=RANDOM, prove=prove)
    return decode(data)


def accounting(*named: Named, extra: Sequence[Attribute] = (), prove: bool = False) -> RadiusPacket:
    return decode(encode_request(Code.ACCOUNTING_REQUEST, 9, [*attributes(*named), *extra], SECRET, prove=prove))


def hide_password(password: bytes, secret: bytes, authenticator: bytes) -> bytes:
    """Hide a User-Password (RFC 2865 §5.2); at most 128 octets."""
    padded = password + bytes(-len(password) % 16) if password else bytes(16)
    hidden, last = b"", authenticator
    for at in range(0, len(padded), 16):
        last = bytes(x ^ y for x, y in zip(padded[at : at + 16], md5(secret + last).digest(), strict=True))
        hidden += last
    return hidden
