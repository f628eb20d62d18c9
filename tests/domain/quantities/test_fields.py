"""Fields of commitments and swaps as text: what is shown can be given again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.ids import DestinationId
from domain.quantities.fields import (
    Terms,
    changed_commitment,
    changed_swap,
    commitment_texts,
    moment_of,
    moment_text,
    swap_texts,
)
from domain.quantities.standing import DAY_MS
from tests.domain.quantities.volumes import BEGIN, KENYA, USD, commitment, swap

ZONES = ["UTC", "Europe/Paris", "Africa/Nairobi", "America/Sao_Paulo", "Pacific/Apia"]


def destination_of(name: str) -> DestinationId:
    assert name == "Kenya Mobile"
    return KENYA


def name_of(destination: DestinationId) -> str:
    return "Kenya Mobile" if destination == KENYA else ""


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "its",
    [
        commitment(destination=KENYA, true_up=1_234, warn_pct=3, note="as agreed"),
        commitment(code="254"),
        commitment(country="KE", units=5_000_000_001, currency=USD),
        swap(country="KE"),
        swap(currency=USD, low=-1, high=10**10),
    ],
)
def test_what_is_shown_may_be_given_again(its: object, zone: str) -> None:
    terms = Terms(USD, zone, destination_of)
    if isinstance(its, type(swap())):
        assert changed_swap(its, swap_texts(its, zone, name_of), terms) == its
    else:
        assert isinstance(its, type(commitment()))
        assert changed_commitment(its, commitment_texts(its, zone, name_of), terms) == its


@given(st.integers(BEGIN - 20_000 * DAY_MS // 2, BEGIN + 10_000 * DAY_MS), st.sampled_from(ZONES), st.booleans())
def test_a_moment_is_written_so_that_it_is_read_again(at_ms: int, zone: str, end: bool) -> None:
    assert moment_of(moment_text(at_ms, zone, end=end), zone, "here", end=end) == at_ms


def test_the_last_day_of_a_clock_change_is_whole() -> None:
    first, after = (moment_of("2026-03-29", "Europe/Paris", "here", end=end) for end in (False, True))
    assert after - first == 23 * 3_600_000


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-02-30", "9999-12-31T99", "2026"])
def test_what_is_no_moment_is_told(text: str) -> None:
    with pytest.raises(InputError, match="is not a date or time"):
        moment_of(text, "UTC", "here")
