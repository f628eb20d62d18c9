"""Routes that are out in the lists of calls, and the calls that try them."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.causes import Cause
from domain.decisions import Decision, explain
from domain.directory import Policy
from domain.ids import DestinationId, PartnerId
from domain.policies.policy import Unmet
from domain.policies.rules import rules_of
from domain.probe_draw import ProbeDraw
from domain.quality_figures import DestinationFigures
from domain.ranking import Part, Ranking
from domain.route_standing import RouteStanding
from domain.route_states import Standing
from domain.route_watch import Watch
from domain.routing import RankCache, decide
from domain.taken import Taken
from domain.world import World
from tests.domain.builders import table
from tests.domain.policies.known import known, quality
from tests.domain.worlds import row, setup, world

OUT = RouteStanding(Standing.OUT, "out since noon: asr 25.0 (17.5–34.3, 100 calls) is beyond 35", 1)
LAST = RouteStanding(Standing.OUT, "out since noon", 1, last=True)


def probing(most: int = 0, turn: int = 0, share_bp: int = 500, **fields: Any) -> RouteStanding:
    return RouteStanding(Standing.PROBING, "probing", 1, share_bp, most=most, batch=1, turn=turn, **fields)


def trial(share_bp: int = 2000) -> RouteStanding:
    return RouteStanding(Standing.TRIAL, "on trial", 1, share_bp, stays=True)


def stands(
    by_hand: bool = False, /, known: DestinationFigures | None = None, **vendors: RouteStanding
) -> DestinationFigures:
    watch = None if by_hand else Watch(asr=35.0)
    its = {PartnerId(name): standing for name, standing in vendors.items()}
    return DestinationFigures(vendors=known.vendors if known else {}, standings={watch: its})


def three(figures: DestinationFigures, /, **policy: Any) -> World:
    """Vendors a, b and c at rising prices, all below what it is sold for."""
    prices = {"a": "0.01", "b": "0.02", "c": "0.03"}
    policy.setdefault("watch_asr", 35.0)
    return world(
        table(row("44", "0.1")),
        {name: table(row("447", price)) for name, price in prices.items()},
        policies=[Policy("default", **policy)],
        known=figures,
    )


def order(decision: Decision) -> list[str]:
    return [str(route.vendor) for route in decision.routes]


def firsts(where: World, calls: int, draw: ProbeDraw) -> Counter[str]:
    cache = RankCache()
    return Counter(order(decide(setup(), where, cache, None, draw))[0] for _ in range(calls))


def test_who_is_out_is_left_out_with_what_it_was_decided_by() -> None:
    got = decide(setup(), three(stands(a=OUT)))
    assert order(got) == ["b", "c"]
    assert [out.reason for out in got.left_out if out.vendor == "a"] == [OUT.why]


def test_who_is_penalised_stands_last() -> None:
    assert order(decide(setup(), three(stands(a=LAST)))) == ["b", "c", "a"]


def test_who_stands_last_is_told_with_what_it_was_decided_by() -> None:
    got = decide(setup(), three(stands(a=LAST, b=OUT)))
    assert [(one.vendor, one.trunk, one.reason) for one in got.last] == [("a", "a-out", LAST.why)]
    assert f"stands last: a by a-out: {LAST.why}" in explain(got)
    assert decide(setup(), three(stands(a=OUT))).last == ()


def test_who_stands_last_is_told_too_where_the_list_ends_before_it() -> None:
    got = decide(setup(), three(stands(a=LAST), max_routes=2))
    assert (order(got), [one.vendor for one in got.last]) == (["b", "c"], ["a"])
    assert [out.reason for out in got.left_out if out.vendor == "a"] == ["rank 3, the list ends at 2"]


def test_a_call_that_tries_it_is_not_told_that_it_stands_last() -> None:
    where = three(stands(a=probing(share_bp=10_000, last=True), b=LAST))
    got = decide(setup(), where, None, None, ProbeDraw())
    assert (order(got), [one.vendor for one in got.last]) == (["a", "c", "b"], ["b"])


def test_a_vendor_that_is_out_shadows_nobody() -> None:
    assert order(decide(setup(), three(stands(a=OUT), max_routes=1))) == ["b"]


def test_calls_of_clients_without_that_watch_go_as_before() -> None:
    for asr in (None, 40.0):
        assert order(decide(setup(), three(stands(a=OUT), watch_asr=asr))) == ["a", "b", "c"]


def test_an_order_by_hand_holds_whatever_is_watched() -> None:
    locked = RouteStanding(Standing.LOCKED_OUT, "out since noon: ticket 7", 1)
    for asr in (None, 35.0, 40.0):
        assert order(decide(setup(), three(stands(True, a=locked), watch_asr=asr))) == ["b", "c"]


def test_a_call_that_nobody_may_carry_says_so() -> None:
    got = decide(setup(), three(stands(a=OUT, b=OUT, c=OUT)))
    assert (got.refusal, got.detail) == (Cause.NO_ROUTE, "every vendor is out")


def test_one_call_in_twenty_tries_a_probing_vendor_first_and_falls_back_to_the_others() -> None:
    where, draw, cache = three(stands(a=probing())), ProbeDraw(), RankCache()
    orders = [order(decide(setup(), where, cache, None, draw)) for _ in range(100)]
    assert [at for at, one in enumerate(orders, 1) if one == ["a", "b", "c"]] == [20, 40, 60, 80, 100]
    assert orders.count(["b", "c"]) == 95


def test_without_a_draw_nobody_is_tried() -> None:
    got = decide(setup(), three(stands(a=probing())))
    assert order(got) == ["b", "c"]
    assert [out.reason for out in got.left_out if out.vendor == "a"] == ["probing"]


def test_a_vendor_on_trial_has_its_part_first_and_else_stands_where_the_formula_puts_it() -> None:
    assert firsts(three(stands(c=trial()), order="price"), 100, ProbeDraw()) == {"a": 80, "c": 20}
    assert firsts(three(stands(a=trial()), order="price"), 100, ProbeDraw()) == {"a": 100}


def test_who_is_tried_need_not_keep_what_is_promised_yet() -> None:
    quality_of = known(a=quality(asr=25.0), b=quality(asr=40.0), c=quality(asr=25.0))
    for unmet in Unmet:
        where = three(stands(known=quality_of, a=probing()), keep="asr >= 35", unmet=unmet)
        assert firsts(where, 100, ProbeDraw()) == {"a": 5, "b": 95}
        assert order(decide(setup(), where)) == ["b"]


def test_a_try_is_not_among_those_that_are_left_out() -> None:
    quality_of = known(a=quality(asr=25.0), b=quality(asr=40.0), c=quality(asr=25.0))
    where = three(stands(known=quality_of, a=probing(share_bp=10_000)), keep="asr >= 35")
    got = decide(setup(), where, None, None, ProbeDraw())
    assert (order(got), [out.vendor for out in got.left_out]) == (["a", "b"], ["c"])


@pytest.mark.parametrize(
    ("keep", "tried"),
    [("cli_guaranteed and asr >= 35", False), ("not cli_guaranteed and asr * acd / pdd_p50 > 3000", True)],
)
def test_what_is_promised_beside_quality_holds_for_tries_too(keep: str, tried: bool) -> None:
    quality_of = known(a=quality(asr=25.0), b=quality(asr=40.0), c=quality(asr=40.0))
    where = three(stands(known=quality_of, a=probing()), keep=keep, unmet=Unmet.REFUSE)
    draw, cache = ProbeDraw(), RankCache()
    got = [decide(setup(), where, cache, None, draw) for _ in range(100)]
    assert any("a try of" in one.drawn for one in got) is tried


def test_who_may_not_carry_the_call_is_not_tried_either() -> None:
    assert firsts(three(stands(a=probing()), only='vendor != "a"'), 100, ProbeDraw()) == {"b": 100}


def test_a_batch_is_bounded_and_its_next_turn_makes_up_for_nothing() -> None:
    draw = ProbeDraw()
    assert firsts(three(stands(a=probing(most=3))), 1000, draw) == {"a": 3, "b": 997}
    assert firsts(three(stands(a=probing(most=3, turn=1))), 39, draw)["a"] <= 2


def test_a_vendor_that_is_alone_and_out_still_gets_its_tries() -> None:
    where, draw = three(stands(a=probing(), b=OUT, c=OUT)), ProbeDraw()
    got = [decide(setup(), where, None, None, draw) for _ in range(40)]
    assert [len(one.routes) for one in got].count(1) == 2
    assert all(one.refusal is Cause.NO_ROUTE for one in got if not one.routes)


def parts(shares: list[int], most: int = 0) -> tuple[Part, ...]:
    ranking = Ranking(0, (), (), unprofitable=False)
    names = (PartnerId(f"v{at}") for at in range(len(shares)))
    return tuple(Part(name, None, probing(most, share_bp=bp), ranking) for name, bp in zip(names, shares, strict=True))


@given(st.integers(1, 9_999), st.integers(0, 500))
def test_the_part_of_one_vendor_is_exact_at_every_call(share_bp: int, calls: int) -> None:
    draw, one = ProbeDraw(), parts([share_bp])
    sent = 0
    for call in range(1, calls + 1):
        sent += draw.drawn(one, DestinationId(1), Taken()) is not None
        assert sent == call * share_bp // 10_000


@given(st.lists(st.integers(1, 5_000), min_size=2, max_size=6), st.integers(1, 400))
def test_several_vendors_get_their_parts_within_few_calls(shares: list[int], calls: int) -> None:
    shares = [share * 10_000 // max(10_000, sum(shares)) or 1 for share in shares]
    draw, all_of_them = ProbeDraw(), parts(shares)
    sent = Counter[str]()
    for call in range(1, calls + 1):
        part = draw.drawn(all_of_them, DestinationId(1), Taken())
        sent.update([part.vendor] if part else [])
        for at, share in enumerate(shares):
            assert abs(sent[f"v{at}"] - call * share / 10_000) < len(shares)


@given(st.integers(1, 10_000), st.integers(1, 60), st.integers(0, 2_000))
def test_no_turn_is_overspent(share_bp: int, most: int, calls: int) -> None:
    draw, one = ProbeDraw(), parts([share_bp], most)
    assert sum(draw.drawn(one, DestinationId(1), Taken()) is not None for _ in range(calls)) <= most


def test_who_stands_back_for_others_is_not_flooded_afterwards() -> None:
    draw, both = ProbeDraw(), parts([10_000, 10_000])
    for _ in range(1_000):
        draw.drawn(both, DestinationId(1), Taken())
    alone = parts([100, 100])[1:]
    firsts = [draw.drawn(alone, DestinationId(1), Taken()) is not None for _ in range(300)]
    assert sum(firsts) <= 2 + 3


def test_counters_are_bounded() -> None:
    draw, one = ProbeDraw(limit=10), parts([500])
    for destination in range(100):
        draw.drawn(one, DestinationId(destination), Taken())
    assert len(draw._counters) == 10


def test_a_watch_alone_needs_no_formula_and_keeps_the_quick_way() -> None:
    rules = rules_of((Policy("default", watch_asr=35.0),))
    assert (rules.watch, rules.arranges) == (Watch(asr=35.0), False)
