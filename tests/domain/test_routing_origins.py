"""Routes and their order depend on who calls, on both sides of a call, and so does what its legs are charged."""

from dataclasses import replace

from domain.calls import Leg, LegState
from domain.causes import Cause
from domain.charging import charge_end, charge_report
from domain.decisions import Decision, explain
from domain.directory import NumberRules
from domain.intervals import PlanIntervals
from domain.origins import OriginCode
from domain.rates import RateRow
from domain.routing import decide
from domain.world import World
from tests.domain.builders import row, rules, table
from tests.domain.callers import EEA
from tests.domain.reports import vendor_report
from tests.domain.worlds import incoming, setup, uk_world, world

FRENCH, AMERICAN = "33612345678", "12025550100"


def by_caller(*rows: RateRow) -> PlanIntervals:
    return PlanIntervals(rules(), rows, origin_codes=[OriginCode(EEA, "33")])


def two_vendors() -> World:
    """Kestrel is cheaper for French callers, Bluewire for others; all are sold at one price."""
    kestrel = by_caller(row("447", "0.005", origin=EEA), row("447", "0.2"))
    return world(table(row("44", "0.0294")), {"kestrel": kestrel, "bluewire": table(row("447", "0.02"))})


def vendors(decision: Decision) -> list[str]:
    return [route.vendor for route in decision.routes]


def test_routes_stand_in_the_order_of_what_they_cost_for_this_caller() -> None:
    its = two_vendors()
    assert vendors(decide(setup(caller=FRENCH), its)) == ["kestrel", "bluewire"]
    assert vendors(decide(setup(caller=AMERICAN), its)) == ["bluewire"]


def test_a_vendor_that_is_too_dear_for_this_caller_is_left_out_by_the_margin_guard() -> None:
    decision = decide(setup(caller=AMERICAN), two_vendors())
    (out,) = decision.left_out
    assert (out.vendor, out.reason.startswith("margin over whole call: sold 0.0294")) == ("kestrel", True)


def test_the_client_pays_by_its_caller_too() -> None:
    its = world(by_caller(row("44", "0.01", origin=EEA), row("44", "0.3")), {"bluewire": table(row("447", "0.005"))})
    sells = [decide(setup(caller=caller), its).sell for caller in (FRENCH, AMERICAN, "anonymous")]
    assert [(sell.terms.next_price, sell.origin) for sell in sells if sell] == [
        (1_000_000, EEA),
        (30_000_000, ""),
        (30_000_000, ""),
    ]


def test_a_number_that_is_not_sold_to_these_callers_is_refused_in_so_many_words() -> None:
    its = world(by_caller(row("44", "0.01", origin="rest")), {"bluewire": table(row("447", "0.005"))})
    decision = decide(setup(caller=FRENCH), its)
    assert (decision.refusal, decision.detail) == (Cause.NO_RATE, "plan p does not sell 447911123456")
    its = world(by_caller(row("49", "0.01", origin="rest")), {"bluewire": table(row("447", "0.005"))})
    assert decide(setup(caller=AMERICAN), its).detail == "plan p does not sell 447911123456 to callers of rest"


def test_what_is_blocked_for_some_callers_alone_is_told_with_whose_calls_are() -> None:
    half = by_caller(row("447", "0.005", origin=EEA), row("447", "0", origin="rest", blocked=True))
    its = world(table(row("44", "0.03")), {"kestrel": half, "bluewire": table(row("447", "0", blocked=True))})
    assert vendors(decide(setup(caller=FRENCH), its)) == ["kestrel"]
    reasons = {out.vendor: out.reason for out in decide(setup(caller=AMERICAN), its).left_out}
    assert reasons == {"kestrel": "code 447 blocked for callers of rest", "bluewire": "code 447 blocked"}
    sold = world(half, {"bluewire": table(row("447", "0.001"))})
    barred = decide(setup(caller=AMERICAN), sold)
    assert (barred.refusal, barred.detail) == (Cause.BARRED, "code 447 of plan p for callers of rest")


def test_the_caller_is_told_apart_after_the_rules_of_the_trunk() -> None:
    national = incoming(rules=NumberRules(country="33", national_prefix="0"))
    its = world(
        table(row("44", "0.0294")),
        {"kestrel": by_caller(row("447", "0.005", origin=EEA), row("447", "0.2"))},
        trunks=[national],
    )
    assert vendors(decide(setup("00447911123456", caller="0612345678"), its)) == ["kestrel"]


def test_the_explanation_says_for_whom_a_rate_is() -> None:
    said = explain(decide(setup(caller=FRENCH), two_vendors()))
    assert any("code 447 for callers of eea; real cost" in line for line in said)
    assert not any("callers of" in line for line in explain(decide(setup(caller=FRENCH), uk_world())))


def test_a_leg_is_charged_by_the_caller_that_its_record_names() -> None:
    its = two_vendors()
    charges = []
    for caller in (FRENCH, AMERICAN, ""):
        leg = charge_report(vendor_report(mark="kestrel-out.1", caller=caller), its)
        assert isinstance(leg, Leg)
        charges.append(leg.charge)
    assert charges == [500_000, 20_000_000, 20_000_000]


def test_an_end_that_names_no_caller_is_charged_by_the_caller_of_its_start() -> None:
    its = two_vendors()
    ended = charge_report(vendor_report(mark="kestrel-out.1", caller=FRENCH), its)
    assert isinstance(ended, Leg)
    started = replace(ended, state=LegState.OPEN, charge=0, disconnect_ms=None)
    again = charge_end(vendor_report(mark="kestrel-out.1", caller=""), started, its)
    assert isinstance(again, Leg)
    assert (again.a, again.charge) == (FRENCH, 500_000)
