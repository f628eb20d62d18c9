"""The file of what a sheet does to its plan."""

from hypothesis import given
from hypothesis import strategies as st

from domain.origins import OriginCode
from store.catalog.intents import WIDTH, Lines
from store.sheets.change_file import PlanChange, packed, unpacked

INTS = st.integers(0, 2**63 - 1)
CODES = st.text("0123456789", min_size=1, max_size=15)
TAILS = st.tuples(st.sampled_from(("any", "peak")), st.just(""), *[INTS] * 10, st.none() | INTS, st.booleans())
ORIGINS = st.builds(OriginCode, st.text(max_size=5), CODES, INTS, st.none() | INTS)


@st.composite
def lines(draw: st.DrawFn) -> Lines:
    tails = draw(st.lists(TAILS, min_size=1, max_size=3))
    codes = draw(st.lists(CODES, max_size=5))
    return Lines(codes, [draw(st.integers(0, len(tails) - 1)) for _ in codes], tails)


@given(st.lists(INTS, max_size=5), lines(), st.binary(max_size=50), st.lists(ORIGINS, max_size=3))
def test_a_change_is_read_as_it_was_written(
    ended: list[int], added: Lines, asked: bytes, origins: list[OriginCode]
) -> None:
    change = PlanChange((7, 1_700_000_000_000), ended, added, asked, origins)
    again = unpacked(packed(change))
    assert again == change
    assert all(type(line) is tuple and len(line) == WIDTH for line in again.added)
