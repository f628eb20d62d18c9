"""ENUM over real sockets: UDP and TCP, repeated questions, strangers, holds, trouble of ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from actors.decision_counts import count_decisions
from actors.gateways.enum import EnumGateway
from domain.attribution import DirectoryIndex
from domain.directory import Policy, Recipe, Trunk
from domain.errors import InputError
from domain.guard import SourceGuard
from domain.ids import PartnerId
from domain.recipe import EnumForm, EnumRefusal
from domain.settings import EnumSettings, GuardSettings
from domain.wire.dns_message import (
    Edns,
    Naptr,
    Query,
    Rcode,
    Reply,
    Type,
    decode_reply,
    encode_query,
)
from domain.wire.dns_name import name_from_text
from tests.actors.exchange import Exchange, at_loopback
from tests.actors.gateways.phone import Phone
from tests.domain.builders import NOON, row, table
from tests.domain.worlds import SWITCH, client, incoming, outgoing, world

UK = "6.5.4.3.2.1.1.1.9.7.4.4.e164.arpa"
SETTINGS = EnumSettings(zones=("e164.arpa", "e164.example"))


def speaks(exchange: Exchange, **recipe: Any) -> None:
    """The exchange's switch is answered by this recipe from now on."""
    seen = exchange.node.world
    assert seen is not None
    directory = seen.index.directory
    switch = replace(directory.switches[SWITCH], recipe=Recipe("enum", enforces_time=False, **recipe))
    exchange.node.enter(replace(seen, index=DirectoryIndex(replace(directory, switches={SWITCH: switch}))))


@asynccontextmanager
async def listening(exchange: Exchange, settings: EnumSettings = SETTINGS) -> AsyncIterator[tuple[EnumGateway, Phone]]:
    gateway = await EnumGateway.listen(exchange.node, "127.0.0.1", 0, settings)
    phone = await Phone.at(gateway._transport)
    try:
        yield gateway, phone
    finally:
        phone.hang_up()
        gateway.close()


@pytest.fixture
def known(exchange: Exchange) -> Exchange:
    speaks(at_loopback(exchange))
    return exchange


def asked(name: str = UK, **fields: Any) -> bytes:
    values: dict[str, Any] = {"id": 7, "name": name_from_text(name), "type": Type.NAPTR}
    return encode_query(Query(**(values | fields)))


async def told(phone: Phone, name: str = UK, **fields: Any) -> Reply:
    phone.send(asked(name, **fields))
    return decode_reply(await phone.hear())


def uris(reply: Reply) -> list[str]:
    return [one.data.regexp.decode() for one in reply.answers if isinstance(one.data, Naptr)]


async def test_a_number_is_answered_with_its_routes_in_order_and_the_decision_is_written_down(known: Exchange) -> None:
    async with listening(known) as (gateway, phone):
        reply = await told(phone, recursion=True, edns=Edns(4096))
        assert (reply.rcode, reply.authoritative, reply.recursion, reply.truncated) == (
            Rcode.NOERROR,
            True,
            True,
            False,
        )
        assert reply.question == (name_from_text(UK), 35, 1) and reply.edns == Edns(1232)
        assert uris(reply) == [
            "!^.*$!sip:447911123456@kestrel.example:5060;sbm=kestrel-out.1!",
            "!^.*$!sip:447911123456@bluewire.example:5060;sbm=bluewire-out.2!",
        ]
        assert [(one.data[:4], one.ttl) for one in reply.answers] == [
            ((100, 10, b"u", b"E2U+sip"), 0),
            ((100, 20, b"u", b"E2U+sip"), 0),
        ]
        assert gateway.state().received == gateway.state().sent == 1 and gateway.state().p99_ms > 0
    assert "1. kestrel by kestrel-out" in "".join(known.written(b"")[0])  # type: ignore[arg-type]  # it has no call key
    assert count_decisions(known.folder, "default", NOON, NOON + 60_000).by_number == {SWITCH}, "canaries ask for that"
    assert not any(its.holds for its in known.shards[0].partners.values())


async def test_a_question_that_comes_again_gets_the_same_answer_and_is_one_attempt(known: Exchange) -> None:
    async with listening(known) as (_, phone):
        first = asked()
        phone.send(first)
        answer = await phone.hear()
        phone.send(first)
        assert await phone.hear() == answer
        mixed = asked()[:12] + name_from_text(UK).replace(b"e164", b"E164") + b"\x00\x23\x00\x01"
        phone.send(mixed)
        assert decode_reply(await phone.hear()).answers[0].name == name_from_text(UK).replace(b"e164", b"E164")
        assert known.node.counts["asked"] == 1 and known.node.counts["enum.repeated"] == 2
        await told(phone, id=8)
        assert known.node.counts["asked"] == 2


async def test_names_that_are_no_number_are_answered_by_the_zone_alone(known: Exchange) -> None:
    settings = SETTINGS.model_copy(update={"negative_ttl_s": 4})
    async with listening(known, settings) as (_, phone):
        cases: list[tuple[str, dict[str, Any], Rcode, int]] = [
            ("4.4.e164.arpa", {}, Rcode.NOERROR, 1),
            (UK, {"type": Type.A}, Rcode.NOERROR, 1),
            ("x." + UK, {}, Rcode.NXDOMAIN, 1),
            ("1." * 16 + "e164.arpa", {}, Rcode.NXDOMAIN, 1),
            ("e164.arpa", {}, Rcode.NOERROR, 1),
            ("e164.com", {}, Rcode.REFUSED, 0),
            (UK, {"rclass": 3}, Rcode.REFUSED, 0),
            (UK, {"edns": Edns(1232, version=1)}, Rcode.BADVERS, 0),
        ]
        for number, (name, fields, rcode, authority) in enumerate(cases):
            reply = await told(phone, name, id=number, **fields)
            assert (reply.id, reply.rcode, len(reply.answers), len(reply.authority)) == (number, rcode, 0, authority), (
                name
            )
            assert all((one.type, one.ttl, one.data[-1]) == (Type.SOA, 4, 4) for one in reply.authority)
        for qtype, types in ((Type.SOA, [6]), (Type.NS, [2]), (Type.ANY, [6, 2])):
            reply = await told(phone, "e164.arpa", type=qtype)
            assert [one.type for one in reply.answers] == types and not reply.authority
        assert len((await told(phone, type=Type.ANY)).answers) == 2
        assert known.node.counts["asked"] == 1


@pytest.mark.parametrize(
    ("policy", "rcode"),
    [(EnumRefusal.NXDOMAIN, Rcode.NXDOMAIN), (EnumRefusal.NODATA, Rcode.NOERROR), (EnumRefusal.REFUSED, Rcode.REFUSED)],
)
async def test_no_route_is_said_in_the_way_of_the_recipe(exchange: Exchange, policy: EnumRefusal, rcode: Rcode) -> None:
    speaks(at_loopback(exchange), enum_no_route=policy)
    async with listening(exchange) as (_, phone):
        reply = await told(phone, "0.0.0.0.0.0.2.7.4.5.2.e164.arpa")
        assert (reply.rcode, len(reply.authority)) == (rcode, 0 if policy is EnumRefusal.REFUSED else 1)
        assert exchange.node.counts["refused.no-rate"] == 1


def thirty(exchange: Exchange, trunks: tuple[Trunk, ...] = (), **recipe: Any) -> Exchange:
    """An exchange with thirty vendors."""
    buys = {f"vendor-{at}": table(row("447", f"0.01{at:02}")) for at in range(30)}
    seen = world(
        table(row("44", "0.0294")), buys, partners=[client(credit_limit=10**10)],
        trunks=[incoming(host="127.0.0.1"), *trunks], policies=[Policy("default", max_routes=30)],
    )  # fmt: skip
    speaks(exchange.opens(seen=seen), **recipe)
    return exchange


async def test_thirty_routes_are_cut_to_the_datagram_or_asked_for_again_over_tcp(exchange: Exchange) -> None:
    thirty(exchange)
    async with listening(exchange) as (gateway, phone):
        plain, wide, small = (
            await told(phone),
            await told(phone, edns=Edns(4096), id=8),
            await told(phone, edns=Edns(100), id=9),
        )
        assert [reply.truncated for reply in (plain, wide, small)] == [False] * 3
        assert 4 <= len(small.answers) <= len(plain.answers) < len(wide.answers) < 30
        speaks(exchange, enum_truncate=True)
        cut = await told(phone, id=10)
        assert cut.truncated and not cut.answers
        whole = (await over_tcp(gateway, asked(id=11)))[0]
        preferences = [one.data.preference for one in whole.answers if isinstance(one.data, Naptr)]
        assert preferences == list(range(10, 301, 10))


async def over_tcp(gateway: EnumGateway, *messages: bytes, piece: int = 10_000) -> list[Reply]:
    reader, writer = await asyncio.open_connection(*gateway.address)
    stream = b"".join(len(one).to_bytes(2) + one for one in messages)
    for at in range(0, len(stream), piece):
        writer.write(stream[at : at + piece])
        await asyncio.sleep(0)
    replies = []
    for _ in messages:
        size = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), 10))
        replies.append(decode_reply(await reader.readexactly(size)))
    writer.close()
    await writer.wait_closed()
    return replies


@pytest.mark.parametrize("piece", [1, 7, 10_000])
async def test_two_questions_in_one_stream_are_both_answered_however_they_are_cut(known: Exchange, piece: int) -> None:
    async with listening(known) as (gateway, _):
        first, second = await over_tcp(gateway, asked(id=1), asked(id=2), piece=piece)
        assert (first.id, second.id, len(first.answers), len(second.answers)) == (1, 2, 2, 2)


async def test_connections_are_bounded_and_silent_ones_closed(known: Exchange) -> None:
    settings = SETTINGS.model_copy(update={"connections": 1, "idle_s": 1})
    async with listening(known, settings) as (gateway, _):
        reader, writer = await asyncio.open_connection(*gateway.address)
        await over_one(reader, writer)
        late, later = await asyncio.open_connection(*gateway.address)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await over_one(late, later)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await asyncio.wait_for(reader.readexactly(1), 10)
        assert gateway.state().counts["idle"] == gateway.state().counts["full"] == 1


async def over_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    message = asked()
    writer.write(len(message).to_bytes(2) + message)
    await asyncio.wait_for(reader.readexactly(2 + int.from_bytes(await reader.readexactly(2)) - 2), 10)


async def test_what_cannot_be_read_is_answered_and_answers_are_dropped(known: Exchange) -> None:
    async with listening(known) as (gateway, phone):
        phone.send(asked()[:20])
        assert decode_reply(await phone.hear()).rcode == Rcode.FORMERR
        phone.send(asked()[:2] + b"\x20\x00" + asked()[4:])
        assert decode_reply(await phone.hear()).rcode == Rcode.NOTIMP
        phone.send(b"\x00\x07\x85\x00" + bytes(8))
        phone.send(b"?")
        assert (await told(phone)).rcode == Rcode.NOERROR
        assert phone.heard.empty() and gateway.state().errors == 4


async def test_a_stranger_is_refused_so_often_a_second_and_then_banned(exchange: Exchange) -> None:
    exchange.opens()
    exchange.node._switches = {}
    exchange.node.guard = SourceGuard(GuardSettings(answers_per_s=1, ban_after=3))
    async with listening(exchange) as (_, phone):
        assert (await told(phone)).rcode == Rcode.REFUSED
        for number in range(4):
            phone.send(asked(id=number))
        while exchange.node.counts["enum.received"] < 5:  # noqa: ASYNC110  # a counter has no event to wait for
            await asyncio.sleep(0.01)
        assert phone.heard.empty()
        assert exchange.node.counts["enum.unknown-source"] == 2 and exchange.node.counts["enum.banned"] == 3
        exchange.node.guard = SourceGuard(GuardSettings(unknown="drop"))
        phone.send(asked())
        while exchange.node.counts["enum.received"] < 6:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.01)
        assert phone.heard.empty() and not exchange.node.counts["asked"]


async def test_with_a_hold_a_repetition_holds_once_and_a_stopping_gateway_sends_askers_elsewhere(
    exchange: Exchange,
) -> None:
    speaks(at_loopback(exchange), enum_hold=True)
    async with listening(exchange) as (gateway, phone):
        for _ in range(2):
            phone.send(asked())
        assert len(decode_reply(await phone.hear()).answers) == 2
        assert len(exchange.shards[0].partners[PartnerId("orbita")].holds) == 1
        assert exchange.node.counts["enum.repeated"] + exchange.node.counts["enum.repeated-in-work"] == 1
        await gateway.finish(1)
        while not phone.heard.empty():
            await phone.hear()
        assert (await told(phone, "7" + UK[1:], id=9)).rcode == Rcode.SERVFAIL


async def test_with_a_hold_who_comes_again_by_tcp_or_another_port_holds_once(exchange: Exchange) -> None:
    speaks(at_loopback(exchange), enum_hold=True)
    async with listening(exchange) as (gateway, phone):
        first = await told(phone)
        other = await Phone.at(gateway._transport)
        assert uris(await told(other, id=8)) == uris(first)
        other.hang_up()
        reader, writer = await asyncio.open_connection(*gateway.address)
        writer.write(len(asked(id=9)).to_bytes(2) + asked(id=9))
        size = int.from_bytes(await reader.readexactly(2))
        assert uris(decode_reply(await reader.readexactly(size))) == uris(first)
        writer.close()
        assert len(exchange.shards[0].partners[PartnerId("orbita")].holds) == 1
        assert exchange.node.counts["asked"] == 1


async def test_with_a_hold_a_client_without_credit_is_refused(exchange: Exchange) -> None:
    speaks(at_loopback(exchange, credit_limit=0), enum_hold=True, enum_refused=EnumRefusal.REFUSED)
    async with listening(exchange) as (_, phone):
        assert (await told(phone)).rcode == Rcode.REFUSED
        assert exchange.node.counts["refused.no-credit"] == 1


async def test_a_fault_of_ours_is_servfail_and_the_next_question_is_decided(known: Exchange) -> None:
    async with listening(known) as (gateway, phone):
        decide, known.node.decide = known.node.decide, None  # type: ignore[method-assign,assignment]
        assert (await told(phone)).rcode == Rcode.SERVFAIL
        known.node.decide = decide  # type: ignore[method-assign]
        assert len((await told(phone)).answers) == 2
        assert known.node.counts["enum.fault"] == gateway.state().errors == 1


async def test_the_tag_in_the_name_and_the_source_uri_choose_the_trunk(exchange: Exchange) -> None:
    trunks = [incoming(host="127.0.0.1"), incoming("by-name", host="", name="custA")]
    seen = at_loopback(exchange).node.world
    assert seen is not None
    directory = replace(seen.index.directory, trunks=seen.index.directory.trunks | {its.id: its for its in trunks})
    exchange.node.enter(replace(seen, index=DirectoryIndex(directory)))
    speaks(exchange)
    async with listening(exchange) as (_, phone):
        await told(phone)
        await told(phone, UK.replace("e164.arpa", "CustA.e164.example"), id=2)
        await told(phone, id=3, edns=Edns(1232, options=((4, b"sip:12025550100@custa"),)))
    found = [line[0] for line in exchange.written(b"")]  # type: ignore[arg-type]  # none has a call key
    assert ["by-name" in line for line in found] == [False, True, True]
    assert "12025550100" in found[2]


async def test_forms_of_the_uri_follow_the_recipe(exchange: Exchange) -> None:
    seen = at_loopback(exchange).node.world
    assert seen is not None
    directory = seen.index.directory
    tech = outgoing("kestrel", "7001")
    exchange.node.enter(
        replace(seen, index=DirectoryIndex(replace(directory, trunks=directory.trunks | {tech.id: tech})))
    )
    speaks(exchange, enum_form=EnumForm.BACKREFERENCE, enum_plus=True)
    async with listening(exchange) as (_, phone):
        assert uris(await told(phone)) == [
            r"!^\+(.*)$!sip:7001\1@kestrel.example:5060;sbm=kestrel-out.1!",
            r"!^(.*)$!sip:\1@bluewire.example:5060;sbm=bluewire-out.2!",
        ]


async def test_an_address_that_is_taken_is_told(known: Exchange) -> None:
    async with listening(known) as (gateway, _):
        with pytest.raises(InputError, match="cannot listen"):
            await EnumGateway.listen(known.node, *gateway.address, SETTINGS)
