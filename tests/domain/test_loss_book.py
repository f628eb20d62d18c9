"""What calls really lost, counted by both legs in their book, and set aside until that is known."""

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.calls import Leg, LegState, Side
from domain.commands import FindLoss, LossAside, OpenLoss
from domain.ids import CallKey, LegId, TrunkId
from domain.limits import Period
from domain.loss_book import KEPT_MS, LAST_S, LossBook
from domain.loss_gate import LossGate
from domain.losses import LossUse, LossUseId
from domain.money import units_of
from tests.domain.builders import NOON, leg
from tests.domain.test_losses import DAY_MS, DEAR, allowance, gate_of, losing, route

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


def told(answer: LossAside) -> Counter[tuple[LossUseId, int]]:
    return Counter({(use_id, period_ms): units for use_id, period_ms, units in answer.aside})


def asks(book: LossBook, gate: LossGate, call: str) -> CallKey | None:
    """Ask about a call at a node, as nodes do; return its key if it may go, and lose."""
    gate.asks()
    gate.learn({0: book.uses(NOON)})
    got = route(ITS, gate, call_id=call.encode())
    if gate.in_doubt(got.call_key):
        gate.hears(got.call_key, told(book.answer(FindLoss(got.call_key, NOON))), NOON)
        got = route(ITS, gate, call_id=call.encode())
    if not got.routes:
        return None
    ways = gate.ways(got.routes, NOON)
    with gate.setting_aside(ways, got.call_key, NOON) as aside:
        aside.before = told(book.answer(OpenLoss(got.call_key, ways, NOON, 240)))
        aside.durable = True
    return got.call_key


SMALL = allowance(budget=units_of("0.12"))
"""Two calls and a part of one."""
ITS = losing(SMALL)
STEPS = st.tuples(
    st.sampled_from("ab"), st.sampled_from(["c0", "c1", "c2"]), st.sampled_from(["asks", "fails", "ends"])
)


@given(st.lists(STEPS, max_size=12))
def test_whichever_node_is_asked_however_often_no_budget_is_passed_and_no_call_is_in_its_own_way(
    steps: list[tuple[str, str, str]],
) -> None:
    book, gates, keys = LossBook(), {name: gate_of(ITS) for name in "ab"}, dict[str, CallKey]()
    for place, (node, call, what) in enumerate(steps):
        if what == "asks":
            key, its = keys.get(call), asks(book, gates[node], call)
            waits = key is not None and any(book.answer(FindLoss(key, NOON)).aside)
            assert its is not None or not waits, "what is set aside for it lets it go"
            keys |= {call: its} if its is not None else {}
        elif call in keys:
            ends: dict[str, Any] = {"call_key": keys[call], "connect_ms": NOON if what == "ends" else None}
            for side in (Side.VENDOR, Side.CLIENT):
                charge = units_of("0.05") if what == "ends" and side is Side.VENDOR else 0
                of = LegId(f"{side}{place}".encode())
                book.heard(its_leg(side, charge, leg_id=of, **ends), NOON)
            del keys[call]
        assert sum(use.taken for use in book.uses(NOON)) <= SMALL.budget
