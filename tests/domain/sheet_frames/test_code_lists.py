"""Columns of code cells."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InputError
from domain.sheet_frames.code_lists import compress, read_code_column, with_ends
from domain.sheets.codes import BadRangeError, read_codes

CELLS = st.one_of(
    st.sampled_from(["", "44", "+44", "0044", "01144", "'447", "44.0", "000123", "1.2E+11", "0447", "44x", "12 34"]),
    st.sampled_from(
        ["44,45", "44; 44 |45", "1,2,3,4,5,6", "1201-1203", "1-99", "9-5", "120[1-3]", "44(7,75-76)", "44[7"]
    ),
    st.integers(1, 10**16).map(str),
    st.text("0123456789+-,;[]() .", max_size=9).map(str.strip),
)
LEADS = st.sampled_from(["44", "+44", "0044", "1", "", "x", "44.0"])


def alone(cell: str, lead: str | None, most: int) -> tuple[list[str] | None, str | None]:
    """Read one cell by itself: its codes, or by which check it is refused."""
    try:
        if cell and lead == "":
            raise InputError("no country code")
        return read_codes(cell, lead or "", most), None
    except BadRangeError:
        return None, "R10"
    except InputError:
        return None, "R09"


@given(st.lists(CELLS, max_size=12))
@settings(max_examples=50)
def test_a_column_is_read_as_each_of_its_cells_alone(cells: list[str]) -> None:
    found = read_code_column(pl.Series(cells, dtype=pl.String), None, most=5)
    assert list(zip(found["codes"].to_list(), found["check"].to_list(), strict=True)) == [
        alone(cell, None, 5) for cell in cells
    ]


@given(st.lists(st.tuples(CELLS, LEADS), max_size=12))
@settings(max_examples=50)
def test_area_codes_are_read_as_each_of_them_alone(pairs: list[tuple[str, str]]) -> None:
    cells, leads = ([pair[side] for pair in pairs] for side in (0, 1))
    found = read_code_column(pl.Series(cells, dtype=pl.String), pl.Series(leads, dtype=pl.String), most=5)
    usual = {"44.0": "44"}  # a country code that a spreadsheet made a number is one all the same
    assert list(zip(found["codes"].to_list(), found["check"].to_list(), strict=True)) == [
        alone(cell, usual.get(lead, lead), 5) for cell, lead in pairs
    ]


@given(st.lists(st.sets(st.integers(1, 3000), min_size=1, max_size=40), min_size=1, max_size=5))
@settings(max_examples=50)
def test_lists_that_we_write_are_read_without_loss(sets: list[set[int]]) -> None:
    codes = [sorted(str(number) for number in numbers) for numbers in sets]
    found = read_code_column(pl.Series([compress(one) for one in codes]), None, most=10_000)
    assert [sorted(one) for one in found["codes"].to_list()] == codes


def test_ends_in_columns_of_their_own_are_a_range_unless_the_code_is_there() -> None:
    cells, first, last = pl.Series(["", "", "", "46"]), pl.Series(["1", "2", "", "8"]), pl.Series(["3", "", "", "9"])
    assert with_ends(cells, first, last).to_list() == ["1-3", "2", "", "46"]
