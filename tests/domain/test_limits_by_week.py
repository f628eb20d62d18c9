"""Limits of a part of the week: which calls they refuse, and which they count."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attempts import Attempts
from domain.calls import Side
from domain.causes import Cause
from domain.commands import Posting
from domain.holds import HoldMode
from domain.limit_gate import Asked, LimitGate
from domain.limit_index import LimitIndex
from domain.limits import Limit, LimitUse, Period
from domain.policies.policy import TimeProfile
from domain.profiles import windows_of
from tests.domain.builders import DAY_MS, NOON
from tests.domain.call_builders import KESTREL, ORBITA, USD, key_of
from tests.domain.test_limit_gate import IN, OUT, UK, a_limit, attempt, calls, hold, world
from tests.domain.test_limits import HOUR_MS, House, cause

DAY = TimeProfile("day", "UTC", windows_of("on", range(7), 8 * 60, 20 * 60))
NIGHT_MS = NOON + 10 * HOUR_MS
MORNING_MS = NOON + 20 * HOUR_MS


def by_day(**fields: Any) -> Limit:
    return a_limit(profile="day", part=DAY, **fields)


def by_night(**fields: Any) -> Limit:
    return a_limit("night", profile="not day", part=DAY, **fields)


def asked(at_ms: int) -> Asked:
    return Asked(ORBITA, IN, "447911123456", UK, at_ms)


def gate(*limits: Limit, open_calls: int = 0) -> LimitGate:
    its = LimitGate()
    its.enter(world(*limits))
    its.learn({0: [LimitUse(limit.id, open_calls) for limit in limits]})
    return its


def reasons(its: LimitGate, at_ms: int) -> set[str]:
    over = its.over_call(asked(at_ms))
    return {over[1]} if over else set()


@pytest.mark.parametrize("open_calls", [29, 30, 99, 100])
def test_a_capacity_by_day_and_another_by_night_are_two_limits(open_calls: int) -> None:
    its = gate(by_day(destination=UK, max_calls=100), by_night(destination=UK, max_calls=30), open_calls=open_calls)
    assert bool(reasons(its, NOON)) == (open_calls >= 100)
    assert bool(reasons(its, NIGHT_MS)) == (open_calls >= 30)


@pytest.mark.parametrize(
    ("at_ms", "holds"),
    [
        (NOON + 8 * HOUR_MS - 1, True),
        (NOON + 8 * HOUR_MS, False),
        (NOON + 20 * HOUR_MS - 1, False),
        (NOON + 20 * HOUR_MS, True),
    ],
)
def test_it_holds_from_the_first_moment_of_its_part_until_the_last(at_ms: int, holds: bool) -> None:
    assert by_day().holds(at_ms) is holds
    assert by_night().holds(at_ms) is not holds


def test_the_zone_of_the_profile_says_when_it_is() -> None:
    nairobi = replace(DAY, zone="Africa/Nairobi")
    its = a_limit(profile="day", part=nairobi)
    assert its.holds(NOON - 7 * HOUR_MS), "05:00 UTC is 08:00 there"
    assert not its.holds(NOON + 5 * HOUR_MS)


def test_a_day_of_23_hours_needs_no_rule_of_its_own() -> None:
    paris = a_limit(profile="day", part=replace(DAY, zone="Europe/Paris"))
    midnight_ms = 1_774_738_800_000  # 2026-03-29 00:00 in Paris
    within = sum(paris.holds(midnight_ms + minute * 60_000) for minute in range(23 * 60))
    assert within == 12 * 60


@given(st.integers(NOON - 400 * DAY_MS, NOON + 400 * DAY_MS))
def test_at_each_moment_one_of_the_two_holds(at_ms: int) -> None:
    assert by_day().holds(at_ms) is not by_night().holds(at_ms)


def test_calls_that_began_by_night_count_by_day() -> None:
    attempts = Attempts({}, lambda _: None)
    attempts.enter(LimitIndex(world(by_day(vendor=KESTREL, max_calls=9))), (), list)
    attempts.heard(attempt("c1"), (), NOON - 6 * HOUR_MS)
    attempts.keep(replace(hold("c2"), placed_ms=NOON - 6 * HOUR_MS))
    assert calls(attempts) == {"cap": 2}


def test_a_vendors_route_is_left_out_only_in_its_part() -> None:
    its = gate(by_day(vendor=KESTREL, max_calls=1), open_calls=1)
    room = its.room(asked(NOON))(KESTREL, OUT)
    assert (room.free, room.load_pct) == (0, 100.0)
    assert its.room(asked(NIGHT_MS))(KESTREL, OUT).load_pct == 0.0


def test_calls_a_second_are_limited_only_in_its_part() -> None:
    its = gate(by_day(destination=UK, max_cps=1))
    for at_ms in (NOON, NIGHT_MS):
        its.sent(asked(at_ms), None, None)
    assert its.over_call(asked(NIGHT_MS)) is None
    its.sent(asked(MORNING_MS), None, None)
    over = its.over_call(asked(MORNING_MS))
    assert over is not None and over[0] is Cause.OVER_CPS


# ---- hard: with the holds


def test_no_call_of_a_client_passes_it_in_its_part_and_all_go_outside() -> None:
    house = House(by_day(client=ORBITA, max_calls=1))
    assert cause(house.ask("c1", at_ms=NOON - 5 * HOUR_MS)) is None
    assert cause(house.ask("c2", at_ms=NOON - 5 * HOUR_MS)) is None
    assert house.use()[0] == 2
    assert cause(house.ask("c3", at_ms=NOON)) is Cause.OVER_CALLS, "those that began before are there still"
    house.post("c1", "end", 1, at_ms=NOON)
    assert cause(house.ask("c4", at_ms=NOON)) is Cause.OVER_CALLS
    house.post("c2", "end", 1, at_ms=NOON)
    assert cause(house.ask("c5", at_ms=NOON)) is None


def test_minutes_are_those_of_calls_that_began_within_it() -> None:
    house = House(by_day(client=ORBITA, max_minutes=2, period=Period.DAY))
    whole: dict[str, Any] = {"mode": HoldMode.WHOLE, "max_s": 60}
    assert cause(house.ask("night", at_ms=NOON - 5 * HOUR_MS, **whole)) is None
    assert house.use()[1] == 0, "nothing is set aside for it"
    house.post("night", "end", 60, at_ms=NOON - 5 * HOUR_MS)
    assert house.use()[1] == 0
    for call in ("c1", "c2"):
        assert cause(house.ask(call, at_ms=NOON, **whole)) is None
    assert house.use()[1] == 120
    assert cause(house.ask("c3", at_ms=NOON, **whole)) is Cause.OVER_MINUTES
    assert cause(house.ask("c3", at_ms=NIGHT_MS, **whole)) is None
    for call in ("c1", "c2", "c3"):
        house.post(call, "end", 60, at_ms=NOON if call != "c3" else NIGHT_MS)
    assert house.use()[1] == 120, "all that is set aside has come back"


def test_minutes_of_a_vendor_are_those_that_began_within_it() -> None:
    used: dict[Any, Any] = {}
    attempts = Attempts(used, lambda _: None)
    attempts.enter(LimitIndex(world(by_day(vendor=KESTREL, max_minutes=2, period=Period.DAY))), (), list)
    for began_ms in (NOON, NIGHT_MS):
        posting = Posting(
            KESTREL, Side.VENDOR, USD, 7, key_of("c1"), "end", began_ms, 60,
            trunk=OUT, destination=UK, b="447911123456", seconds=60, began_ms=began_ms,
        )  # fmt: skip
        attempts.imported(posting, None)
    assert [its.seconds for its in used.values()] == [60]


def test_what_is_used_begins_at_zero_when_the_part_becomes_another() -> None:
    its = by_day(client=ORBITA, max_minutes=2)
    later = replace(its, part=replace(DAY, windows=windows_of("on", range(7), 9 * 60, 20 * 60)))
    assert len({its.use_id, later.use_id, replace(its, profile="not day").use_id}) == 3
    assert replace(its, part=replace(DAY, name="other")).use_id == its.use_id


def test_who_has_no_profile_is_counted_as_ever() -> None:
    assert a_limit(client=ORBITA, max_minutes=2).use_id == "cap#348d0610f7c8"
