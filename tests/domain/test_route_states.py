"""Routes that go out, are tried, and come back: by what calls say, never by a keyboard."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calls import Side
from domain.errors import InputError
from domain.ids import DestinationId, PartnerId
from domain.quality import LegSeen
from domain.quality_calls import outcome_of, packed
from domain.route_states import IN, Outcome, RouteEvent, RouteState, Standing
from domain.route_watch import Action, Watch, check
from domain.wilson import leaning, mean_bounds, share_bounds
from tests.domain.builders import NOON

FLOOR = Watch(asr=35.0)
MINUTE = 60_000


def outcome(at_ms: int, answered: bool, **fields: Any) -> Outcome:
    return Outcome(at_ms, answered, answered, **fields)


class Line:
    """A route under traffic: a call a second."""

    def __init__(self, watch: Watch = FLOOR) -> None:
        self.watch, self.state, self.now_ms = watch, RouteState(), 0
        self.events: list[RouteEvent] = []

    def calls(self, answers: str, times: int = 1) -> int:
        """Let calls end, `x` answered and `.` not; return how many were tried until the next event, or all."""
        for tried, sign in enumerate(answers * times, 1):
            self.now_ms += 1000
            new = self.state.hear(outcome(self.now_ms, sign == "x"), self.watch, self.now_ms)
            self.events += new
            if new:
                return tried
        return len(answers) * times

    def waits(self, seconds: int) -> None:
        self.now_ms += 1000 * seconds
        self.events += self.state.tick(self.watch, self.now_ms)

    def stands(self) -> Standing:
        return self.state.standing


HEALTHY = "x.x..x.x..x.x..x.x..x.x..x.x..x.x..x.x..x.x.......x"
"""19 of 50, evenly: 38 %."""


def test_kenya_falls_to_every_fourth_answer_and_goes_out_between_the_87th_and_the_100th_sick_call() -> None:
    line = Line()
    healthy = "".join("x" if at * 38 % 100 < 38 else "." for at in range(100))
    assert healthy.count("x") == 38
    line.calls(healthy, 3)
    assert line.events == []
    sick = line.calls("...x", 50)
    assert 87 <= sick <= 100
    assert line.stands() is Standing.OUT
    [measured] = line.events[-1].measured
    assert (measured.value, measured.calls) == (25.0, 100)
    assert "asr 25.0 (17.5–34.3, 100 calls) is beyond 35" in line.events[-1].why


def test_four_batches_fail_the_fifth_passes_and_a_trial_makes_it_active() -> None:
    line = Line()
    line.calls("...x", 50)
    for batch, answers in enumerate(
        ["...x" * 12 + "..", "...x" * 12 + "x.", "...x" * 12 + "..", "...x" * 12 + "x."], 1
    ):
        line.waits(300)
        assert (line.stands(), line.state.batch) == (Standing.PROBING, batch)
        assert line.calls(answers) == 50
        assert line.stands() is Standing.OUT
    line.waits(300)
    assert line.calls("x.x.." * 9 + "x....") == 50
    assert line.stands() is Standing.TRIAL
    assert line.events[-1].why == "batch 5 passed"
    assert line.calls(HEALTHY, 10) == 100
    assert line.stands() is Standing.ACTIVE
    assert [event.after for event in line.events].count(Standing.PROBING) == 5


def test_calls_that_began_before_it_went_out_do_not_count_for_its_tries() -> None:
    line = Line()
    line.calls("...x", 50)
    gone_ms = line.now_ms
    line.waits(300)
    for _ in range(60):
        line.events += line.state.hear(outcome(gone_ms, answered=True), line.watch, line.now_ms)
    assert (line.stands(), line.state.calls) == (Standing.PROBING, 0)


def test_few_calls_decide_nothing() -> None:
    line = Line()
    assert line.calls("." * 29) == 29
    assert line.stands() is Standing.ACTIVE
    assert line.calls(".") == 1
    assert line.stands() is Standing.OUT


def calls_of_minutes(watch: Watch, *, told: bool, calls: int = 200) -> list[RouteEvent]:
    """Let a call come each second, two of five answered after 5 s and over after 150 s, the others over at once;
    `told`: the switch reports the answer. Return what happened."""
    state, events = RouteState(), []
    happens = []
    for at in range(calls):
        setup_ms = 1000 * at
        over = outcome(setup_ms, answered=at % 5 in (1, 3), talk_ms=150_000 if at % 5 in (1, 3) else 0)
        if over.answered and told:
            happens.append((setup_ms + 5_000, 0, over))
        happens.append((setup_ms + (155_000 if over.answered else 0), 1, over))
    for at_ms, ends, call in sorted(happens, key=lambda one: one[:2]):
        if ends:
            events += state.hear(call, watch, at_ms, counted=told and call.answered)
        else:
            events += state.answered(call.setup_ms, watch, at_ms)
    return events


def test_answers_count_when_they_are_given_so_the_calls_that_fail_first_take_nobody_out() -> None:
    assert calls_of_minutes(FLOOR, told=True) == []
    # a switch that tells answers with the end only: nothing is known of those that go on
    assert [event.after for event in calls_of_minutes(FLOOR, told=False)][:1] == [Standing.OUT]


def test_lengths_are_judged_over_calls_that_are_over() -> None:
    assert calls_of_minutes(Watch(asr=35.0, acd=100.0), told=True) == []
    [event] = calls_of_minutes(Watch(asr=35.0, acd=200.0), told=True)
    assert "acd 150.0" in event.why


def test_a_batch_waits_for_the_ends_only_where_lengths_are_watched() -> None:
    for watch, judged in ((FLOOR, True), (replace(FLOOR, acd=60.0), False)):
        state = RouteState()
        state.order(Standing.PROBING, 0, "try it")
        for at in range(1, 51):
            state.answered(at, watch, at)
        assert (state.standing is Standing.TRIAL) is judged
        assert state.calls == (0 if judged else 50)
        for at in range(1, 51):
            state.hear(outcome(at, answered=True, talk_ms=90_000), watch, 100_000, counted=True)
        assert state.standing is Standing.TRIAL


def test_a_refill_counts_answered_calls_that_go_on() -> None:
    state = RouteState()
    state.refill([outcome(at, answered=False) for at in range(0, 60, 2)], FLOOR, range(1, 60, 2))
    assert state.calls == 60
    assert state.hear(outcome(100, answered=False), FLOOR, 100) == []
    [measured] = state.measured(FLOOR)
    assert round(measured.value) == 49


@pytest.mark.parametrize("restart", [0, 60, 120, 130, 160, 230])
def test_a_state_that_is_filled_with_its_last_calls_goes_on_as_if_it_had_heard_them(restart: int) -> None:
    watch = replace(FLOOR, rest_s=0)
    calls = [outcome(1000 * at - 1, ("..x."[at % 4] if at < 150 else "x.x.."[at % 5]) == "x") for at in range(1, 301)]
    without, state = RouteState(), RouteState()
    for at, call in enumerate(calls):
        if at == restart:
            fresh = RouteState(state.since_ms)
            fresh.standing, fresh.batch = state.standing, state.batch
            fresh.refill(calls[max(0, at - 250) : at], watch)
            assert fresh.calls == state.calls
            state = fresh
        now_ms = call.setup_ms + 1
        assert state.hear(call, watch, now_ms) == without.hear(call, watch, now_ms)
    assert state.standing is Standing.ACTIVE


def test_a_warning_comes_before_and_goes_again() -> None:
    line = Line(replace(FLOOR, asr=20.0, asr_warn=35.0))
    line.calls("...x", 50)
    assert line.stands() is Standing.WARNED
    line.calls("x", 100)
    assert line.stands() is Standing.ACTIVE
    assert [event.why for event in line.events][-1] == "well again"


def test_money_at_risk_ends_a_round_of_tries_and_they_go_on_after_a_rest() -> None:
    line = Line(replace(FLOOR, probe_units=1000))
    line.calls("...x", 50)
    line.waits(300)
    spent = 0
    shares = []
    for _ in range(49):
        line.now_ms += 1000
        if not line.state.share_bp(line.watch, line.now_ms):
            shares.append(spent)
            line.now_ms, spent = line.state.paused_until_ms, 0
        line.state.hear(outcome(line.now_ms, answered=True, units=90), line.watch, line.now_ms)
        spent += 90
    assert shares == [1080, 1080, 1080, 1080]  # the call that passes the limit is the last
    line.calls("x")
    assert line.stands() is Standing.TRIAL


def test_a_batch_that_nobody_fills_is_judged_by_what_came_or_tried_again() -> None:
    line = Line()
    line.calls("...x", 50)
    line.waits(300)
    line.calls("x" * 29)
    line.waits(1800)
    assert (line.stands(), line.events[-1].why) == (Standing.OUT, "29 calls only came to try it")
    line.waits(300)
    line.calls("x" * 30)
    line.waits(1800)
    assert line.stands() is Standing.TRIAL


def test_orders_by_hand_hold_until_they_end() -> None:
    line = Line()
    event = line.state.order(Standing.LOCKED_OUT, line.now_ms, "ticket 7", until_ms=10 * MINUTE)
    assert (event.why, event.until_ms) == ("ticket 7", 10 * MINUTE)
    line.calls("x", 200)
    assert (line.stands(), line.state.share_bp(line.watch, line.now_ms)) == (Standing.LOCKED_OUT, 0)
    line.waits(400)
    assert line.stands() is Standing.TRIAL
    line.state.order(Standing.LOCKED_IN, line.now_ms, "it must carry")
    line.calls(".", 500)
    assert (line.stands(), line.state.share_bp(line.watch, line.now_ms)) == (Standing.LOCKED_IN, 10_000)
    line.state.order(Standing.PROBING, line.now_ms, "try it")
    assert line.calls(HEALTHY[:50]) == 50
    assert line.stands() is Standing.TRIAL


def test_tell_only_takes_nothing_away() -> None:
    line = Line(replace(FLOOR, action=Action.TELL))
    line.calls("...x", 50)
    assert line.stands() is Standing.OUT
    assert line.state.share_bp(line.watch, line.now_ms) == 10_000
    line.state.order(Standing.LOCKED_OUT, line.now_ms, "by hand")
    assert line.state.share_bp(line.watch, line.now_ms) == 0


@pytest.mark.parametrize(
    ("watch", "bad", "good"),
    [
        (Watch(acd=60.0), {"talk_ms": 20_000}, {"talk_ms": 80_000}),
        (Watch(pdd=8.0), {"pdd_ms": 15_000}, {"pdd_ms": 2_000}),
        (Watch(short=20.0), {"short": True}, {}),
        (Watch(ner=90.0), {"answered": False, "effective": False}, {}),
    ],
)
def test_other_measures_take_it_out_too(watch: Watch, bad: dict[str, int], good: dict[str, int]) -> None:
    state = RouteState()
    events: list[RouteEvent] = []
    for at in range(1, 60):
        fields: dict[str, Any] = {"answered": True, "effective": True} | (bad if at % 4 else good)
        events += state.hear(Outcome(at * 1000, **fields), watch, at * 1000)
    assert events[0].after is Standing.OUT
    assert events[0].measured[0].measure is next(iter(watch.bounds())).measure


@given(st.lists(st.booleans(), max_size=400), st.integers(0, 5))
def test_the_same_calls_give_the_same_events_and_never_more_calls_than_the_window(
    answers: list[bool], rest: int
) -> None:
    watch = replace(FLOOR, rest_s=rest)
    runs = []
    for _ in range(2):
        state, events = RouteState(), []
        for at, answered in enumerate(answers):
            events += state.hear(outcome(at * 1000, answered), watch, at * 1000)
            assert state.calls <= 100
        runs.append(events)
    assert runs[0] == runs[1]
    for before, after in zip(runs[0], runs[0][1:], strict=False):
        assert after.before is before.after


@settings(max_examples=5)
@given(st.integers(0, 1000))
def test_a_healthy_route_seldom_goes_out_and_a_sick_one_is_seldom_in(seed: int) -> None:
    draw = random.Random(seed)
    for asr, most_out in ((0.42, 0.15), (0.25, 1.0)):
        line, inside = Line(), 0
        for _ in range(10_000):
            if line.state.share_bp(line.watch, line.now_ms) == 0:
                line.waits(60)
                continue
            inside += line.stands() in IN
            line.calls("x" if draw.random() < asr else ".")
        outs = sum(event.after is Standing.OUT and event.before is not Standing.PROBING for event in line.events)
        if asr > 0.35:
            assert outs <= 10_000 * most_out / 100
        else:
            assert inside < 2_000


@pytest.mark.parametrize(
    ("hits", "tries", "bounds"),
    [(10, 20, (29.9, 70.1)), (25, 50, (36.6, 63.4)), (50, 100, (40.4, 59.6)), (0, 0, (0.0, 100.0))],
)
def test_wilsons_bounds(hits: int, tries: int, bounds: tuple[float, float]) -> None:
    low, high = share_bounds(hits, tries)
    assert (round(low, 1), round(high, 1)) == bounds


@given(st.integers(0, 500), st.integers(0, 500))
def test_bounds_lie_around_the_share_and_within_the_whole(hits: int, misses: int) -> None:
    low, high = share_bounds(hits, hits + misses)
    assert 0 <= low <= 100 * hits / max(1, hits + misses) + 1e-9 <= high + 2e-9 or hits + misses == 0
    assert high <= 100


def test_means_and_leaning() -> None:
    low, high = mean_bounds(1000.0, 100_000.0, 10)
    assert low == high == 100.0
    assert mean_bounds(5.0, 25.0, 1)[1] == float("inf")
    assert leaning(0.0, 0, 40.0, 20.0) == 40.0
    assert leaning(100.0 * 20, 20, 40.0, 20.0) == 70.0


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        (Watch(asr=0.0), "Give more than 0 and less than 100"),
        (Watch(asr=35.0, asr_warn=30.0), "A warning comes before"),
        (Watch(pdd=8.0, pdd_warn=9.0), "below a ceiling"),
        (Watch(asr_warn=30.0), "asr_warn without asr"),
        (Watch(asr=35.0, window_calls=10), "Give 20 to 250"),
        (Watch(asr=35.0, least_calls=200), "Give 10 to 100"),
        (Watch(asr=35.0, probe_units=0), "no money for probes"),
    ],
)  # fmt: skip
def test_a_watch_that_cannot_be_is_refused(watch: Watch, said: str) -> None:
    with pytest.raises(InputError) as raised:
        check(watch, "policy p")
    assert said in str(raised.value)


def test_a_watch_of_all_measures_is_checked() -> None:
    check(Watch(35, 38, 90, 95, 60, 120, 8, 4, 20, 15), "policy p")


@given(st.integers(0, 300_000), st.booleans())
def test_a_restart_takes_nobody_out_whose_delay_is_within_its_ceiling(pdd_ms: int, answered: bool) -> None:
    leg = LegSeen(DestinationId(7), Side.VENDOR, PartnerId("a"), NOON, answered, 60_000, pdd_ms, 16, True, end_ms=NOON)
    watch = Watch(pdd=max(0.1, pdd_ms / 1000))
    state = RouteState()
    state.refill([outcome_of(packed(leg), 0)] * 60, watch)
    assert state.hear(outcome(NOON + 1, answered=answered, pdd_ms=pdd_ms), watch, NOON + 1) == []
