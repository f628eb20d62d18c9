"""What was promised when."""

from datetime import timedelta

from domain.ids import DestinationId, PartnerId
from domain.policies.policy import Attachment, Policies, Policy, TimeProfile
from domain.rates import Window
from domain.sla.history import PolicyState, promised
from tests.domain.builders import ms

ACME, KENYA = PartnerId("acme"), DestinationId(7)
DAY, HOUR = ms(2026, 11, 2), 3_600_000


def policies(floor: int, *attached: Attachment, version: int = 1, **profiles: TimeProfile) -> Policies:
    gold = Policy("gold", keep=f"asr >= {floor}", version=version)
    return Policies({"default": Policy("default"), "gold": gold}, attached, profiles)


GOLD = Attachment("gold", client=ACME)


def test_what_held_then_is_told_in_the_words_of_then() -> None:
    states = [
        PolicyState(DAY, Policies({"default": Policy("default")})),
        PolicyState(DAY + HOUR, policies(40, GOLD)),
        PolicyState(DAY + 2 * HOUR, policies(45, GOLD, version=2)),
    ]
    spans = promised(states, ACME, "", KENYA, DAY, DAY + 3 * HOUR)
    assert [(one.from_ms, one.until_ms, one.promise.words, one.policy) for one in spans] == [
        (DAY + HOUR, DAY + 2 * HOUR, "asr >= 40", "default v1 + gold v1"),
        (DAY + 2 * HOUR, DAY + 3 * HOUR, "asr >= 45", "default v1 + gold v2"),
    ]


def test_others_are_promised_nothing_but_by_the_policy_of_their_contract() -> None:
    states = [PolicyState(DAY, policies(40, GOLD), {PartnerId("orbita"): "gold"})]
    assert promised(states, PartnerId("minnow"), "", KENYA, DAY, DAY + HOUR) == []
    assert len(promised(states, PartnerId("orbita"), "", KENYA, DAY, DAY + HOUR)) == 1


def test_a_promise_for_a_part_of_the_week_holds_then_only() -> None:
    evening = TimeProfile("evening", windows=(Window("on", frozenset(range(7)), 18 * 60, 22 * 60),))
    states = [PolicyState(DAY, policies(40, Attachment("gold", client=ACME, profile="evening"), evening=evening))]
    spans = promised(states, ACME, "", KENYA, DAY, DAY + 48 * HOUR)
    hours = [(timedelta(milliseconds=one.from_ms - DAY), timedelta(milliseconds=one.until_ms - DAY)) for one in spans]
    assert hours == [(timedelta(hours=18), timedelta(hours=22)), (timedelta(hours=42), timedelta(hours=46))]


def test_days_without_a_change_are_one_span() -> None:
    spans = promised([PolicyState(DAY, policies(40, GOLD))], ACME, "", KENYA, DAY, DAY + 240 * HOUR)
    assert [(one.from_ms, one.until_ms) for one in spans] == [(DAY, DAY + 240 * HOUR)]


def test_a_policy_that_changes_otherwise_promises_the_same_and_both_versions_are_named() -> None:
    states = [PolicyState(DAY, policies(40, GOLD)), PolicyState(DAY + HOUR, policies(40, GOLD, version=2))]
    [span] = promised(states, ACME, "", KENYA, DAY, DAY + 2 * HOUR)
    assert (span.until_ms, span.policy) == (DAY + 2 * HOUR, "default v1 + gold v1, then default v1 + gold v2")
