"""The live traffic is decided before it begins: the script, and what the vendors make of each attempt."""

from collections import Counter

import pytest

from cluster.demo.script import ENDED_BEFORE_END_S, LAST_BEFORE_END_S, OPEN_AT_END, business_ms, script
from cluster.demo.strands import CYCLE_S
from cluster.demo.vendors import ANSWERS_PER_HUNDRED, Outcome, Vendors, outcome
from cluster.demo.world import CALLWELL, KENYA, NORDLINK, ORBITA, ORIGIN_MS
from domain.ids import PartnerId


def test_the_same_seed_gives_the_same_script_and_another_seed_another() -> None:
    assert script(rate=5) == script(rate=5)
    assert script(rate=5) != script(rate=5, seed=8)


def test_attempts_come_at_the_asked_rate_in_order() -> None:
    attempts = script(rate=120)
    moments = [attempt.at_ms for attempt in attempts]
    assert moments == sorted(moments)
    minute = [at for at in moments if business_ms(60) <= at < business_ms(120)]
    assert abs(len(minute) - 60 * 120) <= 1
    assert Counter(a.client for a in attempts if not a.stays_open) == {ORBITA: 8112, CALLWELL: 12168}


def test_twenty_business_seconds_pass_in_a_second_of_the_story() -> None:
    assert business_ms(180) - ORIGIN_MS == 3_600_000


def test_all_calls_but_those_meant_to_stay_open_end_before_the_books_are_checked() -> None:
    attempts = script(rate=20)
    ordinary = [attempt for attempt in attempts if not attempt.stays_open]
    assert max(a.at_ms for a in ordinary) <= business_ms(180 - LAST_BEFORE_END_S)
    assert max(a.ends_by_ms for a in ordinary) <= business_ms(180 - ENDED_BEFORE_END_S)
    assert all(a.at_ms < a.ends_by_ms for a in attempts)
    staying = [attempt for attempt in attempts if attempt.stays_open]
    assert [a.client for a in staying] == list(OPEN_AT_END)
    assert all(a.at_ms + 1000 * (a.talk_s or 0) > business_ms(180) for a in staying)


def test_numbers_of_the_script_are_unique_and_called_numbers_fit_their_destination() -> None:
    attempts = script(rate=20)
    assert len({attempt.number for attempt in attempts}) == len(attempts)
    assert all(a.b.startswith(a.destination) and len(a.b) == 12 and a.a.isdigit() for a in attempts)


@pytest.mark.parametrize(("vendor", "destination"), list(ANSWERS_PER_HUNDRED))
def test_each_hundred_attempts_has_its_answers_and_talks_in_whole_cycles(vendor: PartnerId, destination: str) -> None:
    made = [outcome(vendor, destination, number) for number in range(1, 1001)]
    share = ANSWERS_PER_HUNDRED[vendor, destination]
    assert [sum(o.answered for o in made[at : at + 100]) for at in range(0, 1000, 100)] == [share] * 10
    assert Counter(o.talk_s for o in made if o.answered) == dict.fromkeys(CYCLE_S, share)


def test_times_of_an_outcome_follow_each_other() -> None:
    def in_order(o: Outcome) -> bool:
        if o.connect_ms is None:
            return o.cause != 16 and o.talk_s == 0 and 0 < (o.alert_ms or 1) < o.ends_ms
        return o.cause == 16 and 0 < (o.alert_ms or 0) < o.connect_ms and o.ends_ms == o.connect_ms + 1000 * o.talk_s

    assert all(in_order(outcome(NORDLINK, KENYA, number)) for number in range(1, 301))


def test_a_vendors_attempts_are_numbered_per_destination() -> None:
    vendors = Vendors()
    taken = [vendors.attempt(NORDLINK, KENYA) for _ in range(3)]
    assert taken == [outcome(NORDLINK, KENYA, number) for number in (1, 2, 3)]
    assert vendors.attempts == {(NORDLINK, KENYA): 3}
