"""Reach a running switchboard over gRPC, as commands and console do.

On its own machine the data folder says where and how: `up` writes `<data>/endpoint.json`
({"desk": "host:port", "nodes": {"node-0": "host:port"}, "tls": {…}}) and `<data>/token` (mode 0600). From another
machine SWITCHBOARD_ADDRESS names host:port, SWITCHBOARD_TOKEN the token, and SWITCHBOARD_CA the PEM file of whom to
trust (`system`: the public authorities; without it nothing is encrypted). SWITCHBOARD_TOKEN goes before the folder's
token, and SWITCHBOARD_CERT and SWITCHBOARD_KEY are shown where a client must have a certificate. Every call carries
the token as `authorization: Bearer <token>`.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import grpc

DEFAULT_DATA = "switchboard-data"
"""The data folder where neither an option nor SWITCHBOARD_DATA names one."""
ENDPOINT_FILE = "endpoint.json"
TOKEN_FILE = "token"  # noqa: S105  a file name, not a secret
MAX_MESSAGE_BYTES = 64 * 1024 * 1024
SYSTEM = "system"
"""What SWITCHBOARD_CA says where the authorities are meant that this machine trusts anyway."""
AGAIN = "; try again"
"""What a switchboard that runs says UNAVAILABLE with ends so; gRPC itself says it of one that does not run."""
OPTIONS = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.enable_http_proxy", 0),  # a proxy of the environment is not meant for our own machines
]


class NotRunningError(Exception):
    """No switchboard can be asked; the text says which, why, and how to mend it (such as to start one)."""


@dataclass(frozen=True, slots=True)
class Tls:
    """How a client speaks TLS; all but `name` are paths of PEM files.

    ca: whom to trust; "": the public authorities. name: what the certificate bears, where it is not the host that is
    dialled. certificate, key: our own, where the server wants one.
    """

    ca: str = ""
    name: str = ""
    certificate: str = ""
    key: str = ""

    def credentials(self) -> grpc.ChannelCredentials:
        """Read the files. Raises OSError; ValueError for a certificate without its key or a key alone."""
        if bool(self.certificate) != bool(self.key):  # gRPC ends the whole process where one is missing
            raise ValueError("a certificate of ours and its key go together: name both or neither")
        ca, key, certificate = (
            Path(path).read_bytes() if path else None for path in (self.ca, self.key, self.certificate)
        )
        return grpc.ssl_channel_credentials(ca, key, certificate)

    def options(self) -> list[tuple[str, str | int]]:
        """Return the options of a channel."""
        return [*OPTIONS, *([("grpc.ssl_target_name_override", self.name)] if self.name else [])]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a running switchboard listens, how to speak TLS there (None: it does not), and a token that it accepts.

    remote: the environment names it, no data folder. token_given: the token is of the environment.
    """

    desk: str
    token: str
    nodes: dict[str, str] = field(default_factory=dict)
    desk_tls: Tls | None = None
    nodes_tls: dict[str, Tls] = field(default_factory=dict)
    remote: bool = False
    token_given: bool = False


def data_folder(option: str | None = None) -> Path:
    """Return the data folder: the option, else SWITCHBOARD_DATA, else ./switchboard-data."""
    return Path(option or os.environ.get("SWITCHBOARD_DATA") or DEFAULT_DATA)


def endpoint(data: Path) -> Endpoint:
    """Read where the switchboard of a data folder listens, or that which the environment names.

    Raises NotRunningError, OSError for files that cannot be read, ValueError, KeyError or TypeError for damaged ones.
    """
    given = os.environ
    certificate, key = _own_pair()
    if desk := given.get("SWITCHBOARD_ADDRESS"):
        ca, token = given.get("SWITCHBOARD_CA", ""), given.get("SWITCHBOARD_TOKEN", "")
        if not token:
            raise NotRunningError(f"no token for the switchboard at {desk}: set SWITCHBOARD_TOKEN")
        tls = Tls("" if ca == SYSTEM else ca, "", certificate, key) if ca else None
        return Endpoint(desk, token, desk_tls=tls, remote=True, token_given=True)
    try:
        found = json.loads((data / ENDPOINT_FILE).read_text())
        token = given.get("SWITCHBOARD_TOKEN") or (data / TOKEN_FILE).read_text().strip()
    except FileNotFoundError:
        raise NotRunningError(f"no switchboard runs on {data}: start one with `switchboard up --data {data}`") from None
    desk = str(found["desk"])
    nodes, its = found.get("nodes", {}), found.get("tls", {})
    tls = Tls(its.get("certificate", ""), its.get("name", ""), certificate, key)
    return Endpoint(
        desk=desk,
        token=token,
        nodes=nodes,
        desk_tls=tls if its.get("desk") else None,
        nodes_tls=dict.fromkeys(its.get("nodes", ()), tls),
        token_given=bool(given.get("SWITCHBOARD_TOKEN")),
    )


def _own_pair() -> tuple[str, str]:
    names = ("SWITCHBOARD_CERT", "SWITCHBOARD_KEY")
    certificate, key = (os.environ.get(name, "") for name in names)
    if bool(certificate) != bool(key):
        there, missing = names if certificate else names[::-1]
        raise NotRunningError(f"{there} is set without {missing}: a certificate and its key go together, set both")
    return certificate, key


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a switchboard listens, as the endpoint file says it. Of TLS: who speaks it, and with which certificate."""

    desk: str
    nodes: dict[str, str]
    certificate: str = ""
    name: str = ""
    desk_tls: bool = False
    nodes_tls: tuple[str, ...] = ()


def write_endpoint(data: Path, where: Listening, token: str) -> None:
    """Write both files, each whole or not at all; the token is readable by its owner only."""
    token_file = data / TOKEN_FILE
    if token_file.is_file() and token_file.read_text().strip() == token:
        token_file.chmod(0o600)
    else:
        _write_whole(token_file, token + "\n", 0o600)
    plain: dict[str, object] = {"desk": where.desk, "nodes": where.nodes}
    if where.desk_tls or where.nodes_tls:
        plain["tls"] = {
            "certificate": where.certificate,
            "name": where.name,
            "desk": where.desk_tls,
            "nodes": where.nodes_tls,
        }
    _write_whole(data / ENDPOINT_FILE, json.dumps(plain), 0o644)


def _write_whole(path: Path, text: str, mode: int) -> None:
    """Write aside, fsync, rename: a power cut leaves the former file or the new one, never an empty one."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.unlink(missing_ok=True)  # it may be one of another mode, which opening would keep
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def metadata(token: str) -> list[tuple[str, str]]:
    """Return the metadata that every call carries."""
    return [("authorization", f"Bearer {token}")]


def channel(target: str, tls: Tls | None = None) -> grpc.Channel:
    """Open a blocking channel, for commands. Raises OSError where a certificate cannot be read."""
    if tls is None:
        return grpc.insecure_channel(target, options=OPTIONS)
    return grpc.secure_channel(target, tls.credentials(), options=tls.options())


def aio_channel(target: str, tls: Tls | None = None) -> grpc.aio.Channel:
    """Open an asyncio channel, for the console and for load. Raises OSError where a certificate cannot be read."""
    if tls is None:
        return grpc.aio.insecure_channel(target, options=OPTIONS)
    return grpc.aio.secure_channel(target, tls.credentials(), options=tls.options())


def certificate_trouble(details: str, tls: Tls | None) -> str:
    """Say in one sentence what is wrong with a certificate, from what gRPC tells of a failed call; "": nothing is."""
    if "certificate has expired" in details:
        return "its certificate has expired: renew the one that [tls] names, and start it again"
    if "CERTIFICATE_VERIFY_FAILED" in details:
        trusted = tls.ca if tls and tls.ca else "a public authority"
        return f"its certificate is not one that {trusted} vouches for: name who signed it with SWITCHBOARD_CA or --ca"
    if "Hostname Verification" in details:
        return "its certificate bears another name: dial it by a name that is in the certificate"
    if "WRONG_VERSION_NUMBER" in details:
        return "it does not speak TLS there: leave out SWITCHBOARD_CA and --ca"
    if "failed to connect" in details and "Socket closed" in details:  # not one that was lost in the middle of a call
        if tls is None:
            return (
                "it hangs up, as one does that speaks TLS: name who signed its certificate with SWITCHBOARD_CA or --ca"
            )
        if not tls.certificate:
            return (
                "it hangs up, as one does that wants a certificate: name yours by SWITCHBOARD_CERT and SWITCHBOARD_KEY"
            )
        return f"it hangs up, as one does that does not accept the certificate in {tls.certificate}"
    return ""
