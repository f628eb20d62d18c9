"""Plans as columns are what the plain way makes of them, whether they come in one piece or in many."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intervals import flatten
from domain.plan_columns import Piece, gathered, nest
from domain.points import OPEN_MS
from domain.rates import RateRow, Terms
from tests.domain.flattened import flattened, nested

codes = st.one_of(st.text("019", max_size=3), st.text("09", min_size=14, max_size=15))
rates = st.builds(
    RateRow,
    codes,
    st.builds(Terms, st.integers(0, 2), st.just(1)),
    st.integers(0, 2),
    st.sampled_from([None, 7]),
    st.sampled_from(["any", "peak"]),
    st.booleans(),
    st.integers(0, 1),
    origin=st.sampled_from(["", "", "eea"]),
)


def piece_of(*rows: str, price: int = 1) -> Piece:
    count = len(rows)
    terms = [(price, price, 1, 1, 0, 0, 0, 0, 0)] * count
    return Piece(rows, ["any"] * count, [""] * count, terms, [0] * count, [OPEN_MS] * count, [0] * count)


@given(st.sets(codes, max_size=15))
@settings(max_examples=100)
def test_codes_are_nested_as_if_every_begin_and_end_was_marked(given_codes: set[str]) -> None:
    assert nest(sorted(given_codes)) == nested(sorted(given_codes))


@given(st.lists(rates, max_size=12))
@settings(max_examples=60)
def test_rows_are_flattened_as_plainly_as_can_be(rows: list[RateRow]) -> None:
    assert flatten(rows) == flattened(rows)


def test_pieces_are_put_together_as_if_they_were_one() -> None:
    apart = gathered([piece_of("1", "1", "12"), piece_of(), piece_of("2"), piece_of("31")])
    assert apart == gathered([piece_of("1", "1", "12", "2", "31")])
    assert (list(apart.row_first), list(apart.code_len)) == ([0, 2, 3, 4, 5], [1, 2, 1, 2])
    assert gathered([]) == gathered([piece_of()])


def test_a_table_says_each_thing_once_whatever_piece_it_first_came_in() -> None:
    found = gathered([piece_of("1"), piece_of("2", price=5), piece_of("3"), piece_of("4", price=7)])
    assert [terms.next_price for terms in found.terms_table] == [1, 5, 7]
    assert list(found.terms) == [0, 1, 0, 2]


@pytest.mark.parametrize("wrong", [("2", "1"), ("1", "2", "1"), ("4a",), ("1" * 16,), ("٤",)])
def test_what_no_number_could_be_looked_up_in_is_refused(wrong: tuple[str, ...]) -> None:
    with pytest.raises(AssertionError, match="codes"):
        gathered([piece_of(*wrong)])


def test_a_code_in_two_pieces_is_refused() -> None:
    with pytest.raises(AssertionError, match="with all of its rates"):
        gathered([piece_of("1", "2"), piece_of("2")])
