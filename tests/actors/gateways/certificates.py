"""An authority of our own, and certificates that it signs: PEM files in a folder."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Authority:
    """Signs certificates. Each is written as <name>.pem and <name>.key; its own is ca.pem."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self.folder, self.name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        made = self._built(self._named, self._key, []).add_extension(x509.BasicConstraints(True, 0), critical=True)
        self.path = folder / f"{name}.pem"
        self._write(self.path, made)

    def sign(self, common_name: str, *alternatives: str) -> tuple[Path, Path]:
        """Return the files of a certificate and its key; alternatives are addresses or host names."""
        key = ec.generate_private_key(ec.SECP256R1())
        named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
        stem = f"{self.name}-{common_name}"
        self._write(self.folder / f"{stem}.pem", self._built(named, key, [_name(one) for one in alternatives]))
        plain = serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        (self.folder / f"{stem}.key").write_bytes(pem)
        return self.folder / f"{stem}.pem", self.folder / f"{stem}.key"

    def _built(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName]
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._named)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
        )
        return builder.add_extension(x509.SubjectAlternativeName(names), critical=False) if names else builder

    def _write(self, path: Path, builder: x509.CertificateBuilder) -> None:
        path.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
