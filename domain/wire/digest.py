"""Digest authentication (RFC 7616, RFC 2617) as SIP and RADIUS use it (RFC 3261 §22, RFC 8760, RFC 5090); sans I/O.

MD5 and SHA-256, each plain or -sess, qop auth, auth-int or none. Text is Unicode; what the wire holds is hashed.
"""

import re
from dataclasses import dataclass
from hashlib import md5, sha256
from hmac import compare_digest

from domain.errors import WireError

_HASHES = {"md5": md5, "sha-256": sha256}
_PAIR = re.compile(  # possessive, so that no text takes more than one pass over it
    r'[ \t]*+([!#$%&\'*+.^_`|~0-9A-Za-z-]++)[ \t]*+=[ \t]*+("(?:[^"\\]++|\\.)*+"|[^\s",]*+)[ \t]*+(?:,|$)'
)
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client proves itself by. `nonce_count` is as sent (eight hex digits), "" without qop."""

    user: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = ""
    qop: str = ""
    nonce_count: str = ""
    cnonce: str = ""
    opaque: str = ""


def parse_credentials(value: str) -> Credentials:
    """Read an Authorization value. WireError reasons: no-digest, bad-digest."""
    scheme, _, rest = value.strip(" \t").partition(" ")
    if scheme.lower() != "digest":
        raise WireError("no-digest", scheme[:20])
    found: dict[str, str] = {}
    at = 0
    rest = rest.rstrip(" \t,")
    while at < len(rest):
        pair = _PAIR.match(rest, at)
        if pair is None or pair[1].lower() in found:
            raise WireError("bad-digest", rest[at : at + 40])
        found[pair[1].lower()] = _text(pair[2])
        at = pair.end()
    if not all(found.get(name) for name in ("username", "nonce", "uri", "response")):
        raise WireError("bad-digest", "without username, nonce, uri or response")
    return Credentials(
        user=found["username"],
        realm=found.get("realm", ""),
        nonce=found["nonce"],
        uri=found["uri"],
        response=found["response"],
        algorithm=found.get("algorithm", ""),
        qop=found.get("qop", ""),
        nonce_count=found.get("nc", ""),
        cnonce=found.get("cnonce", ""),
        opaque=found.get("opaque", ""),
    )


def challenge(realm: str, nonce: str, algorithm: str, *, stale: bool = False) -> str:
    """Write a WWW-Authenticate value. `stale`: the credentials were right and only the nonce is too old."""
    quoted = realm.replace("\\", "\\\\").replace('"', '\\"')
    again = ", stale=true" if stale else ""
    return f'Digest realm="{quoted}", nonce="{nonce}", algorithm={algorithm}, qop="auth"{again}'


def response(
    user: str,
    realm: str,
    password: str,
    *,
    nonce: str,
    method: str,
    uri: str,
    algorithm: str = "",
    qop: str = "",
    nonce_count: str = "",
    cnonce: str = "",
    body_hash: str = "",
) -> str:
    """Return the response as lower-case hex (RFC 7616 §3.4.1). With method "" it is the server's rspauth (§3.5).

    `algorithm` "" is MD5; `body_hash` is H(entity-body) in hex, for qop auth-int. WireError: bad-algorithm, bad-qop.
    """
    name, sess, _ = algorithm.lower().partition("-sess")
    if qop.lower() not in ("", "auth", "auth-int"):
        raise WireError("bad-qop", qop[:20])
    a1 = _hash(name, f"{user}:{realm}:{password}")
    if sess:
        a1 = _hash(name, f"{a1}:{nonce}:{cnonce}")
    a2 = _hash(name, f"{method}:{uri}:{body_hash}" if qop.lower() == "auth-int" else f"{method}:{uri}")
    if not qop:
        return _hash(name, f"{a1}:{nonce}:{a2}")
    return _hash(name, f"{a1}:{nonce}:{nonce_count}:{cnonce}:{qop}:{a2}")


def verify(given: Credentials, password: str, method: str, body_hash: str = "") -> bool:
    """Tell whether credentials prove the password, in constant time. Wrong algorithms and qops prove nothing.

    Nonce, realm and URI are the caller's to check.
    """
    try:
        expected = response(
            given.user,
            given.realm,
            password,
            nonce=given.nonce,
            method=method,
            uri=given.uri,
            algorithm=given.algorithm,
            qop=given.qop,
            nonce_count=given.nonce_count,
            cnonce=given.cnonce,
            body_hash=body_hash,
        )
    except WireError:
        return False
    return compare_digest(expected.encode(), given.response.lower().encode("utf-8", "surrogateescape"))


def _hash(algorithm: str, text: str) -> str:
    hashed = _HASHES.get(algorithm or "md5")
    if hashed is None:
        raise WireError("bad-algorithm", algorithm[:20])
    return hashed(text.encode("utf-8", "surrogateescape")).hexdigest()


def _text(value: str) -> str:
    """Return a token or quoted string as text: SIP text is bytes by latin-1, credentials are UTF-8 (RFC 7616 §4)."""
    if value.startswith('"'):
        value = _ESCAPE.sub(r"\1", value[1:-1])
    return value if value.isascii() else value.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
