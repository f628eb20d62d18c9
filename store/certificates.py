"""The certificates by which STIR identities are verified: PEM files in a folder; nothing is fetched.

`<folder>/<name>.pem` verifies what is signed with a URL (x5u) that ends in `/<name>.pem`. Where two signers use one
file name, the file takes any other name, and `<file>.url` beside it holds the whole URL. A file holds the signer's
certificate first, then the intermediate ones. Are there PEM files in `<folder>/roots/`, only what leads to one of them
is trusted; without roots a certificate is trusted because it lies there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from domain.wire.passport import SigningKey

ROOTS = "roots"
MOST_BYTES = 1_000_000
_ENDINGS = (".pem", ".crt", ".cer")

Stamp = tuple[tuple[str, int, int], ...]
"""What the folder looked like: path, time of change (ns) and size of each file."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Keys by whole URL and by file name. `unread` names the files that hold no certificate, with the reason."""

    by_url: Mapping[str, SigningKey] = field(default_factory=dict)
    by_name: Mapping[str, SigningKey] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    stamp: Stamp = ()

    def find(self, x5u: str) -> SigningKey | None:
        """Return the key of a certificate by its URL."""
        return self.by_url.get(x5u) or self.by_name.get(_file_name(x5u))


def _file_name(url: str) -> str:
    """Return the file name that a URL ends in; "" where there is none."""
    try:
        return urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""


def stamp_of(folder: Path) -> Stamp:
    """Return what tells whether the folder has changed; a folder that is not there is empty."""
    found = []
    for path in sorted(_files(folder)) + sorted(folder.glob("*.url")):
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((str(path.relative_to(folder)), stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def load_certificates(folder: Path) -> Certificates:
    """Read the folder; a file that cannot be read is named in `unread` and harms no other."""
    stamp, unread = stamp_of(folder), list[str]()
    roots = [root for path in sorted(_pem_in(folder / ROOTS)) for root in _chain(path, unread)]
    by_url: dict[str, SigningKey] = {}
    by_name: dict[str, SigningKey] = {}
    for path in sorted(_pem_in(folder)):
        chain = _chain(path, unread)
        if not chain:
            continue
        try:
            key = _signing_key(chain, roots)
            url = path.with_name(path.name + ".url")
            if url.is_file():
                by_url[url.read_text("utf-8", "replace").strip()] = key
            else:
                by_name[path.name] = key
        except Exception as error:  # a key of a kind that nobody supports, a date out of time, and what else there is
            unread.append(_unread(path, error))
    return Certificates(by_url, by_name, tuple(unread), stamp)


def _files(folder: Path) -> Iterable[Path]:
    return (*_pem_in(folder), *_pem_in(folder / ROOTS))


def _pem_in(folder: Path) -> Iterable[Path]:
    return (path for path in folder.glob("*") if path.suffix in _ENDINGS and path.is_file())


def _chain(path: Path, unread: list[str]) -> list[x509.Certificate]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        return x509.load_pem_x509_certificates(path.read_bytes())
    except Exception as error:  # others wrote the file, others read it: nothing that is in it may stop a node
        unread.append(_unread(path, error))
        return []


def _unread(path: Path, error: Exception) -> str:
    return f"{path.name}: {error or type(error).__name__}"


def _signing_key(chain: list[x509.Certificate], roots: list[x509.Certificate]) -> SigningKey:
    public = chain[0].public_key()
    fits = isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1)
    path = _path_to_root(chain, roots) if roots else chain[:1]
    used = path or chain[:1]
    return SigningKey(
        key=public if fits and isinstance(public, EllipticCurvePublicKey) else None,
        from_s=max(int(one.not_valid_before_utc.timestamp()) for one in used),
        until_s=min(int(one.not_valid_after_utc.timestamp()) for one in used),
        trusted=bool(path),
    )


def _path_to_root(chain: list[x509.Certificate], roots: list[x509.Certificate]) -> list[x509.Certificate]:
    """Return the certificates from the signer's to a root that lead from one to the next; [] where none do."""
    path = [chain[0]]
    others = chain[1:]
    while True:
        if path[-1] in roots:
            return path
        root = next((one for one in roots if _issued(path[-1], one)), None)
        if root is not None:
            return [*path, root]
        above = next((one for one in others if one not in path and _issued(path[-1], one)), None)
        if above is None:
            return []
        path.append(above)


def _issued(leaf: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        may_sign = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        leaf.verify_directly_issued_by(issuer)
    except Exception:  # whatever is wrong with either of them, or unsupported: neither leads to the other
        return False
    return may_sign
