"""The reference book."""

from domain.codes import CodeEntry, Destination, ReferenceBook
from domain.ids import DestinationId

KENYA, MOBILE = (
    Destination(DestinationId(1), "Kenya", "KE"),
    Destination(DestinationId(2), "Kenya Mobile", "KE", "Mobile"),
)


def book(*codes: CodeEntry, at_ms: int = 0) -> ReferenceBook:
    return ReferenceBook(1, [KENYA, MOBILE], codes, at_ms)


def test_the_longest_code_decides_and_the_chain_begins_with_it() -> None:
    found = book(CodeEntry("254", KENYA.id), CodeEntry("2547", MOBILE.id)).find("254712345678")
    assert [(match.code, match.destination) for match in found] == [("2547", MOBILE), ("254", KENYA)]


def test_a_code_counts_only_while_it_is_valid() -> None:
    codes = CodeEntry("254", KENYA.id), CodeEntry("2547", MOBILE.id, valid_from_ms=10, valid_until_ms=20)
    assert [book(*codes, at_ms=at).destination_of("2547") for at in (9, 10, 19, 20)] == [1, 2, 2, 1]


def test_what_is_in_no_code_has_no_destination_and_no_name() -> None:
    empty = book()
    assert empty.destination_of("2547") is None
    assert (empty.name_of(DestinationId(9)), empty.name_of(KENYA.id)) == ("", "Kenya")
