"""What formulas read of commitments and swaps, and what policies make of it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.attribution import DirectoryIndex
from domain.calls import Side
from domain.extent import Extent
from domain.ids import PartnerId
from domain.limit_gate import LimitGate
from domain.limits import Limit, LimitId, LimitUse
from domain.policies.explaining import explained
from domain.policies.library import ready
from domain.policies.policy import Policy
from domain.quality_board import BoardChange, QualityBoard
from domain.quality_figures import NO_FIGURES
from domain.quantities.counting import VolumeCounts, VolumeFilled
from domain.quantities.figures import VolumeFigures
from domain.quantities.reading import VolumeIndex, volume_figures, with_volumes
from domain.quantities.standing import DAY_MS, HOUR_MS
from domain.quantities.volumes import Commitment, Swap, Volume
from domain.rank_cache import RankCache
from domain.routing import decide
from domain.world import World
from tests.domain.quantities.volumes import BEGIN, KENYA, KESTREL, UK, commitment, country_of, ended, swap
from tests.domain.worlds import UK_MOBILE, setup, uk_world

BLUEWIRE = PartnerId("bluewire")
FILL = "if commit_behind_pct > 5 then 0 else 1, then real_cost"


def figures(now_ms: int, sent_min: dict[Volume, int]) -> dict[str, Any]:
    """Of volumes that have had so many minutes."""
    counts = VolumeCounts(country_of, sent_min)
    counts.fill(VolumeFilled(one.key, 0, 60 * minutes) for one, minutes in sent_min.items())
    return {title: dict(values) for title, values in volume_figures(sent_min, counts, now_ms).items()}


def read(volumes: list[Volume], told: VolumeFigures, number: str = "254711000001") -> dict[str, float]:
    """Figures of kestrel for a call to a number in Kenya."""
    covering = VolumeIndex(volumes).beginning(number, Extent())
    return dict(with_volumes(NO_FIGURES, covering, told, KENYA, "KE").quantities.get(KESTREL, {}))


def test_a_commitment_is_read_in_minutes_and_per_cent() -> None:
    its = commitment()
    assert figures(BEGIN + 10 * DAY_MS, {its: 60}) == {
        "commitment nov": {
            "commit_remaining": 240.0,
            "commit_behind_pct": 20.0,
            "commit_run_rate": 0.0,
            "commit_needed": 12.0,
        }
    }


def test_what_does_not_run_or_is_not_known_is_not_told() -> None:
    its = commitment()
    assert figures(BEGIN - 1, {its: 0}) == {}
    assert figures(its.until_ms, {its: 0}) == {}
    assert volume_figures([its], VolumeCounts(country_of, [its]), BEGIN) == {}


def test_of_several_the_one_farthest_behind_that_is_not_filled_counts() -> None:
    even, late = commitment(id="even"), commitment(id="late", country="KE", minutes=900)
    filled = commitment(id="filled", destination=KENYA, minutes=10)
    told = figures(BEGIN + 10 * DAY_MS, {even: 100, late: 200, filled: 10})
    assert read([even, late, filled], told)["commit_remaining"] == 700
    assert read([even, filled], told)["commit_remaining"] == 200
    assert read([filled], told)["commit_remaining"] == 0


def test_on_equals_the_one_that_ends_first_counts() -> None:
    soon = commitment(id="soon", until_ms=BEGIN + 20 * DAY_MS, minutes=200)
    told = figures(BEGIN, {commitment(): 0, soon: 0})
    assert read([commitment(), soon], told)["commit_remaining"] == 200


def test_of_several_swaps_the_one_with_the_least_room_counts() -> None:
    wide, narrow = swap(id="wide", low=-1000, high=1000), swap(id="narrow", country="KE")
    told = figures(BEGIN, {wide: 60, narrow: 60})
    assert read([wide, narrow], told) == {"swap_balance": -60.0, "swap_room": 40.0, "swap_pct": -60.0}


def test_calls_that_count_for_none_read_nothing() -> None:
    elsewhere = commitment(destination=UK)
    assert read([elsewhere], figures(BEGIN, {elsewhere: 0})) == {}


@pytest.mark.parametrize(("number", "fits"), [("254711", True), ("25472", False), ("2547", False)])
def test_a_code_is_told_apart_by_the_number(number: str, fits: bool) -> None:
    its = commitment(code="25471")
    within = Extent()
    assert VolumeIndex([its]).beginning(number, within) == ((its,) if fits else ())
    for other in ("254710", "25471", "254719999999999", "25470", "25472", "1", "99"):
        start = within.beginning(number)
        if start and other.startswith(start):
            assert VolumeIndex([its]).beginning(other, Extent()) == ((its,) if fits else ()), "the same answer holds"


def test_a_board_keeps_the_figures_that_a_change_does_not_name() -> None:
    told = {"commitment nov": {"commit_remaining": 1.0}}
    first = QualityBoard(5).changed(BoardChange(5, 6, 50, {}, {}, told))
    second = first.changed(BoardChange(6, 7, 50, {}, {}))
    assert second.volumes is first.volumes == told
    assert second.changed(BoardChange(0, 9, 50, {}, {})).volumes == told, "a new process knows nothing yet"
    assert second.changed(BoardChange(7, 8, 50, {}, {}, {})).volumes == {}


# ---- by policies


def world_of(volumes: list[Volume], **policy: Any) -> World:
    here = uk_world(policies=[Policy("default", **policy)])
    directory = replace(
        here.index.directory,
        commitments=tuple(one for one in volumes if isinstance(one, Commitment)),
        swaps=tuple(one for one in volumes if isinstance(one, Swap)),
    )
    return replace(here, index=DirectoryIndex(directory))


def told_to(here: World, told: VolumeFigures) -> World:
    return replace(here, quality=replace(here.quality, version=here.quality.version + 1, volumes=told))


def first(here: World, cache: RankCache, called: str = "447911123456") -> str:
    return decide(setup(called=called), here, cache).routes[0].vendor


def test_a_vendor_that_is_second_by_price_is_first_while_its_commitment_lags() -> None:
    late = commitment(partner=BLUEWIRE, country="GB")
    here, cache = world_of([late], order=FILL), RankCache()
    assert first(here, cache) == "kestrel", "nothing is known yet"
    behind = told_to(here, figures(BEGIN + 10 * DAY_MS, {late: 0}))
    assert first(behind, cache) == "bluewire"
    filled = told_to(behind, figures(BEGIN + 10 * DAY_MS, {late: 300}))
    assert first(filled, cache) == "kestrel"


def test_only_numbers_of_the_code_go_to_who_has_a_commitment_for_it() -> None:
    late = commitment(partner=BLUEWIRE, code="44791")
    here = told_to(world_of([late], order=FILL), figures(BEGIN + 10 * DAY_MS, {late: 0}))
    cache = RankCache()
    for _ in range(2):
        assert first(here, cache, "447911123456") == "bluewire"
        assert first(here, cache, "447811123456") == "kestrel"


def test_rules_that_ask_for_no_volume_keep_their_ranking() -> None:
    late = commitment(partner=BLUEWIRE)
    here, cache = world_of([late], order="price, then asr"), RankCache()
    before = decide(setup(), here, cache).read
    after = decide(setup(), told_to(here, figures(BEGIN + DAY_MS, {late: 0})), cache).read
    assert after is before


def test_an_explanation_shows_the_same_figures() -> None:
    late = commitment(partner=BLUEWIRE, destination=UK_MOBILE)
    here = told_to(world_of([late], order=FILL), figures(BEGIN + 10 * DAY_MS, {late: 60}))
    found = explained(setup(), here)
    shown = {one.vendor: one.offered.figures[0] for one in found.vendors if one.offered}
    assert [one.vendor for one in found.vendors] == ["bluewire", "kestrel"]
    assert shown == {"bluewire": 20.0, "kestrel": 0.0}


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.integers(1, 40), st.integers(0, 10), st.integers(2, 30))
def test_the_policy_fills_a_commitment_and_then_lets_go(
    days: int, calls_an_hour: int, late_days: int, pct: int
) -> None:
    """Calls of three minutes, so many an hour; the figures are those of half an hour ago."""
    whole_min = 3 * calls_an_hour * 24 * days
    its = commitment(partner=BLUEWIRE, minutes=max(1, whole_min // 3), until_ms=BEGIN + (days + late_days) * DAY_MS)
    here, counts = world_of([its], order=f"if commit_behind_pct > {pct} then 0 else 1, then real_cost"), RankCache()
    had = VolumeCounts(country_of, [its])
    had.fill([VolumeFilled(its.key, 0, 0)])
    after = 0
    for hour in range(24 * late_days, 24 * (days + late_days)):
        at_ms = BEGIN + hour * HOUR_MS
        here = told_to(here, volume_figures([its], had, at_ms))
        if first(here, counts) == "bluewire":
            had.end(ended(partner=BLUEWIRE, began_ms=at_ms, billed_s=180 * calls_an_hour, b="447911123456"))
        else:
            after += 1
    counted = had.counted(its)
    assert counted is not None
    assert its.target <= counted.went < its.target + 180 * calls_an_hour
    assert after > 0, "others have their calls, too"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=100, max_size=400), st.integers(60, 500))
def test_the_ready_policy_keeps_a_swap_in_its_band(hours: list[tuple[int, int]], band: int) -> None:
    """Each hour the partner sends some minutes and we have some to send: what leaves the band is what the partner
    sends when nothing is there to be sent back; the policy sends too much never, and all there is when too much came.
    """
    its = swap(partner=BLUEWIRE, low=-band, high=band, until_ms=BEGIN + 1000 * DAY_MS)
    here, cache = world_of([its], only=ready("swap").policy.only, order=ready("swap").policy.order), RankCache()
    counts = VolumeCounts(country_of, [its])
    counts.fill([VolumeFilled(its.key, 0, 0)])
    balance = 0
    for hour, (came_min, ours_min) in enumerate(hours):
        at_ms = BEGIN + hour * HOUR_MS
        counts.end(ended(partner=BLUEWIRE, side=Side.CLIENT, began_ms=at_ms, billed_s=60 * came_min, b="33144"))
        balance += came_min
        here = told_to(here, volume_figures([its], counts, at_ms))
        before = balance
        if first(here, cache) == "bluewire":
            counts.end(ended(partner=BLUEWIRE, began_ms=at_ms, billed_s=60 * ours_min, b="447911123456"))
            balance -= ours_min
        assert balance >= -band
        if before >= band:
            assert balance == before - ours_min, "all that there is is sent back"
    found = counts.counted(its)
    assert found is not None and found.came - found.went == 60 * balance


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 400), st.sampled_from(["447911123456", "447811123456", "4479"])),
        min_size=1,
        max_size=30,
    )
)
def test_what_is_kept_is_what_is_worked_out_anew(steps: list[tuple[int, int, str]]) -> None:
    late = commitment(partner=BLUEWIRE, code="4479")
    both = swap(partner=PartnerId("kestrel"), country="GB")
    order = "if commit_behind_pct > 5 then 0 else if swap_pct < -50 then 2 else 1, then real_cost"
    here, kept = world_of([late, both], order=order), RankCache()
    for sent, swapped, called in steps:
        here = told_to(here, figures(BEGIN + 10 * DAY_MS, {late: sent, both: swapped}))
        call = setup(called=called.ljust(12, "0"))
        assert decide(call, here, kept) == decide(call, here, RankCache())


def test_a_formula_sees_how_full_a_route_is_at_each_call() -> None:
    limit = Limit(LimitId("cap"), vendor=PartnerId("kestrel"), max_calls=10)
    here = world_of([], order="if load_pct >= 50 then 1 else 0, then real_cost")
    here = replace(here, index=DirectoryIndex(replace(here.index.directory, limits=(limit,))))
    gate, cache = LimitGate(), RankCache()
    gate.enter(here.index.directory)
    for calls, expected in ((4, "kestrel"), (5, "bluewire"), (4, "kestrel")):
        gate.learn({0: [LimitUse(limit.id, calls)]})
        assert decide(setup(), here, cache, gate).routes[0].vendor == expected
    found = explained(setup(), here, gate)
    assert {one.vendor: one.offered.figures[0] for one in found.vendors if one.offered} == {
        "kestrel": 40.0,
        "bluewire": 0.0,
    }
