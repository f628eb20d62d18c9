"""A route of which nothing is known is tried first, where its policy says so: it neither starves nor floods."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.directory import Policy
from domain.ids import DestinationId, PartnerId
from domain.policies.watching import watch_of
from domain.probe_draw import ProbeDraw
from domain.quality_board import QualityBoard
from domain.quality_figures import DestinationFigures
from domain.route_book import RouteBook
from domain.route_states import Outcome, Standing
from domain.route_watch import Action
from domain.routing import RankCache, decide
from tests.domain.builders import table
from tests.domain.worlds import UK_MOBILE, row, setup, world

Route = tuple[PartnerId, DestinationId]
OLD, NEW = PartnerId("savanna"), PartnerId("nordlink")
POLICY = Policy("default", watch_asr=35.0, watch_new=30, watch_probe_share_bp=1_000)


class Known:
    """What is kept of the calls of routes."""

    def __init__(self) -> None:
        self.calls: dict[Route, list[Outcome]] = {}

    def how_many(self, route: Route) -> int:
        return len(self.calls.get(route, ()))

    def last_calls(self, route: Route) -> tuple[Sequence[Outcome], Sequence[int]]:
        return self.calls.get(route, ()), ()


class Market:
    """Calls come one a second, each is over at once; the one who came last is the cheapest. All answer every call but
    `sick` ones."""

    def __init__(self, policy: Policy = POLICY, *vendors: str, known: tuple[str, ...] = ("savanna",)) -> None:
        watch = watch_of((policy,))
        assert watch is not None
        names = vendors or ("savanna", "nordlink")
        plans = {name: table(row("447", f"0.0{78 - at}")) for at, name in enumerate(names)}
        self.world = world(table(row("44", "0.105")), plans, policies=[policy])
        self.known, self.now_ms = Known(), 0
        for name in known:
            self.known.calls[PartnerId(name), UK_MOBILE] = [Outcome(0, answered=True, effective=True)] * 30
        self.book = RouteBook(1, lambda _: frozenset({watch}), self.known)
        self.cache, self.draw = RankCache(), ProbeDraw()

    def calls(self, number: int, sick: str = "") -> Counter[str]:
        """Let calls come; return to whom they went first."""
        sent: Counter[str] = Counter()
        for _ in range(number):
            self.now_ms += 1_000
            got = decide(setup(), self.world, self.cache, None, self.draw)
            assert got.refusal is None
            sent[str(got.routes[0].vendor)] += 1
            for route in got.routes:
                well = route.vendor != sick
                outcome = Outcome(self.now_ms, well, well)
                self.known.calls.setdefault((PartnerId(route.vendor), UK_MOBILE), []).append(outcome)
                self.book.hear(PartnerId(route.vendor), UK_MOBILE, outcome, self.now_ms)
                if well:
                    break
            self.book.tick(self.now_ms)
            if self.book.changed():
                known = {UK_MOBILE: DestinationFigures(standings=self.book.standings(UK_MOBILE))}
                self.world = replace(self.world, quality=QualityBoard(known=known))
        return sent

    def stands(self, vendor: PartnerId) -> Standing:
        """Return how a vendor stands."""
        found = {state.vendor: state.standing for state, _, _ in self.book.states()}
        return found.get(vendor, Standing.ACTIVE)


def test_a_cheap_newcomer_gets_its_part_until_its_first_batch_is_over_and_then_its_place() -> None:
    market = Market()
    assert market.calls(1) == Counter(nordlink=1), "the first call makes it known"
    assert market.stands(NEW) is Standing.PROBING
    assert market.calls(200) == Counter(savanna=180, nordlink=20)
    assert [str(one.event.why) for one in market.book.news(0)] == ["new: fewer than 30 calls are known"]
    market.calls(300)
    assert market.stands(NEW) is Standing.TRIAL
    assert market.book.news(0)[-1].event.why == "its first batch passed"
    market.calls(200)
    assert (market.stands(NEW), market.calls(100)) == (Standing.ACTIVE, Counter(nordlink=100))


def test_a_bad_newcomer_costs_one_batch() -> None:
    market = Market()
    sent = market.calls(600, sick="nordlink")
    assert sent["nordlink"] == 50
    assert market.stands(NEW) in (Standing.OUT, Standing.PROBING)
    assert "its first batch failed: asr 0.0" in [one.event.why.split(" (")[0] for one in market.book.news(0)]


def test_where_all_are_new_calls_go_on_as_the_order_says() -> None:
    market = Market(POLICY, "savanna", "nordlink", known=())
    sent = market.calls(40)
    assert sent["nordlink"] >= 36
    alone = Market(POLICY, "nordlink", known=())
    assert alone.calls(100) == Counter(nordlink=100), "nobody else is there: it is kept out of nothing"
    assert alone.stands(NEW) in (Standing.TRIAL, Standing.ACTIVE)


def test_who_is_known_and_who_is_told_only_stands_as_ever() -> None:
    market = Market(known=("savanna", "nordlink"))
    assert market.calls(100) == Counter(nordlink=100)
    assert not market.book.news(0)
    dry = Market(replace(POLICY, watch_action=Action.TELL))
    assert dry.calls(100) == Counter(nordlink=100)


def test_without_the_field_nothing_is_new() -> None:
    market = Market(replace(POLICY, watch_new=None))
    assert market.calls(50) == Counter(nordlink=50)
    assert not market.book.news(0)


def test_a_newcomer_waits_for_its_calls_however_long() -> None:
    market = Market()
    market.calls(1)
    market.now_ms += 3 * 86_400_000
    market.calls(1)
    assert market.stands(NEW) is Standing.PROBING


@pytest.mark.parametrize(("share", "calls"), [(500, 400), (1_000, 250), (2_500, 100)])
def test_a_newcomer_never_has_more_than_its_part(share: int, calls: int) -> None:
    market = Market(replace(POLICY, watch_probe_share_bp=share))
    market.calls(1)
    assert market.calls(calls)["nordlink"] == min(50, calls * share // 10_000)


@given(st.integers(10, 100), st.integers(10, 100))
@settings(max_examples=20)
def test_what_is_called_new_is_never_more_than_a_batch_tries(new: int, batch: int) -> None:
    watch = watch_of((Policy("below", watch_asr=35.0, watch_new=new), Policy("top", watch_probe_calls=batch)))
    assert watch is not None
    assert watch.new == min(new, batch), "else a route that has passed would be new again"
