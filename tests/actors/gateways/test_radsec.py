"""RADIUS over TLS on real sockets: switches are known by their certificates, and bad octets close what they came by."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from actors.gateways.listeners import Gateway, open_listeners
from actors.gateways.radsec import SECRET, RadsecGateway
from actors.home import Home
from actors.tls import server_context
from domain.attribution import DirectoryIndex
from domain.directory import Switch
from domain.errors import InputError
from domain.ids import PartnerId, SwitchId
from domain.settings import NodeSettings, Settings, TlsSettings
from domain.wire.radius_packet import Code, RadiusPacket, decode, encode_request, verify_reply
from tests.actors.exchange import Exchange, at_loopback
from tests.actors.gateways.certificates import Authority
from tests.domain.wire.radius_bytes import RANDOM, Named, attributes
from tests.domain.worlds import SWITCH

CONF_ID = "3C5AE1B6 9D2F11E4 80BD0050 56A1B2C3"
ORBITA = PartnerId("orbita")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def known(exchange: Exchange) -> Exchange:
    return knows(at_loopback(exchange))


def knows(exchange: Exchange, **recipe: Any) -> Exchange:
    """Let the exchange know its switch by these fields of its recipe; it has no secret for UDP."""
    world = exchange.node.world
    assert world is not None
    directory = world.index.directory
    its = directory.switches[SWITCH]
    switches: dict[SwitchId, Switch] = {SWITCH: replace(its, recipe=replace(its.recipe, **recipe))}
    exchange.node.enter(replace(world, index=DirectoryIndex(replace(directory, switches=switches))))
    return exchange


@pytest.fixture
async def gateway(known: Exchange, authority: Authority) -> AsyncIterator[RadsecGateway]:
    certificate, key = authority.sign("radius.example", "127.0.0.1")
    tls = TlsSettings(certificate=str(certificate), key=str(key), clients_ca=str(authority.path))
    context = server_context(tls, authority.folder, clients=True)
    its = await RadsecGateway.listen(known.node, "127.0.0.1", 0, context)
    yield its
    its.close()


class Client:
    """A switch's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def at(cls, gateway: RadsecGateway, ca: Path, certificate: tuple[Path, Path] | None) -> "Client":
        context = ssl.create_default_context(cafile=str(ca))
        if certificate is not None:
            context.load_cert_chain(*certificate)
        host, port = gateway.address
        return cls(*await asyncio.open_connection(host, port, ssl=context))

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def hear(self, request: bytes) -> RadiusPacket:
        """Return the next packet, which answers the request."""
        async with asyncio.timeout(10):
            head = await self.reader.readexactly(4)
            packet = decode(head + await self.reader.readexactly(int.from_bytes(head[2:4], "big") - 4))
        verify_reply(packet, decode(request), SECRET)
        return packet

    async def ask(self, request: bytes) -> RadiusPacket:
        self.send(request)
        return await self.hear(request)

    async def closed(self) -> bool:
        """Wait until the other side closes; tell whether it said nothing before."""
        async with asyncio.timeout(10):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True

    def hang_up(self) -> None:
        self.writer.close()


async def is_turned_away(gateway: RadsecGateway, ca: Path, certificate: tuple[Path, Path] | None) -> bool:
    """Connect and ask; tell whether that ends without an answer, during the handshake or after it."""
    try:
        client = await Client.at(gateway, ca, certificate)
        client.send(question())
        return await client.closed()
    except (ssl.SSLError, ConnectionError):
        return True


@pytest.fixture
async def switch(gateway: RadsecGateway, authority: Authority) -> AsyncIterator[Client]:
    its = await Client.at(gateway, authority.path, authority.sign("gw1", "gw1.example"))
    yield its
    its.hang_up()


def question(identifier: int = 7, *more: Named, conf_id: str = CONF_ID, prove: bool = True) -> bytes:
    named = attributes(
        ("Calling-Station-Id", "12025550100"),
        ("Called-Station-Id", "447911123456"),
        ("h323-conf-id", conf_id),
        *more,
    )
    return encode_request(Code.ACCESS_REQUEST, identifier, named, SECRET, authenticator=RANDOM, prove=prove)


def record(identifier: int, status: int) -> bytes:
    named = attributes(
        ("Acct-Status-Type", status),
        ("Acct-Session-Id", "0000001A"),
        ("Calling-Station-Id", "12025550100"),
        ("Called-Station-Id", "447911123456"),
        ("h323-conf-id", CONF_ID),
        ("h323-call-origin", "answer"),
    )
    return encode_request(Code.ACCOUNTING_REQUEST, identifier, named, SECRET, prove=False)


async def test_questions_records_and_status_are_answered_on_one_connection(known: Exchange, switch: Client) -> None:
    assert (await switch.ask(question())).code is Code.ACCESS_ACCEPT
    assert (await switch.ask(record(8, 1))).code is Code.ACCOUNTING_RESPONSE
    (hold,) = known.shards[0].partners[ORBITA].holds.values()
    assert (hold.started, hold.session_id) == (True, b"0000001A")
    status = encode_request(Code.STATUS_SERVER, 9, [], SECRET, authenticator=RANDOM)
    assert (await switch.ask(status)).code is Code.ACCESS_ACCEPT
    assert known.node.counts["radius.radsec.sent"] == 3


async def test_packets_in_pieces_and_packets_in_one_piece_are_all_answered(switch: Client) -> None:
    first, second = question(1), question(2, conf_id="0 0 0 2")
    both = first + second
    for at in range(0, len(both), 50):
        switch.send(both[at : at + 50])
        await asyncio.sleep(0)
    heard = {(await switch.hear(first)).identifier, (await switch.hear(second)).identifier}
    assert heard == {1, 2}


async def test_the_certificate_is_proof_enough_for_a_question(switch: Client) -> None:
    assert (await switch.ask(question(prove=False))).code is Code.ACCESS_ACCEPT


async def test_a_question_that_comes_again_is_answered_as_the_first_time_but_only_on_its_own_connection(
    known: Exchange, gateway: RadsecGateway, authority: Authority, switch: Client
) -> None:
    other = await Client.at(gateway, authority.path, authority.sign("gw1-b", "gw1.example"))
    first = await switch.ask(question())
    assert (await switch.ask(question())).raw == first.raw
    assert known.node.counts["radius.radsec.retransmit"] == 1
    assert (await other.ask(question())).code is Code.ACCESS_ACCEPT
    assert known.node.counts["radius.radsec.retransmit"] == 1
    assert gateway.figures()["radius.radsec.connections"] == 2
    assert len(known.shards[0].partners[ORBITA].holds) == 1
    other.hang_up()


async def test_a_client_without_a_certificate_or_with_one_of_another_authority_is_not_heard(
    known: Exchange, gateway: RadsecGateway, authority: Authority
) -> None:
    stranger = Authority(authority.folder, "stranger").sign("gw1", "gw1.example")
    for certificate in (None, stranger):
        assert await is_turned_away(gateway, authority.path, certificate)
    assert known.node.counts["radius.radsec.received"] == 0


@pytest.mark.parametrize(
    ("tls_name", "common_name", "alternatives", "heard"),
    [
        ("gw1.example", "any", ("GW1.example",), True),
        ("gw1.example", "gw1.example", ("other.example",), False),
        ("gw1.example", "gw1.example", (), True),
        ("192.0.2.10", "any", ("192.0.2.10",), True),
        ("gw1.example", "any", (), False),
        ("", "any", (), True),
    ],
)
async def test_a_switch_is_known_by_the_names_of_its_certificate_else_by_its_address(
    known: Exchange, gateway: RadsecGateway, authority: Authority,
    tls_name: str, common_name: str, alternatives: tuple[str, ...], heard: bool,
) -> None:  # fmt: skip
    knows(known, tls_name=tls_name)
    certificate = authority.sign(common_name, *alternatives)
    if heard:
        client = await Client.at(gateway, authority.path, certificate)
        assert (await client.ask(question())).code is Code.ACCESS_ACCEPT
        client.hang_up()
    else:
        assert await is_turned_away(gateway, authority.path, certificate)
        assert gateway.state().counts["unwanted"] == 1


async def test_a_switch_may_be_known_by_the_fingerprint_of_its_certificate(
    known: Exchange, gateway: RadsecGateway, authority: Authority
) -> None:
    certificate, key = authority.sign("any")
    print_of = sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()
    knows(known, tls_name=f"sha256:{print_of}")
    client = await Client.at(gateway, authority.path, (certificate, key))
    assert (await client.ask(question())).code is Code.ACCESS_ACCEPT
    client.hang_up()


@pytest.mark.parametrize(
    ("octets", "counted"),
    [
        (b"\x04\x01\x00\x13" + bytes(16), "bad-length"),
        (b"GET / HTTP/1.1\r\n\r\n", "bad-length"),
        (b"\x63\x01\x00\x14" + bytes(16), "unknown-code"),
        (record(1, 1)[:-1] + b"?", "bad-authenticator"),
    ],
)
async def test_what_is_no_radius_or_is_not_proved_closes_the_connection_and_no_other(
    known: Exchange, gateway: RadsecGateway, authority: Authority, switch: Client, octets: bytes, counted: str
) -> None:
    other = await Client.at(gateway, authority.path, authority.sign("gw1-b", "gw1.example"))
    other.send(octets)
    assert await other.closed()
    assert known.node.counts[f"radius.radsec.{counted}"] == 1
    assert (await switch.ask(question())).code is Code.ACCESS_ACCEPT


async def test_a_switch_that_is_taken_out_of_the_directory_is_heard_no_more(
    known: Exchange, gateway: RadsecGateway, switch: Client
) -> None:
    assert (await switch.ask(question())).code is Code.ACCESS_ACCEPT
    world = known.node.world
    assert world is not None
    gone = DirectoryIndex(replace(world.index.directory, switches={}))
    known.node.enter(replace(world, index=gone))
    switch.send(question(9))
    assert await switch.closed()


async def test_no_more_connections_are_kept_than_there_is_room_for(
    known: Exchange, gateway: RadsecGateway, authority: Authority, switch: Client
) -> None:
    gateway._streams._most = 1
    await switch.ask(question())
    assert await is_turned_away(gateway, authority.path, authority.sign("gw1-b", "gw1.example"))
    assert gateway.state().counts["full"] == 1
    assert (await switch.ask(question(9))).code is Code.ACCESS_ACCEPT


async def test_a_gateway_that_is_stopped_answers_what_is_in_work_and_nothing_more(
    known: Exchange, gateway: RadsecGateway, switch: Client
) -> None:
    await switch.ask(question())
    await gateway.finish(10)
    switch.send(question(9, conf_id="0 0 0 9"))
    async with asyncio.timeout(10):
        while not known.node.counts["radius.radsec.overload"]:  # noqa: ASYNC110  a counter has no event to wait for
            await asyncio.sleep(0.01)
    gateway.close()
    assert await switch.closed()
    assert len(known.shards[0].partners[ORBITA].holds) == 1


async def test_the_listener_wants_to_know_who_signed_its_clients(known: Exchange, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    only = NodeSettings(sip="", sip_tls="", radius_auth="", radius_acct="", enum="", grpc="", radsec="127.0.0.1:0")
    opened: list[Gateway] = []
    with pytest.raises(InputError, match="clients_ca is empty"):
        await open_listeners(known.node, Home(tmp_path, Settings()), only, opened)
    assert opened == []
    ca = Authority(tmp_path).path
    await open_listeners(known.node, Home(tmp_path, Settings(tls=TlsSettings(clients_ca=str(ca)))), only, opened)
    assert [gateway.state().name for gateway in opened] == ["radsec"]
    opened[0].close()
