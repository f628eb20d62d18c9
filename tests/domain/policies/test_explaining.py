"""An explanation tells every figure and term, agrees with the decision, and its winning price wins."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.causes import Cause
from domain.decisions import Decision, explain
from domain.directory import Policy
from domain.formulas.program import order_of
from domain.ids import TrunkId
from domain.money import units_of
from domain.policies.explaining import TermText, explained, term_texts, wins_at
from domain.policies.policy import Unmet
from domain.policies.repricing import DEAREST, at_price, dearest
from domain.policies.rules import LONGEST_TITLE, rules_of
from domain.rates import RateRow, Terms
from domain.routing import decide
from domain.world import World
from tests.domain.builders import table
from tests.domain.policies.known import known, quality
from tests.domain.worlds import row, setup, uk_world, world

BLUEWIRE, KESTREL = TrunkId("bluewire-out"), TrunkId("kestrel-out")


def order(decision: Decision) -> list[str]:
    return [route.trunk for route in decision.routes]


def test_the_demos_kestrel_stands_before_bluewire_by_real_cost() -> None:
    found = explained(setup(), uk_world())
    assert [(one.vendor, one.place) for one in found.vendors] == [("kestrel", 1), ("bluewire", 2)]
    assert found.terms == (TermText("real_cost", False), TermText("price", False))
    bluewire = found.vendors[1].offered
    assert bluewire is not None
    assert (bluewire.price, bluewire.cost) == (units_of("0.0240"), units_of("0.024768"))
    assert bluewire.worth == (0.024768, 0.024)


def test_the_price_at_which_bluewire_would_have_won_is_told_to_the_last_digit() -> None:
    won = wins_at(setup(), uk_world(), BLUEWIRE)
    assert won == units_of(
        "0.02383720"
    )  # x 25.8 / 25 = 0.02459999, and with one digit more 0.02460000, on which price decides
    for price, first in ((won, BLUEWIRE), (won + 1, KESTREL)):
        buys = {"bluewire": priced(row("447", "0.0240", "30/6"), price), "kestrel": table(row("447", "0.0246"))}
        assert order(decide(setup(), world(table(row("44", "0.0294")), buys)))[0] == first


def test_of_the_first_it_is_how_far_it_may_go_up() -> None:
    assert wins_at(setup(), uk_world(), KESTREL) == units_of("0.02476799")


def test_a_vendor_that_no_price_brings_in_has_none() -> None:
    here = uk_world(policies=[Policy("default", only='vendor != "bluewire"')])
    assert wins_at(setup(), here, BLUEWIRE) is None
    assert wins_at(setup(), here, TrunkId("nobody")) is None


def test_the_only_vendor_stands_first_up_to_what_the_call_is_sold_for() -> None:
    here = world(table(row("44", "0.0294")), {"a": table(row("447", "0.0200"))})
    assert wins_at(setup(), here, TrunkId("a-out")) == units_of("0.0294")


def test_the_terms_are_shown_as_they_are_written_with_what_they_are_worth() -> None:
    figures = known(bluewire=quality(asr=40.0, acd=100.0), kestrel=quality(asr=50.0, acd=80.0))
    text = "round(price, 0.01), then asr * acd / 100 then least pdd_p50"
    found = explained(setup(), uk_world(policies=[Policy("default", order=text, version=3)], known=figures))
    assert [term.text for term in found.terms] == ["round(price, 0.01)", "asr * acd / 100", "pdd_p50"]
    assert [term.most for term in found.terms] == [False, True, False]
    assert [str(one) for one in found.asked] == ["price", "asr(1h)", "acd(1h)", "pdd_p50(1h)"]
    one = found.vendors[0].offered
    assert one is not None and one.figures == (0.0246, 50.0, 80.0, 3.0)
    assert one.worth == (0.02, 40.0, 3.0)
    assert found.decision.policy == "default v3"


def test_a_vendor_out_for_its_margin_has_its_figures_too() -> None:
    found = explained(setup(), world(table(row("44", "0.02")), {"a": table(row("447", "0.03"))}))
    out = found.vendors[0]
    assert (found.decision.refusal, out.place) == (Cause.NO_MARGIN, 0)
    assert out.reason.startswith("margin over whole call")
    assert out.offered is not None and out.offered.margin == units_of("-0.01")


def test_a_call_that_never_came_so_far_has_its_decision_alone() -> None:
    found = explained(setup(source="10.9.9.9"), uk_world())
    assert (found.decision.refusal, found.terms, found.vendors) == (Cause.UNKNOWN_TRUNK, (), ())


def test_terms_are_cut_out_of_any_way_to_write_an_order() -> None:
    written = order_of("price,then most asr , least  real_cost then\nif hour > 8 then ner else acd")
    assert [one.text.strip() for one in term_texts(written)] == [
        "price", "asr", "real_cost", "if hour > 8 then ner else acd",
    ]  # fmt: skip


def test_the_record_of_a_call_says_the_policy_and_the_figures_that_it_asked_for() -> None:
    figures = known(bluewire=quality(asr=40.0), kestrel=quality(asr=50.0))
    lines = explain(decide(setup(), uk_world(policies=[Policy("default", order="asr / price")], known=figures)))
    assert lines[2] == "policy default v1"
    assert "figures of kestrel-out: asr(1h) 50, price 0.0246" in lines
    assert not any(line.startswith("policy") for line in explain(decide(setup(), uk_world())))


def test_what_a_record_says_of_policies_and_figures_is_bounded() -> None:
    many = [row("447", "0.01") for _ in range(20)]
    buys = {f"v{number:02}": table(one) for number, one in enumerate(many)}
    text = ", ".join(f"asr({calls} calls) + ner({calls} calls)" for calls in range(1, 9))
    found = decide(
        setup(), world(table(row("44", "0.1")), buys, policies=[Policy("default", order=text, max_routes=20)])
    )
    assert (len(found.read.routes), len(found.read.names)) == (8, 8)
    assert len(rules_of(tuple(Policy("p" * 40 + str(one)) for one in range(9))).title) == LONGEST_TITLE


def test_a_price_for_the_first_interval_alone_is_left_as_it_is() -> None:
    assert at_price(Terms(100, 0), 50) is None
    assert at_price(Terms(0, 0), 50) == Terms(50, 50)
    assert at_price(Terms(200, 100, 30, 6, connect_fee=7), 50) == Terms(100, 50, 30, 6, connect_fee=7)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_the_dearest_price_that_wins_is_found_wherever_it_lies(present: int, bound: int) -> None:
    assert dearest(lambda price: price <= bound, present) == bound


def test_what_wins_at_any_price_or_at_none_has_no_such_price() -> None:
    assert dearest(lambda price: True, 5) is None
    assert dearest(lambda price: price > DEAREST, 5) is None


prices = st.tuples(*[st.tuples(st.integers(0, 30_000_00), st.sampled_from(["1/1", "30/6", "60/60"]))] * 3)
asrs = st.tuples(*[st.sampled_from([20.0, 35.0, 50.0])] * 3)
rulings = st.sampled_from([
    {}, {"order": "price, then asr"}, {"order": "asr / price"}, {"keep": "asr >= 35"},
    {"order": "asr", "max_routes": 2}, {"only": "margin_pct > 20"}, {"keep": "asr >= 60", "unmet": Unmet.REFUSE},
    {"order": "round(price, 0.005), most asr"},
])  # fmt: skip


@settings(max_examples=60)
@given(prices, asrs, rulings)
def test_an_explanation_agrees_with_the_decision_and_its_prices_with_the_routes(
    offers: Any, quality_of: tuple[float, ...], ruling: dict[str, Any]
) -> None:
    rows = {
        name: priced_row(row("447", "0.01", steps), price) for name, (price, steps) in zip("abc", offers, strict=True)
    }
    here = three(rows, quality_of, ruling)
    decision, found = decide(setup(), here), explained(setup(), here)
    assert found.decision == decision
    in_place = {one.trunk: one.place for one in found.vendors if one.place}
    assert in_place == {route.trunk: place for place, route in enumerate(decision.routes, 1)}
    ordered = [one.offered.key for one in found.vendors if one.place and one.offered]
    assert ordered == sorted(ordered)
    for name, one in rows.items():
        trunk = TrunkId(f"{name}-out")
        won = wins_at(setup(), here, trunk)
        if won is not None:
            for price, first in ((won, True), (won + 1, False)):
                terms = at_price(one.terms, price)
                assert terms is not None
                again = decide(setup(), three(rows | {name: replace(one, terms=terms)}, quality_of, ruling))
                assert (order(again)[:1] == [trunk]) == first


def three(rows: dict[str, RateRow], asrs: tuple[float, ...], ruling: dict[str, Any]) -> World:
    figures = {name: quality(asr=asr) for name, asr in zip("abc", asrs, strict=True)}
    buys = {name: table(one) for name, one in rows.items()}
    return world(table(row("44", "0.03")), buys, policies=[Policy("default", **ruling)], known=known(**figures))


def priced_row(one: RateRow, price: int) -> RateRow:
    return replace(one, terms=replace(one.terms, first_price=price, next_price=price))


def priced(one: RateRow, price: int) -> Any:
    return table(priced_row(one, price))
