"""Connections of one TCP or TLS listener: bounded in number, in silence, in half messages and in what is unread."""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Protocol, cast

from actors.gateways.sockets import plain_address, tcp_socket
from actors.pulse import fatal

HostPort = tuple[str, int]

SWEEP_S = 2.0
HANDSHAKE_S = 10.0
STALL_S = 32.0
"""A message that has begun comes whole within this time, or its connection is closed."""
PAUSE_S = 0.1
STRANGER_LINKS = 16
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

    def __init__(self, number: int, source: HostPort, streams: "Streams") -> None:
        self.number, self.source, self._streams = number, source, streams
        self.talk: Talk | None = None
        self.heard_s = self.whole_s = asyncio.get_running_loop().time()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to talk; over TLS the handshake is done."""
        self._transport = cast("asyncio.Transport", transport)  # no event loop's own class says so
        self.talk = self._streams.talk_of(self)
        if self.talk is None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take a piece."""
        if self.talk is not None:
            self.heard_s = asyncio.get_running_loop().time()
            if self.talk.heard(data) or not self.talk.midway:
                self.whole_s = self.heard_s

    @property
    def is_joined(self) -> bool:
        """Whether a handshake, if there is one, is done."""
        return self._transport is not None

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS of the connection, None where there is none."""
        found = self._transport.get_extra_info("ssl_object") if self._transport is not None else None
        return cast("ssl.SSLObject | None", found)

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

    Strangers (sources that `knows` denies) may have half of them together and STRANGER_LINKS each, so that they shut
    no switch out. `counts` names what a listener reports: full, unwanted, no-handshake, idle, stalled, slow-reader.
    """

    def __init__(
        self, talks: Callable[[Link], Talk | None], knows: Callable[[str], bool], *, most: int, idle_s: float
    ) -> None:
        """`talks` makes the talk of a new connection, or None for one that is not wanted."""
        self.counts: Counter[str] = Counter()
        self._talks, self._knows, self._most, self._idle_s = talks, knows, most, idle_s
        self._links: dict[int, Link] = {}
        self._strangers: dict[int, str] = {}
        self._numbers = count(1)
        self._accepting: asyncio.Task[None] | None = None
        self._joining: set[asyncio.Task[None]] = set()
        self._sweep = asyncio.get_running_loop().call_later(SWEEP_S, self._close_silent)

    def __len__(self) -> int:
        return len(self._links)

    async def listen(self, host: str, port: int, context: ssl.SSLContext | None) -> int:
        """Open the socket, for TLS where a context is given; return its port. Raises InputError for a taken address."""
        listening = tcp_socket(host, port)
        self._accepting = asyncio.get_running_loop().create_task(self._accept(listening, context))
        self._accepting.add_done_callback(lambda _: listening.close())  # not before: the loop still watches it
        self._accepting.add_done_callback(_ended)
        return int(listening.getsockname()[1])

    def link(self, number: int) -> Link | None:
        """Return an open connection."""
        return self._links.get(number)

    def talk_of(self, link: Link) -> Talk | None:
        """Begin the talk of a connection that is ready; None where it is not wanted."""
        talk = self._talks(link)
        if talk is None:
            self.counts["unwanted"] += 1
        return talk

    def leave(self, link: Link) -> None:
        """Forget a connection."""
        self._links.pop(link.number, None)
        self._strangers.pop(link.number, None)

    def close(self) -> None:
        """Stop listening and close all connections."""
        self._sweep.cancel()
        for task in (self._accepting, *self._joining):
            if task is not None:
                task.cancel()
        for link in list(self._links.values()):
            link.close()

    async def _accept(self, listening: socket.socket, context: ssl.SSLContext | None) -> None:
        """Let connections in; not by a server of the loop, which counts none before the end of its TLS handshake."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, peer = await loop.sock_accept(listening)
            except OSError:  # gone before it was let in, or no file descriptor is free
                self.counts["not-accepted"] += 1
                await asyncio.sleep(PAUSE_S)
                continue
            link = Link(next(self._numbers), (plain_address(peer[0]), peer[1]), self)
            if self._enter(link):
                joining = loop.create_task(self._join(link, accepted, context))
                self._joining.add(joining)
                joining.add_done_callback(self._joining.discard)
            else:
                accepted.close()

    async def _join(self, link: Link, accepted: socket.socket, context: ssl.SSLContext | None) -> None:
        handshake_s = HANDSHAKE_S if context else None
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: link, accepted, ssl=context, ssl_handshake_timeout=handshake_s
            )
        except OSError:  # SSLError and time-outs among them
            self.counts["no-handshake"] += 1
            self.leave(link)

    def _enter(self, link: Link) -> bool:
        """Let a connection in if there is room for it; a handshake takes room too."""
        source = link.source[0]
        known = self._knows(source)
        if len(self._links) >= self._most or not (known or self._has_room_for_stranger(source)):
            self.counts["full"] += 1
            return False
        self._links[link.number] = link
        if not known:
            self._strangers[link.number] = source
        return True

    def _has_room_for_stranger(self, source: str) -> bool:
        its = sum(other == source for other in self._strangers.values())
        return its < STRANGER_LINKS and len(self._strangers) < (self._most + 1) // 2

    def _close_silent(self) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        for link in list(self._links.values()):
            if not link.is_joined:
                continue  # the handshake has a time-out of its own
            if now_s - link.heard_s >= self._idle_s:
                self.counts["idle"] += 1
                link.drop()
            elif link.talk is not None and link.talk.midway and now_s - link.whole_s >= STALL_S:
                self.counts["stalled"] += 1
                link.drop()
        self._sweep = loop.call_later(SWEEP_S, self._close_silent)


def _ended(accepting: "asyncio.Task[None]") -> None:
    if not accepting.cancelled():
        fatal("a listener", accepting.exception() or RuntimeError("ended"))
