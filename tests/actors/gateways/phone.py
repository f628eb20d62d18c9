"""A switch of one UDP socket on the loopback."""

import asyncio
from typing import cast


class Phone(asyncio.DatagramProtocol):
    """Keeps what it receives in order."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def at(cls, gateway: asyncio.BaseTransport | tuple[str, int] | None) -> "Phone":
        """Open a socket that talks to a gateway's, or to an address."""
        assert gateway is not None
        address = gateway if isinstance(gateway, tuple) else gateway.get_extra_info("sockname")[:2]
        _, phone = await asyncio.get_running_loop().create_datagram_endpoint(cls, remote_addr=address)
        return phone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, _source: tuple[str, int]) -> None:
        self.heard.put_nowait(data)

    def send(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.sendto(data)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        assert self.transport is not None
        host, port = self.transport.get_extra_info("sockname")[:2]
        return str(host), int(port)

    async def hear(self) -> bytes:
        """Return the next datagram."""
        return await asyncio.wait_for(self.heard.get(), 10)

    def hang_up(self) -> None:
        assert self.transport is not None
        self.transport.close()
