"""What is counted of calls, by vendor, client, country and destination, and the board that is made of it."""

from collections.abc import Mapping
from dataclasses import fields, replace
from random import Random

import pytest
from hypothesis import given, settings

from domain.calls import Side
from domain.ids import DestinationId, LegId, PartnerId, TrunkId
from domain.policies.asking import QualityAsked, asked_of
from domain.policies.policy import Policies, Policy
from domain.quality import DAY_MS, DestinationQuality, LegBegun, LegSeen
from domain.quality_board import QualityBoard
from domain.quality_counts import QualityCounts, route_key
from domain.quality_figures import UNKNOWN, DestinationFigures
from domain.quality_leaning import PRIOR_CALLS, leaned
from domain.quality_making import BoardMaker, first_day_of_month
from domain.quality_series import Tally
from domain.quality_windows import SPANS, Window
from tests.domain.builders import NOON, dice
from tests.domain.test_quality import KENYA, KESTREL, UK, failed, seen

SAVANNA, ORBITA = PartnerId("savanna"), PartnerId("orbita")
HOUR = SPANS["1h"]
COUNTRIES = {UK: "GB", KENYA: "KE"}
ASKED = QualityAsked(frozenset({HOUR, Window(calls=100)}), frozenset({"", "client_", "destination_"}))


def counted(*legs: LegSeen, products: Mapping[TrunkId, str] | None = None) -> QualityCounts:
    counts = QualityCounts(lambda destination: COUNTRIES.get(destination, ""), (products or {}).get)
    for leg in legs:
        counts.end(leg, NOON)
    return counts


def calls(answered: int, of: int, **how: object) -> list[LegSeen]:
    return [seen(**how)] * answered + [failed(34, **how)] * (of - answered)


def test_a_leg_counts_for_its_vendor_its_country_its_destination_and_everywhere() -> None:
    counts = counted(seen(), seen(destination=KENYA), seen(partner=SAVANNA), seen(side=Side.CLIENT, partner=ORBITA))
    keys = [route_key(KESTREL, UK), (Side.VENDOR, KESTREL, "GB"), (Side.VENDOR, KESTREL, ""), (Side.VENDOR, "", UK)]
    assert [counts.tally(key, HOUR, NOON).attempts for key in keys] == [1, 1, 2, 2]
    assert counts.tally((Side.CLIENT, ORBITA, UK), HOUR, NOON).answered == 1
    assert counts.partners(Side.VENDOR, UK) == [KESTREL, SAVANNA]


def test_a_vendor_of_no_calls_is_taken_as_its_destination_goes() -> None:
    counts = counted(*calls(200, 2_000, partner=SAVANNA))
    told = counts.figures(route_key(KESTREL, UK), HOUR, NOON)
    assert 10 < told.asr < 11
    assert (told.attempts, told.asr_low, told.asr_high) == (0, 0, 100)


def test_few_calls_lean_and_many_speak_for_themselves() -> None:
    few = counted(failed(34)).figures(route_key(KESTREL, UK), HOUR, NOON)
    assert 35 < few.asr < UNKNOWN.asr
    many = counted(*calls(600, 1_000)).figures(route_key(KESTREL, UK), HOUR, NOON)
    assert 59.5 < many.asr < 60
    assert many.asr_low < 60 < many.asr_high


def test_no_call_counts_twice_in_what_a_figure_leans_on() -> None:
    told = counted(*[failed(34)] * 20)
    for window in (HOUR, Window(calls=100), SPANS["24h"], SPANS["7d"]):
        assert told.figures(route_key(KESTREL, UK), window, NOON).asr == UNKNOWN.asr / 2
    assert told.figures((Side.VENDOR, KESTREL, "GB"), HOUR, NOON).asr == UNKNOWN.asr / 2


def test_twenty_calls_weigh_as_much_as_all_that_is_known_beside_them() -> None:
    tally = Tally()
    tally.sums[0] = PRIOR_CALLS
    assert leaned(tally, UNKNOWN).asr == (100 + UNKNOWN.asr) / 2


@settings(max_examples=60)
@given(dice)
def test_a_figure_lies_between_what_was_counted_and_what_it_leans_on(dice: Random) -> None:
    tally = Tally()
    tally.sums = [dice.randrange(50) for _ in tally.sums]
    told = leaned(tally, UNKNOWN)
    asr = 100 * tally.answered / max(1, tally.attempts)
    assert min(asr, UNKNOWN.asr) - 1e-9 <= told.asr <= max(asr, UNKNOWN.asr) + 1e-9
    assert 0 <= told.asr_low <= asr + 1e-9
    assert asr - 1e-9 <= told.asr_high <= 100


def test_open_answered_calls_count_as_answers_and_not_as_talk() -> None:
    counts = counted(*calls(10, 40))
    before = counts.figures(route_key(KESTREL, UK), HOUR, NOON)
    for at in range(30):
        counts.begin(LegBegun(LegId(b"%d" % at), UK, Side.VENDOR, KESTREL, NOON - 60_000, answered=True))
    counts.begin(LegBegun(LegId(b"rings"), UK, Side.VENDOR, KESTREL, NOON, answered=False))
    after = counts.figures(route_key(KESTREL, UK), HOUR, NOON)
    assert (before.attempts, after.attempts) == (40, 70)
    assert after.asr > before.asr + 10
    assert after.minutes == before.minutes
    assert counts.open_calls((Side.VENDOR, KESTREL, "")) == 31
    counts.end(seen(leg_id=LegId(b"7")), NOON)
    assert counts.open_calls((Side.VENDOR, KESTREL, "")) == 30
    assert counts.figures(route_key(KESTREL, UK), HOUR, NOON).attempts == 70


def test_an_open_call_that_is_told_of_twice_counts_once_and_its_lost_end_is_not_waited_for() -> None:
    counts = counted()
    for _ in range(2):
        counts.begin(LegBegun(LegId(b"1"), UK, Side.VENDOR, KESTREL, NOON, answered=True))
    assert counts.open_calls(route_key(KESTREL, UK)) == 1
    counts.forget_old(NOON + 2 * DAY_MS)
    assert counts.open_calls(route_key(KESTREL, UK)) == 0


def test_what_is_old_is_forgotten() -> None:
    counts = counted(seen(), seen(side=Side.CLIENT))
    assert len(counts) == 6
    counts.forget_old(NOON + 9 * DAY_MS)
    assert len(counts) == 0
    assert counts.destinations() == []


def maker(counts: QualityCounts, asked: QualityAsked = ASKED) -> BoardMaker:
    made = BoardMaker(counts, 50, 1_000)
    made.ask(asked)
    made.renew({}, NOON)
    return made


def board_of(made: BoardMaker, before: QualityBoard | None = None) -> QualityBoard:
    board = before or QualityBoard()
    change = made.change(board.version)
    return board if change is None else board.changed(change)


def test_only_what_changed_is_sent_and_all_else_stays_the_same_object() -> None:
    counts = counted(*calls(40, 100), *calls(40, 100, destination=KENYA))
    made = maker(counts)
    first = board_of(made)
    assert set(first.known) == {UK, KENYA}
    counts.end(seen(destination=KENYA), NOON)
    made.renew({}, NOON)
    change = made.change(first.version)
    assert change is not None
    assert set(change.known) == {KENYA}
    second = first.changed(change)
    assert second.figures(UK) is first.figures(UK)
    assert second.figures(KENYA) is not first.figures(KENYA)
    assert made.change(second.version) is None


def test_figures_that_say_the_same_are_no_change() -> None:
    made = maker(counted(*calls(40, 100)))
    version = made.version
    made.look_again()
    made.renew({}, NOON + 1)
    assert made.version == version


def test_a_node_with_the_board_of_an_earlier_process_gets_all() -> None:
    made = maker(counted(*calls(40, 100)))
    for since in (0, 3, 999, 5_000_000):
        change = made.change(since)
        assert change is not None
        assert (change.since, set(change.known)) == (0, {UK})


@settings(max_examples=25, deadline=None)
@given(dice)
def test_a_board_by_differences_equals_a_whole_one(dice: Random) -> None:
    counts = counted()
    made = BoardMaker(counts, 50, 10)
    durations: dict[DestinationId, DestinationQuality] = {}
    made.ask(
        QualityAsked(frozenset({HOUR}), frozenset({"", "vendor_", "country_"}), frozenset({"share", "concurrent"}))
    )
    board, now_ms = QualityBoard(), NOON
    for at in range(12):
        now_ms += dice.choice([1_000, 3_600_000, 3 * DAY_MS])
        for _ in range(dice.randrange(4)):
            where, who = dice.choice([UK, KENYA]), dice.choice([KESTREL, SAVANNA])
            leg = seen(destination=where, partner=who, setup_ms=now_ms, side=dice.choice(list(Side)))
            counts.end(leg, now_ms)
            durations.setdefault(where, DestinationQuality(where)).apply(leg, now_ms)
            counts.begin(LegBegun(LegId(b"%d" % at), where, Side.VENDOR, who, now_ms, answered=True))
        counts.forget_old(now_ms)
        made.renew(durations, now_ms)
        if dice.random() < 0.6:
            board = board_of(made, board)
    board, whole = board_of(made, board), board_of(made)
    assert _said(board) == _said(whole)
    assert {where: its.bins for where, its in board.histograms.items()} == {
        where: its.bins for where, its in whole.histograms.items()
    }


def _said(board: QualityBoard) -> dict[DestinationId, list[object]]:
    names = [field.name for field in fields(DestinationFigures)]
    return {where: [getattr(known, name) for name in names] for where, known in board.known.items()}


def test_quantities_are_of_the_vendor_wherever_its_calls_go() -> None:
    counts = counted(*calls(30, 30), *calls(10, 10, destination=KENYA), *calls(10, 10, partner=SAVANNA))
    counts.begin(LegBegun(LegId(b"1"), KENYA, Side.VENDOR, KESTREL, NOON, answered=True))
    names = frozenset({"minutes_today", "minutes_month", "concurrent", "share"})
    board = board_of(maker(counts, QualityAsked(quantities=names)))
    wanted = {"minutes_today": 40.0, "minutes_month": 40.0, "concurrent": 1.0, "share": 75.0}
    assert board.figures(UK).quantities[KESTREL] == wanted
    assert board.figures(KENYA).quantities[KESTREL] == wanted | {"share": 100.0}


def test_yesterdays_minutes_are_not_those_of_today() -> None:
    counts = counted(seen(setup_ms=NOON - DAY_MS), seen())
    today = NOON // DAY_MS
    assert (counts.minutes(KESTREL, today), counts.minutes(KESTREL, today - 1)) == (1.0, 2.0)
    assert first_day_of_month(today) == today  # 2025-11-01
    assert first_day_of_month(today + 29) == today
    assert first_day_of_month(today + 30) == today + 30


def test_only_what_policies_ask_for_is_made() -> None:
    board = board_of(maker(counted(*calls(40, 100)), QualityAsked()))
    assert dict(board.known) == {}


@pytest.mark.parametrize(
    ("fields", "windows", "levels", "quantities"),
    [
        ({}, set(), set(), set()),
        ({"order": "price"}, set(), set(), set()),
        ({"order": "asr*acd"}, {"1h", "15m"}, {""}, set()),
        ({"only": "vendor_asr(24h) > 30"}, {"24h"}, {"vendor_"}, set()),
        ({"keep": "concurrent < 30 and client_ner(100 calls) > 90"}, {"100 calls"}, {"client_"}, {"concurrent"}),
        ({"split": "by vendor_acd(24h) / (1 + concurrent)"}, {"24h"}, {"vendor_"}, {"concurrent"}),
        ({"split": "by asr"}, {"1h", "15m"}, {""}, set()),
        ({"split": "asr:60, acd:40"}, set(), set(), set()),
    ],
)
def test_what_policies_ask_for_together(
    fields: dict[str, str], windows: set[str], levels: set[str], quantities: set[str]
) -> None:
    other = Policy("other", window="15m")
    asked = asked_of(Policies({"p": replace(Policy("p"), **fields), "other": other}))  # type: ignore[arg-type]
    assert {str(window) for window in asked.windows} == windows
    assert (set(asked.levels), set(asked.quantities)) == (levels, quantities)
