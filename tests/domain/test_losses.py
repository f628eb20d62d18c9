"""Allowed losses: what a node lets go by them, and what a book counts against them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attribution import DirectoryIndex
from domain.calls import Leg, LegState, Side
from domain.causes import Cause
from domain.commands import OpenLoss
from domain.decisions import Decision, explain
from domain.directory import Policy
from domain.errors import InputError
from domain.ids import CallKey, LegId, PartnerId, TrunkId
from domain.limit_gate import LimitGate
from domain.limits import Limit, LimitId, LimitUse, Period
from domain.loss_book import KEPT_MS, LAST_S, LossBook
from domain.loss_gate import OWN_MS, LossGate
from domain.losses import AllowedLoss, LossId, LossUse, check_allowed
from domain.money import units_of
from domain.policies.spread import Spreader
from domain.probe_draw import ProbeDraw
from domain.routing import RankCache, decide
from domain.world import World
from tests.domain.builders import NOON, leg, table
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

KEY = CallKey(b"k" * 16)
PROMO = allowance()
PERIOD = (PROMO.use_id, PROMO.period_ms(NOON))
OUT = TrunkId("dear-out")


def opens(key: CallKey = KEY, expected: int = 500, trunk: TrunkId = OUT) -> OpenLoss:
    return OpenLoss(key, ((trunk, *PERIOD, expected),), NOON, 180)


def its_leg(side: Side, charge: int, state: LegState = LegState.CLOSED, **fields: Any) -> Leg:
    values: dict[str, Any] = {
        "leg_id": LegId(side.value.encode()), "call_key": KEY, "side": side, "state": state, "base_charge": charge,
        "trunk": OUT if side is Side.VENDOR else TrunkId("orbita-in"), "connect_ms": NOON,
    }  # fmt: skip
    return leg(**(values | fields))


def used(book: LossBook, at_ms: int = NOON) -> tuple[int, int, int]:
    """Lost, set aside, calls that are not over."""
    [use] = book.uses(at_ms) or [LossUse(*PERIOD)]
    return use.lost, use.aside, use.calls


def test_what_is_expected_is_set_aside_until_both_legs_have_ended_and_then_what_was_lost_counts() -> None:
    book = LossBook()
    book.open(opens())
    assert used(book) == (0, 500, 1)
    book.heard(its_leg(Side.CLIENT, 0, LegState.OPEN), NOON + 1000)
    book.heard(its_leg(Side.VENDOR, 1200), NOON + 60_000)
    assert used(book, NOON + 60_000) == (0, 500, 1), "what it brings is not known yet"
    book.heard(its_leg(Side.CLIENT, 900), NOON + 60_100)
    assert used(book, NOON + 60_100) == (300, 0, 0)


def test_the_clients_leg_may_end_first() -> None:
    book = LossBook()
    book.open(opens())
    book.heard(its_leg(Side.CLIENT, 900), NOON + 60_000)
    assert used(book, NOON + 60_000) == (0, 500, 1)
    assert used(book, NOON + 60_000 + 1000 * LAST_S) == (0, 0, 0), "a vendor's leg that never comes"
    book.heard(its_leg(Side.VENDOR, 1200), NOON + 600_000)
    assert used(book, NOON + 600_000) == (300, 0, 0), "it counts whenever it comes"


def test_a_corrected_leg_moves_what_was_lost_and_a_repeated_one_does_not() -> None:
    book = LossBook()
    book.open(opens())
    for charge in (1200, 1200, 1500, 800):
        book.heard(its_leg(Side.VENDOR, charge), NOON)
        book.heard(its_leg(Side.CLIENT, 900), NOON)
        assert used(book)[0] == max(0, charge - 900)


def test_a_call_that_went_by_a_vendor_who_loses_nothing_counts_nothing() -> None:
    book = LossBook()
    book.open(opens())
    book.heard(its_leg(Side.VENDOR, 1000, trunk=TrunkId("cheap-out")), NOON)
    book.heard(its_leg(Side.CLIENT, 900), NOON)
    assert used(book) == (0, 0, 0)


def test_a_call_nobody_answered_or_that_never_began_sets_nothing_aside_any_more() -> None:
    book = LossBook()
    book.open(opens())
    assert used(book, NOON + 180_000) == (0, 0, 0)
    book.open(opens())
    book.heard(its_leg(Side.CLIENT, 0, connect_ms=None), NOON)
    assert used(book) == (0, 0, 0)
    other = CallKey(b"o" * 16)
    book.open(opens(other))
    book.open(replace(opens(other), ways=(), asked_s=0))
    assert used(book) == (0, 0, 0)


def test_failed_attempts_cost_too() -> None:
    book = LossBook()
    book.open(opens())
    book.heard(its_leg(Side.VENDOR, 100, leg_id=LegId(b"failed"), trunk=TrunkId("other"), connect_ms=None), NOON)
    book.heard(its_leg(Side.VENDOR, 1200), NOON)
    book.heard(its_leg(Side.CLIENT, 900), NOON)
    assert used(book)[0] == 400


def test_a_losing_vendor_that_failed_before_one_that_loses_nothing_took_the_call_counts_nothing() -> None:
    book = LossBook()
    book.open(opens())
    book.heard(its_leg(Side.VENDOR, 10, leg_id=LegId(b"failed"), connect_ms=None), NOON)
    book.heard(its_leg(Side.VENDOR, 1000, trunk=TrunkId("cheap-out")), NOON)
    book.heard(its_leg(Side.CLIENT, 900), NOON)
    assert used(book) == (0, 0, 0)


def test_where_nobody_took_the_call_what_the_attempts_cost_is_lost() -> None:
    book = LossBook()
    book.open(opens())
    book.heard(its_leg(Side.VENDOR, 10, connect_ms=None), NOON)
    book.heard(its_leg(Side.CLIENT, 0, connect_ms=None), NOON)
    assert used(book) == (10, 0, 0)


def test_nothing_that_is_heard_after_the_clients_end_sets_aside_for_longer() -> None:
    book, over = LossBook(), NOON + 60_000
    book.open(opens())
    book.heard(its_leg(Side.CLIENT, 900), over)
    book.heard(its_leg(Side.VENDOR, 0, leg_id=LegId(b"failed"), trunk=TrunkId("other"), connect_ms=None), over + 1)
    book.heard(its_leg(Side.CLIENT, 910), over + 30_000)  # corrected
    assert used(book, over + 59_999) == (0, 500, 1)
    assert used(book, over + 1000 * LAST_S) == (0, 0, 0)


def test_an_attempt_that_failed_frees_nothing_of_the_next_one() -> None:
    book, again = LossBook(), TrunkId("dearer-out")
    book.open(opens())
    failed = its_leg(Side.CLIENT, 0, leg_id=LegId(b"first"), connect_ms=None)
    book.heard(failed, NOON)
    assert used(book) == (0, 0, 0)
    book.open(opens(expected=700, trunk=again))
    assert used(book) == (0, 700, 1)
    book.open(replace(opens(), ways=(), asked_s=0))
    assert used(book) == (0, 0, 0), "refused after all"
    book.open(opens(trunk=again))
    book.heard(its_leg(Side.CLIENT, 0, LegState.OPEN), NOON)
    book.heard(failed, NOON)
    assert used(book) == (0, 700, 1), "it is told again, and the call goes on"
    book.heard(its_leg(Side.VENDOR, 1200, trunk=again), NOON)
    book.heard(its_leg(Side.CLIENT, 900), NOON)
    assert used(book) == (300, 0, 0)


def test_calls_of_long_ago_are_forgotten_and_what_they_lost_stays() -> None:
    book = LossBook()
    book.open(opens())
    book.heard(its_leg(Side.VENDOR, 1200), NOON)
    book.heard(its_leg(Side.CLIENT, 900), NOON)
    book.forget(NOON + KEPT_MS)
    assert (book.calls, book.changed, used(book)) == ({}, {KEY: None}, (300, 0, 0))


def test_days_and_months_are_counted_apart() -> None:
    whole = allowance(period=Period.MONTH)
    assert len({whole.use_id, PROMO.use_id, replace(whole, zone="Asia/Kolkata").use_id}) == 3
    assert replace(whole, budget=5, vendor=DEAR, most_bp=3).use_id == whole.use_id


def test_a_period_is_told_no_more_once_its_calls_are_forgotten_and_another_one_has_begun() -> None:
    book, days = LossBook(), [PROMO.period_ms(NOON + day * DAY_MS) for day in range(3)]
    for day, period_ms in enumerate(days):
        key = CallKey(bytes([day]) * 16)
        book.open(OpenLoss(key, ((OUT, PROMO.use_id, period_ms, 1),), NOON + day * DAY_MS, 240))
        book.heard(its_leg(Side.VENDOR, 1200, call_key=key), NOON)
        book.heard(its_leg(Side.CLIENT, 900, call_key=key), NOON)
    book.forget(NOON + KEPT_MS)
    assert [use.period_ms for use in sorted(book.uses(NOON), key=lambda use: use.period_ms)] == days
    book.forget(days[1] + KEPT_MS)
    assert {use.period_ms: use.lost for use in book.uses(NOON)} == {days[1]: 300, days[2]: 300}
    book.forget(NOON + 40 * DAY_MS)
    assert [use.period_ms for use in book.uses(NOON)] == [days[2]], "the last one may still be the present one"


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.sampled_from(Side), st.integers(0, 2), st.integers(0, 1000), st.booleans(),
            st.booleans(),
        ),
        max_size=40,
    )
)  # fmt: skip
def test_what_is_counted_is_what_a_recount_of_the_legs_says(
    heard: list[tuple[int, Side, int, int, bool, bool]],
) -> None:
    book, last = LossBook(), dict[tuple[int, LegId], Leg]()
    for call in range(4):
        book.open(opens(CallKey(bytes([call]) * 16)))
    for call, side, number, charge, answered, ended in heard:
        name = LegId(f"{side}{number}".encode())
        one = its_leg(
            side, charge, LegState.CLOSED if ended else LegState.OPEN, call_key=CallKey(bytes([call]) * 16),
            leg_id=name, connect_ms=NOON if answered else None,
            trunk=TrunkId("cheap-out") if side is Side.VENDOR and number == 2 else OUT,
        )  # fmt: skip
        last[call, name] = one
        book.heard(one, NOON)
    recount = 0
    for call in range(4):
        every = [one for (its, _), one in last.items() if its == call]
        legs = [one for one in every if one.state is not LegState.OPEN]
        clients = [one for one in legs if one.side is Side.CLIENT]
        going = any(one.side is Side.CLIENT and one.state is LegState.OPEN for one in every)
        over = any(one.answered for one in clients) or (clients and not going)
        vendors = [one for one in every if one.side is Side.VENDOR]
        took = [one for one in vendors if one.answered] or vendors
        if over and any(one.trunk == OUT for one in took):
            cost = sum(one.base_charge for one in legs if one.side is Side.VENDOR)
            recount += max(0, cost - sum(one.base_charge for one in clients))
    assert used(book)[0] == recount
    assert book.sums.get(PERIOD, 0) == sum((lost[1] for one in book.calls.values() if (lost := one.lost())), 0)


def test_a_book_that_was_loaded_says_the_same() -> None:
    book, again = LossBook(), LossBook()
    for number in range(3):
        book.open(opens(CallKey(bytes([number]) * 16)))
    for charge, side in ((1200, Side.VENDOR), (900, Side.CLIENT)):
        book.heard(its_leg(side, charge, call_key=CallKey(b"\x01" * 16)), NOON)
    again.load(book.calls.values(), book.sums)
    assert again.uses(NOON) == book.uses(NOON) == [LossUse(*PERIOD, 300, 1000, 2)]


_HEARD = ("start", "failed", "end", "vendor", "vendor failed")
_orders = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.integers(0, 2), st.integers(0, 900)),
        st.tuples(st.just("drop"), st.integers(0, 2), st.just(0)),
        st.tuples(st.sampled_from(_HEARD), st.integers(0, 2), st.integers(0, 900)),
    ),
    max_size=30,
)  # fmt: skip


@given(_orders)
def test_whatever_comes_in_whatever_order_nothing_stays_set_aside_for_ever_and_a_restart_changes_nothing(
    orders: list[tuple[str, int, int]],
) -> None:
    book, at_ms = LossBook(), NOON
    for what, call, amount in orders:
        key, at_ms = CallKey(bytes([call]) * 16), at_ms + 1000
        side = Side.VENDOR if what.startswith("vendor") else Side.CLIENT
        answered = None if what.endswith("failed") else NOON
        state = LegState.OPEN if what == "start" else LegState.CLOSED
        if what == "open":
            book.open(OpenLoss(key, ((OUT, *PERIOD, amount),), at_ms, 240))
        elif what == "drop":
            book.open(OpenLoss(key, (), at_ms, 0))
        else:
            name = LegId(f"{side}{what.endswith('failed')}".encode())
            book.heard(its_leg(side, amount, state, call_key=key, leg_id=name, connect_ms=answered), at_ms)
        lost, aside, calls = used(book, at_ms)
        assert lost >= 0 and 0 <= aside <= 900 * calls <= 900 * 3
        assert lost == sum(found[1] for one in book.calls.values() if (found := one.lost()))
        again = LossBook()
        again.load(book.calls.values(), book.sums)
        assert used(again, at_ms) == (lost, aside, calls)
    assert used(book, at_ms + 6 * 3_600_000)[1:] == (0, 0)
