"""Codes as rate sheets write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.sheets.codes import BadRangeError, compress, read_codes


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("447", "447"),
        (" +521 ", "521"),
        ("01144", "44"),
        ("\u200b447\u200b", "447"),
        ("'447', '448'", "447 448"),
        ("0049", "49"),
        ("447.0", "447"),
        ("'447", "447"),
        ("49152, 49162; 49171", "49152 49162 49171"),
        ("44/45|46\n47", "44 45 46 47"),
        ("44, 44", "44"),
        ("336 07, 336 08", "33607 33608"),
        ("49152, 49172-49174", "49152 49172 49173 49174"),
        ("1201 – 1203", "1201 1202 1203"),
        ("120[1-3]", "1201 1202 1203"),
        ("120[1,3]", "1201 1203"),
        ("+44(7,75-77)", "447 4475 4476 4477"),
        ("44 (7, 75-76); 45", "447 4475 4476 45"),
        ("0044(08-11)", "4408 4409 4410 4411"),
    ],
)
def test_a_cell_stands_for_its_codes(cell: str, codes: str) -> None:
    assert read_codes(cell) == codes.split()


@pytest.mark.parametrize(
    ("cell", "country", "codes"),
    [("7,8", "44", "447 448"), ("", "+44", "44"), ("75-76", "0044", "4475 4476"), ("[1-2]", "44", "441 442")],
)
def test_area_codes_follow_their_country_code(cell: str, country: str, codes: str) -> None:
    assert read_codes(cell, country) == codes.split()


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "no code"),
        (",;", "is no code"),
        ("1.2425E+11", "lost its digits"),
        ("447a", "is no code"),
        ("٤٤٧", "is no code"),
        ("sip:447@host", "is no code"),
        ("0447", "begins with 0"),
        ("1234567890123456", "more than 15 digits"),
        ("1203-1201", "runs backwards"),
        ("4475-79", "differ in length"),
        ("44[7", "open bracket"),
        ("44-45]", "open bracket"),
        ("44-45-46", "no range"),
        ("1000000-1999999", "more than 10000 codes"),
        ("1[1000-9999,20000-29999]", "more than 10000 codes"),
        ("234803 234806", "one code or several"),
        ("44 447 448", "one code or several"),
    ],
)
def test_anything_else_is_refused_with_its_reason(cell: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_codes(cell)


def test_a_trunk_digit_before_an_area_code_is_not_guessed_away() -> None:
    with pytest.raises(InputError, match="begins with 0"):
        read_codes("020", "44")


@given(st.integers(1, 10**15 - 1), st.integers(0, 300))
def test_a_range_holds_each_code_between_its_ends(low: int, width: int) -> None:
    high = low + width
    if len(str(high)) == len(str(low)):
        assert read_codes(f"{low}-{high}") == [str(code) for code in range(low, high + 1)]


@given(st.text(alphabet="0123456789+-,;()[] aE.", max_size=24))
def test_no_cell_crashes_and_codes_are_always_digits(cell: str) -> None:
    try:
        codes = read_codes(cell, most=100)
    except InputError:
        return
    assert 0 < len(codes) <= 100
    assert all(code.isdigit() and len(code) <= 15 for code in codes)
    assert all(code[0] != "0" or code.startswith("000") for code in codes), "only a code of a service begins so"


def test_a_code_of_a_service_stays_as_it_is() -> None:
    assert read_codes("00000") == ["00000"]
    assert read_codes("000123456789012") == ["000123456789012"]
    with pytest.raises(InputError):
        read_codes("0000")


@pytest.mark.parametrize("cell", ["1203-1201", "4475-79", "44[7", "1000000-1999999", "44-45-46", "1,2,3,4"])
def test_ranges_that_cannot_be_are_told_from_codes_that_are_none(cell: str) -> None:
    with pytest.raises(BadRangeError):
        read_codes(cell, most=3)


def test_codes_are_written_as_short_lists() -> None:
    assert compress(["1210", "1203", "1202", "1201", "44", "43", "1204"]) == "1201-1204, 1210, 43, 44"
    assert compress(["00001", "00002", "00003"]) == "00001, 00002, 00003", "codes of services are no numbers"


@given(st.sets(st.one_of(st.integers(1, 10**15 - 1), st.integers(1, 60), st.integers(995, 1010)), min_size=1))
def test_writing_a_list_and_reading_it_loses_nothing(numbers: set[int]) -> None:
    codes = {str(number) for number in numbers}
    assert set(read_codes(compress(codes))) == codes
    assert len(read_codes(compress(codes))) == len(codes)
