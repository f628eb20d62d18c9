"""The reference book as a CSV file."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.book_files import read_book, write_book
from domain.codes import CodeMatch, CodeSeed, Destination
from domain.errors import InputError
from domain.ids import DestinationId

NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cf"]), min_size=1, max_size=8
)
CODES = st.text("0123456789", min_size=1, max_size=5).filter(lambda code: code[0] != "0")


@settings(max_examples=50)
@given(st.dictionaries(CODES, NAMES, max_size=30), st.booleans())
def test_what_was_written_is_read_again(book: dict[str, str], listed: bool) -> None:
    ids = {name: DestinationId(number) for number, name in enumerate(sorted(set(book.values())), 1)}
    places = {name: Destination(ids[name], name, "KE", "Mobile") for name in ids}
    text = write_book([CodeMatch(code, places[name]) for code, name in book.items()], listed=listed)
    file = read_book(text.encode(), "codes.csv")
    assert file.rejects == ()
    assert {seed.code: seed for seed in file.codes} == {
        code: CodeSeed(code, name, "KE", "Mobile") for code, name in book.items()
    }


def test_codes_are_ranges_unless_they_are_to_be_listed() -> None:
    kenya = Destination(DestinationId(1), "Kenya", "KE")
    codes = [CodeMatch(code, kenya) for code in ("2541", "2542", "2543", "25")]
    assert write_book(codes, listed=False).splitlines()[1] == 'Kenya,KE,base,"25, 2541-2543"'
    assert len(write_book(codes, listed=True).splitlines()) == 5


def test_wrong_rows_are_told_and_the_others_go_in() -> None:
    text = (
        "code;destination;country;note\n254;Kenya;KE;x\n25x;Kenya;KE;\n256;;UG;\n254;Uganda;UG;\n257;Burundi;Burundi;\n"
    )
    file = read_book(text.encode(), "codes.csv")
    assert [seed.code for seed in file.codes] == ["254"]
    assert [one.row for one in file.rejects] == [3, 4, 5, 6]
    assert "of 'Kenya' too" in file.rejects[2].reason
    assert file.rows == 5


def test_a_file_without_its_columns_is_refused() -> None:
    with pytest.raises(InputError, match="no column codes"):
        read_book(b"destination,prefix\nKenya,254\n", "codes.csv")
    with pytest.raises(InputError, match="UTF-8"):
        read_book(b"destination,codes\nK\xff,254\n", "codes.csv")
