"""RADIUS credentials over a real socket: whose call it is, by whose password, and what is asked again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import md5
from typing import Any

import pytest

from actors.gateways.radius import RadiusGateway
from domain.attribution import DirectoryIndex
from domain.directory import Recipe, TrunkOptions
from domain.ids import PartnerId
from domain.recipe import Authenticate
from domain.wire.digest import response
from domain.wire.radius_attributes import Values
from domain.wire.radius_credentials import digest_attribute
from domain.wire.radius_dictionaries import ACCESS
from domain.wire.radius_packet import Attribute, Code, RadiusPacket, decode, encode_request
from tests.actors.exchange import Exchange, at_loopback
from tests.actors.gateways.phone import Phone
from tests.actors.gateways.test_radius import QUESTION, until
from tests.domain.wire.radius_bytes import RANDOM, SECRET, attributes, hide_password
from tests.domain.worlds import SWITCH, incoming

OPTIONS = TrunkOptions(auth_user="roamer", auth_password="pa55")


def answers_as(exchange: Exchange, recipe: Recipe, *, trunk: bool = True) -> None:
    """Give the switch a recipe and its secret; the trunk of orbita is known by credentials alone."""
    world = exchange.node.world
    assert world is not None
    directory = world.index.directory
    switch = replace(directory.switches[SWITCH], secret=SECRET.decode(), recipe=recipe)
    trunks = dict(directory.trunks)
    if trunk:
        its = incoming(host="", options=OPTIONS)
        trunks[its.id] = its
    index = DirectoryIndex(replace(directory, switches={SWITCH: switch}, trunks=trunks))
    exchange.node.enter(replace(world, index=index))


@pytest.fixture
async def auth(exchange: Exchange) -> AsyncIterator[Phone]:
    at_loopback(exchange)
    answers_as(exchange, Recipe("generic"))
    gateway = await RadiusGateway.listen(exchange.node, "127.0.0.1", 0, accounting=False)
    phone = await Phone.at(gateway._transport)
    yield phone
    phone.hang_up()
    gateway.close()


class Asks:
    """A switch that asks with credentials; identifiers differ, so that nothing is a retransmission."""

    def __init__(self, phone: Phone) -> None:
        self.phone, self.number = phone, 0

    def send(self, *more: Attribute, user: str = "roamer", prove: bool = True) -> None:
        self.number += 1
        named = [*attributes(*QUESTION, ("User-Name", user)), *more]
        data = encode_request(Code.ACCESS_REQUEST, self.number, named, SECRET, authenticator=RANDOM, prove=prove)
        self.phone.send(data)

    async def __call__(self, *more: Attribute, **how: Any) -> RadiusPacket:
        self.send(*more, **how)
        return decode(await self.phone.hear())


def pap(password: bytes) -> Attribute:
    return Attribute(0, 2, hide_password(password, SECRET, RANDOM))


def chap(password: bytes) -> Attribute:
    return Attribute(0, 3, b"\x01" + md5(b"\x01" + password + RANDOM).digest())


def digest(nonce: str, password: str = "pa55", count: str = "00000001") -> list[Attribute]:
    uri = "sip:447911123456@sw.example"
    proof = response(
        "roamer", "switchboard", password,
        nonce=nonce, method="INVITE", uri=uri, qop="auth", nonce_count=count, cnonce="c",
    )  # fmt: skip
    said = {
        "Digest-Response": proof, "Digest-Realm": "switchboard", "Digest-Nonce": nonce, "Digest-Method": "INVITE",
        "Digest-URI": uri, "Digest-Qop": "auth", "Digest-CNonce": "c", "Digest-Nonce-Count": count,
        "Digest-Username": "roamer",
    }  # fmt: skip
    return [digest_attribute(name, value) for name, value in said.items()]


def values(packet: RadiusPacket) -> Values:
    return Values(packet.attributes, ACCESS)


async def test_a_right_password_is_the_trunks_and_a_wrong_one_is_told_as_such(exchange: Exchange, auth: Phone) -> None:
    ask = Asks(auth)
    assert (await ask(pap(b"pa55"))).code is Code.ACCESS_ACCEPT
    wrong = await ask(pap(b"pa56"))
    assert (wrong.code, values(wrong).text("h323-return-code")) == (Code.ACCESS_REJECT, "2")
    assert exchange.node.counts["refused.bad-credentials"] == 1


async def test_a_closed_trunks_user_needs_its_password_still_and_is_accepted_by_no_other_trunk(
    exchange: Exchange, auth: Phone
) -> None:
    world = exchange.node.world
    assert world is not None
    closed = incoming("roaming", host="", options=OPTIONS, enabled=False)
    other = incoming(host="127.0.0.1")
    directory = replace(
        world.index.directory, trunks=world.index.directory.trunks | {its.id: its for its in (closed, other)}
    )
    exchange.node.enter(replace(world, index=DirectoryIndex(directory)))
    ask = Asks(auth)
    for password, code in ((b"wrong", "2"), (b"pa55", "7")):
        refused = await ask(pap(password))
        assert (refused.code, values(refused).text("h323-return-code")) == (Code.ACCESS_REJECT, code)
    assert exchange.node.counts["refused.trunk-closed"] == 1
    assert (await ask(pap(b"cisco"), user="192.0.2.77")).code is Code.ACCESS_ACCEPT


async def test_chap_proves_the_packet_too_and_a_wrong_one_is_dropped(exchange: Exchange, auth: Phone) -> None:
    ask = Asks(auth)
    ask.send(chap(b"pa56"), prove=False)
    await until(exchange, "radius.auth.unproved")
    assert (await ask(chap(b"pa55"), prove=False)).code is Code.ACCESS_ACCEPT


async def test_a_digest_is_challenged_proved_answered_and_used_once(exchange: Exchange, auth: Phone) -> None:
    ask = Asks(auth)
    challenge = await ask(digest_attribute("Digest-Method", "INVITE"))
    assert challenge.code is Code.ACCESS_CHALLENGE
    assert challenge.proof_at == 22
    nonce = values(challenge).text("Digest-Nonce")
    accept = await ask(*digest(nonce))
    assert accept.code is Code.ACCESS_ACCEPT
    assert len(values(accept).text("Digest-Response-Auth")) == 32
    again = await ask(*digest(nonce))
    assert (again.code, values(again).text("Digest-Stale")) == (Code.ACCESS_CHALLENGE, "true")
    assert (await ask(*digest(nonce, count="00000002"))).code is Code.ACCESS_ACCEPT
    assert (await ask(*digest(nonce, "wrong", "00000003"))).code is Code.ACCESS_REJECT


async def test_a_right_digest_over_a_nonce_of_nobody_is_stale_unless_the_switch_makes_nonces(
    exchange: Exchange, auth: Phone
) -> None:
    ask = Asks(auth)
    assert values(await ask(*digest("made-elsewhere"))).text("Digest-Stale") == "true"
    answers_as(exchange, Recipe("generic", own_nonces=False))
    assert (await ask(*digest("made-elsewhere"))).code is Code.ACCESS_ACCEPT


async def test_a_digest_without_a_message_authenticator_is_dropped(exchange: Exchange, auth: Phone) -> None:
    Asks(auth).send(*digest("n"), prove=False)
    await until(exchange, "radius.auth.unproved")


async def test_a_right_digest_over_a_fresh_nonce_of_ours_proves_the_packet_once(
    exchange: Exchange, auth: Phone
) -> None:
    ask = Asks(auth)
    nonce = values(await ask(digest_attribute("Digest-Method", "INVITE"))).text("Digest-Nonce")
    ask.send(*digest(nonce, "wrong"), prove=False)
    await until(exchange, "radius.auth.unproved")
    assert (await ask(*digest(nonce), prove=False)).code is Code.ACCESS_ACCEPT
    held = exchange.shards[0].partners[PartnerId("orbita")].holds
    assert len(held) == 1
    again = await ask(*digest(nonce), prove=False)  # overheard, and sent by another
    assert (again.code, values(again).text("Digest-Stale")) == (Code.ACCESS_CHALLENGE, "true")


@pytest.mark.parametrize("how", [{"own_nonces": False}, {"authenticate": Authenticate.NEVER}])
async def test_an_unsigned_digest_whose_nonce_nobody_uses_up_is_dropped(
    exchange: Exchange, auth: Phone, how: dict[str, Any]
) -> None:
    ask = Asks(auth)
    nonce = values(await ask(digest_attribute("Digest-Method", "INVITE"))).text("Digest-Nonce")
    answers_as(exchange, Recipe("generic", **how))
    ask.send(*digest(nonce), prove=False)
    await until(exchange, "radius.auth.unproved")


async def test_who_is_unknown_goes_by_source_unless_all_must_be_known(exchange: Exchange, auth: Phone) -> None:
    ask = Asks(auth)
    answers_as(exchange, Recipe("generic"), trunk=False)
    at_loopback_trunk = incoming(host="127.0.0.1")
    world = exchange.node.world
    assert world is not None
    directory = replace(
        world.index.directory, trunks=world.index.directory.trunks | {at_loopback_trunk.id: at_loopback_trunk}
    )
    exchange.node.enter(replace(world, index=DirectoryIndex(directory)))
    assert (await ask(pap(b"cisco"), user="192.0.2.77")).code is Code.ACCESS_ACCEPT
    answers_as(exchange, Recipe("generic", authenticate=Authenticate.ALWAYS))
    unknown = await ask(pap(b"cisco"), user="192.0.2.77")
    assert (unknown.code, values(unknown).text("h323-return-code")) == (Code.ACCESS_REJECT, "1")
    assert values(await ask()).text("h323-return-code") == "2"


async def test_a_switch_that_signed_once_must_go_on_where_that_is_wanted(exchange: Exchange, auth: Phone) -> None:
    ask = Asks(auth)
    answers_as(exchange, Recipe("generic", auto_message_authenticator=True))
    assert (await ask(pap(b"pa55"), prove=False)).code is Code.ACCESS_ACCEPT
    assert (await ask(pap(b"pa55"))).code is Code.ACCESS_ACCEPT
    ask.send(pap(b"pa55"), prove=False)
    await until(exchange, "radius.auth.no-message-authenticator")


async def test_an_unsigned_proxy_state_is_dropped_where_that_is_wanted(exchange: Exchange, auth: Phone) -> None:
    ask = Asks(auth)
    state = Attribute(0, 33, b"via")
    echoed = await ask(pap(b"pa55"), state, prove=False)
    assert echoed.first(33) == b"via"
    answers_as(exchange, Recipe("generic", limit_proxy_state=True))
    ask.send(pap(b"pa55"), state, prove=False)
    await until(exchange, "radius.auth.proxy-state-without-message-authenticator")


async def test_the_balance_is_told_where_it_is_wanted(exchange: Exchange, auth: Phone) -> None:
    wanted = ("h323-return-code", "h323-credit-amount", "h323-currency", "h323-billing-model")
    answers_as(exchange, Recipe("generic", answers=wanted))
    accept = values(await Asks(auth)(pap(b"pa55")))
    assert [accept.text(name) for name in wanted] == ["0", "100.00", "USD", "0"]
    assert accept.integer("Session-Timeout") is None


async def test_status_is_asked_ten_times_a_second_at_most(exchange: Exchange, auth: Phone) -> None:
    for number in range(25):
        auth.send(encode_request(Code.STATUS_SERVER, number, [], SECRET, authenticator=RANDOM))
    await until(exchange, "radius.auth.status-limit")
    assert decode(await auth.hear()).code is Code.ACCESS_ACCEPT
