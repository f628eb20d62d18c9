"""Decisions: eligibility, ranking, margin, refusals and their words."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calls import CallSetup
from domain.causes import Cause
from domain.decisions import Decision, explain
from domain.directory import PartnerStatus, Policy
from domain.durations import Histogram
from domain.grants import real_cost_per_minute
from domain.ids import PartnerId, PlanId, SwitchId
from domain.money import decimal_text, units_of
from domain.profiles import windows_of
from domain.rates import PlanTable, RateRow, SecondsRounding, Terms
from domain.routing import RankCache, decide
from domain.world import World
from tests.domain.builders import NOON, any_terms, table
from tests.domain.worlds import EUR, client, fx, incoming, outgoing, row, setup, uk_world, vendor, world

BLUEWIRE, KESTREL = PartnerId("bluewire"), PartnerId("kestrel")


def order(decision: Decision) -> list[str]:
    return [route.vendor for route in decision.routes]


def reasons(decision: Decision) -> dict[str, str]:
    return {out.trunk or out.vendor: out.reason for out in decision.left_out}


def sold_at(sell: PlanTable, called: str = "447911123456", **buys: PlanTable) -> Decision:
    return decide(setup(called), world(sell, buys))


def test_bluewires_cheaper_price_really_costs_more_so_kestrel_ranks_first() -> None:
    got = decide(setup(), uk_world())
    assert order(got) == ["kestrel", "bluewire"]
    assert [decimal_text(route.real_cost_per_min, 6) for route in got.routes] == ["0.024600", "0.024768"]
    assert [decimal_text(route.margin_per_min, 6) for route in got.routes] == ["0.004800", "0.004632"]
    assert (got.client, got.trunk, got.b, got.destination_name) == ("orbita", "orbita-in", "447911123456", "UK Mobile")


def test_a_positive_margin_a_minute_that_loses_over_the_whole_call_is_refused() -> None:
    got = sold_at(table(row("447", "0.187")), kestrel=table(row("447", "0.165", "60/60")))
    assert (got.refusal, got.detail) == (Cause.NO_MARGIN, "margin over whole call")
    assert reasons(got) == {
        "kestrel-out": "margin over whole call: sold 0.187000/min, real cost 0.204600/min, -9.41 % of revenue"
    }


def test_the_same_prices_with_the_same_increments_keep_their_margin() -> None:
    got = sold_at(table(row("447", "0.187")), kestrel=table(row("447", "0.165")))
    assert order(got) == ["kestrel"]
    assert got.routes[0].margin_per_min == units_of("0.022")


def test_a_price_equal_to_the_cost_is_no_loss() -> None:
    assert order(sold_at(table(row("447", "0.165")), kestrel=table(row("447", "0.165")))) == ["kestrel"]


def test_the_policys_least_margin_is_a_share_of_revenue() -> None:
    cheap, dear = table(row("447", "0.090")), table(row("447", "0.0901"))
    policy = Policy("default", min_margin_bp=1000)
    got = decide(setup(), world(table(row("44", "0.1")), {"kestrel": cheap, "savanna": dear}, policies=[policy]))
    assert order(got) == ["kestrel"]
    assert "real cost 0.090100/min, at least 10.00 % wanted" in reasons(got)["savanna-out"]


def test_the_longest_code_counts_per_vendor_before_any_price() -> None:
    kestrel = table(row("44", "0.001"), row("44791", "0.02"))
    got = sold_at(table(row("44", "0.1")), kestrel=kestrel, savanna=table(row("447", "0.01")))
    assert order(got) == ["savanna", "kestrel"]
    assert [route.code for route in got.routes] == ["447", "44791"]


def test_plans_of_different_depth_on_both_sides_meet() -> None:
    got = sold_at(table(row("44", "0.1"), row("447911", "0.2")), kestrel=table(row("447", "0.01")))
    assert got.sell is not None
    assert (got.sell.code, got.routes[0].code) == ("447911", "447")


def test_ties_go_by_price_then_by_name() -> None:
    same = {name: table(row("447", "0.01")) for name in ("c", "a", "b")}
    assert order(decide(setup(), world(table(row("44", "0.1")), same))) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"partners": [vendor("kestrel", status=PartnerStatus.SUSPENDED)]}, {"kestrel": "suspended"}),
        ({"partners": [vendor("kestrel", buy_plan=None)]}, {"kestrel-out": "no buy plan"}),
        ({"partners": [vendor("kestrel", buy_plan=PlanId("x"))]}, {"kestrel-out": "plan x has no rates"}),
        ({"trunks": [outgoing("kestrel", enabled=False)]}, {"kestrel-out": "trunk disabled"}),
        ({"policies": [Policy("default", vendors=(BLUEWIRE,))]}, {"kestrel": "not among the vendors of default v1"}),
        ({"policies": [Policy("default", max_routes=0)]}, {"kestrel-out": "rank 1, the list ends at 0"}),
    ],
)  # fmt: skip
def test_a_vendor_that_may_not_carry_the_call_is_left_out_with_its_reason(
    change: dict[str, Any], reason: dict[str, str]
) -> None:
    got = decide(setup(), uk_world(**change))
    assert "kestrel" not in order(got)
    assert reason.items() <= reasons(got).items()


def test_vendors_without_a_rate_or_with_a_blocked_code_are_left_out() -> None:
    blocked = table(row("44", "0.01"), row("447", "0.01", blocked=True))
    got = sold_at(table(row("44", "0.1")), kestrel=table(row("49")), savanna=blocked, ok=table(row("44", "0.01")))
    assert order(got) == ["ok"]
    assert reasons(got) == {"kestrel-out": "no rate", "savanna-out": "code 447 blocked"}


def test_a_vendor_without_a_trunk_is_left_out_and_a_mere_client_is_no_vendor() -> None:
    got = decide(setup(), uk_world(partners=[vendor("tessera"), client("callwell")]))
    assert reasons(got) == {"tessera": "no outgoing trunk"}


def test_a_client_that_is_a_vendor_too_never_gets_its_own_call_back() -> None:
    both = client("orbita", buy_plan=PlanId("buy-kestrel"))
    got = decide(setup(), uk_world(partners=[both], trunks=[outgoing("orbita")]))
    assert order(got) == ["kestrel", "bluewire"]


def test_a_disabled_trunk_does_not_stand_in_the_way_of_the_vendors_other_one() -> None:
    off, spare = outgoing("kestrel", enabled=False), outgoing("kestrel", its_id="kestrel-spare", host="spare.example")
    got = decide(setup(), uk_world(trunks=[off, spare]))
    assert [route.trunk for route in got.routes] == ["kestrel-spare", "bluewire-out"]


def test_a_vendor_stands_in_the_list_once_with_its_cheapest_trunk() -> None:
    dear = outgoing("kestrel", its_id="a-dear", host="dear.example", plan=PlanId("buy-bluewire"))
    got = decide(setup(), uk_world(trunks=[dear]))
    assert [route.trunk for route in got.routes] == ["kestrel-out", "bluewire-out"]
    assert reasons(got) == {"a-dear": "another trunk of the vendor stands before it"}


def test_the_list_is_cut_at_the_policys_length() -> None:
    got = decide(setup(), uk_world(policies=[Policy("default", max_routes=1)]))
    assert order(got) == ["kestrel"]
    assert reasons(got) == {"bluewire-out": "rank 2, the list ends at 1"}


def test_a_target_is_dialled_as_its_trunk_wants_and_marked_by_position() -> None:
    got = decide(setup(), uk_world(trunks=[outgoing("bluewire", tech="99", port=5070)]))
    target = got.routes[1].target
    assert (target.user, target.host, target.port, target.mark) == (
        "99447911123456", "bluewire.example", 5070, "bluewire-out.2",
    )  # fmt: skip


def test_costs_in_another_currency_are_compared_in_the_base_currency() -> None:
    euro = table(row("447", "0.0230"), currency=EUR)
    buys = {"kestrel": table(row("447", "0.0246")), "savanna": euro}
    with_rate = world(table(row("44", "0.0294")), buys, rates=[fx("EUR", "1.10"), fx("EUR", "1.00", NOON)])
    before = decide(setup(at_ms=NOON - 1), with_rate)
    assert order(before) == ["kestrel", "savanna"]
    assert before.routes[1].real_cost_per_min == units_of("0.0253")
    assert order(decide(setup(), with_rate)) == ["savanna", "kestrel"]
    without = decide(setup(), world(table(row("44", "0.0294")), buys))
    assert reasons(without) == {"savanna-out": "no exchange rate for EUR"}


def refused(of: World, called: str = "447911123456", **fields: object) -> tuple[Cause | None, str]:
    got = decide(setup(called, **fields), of)
    assert got.routes == ()
    return got.refusal, got.detail


def test_a_closed_trunks_call_is_refused_and_no_other_partner_pays_for_it() -> None:
    closed = incoming("orbita-55", tech="55", enabled=False)
    other = incoming(of="comet")
    seen = uk_world(partners=[client(), client("comet")], trunks=[closed, other])
    got = decide(setup("55447911123456"), seen)
    assert (got.refusal, got.trunk, got.client) == (Cause.TRUNK_CLOSED, "orbita-55", "orbita")
    assert got.routes == () and "orbita-55" in got.detail
    assert decide(setup(), seen).client == "comet"
    opened = uk_world(partners=[client(), client("comet")], trunks=[replace(closed, enabled=True), other])
    assert decide(setup("55447911123456"), opened).trunk == "orbita-55"


def test_each_refusal_names_its_own_cause() -> None:
    assert refused(uk_world(), source="10.9.9.9")[0] is Cause.UNKNOWN_TRUNK
    assert refused(uk_world(partners=[client(status=PartnerStatus.SUSPENDED)]))[0] is Cause.SUSPENDED
    assert refused(uk_world(), "44#791:x")[0] is Cause.BAD_NUMBER
    barred = world(table(row("447", blocked=True)), {})
    assert refused(barred) == (Cause.BARRED, "code 447 of plan p")
    assert refused(uk_world(), "33612345678") == (Cause.NO_RATE, "plan p does not sell 33612345678")
    assert refused(uk_world(), "442071234567")[0] is Cause.NO_ROUTE
    assert refused(uk_world(partners=[client(sell_plan=None)])) == (Cause.NO_RATE, "no sell plan")
    assert refused(world(None, {})) == (Cause.NO_RATE, "plan sell has no rates")
    euro = world(table(row("447"), currency=EUR), {})
    assert refused(euro) == (Cause.NO_RATE, "no exchange rate for EUR")


@given(st.text(max_size=40))
def test_no_text_crashes_and_only_digits_route(called: str) -> None:
    got = decide(setup(called), uk_world())
    assert got.refusal is not None or got.b.isdigit()


def test_a_trunks_own_plan_wins_over_its_partners() -> None:
    of = uk_world(trunks=[incoming(plan=PlanId("buy-bluewire"))])
    got = decide(setup(), of)
    assert got.sell is not None
    assert got.sell.terms.first_s == 30


def test_a_rate_that_begins_is_used_and_a_closed_one_gone_without_any_edit() -> None:
    sell = table(row("44", "0.0294"))
    kestrel = table(row("447", "0.0246", valid_from_ms=NOON, valid_until_ms=NOON + 1000))
    of, cache = world(sell, {"kestrel": kestrel}), RankCache()
    outcomes = [order(decide(setup(at_ms=at), of, cache)) for at in (NOON - 1, NOON, NOON + 999, NOON + 1000)]
    assert outcomes == [[], ["kestrel"], ["kestrel"], []]


def test_a_cache_never_outlives_its_world() -> None:
    cache = RankCache()
    assert order(decide(setup(), uk_world(), cache)) == ["kestrel", "bluewire"]
    short_of_kestrel = uk_world(partners=[vendor("kestrel", status=PartnerStatus.SUSPENDED)])
    assert order(decide(setup(), short_of_kestrel, cache)) == ["bluewire"]
    even = Histogram({30: 100, 36: 100})
    assert order(decide(setup(), uk_world(durations=even), cache)) == ["bluewire", "kestrel"]


prices = st.integers(1, 50).map(lambda cents: decimal_text(cents * 1_000_000))
plan_rows = st.lists(
    st.builds(
        row,
        st.sampled_from(["4", "44", "447", "4479", "44791"]),
        prices,
        st.sampled_from(["1/1", "30/6", "60/60"]),
        blocked=st.sampled_from([False, False, True]),
        valid_from_ms=st.sampled_from([0, NOON]),
    ),
    max_size=4,
    unique_by=lambda its: (its.code, its.valid_from_ms),
)
calls = st.lists(
    st.builds(
        setup, st.sampled_from(["447911123456", "447811123456", "4912345678"]), at_ms=st.integers(NOON - 1, NOON)
    ),
    max_size=6,
)


@given(plan_rows, st.lists(plan_rows, max_size=3), calls)
def test_the_cache_changes_no_outcome(sell: list[RateRow], buys: list[list[RateRow]], asked: list[CallSetup]) -> None:
    of = world(table(*sell), {f"v{number}": table(*rows) for number, rows in enumerate(buys)})
    cache = RankCache(limit=2)
    for call in asked:
        assert decide(call, of, cache) == decide(call, of)


@given(any_terms, any_terms, st.dictionaries(st.integers(1, 4000), st.integers(1, 50), min_size=1, max_size=5))
def test_no_route_ever_loses_over_the_durations(sell: Terms, buy: Terms, bins: dict[int, int]) -> None:
    histogram = Histogram({seconds: 50 * calls for seconds, calls in bins.items()})
    sold = table(row("44", terms=sell), seconds=SecondsRounding.CEIL)
    got = decide(setup(), world(sold, {"kestrel": table(row("44", terms=buy))}, durations=histogram))
    revenue, cost = (real_cost_per_minute(terms, SecondsRounding.CEIL, histogram.bins)[0] for terms in (sell, buy))
    assert bool(got.routes) == (revenue >= cost)


def test_night_rates_are_decided_by_the_moment_in_the_plans_zone() -> None:
    windows = windows_of("night", range(7), 22 * 60, 6 * 60)
    kestrel = table(row("447", "0.02"), row("447", "0.01", rate_type="night"), windows=windows)
    of, cache = world(table(row("44", "0.1")), {"kestrel": kestrel}), RankCache()
    prices = [decide(setup(at_ms=NOON + hours * 3_600_000), of, cache).routes[0].price for hours in (0, 11, 23)]
    assert prices == [units_of("0.02"), units_of("0.01"), units_of("0.02")]


def test_the_explanation_names_every_figure_and_every_vendor() -> None:
    got = decide(setup(), uk_world(partners=[vendor("tessera")]))
    assert explain(got) == [
        "orbita by orbita-in: 12025550100 to 447911123456 (UK Mobile)",
        "sold at 0.0294 USD/min 1/1 (code 44, any, plan p version 1): 0.029400 USD a real minute",
        "1. kestrel by kestrel-out: 0.0246 USD/min 1/1, code 447; real cost 0.024600, margin 0.004800 USD/min",
        "2. bluewire by bluewire-out: 0.0240 USD/min 30/6, code 447; real cost 0.024768, margin 0.004632 USD/min",
        "out: tessera: no outgoing trunk",
    ]


def test_a_refusal_is_explained_too() -> None:
    assert explain(decide(setup(source="10.9.9.9", switch=SwitchId("sw9")), uk_world())) == [
        "switch sw9: 12025550100 to 447911123456",
        "refused: unknown-trunk, no trunk of switch sw9 for source 10.9.9.9",
    ]


def test_calls_without_an_id_have_no_key_and_others_their_switchs() -> None:
    assert decide(setup(call_id=b""), uk_world()).call_key == b""
    assert decide(setup(), uk_world()).call_key != decide(setup(call_id=b"call-2"), uk_world()).call_key
