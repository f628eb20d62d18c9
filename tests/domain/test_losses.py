"""Allowed losses: what a node lets go by them, and what it sets aside before it does."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attribution import DirectoryIndex
from domain.causes import Cause
from domain.decisions import Decision, explain
from domain.directory import Policy
from domain.errors import InputError
from domain.ids import PartnerId
from domain.limit_gate import LimitGate
from domain.limits import Limit, LimitId, LimitUse, Period
from domain.loss_gate import OWN_MS, LossGate
from domain.losses import AllowedLoss, LossId, LossUse, check_allowed
from domain.money import units_of
from domain.policies.spread import Spreader
from domain.probe_draw import ProbeDraw
from domain.routing import RankCache, decide
from domain.world import World
from tests.domain.builders import NOON, table
from tests.domain.worlds import UK_MOBILE, row, setup, world

ORBITA, DEAR, CHEAP = PartnerId("orbita"), PartnerId("dear"), PartnerId("cheap")
DAY_MS = 86_400_000


def allowance(name: str = "promo", **fields: Any) -> AllowedLoss:
    values: dict[str, Any] = {
        "id": LossId(name),
        "client": ORBITA,
        "budget": units_of("10"),
        "period": Period.DAY,
        "made_ms": 7,
    }
    return AllowedLoss(**(values | fields))


def losing(*losses: AllowedLoss, policies: tuple[Policy, ...] = (), **prices: str) -> World:
    """Sold at 0.10; vendors at their prices, `dear` at 0.12 where none is named."""
    buys = {name: table(row("447", price)) for name, price in (prices or {"dear": "0.12"}).items()}
    its = world(table(row("44", "0.1")), buys, policies=policies)
    return replace(its, index=DirectoryIndex(replace(its.index.directory, losses=losses)))


def gate_of(its: World, *uses: LossUse) -> LossGate:
    gate = LossGate()
    gate.enter(its.index.directory)
    gate.learn({0: list(uses)})
    return gate


def route(its: World, gate: LossGate | None, **fields: Any) -> Decision:
    return decide(setup(**fields), its, losses=gate)


def reasons(decision: Decision) -> dict[str, str]:
    return {out.trunk or out.vendor: out.reason for out in decision.left_out}


def test_a_call_may_lose_money_by_an_allowance_and_its_record_names_it() -> None:
    its = losing(allowance())
    assert route(its, None).refusal is Cause.NO_MARGIN
    got = route(its, gate_of(its))
    [only] = got.routes
    assert (only.vendor, only.allowed) == ("dear", "promo")
    # the demo's ten calls are 25 minutes: 0.02 lost a minute, 0.05 a call
    assert units_of("0.05") <= only.loss <= units_of("0.05") + 1
    assert any("allowed loss promo: 0.050000" in line and "USD a call expected" in line for line in explain(got))


def test_what_earns_money_stands_before_what_loses_and_names_no_allowance() -> None:
    its = losing(allowance(), dear="0.12", cheap="0.05")
    got = route(its, gate_of(its))
    assert [(one.vendor, one.allowed) for one in got.routes] == [("cheap", ""), ("dear", "promo")]


@pytest.mark.parametrize(
    ("fields", "goes"),
    [
        ({}, True),
        ({"client": PartnerId("callwell")}, False),
        ({"vendor": DEAR}, True),
        ({"vendor": CHEAP}, False),
        ({"destination": UK_MOBILE}, True),
        ({"destination": 8}, False),
        ({"code": "4479"}, True),
        ({"code": "4478"}, False),
        ({"from_ms": NOON}, True),
        ({"from_ms": NOON + 1}, False),
        ({"until_ms": NOON}, False),
        ({"most_bp": 2001}, True),
        ({"most_bp": 1999}, False),
    ],
)
def test_it_covers_the_calls_that_all_it_names_applies_to(fields: dict[str, Any], goes: bool) -> None:
    its = losing(allowance(**fields))
    assert (route(its, gate_of(its)).refusal is None) is goes


def test_an_allowance_that_lets_no_call_lose_so_much_says_so() -> None:
    its = losing(allowance(most_bp=1999), allowance("other", vendor=CHEAP, most_bp=5))
    got = route(its, gate_of(its))
    assert reasons(got)["dear-out"].endswith("-20.00 % of revenue; allowed loss promo: at most 19.99 % of revenue")


def test_a_floor_that_is_not_kept_is_passed_by_an_allowance_and_nothing_is_lost() -> None:
    its = losing(allowance(), policies=(Policy("default", min_margin_bp=3000),), cheap="0.08")
    assert route(its, None).refusal is Cause.NO_MARGIN
    [only] = route(its, gate_of(its)).routes
    assert (only.allowed, only.loss) == ("promo", 0)


@pytest.mark.parametrize(
    ("taken", "goes"), [("0", True), ("9.949", True), ("9.96", False), ("10", False), ("11", False)]
)
def test_no_call_goes_that_is_expected_to_lose_more_than_is_left(taken: str, goes: bool) -> None:
    promo = allowance()
    its = losing(promo)
    day_ms = promo.period_ms(NOON)
    got = route(its, gate_of(its, LossUse(promo.use_id, day_ms, lost=units_of(taken))))
    assert (got.refusal is None) is goes
    if not goes:
        assert got.refusal is Cause.NO_MARGIN
        assert (
            "allowed loss promo: " in reasons(got)["dear-out"] and "of 10.00 a day are left" in reasons(got)["dear-out"]
        )
    # another day, and another allowance of that name, have budgets of their own
    others = (
        LossUse(promo.use_id, day_ms - DAY_MS, units_of("99")),
        LossUse(allowance(made_ms=8).use_id, day_ms, 10**12),
    )
    assert route(its, gate_of(its, *others)).refusal is None


def test_while_a_book_does_not_tell_what_is_used_nothing_is_lost() -> None:
    its = losing(allowance())
    gate = gate_of(its)
    gate.learn(None)
    got = route(its, gate)
    assert (got.refusal, "not known now" in reasons(got)["dear-out"]) == (Cause.NO_MARGIN, True)


def test_what_is_set_aside_here_counts_until_a_board_that_was_asked_for_after_it() -> None:
    promo = allowance(budget=units_of("0.12"))
    its = losing(promo)
    gate = gate_of(its)
    for _ in range(2):
        got = route(its, gate)
        with gate.setting_aside(gate.ways(got.routes, NOON)) as aside:
            aside.durable = True
    assert route(its, gate).refusal is Cause.NO_MARGIN
    gate.asks()
    assert route(its, gate).refusal is Cause.NO_MARGIN, "the board has not come"
    gate.learn({0: [LossUse(promo.use_id, promo.period_ms(NOON), aside=units_of("0.05"))]})
    assert route(its, gate).refusal is None


def test_what_is_set_aside_for_a_call_does_not_stand_in_its_own_way() -> None:
    promo = allowance(budget=units_of("0.06"))
    its = losing(promo)
    gate, mine = gate_of(its), {"call_id": b"mine"}
    first = route(its, gate, **mine)
    with gate.setting_aside(gate.ways(first.routes, NOON), first.call_key, NOON) as aside:
        aside.durable = True
    taken = LossUse(promo.use_id, promo.period_ms(NOON), aside=units_of("0.05"))
    for board in (None, [taken]):  # before a board holds it, and after
        if board:
            gate.asks()
            gate.learn({0: board})
        assert route(its, gate, call_id=b"other").refusal is Cause.NO_MARGIN
        again = route(its, gate, **mine)
        assert again.refusal is None
        with gate.setting_aside(gate.ways(again.routes, NOON), again.call_key, NOON) as aside:
            aside.durable = True
        left = gate.left(promo, NOON)
        assert left is not None and left > 0, "asked again it takes no more than once"
    assert route(its, gate, **mine, at_ms=NOON + OWN_MS).refusal is Cause.NO_MARGIN
    gate.goes_not(first.call_key)
    assert route(its, gate, **mine).refusal is Cause.NO_MARGIN


def test_what_a_book_is_being_told_counts_though_a_board_comes_meanwhile() -> None:
    its = losing(allowance(budget=units_of("0.06")))
    gate = gate_of(its)
    with gate.setting_aside(gate.ways(route(its, gate).routes, NOON)):
        gate.asks()
        gate.learn({0: []})
        assert route(its, gate).refusal is Cause.NO_MARGIN
    assert route(its, gate).refusal is None, "the book never had it"


def test_a_call_goes_by_another_allowance_where_one_is_used_up_that_of_its_vendor_first() -> None:
    promo, tests, dearer = allowance(), allowance("test", vendor=DEAR), allowance("a-all")
    its = losing(dearer, promo, tests)
    day_ms = promo.period_ms(NOON)
    spent = [LossUse(one.use_id, day_ms, lost=units_of("9.99")) for one in (tests, dearer, promo)]
    for used_up, named in ((0, "test"), (1, "a-all"), (2, "promo")):
        gate = gate_of(its, *spent[:used_up])
        got = route(its, gate)
        assert [one.allowed for one in got.routes] == [named]
        assert [way[1] for way in gate.ways(got.routes, NOON)] == [
            next(one.use_id for one in (promo, tests, dearer) if one.id == named)
        ]
    got = route(its, gate_of(its, *spent))
    assert got.refusal is Cause.NO_MARGIN
    assert all(f"allowed loss {one.id}: 0.01 of 10.00" in reasons(got)["dear-out"] for one in (promo, tests, dearer))


def test_a_full_vendor_that_earns_is_no_matter_of_margin() -> None:
    full = Limit(LimitId("full"), vendor=CHEAP, max_calls=1)
    its = losing(allowance(), cheap="0.05")
    its = replace(its, index=DirectoryIndex(replace(its.index.directory, limits=(full,))))
    limits = LimitGate()
    limits.enter(its.index.directory)
    limits.learn({0: [LimitUse(LimitId("full"), 1)]})
    got = decide(setup(), its, RankCache(), limits, losses=gate_of(its))
    assert (got.refusal, got.detail) == (Cause.NO_ROUTE, "limit full: 1 of 1 calls")


@given(
    prices=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40), min_size=1),
    budget=st.integers(1, 10**8), most_bp=st.none() | st.integers(1, 30_000), least_bp=st.integers(0, 5000),
    used=st.integers(0, 2 * 10**8), order=st.sampled_from(["", "most price", "price"]),
)  # fmt: skip
def test_no_routed_call_loses_in_expectation_unless_an_allowance_with_budget_is_named(
    prices: dict[str, int], budget: int, most_bp: int | None, least_bp: int, used: int, order: str
) -> None:
    promo = allowance(budget=budget, most_bp=most_bp)
    policies = (Policy("default", min_margin_bp=least_bp, order=order),)
    its = losing(promo, policies=policies, **{name: f"0.{price:02}" for name, price in prices.items()})
    gate = gate_of(its, LossUse(promo.use_id, promo.period_ms(NOON), lost=used))
    got = decide(setup(), its, RankCache(), None, ProbeDraw(), Spreader(), losses=gate)
    for one in got.routes:
        share = one.margin_per_min * 10_000 >= least_bp * (one.margin_per_min + one.real_cost_per_min)
        if one.margin_per_min < 0 or not share:
            assert one.allowed == "promo" and one.loss <= budget - used and used < budget
            assert "allowed loss promo" in "\n".join(explain(got))
        elif one.margin_per_min > 0:
            assert one.loss == 0


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"budget": 0}, "no amount above zero"),
        ({"period": Period.HOUR}, "no budget is of a hour"),
        ({"destination": UK_MOBILE, "code": "44"}, "both a destination and a code"),
        ({"code": "44x"}, "'44x' is no code"),
        ({"most_bp": 0}, "most_bp is 0"),
        ({"vendor": ORBITA}, "sends no calls to itself"),
        ({"from_ms": 5, "until_ms": 5}, "ends before it begins"),
        ({"why": "x" * 201}, "201 characters"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        check_allowed(allowance(**fields))


# ---- what a book counts
