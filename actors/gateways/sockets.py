"""Sockets that listeners bind, and the addresses of who speaks to them."""

import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from domain.errors import InputError
from domain.route_text import bracketed

_MAPPED = "::ffff:"
_BACKLOG = 512
_PAIRS = 8
"""How often another port is tried where any will do and TCP has not the one that UDP got."""

Listening = TypeVar("Listening")


async def on_both(port: int, listen: Callable[[], Awaitable[Listening]]) -> Listening:
    """Return what `listen` opens at a port over UDP and TCP; with port 0 again while TCP has not the port of UDP.

    Raises InputError where the address is taken or not ours.
    """
    for _ in range(_PAIRS if port == 0 else 0):
        with suppress(InputError):  # somebody else has that number over TCP
            return await listen()
    return await listen()


def udp_socket(host: str, port: int, buffer_mb: int) -> socket.socket:
    """Bind a UDP socket with room for bursts. Raises InputError where the address is taken or not ours."""
    opened = socket.socket(_family(host), socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_mb * 2**20)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_mb * 2**20)
    return _bound(opened, host, port, "udp")


def tcp_socket(host: str, port: int) -> socket.socket:
    """Bind a TCP socket and listen. Raises InputError where the address is taken or not ours."""
    opened = socket.socket(_family(host), socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else a restart waits for old connections
    _bound(opened, host, port, "tcp").listen(_BACKLOG)
    return opened


def plain_address(host: str) -> str:
    """Return the address by which a switch is known: an IPv4 one that came to an IPv6 socket without its prefix."""
    return host[len(_MAPPED) :] if host.startswith(_MAPPED) and "." in host else host


def mapped_address(host: str) -> str:
    """Return the address as an IPv6 socket wants it."""
    return host if ":" in host else _MAPPED + host


def place_of(host: str, port: int) -> str:
    """Return the host and the port as operators read them."""
    return f"{bracketed(host)}:{port}"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _bound(opened: socket.socket, host: str, port: int, kind: str) -> socket.socket:
    opened.setblocking(False)
    try:
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        raise InputError(
            f"cannot listen on {kind} {place_of(host, port)} ({error.strerror})",
            mend="Free it, or name another in switchboard.toml.",
        ) from None
    return opened
