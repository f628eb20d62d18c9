"""Routes in the order of formulas, filtered first, and what is kept of that from call to call."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.causes import Cause
from domain.decisions import Decision, explain
from domain.directory import Partner, Policy, TrunkOptions
from domain.ids import DestinationId, PartnerId, PlanId
from domain.money import units_of
from domain.policies.arranging import CallFigures
from domain.policies.policy import Attachment, Unmet
from domain.quality_figures import NO_FIGURES, DestinationFigures, Figures
from domain.quality_windows import SPANS
from domain.rank_cache import MOST_DESTINATIONS, Offer
from domain.routing import RankCache, decide
from domain.world import World
from tests.domain.builders import NOON, any_terms, table
from tests.domain.policies.known import known, quality
from tests.domain.worlds import EUR, UK_MOBILE, client, fx, incoming, row, setup, uk_world, vendor, world

HOUR = 3_600_000


def order(decision: Decision) -> list[str]:
    return [route.vendor for route in decision.routes]


def reasons(decision: Decision) -> dict[str, str]:
    return {out.trunk or out.vendor: out.reason for out in decision.left_out}


def three(quality_of: DestinationFigures = NO_FIGURES, /, **policy: Any) -> World:
    """Vendors a, b and c: a and b at 0.02, c at 0.01, sold at 0.1."""
    prices = {"a": "0.02", "b": "0.02", "c": "0.01"}
    return world(
        table(row("44", "0.1")),
        {name: table(row("447", price)) for name, price in prices.items()},
        policies=[Policy("default", **policy)],
        known=quality_of,
    )


def test_price_first_and_on_equal_price_asr_acd_and_pdd() -> None:
    figures = known(a=quality(asr=40.0, acd=100.0, pdd_p50=2.0), b=quality(asr=50.0, acd=100.0, pdd_p50=2.0))
    assert order(decide(setup(), three(figures, order="price, then asr * acd / pdd_p50"))) == ["c", "b", "a"]
    assert order(decide(setup(), three(figures, order="price"))) == ["c", "a", "b"]  # then real cost, price, names


def test_a_dear_vendor_of_good_quality_may_stand_first() -> None:
    figures = known(a=quality(asr=60.0), b=quality(asr=40.0), c=quality(asr=10.0))
    assert order(decide(setup(), three(figures, order="asr / price"))) == ["a", "b", "c"]


def test_who_may_not_is_left_out_before_any_order_and_shadows_nobody() -> None:
    got = decide(setup(), three(only='vendor != "c"', order="price", max_routes=1))
    assert order(got) == ["a"]
    assert reasons(got) == {
        "c-out": 'not allowed: only vendor != "c" (vendor c)',
        "b-out": "rank 2, the list ends at 1",
    }


def test_a_cheaper_vendor_below_what_is_promised_is_not_used() -> None:
    figures = known(a=quality(asr=40.0), b=quality(asr=36.0), c=quality(asr=25.0))
    got = decide(setup(), three(figures, keep="asr >= 35"))
    assert not got.unmet
    assert order(got) == ["a", "b"]
    assert reasons(got)["c-out"] == "keeps not what is promised: asr >= 35 (asr 25)"


def test_where_nobody_keeps_it_the_best_go_or_the_call_is_refused() -> None:
    figures = known(a=quality(asr=20.0), b=quality(asr=30.0), c=quality(asr=10.0))
    assert order(decide(setup(), three(figures, keep="asr >= 35", order="asr"))) == ["b", "a", "c"]
    best = decide(setup(), three(figures, keep="asr >= 35", order="asr"))
    assert best.unmet == "asr >= 35"
    assert "unmet: no vendor keeps what is promised: asr >= 35" in explain(best)
    got = decide(setup(), three(figures, keep="asr >= 35", unmet=Unmet.REFUSE))
    assert got.unmet == "asr >= 35"
    assert (got.refusal, got.detail) == (Cause.NO_ROUTE, "no vendor keeps what is promised")
    assert len(got.left_out) == 3


def test_the_margin_guard_stands_before_any_formula() -> None:
    sells = table(row("44", "0.015"))
    got = decide(setup(), world(sells, {"a": table(row("447", "0.02")), "c": table(row("447", "0.01"))},
                                policies=[Policy("default", order="most price")]))  # fmt: skip
    assert order(got) == ["c"]
    assert "margin over whole call" in reasons(got)["a-out"]


def test_a_least_margin_in_money_is_kept_beside_the_share() -> None:
    got = decide(setup(), three(min_margin=units_of("0.085")))
    assert order(got) == ["c"]
    assert reasons(got)["a-out"].endswith("at least 0.085000/min wanted, is 0.080000/min")
    assert order(decide(setup(), three(min_margin=units_of("0.08"), min_margin_bp=8000))) == ["c", "a", "b"]


def test_the_vendors_class_and_its_word_on_callers_can_be_asked() -> None:
    good = vendor("a", options=replace(vendor("a").options, vendor_class="premium", cli_guaranteed=True))
    offers = {name: table(row("447", "0.01")) for name in "ab"}
    for only in ('vendor_class = "premium"', "cli_guaranteed"):
        worlds = world(table(row("44", "0.1")), offers, partners=[good], policies=[Policy("default", only=only)])
        assert order(decide(setup(), worlds)) == ["a"]


def test_a_window_of_the_policy_counts_where_the_formula_names_none() -> None:
    figures = DestinationFigures(
        vendors={
            PARTNER_A: {SPANS["1h"]: quality(asr=10.0), SPANS["5m"]: quality(asr=90.0)},
            PARTNER_B: {SPANS["1h"]: quality(asr=50.0), SPANS["5m"]: quality(asr=20.0)},
        }
    )
    assert order(decide(setup(), three(figures, order="asr")))[:1] == ["b"]
    assert order(decide(setup(), three(figures, order="asr", window="5m")))[:1] == ["a"]
    assert order(decide(setup(), three(figures, order="asr(1h)", window="5m")))[:1] == ["b"]


PARTNER_A, PARTNER_B = vendor("a").id, vendor("b").id


def test_who_calls_is_asked_at_each_call() -> None:
    policy = Policy("default", only='caller_country = "KE" or vendor = "kestrel"')
    here, cache = uk_world(policies=[policy]), RankCache()
    for _ in range(2):
        assert order(decide(setup(caller="254711000000"), here, cache)) == ["kestrel", "bluewire"]
        assert order(decide(setup(caller="447911000000"), here, cache)) == ["kestrel"]


def test_the_type_of_the_callers_number_is_asked_at_each_call() -> None:
    policy = Policy("default", only='caller_type = "mobile" or vendor = "kestrel"')
    here, cache = uk_world(policies=[policy]), RankCache()
    for caller, found in {"447911000000": 2, "254711000000": 1, "anonymous": 1, "447911000001": 2}.items():
        assert len(order(decide(setup(caller=caller), here, cache))) == found


def test_the_hour_is_the_clients_and_changes_to_the_second() -> None:
    paris = client(zone="Europe/Paris")
    here = uk_world(partners=[paris], policies=[Policy("default", only='hour >= 14 or vendor = "kestrel"')])
    cache = RankCache()
    begins = NOON + HOUR  # 13:00 UTC is 14:00 in Paris in winter
    assert order(decide(setup(at_ms=begins - 1), here, cache)) == ["kestrel"]
    assert order(decide(setup(at_ms=begins), here, cache)) == ["kestrel", "bluewire"]
    assert order(decide(setup(at_ms=begins - 1), here, cache)) == ["kestrel"]


def test_a_product_of_the_trunk_has_a_policy_of_its_own() -> None:
    gold = incoming(options=TrunkOptions(product="gold"))
    layers: dict[str, Any] = {
        "policies": [Policy("default"), Policy("gold", only='vendor = "bluewire"')],
        "attached": [Attachment("gold", product="gold")],
    }
    assert order(decide(setup(), uk_world(**layers))) == ["kestrel", "bluewire"]
    assert order(decide(setup(), uk_world(trunks=[gold], **layers))) == ["bluewire"]


rates = st.tuples(any_terms, any_terms, any_terms)


@settings(max_examples=40)
@given(rates, st.sampled_from(["1.10", "0.9", "133.7"]))
def test_the_formula_of_real_cost_orders_as_the_exact_comparison(terms: tuple[Any, Any, Any], rate: str) -> None:
    sells, offers = table(row("44", "900000")), {}
    for name, one in zip("abc", terms, strict=True):
        offers[name] = table(replace(row("447", "0.01"), terms=one))
    euros = vendor("b", currency=EUR)
    fields: dict[str, Any] = {"partners": [euros], "rates": [fx("EUR", rate)]}
    plain = decide(setup(), world(sells, offers, **fields))
    formula = decide(setup(), world(sells, offers, policies=[Policy("default", order="real_cost, price")], **fields))
    assert order(formula) == order(plain)


shares = st.sampled_from([0.0, 25.0, 35.0, 60.0])
steps = st.lists(
    st.tuples(
        st.tuples(shares, shares, shares), st.booleans(), st.integers(0, 3), st.sampled_from(["1", "254", "447"])
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=40)
@given(steps, st.sampled_from([
    {"order": "asr, price"}, {"keep": "asr >= 35"}, {"only": "hour != 13", "order": "asr * hour"},
    {"only": 'caller_country != "KE" or asr > 30', "keep": "asr >= 35", "unmet": Unmet.REFUSE},
]))  # fmt: skip
def test_what_is_kept_equals_what_is_worked_out_anew(
    happens: list[tuple[tuple[float, float, float], bool, int, str]], policy: dict[str, Any]
) -> None:
    cache, here = RankCache(), three(**policy)
    for asrs, new, hours, caller in happens:
        if new:
            figures: dict[str, Figures] = {name: quality(asr=asr) for name, asr in zip("abc", asrs, strict=True)}
            board = replace(here.quality, version=here.quality.version + 1, known={UK_MOBILE: known(**figures)})
            here = replace(here, quality=board)
        asked = setup(at_ms=NOON + hours * HOUR, caller=f"{caller}7911000000")
        assert decide(asked, here, cache) == decide(asked, here)


@pytest.mark.parametrize("partner", [client(), client(policy="nowhere")])
def test_a_client_without_a_policy_is_routed_by_the_default_one(partner: Partner) -> None:
    got = decide(setup(), uk_world(partners=[partner], policies=[Policy("default", order="most real_cost")]))
    assert order(got) == ["bluewire", "kestrel"]


def test_each_destination_of_one_code_keeps_an_order_of_its_own() -> None:
    other = DestinationId(9)
    here = three(order="asr")
    figures = {UK_MOBILE: known(a=quality(asr=60.0)), other: known(b=quality(asr=60.0))}
    here = replace(here, quality=replace(here.quality, known=figures))
    cache, its = RankCache(), here.index.directory.partners[PartnerId("orbita")]
    rules = here.index.policies.rules_at("default", its.id, "", UK_MOBILE, NOON)
    offer = cache.offer(its, here.plans[PlanId("sell")], "447911123456", UK_MOBILE, NOON, here, rules)
    assert isinstance(offer, Offer)
    call = (CallFigures(its.id, 12, 1), NOON, NOON + HOUR)
    one, two = (cache.routes(offer, where, here, NOON, lambda: call) for where in (UK_MOBILE, other))
    assert (one.routes[0].vendor.id, two.routes[0].vendor.id) == ("a", "b")
    assert cache.routes(offer, UK_MOBILE, here, NOON, lambda: call) is one
    for number in range(10, 10 + 2 * MOST_DESTINATIONS):
        cache.routes(offer, DestinationId(number), here, NOON, lambda: call)
    assert len(offer.orders) == MOST_DESTINATIONS
