"""Limits: what they count, how much they let through, and that counters come back to zero."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calls import Side
from domain.causes import Cause
from domain.commands import Expire, Granted, PlaceHold, Posting, Refused
from domain.holds import HoldMode, HoldTimes
from domain.ids import DestinationId, TrunkId, hold_id
from domain.limit_book import LimitBook, set_aside_s
from domain.limits import Limit, LimitId, Period
from domain.money import units_of
from domain.partner import Partner
from domain.partner_events import HoldPut
from domain.rate_bucket import ONE_CALL, RateBucket
from domain.rates import Unit
from tests.domain.builders import NOON, terms
from tests.domain.call_builders import ORBITA, SW, USD, ask, client, key_of

TIMES = HoldTimes(interim_s=300)
HOUR_MS = 3_600_000


def a_limit(name: str = "cap", **fields: Any) -> Limit:
    return Limit(LimitId(name), **({"client": ORBITA} | fields))


class House:
    """One client with limits at work: decides, applies and remembers nothing else."""

    def __init__(self, *limits: Limit, **contract: Any) -> None:
        self.terms = client(**({"limit": "100000"} | contract))
        self.partner = Partner(ORBITA)
        self.partner.limits.enter(limits, ())

    def ask(self, call: str = "c1", **fields: Any) -> Granted | Refused:
        return self.place(ask(call, **fields))

    def place(self, command: PlaceHold) -> Granted | Refused:
        events, reply = self.partner.place_hold(command, self.terms, TIMES)
        self.apply(events)
        return reply

    def post(self, call: str, phase: str, seconds: int = 0, amount: int = 0, at_ms: int = NOON, **fields: Any) -> None:
        known: dict[str, Any] = {"trunk": TrunkId("orbita-in"), "destination": DestinationId(7), "b": "447911123456"}
        ended = known | {"seconds": seconds, "began_ms": at_ms} if phase == "end" else {}
        posting = Posting(ORBITA, Side.CLIENT, USD, amount, key_of(call), phase, at_ms, seconds, **(ended | fields))
        self.apply(self.partner.post(posting, self.terms, TIMES))

    def apply(self, events: Any) -> None:
        for event in events:
            self.partner.apply(event)

    def use(self, at_ms: int = NOON) -> tuple[int, int, int]:
        [use] = self.partner.limits.uses(at_ms)
        return use.calls, use.seconds, use.units


def cause(reply: Granted | Refused) -> Cause | None:
    return reply.cause if isinstance(reply, Refused) else None


# ---- what counts


def test_a_message_takes_no_minutes_away_from_calls() -> None:
    house = House(a_limit(max_minutes=300, max_units=units_of("50"), currency=USD))
    for number in range(3):
        message: dict[str, Any] = {"unit": Unit.EVENT, "mode": HoldMode.FIXED, "max_s": 14_400}
        assert isinstance(house.ask(f"sms{number}", **message), Granted)
    assert house.use() == (3, 0, 3 * units_of("0.0294")), "its money is set aside"
    granted = house.ask("voice", max_s=14_400)
    assert isinstance(granted, Granted)
    assert granted.seconds == 14_400


def test_the_tightest_of_the_limits_that_count_a_call_wins() -> None:
    house = House(a_limit("wide", max_calls=10), a_limit("uk", destination=DestinationId(7), max_calls=1))
    assert cause(house.ask("c1")) is None
    refused = house.ask("c2")
    assert refused == Refused(Cause.OVER_CALLS)
    assert isinstance(refused, Refused)
    assert refused.detail == "limit uk: 1 of 1 calls"
    assert cause(house.ask("c3", destination=DestinationId(8))) is None


@pytest.mark.parametrize(
    ("named", "counts"),
    [
        ({"trunk": TrunkId("orbita-in")}, True),
        ({"trunk": TrunkId("other")}, False),
        ({"code": "4479"}, True),
        ({"code": "33"}, False),
        ({"destination": DestinationId(8)}, False),
    ],
)
def test_a_limit_counts_the_calls_that_all_it_names_applies_to(named: dict[str, Any], counts: bool) -> None:
    house = House(a_limit(max_calls=0, **named))
    assert (cause(house.ask()) is Cause.OVER_CALLS) is counts


def test_a_limit_that_comes_later_counts_the_calls_that_are_open() -> None:
    house = House()
    house.ask("c1")
    house.partner.limits.enter((a_limit(max_calls=1),), house.partner.holds.values())
    assert cause(house.ask("c2")) is Cause.OVER_CALLS
    house.post("c1", "end", 60)
    assert cause(house.ask("c2")) is None


def test_a_call_that_is_asked_about_anew_counts_once() -> None:
    house = House(a_limit(max_calls=1))
    assert cause(house.ask("c1")) is None
    assert cause(house.ask("c1", attempt=2)) is None
    assert house.use()[0] == 1


# ---- minutes and money


def test_no_more_minutes_are_promised_than_are_left_after_what_open_calls_were_granted() -> None:
    house = House(a_limit(max_minutes=10))
    first = house.ask("c1", max_s=400)
    second = house.ask("c2", max_s=400)
    assert isinstance(first, Granted)
    assert isinstance(second, Granted)
    assert (first.seconds, second.seconds) == (400, 200)
    refused = house.ask("c3")
    assert refused == Refused(Cause.OVER_MINUTES)
    house.post("c1", "end", 60)
    third = house.ask("c3")
    assert isinstance(third, Granted)
    assert third.seconds == 340


def test_a_new_period_begins_at_zero() -> None:
    house = House(a_limit(max_minutes=10, period=Period.HOUR))
    house.ask("c1", max_s=600)
    house.post("c1", "end", 600)
    assert cause(house.ask("c2")) is Cause.OVER_MINUTES
    assert cause(house.ask("c2", at_ms=NOON + HOUR_MS)) is None


def test_no_more_money_is_promised_than_a_limit_leaves() -> None:
    house = House(a_limit(max_units=units_of("0.294"), currency=USD))
    first = house.ask("c1")
    assert isinstance(first, Granted)
    assert first.amount == units_of("0.294")
    assert cause(house.ask("c2")) is Cause.OVER_MONEY
    house.post("c1", "end", 60, units_of("0.0294"))
    second = house.ask("c2")
    assert isinstance(second, Granted)
    assert second.amount == units_of("0.2646")


def test_what_the_money_of_a_limit_does_not_pay_for_is_refused_by_it_and_not_for_want_of_credit() -> None:
    house = House(a_limit(max_units=units_of("0.10"), currency=USD))
    assert cause(house.ask(terms=terms("1.00", "60/60"))) is Cause.OVER_MONEY
    assert cause(House(a_limit(max_units=units_of("0.10"), currency=USD), limit="0").ask()) is Cause.NO_CREDIT


def test_a_piece_grows_no_further_than_the_minutes_that_are_left() -> None:
    house = House(a_limit(max_minutes=30))
    house.ask("c1", mode=HoldMode.PIECES, interim_s=300, max_s=14_400)
    house.post("c1", "start")
    for ran_s in range(300, 3000, 300):
        house.post("c1", "alive", ran_s, at_ms=NOON + 1000 * ran_s)
        assert house.use()[1] <= 1800
    assert house.partner.cuts, "the call is to end when the minutes are used up"


def test_what_was_used_two_periods_ago_counts_nowhere() -> None:
    house = House(a_limit(max_minutes=10, period=Period.HOUR))
    house.post("c1", "end", 60, began_ms=NOON - 3 * HOUR_MS)
    assert not house.partner.limits.used


@pytest.mark.parametrize(
    ("period", "at", "begins"),
    [
        (Period.HOUR, "2026-11-22T10:45:00+00:00", "2026-11-22T10:15:00+00:00"),
        (Period.DAY, "2026-11-22T18:00:00+00:00", "2026-11-21T18:15:00+00:00"),
        (Period.WEEK, "2026-11-22T10:00:00+00:00", "2026-11-15T18:15:00+00:00"),
        (Period.MONTH, "2026-11-22T10:00:00+00:00", "2026-10-31T18:15:00+00:00"),
    ],
)
def test_periods_begin_in_the_zone_of_the_limit(period: Period, at: str, begins: str) -> None:
    at_ms, begins_ms = (int(datetime.fromisoformat(text).timestamp()) * 1000 for text in (at, begins))
    assert a_limit(max_minutes=1, period=period, zone="Asia/Kathmandu").period_ms(at_ms) == begins_ms


# ---- laws

CALLS = [f"c{number}" for number in range(5)]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "cancel", "start", "alive", "stop", "expire", "recover"]),
        st.sampled_from(CALLS),
        st.integers(0, 900),
        st.sampled_from(list(HoldMode)),
    ),
    max_size=40,
)
MINUTES, MONEY = LimitId("minutes"), LimitId("money")
LIMITS = (
    a_limit("calls", max_calls=3),
    a_limit("minutes", max_minutes=25, period=Period.HOUR),
    a_limit("money", max_units=units_of("0.70"), currency=USD, period=Period.DAY),
)


@given(STEPS)
def test_counts_are_those_counted_by_hand_and_zero_when_no_call_is_open(steps: list[Any]) -> None:
    house, now_ms = House(*LIMITS), NOON
    used: dict[str, tuple[int, int]] = {}
    for what, call, seconds, mode in steps:
        now_ms += seconds * 100
        step(house, what, call, seconds, mode, now_ms, used)
        holds = house.partner.holds.values()
        for use in house.partner.limits.uses(NOON):
            assert use.calls == len(holds)
        assert house.partner.limits.seconds[MINUTES] == sum(map(set_aside_s, holds))
        assert house.partner.limits.units[MONEY] == sum(hold.amount for hold in holds)
        assert sum(
            its.seconds for (name, _), its in house.partner.limits.used.items() if name.startswith("minutes#")
        ) == sum(seconds for seconds, _ in used.values())
        within_limits(house)
    house.apply(house.partner.expire(Expire(now_ms + 10**9), TIMES))
    limits = house.partner.limits
    assert not any(limits.calls.values() or limits.seconds.values() or limits.units.values())


def step(house: House, what: str, call: str, seconds: int, mode: HoldMode, now_ms: int, used: dict[str, Any]) -> None:
    """Do one thing to a call; a call that stops was no longer than what it was granted, as a good switch sees to."""
    holds = house.partner.holds_of(key_of(call))
    match what:
        case "ask":
            house.ask(call, mode=mode, at_ms=now_ms, max_s=600, interim_s=300 if mode is HoldMode.PIECES else 0)
        case "cancel":
            house.apply(house.partner.release_hold(hold_id(key_of(call), ORBITA, 1)))
        case "start" | "alive" if holds:
            house.post(call, what, seconds if what == "alive" else 0, at_ms=now_ms)
        case "stop" if holds:
            ran_s = min(seconds, set_aside_s(holds[0]))
            amount = ran_s * units_of("0.0294") // 60
            used[f"{call} {len(used)}"] = ran_s, amount
            house.post(call, "end", ran_s, amount, at_ms=now_ms, began_ms=now_ms)
        case "expire":
            house.apply(house.partner.expire(Expire(now_ms), TIMES))
        case "recover":
            again = LimitBook(dict(house.partner.limits.used))
            again.enter(house.partner.limits.limits, house.partner.holds.values())
            known = house.partner.limits
            for mine, theirs in (
                (again.calls, known.calls),
                (again.seconds, known.seconds),
                (again.units, known.units),
            ):
                assert {key: count for key, count in mine.items() if count} == {k: v for k, v in theirs.items() if v}
            house.partner.limits = again
        case _:
            pass


def within_limits(house: House) -> None:
    """Assert that what is used and what is promised stay within every limit together."""
    limits, partner = house.partner.limits, house.partner
    assert len(partner.holds) <= 3
    for (used_by, _), its in [*limits.used.items(), ((MINUTES, 0), None), ((MONEY, 0), None)]:
        seconds, units = (its.seconds, its.units) if its else (0, 0)
        name = LimitId(used_by.partition("#")[0])
        if name == MINUTES:
            assert seconds + limits.seconds[name] <= 25 * 60
        if name == MONEY:
            assert units + limits.units[name] <= units_of("0.70")


@given(
    st.integers(0, 50),
    st.integers(1, 60),
    st.integers(1, 4),
    st.lists(st.integers(-500, 2_000), min_size=1, max_size=200),
)
def test_no_more_go_through_a_bucket_than_its_burst_and_what_flows_in(
    cps: int, burst: int, nodes: int, gaps_ms: list[int]
) -> None:
    bucket, at_ms, first_ms, last_ms, through = RateBucket(), NOON, NOON, NOON, 0
    full, call = max(burst * ONE_CALL, nodes * ONE_CALL), nodes * ONE_CALL
    for gap_ms in gaps_ms:
        at_ms += gap_ms
        last_ms, first_ms = max(last_ms, at_ms), min(first_ms, at_ms)
        if bucket.after(cps, at_ms, full) >= call:
            bucket, through = bucket.taken(cps, at_ms, full, call), through + 1
    assert through * call <= full + cps * (last_ms - first_ms)


def test_a_new_bucket_lets_a_burst_through_and_then_so_many_a_second() -> None:
    house = House(a_limit(max_cps=2, burst=5))
    let = [cause(house.ask(f"c{number}", at_ms=NOON)) for number in range(8)]
    assert let == [None] * 5 + [Cause.OVER_CPS] * 3
    assert cause(house.ask("d1", at_ms=NOON + 499)) is Cause.OVER_CPS
    assert cause(house.ask("d1", at_ms=NOON + 500)) is None


def test_a_hold_keeps_its_switch_and_its_first_vendor() -> None:
    house = House()
    house.place(replace(ask("c1"), trunk_out=TrunkId("kestrel-out")))
    [hold] = house.partner.holds.values()
    assert (hold.switch, hold.trunk_out) == (SW, TrunkId("kestrel-out"))
    assert isinstance(house.partner.place_hold(ask("c2"), house.terms, TIMES)[0][0], HoldPut)
