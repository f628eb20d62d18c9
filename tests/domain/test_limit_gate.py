"""Soft limits: what a book counts of attempts, and whom a node leaves out by it."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.attempts import Attempts
from domain.calls import Leg, LegState, Side
from domain.causes import Cause
from domain.directory import Direction, Directory, Switch, Trunk
from domain.holds import Hold, HoldMode
from domain.ids import DestinationId, PartnerId, TrunkId, hold_id
from domain.limit_gate import Asked, LimitGate
from domain.limit_index import LimitIndex, Scope, scope_of
from domain.limits import Limit, LimitId, LimitUse, Period
from domain.recipe import Recipe
from domain.routing import RankCache, decide
from tests.domain.builders import NOON
from tests.domain.call_builders import KESTREL, ORBITA, SW, TERMS, USD, a_leg, directory, key_of
from tests.domain.worlds import setup, uk_world

IN, OUT = TrunkId("orbita-in"), TrunkId("kestrel-out")
UK = DestinationId(7)


def a_limit(name: str = "cap", **fields: Any) -> Limit:
    return Limit(LimitId(name), **fields)


def world(*limits: Limit, out: dict[str, Any] | None = None) -> Directory:
    trunks = {
        IN: Trunk(IN, ORBITA, Direction.IN),
        OUT: Trunk(OUT, KESTREL, Direction.OUT, host="192.0.2.1", **(out or {})),
    }
    switches = {SW: Switch(SW, "192.0.2.9", Recipe("cisco"))}
    return replace(directory(), trunks=trunks, switches=switches, limits=limits)


def hold(call: str, started: bool = False) -> Hold:
    return Hold(
        hold_id(key_of(call), ORBITA, 1), key_of(call), ORBITA, IN, SW, USD, 0, 60, HoldMode.WHOLE, NOON, NOON + 1,
        started, "12025550100", "447911123456", UK, TERMS, trunk_out=OUT,
    )  # fmt: skip


def attempt(call: str, state: LegState = LegState.OPEN, side: Side = Side.VENDOR) -> Leg:
    trunk = OUT if side is Side.VENDOR else IN
    return a_leg(call, side, state, trunk=trunk, b="447911123456", destination=UK)


def counting(*limits: Limit, out: dict[str, Any] | None = None) -> Attempts:
    attempts = Attempts({}, lambda _: None)
    attempts.enter(LimitIndex(world(*limits, out=out)), (), list)
    return attempts


def calls(attempts: Attempts) -> dict[str, int]:
    return {use.limit: use.calls for use in attempts.uses(NOON)}


def test_who_keeps_a_limit_is_said_by_what_it_names() -> None:
    trunks = world().trunks
    assert scope_of(a_limit(client=ORBITA), trunks) is Scope.CLIENT
    assert scope_of(a_limit(trunk=IN, code="44"), trunks) is Scope.CLIENT
    assert scope_of(a_limit(client=ORBITA, vendor=KESTREL), trunks) is Scope.VENDOR
    assert scope_of(a_limit(trunk=OUT), trunks) is Scope.VENDOR
    assert scope_of(a_limit(destination=UK), trunks) is Scope.CALLS


def test_a_call_counts_at_its_first_vendor_until_the_vendors_leg_is_reported_and_then_by_that() -> None:
    attempts = counting(a_limit(vendor=KESTREL, max_calls=9))
    attempts.keep(hold("c1"))
    assert calls(attempts) == {"cap": 1}
    attempts.keep(hold("c1", started=True))
    assert calls(attempts) == {"cap": 0}
    attempts.heard(attempt("c1"), (), NOON)
    assert calls(attempts) == {"cap": 1}
    attempts.heard(attempt("c1", LegState.CLOSED), (), NOON)
    attempts.drop(hold("c1").hold_id)
    assert calls(attempts) == {"cap": 0}


def test_an_outgoing_trunk_limits_its_calls_by_itself() -> None:
    attempts = counting(out={"max_calls": 5})
    attempts.keep(hold("c1"))
    assert calls(attempts) == {"trunk kestrel-out": 1}


def test_whose_call_it_is_may_be_told_after_the_vendors_leg() -> None:
    attempts = counting(a_limit(client=ORBITA, vendor=KESTREL, max_calls=9))
    attempts.heard(attempt("c1"), (), NOON)
    assert calls(attempts) == {"cap": 0}
    attempts.heard(attempt("c1", side=Side.CLIENT), (), NOON)
    assert calls(attempts) == {"cap": 1}
    attempts.heard(attempt("c1", LegState.CLOSED, Side.CLIENT), (), NOON)
    attempts.heard(attempt("c1", LegState.CLOSED), (), NOON)
    assert calls(attempts) == {"cap": 0}


@given(st.lists(st.tuples(st.sampled_from("asbvcx"), st.sampled_from(["c1", "c2", "c3"])), max_size=40))
def test_whatever_is_reported_in_whatever_order_the_counts_are_those_of_what_is_open(steps: list[Any]) -> None:
    limits = (
        a_limit("vendor", vendor=KESTREL, max_calls=9),
        a_limit("pair", client=ORBITA, vendor=KESTREL, max_calls=9),
        a_limit("all", destination=UK, max_calls=9),
    )
    attempts = counting(*limits)
    holds: dict[str, bool] = {}
    open_legs: set[tuple[str, Side]] = set()
    for what, call in steps:
        match what:
            case "a" | "s":
                holds[call] = what == "s"
                attempts.keep(hold(call, started=holds[call]))
            case "x":
                holds.pop(call, None)
                attempts.drop(hold(call).hold_id)
            case "b" | "v":
                side = Side.VENDOR if what == "v" else Side.CLIENT
                open_legs.add((call, side))
                attempts.heard(attempt(call, side=side), (), NOON)
            case _:
                for side in Side:
                    open_legs.discard((call, side))
                    attempts.heard(attempt(call, LegState.CLOSED, side), (), NOON)
        expected = len([call for call, side in open_legs if side is Side.VENDOR]) + list(holds.values()).count(False)
        assert calls(attempts)["vendor"] == expected
        assert calls(attempts)["all"] == len(holds)
        again = Attempts({}, lambda _: None)
        again.enter(
            LimitIndex(world(*limits)),
            [hold(call, started) for call, started in holds.items()],
            lambda: [(attempt(call, side=side), NOON) for call, side in open_legs],
        )
        assert calls(again)["vendor"] == expected
    for call in ("c1", "c2", "c3"):
        attempts.drop(hold(call).hold_id)
        for side in Side:
            attempts.heard(attempt(call, LegState.CLOSED, side), (), NOON)
    assert calls(attempts) == {"vendor": 0, "pair": 0, "all": 0}


# ---- the node

ASKED = Asked(ORBITA, IN, "447911123456", UK, NOON)


def gate(*limits: Limit, nodes: int = 1) -> LimitGate:
    made = LimitGate(nodes)
    made.enter(world(*limits))
    return made


def test_what_a_node_sent_counts_until_a_board_holds_it_and_never_twice() -> None:
    its = gate(a_limit(destination=UK, max_calls=2))
    for _ in range(2):
        assert its.over_call(ASKED) is None
        with its.counting(its.sent(ASKED, KESTREL, OUT)) as call:
            call.granted = True
    assert its.over_call(ASKED) == (Cause.OVER_CALLS, "limit cap: 2 of 2 calls")
    its.asks()
    its.learn({0: [LimitUse(LimitId("cap"), calls=2)]})
    assert its.over_call(ASKED) is not None
    its.asks()
    its.learn({0: [LimitUse(LimitId("cap"), calls=1)]})
    assert its.over_call(ASKED) is None


def test_a_limit_that_is_removed_and_added_again_has_kept_nobody_out() -> None:
    cap, other = a_limit(destination=UK, max_calls=0), a_limit("other", destination=UK)
    its = gate(cap)
    assert its.over_call(ASKED) is not None
    for limits in ([replace(cap, max_calls=1)], [replace(cap, enabled=False)], [cap, other]):
        its.enter(world(*limits))
        assert its.refused == {"cap": 1}, "one that is changed is the same"
    its.enter(world(other))
    its.enter(world(cap))
    assert its.refused[cap.id] == 0


def test_the_limit_of_a_trunk_itself_goes_on_counting_whom_it_kept_out() -> None:
    its, seen = LimitGate(), uk_world()
    trunks = {name: replace(trunk, max_calls=0) for name, trunk in seen.index.directory.trunks.items()}
    directory = replace(seen.index.directory, trunks=trunks)
    its.enter(directory)
    assert decide(setup(), seen, RankCache(), its).refusal is Cause.NO_ROUTE
    assert its.refused and all(name.startswith("trunk ") for name in its.refused)
    before = dict(its.refused)
    its.enter(replace(directory, limits=(a_limit(),)))
    assert its.refused == before


def test_a_call_that_is_refused_after_all_counts_no_more() -> None:
    its = gate(a_limit(destination=UK, max_calls=1))
    with its.counting(its.sent(ASKED, KESTREL, OUT)):
        assert its.over_call(ASKED) is not None
    assert its.over_call(ASKED) is None


def test_calls_that_are_refused_take_no_calls_a_second_from_others() -> None:
    its = gate(a_limit(destination=UK, max_cps=2))
    for _ in range(20):
        assert its.over_call(ASKED) is None
        with its.counting(its.sent(ASKED, KESTREL, OUT)):
            assert its.cps(NOON)[LimitId("cap")] == 1, "while it is asked about, it counts"
    for _ in range(2):
        assert its.over_call(ASKED) is None
        with its.counting(its.sent(ASKED, KESTREL, OUT)) as call:
            call.granted = True
    assert its.over_call(ASKED) == (Cause.OVER_CPS, "limit cap: 2 calls a second")


def test_calls_a_second_are_shared_out_among_the_nodes() -> None:
    its = gate(a_limit(destination=UK, max_cps=4), nodes=2)
    let = 0
    for at_ms in range(NOON, NOON + 10_000, 10):
        asked = replace(ASKED, at_ms=at_ms)
        if its.over_call(asked) is None:
            its.sent(asked, PartnerId("kestrel"), OUT)
            let += 1
    assert let == 2 + 19, "half of a second's worth at once, and then half of the flow"


def test_minutes_of_an_earlier_period_count_no_more() -> None:
    limit = a_limit(destination=UK, max_minutes=1)
    its = gate(limit)
    its.learn({0: [LimitUse(limit.id, seconds=60, period_ms=limit.period_ms(NOON))]})
    assert its.over_call(ASKED) == (Cause.OVER_MINUTES, "limit cap: 1 of 1 minutes in the month")
    its.learn({0: [LimitUse(limit.id, seconds=60, period_ms=limit.before_ms(NOON))]})
    assert its.over_call(ASKED) is None


def test_what_is_used_of_a_limit_for_ever_is_in_no_period() -> None:
    limit = a_limit("pair", destination=UK, max_units=5_000_000, currency=USD, period=Period.EVER)
    its = gate(limit)
    its.learn({0: [LimitUse(limit.id, units=7_000_000, period_ms=limit.period_ms(NOON))]})
    assert its.over_call(ASKED) == (Cause.OVER_MONEY, "limit pair: 0.07 of 0.05 USD")
