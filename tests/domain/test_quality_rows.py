"""Rows of the table of quality at each level, what they are sorted by, and how they went over time."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calls import Side
from domain.cause_classes import CauseClass
from domain.ids import DestinationId, LegId, PartnerId, TrunkId
from domain.quality import LegBegun, LegSeen
from domain.quality_counts import Key, QualityCounts, route_key
from domain.quality_course import course
from domain.quality_levels import Level, keys_at, level_of
from domain.quality_order import BADLY, Sort, States, order_of
from domain.quality_rows import QualityRow, whole_row
from domain.quality_windows import SPANS, Window
from domain.route_book import KeptState
from domain.route_states import Standing
from tests.domain.builders import NOON
from tests.domain.test_quality import KENYA, KESTREL, UK, failed, seen
from tests.domain.test_quality_counts import COUNTRIES, ORBITA, SAVANNA, counted

HOUR = SPANS["1h"]
ORBITA_IN = TrunkId("orbita-a")
AWAY = KeptState(None, SAVANNA, KENYA, Standing.OUT, NOON - 1_000, "asr 25.0 (17.5–34.3, 100 calls) is beyond 35")
STATES = {(SAVANNA, KENYA): AWAY}
CALLS = st.tuples(
    st.sampled_from(["kestrel", "savanna", "orbita"]),
    st.sampled_from([UK, KENYA]),
    st.sampled_from([0, 16, 17, 34]),
    st.integers(0, 400_000_000),
    st.integers(0, 9_000_000),
    st.booleans(),
)
"""Vendor, destination, cause, how long ago its setup is, its talk, whether it is open."""


def country(destination: DestinationId) -> str:
    return COUNTRIES.get(destination, "")


def keys_of_level(counts: QualityCounts, side: Side, level: Level) -> list[Key]:
    return [key for some in keys_at(counts, side, level) for key in some]


def rows_at(counts: QualityCounts, level: Level, side: Side = Side.VENDOR) -> list[QualityRow]:
    return [whole_row(counts, key, HOUR, NOON, STATES, country) for key in keys_of_level(counts, side, level)]


def in_order(counts: QualityCounts, keys: list[Key], window: Window, sort: Sort, states: States = STATES) -> list[Key]:
    found = [(order_of(counts, key, window, NOON, sort, states), key) for key in keys]
    return [key for _, key in sorted((order, key) for order, key in found if order is not None)]


def test_each_level_has_rows_of_its_own_and_every_call_is_in_one_of_them() -> None:
    legs = [seen(), failed(34), seen(destination=KENYA, partner=SAVANNA), seen(side=Side.CLIENT, partner=ORBITA)]
    counts = counted(*(replace(leg, trunk=TrunkId(f"{leg.partner}-a")) for leg in legs), products={ORBITA_IN: "gold"})
    assert [(row.partner, row.destination) for row in rows_at(counts, Level.PAIR)] == [(KESTREL, UK), (SAVANNA, KENYA)]
    assert [(row.partner, row.country) for row in rows_at(counts, Level.COUNTRY)] == [(KESTREL, "GB"), (SAVANNA, "KE")]
    assert [row.destination for row in rows_at(counts, Level.DESTINATION)] == [UK, KENYA]
    for level in set(Level) - {Level.PRODUCT}:
        assert sum(row.attempts for row in rows_at(counts, level)) == 3, level
    assert [row.partner for row in rows_at(counts, Level.PARTNER, Side.CLIENT)] == [ORBITA]
    assert [(row.partner, row.trunk) for row in rows_at(counts, Level.TRUNK)] == [
        (KESTREL, "kestrel-a"),
        (SAVANNA, "savanna-a"),
    ]
    sold = rows_at(counts, Level.PRODUCT, Side.CLIENT)
    assert [(row.partner, row.product, row.destination, row.attempts) for row in sold] == [(ORBITA, "gold", UK, 1)]
    assert {level_of(key) for side in Side for some in counts.known_since(side, 0) for key in some} == set(Level)


def test_a_row_knows_how_its_route_stands_and_a_wider_one_how_many_are_away() -> None:
    counts = counted(seen(), seen(destination=KENYA, partner=SAVANNA))
    away = {(row.partner, row.destination): (row.state, row.out) for row in rows_at(counts, Level.PAIR)}
    assert away == {(KESTREL, UK): (None, 0), (SAVANNA, KENYA): (AWAY, 1)}
    assert [row.out for row in rows_at(counts, Level.PARTNER)] == [0, 1]
    assert [row.out for row in rows_at(counts, Level.COUNTRY)] == [0, 1]
    assert [row.out for row in rows_at(counts, Level.DESTINATION)] == [0, 1]


def test_rows_are_sorted_by_what_is_worst_or_most_and_never_by_chance() -> None:
    counts = counted(
        *[seen()] * 3, failed(34), seen(destination=KENYA, partner=SAVANNA), *[failed(34, partner=ORBITA)] * 2
    )
    keys: list[Key] = [route_key(KESTREL, UK), route_key(SAVANNA, KENYA), route_key(ORBITA, UK)]

    def sorted_by(sort: Sort) -> list[str]:
        return [key[1] for key in in_order(counts, keys, HOUR, sort)]

    assert sorted_by(Sort.ATTEMPTS) == [KESTREL, ORBITA, SAVANNA]
    assert sorted_by(Sort.NER) == [ORBITA, KESTREL, SAVANNA]
    assert sorted_by(Sort.STATE) == [SAVANNA, KESTREL, ORBITA]
    assert sorted_by(Sort.NAME) == [KESTREL, ORBITA, SAVANNA]
    assert sorted_by(Sort.ACD)[-1] == ORBITA, "who answered nothing has no ACD, and not the worst one"
    for sort in Sort:
        assert len(sorted_by(sort)) == 3


@given(st.lists(CALLS, max_size=60), st.sampled_from([*SPANS.values(), Window(calls=3)]))
@settings(max_examples=60, deadline=None)
def test_rows_stand_in_the_order_of_the_figures_that_they_show(
    calls: list[tuple[str, DestinationId, int, int, int, bool]], window: Window
) -> None:
    counts = counted()
    for place, (vendor, where, cause, ago_ms, talk_ms, is_open) in enumerate(calls):
        leg = seen(destination=where, partner=PartnerId(vendor), setup_ms=NOON - ago_ms, duration_ms=talk_ms)
        if is_open:
            its = LegId(bytes([place])), where, Side.VENDOR, PartnerId(vendor), NOON - ago_ms
            counts.begin(LegBegun(*its, answered=cause == 0))
        else:
            ended = replace(leg, cause=cause, base_charge=talk_ms, end_ms=NOON - ago_ms + talk_ms)
            counts.end(ended if cause in (0, 16) else replace(ended, answered=False, base_charge=0), NOON)
    shown: dict[Sort, Callable[[QualityRow], float]] = {
        Sort.ATTEMPTS: lambda row: -row.attempts,
        Sort.ASR: lambda row: (row.answered + 9) / (row.attempts + 20),
        Sort.NER: lambda row: row.ner,
        Sort.ACD: lambda row: row.acd_s if row.classes.get(CauseClass.ANSWERED) else float("inf"),
        Sort.PDD: lambda row: -(row.pdd_p50 or 0),
        Sort.SHORT: lambda row: -row.short,
        Sort.OPEN: lambda row: -row.open_calls,
        Sort.MINUTES: lambda row: -row.talk_s,
        Sort.COST: lambda row: -row.units,
    }
    rows = [whole_row(counts, key, window, NOON, {}, country) for key in keys_of_level(counts, Side.VENDOR, Level.PAIR)]
    rows = [row for row in rows if row.attempts or row.open_calls]
    for sort, figure in shown.items():
        wanted = [
            (row.partner, row.destination)
            for row in sorted(rows, key=lambda row: (figure(row), row.partner, row.destination))
        ]
        keys = keys_of_level(counts, Side.VENDOR, Level.PAIR)
        assert [key[1:] for key in in_order(counts, keys, window, sort, {})] == wanted, sort


def test_every_standing_has_its_place_among_the_bad_ones() -> None:
    assert set(BADLY) == set(Standing)


def test_a_course_has_every_stretch_up_to_now_and_open_calls_in_theirs() -> None:
    counts = counted(*[seen(setup_ms=NOON - 7_200_000)] * 3, failed(34, setup_ms=NOON - 7_200_000))
    counts.begin(LegBegun(LegId(b"open"), UK, Side.VENDOR, KESTREL, NOON - 60_000, answered=True))
    told = course(counts, route_key(KESTREL, UK), SPANS["24h"], NOON)
    assert len(told) == 25
    assert [(one.attempts, one.answered) for one in told if one.attempts] == [(4, 3), (1, 1)]
    assert told[-1].from_s == NOON // 1000 // 3600 * 3600 and all(one.classes == {} for one in told[:20])
    assert len(course(counts, route_key(SAVANNA, UK), SPANS["15m"], NOON)) == 16
    assert sum(one.attempts for one in course(counts, (Side.VENDOR, PartnerId(""), UK), SPANS["7d"], NOON)) == 5


def test_a_leg_of_another_hour_is_in_another_stretch() -> None:
    legs: list[LegSeen] = [seen(setup_ms=NOON - 1_800_000), seen(setup_ms=NOON - 300_000)]
    told = course(counted(*legs), route_key(KESTREL, UK), HOUR, NOON)
    assert len([one for one in told if one.attempts]) == 2
