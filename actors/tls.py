"""TLS of our listeners: the certificate that we show, and whose certificates we want to see."""

import fcntl
import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from actors.home import CARRIED
from domain.errors import InputError
from domain.settings import TlsSettings
from store.files import write_atomically

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

OWN_YEARS = 10
_MEND = "Name PEM files that this user may read under [tls] in switchboard.toml."


def server_context(tls: TlsSettings, data: Path, *, clients: bool) -> ssl.SSLContext:
    """Return the context of a listener: TLS 1.2 or newer; with `clients`, who connects must show a certificate.

    Raises InputError for a file that is missing, unreadable, no PEM, or a key of another certificate; and with
    `clients` where [tls] clients_ca names nobody.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate, key = certificate_files(tls, data)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        why = error.reason.replace("_", " ").lower() if error.reason else "no PEM that we can read"
        raise InputError(f"{certificate} and {key} do not serve: {why}", where="[tls]", mend=_MEND) from None
    if clients:
        if not tls.clients_ca:
            raise InputError(
                "a listener wants its clients' certificates, and clients_ca is empty",
                where="[tls]",
                mend="Name the PEM file of who signed them.",
            )
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_verify_locations(_readable(Path(tls.clients_ca), "clients_ca"))
        except ssl.SSLError:
            raise InputError(f"{tls.clients_ca} holds no certificate", where="[tls] clients_ca", mend=_MEND) from None
    return context


def certificate_files(tls: TlsSettings, data: Path) -> tuple[Path, Path]:
    """Return the PEM files of our certificate and its key: those of the settings, else our own.

    Raises InputError where one of them cannot be read.
    """
    if not tls.certificate:
        return own_certificate(data)
    return _readable(Path(tls.certificate), "certificate"), _readable(Path(tls.key), "key")


def own_certificate(data: Path) -> tuple[Path, Path]:
    """Return the certificate that is signed by itself and its key; made once, in <data>/tls.

    It names localhost, 127.0.0.1, ::1 and this machine, and is good for ten years. Raises InputError where the folder
    cannot be written.
    """
    folder = data / "tls"
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # nodes and desk start at once
            if not (certificate.exists() and key.exists()):
                certificate_pem, key_pem = _make()
                write_atomically(key, [key_pem], mode=0o600)
                write_atomically(certificate, [certificate_pem])
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error.strerror})", mend="Give it to this user.") from None
    return certificate, key


def _readable(path: Path, name: str) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        if path.parent.name == CARRIED:
            raise InputError(
                f"{path} did not come over from the first machine",
                where=f"[tls] {name}",
                mend=f"See that the first machine can read the file that [tls] {name} names there.",
            ) from None
        raise InputError(f"{path} cannot be read ({error.strerror})", where=f"[tls] {name}", mend=_MEND) from None


def _no_password() -> bytes:
    """A key under a passphrase is refused; OpenSSL would ask for it at the terminal."""
    return b""


def _make() -> tuple[bytes, bytes]:
    # imported here: only the first start of an installation needs it
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    machine = socket.gethostname()
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, (machine or "switchboard")[:64])])
    hosts = [machine, "localhost"] if machine.isascii() and machine not in ("", "localhost") else ["localhost"]
    names: list[GeneralName] = [x509.DNSName(host) for host in hosts]
    names += [x509.IPAddress(ip_address(address)) for address in ("127.0.0.1", "::1")]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * OWN_YEARS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return certificate.public_bytes(pem), key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
