"""RADIUS over a real socket: what is asked and reported, what is dropped, what trouble of ours does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from actors.gateways.radius import RadiusGateway
from domain.attribution import DirectoryIndex
from domain.commands import Command, Reply
from domain.ids import PartnerId
from domain.recipes import recipe_named
from domain.wire.radius_packet import Code, decode, encode_request
from tests.actors.exchange import Exchange, at_loopback
from tests.actors.gateways.phone import Phone
from tests.domain.wire.radius_bytes import RANDOM, SECRET, Named, attributes, hide_password
from tests.domain.worlds import SWITCH

CONF_ID = "3C5AE1B6 9D2F11E4 80BD0050 56A1B2C3"
QUESTION: tuple[Named, ...] = (
    ("Calling-Station-Id", "12025550100"),
    ("Called-Station-Id", "447911123456"),
    ("h323-conf-id", f"h323-conf-id={CONF_ID}"),
)


@pytest.fixture
def known(exchange: Exchange) -> Exchange:
    """The exchange knows its switch by the secret of these packets."""
    world = at_loopback(exchange).node.world
    assert world is not None
    directory = world.index.directory
    switch = replace(directory.switches[SWITCH], secret=SECRET.decode())
    exchange.node.enter(replace(world, index=DirectoryIndex(replace(directory, switches={SWITCH: switch}))))
    return exchange


@pytest.fixture
async def auth(known: Exchange) -> AsyncIterator[Phone]:
    gateway = await RadiusGateway.listen(known.node, "127.0.0.1", 0, accounting=False)
    phone = await Phone.at(gateway._transport)
    yield phone
    phone.hang_up()
    gateway.close()


@pytest.fixture
async def acct(known: Exchange) -> AsyncIterator[Phone]:
    gateway = await RadiusGateway.listen(known.node, "127.0.0.1", 0, accounting=True)
    phone = await Phone.at(gateway._transport)
    yield phone
    phone.hang_up()
    gateway.close()


def question(*more: Named, prove: bool = True, identifier: int = 7) -> bytes:
    named = attributes(*QUESTION, *more)
    return encode_request(Code.ACCESS_REQUEST, identifier, named, SECRET, authenticator=RANDOM, prove=prove)


async def until(exchange: Exchange, what: str) -> None:
    """Wait until something was counted."""
    async with asyncio.timeout(10):
        while not exchange.node.counts[what]:  # noqa: ASYNC110  # a counter has no event to wait for
            await asyncio.sleep(0.01)


async def test_a_fault_of_ours_leaves_the_packet_to_come_again(known: Exchange, auth: Phone) -> None:
    def fault(_: Sequence[Command]) -> Sequence[Reply]:
        raise KeyError("odd")

    turn, known.books[0].turn = known.books[0].turn, fault
    auth.send(question())
    await until(known, "radius.auth.fault")
    known.books[0].turn = turn
    auth.send(question())
    assert decode(await auth.hear()).code is Code.ACCESS_ACCEPT
    assert len(known.shards[0].partners[PartnerId("orbita")].holds) == 1


async def test_an_accounting_on_that_comes_late_releases_nothing_that_was_held_since(
    known: Exchange, auth: Phone, acct: Phone
) -> None:
    auth.send(question())
    await auth.hear()
    left = []
    for number, delay_s in enumerate((5, 0)):
        named = attributes(("Acct-Status-Type", 7), ("Acct-Delay-Time", delay_s))
        acct.send(encode_request(Code.ACCOUNTING_REQUEST, number, named, SECRET, prove=False))
        assert decode(await acct.hear()).code is Code.ACCOUNTING_RESPONSE
        left.append(len(known.shards[0].partners[PartnerId("orbita")].holds))
    assert left == [1, 0]


async def test_a_question_that_nothing_proves_takes_no_hold_and_is_counted(known: Exchange, auth: Phone) -> None:
    auth.send(question(prove=False))
    await until(known, "radius.auth.unproved")
    assert not known.shards[0].partners
    auth.send(question(("User-Password", hide_password(b"cisco", SECRET, RANDOM)), prove=False))
    assert decode(await auth.hear()).code is Code.ACCESS_ACCEPT


RECORD: tuple[Named, ...] = (
    *QUESTION,
    ("Acct-Status-Type", 1),
    ("Acct-Session-Id", "0000001A"),
    ("h323-call-origin", "answer"),
)


@pytest.mark.parametrize("accounting", [False, True])
async def test_a_gateway_that_is_stopped_answers_what_is_in_work_and_drops_the_rest(
    known: Exchange, accounting: bool
) -> None:
    """What is dropped is sent again, to the node that comes after."""
    gateway = await RadiusGateway.listen(known.node, "127.0.0.1", 0, accounting=accounting)
    phone = await Phone.at(gateway._transport)
    record = encode_request(Code.ACCOUNTING_REQUEST, 8, attributes(*RECORD), SECRET, prove=False)
    gateway.datagram_received(record if accounting else question(), phone.address)
    assert gateway.state().in_work == 1
    await gateway.finish(10)
    assert gateway.state().in_work == 0
    assert decode(await phone.hear()).code is (Code.ACCOUNTING_RESPONSE if accounting else Code.ACCESS_ACCEPT)
    other = encode_request(Code.ACCOUNTING_REQUEST, 9, attributes(*RECORD), SECRET, prove=False)
    phone.send(other if accounting else question(identifier=9))
    await until(known, f"radius.{'acct' if accounting else 'auth'}.overload")
    gateway.close()
    assert phone.heard.empty()
    phone.hang_up()


async def test_a_switch_without_a_secret_proves_nothing_by_the_empty_one(
    known: Exchange, auth: Phone, acct: Phone
) -> None:
    world = known.node.world
    assert world is not None
    directory = world.index.directory
    unkeyed = replace(directory.switches[SWITCH], secret="")
    known.node.enter(replace(world, index=DirectoryIndex(replace(directory, switches={SWITCH: unkeyed}))))
    named = attributes(*RECORD)
    acct.send(encode_request(Code.ACCOUNTING_REQUEST, 8, named, b"", prove=False))
    await until(known, "radius.acct.no-secret")
    asked = attributes(*QUESTION, ("User-Password", hide_password(b"cisco", b"", RANDOM)))
    for number, prove in enumerate((True, False)):
        auth.send(encode_request(Code.ACCESS_REQUEST, number, asked, b"", authenticator=RANDOM, prove=prove))
    async with asyncio.timeout(10):
        while known.node.counts["radius.auth.no-secret"] < 2:  # noqa: ASYNC110  # a counter has no event to wait for
            await asyncio.sleep(0.01)
    assert not known.shards[0].partners
    assert acct.heard.empty() and auth.heard.empty()


async def test_a_record_of_no_leg_is_answered_and_is_no_error(known: Exchange) -> None:
    world = known.node.world
    assert world is not None
    directory = world.index.directory
    inner = replace(directory.switches[SWITCH], recipe=recipe_named("cisco-pstn"))
    known.node.enter(replace(world, index=DirectoryIndex(replace(directory, switches={SWITCH: inner}))))
    gateway = await RadiusGateway.listen(known.node, "127.0.0.1", 0, accounting=True)
    phone = await Phone.at(gateway._transport)
    named = attributes(*RECORD, ("h323-call-type", "VoIP"))
    phone.send(encode_request(Code.ACCOUNTING_REQUEST, 8, named, SECRET, prove=False))
    assert decode(await phone.hear()).code is Code.ACCOUNTING_RESPONSE
    assert (gateway.state().counts["of-no-leg"], gateway.state().errors) == (1, 0)
    phone.hang_up()
    gateway.close()


async def test_a_switch_of_ipv4_is_known_and_answered_at_an_ipv6_listener(known: Exchange) -> None:
    gateway = await RadiusGateway.listen(known.node, "::", 0, accounting=False)
    assert gateway._transport is not None
    phone = await Phone.at(("127.0.0.1", gateway._transport.get_extra_info("sockname")[1]))
    try:
        phone.send(question())
        first = await phone.hear()
        assert decode(first).code is Code.ACCESS_ACCEPT
        phone.send(question())
        assert await phone.hear() == first
        assert gateway.state().address.startswith("udp [::]:")
    finally:
        phone.hang_up()
        gateway.close()
    assert known.node.counts["radius.auth.retransmit"] == 1
