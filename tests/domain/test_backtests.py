"""What becomes of a call of the past under another policy, and what many of them come to."""

from collections import Counter
from dataclasses import replace
from functools import reduce
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attribution import DirectoryIndex
from domain.backtest_choices import Chooser, PastCall
from domain.backtest_views import by_client, by_vendor, moves
from domain.backtests import (
    NOBODY,
    STAYS,
    TICKETS,
    Backtest,
    Choice,
    Fate,
    Group,
    Sums,
    Was,
    Way,
    fate,
)
from domain.causes import Cause
from domain.directory import Portability
from domain.ids import DestinationId, PartnerId, PlanId, TrunkId
from domain.policies.policy import Policy
from domain.policies.statics import Place, Static, StaticId
from domain.routing import decide
from domain.world import World
from tests.domain.builders import NOON, dice
from tests.domain.test_portability import AIRTEL, MOVED, kenya
from tests.domain.worlds import UK_MOBILE, setup, uk_world

HAND_ON, IGNORE = Portability.HAND_ON, Portability.IGNORE
VENDORS = tuple(map(PartnerId, ("nordlink", "savanna", "kestrel")))
N, S, K = (Way(vendor, PlanId(f"{vendor}-buy")) for vendor in VENDORS)
CALL = PastCall(
    PartnerId("orbita"), TrunkId("orbita-in"), "447911123456", "12025550100", DestinationId(UK_MOBILE), NOON
)


def was(carrier: str, *failed: str, answered: bool = True) -> Was:
    return Was(PartnerId(carrier), frozenset(map(PartnerId, failed)), answered)


@pytest.mark.parametrize(
    ("call", "ways", "becomes"),
    [
        (was("savanna"), (N, S), Fate(N)),
        (was("nordlink"), (N, S), STAYS),
        (was("savanna", "nordlink"), (N, S), STAYS),  # it failed the call then
        (was("savanna", "nordlink"), (N, K, S), Fate(K, (VENDORS[0],))),
        (was("savanna", "nordlink"), (N,), Fate(None, (VENDORS[0],), Cause.NO_ROUTE)),
        (was("nordlink", answered=False), (N, S), STAYS),
        (was("savanna", "nordlink", "savanna", answered=False), (N, S), STAYS),
        (was("nordlink", "nordlink", answered=False), (S, N), Fate(S)),
        (was("nordlink"), (), Fate(refusal=Cause.NO_MARGIN)),
        (was(""), (N, S), STAYS),  # nobody knows who had it
        (was(""), (), STAYS),
    ],
)
def test_a_call_goes_to_the_first_that_did_not_fail_it(call: Was, ways: tuple[Way, ...], becomes: Fate) -> None:
    assert fate(call, Choice(ways, None if ways else Cause.NO_MARGIN)) == becomes


def test_a_call_stays_where_two_policies_say_the_same_of_it() -> None:
    then, now = Choice((N, S, K)), Choice((N, K, S))
    assert fate(was("savanna"), now, then) == STAYS, "why it was not with Nordlink no policy tells"
    assert fate(was("savanna", "nordlink"), now, then) == Fate(K, (VENDORS[0],))
    assert fate(was("kestrel", "nordlink"), now, then) == STAYS


@given(st.permutations((N, S, K)), st.sets(st.sampled_from(VENDORS)), st.sampled_from(VENDORS), st.booleans())
def test_the_same_policy_moves_no_call(ways: list[Way], failed: set[PartnerId], carrier: PartnerId, up: bool) -> None:
    call = Was(carrier, frozenset(failed - {carrier} if up else failed | {carrier}), up)
    assert fate(call, Choice(tuple(ways)), Choice(tuple(ways))) == STAYS
    assert fate(Was(N.vendor, frozenset(), up), Choice((N,))) == STAYS


@given(st.lists(st.tuples(st.integers(1, 100), st.sampled_from((N, S, K))), min_size=1, max_size=4))
def test_tickets_are_drawn_by_weight(parts: list[tuple[int, Way]]) -> None:
    choice = Choice((N,), drawn=tuple((weight, (way,)) for weight, way in parts))
    total = sum(weight for weight, _ in parts)
    drawn = Counter(choice.of(ticket).ways for ticket in range(TICKETS))
    for way in (N, S, K):
        share = sum(weight for weight, its in parts if its == way)
        assert abs(drawn[(way,)] - share * TICKETS / total) <= len(parts)


any_ways = st.lists(st.sampled_from((N, S, K, N._replace(trunk=TrunkId("n2")))), max_size=5, unique=True).map(tuple)


@given(any_ways, any_ways, st.sets(st.sampled_from(VENDORS)), st.sampled_from((*VENDORS, NOBODY)), st.booleans())
def test_no_more_matters_to_a_call_than_the_ways_of_as_many_as_failed_it_and_one(
    now: tuple[Way, ...], then: tuple[Way, ...], failed: set[PartnerId], carrier: PartnerId, up: bool
) -> None:
    call = Was(carrier, frozenset(failed - {carrier} if up else failed), up)
    heads = Choice(now).head(len(failed)), Choice(then).head(len(failed))
    assert fate(call, heads[0]) == fate(call, Choice(now))
    assert fate(call, *heads) == fate(call, Choice(now), Choice(then))
    assert len({way.vendor for way in heads[0].ways}) <= len(failed) + 1


@pytest.mark.parametrize("policy", ["", "price", "real_cost", "asr, price", "if hour < 12 then price else real_cost"])
def test_a_past_call_goes_where_a_live_one_goes(policy: str) -> None:
    world = uk_world(policies=[Policy("default", order=policy)])
    live = decide(setup(), world)
    choice = Chooser(uk_world(), Policy("tried", order=policy)).choice(CALL)
    assert [way.vendor for way in choice.ways] == [route.vendor for route in live.routes]
    assert choice.ways[0].plan == f"buy-{choice.ways[0].vendor}"


def test_what_live_calls_are_refused_for_past_ones_are() -> None:
    dear = uk_world()
    assert Chooser(dear, Policy("x", min_margin_bp=9_000)).choice(CALL).refusal is Cause.NO_MARGIN
    assert Chooser(dear, Policy("x", vendors=(PartnerId("nobody"),))).choice(CALL).refusal is Cause.NO_ROUTE
    assert Chooser(dear, Policy("x")).choice(replace(CALL, number="33612345678")).refusal is Cause.NO_RATE
    assert Chooser(dear, Policy("x")).choice(replace(CALL, client=PartnerId("gone"))).refusal is Cause.NO_RATE


def with_statics(world: World, *entries: Static) -> World:
    return replace(world, index=DirectoryIndex(replace(world.index.directory, statics=entries)))


def test_splits_and_static_entries_count() -> None:
    split = Chooser(uk_world(), Policy("x", split="kestrel:60, bluewire:40")).choice(CALL)
    shares = {way: weight for weight, (way, *_) in split.drawn}
    assert {way.vendor: weight for way, weight in shares.items()} == {"kestrel": 60, "bluewire": 40}
    assert sum(split.of(ticket).ways[0].vendor == "kestrel" for ticket in range(TICKETS)) == TICKETS * 6 // 10
    never = Static(StaticId("n"), Place.NEVER, vendor=PartnerId("kestrel"), code="4479")
    first = Static(StaticId("f"), Place.FIRST, vendor=PartnerId("bluewire"))
    assert [way.vendor for way in Chooser(with_statics(uk_world(), never), Policy("x")).choice(CALL).ways] == [
        "bluewire"
    ]
    put = Chooser(with_statics(uk_world(), first), Policy("x")).choice(CALL)
    assert [way.vendor for way in put.ways] == ["bluewire", "kestrel"] and not put.drawn


def test_an_older_version_of_the_policy_that_is_tried_lies_under_nothing() -> None:
    narrow = Policy("default", vendors=(PartnerId("bluewire"),))
    tried = Chooser(uk_world(policies=[narrow]), Policy("default", order="price", version=2)).choice(CALL)
    assert {way.vendor for way in tried.ways} == {"bluewire", "kestrel"}


def any_group(vendors: tuple[str, ...] = ("", *VENDORS)) -> st.SearchStrategy[Group]:
    then, client = st.sampled_from(vendors[1:]).map(PartnerId), st.sampled_from(["a", "b"]).map(PartnerId)
    now = st.sampled_from(vendors).map(PartnerId)
    return st.builds(
        lambda c, d, t, n: Group(c, DestinationId(d), t, n, "" if n else "no-route"),
        client,
        st.integers(1, 2),
        then,
        now,
    )


COUNTS = st.integers(0, 1000)
SUMS = st.builds(Sums, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
TRIED = st.dictionaries(
    st.tuples(st.sampled_from(VENDORS), st.integers(1, 2).map(DestinationId)), st.tuples(st.integers(1, 9), st.just(1))
)
PART = st.builds(Backtest, st.dictionaries(any_group(), SUMS), TRIED, COUNTS, COUNTS, st.just(1))


@given(st.lists(PART, max_size=4), dice)
def test_parts_add_up_in_any_order_and_every_view_has_the_same_totals(parts: list[Backtest], shuffled: object) -> None:
    whole, back = reduce(add, parts, Backtest()), reduce(add, parts[::-1], Backtest())
    assert whole == back and whole.total == sum((part.total for part in parts), Sums())
    clients, vendors = by_client(whole), by_vendor(whole)
    assert sum((side.sums for side in clients), Sums()) == whole.total
    assert sum(side.cost for side in vendors) == whole.total.cost
    lost = sum(sums.cost_now for group, sums in whole.groups.items() if group.now == NOBODY)
    assert sum(side.cost_now for side in vendors) + lost == whole.total.cost_now
    assert sum(move.sums.calls for move in moves(whole)) == sum(side.moved + side.refused for side in clients)


def test_answers_to_be_expected_are_by_the_vendors_own_asr() -> None:
    a, place, known = PartnerId("a"), DestinationId(1), Sums(calls=100, answered=45)
    groups = {Group(a, place, N.vendor, way, ""): known for way in (N.vendor, S.vendor, K.vendor)}
    groups[Group(a, place, N.vendor, NOBODY, "no-route")] = known
    found = Backtest(groups, {(S.vendor, place): (1_000, 380), (N.vendor, place): (10, 1)})
    expected = {group.now: found.expected(group) for group in groups}
    assert expected == {N.vendor: 45.0, S.vendor: 38.0, K.vendor: 45.0, NOBODY: 0.0}


@pytest.mark.parametrize("told", [(HAND_ON, HAND_ON), (HAND_ON, IGNORE), (IGNORE, HAND_ON), (IGNORE, IGNORE)])
def test_a_past_call_to_a_moved_number_goes_where_a_live_one_goes(told: tuple[Portability, Portability]) -> None:
    """Vendors who are not told of the move stand by what the dialled number costs."""
    its = kenya(Portability.LOOK_UP, vendor=told[0], other=told[1])
    live = decide(setup(MOVED), its)
    assert live.client is not None and live.trunk is not None
    call = PastCall(live.client, live.trunk, AIRTEL, "", live.destination, live.at_ms, MOVED)
    assert [way.vendor for way in Chooser(its, Policy("x")).choice(call).ways] == [way.vendor for way in live.routes]
