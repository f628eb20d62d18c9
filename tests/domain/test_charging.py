"""Reports become charged legs, or are parked with their cause."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calls import CallReport, Door, Leg, LegState, Parked, Release, ReportKind, Side
from domain.causes import ParkCause
from domain.charging import charge_report, report_from_json, report_to_json
from domain.directory import TrunkOptions
from domain.errors import InputError
from domain.ids import PlanId, SwitchId, TrunkId, call_key
from domain.money import units_of
from domain.rates import Terms
from domain.world import World
from tests.domain.builders import NOON, table
from tests.domain.reports import report, vendor_report
from tests.domain.worlds import (
    DEMO_S,
    EUR,
    SWITCH,
    UK_MOBILE,
    client,
    fx,
    incoming,
    outgoing,
    row,
    uk_world,
    vendor,
    world,
)


def leg(given: CallReport, of: World | None = None) -> Leg:
    got = charge_report(given, of or uk_world())
    assert isinstance(got, Leg), got
    return got


def parked(given: CallReport, of: World | None = None) -> Parked:
    got = charge_report(given, of or uk_world())
    assert isinstance(got, Parked), got
    return got


def test_a_clients_leg_is_charged_by_its_sell_plan() -> None:
    got = leg(report())
    assert (got.partner, got.trunk, got.side, got.state) == ("orbita", "orbita-in", Side.CLIENT, LegState.CLOSED)
    assert (got.code, got.destination, got.billed_s, got.charge) == ("44", UK_MOBILE, 60, units_of("0.0294"))
    assert (got.currency, got.base_charge, got.call_key) == ("USD", got.charge, call_key(SWITCH, b"call-1"))


def test_a_vendors_leg_is_charged_by_the_buy_plan_of_the_trunk_that_was_marked() -> None:
    got = leg(vendor_report(mark="bluewire-out.2", connect_ms=NOON + 53_000, duration_ms=7_000))
    assert (got.partner, got.code, got.billed_s, got.charge) == ("bluewire", "447", 30, units_of("0.0120"))


def test_the_demos_ten_answers_cost_what_the_demo_says() -> None:
    def total(make: Any, **fields: Any) -> int:
        ends = [make(disconnect_ms=NOON + 1000 * s, duration_ms=1000 * s, **fields) for s in DEMO_S]
        return sum(leg(end).charge for end in ends)

    assert total(report) == units_of("0.7350")
    assert total(vendor_report) == units_of("0.6150")
    assert total(vendor_report, mark="bluewire-out.1") == units_of("0.6192")


def test_a_trunks_tech_prefix_is_off_the_number_and_not_off_the_caller() -> None:
    of = uk_world(trunks=[incoming(tech="12"), outgoing("kestrel", tech="88#")])
    got = leg(report(called="12447911123456"), of)
    assert (got.a, got.b) == ("12025550100", "447911123456")
    assert leg(vendor_report(called="88#447911123456"), of).b == "447911123456"
    assert leg(vendor_report(called="447911123456"), of).b == "447911123456"


@pytest.mark.parametrize("kind", [ReportKind.START, ReportKind.INTERIM])
def test_a_leg_that_still_runs_is_open_and_not_charged(kind: ReportKind) -> None:
    got = leg(report(kind=kind, disconnect_ms=None, duration_ms=None))
    assert (got.state, got.charge, got.base_charge, got.billed_s) == (LegState.OPEN, 0, 0, 0)
    assert (got.code, got.price) == ("44", units_of("0.0294"))


def test_all_reports_of_a_leg_have_its_id_and_the_other_leg_has_another() -> None:
    start = leg(report(kind=ReportKind.START, disconnect_ms=None, duration_ms=None))
    assert start.leg_id == leg(report()).leg_id != leg(vendor_report()).leg_id
    assert start.call_key == leg(vendor_report()).call_key


@pytest.mark.parametrize("kind", [ReportKind.STOP, ReportKind.ATTEMPT])
def test_a_failed_attempt_costs_nothing_and_needs_no_rate(kind: ReportKind) -> None:
    failed = {"kind": kind, "connect_ms": None, "duration_ms": 0, "cause": 34}
    got = leg(vendor_report(**failed))
    assert (got.answered, got.state, got.charge, got.cause) == (False, LegState.CLOSED, 0, 34)
    assert leg(vendor_report(called="33612345678", **failed)).code == ""


def test_the_rate_at_connect_time_counts_not_that_of_now() -> None:
    sell = table(row("44", "0.01", valid_until_ms=NOON), row("44", "0.02", valid_from_ms=NOON))
    before = leg(report(connect_ms=NOON - 1, duration_ms=60_000), world(sell, {}))
    assert (before.charge, leg(report(), world(sell, {})).charge) == (units_of("0.01"), units_of("0.02"))


def test_a_charge_is_converted_at_the_rate_of_its_own_time() -> None:
    of = world(table(row("44", "0.2"), currency=EUR), {}, rates=[fx("EUR", "1.10"), fx("EUR", "1.20", NOON + 1)])
    got = leg(report(), of)
    assert (got.currency, got.charge, got.fx, got.base_charge) == (
        "EUR", units_of("0.2"), units_of("1.10"), units_of("0.22"),
    )  # fmt: skip


def test_a_trunk_disabled_and_a_partner_suspended_since_the_call_are_charged_all_the_same() -> None:
    of = uk_world(trunks=[incoming(enabled=False), outgoing("kestrel", enabled=False)])
    assert leg(report(), of).partner == "orbita"
    assert leg(vendor_report(), of).partner == "kestrel"


def test_a_switch_with_a_source_trunk_and_one_with_credentials_has_its_legs_charged_to_each() -> None:
    by_user = incoming("by-user", "comet", host="", options=TrunkOptions(auth_user="alice", auth_password="pw"))
    of = uk_world(partners=[client(), client("comet")], trunks=[incoming(host=""), by_user])
    assert (leg(report(), of).partner, leg(report(user="alice"), of).partner) == ("orbita", "comet")
    assert leg(report(user="192.0.2.77"), of).partner == "orbita"


def test_a_leg_without_a_far_end_is_its_switchs() -> None:
    of = uk_world(trunks=[incoming(host="127.0.0.1")])
    assert leg(report(remote="10.77.0.1"), of).trunk == "orbita-in"


def test_a_number_that_no_destination_has_is_charged_by_its_code() -> None:
    got = leg(report(called="442071234567"))
    assert (got.destination, got.code, got.charge) == (0, "44", units_of("0.0294"))


@pytest.mark.parametrize(
    ("given", "of", "cause"),
    [
        (report(switch=SwitchId("sw9")), uk_world(), ParkCause.NO_SWITCH),
        (report(remote="10.9.9.9"), uk_world(), ParkCause.NO_TRUNK),
        (vendor_report(mark="", remote="10.9.9.9"), uk_world(), ParkCause.NO_VENDOR),
        (vendor_report(mark="gone.1"), uk_world(), ParkCause.NO_VENDOR),
        (report(called="44:791#x"), uk_world(), ParkCause.BAD_NUMBER),
        (report(disconnect_ms=NOON - 1), uk_world(), ParkCause.BAD_TIME),
        (report(called="33612345678"), uk_world(), ParkCause.NO_RATE),
        (report(), uk_world(partners=[client(sell_plan=None)]), ParkCause.NO_PLAN),
        (report(), uk_world(partners=[client(sell_plan=PlanId("x"))]), ParkCause.NO_RATE),
        (vendor_report(), uk_world(partners=[vendor("kestrel", buy_plan=None)]), ParkCause.NO_PLAN),
        (report(), world(table(row("44"), currency=EUR), {}), ParkCause.NO_FX),
    ],
)
def test_what_cannot_be_attributed_or_rated_is_parked_with_its_cause(
    given: CallReport, of: World, cause: ParkCause
) -> None:
    got = parked(given, of)
    assert got.cause is cause
    assert got.detail
    assert report_from_json(got.raw) == given


@pytest.mark.parametrize("of", [uk_world(partners=[client(sell_plan=None)]), world(table(row("49")), {})])
def test_a_start_waits_for_no_rate(of: World) -> None:
    got = leg(report(kind=ReportKind.START, disconnect_ms=None, duration_ms=None), of)
    assert (got.state, got.code, got.currency) == (LegState.OPEN, "", "USD")


def test_a_report_that_comes_again_is_parked_once_and_one_that_says_more_again() -> None:
    lost = report(remote="10.9.9.9")
    again = replace(lost, received_ms=lost.received_ms + 4_000, disconnect_ms=NOON + 64_000)
    assert parked(lost).park_id == parked(again).park_id
    assert parked(lost).park_id != parked(replace(lost, duration_ms=61_000)).park_id
    assert len(parked(lost).park_id) == 16


def test_a_parked_record_is_charged_when_its_trunk_is_there() -> None:
    lost = parked(report(remote="10.9.9.9"))
    mended = uk_world(trunks=[incoming("new", host="10.9.9.9")])
    got = leg(report_from_json(lost.raw), mended)
    assert (got.trunk, got.leg_id, got.call_key) == (TrunkId("new"), lost.leg_id, lost.call_key)


texts, moments = st.text(max_size=8), st.one_of(st.none(), st.integers(0, 2**50))


@given(
    st.builds(
        CallReport, door=st.sampled_from(Door), switch=texts.map(SwitchId), kind=st.sampled_from(ReportKind),
        side=st.sampled_from(Side), call_id=st.binary(max_size=8), nas=st.binary(max_size=8),
        session_id=st.binary(max_size=8), received_ms=st.integers(0, 2**50), caller=texts, called=texts, mark=texts,
        setup_ms=moments, release=st.sampled_from(Release),
    )
)  # fmt: skip
def test_a_report_comes_back_from_json(drawn: CallReport) -> None:
    assert report_from_json(report_to_json(drawn)) == drawn


@pytest.mark.parametrize(("units", "rate"), [(2**62, "10"), (2**63 - 1, "1.00000001")])
def test_what_costs_more_than_a_book_can_hold_is_parked(units: int, rate: str) -> None:
    sell = table(row("44", terms=Terms(units, units)), currency=EUR)
    got = parked(report(), world(sell, {}, rates=[fx("EUR", rate)]))
    assert got.cause is ParkCause.NO_RATE
    assert "more than can be booked" in got.detail


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"call_id": "zz"}', b"\xff"])
def test_what_is_no_report_is_named_as_such(raw: bytes) -> None:
    with pytest.raises(InputError, match="not a report"):
        report_from_json(raw)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=12))
def test_strange_texts_never_crash(called: str, caller: str, mark: str) -> None:
    for made in (report(called=called, caller=caller), vendor_report(called=called, mark=mark)):
        got = charge_report(made, uk_world())
        assert (got.a if isinstance(got, Leg) else got.detail).isprintable()
