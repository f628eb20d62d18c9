"""gRPC over TLS: the ports that we open, and what the endpoint file tells our own clients of them."""

from pathlib import Path

import grpc

from actors.tls import certificate_files, server_context
from domain.settings import TlsSettings


def open_port(server: grpc.aio.Server, address: str, data: Path, tls: TlsSettings | None) -> int:
    """Listen on an address; `tls` None: in plain. Where clients_ca is named, clients must show a certificate of it.

    Returns the port, which is another one than that of the address where that is 0. Raises RuntimeError where the
    address is taken, and InputError for files that do not serve.
    """
    if tls is None:
        return server.add_insecure_port(address)
    server_context(tls, data, clients=bool(tls.clients_ca))  # says what is wrong; gRPC would fail at each handshake
    certificate, key = (path.read_bytes() for path in certificate_files(tls, data))
    authority = Path(tls.clients_ca).read_bytes() if tls.clients_ca else None
    pair = [(key, certificate)]
    return server.add_secure_port(address, grpc.ssl_server_credentials(pair, authority, authority is not None))


def shown_certificate(tls: TlsSettings, data: Path) -> tuple[Path, str]:
    """Return the certificate that our ports show, and a name that it bears ("": none but addresses).

    Our own clients trust this very certificate, by whatever address they reach it: whoever shows it has its key.
    Raises InputError where it cannot be read.
    """
    from cryptography import x509  # only who writes the endpoint file needs it

    certificate, _ = certificate_files(tls, data)
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return certificate, ""
    hosts = names.get_values_for_type(x509.DNSName) or [str(one) for one in names.get_values_for_type(x509.IPAddress)]
    return certificate.absolute(), hosts[0] if hosts else ""
