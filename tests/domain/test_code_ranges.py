"""Ranges of codes in the order of digits."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from domain.code_ranges import after, ranges_of, shared

NUMBERS = ["".join(digits) for length in range(1, 5) for digits in product("189", repeat=length)]
CODES = st.dictionaries(st.text("189", min_size=1, max_size=4), st.booleans(), max_size=8)


@given(CODES)
def test_a_number_is_in_a_range_when_its_longest_code_is_wanted(codes: dict[str, bool]) -> None:
    ranges = ranges_of(sorted(codes.items()))
    for number in NUMBERS:
        found = [since for since, until in ranges if since <= number and (until is None or number < until)]
        longest = max((code for code in codes if number.startswith(code)), key=len, default="")
        assert len(found) == bool(codes.get(longest))


def test_what_follows_a_code_begins_otherwise() -> None:
    assert (after("2549"), after("254"), after("99")) == ("255", "255", None)


def test_shared_digits_begin_all_codes() -> None:
    assert (shared(["2547", "2541", "25"]), shared(["254"]), shared([]), shared(["1", "2"])) == ("25", "254", "", "")
