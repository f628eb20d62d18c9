"""Whether all addresses of the settings are free, asked before anything is started: the answer names the setting."""

import socket
import time

from domain.errors import InputError
from domain.listeners import Listener, listeners_of
from domain.settings import Settings, host_port

PATIENCE_S = 2.0


def require_free(settings: Settings) -> None:
    """Raise InputError for the first address that is taken, is not ours, or is no address."""
    first = settings.cluster.machine
    here = settings.model_copy(update={"node": settings.nodes_on(first)})
    for listener in listeners_of(here):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            if kind in _kinds(listener):
                _try(listener, kind)


def wait_until_free(settings: Settings) -> None:
    """Do so for some seconds, in which what was just stopped lets go. Raises InputError."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            require_free(settings)
            return
        except InputError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def _kinds(listener: Listener) -> set[socket.SocketKind]:
    words = {"UDP": socket.SOCK_DGRAM, "TCP": socket.SOCK_STREAM, "TLS": socket.SOCK_STREAM}
    return {words[word] for word in listener.transport.split(", ")}


def _try(listener: Listener, kind: socket.SocketKind) -> None:
    host, port = host_port(listener.address)
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=kind)[0]
        with socket.socket(family, kind) as opened:
            if kind is socket.SOCK_STREAM:
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what lingers of old ones is no owner
            opened.bind(address)
            if kind is socket.SOCK_STREAM:
                opened.listen(1)
    except OSError as error:
        over = "udp" if kind is socket.SOCK_DGRAM else "tcp"
        raise InputError(
            f"cannot listen on {over} {listener.address} ({error.strerror}), the address of {listener.door}",
            mend=f"Free it, or set `{listener.setting}` of {listener.section} in switchboard.toml to another.",
        ) from None
