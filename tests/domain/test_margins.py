"""The margin guard: floors of policies and vendors together, the whole call, and where fail-over stops."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.causes import Cause
from domain.credit import PartnerOptions
from domain.decisions import Decision, explain
from domain.directory import Policy
from domain.durations import PRIOR
from domain.errors import InputError
from domain.grants import cost_of
from domain.margins import Worth, below_floor
from domain.money import units_of
from domain.policies.fields import changed_policy
from domain.policies.rules import rules_of
from domain.ranking import STOPS
from domain.routing import decide
from domain.world import World
from tests.domain.builders import row, table, terms
from tests.domain.worlds import setup, vendor, world

LEASTS = st.integers(0, 9_999)


def order(decision: Decision) -> list[str]:
    return [route.vendor for route in decision.routes]


def reasons(decision: Decision) -> dict[str, str]:
    return {out.trunk or out.vendor: out.reason for out in decision.left_out}


def priced(sold: str = "0.1", policy: dict[str, Any] | None = None, **vendors: Any) -> World:
    """Vendors by name, each with the price of a minute and the floors of its own."""
    own = [vendor(name, options=PartnerOptions(**floors)) for name, (_, floors) in vendors.items()]
    buys = {name: table(row("447", price)) for name, (price, _) in vendors.items()}
    return world(table(row("44", sold)), buys, partners=own, policies=[Policy("default", **(policy or {}))])


def test_the_acceptance_case_earns_a_minute_and_loses_over_ten_whole_calls() -> None:
    """Sold 0.187 at 1/1, bought 0.165 at 60/60: ten answers sell 25.0 minutes and buy 31.0."""
    sold, bought = terms("0.187", "1/1"), terms("0.165", "60/60")
    assert sold.next_price - bought.next_price == units_of("0.022")
    revenue, cost = (sum(cost_of(its, seconds) for seconds in PRIOR.bins) for its in (sold, bought))
    # each call's charge is rounded by itself, to 10^-8
    assert abs(revenue - units_of("4.675")) <= 5 and cost == units_of("5.115")
    got = decide(setup(), world(table(row("447", "0.187")), {"kestrel": table(row("447", "0.165", "60/60"))}))
    assert (got.refusal, got.detail) == (Cause.NO_MARGIN, "margin over whole call")
    assert reasons(got)["kestrel-out"].endswith("sold 0.187000/min, real cost 0.204600/min, -9.41 % of revenue")


def test_a_vendors_own_floor_counts_beside_that_of_the_policy_and_the_stricter_one_decides() -> None:
    strict = {"min_margin_bp": 1200}
    got = decide(setup(), priced(policy={"min_margin_bp": 1000}, a=("0.0895", strict), b=("0.0895", {})))
    assert order(got) == ["b"]
    wanted = "at least 12.00 % wanted by a (by policy 10.00 %), is 10.49 % of revenue"
    assert reasons(got)["a-out"].endswith(f"sold 0.100000/min, real cost 0.089500/min, {wanted}")
    lax = {"min_margin_bp": 500}
    got = decide(setup(), priced(policy={"min_margin_bp": 1000}, a=("0.091", lax)))
    assert reasons(got)["a-out"].endswith("at least 10.00 % wanted (by a 5.00 %), is 8.99 % of revenue")


def test_a_vendors_floor_in_money_is_of_a_real_minute_in_base_currency() -> None:
    floors = {"min_margin": units_of("0.012")}
    got = decide(setup(), priced(a=("0.088", floors), b=("0.0881", floors)))
    assert order(got) == ["a"]
    assert reasons(got)["b-out"].endswith("at least 0.012000/min wanted by b, is 0.011900/min")


def test_who_is_refused_for_a_hairs_breadth_is_never_told_to_have_what_is_wanted() -> None:
    got = decide(setup(), priced(policy={"min_margin_bp": 1000}, a=("0.09000001", {})))
    assert reasons(got)["a-out"].endswith("at least 10.00 % wanted, is 9.99 % of revenue")
    got = decide(setup(), priced(a=("0.10000001", {})))
    assert reasons(got)["a-out"].endswith("-0.01 % of revenue")


def test_what_is_given_away_has_no_share() -> None:
    got = decide(setup(), priced("0", a=("0.01", {})))
    assert reasons(got)["a-out"].endswith("real cost 0.010000/min, without any revenue")


@given(
    revenue=st.integers(0, 10**6), cost=st.integers(0, 10**6), policy=LEASTS, own=LEASTS, more=LEASTS,
    money=st.integers(0, 10**4), own_money=st.integers(0, 10**4),
)  # fmt: skip
def test_floors_are_monotone_and_nothing_below_any_of_them_goes(
    revenue: int, cost: int, policy: int, own: int, more: int, money: int, own_money: int
) -> None:
    worth = Worth(revenue * 10**8, cost * 10**8, 60)
    laid = rules_of((Policy("x", min_margin_bp=policy, min_margin=money),))
    its = vendor("v", options=PartnerOptions(min_margin_bp=own, min_margin=own_money))
    refused = below_floor(worth, laid, its)
    margin = revenue - cost
    kept = margin >= 0 and margin * 10_000 >= max(policy, own) * revenue and margin >= max(money, own_money)
    assert bool(refused) is not kept
    stricter = rules_of((Policy("x", min_margin_bp=max(policy, more), min_margin=money),))
    if refused:
        assert below_floor(worth, stricter, its)


@pytest.mark.parametrize(
    ("policy", "listed", "costs"),
    [
        ({}, ["a", "b", "c", "d"], ""),
        ({"stop_dearer_bp": 5000}, ["a", "b"], "real cost 0.018000/min, that of a 0.010000/min, at most 50.00 % more"),
        ({"stop_dearer_bp": 0}, ["a"], "b: real cost 0.015000/min"),
        ({"stop_dearer_bp": 10_000}, ["a", "b", "c"], "d: real cost 0.030000/min"),
    ],
)  # fmt: skip
def test_fail_over_stops_before_the_first_route_that_is_too_much_dearer(
    policy: dict[str, Any], listed: list[str], costs: str
) -> None:
    got = decide(setup(), priced(policy=policy, a=("0.01", {}), b=("0.015", {}), c=("0.018", {}), d=("0.03", {})))
    assert order(got) == listed
    told = {trunk: reason for trunk, reason in reasons(got).items() if reason.startswith(STOPS)}
    assert set(told) == {f"{name}-out" for name in "abcd" if name not in listed}
    assert all(costs in reason for reason in told.values())


def test_it_stops_in_the_order_of_the_formula_even_where_a_cheaper_one_stands_behind() -> None:
    by_name = {"stop_dearer_bp": 1000, "order": 'most if vendor = "b" then 1 else if vendor = "c" then 0.5 else 0'}
    got = decide(setup(), priced(policy=by_name, a=("0.01", {}), b=("0.011", {}), c=("0.02", {})))
    assert order(got) == ["b"]
    assert set(reasons(got)) == {"a-out", "c-out"}


@given(prices=st.lists(st.integers(1, 40), min_size=1, max_size=6, unique=True), stop=st.integers(0, 20_000))
def test_what_is_left_of_the_list_is_its_beginning(prices: list[int], stop: int) -> None:
    vendors: dict[str, Any] = {f"v{at}": (f"0.{price:04}", {}) for at, price in enumerate(prices)}
    whole = order(decide(setup(), priced(a=("0.0001", {}), **vendors)))
    cut = decide(setup(), priced(policy={"stop_dearer_bp": stop}, a=("0.0001", {}), **vendors))
    assert order(cut) == whole[: len(order(cut))]
    first = cut.routes[0].real_cost_per_min
    assert all(one.real_cost_per_min * 10_000 <= first * (10_000 + stop) for one in cut.routes)


def test_an_explained_decision_tells_what_is_wanted_and_what_is_there() -> None:
    lines = explain(decide(setup(), priced(policy={"min_margin_bp": 3000}, a=("0.08", {}), b=("0.05", {}))))
    assert any(
        "out: a by a-out: margin over whole call" in line and "at least 30.00 % wanted" in line for line in lines
    )


@pytest.mark.parametrize(
    "texts", [{"stop_dearer_bp": "-1"}, {"max_attempts": "0"}, {"max_attempts": "65"}, {"loop_rounds": "0"}]
)
def test_figures_that_cannot_be_are_refused_with_what_may_be_given(texts: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"Give [01] to"):
        changed_policy(Policy("x"), texts)
