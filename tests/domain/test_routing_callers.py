"""Who calls, what was ported and what a target carries: as the trunks say."""

from dataclasses import replace
from typing import Any

import pytest

from domain.attribution import DirectoryIndex
from domain.calls import Door, Leg, Passport, ReportKind, Side, Verdict
from domain.causes import Cause
from domain.charging import charge_end, charge_report
from domain.decisions import Decision, explain
from domain.directory import CallerFrom, Portability, StirPolicy, TrunkOptions
from domain.routing import decide
from domain.world import World
from tests.actors.exchange import told
from tests.domain.builders import NOON, table
from tests.domain.worlds import SWITCH, incoming, outgoing, row, setup, uk_world, world

FIVE = (
    ("p-asserted-identity", "+12025550101"),
    ("remote-party-id", "+12025550102"),
    ("from", "+12025550103"),
    ("diversion", "+12025550104"),
    ("history-info", "+12025550105"),
)


def by(options: TrunkOptions, seen: World | None = None, **fields: Any) -> Decision:
    return decide(setup(**fields), seen or uk_world(trunks=[incoming(options=options)]))


@pytest.mark.parametrize("at", range(5))
def test_the_trunk_says_which_header_names_the_caller(at: int) -> None:
    first = tuple(CallerFrom)[at]
    assert by(TrunkOptions(caller_from=(first, CallerFrom.FROM)), callers=FIVE).a == FIVE[at][1].lstrip("+")


def test_the_next_header_speaks_where_one_is_missing_and_none_is_guessed() -> None:
    order = TrunkOptions(caller_from=(CallerFrom.DIVERSION, CallerFrom.ASSERTED))
    assert by(order, callers=FIVE[:3]).a == "12025550101"
    assert by(order, callers=FIVE[1:3]).a == ""
    assert by(order, caller="+12025550109").a == "12025550109", "who says no more is taken at its word"


def ported(trunk: TrunkOptions, onward: TrunkOptions | None = None) -> World:
    """Numbers of +1202 are cheap, those of +1907, to which one was ported, are dear."""
    sell = table(row("1202", "0.02"), row("1907", "0.20"))
    buy = table(row("1202", "0.01"), row("1907", "0.10"))
    trunks = [incoming(options=trunk), outgoing("kestrel", "77#", options=onward or TrunkOptions())]
    return world(sell, {"kestrel": buy}, trunks=trunks)


ROUTE, HAND_ON = TrunkOptions(portability=Portability.ROUTE), TrunkOptions(portability=Portability.HAND_ON)
NUMBERS: dict[str, Any] = {"called": "12025550100", "routing_number": "19075550000"}
RN: dict[str, Any] = {"called": "+12025550100", "routing_number": "+19075550000", "dipped": True, "carrier": "+16789"}


def test_a_believed_routing_number_routes_and_rates_and_the_number_is_dialled() -> None:
    decision = by(ROUTE, ported(ROUTE), **RN)
    assert decision.sell is not None
    assert (decision.b, decision.routing_number, decision.sell.code) == ("12025550100", "19075550000", "1907")
    (route,) = decision.routes
    assert (route.target.user, route.target.number) == ("77#12025550100", "12025550100")
    assert (route.code, route.target.user_params) == ("1202", ""), "this vendor is not told, and paid as dialled"
    assert "ported: routed and rated by 19075550000, carrier +16789" in explain(decision)


def test_what_is_known_is_handed_on_to_a_vendor_that_wants_it() -> None:
    (route,) = by(ROUTE, ported(ROUTE, HAND_ON), **RN).routes
    assert (route.code, route.target.user_params) == ("1907", "cic=+16789;npdi;rn=+19075550000")


def test_a_partner_that_is_not_believed_is_routed_by_the_number() -> None:
    decision = by(TrunkOptions(), ported(TrunkOptions(), HAND_ON), **RN)
    assert decision.sell is not None
    assert (decision.routing_number, decision.sell.code, decision.dipped) == ("", "1202", False)
    assert decision.routes[0].target.user_params == ""


@pytest.mark.parametrize("called", ["12025550100;npdi;rn=+19075550000", "tel:+12025550100;rn=+19075550000"])
@pytest.mark.parametrize(("options", "code"), [(ROUTE, "1907"), (TrunkOptions(), "1202")])
def test_every_door_and_every_report_agree_on_a_ported_number(called: str, options: TrunkOptions, code: str) -> None:
    seen = ported(options, HAND_ON if options is ROUTE else TrunkOptions())
    decision = by(options, seen, called=called, door=Door.RADIUS)
    assert decision.sell is not None and decision.sell.code == code
    for side, where in ((Side.CLIENT, {}), (Side.VENDOR, {"remote": "kestrel.example"})):
        number = called.replace("+1202", "1202").replace("1202", "77#1202") if side is Side.VENDOR else called
        leg = charge_report(told(ReportKind.STOP, side, called=number, **where), seen)
        assert isinstance(leg, Leg), leg
        assert (leg.b, leg.code) == ("12025550100", code)
    beside = told(ReportKind.STOP, called="12025550100", routing_number="19075550000")
    leg = charge_report(beside, seen)
    assert isinstance(leg, Leg) and leg.code == code


def test_a_leg_keeps_the_routing_number_and_its_bare_end_is_rated_by_it() -> None:
    seen = ported(ROUTE)
    started = charge_report(told(ReportKind.START, **NUMBERS), seen)
    assert isinstance(started, Leg) and started.routing_number == "19075550000"
    ended = charge_end(told(ReportKind.STOP, disconnect_ms=NOON + 60_000), started, seen)
    assert isinstance(ended, Leg) and (ended.code, ended.routing_number) == ("1907", "19075550000")
    plain = charge_report(told(ReportKind.STOP, called="12025550100"), seen)
    assert isinstance(plain, Leg) and plain.routing_number == ""


@pytest.mark.parametrize(
    "called", ["777#", "#", "%23", "12025550100%", "abc", ";rn=", "sip:@", "tel:", "1;npdi;npdi", "\0"]
)
def test_odd_numbers_are_refused_and_never_raise(called: str) -> None:
    for door in Door:
        assert by(ROUTE, ported(ROUTE), called=called, door=door).refusal is not None or "1202" in called


def test_a_tech_prefix_with_a_hash_is_known_escaped_or_not() -> None:
    seen = uk_world(trunks=[incoming(), incoming("hashed", tech="777#")])
    for called in ("777#447911123456", "777%23447911123456", "sip:777%23447911123456@h"):
        assert by(TrunkOptions(), seen, called=called, door=Door.RADIUS).trunk == "hashed"


def test_a_target_names_its_transport_and_its_trunk_group() -> None:
    options = TrunkOptions(transport="tls", context="us example", portability=Portability.HAND_ON)
    out = outgoing("kestrel", name="tg 1", options=options)
    seen = uk_world(trunks=[incoming(options=ROUTE), out])
    target = next(route.target for route in by(ROUTE, seen, dipped=True).routes if route.vendor == "kestrel")
    assert (target.transport, target.user_params) == ("tls", "npdi;tgrp=tg%201;trunk-context=us%20example")


def test_a_proved_user_wins_over_every_source() -> None:
    known = TrunkOptions(auth_user="roamer", auth_password="pw")
    seen = uk_world(trunks=[incoming(), incoming("roaming", host="", switch=SWITCH, options=known)])
    assert by(TrunkOptions(), seen, user="roamer").trunk == "roaming"
    assert by(TrunkOptions(), seen).trunk == "orbita-in"
    assert by(TrunkOptions(), seen, source="203.0.113.9").refusal is Cause.UNKNOWN_TRUNK
    nobody = by(TrunkOptions(), seen, user="nobody")
    assert (nobody.refusal, "user nobody" in nobody.detail) == (Cause.UNKNOWN_TRUNK, True)


def test_a_closed_trunks_user_is_refused_as_closed_and_goes_by_no_other_trunk() -> None:
    known = TrunkOptions(auth_user="roamer", auth_password="pw")
    closed = incoming("roaming", host="", switch=SWITCH, options=known, enabled=False)
    seen = uk_world(trunks=[incoming(), closed])
    assert seen.index.trunk_of_user("roamer") == closed
    assert seen.index.asks_credentials(SWITCH)
    refused = by(TrunkOptions(), seen, user="roamer")
    assert (refused.refusal, refused.trunk, refused.client) == (Cause.TRUNK_CLOSED, "roaming", "orbita")


def test_a_leg_is_attributed_by_the_user_that_its_switch_reports() -> None:
    ways = [
        incoming(name, host="", switch=SWITCH, options=TrunkOptions(auth_user=name, auth_password="pw"))
        for name in ("one", "two")
    ]
    index = DirectoryIndex(uk_world(trunks=[replace(incoming(), enabled=False), *ways]).index.directory)
    found = index.reported_trunk(SWITCH, ("203.0.113.9",), "447911123456", user="two")
    assert found is not None and found.id == "two"
    assert index.reported_trunk(SWITCH, ("203.0.113.9",), "447911123456", user="somebody") is None


def identity(attest: str = "A", verdict: Verdict = Verdict.VALID) -> Passport:
    return Passport(verdict, attest, "12025550100", ("447911123456",))


def test_the_attestation_is_kept_explained_and_asked_for() -> None:
    asks = TrunkOptions(stir=StirPolicy.REQUIRE_A)
    proved = by(asks, passports=(identity(),))
    assert (proved.refusal, proved.attestation) == (None, "A")
    assert "identity: A" in explain(proved)
    low = by(asks, passports=(identity("C"),))
    assert (low.refusal, low.attestation) == (Cause.STIR_TOO_LOW, "C")
    assert by(asks).refusal is Cause.STIR_MISSING
    assert (by(TrunkOptions()).refusal, by(TrunkOptions()).attestation) == (None, "")
    assert by(TrunkOptions(), passports=(identity("B", Verdict.STALE),)).attestation == "B stale"


def test_an_identity_is_about_the_numbers_after_the_trunks_rules() -> None:
    seen = uk_world(trunks=[incoming(tech="777#", options=TrunkOptions(stir=StirPolicy.REQUIRE))])
    callers = (("from", "+1 (202) 555-0100"),)
    assert by(TrunkOptions(), seen, called="777#00447911123456", callers=callers, passports=(identity(),)).routes
