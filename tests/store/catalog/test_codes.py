"""The reference book in the catalog, and the one made from the metadata."""

from functools import cache

import pytest

from domain.errors import InputError
from store.catalog import Catalog
from store.catalog.codes import CodeSeed
from store.seeding import SOURCE, seed_codes
from tests.store.catalog.builders import AT, BY

SMALL = [
    CodeSeed("44", "United Kingdom", "GB"),
    CodeSeed("447", "United Kingdom Mobile", "GB", "Mobile"),
    CodeSeed("254", "Kenya", "KE"),
]


@cache
def seeded() -> list[CodeSeed]:
    return seed_codes()


def test_codes_that_begin_a_number_are_found_longest_first(catalog: Catalog) -> None:
    catalog.codes.enter(SMALL, "test", **BY)
    found = catalog.codes.find("447911123456", AT)
    assert [(match.code, match.destination.name) for match in found] == [
        ("447", "United Kingdom Mobile"),
        ("44", "United Kingdom"),
    ]
    assert catalog.codes.find("999", AT) == ()
    with pytest.raises(InputError, match="no number"):
        catalog.codes.find("+44", AT)


def test_entering_the_same_again_changes_nothing(catalog: Catalog) -> None:
    first = catalog.codes.enter(SMALL, "test", **BY)
    again = catalog.codes.enter(SMALL, "test", **BY)
    assert (first.version, first.destinations, first.codes) == (1, 3, 3)
    assert (again.version, again.destinations, again.codes, again.moved) == (1, 0, 0, 0)
    assert catalog.codes.version() == 1


def test_a_code_moves_at_a_moment_and_was_elsewhere_before(catalog: Catalog) -> None:
    catalog.codes.enter(SMALL, "test", **BY)
    change = catalog.codes.enter(
        [CodeSeed("447", "United Kingdom Fixed", "GB", "Fixed")], "me", who="ada", at_ms=AT + 9
    )
    assert (change.version, change.moved) == (2, 1)
    book = catalog.codes.book(AT + 9)
    assert book.name_of(book.destination_of("4479") or 0) == "United Kingdom Fixed"  # type: ignore[arg-type]  # 0: none
    assert catalog.codes.find("4479", AT + 8)[0].destination.name == "United Kingdom Mobile"


def test_pages_are_by_digits_or_by_name(catalog: Catalog) -> None:
    catalog.codes.enter(SMALL, "test", **BY)
    assert [match.code for match in catalog.codes.page(AT, text="kingdom").rows] == ["44", "447"]
    page = catalog.codes.page(AT, text="4", limit=1)
    assert ([match.code for match in page.rows], page.total) == (["44"], 2)


def test_the_whole_book_enters_and_comes_back(catalog: Catalog) -> None:
    change = catalog.codes.enter(seeded(), SOURCE, **BY)
    assert change.destinations > 2000
    assert change.codes == len(seeded())
    book = catalog.codes.book(AT)
    names = [match.destination.name for match in book.find("254712345678")]
    assert names == ["Kenya Mobile Safaricom", "Kenya Mobile", "Kenya"]


@pytest.mark.parametrize(
    ("number", "begins"),
    [
        ("254741123456", "Kenya Mobile"),
        ("447911123456", "United Kingdom Mobile"),
        ("919812345678", "India"),
        ("593991234567", "Ecuador Mobile"),
        ("12125551234", "United States"),
        ("14165551234", "Canada"),
        ("12425551234", "Bahamas"),
        ("18005551234", "North America Toll Free"),
        ("77011234567", "Kazakhstan Mobile"),
        ("79161234567", "Russia Mobile"),
        ("979123456789", "International Premium Rate"),
    ],
)
def test_a_number_is_told_by_the_seeded_book(number: str, begins: str) -> None:
    by_code = {entry.code: entry for entry in seeded()}
    longest = next(by_code[number[:length]] for length in range(len(number), 0, -1) if number[:length] in by_code)
    assert longest.name.startswith(begins)


def test_the_seeded_book_has_every_calling_code_and_no_needless_code() -> None:
    by_code = {entry.code: entry for entry in seeded()}
    assert len(by_code) == len(seeded())
    assert {"1", "7", "20", "44", "254", "593", "800", "979", "998"} <= by_code.keys()
    for code, entry in by_code.items():
        shorter = next((by_code[code[:n]] for n in range(len(code) - 1, 0, -1) if code[:n] in by_code), None)
        assert shorter is None or shorter.name != entry.name
