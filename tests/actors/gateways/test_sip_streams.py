"""SIP over real TCP, TLS and IPv6 sockets: the same calls, by the connection that asked."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from actors.gateways import streams
from actors.gateways.sip import SipGateway
from actors.tls import own_certificate, server_context
from domain.settings import GuardSettings, SipSettings, TlsSettings
from domain.wire.sip_message import SipResponse, parse
from domain.wire.sip_stream import SipStream
from tests.actors.exchange import Exchange, at_loopback
from tests.actors.gateways.phone import Phone
from tests.domain.wire.sip_bytes import SDP, request_bytes

URI = "sip:447911123456@198.51.100.1"
Opener = Callable[..., Awaitable[SipGateway]]


def invite(number: int = 1, via: str = "SIP/2.0/TCP 127.0.0.1:5060;branch={branch};rport") -> bytes:
    return request_bytes(uri=URI, branch=f"z9hG4bK-{number}", call_id=f"call-{number}", via=via, body=SDP)


class Wire:
    """One connection to a gateway, and the messages that come by it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._stream, self._came = SipStream(), list[bytes]()

    @classmethod
    async def to(cls, gateway: SipGateway, context: ssl.SSLContext | None = None) -> "Wire":
        host, port = gateway.address
        return cls(
            *await asyncio.open_connection(host, port, ssl=context, server_hostname="localhost" if context else None)
        )

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def hear(self) -> SipResponse:
        while not self._came:
            data = await asyncio.wait_for(self.reader.read(65536), 10)
            assert data, "the connection is open"
            self._came += [one for one in self._stream.feed(data) if isinstance(one, bytes)]
        message = parse(self._came.pop(0))
        assert isinstance(message, SipResponse)
        return message

    async def is_closed(self) -> bool:
        try:
            return await asyncio.wait_for(self.reader.read(), 10) == b""
        except ConnectionError:
            return True

    def hang_up(self) -> None:
        self.writer.close()


@pytest.fixture
async def opens(exchange: Exchange) -> AsyncIterator[Opener]:
    """Opens gateways at the loopback of 127.0.0.1, where a switch is, or of ::1, where none is."""
    opened: list[SipGateway] = []

    async def opener(host: str = "127.0.0.1", context: ssl.SSLContext | None = None, **its: int) -> SipGateway:
        if exchange.node.world is None:
            at_loopback(exchange)
        settings = SipSettings.model_validate(its)
        opened.append(await SipGateway.listen(exchange.node, host, 0, b"secret", settings, context))
        return opened[-1]

    yield opener
    for gateway in opened:
        gateway.close()


async def test_a_call_over_tcp_is_redirected_by_its_own_connection(opens: Opener) -> None:
    gateway = await opens()
    wire, other = await Wire.to(gateway), await Wire.to(gateway)
    data = invite()
    for at in range(0, len(data), 50):
        wire.say(data[at : at + 50])
        await wire.writer.drain()
    assert (await wire.hear()).status == 302
    other.say(b"\r\n\r\n")
    assert await asyncio.wait_for(other.reader.readexactly(2), 10) == b"\r\n"
    state = gateway.state()
    assert (state.connections, state.received, state.sent, state.errors) == (2, 1, 1, 0)
    assert state.p99_ms > 0
    assert state.address == f"udp+tcp 127.0.0.1:{gateway.address[1]}"


async def test_udp_and_tcp_share_the_port(opens: Opener) -> None:
    gateway = await opens()
    phone, wire = await Phone.at(gateway.address), await Wire.to(gateway)
    phone.send(invite(1))
    wire.say(invite(2))
    assert b"call-1" in await phone.hear()
    assert (await wire.hear()).header("call-id") == "call-2"
    phone.hang_up()


async def test_a_call_over_tls_is_redirected(opens: Opener, tmp_path: Path) -> None:
    context = server_context(TlsSettings(), tmp_path, clients=False)
    gateway = await opens(context=context)
    wire = await Wire.to(gateway, ssl.create_default_context(cafile=own_certificate(tmp_path)[0]))
    wire.say(invite() + invite(2))
    assert {(await wire.hear()).header("call-id") for _ in range(2)} == {"call-1", "call-2"}
    assert gateway.state().name == "sip_tls"
    assert gateway.state().address.startswith("tls ")


async def test_who_speaks_no_tls_is_let_go(opens: Opener, tmp_path: Path) -> None:
    gateway = await opens(context=server_context(TlsSettings(), tmp_path, clients=False))
    wire = await Wire.to(gateway)
    wire.say(invite())
    assert await wire.is_closed()
    await until(gateway, "no-handshake")
    assert gateway.state().connections == 0


async def test_a_handshake_takes_the_room_of_a_connection(opens: Opener, tmp_path: Path) -> None:
    gateway = await opens(context=server_context(TlsSettings(), tmp_path, clients=False), connections=1)
    silent = await Wire.to(gateway)
    await until(gateway, "connections")
    second = await Wire.to(gateway)
    assert await second.is_closed()
    assert gateway.figures()["sip.full"] == 1
    silent.hang_up()


async def test_ipv6_serves_both_families_and_brackets_what_it_writes(exchange: Exchange, opens: Opener) -> None:
    exchange.node.guard = type(exchange.node.guard)(GuardSettings(answers_per_s=1000))
    gateway = await opens("::")
    port = gateway.address[1]
    plain = await Phone.at(("127.0.0.1", port))
    plain.send(invite(1, "SIP/2.0/UDP 127.0.0.1:5060;branch={branch};rport"))
    answered = await plain.hear()
    assert answered.startswith(b"SIP/2.0 302 ")
    assert b";received=127.0.0.1" in answered
    stranger = await Phone.at(("::1", port))
    stranger.send(invite(2, "SIP/2.0/UDP [2001:db8::9]:5070;branch={branch};rport"))
    refused = await stranger.hear()
    assert refused.startswith(b"SIP/2.0 403 ")
    assert b"Via: SIP/2.0/UDP [2001:db8::9]:5070;branch=z9hG4bK-2" in refused
    assert b";received=::1" in refused
    plain.hang_up()
    stranger.hang_up()


async def test_a_message_without_its_length_is_answered_400_and_its_connection_closed(opens: Opener) -> None:
    gateway = await opens()
    wire = await Wire.to(gateway)
    wire.say(invite().replace(b"Content-Length", b"X-Length") + invite(2))
    assert (await wire.hear()).status == 400
    assert await wire.is_closed()
    assert gateway.state().errors == 1


async def test_an_answer_to_a_connection_that_is_gone_is_dropped_and_counted(exchange: Exchange, opens: Opener) -> None:
    gateway = await opens()
    wire = await Wire.to(gateway)
    gateway.receive(invite(), ("127.0.0.1", 5060), link=99)
    await until(gateway, "connection-gone")
    wire.say(invite(2))
    assert (await wire.hear()).status == 302


async def test_no_more_connections_than_the_settings_name(opens: Opener) -> None:
    gateway = await opens(connections=2)
    first, second = await Wire.to(gateway), await Wire.to(gateway)
    for number, wire in enumerate((first, second)):
        wire.say(invite(number))
        await wire.hear()
    third = await Wire.to(gateway)
    assert await third.is_closed()
    first.hang_up()
    await until(gateway, "connections", 1)
    again = await Wire.to(gateway)
    again.say(invite(9))
    assert (await again.hear()).status == 302


async def test_a_silent_connection_and_a_half_message_are_closed(
    opens: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "SWEEP_S", 0.05)
    monkeypatch.setattr(streams, "STALL_S", 0.2)
    gateway = await opens()
    gateway._streams._idle_s = 0.6
    silent, half = await Wire.to(gateway), await Wire.to(gateway)
    half.say(invite()[:-3])
    assert await half.is_closed()
    assert await silent.is_closed()
    assert (gateway.figures()["sip.stalled"], gateway.figures()["sip.idle"]) == (1, 1)


async def test_a_peer_that_reads_nothing_is_read_no_further(opens: Opener) -> None:
    gateway = await opens()
    peer = socket.create_connection(gateway.address)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.setblocking(False)
    loop = asyncio.get_running_loop()
    flood = request_bytes("OPTIONS") * 200
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(1):
            while True:
                await loop.sock_sendall(peer, flood)
    link = next(iter(gateway._streams._links.values()), None)
    unread = link._transport.get_write_buffer_size() if link and link._transport else 0
    assert unread <= streams.MOST_UNREAD
    peer.close()


async def test_a_scanner_is_dropped_from_its_connection_and_stays_out(exchange: Exchange, opens: Opener) -> None:
    gateway = await opens("::1")
    wire = await Wire.to(gateway)
    wire.say(request_bytes("OPTIONS", more=("User-Agent: friendly-scanner",)))
    assert await wire.is_closed()
    (ban,) = exchange.node.guard.bans(0)
    assert ban.source == "::1"
    again = await Wire.to(gateway)
    assert await again.is_closed()


async def test_strangers_are_refused_at_the_rate_of_the_settings_and_then_banned(
    exchange: Exchange, opens: Opener
) -> None:
    exchange.node.guard = type(exchange.node.guard)(GuardSettings(answers_per_s=3, ban_after=20))
    gateway = await opens("::1")
    phone = await Phone.at(gateway.address)
    for number in range(40):
        phone.send(invite(number))
    await until(gateway, "banned", 21)
    assert phone.heard.qsize() <= 4
    assert exchange.node.counts["asked"] == 0
    phone.hang_up()


async def test_strangers_hear_nothing_where_they_are_to_be_dropped(exchange: Exchange, opens: Opener) -> None:
    exchange.node.guard = type(exchange.node.guard)(GuardSettings(unknown="drop"))
    gateway = await opens("::1")
    phone, wire = await Phone.at(gateway.address), await Wire.to(gateway)
    phone.send(invite())
    await until(gateway, "unknown-source")
    assert await wire.is_closed()
    assert phone.heard.empty()
    phone.hang_up()


async def until(gateway: SipGateway, name: str, value: float = 1) -> None:
    async with asyncio.timeout(10):
        while gateway.figures().get(f"sip.{name}", 0.0) != value:  # noqa: ASYNC110  counters ring no bell
            await asyncio.sleep(0.01)
