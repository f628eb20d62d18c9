"""The scene of Nordlink's Kenya by the demo's own script, vendors and policy, however late nodes hear of it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from heapq import heappop, heappush
from itertools import count

import pytest

from cluster.demo.figures import SwitchFigures
from cluster.demo.kenya import FAILING, MENDS_S, TRIES, KenyaFacts, facts_of, story_second
from cluster.demo.script import Attempt, attempts_of, business_ms, script
from cluster.demo.vendors import FIRST_SICK, Vendors
from cluster.demo.verify_routes import BACK_S, OUT_AT
from cluster.demo.world import CLOCK_SPEED, KENYA, NORDLINK, ORBITA, ORIGIN_MS, POLICIES
from domain.cause_classes import Retry, retry_advice
from domain.ids import PartnerId
from domain.policies.fields import changed_policy
from domain.policies.policy import Policy
from domain.policies.watching import watch_of
from domain.probe_draw import ProbeDraw
from domain.quality_board import QualityBoard
from domain.quality_figures import DestinationFigures
from domain.route_book import News, RouteBook
from domain.route_states import Outcome, RouteEvent, Standing
from domain.routing import RankCache, decide
from tests.domain.builders import table
from tests.domain.worlds import UK_MOBILE, row, setup, world

SAYS = {name: text for name, text in POLICIES[0].says.items() if name.startswith("watch_")}
POLICY = changed_policy(Policy("default"), SAYS)


class Story:
    """Business time passes from event to event. Nodes hear of a change `lag_s` of the story after it."""

    def __init__(self, lag_s: float) -> None:
        watch = watch_of((POLICY,))
        assert watch is not None
        prices = {"nordlink": table(row("447", "0.072")), "savanna": table(row("447", "0.078"))}
        self.world = world(table(row("44", "0.105")), prices, policies=[POLICY])
        self.book, self.vendors, self.figures = RouteBook(1, lambda _: frozenset({watch})), Vendors(), SwitchFigures()
        self.cache, self.draw, self.lag_ms = RankCache(), ProbeDraw(), round(1000 * CLOCK_SPEED * lag_s)
        self.news: list[News] = []
        self._order = count()
        self._due: list[tuple[int, int, Callable[[int], None]]] = []

    def play(self) -> None:
        for attempt in attempts_of(ORBITA, script()):
            self._at(attempt.at_ms, partial(self._decide, attempt))
        for at_ms in range(ORIGIN_MS, business_ms(180), 10_000):
            self._at(at_ms, self.book.tick)
        while self._due:
            at_ms, _, happens = heappop(self._due)
            happens(at_ms)
            self._hear(at_ms)

    def events(self) -> list[RouteEvent]:
        return [one.event for one in self.news]

    def _at(self, at_ms: int, happens: Callable[[int], None]) -> None:
        heappush(self._due, (at_ms, next(self._order), happens))

    def _decide(self, attempt: Attempt, at_ms: int) -> None:
        routes = decide(setup(), self.world, self.cache, None, self.draw).routes
        offered = self.figures.offered[attempt.number] = tuple(PartnerId(route.vendor) for route in routes)
        self._try(offered, at_ms)

    def _try(self, vendors: tuple[PartnerId, ...], at_ms: int) -> None:
        its = self.vendors.attempt(vendors[0], KENYA)
        if its.connect_ms is not None:
            answered = partial(self.book.answered, vendors[0], UK_MOBILE, at_ms)
            self._at(at_ms + its.connect_ms, answered)
            over = partial(self._over, vendors[0], Outcome(at_ms, answered=True, effective=True))
            self._at(at_ms + its.ends_ms, over)
        else:
            self._at(at_ms + its.ends_ms, partial(self._failed, vendors, at_ms, its.cause))

    def _over(self, vendor: PartnerId, outcome: Outcome, at_ms: int) -> None:
        self.book.hear(vendor, UK_MOBILE, outcome, at_ms, counted=outcome.answered)

    def _failed(self, vendors: tuple[PartnerId, ...], setup_ms: int, cause: int, at_ms: int) -> None:
        self._over(vendors[0], Outcome(setup_ms, answered=False, effective=False), at_ms)
        if vendors[1:] and retry_advice(cause, alerted=False) is Retry.GO_ON:
            self._try(vendors[1:], at_ms)

    def _board(self, board: QualityBoard, _at_ms: int) -> None:
        self.world = replace(self.world, quality=board)

    def _hear(self, at_ms: int) -> None:
        if self.book.changed():
            figures = DestinationFigures(standings=self.book.standings(UK_MOBILE))
            self._at(at_ms + self.lag_ms, partial(self._board, QualityBoard(known={UK_MOBILE: figures})))
        self.news += self.book.news(self.news[-1].seq if self.news else 0)
        failed = sum((one.before, one.after) == (Standing.PROBING, Standing.OUT) for one in self.events())
        if failed == FAILING and self.vendors.mended_at is None and at_ms >= business_ms(MENDS_S):
            self.vendors.mend()


@pytest.mark.parametrize("lag_s", [0.2, 1.0, 2.5])
def test_nordlink_falls_is_tried_and_comes_back_in_time(lag_s: float) -> None:
    story = Story(lag_s)
    story.play()
    events = story.events()
    way = [Standing.OUT, *[Standing.PROBING, Standing.OUT] * FAILING, Standing.PROBING, Standing.TRIAL, Standing.ACTIVE]
    assert [event.after for event in events] == way
    assert (events[0].measured[0].value, events[0].measured[0].calls) == (25.0, 100)
    assert 30 < story_second(events[0].at_ms) < 34
    batches = [event.measured[0] for event in events if event.before is Standing.PROBING]
    assert [batch.calls for batch in batches] == [TRIES] * (FAILING + 1)
    assert {batch.value for batch in batches[:FAILING]} <= {24.0, 26.0} and batches[FAILING].value == 38.0
    assert story_second(events[-1].at_ms) < BACK_S
    found = facts_of(story.figures, story.vendors)
    assert found == KenyaFacts(found.sick, found.sick - FAILING * TRIES, 5 * TRIES, 0, found.without, 0)
    # those that were under way while it was found out, and those of the lag
    assert OUT_AT.start <= found.before <= OUT_AT.stop + 48 * (lag_s + 0.4)
    assert {names[0] for names in story.figures.offered.values()} == {NORDLINK, PartnerId("savanna")}
    assert story.vendors.attempts[NORDLINK, KENYA] > FIRST_SICK + found.sick
