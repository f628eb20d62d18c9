"""Who calls over SIP, on real sockets: credentials, identities, callers, and the answers that a trunk wants."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.gateways.sip import SipGateway
from actors.identities import Identities
from domain.attribution import DirectoryIndex
from domain.causes import Cause
from domain.directory import AnswerRule, CallerFrom, Portability, StirPolicy, Trunk, TrunkOptions
from domain.guard import SourceGuard
from domain.money import units_of
from domain.recipes import RECIPES
from domain.settings import GuardSettings, SipSettings
from domain.wire.digest import challenge, parse_credentials, response
from domain.wire.digest_nonces import Nonces
from domain.wire.sip_message import SipResponse, parse
from domain.world import World
from tests.actors.exchange import Exchange
from tests.actors.gateways.phone import Phone
from tests.domain.builders import NOON
from tests.domain.wire.identity_headers import Signer
from tests.domain.wire.sip_bytes import request_bytes
from tests.domain.worlds import SWITCH, client, incoming, outgoing, uk_world

URI = "sip:447911123456@198.51.100.1"
ROAMER = TrunkOptions(auth_user="roamer", auth_password="pass word")


def at(trunk: Trunk, address: str = "127.0.0.1", recipe: str = "sip302", **fields: Any) -> World:
    """The UK scene, with a switch at an address and one incoming trunk."""
    partner = client(credit_limit=units_of("100"))
    seen = uk_world(partners=[partner], trunks=[replace(incoming(), enabled=False), trunk], **fields)
    directory = seen.index.directory
    switch = replace(directory.switches[SWITCH], address=address, recipe=RECIPES[recipe])
    return replace(seen, index=DirectoryIndex(replace(directory, switches={SWITCH: switch})))


def with_trunks(seen: World, *trunks: Trunk) -> World:
    directory = seen.index.directory
    ways = directory.trunks | {trunk.id: trunk for trunk in trunks}
    return replace(seen, index=DirectoryIndex(replace(directory, trunks=ways)))


class Line:
    """A phone, and the gateway that it talks to."""

    def __init__(self, exchange: Exchange, gateway: SipGateway, phone: Phone) -> None:
        self.exchange, self.gateway, self.phone = exchange, gateway, phone
        self._calls = 0

    async def call(self, uri: str = URI, more: tuple[str, ...] = (), **parts: Any) -> SipResponse:
        self._calls += 1
        call_id = parts.pop("call_id", f"call-{self._calls}")
        branch = f"z9hG4bK-{self._calls}"
        self.phone.send(request_bytes(uri=uri, call_id=call_id, branch=branch, more=more, **parts))
        while True:
            message = parse(await self.phone.hear())
            assert isinstance(message, SipResponse)
            if branch in message.header("via"):
                return message

    async def another(self) -> "Line":
        """Return a line to another listener of the same node."""
        gateway = await SipGateway.listen(self.exchange.node, "127.0.0.1", 0, b"secret", SipSettings(), nonces=NONCES)
        return Line(self.exchange, gateway, await Phone.at(gateway.address))

    def decided(self) -> str:
        """Return what the last decision says in words."""
        self.exchange.node.log.flush()
        return max(self.exchange.folder.glob("*.jsonl")).read_text().splitlines()[-1]


Opens = Any
NONCES = Nonces(b"secret", lives_s=300)


@pytest.fixture
async def opens(exchange: Exchange) -> AsyncIterator[Opens]:
    lines: list[Line] = []

    async def line(seen: World, **guard: Any) -> Line:
        node = exchange.opens(seen=seen).node
        node.guard = SourceGuard(GuardSettings(**({"answers_per_s": 1000} | guard)))
        node.enter(seen)
        gateway = await SipGateway.listen(node, "127.0.0.1", 0, b"secret", SipSettings(), nonces=NONCES)
        lines.append(Line(exchange, gateway, await Phone.at(gateway.address)))
        return lines[-1]

    yield line
    for one in lines:
        one.phone.hang_up()
        one.gateway.close()


def roaming() -> World:
    return at(incoming("roaming", host="", switch=SWITCH, options=ROAMER), address="")


def proof(asked: SipResponse, password: str = "pass word", algorithm: str = "SHA-256", **parts: Any) -> str:
    """Return the Authorization that answers a challenge."""
    value = next(one for one in asked.headers["www-authenticate"] if f"algorithm={algorithm}" in one)
    given = parse_credentials(value + ', username="roamer", uri="x", response="x"')
    said = {"nonce": given.nonce, "uri": URI, "qop": "auth", "nonce_count": "00000001", "cnonce": "c"} | parts
    proved = response("roamer", given.realm, password, method="INVITE", algorithm=algorithm, **said)
    counted = f', qop=auth, nc={said["nonce_count"]}, cnonce="c"' if said["qop"] else ""
    who = f'username="roamer", realm="{given.realm}", nonce="{said["nonce"]}", uri="{said["uri"]}"'
    return f'Authorization: Digest {who}, response="{proved}", algorithm={algorithm}{counted}'


async def test_a_stranger_proves_itself_by_the_credentials_of_a_trunk(opens: Opens) -> None:
    line = await opens(roaming())
    asked = await line.call()
    assert asked.status == 401
    assert [("SHA-256" in one, "MD5" in one) for one in asked.headers["www-authenticate"]] == [
        (True, False),
        (False, True),
    ]
    assert len(line.gateway._layer) == 0, "a challenge is not remembered"
    for count, algorithm in enumerate(("SHA-256", "MD5"), 1):
        known = await line.call(more=(proof(asked, algorithm=algorithm, nonce_count=f"{count:08x}"),), cseq=1 + count)
        assert known.status == 302
        assert "roaming" in line.decided()
    plain = await line.call()
    without_qop = await line.call(more=(proof(plain, qop="", nonce_count="", cnonce=""),))
    assert without_qop.status == 302


async def test_a_proof_counts_once_at_all_listeners_of_a_node(opens: Opens) -> None:
    one: Line = await opens(roaming())
    two = await one.another()
    header = proof(await one.call())
    assert (await one.call(more=(header,))).status == 302
    again = await two.call(more=(header,))
    assert again.status == 401
    assert "stale=true" in again.header("www-authenticate")
    assert (await two.call(more=(proof(again),))).status == 302
    two.phone.hang_up()
    two.gateway.close()


async def test_a_used_proof_is_challenged_anew_and_one_for_another_number_is_refused(opens: Opens) -> None:
    line = await opens(roaming())
    header = proof(await line.call())
    assert (await line.call(more=(header,))).status == 302
    again = await line.call(more=(header,))
    assert (again.status, "stale=true" in again.header("www-authenticate")) == (401, True)
    assert (await line.call(more=(proof(again),))).status == 302
    elsewhere = await line.call("sip:254700000000@198.51.100.1", more=(proof(await line.call()),))
    assert elsewhere.status == 403
    ours = await line.call(more=(proof(await line.call(), uri="sip:127.0.0.1:5060"),))
    assert ours.status == 302, "some clients name our address alone"


async def test_wrong_credentials_are_refused_counted_and_banned(opens: Opens) -> None:
    line = await opens(roaming(), ban_after=30)
    refused = await line.call(more=(proof(await line.call(), "guessed"),))
    assert refused.status == 403
    assert line.exchange.node.counts[f"refused.{Cause.BAD_CREDENTIALS}"] == 1
    assert not line.exchange.node.guard.is_banned("127.0.0.1", 0)
    for _ in range(2):
        await line.call(more=(proof(await line.call(), "guessed"),))
    (ban,) = line.exchange.node.guard.bans(0)
    assert ban.source == "127.0.0.1"


@pytest.mark.parametrize(
    "value",
    [
        "Basic abc",
        "Digest nonsense",
        challenge("switchboard", "0" * 56, "MD5") + ', username="roamer", uri="x", response="x"',
        challenge("elsewhere", "n", "MD5") + ', username="roamer", uri="x", response="x"',
    ],
)
async def test_what_is_no_answer_to_our_challenge_is_challenged(opens: Opens, value: str) -> None:
    line = await opens(roaming())
    asked = await line.call(more=(f"Authorization: {value}",))
    assert (asked.status, "stale" in asked.header("www-authenticate")) == (401, False)


async def test_a_known_switch_is_asked_only_where_no_trunk_fits_its_source(opens: Opens) -> None:
    by_prefix = incoming("77", host="127.0.0.1", tech="77")
    line = await opens(with_trunks(at(by_prefix), incoming("roaming", host="", switch=SWITCH, options=ROAMER)))
    assert (await line.call("sip:77447911123456@198.51.100.1")).status == 302
    asked = await line.call()
    assert asked.status == 401
    assert (await line.call(more=(proof(asked),))).status == 302
    assert "roaming" in line.decided()


async def test_a_closed_trunk_is_answered_as_such_by_its_source_and_by_its_credentials(opens: Opens) -> None:
    closed = incoming("77", host="127.0.0.1", tech="77", enabled=False)
    line = await opens(with_trunks(at(closed), incoming("plain", host="127.0.0.1")))
    refused = await line.call("sip:77447911123456@198.51.100.1")
    assert (refused.status, refused.reason, refused.header("reason")) == (403, "Trunk closed", "Q.850;cause=21")
    assert (await line.call()).status == 302
    line.exchange.node.enter(at(incoming("off", host="", switch=SWITCH, options=ROAMER, enabled=False), address=""))
    wrong = await line.call(more=(proof(await line.call(), "guessed"),))
    assert (wrong.status, wrong.reason) == (403, "Forbidden")
    proved = await line.call(more=(proof(await line.call()),))
    assert (proved.status, proved.reason) == (403, "Trunk closed")


async def test_credentials_of_a_switch_with_an_address_are_good_from_there_alone(opens: Opens) -> None:
    known = incoming("roaming", host="", switch=SWITCH, options=ROAMER)
    line = await opens(at(known, address="192.0.2.55"), ban_after=20)
    stolen = await line.call(more=(proof(await line.call()),))
    assert (stolen.status, stolen.reason) == (403, "Forbidden")
    assert line.exchange.node.counts[f"refused.{Cause.BAD_CREDENTIALS}"] == 1
    await line.call(more=(proof(await line.call()),))
    assert [ban.source for ban in line.exchange.node.guard.bans(0)] == ["127.0.0.1"], "who tries is suspected"
    line.exchange.node.enter(at(known, address="127.0.0.1"))
    assert (await line.call(more=(proof(await line.call()),))).status == 302


async def test_strangers_are_refused_where_no_trunk_has_credentials(opens: Opens) -> None:
    line = await opens(at(incoming(), address="192.0.2.55"))
    assert (await line.call()).status == 403


async def test_the_trunk_says_which_header_is_the_caller(opens: Opens) -> None:
    options = TrunkOptions(caller_from=(CallerFrom.DIVERSION, CallerFrom.FROM))
    line = await opens(at(incoming("here", host="127.0.0.1", options=options)))
    await line.call(more=("Diversion: <tel:+1-202-555-0142>;reason=unconditional", "P-Asserted-Identity: <tel:+1999>"))
    assert "12025550142 to 447911123456" in line.decided()
    await line.call(caller='"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1')
    assert "no caller to 447911123456" in line.decided()


async def test_a_refusal_takes_the_form_that_the_trunk_wants(opens: Opens) -> None:
    rules = (AnswerRule(Cause.NO_RATE, 480, "Elsewhere", 34),)
    line = await opens(at(incoming("here", host="127.0.0.1", options=TrunkOptions(answers=rules))))
    refused = await line.call("sip:861012345678@198.51.100.1")
    assert (refused.status, refused.reason, refused.header("reason")) == (480, "Elsewhere", "Q.850;cause=34")
    short = await line.call("sip:123@198.51.100.1")
    assert (short.status, short.header("reason")) == (484, "Q.850;cause=28")


async def test_identities_are_verified_and_policies_answer_by_rfc_8224(opens: Opens, tmp_path: Path) -> None:
    signer, folder = Signer(), tmp_path / "stir"
    folder.mkdir()
    options = TrunkOptions(stir=StirPolicy.REQUIRE_AB)
    line = await opens(at(incoming("here", host="127.0.0.1", options=options)))
    identities = Identities(folder, 60)
    await identities.refresh()
    line.exchange.node.verify_identities = identities.verify
    iat = NOON // 1000

    async def status(**claims: Any) -> int:
        said: dict[str, Any] = {"orig": {"tn": "442071234567"}, "iat": iat} | claims
        answered: SipResponse = await line.call(more=(f"Identity: {signer.identity(**said)}",))
        return answered.status

    assert (await line.call()).status == 428
    assert await status() == 436
    (folder / "passport.pem").write_bytes(signer.pem())
    await identities.refresh()
    assert await status() == 302
    assert '"identity: A"' in line.decided()
    assert await status(attest="C") == 403
    assert await status(iat=iat - 120) == 403
    assert '"identity: A stale"' in line.decided()
    assert await status(orig={"tn": "442071234568"}) == 438
    head = {"alg": "RS256", "ppt": "shaken", "typ": "passport", "x5u": "https://certs.example.org/passport.pem"}
    assert await status(header=head) == 437
    compact = await line.call(more=("y: broken",))
    assert (compact.status, compact.reason) == (438, "Invalid Identity Header")


async def test_a_ported_number_goes_on_with_its_routing_number(opens: Opens) -> None:
    seen = at(incoming("here", host="127.0.0.1", options=TrunkOptions(portability=Portability.ROUTE)))
    options = TrunkOptions(portability=Portability.HAND_ON, transport="tcp")
    line = await opens(with_trunks(seen, outgoing("kestrel", "77#", options=options)))
    moved = await line.call("sip:+447700900100;npdi;rn=+447911123456@198.51.100.1;user=phone")
    assert moved.status == 302
    wanted = (
        "<sip:77%23447700900100;npdi;rn=+447911123456@kestrel.example:5060;user=phone;transport=tcp;sbm=kestrel-out."
    )
    assert wanted in moved.header("contact")
    assert "<sip:447700900100@bluewire.example:5060;user=phone;sbm=bluewire-out." in moved.header("contact")


async def test_an_ss7_gateway_hears_the_same_order_as_redirection_numbers(opens: Opens) -> None:
    vendors = outgoing("kestrel", "77#"), outgoing("bluewire", "88#")
    worlds = [with_trunks(at(incoming("here", host="127.0.0.1"), recipe=name), *vendors) for name in ("sip302", "ss7")]
    line, lists = await opens(worlds[0]), []
    for seen in worlds:
        line.exchange.node.enter(seen)
        moved = await line.call()
        lists.append([one.partition("sip:")[2].partition("@")[0] for one in moved.header("contact").split(", ")])
    assert lists[0] == lists[1]
    assert sorted(lists[0]) == ["77%23447911123456", "88%23447911123456"]
    assert "@127.0.0.1;user=phone>" in moved.header("contact")
    assert moved.header("reason") == "Q.850;cause=23"
