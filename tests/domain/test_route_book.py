"""The book of all watched routes: what nodes are told, what is kept, and the story of a vendor that falls and mends."""

import gc
import tracemalloc
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.days import local_time
from domain.directory import Policy
from domain.ids import DestinationId, PartnerId
from domain.policies.watching import watch_of
from domain.probe_draw import ProbeDraw
from domain.quality_board import QualityBoard
from domain.quality_figures import DestinationFigures
from domain.route_book import KeptState, News, RouteBook
from domain.route_standing import RouteStanding
from domain.route_states import Outcome, Standing
from domain.route_watch import Action, Watch
from domain.routing import RankCache, decide
from tests.domain.builders import NOON, table
from tests.domain.worlds import UK_MOBILE, row, setup, world

FLOOR = Watch(asr=35.0)
NORDLINK, SAVANNA = PartnerId("nordlink"), PartnerId("savanna")
KENYA, UK = DestinationId(1), DestinationId(2)
ROUTE = NORDLINK, KENYA


def outcome(at_ms: int, answered: bool) -> Outcome:
    return Outcome(at_ms, answered, answered)


def book(*watches: Watch, nodes: int = 1) -> RouteBook:
    return RouteBook(nodes, lambda where: frozenset(watches or (FLOOR,)) if where == KENYA else frozenset())


def sick(its: RouteBook, calls: int = 200, since_ms: int = 0, vendor: PartnerId = NORDLINK) -> int:
    """Let calls fail but every 4th until the route is out; return when, ms."""
    for call in range(1, calls + 1):
        at_ms = since_ms + 1000 * call
        its.hear(vendor, KENYA, outcome(at_ms, call % 4 == 0), at_ms)
        if its.standings(KENYA):
            return at_ms
    return since_ms + 1000 * calls


def test_who_goes_out_is_told_to_nodes_with_the_reason_and_who_stands_well_is_not() -> None:
    its = book()
    for call in range(1, 50):
        its.hear(SAVANNA, KENYA, outcome(1000 * call, answered=True), 1000 * call)
    assert (its.standings(KENYA), its.changed()) == ({}, set())
    sick(its)
    [(watch, vendors)] = its.standings(KENYA).items()
    assert (watch, list(vendors)) == (FLOOR, [NORDLINK])
    assert vendors[NORDLINK].why.startswith("out since 1970-01-01 00:0")
    assert (its.changed(), its.changed()) == ({KENYA}, set())


def test_standings_stay_the_same_object_until_one_changes() -> None:
    its = book()
    out_ms = sick(its)
    before = its.standings(KENYA)
    for call in range(100):
        its.hear(SAVANNA, KENYA, outcome(out_ms + call, answered=True), out_ms + call)
        its.tick(out_ms + call)
    assert its.standings(KENYA) is before
    its.tick(out_ms + 300_000)
    assert its.standings(KENYA)[FLOOR][NORDLINK].standing is Standing.PROBING


def test_unwatched_destinations_are_not_looked_at() -> None:
    its = book()
    for call in range(200):
        its.hear(NORDLINK, UK, outcome(call, answered=False), call)
    assert (its.standings(UK), list(its.states()), its.news(0)) == ({}, [], [])


def test_news_are_kept_until_they_are_acknowledged() -> None:
    its = book()
    out_ms = sick(its)
    [first] = its.news(0)
    assert its.news(0) == [first]
    assert (first.seq, first.state.standing, first.state.since_ms) == (1, Standing.OUT, out_ms)
    its.tick(out_ms + 300_000)
    assert [news.state.standing for news in its.news(1)] == [Standing.PROBING]
    assert its.news(2) == []


def test_states_come_back_from_what_was_kept() -> None:
    its = book()
    out_ms = sick(its)
    its.order((SAVANNA, UK), Standing.LOCKED_OUT, out_ms, "ticket 7")
    kept = {(news.state.watch, news.state.vendor): news.state for news in its.news(0)}
    again = book()
    again.restore(kept.values(), out_ms + 1)
    for where in (KENYA, UK):
        assert again.standings(where) == its.standings(where)
    again.tick(out_ms + 300_000)
    assert again.standings(KENYA)[FLOOR][NORDLINK].batch == 1


def test_states_may_come_back_before_policies_are_known() -> None:
    its = book()
    out_ms = sick(its)
    [kept] = [news.state for news in its.news(0)]
    for watches in (frozenset({FLOOR}), frozenset[Watch]()):
        again = RouteBook()
        again.restore([kept], out_ms + 1)
        assert again.standings(KENYA) == its.standings(KENYA)
        again.watch(lambda _, its=watches: its, out_ms + 2)  # type: ignore[misc]
        assert bool(again.standings(KENYA)) == bool(watches)


def test_an_order_reaches_states_that_came_back_before_policies_are_known() -> None:
    its = book()
    sick(its)
    again = RouteBook()
    again.restore([news.state for news in its.news(0)], 10**6)
    assert again.order(ROUTE, Standing.ACTIVE, 10**6, "mended")
    assert again.standings(KENYA) == {}


def test_an_order_by_hand_holds_without_any_policy_until_it_ends() -> None:
    its = book()
    its.order((SAVANNA, UK), Standing.LOCKED_OUT, 0, "ticket 7", until_ms=5000, who="noc")
    assert "ticket 7" in its.standings(UK)[None][SAVANNA].why
    its.tick(4999)
    assert its.standings(UK)
    its.tick(5000)
    assert its.standings(UK) == {}
    assert [(news.event.why, news.who) for news in its.news(0)] == [
        ("ticket 7", "noc"),
        ("the order by hand is over", ""),
    ]


def test_a_watched_route_comes_back_from_an_order_by_a_trial() -> None:
    its = book()
    its.hear(NORDLINK, KENYA, outcome(1, answered=True), 1)
    its.order(ROUTE, Standing.LOCKED_OUT, 10, "ticket 7", until_ms=5000)
    its.hear(NORDLINK, KENYA, outcome(20, answered=False), 20)
    its.tick(5000)
    assert [*its.standings(KENYA)] == [FLOOR]
    assert its.standings(KENYA)[FLOOR][NORDLINK].standing is Standing.TRIAL


def test_a_route_ordered_in_stays_whatever_calls_say() -> None:
    its = book()
    out_ms = sick(its)
    its.order(ROUTE, Standing.LOCKED_IN, out_ms, "it must carry")
    assert its.standings(KENYA) == {}
    sick(its, since_ms=out_ms)
    assert its.standings(KENYA) == {}
    its.order(ROUTE, Standing.ACTIVE, 2 * out_ms, "watched again")
    sick(its, since_ms=2 * out_ms)
    assert its.standings(KENYA)[FLOOR][NORDLINK].standing is Standing.OUT


def test_a_probe_by_hand_needs_a_policy_that_watches() -> None:
    its = book()
    assert not its.order((SAVANNA, UK), Standing.PROBING, 0, "try it")
    assert its.order(ROUTE, Standing.PROBING, 0, "try it")
    assert its.standings(KENYA)[FLOOR][NORDLINK].standing is Standing.PROBING


def test_a_dry_run_tells_what_it_would_do_and_takes_nobody_out() -> None:
    its = book(replace(FLOOR, action=Action.TELL))
    sick(its)
    assert its.standings(KENYA) == {}
    news = its.news(0)[0]
    assert (news.event.after, news.event.why[:13], news.state.is_told_only) == (Standing.OUT, "dry run: asr ", True)


def test_a_dry_run_that_becomes_earnest_does_what_it_told() -> None:
    its = book(replace(FLOOR, action=Action.TELL))
    out_ms = sick(its)
    its.watch(lambda _: frozenset({FLOOR}), out_ms + 1)
    goes_on = its.news(0)[-1]
    assert goes_on.event.why.startswith("watched otherwise: asr ") and not goes_on.state.is_told_only
    assert its.standings(KENYA)[FLOOR][NORDLINK].standing is Standing.OUT


def test_another_watch_in_its_place_brings_nobody_back() -> None:
    its = book()
    out_ms = sick(its)
    later = replace(FLOOR, rest_s=600)
    its.watch(lambda _: frozenset({later}), out_ms + 1)
    assert its.standings(KENYA)[later][NORDLINK].since_ms == out_ms
    gone, goes_on = its.news(1)
    assert (gone.state.watch, gone.state.standing) == (FLOOR, Standing.ACTIVE)
    assert (goes_on.state.watch, goes_on.state.standing, goes_on.state.since_ms) == (later, Standing.OUT, out_ms)
    its.watch(lambda _: frozenset({replace(later, rest_s=900)}), out_ms + 2)
    assert its.news(1)[-1].event.why == goes_on.event.why
    assert goes_on.event.why.startswith("watched otherwise: asr ")
    its.watch(lambda _: frozenset(), out_ms + 3)
    assert its.standings(KENYA) == {}


def test_it_is_told_while_nobody_tries_a_route_since_the_money_for_it_is_spent() -> None:
    its = book(watch := replace(FLOOR, probe_units=100))
    begun_ms = sick(its) + 300_000
    its.tick(begun_ms)

    def standing() -> RouteStanding:
        return its.standings(KENYA)[watch][NORDLINK]

    assert standing().share_bp and standing().why.endswith("it has its part of the calls")
    its.hear(NORDLINK, KENYA, Outcome(begun_ms, True, True, units=150), begun_ms)
    until = f"{local_time(begun_ms + 300_000, 'UTC'):%Y-%m-%d %H:%M:%S}Z"
    spent = f"money for tries is spent, next from {until}"
    assert (standing().share_bp, standing().why.endswith(spent)) == (0, True)
    assert [kept.why for kept, _, _ in its.states()] == [f"batch 1 of 50 tries: {spent}"]
    its.tick(begun_ms + 300_000)
    assert standing().share_bp and standing().why.endswith("it has its part of the calls")
    assert [kept.why for kept, _, _ in its.states()] == ["batch 1 of 50 tries"]


def test_tries_that_a_node_does_not_spend_are_dealt_out_anew() -> None:
    its = book(replace(FLOOR, batch_s=600), nodes=2)
    out_ms = sick(its)
    its.tick(out_ms + 300_000)
    assert its.standings(KENYA)[replace(FLOOR, batch_s=600)][NORDLINK].most == 25
    probing_ms = out_ms + 300_000
    for call in range(25):
        its.hear(NORDLINK, KENYA, outcome(probing_ms + call, answered=True), probing_ms + call)
    its.tick(probing_ms + 59_000)
    [standing] = its.standings(KENYA)[replace(FLOOR, batch_s=600)].values()
    assert (standing.turn, standing.most) == (0, 25)
    its.tick(probing_ms + 60_000)
    [standing] = its.standings(KENYA)[replace(FLOOR, batch_s=600)].values()
    assert (standing.turn, standing.most) == (1, 13)


POLICY = Policy("default", watch_asr=35.0, watch_rest_s=60)


class Kenya:
    """Nordlink is the cheaper one; calls come one a second, each is over at once."""

    def __init__(self) -> None:
        watch = watch_of((POLICY,))
        assert watch is not None
        self.world = world(
            table(row("44", "0.105")),
            {"nordlink": table(row("447", "0.072")), "savanna": table(row("447", "0.078"))},
            policies=[POLICY],
        )
        self.book = RouteBook(1, lambda _: frozenset({watch}))
        self.cache, self.draw, self.now_ms = RankCache(), ProbeDraw(), 0
        self.sent: Counter[str] = Counter()
        self.tries: dict[str, list[bool]] = {"nordlink": [], "savanna": []}
        self.news: list[News] = []

    def call(self, nordlink_answers: bool) -> None:
        """Decide a call and try its routes in order until one answers; Savanna answers every call."""
        self.now_ms += 1000
        got = decide(setup(), self.world, self.cache, None, self.draw)
        self.sent[str(got.routes[0].vendor)] += 1
        for route in got.routes:
            answered = nordlink_answers if route.vendor == NORDLINK else True
            self.tries[str(route.vendor)].append(answered)
            self.book.hear(PartnerId(route.vendor), UK_MOBILE, outcome(self.now_ms, answered), self.now_ms)
            if answered:
                break
        self.book.tick(self.now_ms)
        if self.book.changed():
            known = {UK_MOBILE: DestinationFigures(standings=self.book.standings(UK_MOBILE))}
            self.world = replace(self.world, quality=QualityBoard(known=known))
        new = self.book.news(self.news[-1].seq if self.news else 0)
        self.news += new

    def until(self, standing: Standing, answers_of_100: int, most: int) -> int:
        """Let calls come until a change to a state; return how many were tried with Nordlink. Its answers are even."""
        before, at = len(self.news), len(self.tries["nordlink"])
        start = at
        for _ in range(most):
            at = len(self.tries["nordlink"]) - start
            self.call((at + 1) * answers_of_100 // 100 > at * answers_of_100 // 100)
            if any(news.state.standing is standing for news in self.news[before:]):
                return len(self.tries["nordlink"]) - start
        raise AssertionError(f"never {standing}: {[str(news.event) for news in self.news]}")


def test_the_story_of_kenya() -> None:
    """demo.md 0:30: out at the 87th to 100th sick try, four batches of 50 fail, the fifth passes, a trial, back."""
    kenya = Kenya()
    for call in range(300):
        kenya.call(call * 38 // 100 != (call + 1) * 38 // 100)
    assert (kenya.news, kenya.sent) == ([], Counter(nordlink=300))
    sick_tries = kenya.until(Standing.OUT, 25, 150)
    assert 87 <= sick_tries <= 100
    assert kenya.news[-1].event.why.startswith("asr 2")
    assert kenya.news[-1].event.why.endswith("is beyond 35")
    for batch in range(1, 5):
        kenya.until(Standing.PROBING, 25, 61)
        kenya.sent.clear()
        assert kenya.until(Standing.OUT, 25, 1100) == 50
        assert kenya.sent["nordlink"] == 50
        assert 949 <= kenya.sent["savanna"] <= 950  # one call in twenty
        assert kenya.news[-1].event.why.startswith(f"batch {batch} failed: asr 24.0")
    kenya.until(Standing.PROBING, 38, 61)
    assert kenya.until(Standing.TRIAL, 38, 1100) == 50
    assert kenya.news[-1].event.why == "batch 5 passed"
    assert str(kenya.news[-1].event.measured[0]).startswith("asr 38.0")
    kenya.sent.clear()
    kenya.until(Standing.ACTIVE, 38, 600)
    assert kenya.sent["nordlink"] > 0
    kenya.sent.clear()
    for call in range(100):
        kenya.call(call * 38 // 100 != (call + 1) * 38 // 100)
    assert kenya.sent == Counter(nordlink=100)


def test_what_is_kept_says_all_that_a_state_needs() -> None:
    its = book()
    sick(its)
    assert its.news(0)[0].state == KeptState(
        FLOOR, NORDLINK, KENYA, Standing.OUT, its.news(0)[0].event.at_ms, its.news(0)[0].event.why
    )


@pytest.mark.parametrize(
    ("watch", "most"),
    [(Watch(asr=35.0, ner=50.0), 900), (Watch(asr=35.0, ner=50.0, acd=60.0, pdd=6.0, short=20.0), 1_300)],
)
def test_a_watched_route_weighs_about_a_kilobyte_however_many_calls_it_has(watch: Watch, most: int) -> None:
    routes = [(PartnerId(f"v{at % 20}"), DestinationId(at // 20)) for at in range(40)]
    _heard(watch, routes[:1])  # what is made once and kept is no route's
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    book = _heard(watch, routes)
    gc.collect()
    weighs = (tracemalloc.get_traced_memory()[0] - before) / len(routes)
    tracemalloc.stop()
    assert book.news(0) == [] and 400 < weighs < most


def _heard(watch: Watch, routes: list[tuple[PartnerId, DestinationId]]) -> RouteBook:
    """A book that heard 150 calls of each."""
    book = RouteBook(1, lambda _: frozenset({watch}))
    for at in range(150):
        call = Outcome(NOON + at, at % 2 == 0, effective=True, talk_ms=90_000, pdd_ms=2_000)
        for route in routes:
            book.hear(*route, call, NOON + at)
    return book


class Kept:
    """Calls of routes as quality keeps them: the last ones, in order."""

    def __init__(self) -> None:
        self.over: dict[tuple[PartnerId, DestinationId], list[Outcome]] = {}
        self.on: list[int] = []

    def how_many(self, route: tuple[PartnerId, DestinationId]) -> int:
        return len(self.over.get(route, ())) + len(self.on)

    def last_calls(self, route: tuple[PartnerId, DestinationId]) -> tuple[list[Outcome], list[int]]:
        return self.over.get(route, [])[-250:], self.on


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from("xxx..fo"), min_size=1, max_size=260), st.sampled_from([FLOOR, replace(FLOOR, acd=20.0)])
)
def test_a_route_without_a_state_of_its_own_is_judged_as_one_that_has_heard_all(calls: list[str], watch: Watch) -> None:
    kept = Kept()
    lean, full = (RouteBook(1, lambda _: frozenset({watch}), last) for last in (kept, None))
    told: tuple[list[object], list[object]] = [], []
    for at, sign in enumerate(calls):
        now_ms = NOON + 1000 * at
        call = Outcome(now_ms, sign in "xo", sign in "xof", 60_000 if sign == "x" else 1_000)
        kept.over.setdefault(ROUTE, []).append(call)
        for its, book in zip(told, (lean, full), strict=True):
            book.hear(*ROUTE, call, now_ms)
            its += [(one.event.before, one.event.after, one.event.why, one.event.at_ms) for one in book.news(0)]
    assert told[0] == told[1]
    assert [state.standing for state, *_ in lean.states([ROUTE])] == [
        state.standing for state, *_ in full.states([ROUTE])
    ]


def test_active_routes_of_few_calls_weigh_nothing() -> None:
    kept = Kept()
    its = RouteBook(1, lambda _: frozenset({FLOOR}), kept)
    for at in range(99):
        kept.over.setdefault(ROUTE, []).append(outcome(NOON + at, at % 2 == 0))
        its.hear(*ROUTE, kept.over[ROUTE][-1], NOON + at)
        kept.on = [NOON] if at == 50 else []
        its.answered(*ROUTE, NOON, NOON + at)
    assert its._lines == {}
    [(state, _, calls)] = its.states([ROUTE])
    assert (state.standing, calls) == (Standing.ACTIVE, 99)
    assert list(its.states()) == []
    its.order(ROUTE, Standing.ACTIVE, NOON, "it is well")
    assert its._lines == {} and its.news(0) == []
