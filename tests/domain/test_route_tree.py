"""The tree of destinations: countries and their destinations with the calls to them."""

import pytest

from domain.ids import DestinationId, PartnerId
from domain.route_tree import NOT_IN_THE_BOOK, DestinationSum, Places, TreeSort, sorted_nodes, title_of

MOBILE, FIXED, UK, GONE = DestinationId(1), DestinationId(2), DestinationId(3), DestinationId(9)
NAMES = {MOBILE: ("Kenya Mobile", "KE"), FIXED: ("Kenya", "KE"), UK: ("United Kingdom Mobile", "GB")}
CODES = {"254": FIXED, "2547": MOBILE, "25470": FIXED, "447": UK}
KESTREL, SAVANNA = PartnerId("kestrel"), PartnerId("savanna")


class Book:
    """A reference book in memory."""

    def destination_of(self, number: str) -> DestinationId | None:
        longest = max((code for code in CODES if number.startswith(code)), key=len, default=None)
        return CODES[longest] if longest else None

    def name_of(self, destination: DestinationId) -> str:
        return NAMES[destination][0]

    def country_of(self, destination: DestinationId) -> str:
        return NAMES[destination][1]

    def kind_of(self, destination: DestinationId) -> str:
        return ""

    def all_codes(self) -> list[str]:
        return list(CODES)


PLACES = Places(Book())
SUMS = [
    DestinationSum(MOBILE, 100, 25, 24, 90, 2_400, 3, (KESTREL,), (SAVANNA,)),
    DestinationSum(FIXED, 10, 9, 9, 10, 900, 0, (KESTREL, SAVANNA)),
    DestinationSum(GONE, 1, 0),
]


def test_a_country_sums_up_its_destinations_and_names_who_is_away() -> None:
    kenya, uk, gone = sorted(PLACES.countries(SUMS), key=lambda node: node.attempts, reverse=True)
    assert (kenya.title, kenya.destinations, kenya.attempts, kenya.answered, kenya.talk_s) == (
        "Kenya",
        2,
        110,
        34,
        3_300,
    )
    assert (kenya.vendors, kenya.away, kenya.open_calls) == ({KESTREL, SAVANNA}, [SAVANNA], 3)
    assert {(one.country, one.attempts) for one in (uk, gone)} == {("GB", 0), ("", 1)}


def test_who_stands_last_is_told_apart_from_who_is_away_and_makes_a_destination_busy() -> None:
    sums = [DestinationSum(MOBILE, last=(KESTREL,)), DestinationSum(FIXED, away=(SAVANNA,)), DestinationSum(UK)]
    kenya, uk = sorted(PLACES.countries(sums), key=lambda node: node.title)
    assert (kenya.away, kenya.last, kenya.is_busy, uk.is_busy) == ([SAVANNA], [KESTREL], True, False)
    some = PLACES.destinations(sums[:1], [PLACES.of[MOBILE], PLACES.of[FIXED]])
    assert [node.destination for node in sorted_nodes(some, TreeSort.OUT, busy=True)] == [MOBILE]


def test_calls_to_what_is_not_in_the_book_any_more_are_told_all_the_same() -> None:
    nodes = PLACES.countries(SUMS)
    assert [node.title for node in nodes if not node.country] == [NOT_IN_THE_BOOK]
    assert sum(node.attempts for node in nodes) == sum(one.attempts for one in SUMS)


def test_each_destination_has_a_number_that_belongs_to_it() -> None:
    for destination, place in PLACES.of.items():
        assert Book().destination_of(place.number) == destination
        assert 12 <= len(place.number) <= 15


def test_words_find_destinations_of_all_countries() -> None:
    assert [one.destination for one in PLACES.named("mobile")] == [MOBILE, UK]
    assert [one.destination for one in PLACES.named("ke mob")] == [MOBILE]
    assert len(list(PLACES.named(""))) == 3


def test_rows_stand_in_their_order_and_quiet_ones_may_be_left_out() -> None:
    nodes = PLACES.destinations(SUMS, PLACES.of.values())

    def names(sort: TreeSort, *, busy: bool = False) -> list[DestinationId]:
        return [node.destination for node in sorted_nodes(nodes, sort, busy=busy)]

    assert names(TreeSort.ATTEMPTS) == [MOBILE, FIXED, UK]
    assert names(TreeSort.ASR) == [MOBILE, FIXED, UK]
    assert sorted(names(TreeSort.ACD, busy=True)) == [MOBILE, FIXED]
    assert names(TreeSort.OUT)[0] == MOBILE
    assert names(TreeSort.NAME) == [FIXED, MOBILE, UK]
    assert names(TreeSort.NAME, busy=True) == [FIXED, MOBILE]
    for sort in TreeSort:
        assert len(names(sort)) == 3


def test_a_country_is_called_by_the_words_with_which_all_its_destinations_begin() -> None:
    assert title_of(["United Kingdom Mobile", "United Kingdom", "United Kingdom Fixed"]) == "United Kingdom"
    assert title_of(["Kenya", "Uganda"]) == title_of([]) == ""


def test_services_of_the_whole_world_are_international_and_found_by_that_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMES, DestinationId(4), ("Inmarsat", "001"))
    monkeypatch.setitem(CODES, "870", DestinationId(4))
    places = Places(Book())
    assert {one.country: one.title for one in places.countries([])} == {
        "KE": "Kenya", "GB": "United Kingdom Mobile", "001": "International"
    }  # fmt: skip
    assert [one.name for one in places.named("international")] == ["Inmarsat"]


def test_a_name_of_its_own_does_not_take_the_country_its_name() -> None:
    assert title_of(["United Kingdom Mobile", "Cape Coast Mobile", "United Kingdom"]) == "United Kingdom"
