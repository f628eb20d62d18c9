"""Connections of one TCP or TLS listener: bounded in number, in silence, in half messages and in what is unread."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Protocol, cast

from actors.gateways.sockets import plain_address, tcp_socket

HostPort = tuple[str, int]

SWEEP_S = 2.0
HANDSHAKE_S = 10.0
STALL_S = 32.0
"""A message that has begun comes whole within this time, or its connection is closed."""
MOST_UNREAD = 2**20
"""Bytes that a peer may leave unread before its connection is given up."""


class Talk(Protocol):
    """What one connection says: made for each, told each piece."""

    @property
    def midway(self) -> bool:
        """Whether a message has begun and is not complete."""
        ...

    def heard(self, data: bytes) -> bool:
        """Take a piece; tell whether a message came to its end in it."""
        ...


class Link(asyncio.Protocol):
    """One connection. `number` is never used twice by its listener; `source` is who connected, as switches are known.

    Invariant: while the peer reads too slowly, we read nothing more from it.
    """

    def __init__(self, number: int, streams: "Streams") -> None:
        self.number, self._streams = number, streams
        self.source: HostPort = ("", 0)
        self.talk: Talk | None = None
        self.heard_s = self.whole_s = asyncio.get_running_loop().time()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Enter, or leave at once where there is no room."""
        self._transport = cast("asyncio.Transport", transport)  # no event loop's own class says so
        peer = transport.get_extra_info("peername")
        self.source = (plain_address(peer[0]), peer[1]) if peer else ("", 0)
        if not self._streams.enter(self):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take a piece."""
        if self.talk is not None:
            self.heard_s = asyncio.get_running_loop().time()
            if self.talk.heard(data) or not self.talk.midway:
                self.whole_s = self.heard_s

    def pause_writing(self) -> None:
        """Read no more until what was answered is read."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_lost(self, _error: Exception | None) -> None:
        """Leave."""
        self.talk = None
        self._streams.leave(self)

    def write(self, data: bytes) -> None:
        """Send bytes; a peer that leaves too much unread is given up."""
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MOST_UNREAD:
            self._streams.counts["slow-reader"] += 1
            self._transport.abort()

    def close(self) -> None:
        """Close when all is sent; what comes meanwhile is not read."""
        self.talk = None
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """Close at once."""
        self.talk = None
        if self._transport is not None:
            self._transport.abort()


class Streams:
    """All connections of one listener, by number.

    Strangers (sources that `knows` denies) may have half of them together, so that they shut no switch out.
    `counts` names what a listener reports: full, unwanted, idle, stalled, slow-reader.
    """

    def __init__(
        self, talks: Callable[[Link], Talk | None], knows: Callable[[str], bool], *, most: int, idle_s: float
    ) -> None:
        """`talks` makes the talk of a new connection, or None for one that is not wanted."""
        self.counts: Counter[str] = Counter()
        self._talks, self._knows, self._most, self._idle_s = talks, knows, most, idle_s
        self._links: dict[int, Link] = {}
        self._strangers: set[int] = set()
        self._numbers = count(1)
        self._server: asyncio.Server | None = None
        self._sweep = asyncio.get_running_loop().call_later(SWEEP_S, self._close_silent)

    def __len__(self) -> int:
        return len(self._links)

    async def listen(self, host: str, port: int, context: ssl.SSLContext | None) -> int:
        """Open the socket; return its port. Raises InputError where the address is taken."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Link(next(self._numbers), self),
            sock=tcp_socket(host, port),
            ssl=context,
            ssl_handshake_timeout=HANDSHAKE_S if context else None,
        )
        return int(self._server.sockets[0].getsockname()[1])

    def link(self, number: int) -> Link | None:
        """Return an open connection."""
        return self._links.get(number)

    def enter(self, link: Link) -> bool:
        """Let a connection in if there is room for it."""
        known = self._knows(link.source[0])
        if len(self._links) >= self._most or (not known and len(self._strangers) >= (self._most + 1) // 2):
            self.counts["full"] += 1
            return False
        link.talk = self._talks(link)
        if link.talk is None:
            self.counts["unwanted"] += 1
            return False
        self._links[link.number] = link
        if not known:
            self._strangers.add(link.number)
        return True

    def leave(self, link: Link) -> None:
        """Forget a connection."""
        self._links.pop(link.number, None)
        self._strangers.discard(link.number)

    def close(self) -> None:
        """Stop listening and close all connections."""
        self._sweep.cancel()
        if self._server is not None:
            self._server.close()
        for link in list(self._links.values()):
            link.close()

    def _close_silent(self) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        for link in list(self._links.values()):
            if now_s - link.heard_s >= self._idle_s:
                self.counts["idle"] += 1
                link.drop()
            elif link.talk is not None and link.talk.midway and now_s - link.whole_s >= STALL_S:
                self.counts["stalled"] += 1
                link.drop()
        self._sweep = loop.call_later(SWEEP_S, self._close_silent)
