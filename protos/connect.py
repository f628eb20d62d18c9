"""Reach a running switchboard over gRPC, as commands and console do: the data folder says where and with what token.

`up` writes `<data>/endpoint.json` ({"desk": "host:port", "nodes": {"node-0": "host:port"}}) and `<data>/token`
(mode 0600). Every call carries the token as `authorization: Bearer <token>`.
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
AGAIN = "; try again"
"""What a switchboard that runs says UNAVAILABLE with ends so; gRPC itself says it of one that does not run."""
OPTIONS = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.enable_http_proxy", 0),  # a proxy of the environment is not meant for our own machines
]


class NotRunningError(Exception):
    """No switchboard runs on this data folder; the text says which and how to start one."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a running switchboard listens, and the token that it accepts."""

    desk: str
    token: str
    nodes: dict[str, str] = field(default_factory=dict)


def data_folder(option: str | None = None) -> Path:
    """Return the data folder: the option, else SWITCHBOARD_DATA, else ./switchboard-data."""
    return Path(option or os.environ.get("SWITCHBOARD_DATA") or DEFAULT_DATA)


def endpoint(data: Path) -> Endpoint:
    """Read where the switchboard of a data folder listens. Raises NotRunningError."""
    try:
        found = json.loads((data / ENDPOINT_FILE).read_text())
        token = (data / TOKEN_FILE).read_text().strip()
    except FileNotFoundError:
        raise NotRunningError(f"no switchboard runs on {data}: start one with `switchboard up --data {data}`") from None
    return Endpoint(desk=found["desk"], token=token, nodes=found.get("nodes", {}))


def write_endpoint(data: Path, desk: str, nodes: dict[str, str], token: str) -> None:
    """Write both files; the token is readable by its owner only."""
    token_file = data / TOKEN_FILE
    token_file.touch(mode=0o600)
    token_file.chmod(0o600)
    token_file.write_text(token + "\n")
    temporary = data / (ENDPOINT_FILE + ".tmp")
    temporary.write_text(json.dumps({"desk": desk, "nodes": nodes}))
    temporary.replace(data / ENDPOINT_FILE)


def metadata(token: str) -> list[tuple[str, str]]:
    """Return the metadata that every call carries."""
    return [("authorization", f"Bearer {token}")]


def channel(target: str) -> grpc.Channel:
    """Open a blocking channel, for commands."""
    return grpc.insecure_channel(target, options=OPTIONS)


def aio_channel(target: str) -> grpc.aio.Channel:
    """Open an asyncio channel, for the console and for load."""
    return grpc.aio.insecure_channel(target, options=OPTIONS)
