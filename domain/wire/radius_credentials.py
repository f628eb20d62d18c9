"""What an Access-Request proves its user by: PAP, CHAP (RFC 2865 §2.2), Digest (RFC 5090, draft-sterman-aaa-sip)."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import md5

from domain.errors import WireError
from domain.wire.digest import Credentials, response, verify
from domain.wire.radius_attributes import Values
from domain.wire.radius_dictionaries import ACCESS
from domain.wire.radius_packet import Attribute, RadiusPacket, reveal_password

_PASSWORD, _CHAP_PASSWORD, _CHAP_CHALLENGE, _STERMAN = 2, 3, 60, 207
_STERMAN_NAMES = {
    1: "realm", 2: "nonce", 3: "method", 4: "uri", 5: "qop", 6: "algorithm", 7: "body-hash", 8: "cnonce",
    9: "nonce-count", 10: "user",
}  # fmt: skip
_DIGEST_NAMES = {
    "Digest-Realm": "realm", "Digest-Nonce": "nonce", "Digest-Method": "method", "Digest-URI": "uri",
    "Digest-Qop": "qop", "Digest-Algorithm": "algorithm", "Digest-Entity-Body-Hash": "body-hash",
    "Digest-CNonce": "cnonce", "Digest-Nonce-Count": "nonce-count", "Digest-Username": "user",
    "Digest-Opaque": "opaque",
}  # fmt: skip


class Means(Enum):
    """How a user proves a password. STERMAN: Digest by the old draft, with a nonce of the switch's own."""

    PAP = "pap"
    CHAP = "chap"
    DIGEST = "digest"
    STERMAN = "sterman"


@dataclass(frozen=True, slots=True)
class Offered:
    """What a request offers. PAP: `word` is the password; CHAP: `word` is id and hash, `challenge` what was hashed.

    `digest` None with Means.DIGEST: the switch asks for a nonce (RFC 5090 §2.1.2).
    """

    means: Means
    user: str
    word: bytes = b""
    challenge: bytes = b""
    digest: Credentials | None = None
    method: str = ""
    body_hash: str = ""

    def proves(self, password: str) -> bool:
        """Tell whether the user knows the password, in constant time; no empty password is ever right."""
        if not password:
            return False
        if self.digest is not None:
            return verify(self.digest, password, self.method, self.body_hash)
        if self.means is Means.PAP:
            return hmac.compare_digest(self.word, password.encode())
        if self.means is Means.CHAP:
            hashed = md5(self.word[:1] + password.encode() + self.challenge, usedforsecurity=False).digest()
            return hmac.compare_digest(hashed, self.word[1:])
        return False

    def server_proof(self, password: str) -> str:
        """Return Digest-Response-Auth, by which the switch's client knows us (RFC 5090 §3.4), "" where none can be."""
        given = self.digest
        if self.means is not Means.DIGEST or given is None or given.qop.lower() != "auth":
            return ""
        return response(
            given.user,
            given.realm,
            password,
            nonce=given.nonce,
            method="",
            uri=given.uri,
            algorithm=given.algorithm,
            qop=given.qop,
            nonce_count=given.nonce_count,
            cnonce=given.cnonce,
        )


def offered(packet: RadiusPacket, secret: bytes) -> Offered | None:
    """Return what an Access-Request proves its user by; None where it offers nothing that can be read."""
    values = Values(packet.attributes, ACCESS)
    name = values.text("User-Name")
    digest = _digest(packet, values, name)
    if digest is not None:
        return digest
    word = packet.first(_CHAP_PASSWORD)
    if word is not None:
        challenge = packet.first(_CHAP_CHALLENGE) or packet.authenticator
        return Offered(Means.CHAP, name, word, challenge) if len(word) == 17 else None
    hidden = packet.first(_PASSWORD)
    if hidden is None:
        return None
    try:
        return Offered(Means.PAP, name, reveal_password(hidden, secret, packet.authenticator))
    except WireError:
        return None


def challenge_attributes(realm: str, nonce: str, *, stale: bool) -> list[Attribute]:
    """Return what an Access-Challenge says (RFC 5090 §3.2). `stale`: the proof was right, only its nonce is not."""
    said = {"Digest-Realm": realm, "Digest-Nonce": nonce, "Digest-Qop": "auth", "Digest-Algorithm": "MD5"}
    if stale:
        said["Digest-Stale"] = "true"
    return [digest_attribute(name, value) for name, value in said.items()]


def digest_attribute(name: str, value: str) -> Attribute:
    """Write one of the Digest attributes."""
    vendor, number, _ = ACCESS.names[name]
    return Attribute(vendor, number, value.encode())


def _digest(packet: RadiusPacket, values: Values, name: str) -> Offered | None:
    sterman = values.text("Sterman-Response")
    if sterman:
        return _offered(Means.STERMAN, _sub_attributes(packet.all(_STERMAN)), sterman, name)
    said = {short: text for long, short in _DIGEST_NAMES.items() if (text := values.text(long))}
    proof = values.text("Digest-Response")
    return _offered(Means.DIGEST, said, proof, name) if proof or said.get("method") else None


def _offered(means: Means, said: dict[str, str], proof: str, name: str) -> Offered:
    user = said.get("user") or name
    if not (proof and said.get("nonce")):
        return Offered(means, user, method=said.get("method", ""))
    given = Credentials(
        user=user,
        realm=said.get("realm", ""),
        nonce=said["nonce"],
        uri=said.get("uri", ""),
        response=proof,
        algorithm=said.get("algorithm", ""),
        qop=said.get("qop", ""),
        nonce_count=said.get("nonce-count", ""),
        cnonce=said.get("cnonce", ""),
        opaque=said.get("opaque", ""),
    )
    return Offered(means, user, digest=given, method=said.get("method", ""), body_hash=said.get("body-hash", ""))


def _sub_attributes(values: Sequence[bytes]) -> dict[str, str]:
    """Take Digest-Attributes apart: type, length with these two octets, text; one a piece, or all in one."""
    said: dict[str, str] = {}
    for value in values:
        at = 0
        while at + 2 <= len(value) and 2 <= value[at + 1] <= len(value) - at:
            name = _STERMAN_NAMES.get(value[at])
            if name is not None:
                said.setdefault(name, value[at + 2 : at + value[at + 1]].decode("utf-8", "surrogateescape"))
            at += value[at + 1]
    return said
