"""What carries SIP: the UDP socket, and the talk of one TCP or TLS connection."""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from actors.gateways.sockets import mapped_address, plain_address, udp_socket
from actors.gateways.streams import HostPort, Link
from domain.wire.sip_stream import PONG, Broken, Ping, SipStream


class Receiver(Protocol):
    """Who takes what came."""

    def receive(self, data: bytes, source: HostPort, link: int = 0) -> None:
        """Take one message."""
        ...

    def unframed(self, broken: Broken, link: Link) -> None:
        """Take a message whose end cannot be told."""
        ...

    def wants(self, source: HostPort) -> bool:
        """Tell whether a source is heard at all."""
        ...


class SipSocket(asyncio.DatagramProtocol):
    """A UDP socket. An IPv6 one that serves IPv4 too knows its peers by their plain IPv4 addresses."""

    def __init__(self, receive: Callable[[bytes, HostPort], None], *, is_v6: bool) -> None:
        self._receive, self._is_v6 = receive, is_v6
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def open(
        cls, receive: Callable[[bytes, HostPort], None], host: str, port: int, buffer_mb: int
    ) -> "SipSocket":
        """Bind it. Raises InputError where the address is taken."""
        _, opened = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(receive, is_v6=":" in host), sock=udp_socket(host, port, buffer_mb)
        )
        return opened

    @property
    def port(self) -> int:
        """The port that it was bound to."""
        assert self._transport is not None, "the socket is open"
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # no event loop's own class says so

    def datagram_received(self, data: bytes, source: HostPort) -> None:
        """Pass one datagram on."""
        self._receive(data, (plain_address(source[0]), source[1]) if self._is_v6 else source)

    def send(self, data: bytes, to: HostPort) -> bool:
        """Send a datagram; False where it cannot go: one caller's trouble, not that of the others."""
        assert self._transport is not None, "the socket is open"
        try:
            self._transport.sendto(data, (mapped_address(to[0]), to[1]) if self._is_v6 else to)
        except (ValueError, OSError):
            return False
        return True

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()


class SipTalk:
    """What one connection says, message by message."""

    def __init__(self, receiver: Receiver, link: Link) -> None:
        self._receiver, self._link = receiver, link
        self._stream = SipStream()

    @property
    def midway(self) -> bool:
        """Whether a message has begun and is not complete."""
        return self._stream.midway

    def heard(self, data: bytes) -> bool:
        """Take a piece; tell whether a message came to its end in it."""
        came = self._stream.feed(data)
        for one in came:
            if self._link.talk is None:
                break  # closed by what came before
            if isinstance(one, Ping):
                if self._receiver.wants(self._link.source):
                    self._link.write(PONG)
                else:
                    self._link.drop()
            elif isinstance(one, Broken):
                self._receiver.unframed(one, self._link)
            else:
                self._receiver.receive(one, self._link.source, self._link.number)
        return bool(came)
