"""A signer of PASSporTs with a key and a certificate of its own."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurve, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

NOW_S = 1_761_998_400
X5U = "https://certs.example.org/passport.pem"


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
    """Signs as an operator would; `by` is who issued its certificate (None: itself)."""

    def __init__(self, name: str = "signer", by: "Signer | None" = None, curve: EllipticCurve | None = None) -> None:
        self.key, self.name, self.by = generate_private_key(curve or SECP256R1()), name, by
        self.certificate = self._certified()

    def _certified(self, days: int = 30) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        issuer = self.by.certificate.subject if self.by else subject
        now = datetime.fromtimestamp(NOW_S, UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=days))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign((self.by or self).key, SHA256())
        )

    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def identity(self, header: dict[str, Any] | None = None, params: str = ";ppt=shaken", **claims: Any) -> str:
        """Return an Identity value; what is given replaces a claim, or the whole header."""
        head = header or {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": X5U}
        said = {
            "attest": "A",
            "dest": {"tn": ["447911123456"]},
            "iat": NOW_S,
            "orig": {"tn": "12025550100"},
            "origid": "123e4567-e89b-12d3-a456-426655440000",
        } | claims
        text = ".".join(b64(json.dumps(part, separators=(",", ":")).encode()) for part in (head, said))
        return f"{text}.{b64(self.sign(text.encode()))};info=<{X5U}>;alg=ES256{params}"

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(data, ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32) if self.key.curve.key_size == 256 else b"x" * 64
