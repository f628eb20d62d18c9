"""Which calls count for commitments and swaps."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calls import Side
from domain.ids import PartnerId
from domain.quality import LegSeen
from domain.quantities.counting import VolumeCounts, VolumeFilled
from domain.quantities.standing import DAY_MS, HOUR_MS, Counted
from domain.quantities.volumes import Volume
from tests.domain.quantities.volumes import BEGIN, KENYA, UK, USD, commitment, country_of, ended, swap


def counts(*volumes: Volume) -> VolumeCounts:
    """Counts that are filled: there was nothing before."""
    its = VolumeCounts(country_of, volumes)
    its.fill(VolumeFilled(one.key, 0, 0) for one in volumes)
    return its


def counted(volume: Volume, *legs: LegSeen) -> tuple[int, int]:
    its = counts(volume)
    for leg in legs:
        its.end(leg)
    found = its.counted(volume)
    assert found is not None
    return found.came, found.went


def test_a_vendors_calls_count_by_billed_seconds() -> None:
    assert counted(commitment(), ended(billed_s=61, duration_ms=60_100), ended(billed_s=30)) == (0, 91)


def test_a_commitment_of_money_counts_charges_in_its_currency() -> None:
    of_money = commitment(units=10**10, currency=USD)
    assert counted(of_money, ended(charge=7), ended(charge=5, currency="EUR")) == (0, 7)


def test_what_a_partner_sends_us_fills_no_commitment_but_counts_for_a_swap() -> None:
    legs = ended(side=Side.CLIENT, billed_s=50), ended(billed_s=20)
    assert counted(commitment(), *legs) == (0, 20)
    assert counted(swap(), *legs) == (50, 20)


@pytest.mark.parametrize(
    ("where", "covered"),
    [
        ({}, True),
        ({"destination": KENYA}, True),
        ({"destination": UK}, False),
        ({"country": "KE"}, True),
        ({"country": "GB"}, False),
        ({"code": "25471"}, True),
        ({"code": "25472"}, False),
        ({"partner": PartnerId("savanna")}, False),
    ],
)
def test_just_what_is_named_counts(where: dict[str, Any], covered: bool) -> None:
    assert counted(commitment(**where), ended()) == (0, 60 if covered else 0)


@pytest.mark.parametrize(("began_ms", "seconds"), [(BEGIN - 1, 0), (BEGIN, 60), (BEGIN + DAY_MS - 1, 60)])
def test_a_call_counts_by_its_start(began_ms: int, seconds: int) -> None:
    assert counted(commitment(until_ms=BEGIN + DAY_MS), ended(began_ms=began_ms)) == (0, seconds)
    assert counted(commitment(until_ms=BEGIN + DAY_MS), ended(began_ms=BEGIN + DAY_MS)) == (0, 0)


def test_one_call_counts_for_all_that_cover_it() -> None:
    everywhere, kenya = commitment(), commitment(id="kenya", destination=KENYA)
    its = counts(everywhere, kenya)
    its.end(ended())
    assert [its.counted(one) for one in (everywhere, kenya)] == [Counted(0, 60, {BEGIN // HOUR_MS: 60})] * 2


def test_nothing_is_told_before_what_was_before_is_known() -> None:
    volume = commitment()
    its = VolumeCounts(country_of, [volume])
    its.end(ended())
    assert its.counted(volume) is None
    its.fill([VolumeFilled(volume.key, 0, 600, ((BEGIN // HOUR_MS - 1, 600),))])
    found = its.counted(volume)
    assert found is not None and found.went == 660
    assert sum(found.hours.values()) == 660


def test_other_terms_of_the_same_calls_keep_what_was_counted() -> None:
    volume = commitment()
    its = counts(volume)
    its.end(ended())
    dearer = commitment(minutes=999, warn_pct=5, note="as agreed")
    assert not its.keep([dearer])
    assert its.counted(dearer) == its.counted(volume)


def test_other_calls_are_counted_anew() -> None:
    its = counts(commitment())
    its.end(ended())
    moved = commitment(from_ms=BEGIN - DAY_MS)
    assert its.keep([moved]), "it has yet to be filled"
    assert its.counted(moved) is None


def test_one_that_is_gone_counts_nothing() -> None:
    volume = commitment()
    its = counts(volume)
    its.keep([])
    its.end(ended())
    assert its.counted(volume) is None


calls = st.lists(
    st.builds(
        lambda seconds, hour, partner, client: ended(
            billed_s=seconds,
            began_ms=BEGIN + hour * HOUR_MS,
            partner=PartnerId(partner),
            side=Side.CLIENT if client else Side.VENDOR,
        ),
        st.integers(0, 5000),
        st.integers(-30, 800),
        st.sampled_from(["kestrel", "savanna"]),
        st.booleans(),
    ),
    max_size=40,
)


@given(calls, st.integers(0, 40))
def test_whatever_was_filled_and_whatever_was_heard_the_sum_is_the_same(legs: list[LegSeen], cut: int) -> None:
    """As after a restart at any moment: part of the calls comes from the books, the others are heard."""
    volume = swap()
    whole = counts(volume)
    for leg in legs:
        whole.end(leg)
    before = counts(volume)
    for leg in legs[:cut]:
        before.end(leg)
    known = before.counted(volume)
    assert known is not None
    again = VolumeCounts(country_of, [volume])
    for leg in legs[cut:]:
        again.end(leg)
    again.fill([VolumeFilled(volume.key, known.came, known.went, tuple(known.hours.items()))])
    assert again.counted(volume) == whole.counted(volume)


@given(calls)
def test_parts_of_a_country_are_the_whole(legs: list[LegSeen]) -> None:
    whole, ones, rest = (
        commitment(id=name, code=code) for name, code in (("a", "2547"), ("b", "25471"), ("c", "25472"))
    )
    its = counts(whole, ones, rest)
    for place, leg in enumerate(legs):
        its.end(ended(b=f"2547{1 + place % 2}1", billed_s=leg.billed_s, partner=leg.partner, side=leg.side))
    found = [its.counted(one) for one in (whole, ones, rest)]
    sums = [one.went for one in found if one is not None]
    assert sums[0] == sums[1] + sums[2]
