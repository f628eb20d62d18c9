"""SHAKEN PASSporTs in SIP Identity headers (RFC 8224 §4, RFC 8225, RFC 8588): text -> claims -> verdict; sans I/O.

`h.p.s;info=<https://certs.example/a.pem>;alg=ES256;ppt=shaken`: base64url without padding of header, payload and
signature; ES256 is ECDSA over P-256 with r||s as 64 octets.
"""

import json
from base64 import urlsafe_b64decode
from binascii import Error as BinasciiError
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from domain.calls import Passport, Verdict
from domain.errors import WireError
from domain.wire.sip_message import SipError, split_outside

MOST = 8
"""Identity headers of one call that are looked at."""

_ES256 = ECDSA(SHA256())
_DIGITS = str.maketrans("", "", "+-.() ")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Whose signature counts: the key of a certificate, from when until when (UTC s), and whether we trust it."""

    key: EllipticCurvePublicKey | None
    from_s: int
    until_s: int
    trusted: bool = True


FindKey = Callable[[str], SigningKey | None]
"""From the URL of a certificate (x5u) to its key; None where we do not have it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A PASSporT as it came, nothing verified. `orig` is "" and `dest` empty where they name no telephone number."""

    signed: bytes
    signature: bytes
    algorithm: str
    extension: str
    x5u: str
    attest: str
    orig: str
    dest: tuple[str, ...]
    iat_s: int
    origid: str


def passports_of(values: Sequence[str], find: FindKey, now_s: int, age_s: int) -> tuple[Passport, ...]:
    """Verify the SHAKEN PASSporTs among Identity values, in their order; other kinds (div, rph, ...) are passed over.

    One that cannot be read is INVALID: it was meant to be one. `age_s`: how old a PASSporT may be (RFC 8224 §6.2).
    """
    found = []
    for value in [one for line in values[:MOST] for one in _split(line)][:MOST]:
        try:
            token = parse_identity(value)
        except WireError:
            found.append(Passport(Verdict.INVALID))
            continue
        if token.extension == "shaken":
            found.append(verify(token, find, now_s, age_s))
    return tuple(found)


def parse_identity(value: str) -> Token:
    """Read one Identity value in full form. WireError reasons: bad-identity, compact-identity."""
    text, *params = split_outside(value, ";")
    parts = text.strip(" \t").split(".")
    said = {
        name.strip(" \t").lower(): content.strip(' \t"<>') for name, _, content in (p.partition("=") for p in params)
    }
    if len(parts) != 3 or not parts[2]:
        raise WireError("bad-identity", value[:60])
    if not parts[0] or not parts[1]:
        if said.get("ppt", "shaken") != "shaken":
            return Token(b"", b"", "", said["ppt"], "", "", "", (), 0, "")
        raise WireError("compact-identity", value[:60])  # SHAKEN is sent in full form only (ATIS-1000074 §5.2.1)
    header, payload = _object(parts[0]), _object(parts[1])
    extension = _text(header.get("ppt"))
    if extension == "shaken" and said.get("ppt", extension) != extension:
        raise WireError("bad-identity", "the parameters name another ppt")
    issued = payload.get("iat")
    dest = payload.get("dest")
    return Token(
        signed=f"{parts[0]}.{parts[1]}".encode("latin-1"),
        signature=_octets(parts[2]),
        algorithm=_text(header.get("alg")),
        extension=extension,
        x5u=_text(header.get("x5u")) or said.get("info", ""),
        attest=_text(payload.get("attest")),
        orig=next(iter(_numbers(payload.get("orig"))), ""),
        dest=_numbers(dest),
        iat_s=issued if isinstance(issued, int) and not isinstance(issued, bool) else 0,
        origid=_text(payload.get("origid"))[:64],
    )


def verify(token: Token, find: FindKey, now_s: int, age_s: int) -> Passport:
    """Verify a PASSporT in the order of RFC 8224 §6.2: its certificate, the signature, then its age."""
    return Passport(
        verdict=_verdict(token, find(token.x5u), now_s, age_s),
        attest=token.attest if token.attest in ("A", "B", "C") else "",
        orig=token.orig,
        dest=token.dest,
        iat_s=token.iat_s,
        origid=token.origid,
        x5u=token.x5u[:200],
    )


def _verdict(token: Token, known: SigningKey | None, now_s: int, age_s: int) -> Verdict:
    if token.algorithm != "ES256":
        return Verdict.UNSUPPORTED
    if known is None:
        return Verdict.NO_CERTIFICATE
    if known.key is None or not known.trusted or not known.from_s <= now_s <= known.until_s:
        return Verdict.UNSUPPORTED
    if not signed_by(known.key, token.signed, token.signature):
        return Verdict.INVALID
    return Verdict.VALID if abs(now_s - token.iat_s) <= age_s else Verdict.STALE


def signed_by(key: EllipticCurvePublicKey, signed: bytes, signature: bytes) -> bool:
    """Tell whether a key of P-256 made an ES256 signature (RFC 7518 §3.4); some hundred microseconds."""
    if len(signature) != 64 or not isinstance(key.curve, SECP256R1):
        return False
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    try:
        key.verify(encode_dss_signature(r, s), signed, _ES256)
    except InvalidSignature:
        return False
    return True


def _split(line: str) -> list[str]:
    if "," not in line:
        return [line]
    try:
        return split_outside(line, ",")
    except SipError:
        return [line]


def _object(text: str) -> dict[str, Any]:
    try:
        plain = json.loads(_octets(text))
    except (ValueError, RecursionError):
        raise WireError("bad-identity", "no JSON") from None
    if not isinstance(plain, dict):
        raise WireError("bad-identity", "no JSON object")
    return plain


def _octets(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.encode("latin-1") + b"=" * (-len(text) % 4))
    except (BinasciiError, ValueError):
        raise WireError("bad-identity", "no base64url") from None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _numbers(claim: object) -> tuple[str, ...]:
    """Return the telephone numbers of an orig or dest claim, canonical: digits only (RFC 8224 §8.3)."""
    tn = claim.get("tn") if isinstance(claim, dict) else None
    listed = tn if isinstance(tn, list) else [tn]
    return tuple(one.translate(_DIGITS) for one in listed[:16] if isinstance(one, str))
