"""The reference book changed by hand and by files, in versions; names of destinations; drafts."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from domain.book_files import read_book, write_book
from domain.codes import CodeMatch, CodeSeed
from domain.errors import ConflictError, InputError, NotFoundError
from store.catalog import Catalog
from store.catalog.code_changes import CodeDraft
from store.catalog.code_drafts import REFUSED
from tests.store.catalog.builders import AT, BY, DAY, partner

SMALL = [
    CodeSeed("44", "United Kingdom", "GB"),
    CodeSeed("447", "United Kingdom Mobile", "GB", "Mobile"),
    CodeSeed("254", "Kenya", "KE"),
]
LATER: dict[str, Any] = {"who": "bob", "at_ms": AT + DAY}


@pytest.fixture
def book(catalog: Catalog) -> Catalog:
    catalog.codes.enter(SMALL, "seed", **BY)
    return catalog


def name(catalog: Catalog, number: str, at_ms: int = AT, version: int | None = None) -> str:
    found = catalog.codes.find(number, at_ms, version)
    return found[0].destination.name if found else ""


def draft(code: str, *, sheet: int = 7, valid_from_ms: int = AT) -> CodeDraft:
    return CodeDraft(code, "buy-k", "k", sheet, "Kenya X", valid_from_ms)


def test_a_code_that_moves_tomorrow_is_where_it_was_today(book: Catalog) -> None:
    change = book.code_changes.move([CodeSeed("447", "UK Mobile O2")], AT + DAY, **BY)
    assert (change.version, change.destinations, change.moved) == (2, 1, 1)
    assert [name(book, "4479", at_ms) for at_ms in (AT, AT + DAY)] == ["United Kingdom Mobile", "UK Mobile O2"]
    assert book.codes.destination("UK Mobile O2").country == "GB"


def test_each_version_shows_the_book_as_it_knew_it(book: Catalog) -> None:
    book.code_changes.move([CodeSeed("447", "United Kingdom")], AT, **LATER)
    book.code_changes.end(["447"], AT, **LATER)
    book.code_changes.add([CodeSeed("2547", "Kenya Mobile")], AT, **LATER)
    known = [name(book, "4479", AT, version) for version in (1, 2, 3)]
    assert known == ["United Kingdom Mobile", "United Kingdom", "United Kingdom"]
    assert [(row.version, row.who, row.begun, row.ended) for row in book.codes.versions(limit=9)[0]] == [
        (4, "bob", 1, 0),
        (3, "bob", 0, 1),
        (2, "bob", 2, 1),
        (1, "ada", 3, 0),
    ]
    assert [(one.code, one.kind) for one in book.code_changes.between(1, 4)] == [("2547", "added"), ("447", "ended")]
    with pytest.raises(NotFoundError, match="no version 9"):
        book.codes.find("44", AT, 9)


def test_all_that_was_known_of_a_code_is_its_history(book: Catalog) -> None:
    book.code_changes.move([CodeSeed("447", "United Kingdom")], AT + DAY, **BY)
    known = [(one.destination.name, one.entry.valid_until_ms, one.until_version) for one in book.codes.history("447")]
    assert known == [
        ("United Kingdom Mobile", None, 2),
        ("United Kingdom Mobile", AT + DAY, None),
        ("United Kingdom", None, None),
    ]
    with pytest.raises(NotFoundError):
        book.codes.history("1")


def test_what_cannot_be_changed_is_refused_with_a_way_out(book: Catalog) -> None:
    with pytest.raises(ConflictError, match="codes move 447"):
        book.code_changes.add([CodeSeed("447", "X")], AT, **BY)
    with pytest.raises(NotFoundError, match="codes add 99"):
        book.code_changes.end(["99"], AT, **BY)
    with pytest.raises(InputError, match="already a destination"):
        book.code_changes.rename("Kenya", "United Kingdom", **BY)
    with pytest.raises(NotFoundError, match="Did you mean Kenya"):
        book.code_changes.rename("Kenia", "K", **BY)
    assert book.codes.version() == 1


def test_a_renamed_destination_is_found_by_both_names_and_was_called_otherwise_before(book: Catalog) -> None:
    book.code_changes.rename("Kenya", "Republic of Kenya", **LATER)
    assert book.codes.destination("Kenya").name == "Republic of Kenya"
    assert [name(book, "2541", AT, version) for version in (1, 2)] == ["Kenya", "Republic of Kenya"]
    again = book.codes.enter(SMALL, "seed", **LATER)
    assert (again.destinations, again.moved, again.version) == (0, 0, 2)


def test_a_name_in_another_case_makes_no_second_destination(book: Catalog) -> None:
    assert book.code_changes.add([CodeSeed("2547", "KENYA")], AT, **BY).destinations == 0
    assert [name(book, "2547"), book.codes.destination("kenya").name] == ["Kenya", "Kenya"]


def test_seeding_again_leaves_what_operators_changed(book: Catalog) -> None:
    book.code_changes.move([CodeSeed("447", "United Kingdom")], AT, **BY)
    book.code_changes.end(["254"], AT, **BY)
    assert book.codes.enter(SMALL, "seed", ours_stay=True, **LATER).version == 3
    assert name(book, "4479") == "United Kingdom"
    assert name(book, "254", AT + DAY) == ""


def exported(catalog: Catalog, at_ms: int, *, listed: bool = False) -> bytes:
    now = catalog.codes.book(at_ms)
    return write_book([CodeMatch(c, now.destinations[owner]) for c, owner in now.codes()], listed=listed).encode()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["44", "445", "25", "2547"]), st.sampled_from("ABC")), max_size=3))
def test_an_export_goes_back_in_without_a_difference(book: Catalog, moves: list[tuple[str, str]]) -> None:
    for code, where in moves:
        seed, at_ms = [CodeSeed(code, f"Destination {where}")], AT + DAY
        book.code_changes.replace(seed, "test", at_ms, full=False, dry=False, who="ada", at_ms=AT)
    file = read_book(exported(book, AT + DAY), "codes.csv")
    change = book.code_changes.replace(file.codes, "codes.csv", AT + DAY, full=True, dry=False, **BY)
    assert (change.found, change.destinations) == ((), 0)


def test_a_full_file_ends_what_it_does_not_name_and_a_dry_one_only_says_so(book: Catalog) -> None:
    codes = [CodeSeed("44", "Britain", "GB"), CodeSeed("254", "Kenya", "KE")]
    for dry in (True, False):
        change = book.code_changes.replace(codes, "codes.csv", AT, full=True, dry=dry, **BY)
        assert (change.destinations, change.moved, change.ended, change.codes) == (1, 1, 1, 0)
        assert book.codes.version() == (1 if dry else 2)
    assert name(book, "4479") == "Britain"


def test_a_draft_changes_no_number_until_it_is_confirmed(book: Catalog) -> None:
    numbers = ("2547", "254711", "25471", "2541", "447", "99")
    before = [book.codes.book(AT + DAY).destination_of(number) for number in numbers]
    assert book.code_changes.draft([draft("25471"), draft("447")], **BY) == ("25471",)
    assert [book.codes.book(AT + DAY).destination_of(number) for number in numbers] == before
    assert book.code_changes.draft_codes("254711") == ("25471",)
    book.code_changes.move([CodeSeed("254", "United Kingdom")], AT + DAY, **BY)
    assert name(book, "254711", AT + DAY) == "United Kingdom"
    book.code_changes.confirm(["25471"], "Kenya Mobile X", **LATER)
    assert [name(book, number, AT + DAY) for number in ("254711", "2547")] == ["Kenya Mobile X", "United Kingdom"]
    assert name(book, "254711", AT) == "Kenya"


def test_drafts_that_come_in_parts_are_those_that_come_at_once(book: Catalog) -> None:
    codes = ["254", "25471", "447", "99", "2541"]
    parts = [book.code_changes.draft([draft(code) for code in codes[at : at + 2]], **BY) for at in (0, 2, 4, 0)]
    assert parts[3] == ()
    found, _ = book.code_changes.drafts()
    assert [one.code for one in found] == sorted(code for part in parts for code in part)
    assert book.code_changes.draft([draft(code) for code in codes], **BY) == ()
    assert book.code_changes.withdraw(7, **BY) == len(found)
    assert book.code_changes.draft([draft(code) for code in codes], **BY) == tuple(one.code for one in found)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.text("2457", min_size=1, max_size=5)), st.text("2457", min_size=1, max_size=7))
def test_drafts_leave_every_number_where_it_was(book: Catalog, codes: set[str], number: str) -> None:
    before = book.codes.book(AT).destination_of(number)
    book.code_changes.draft([draft(code) for code in codes], **BY)
    assert book.codes.book(AT).destination_of(number) == before


def test_a_confirmed_draft_belongs_where_its_parent_does(book: Catalog) -> None:
    book.code_changes.draft([draft("25471", valid_from_ms=AT + 2 * DAY), draft("99")], **BY)
    book.code_changes.confirm(["25471"], **LATER)
    assert [match.code for match in book.codes.find("25471", AT + 2 * DAY)] == ["25471", "254"]
    assert name(book, "25471", AT + 2 * DAY) == "Kenya"
    assert [match.code for match in book.codes.find("25471", AT + DAY)] == ["254"]
    with pytest.raises(ConflictError, match="--destination"):
        book.code_changes.confirm(["99"], **LATER)


def test_a_refused_draft_does_not_come_again(book: Catalog) -> None:
    book.code_changes.draft([draft("25471")], **BY)
    book.code_changes.refuse(["25471"], **LATER)
    assert book.code_changes.draft([draft("25471", sheet=8)], **LATER) == ()
    assert [(one.code, one.decided_by) for one in book.code_changes.drafts(REFUSED)[0]] == [("25471", "bob")]
    assert book.code_changes.drafts() == ((), 0)
    with pytest.raises(NotFoundError, match="no draft"):
        book.code_changes.refuse(["1"], **LATER)


def test_drafts_of_a_sheet_that_is_taken_back_are_withdrawn_unless_they_were_decided(book: Catalog) -> None:
    book.code_changes.draft([draft("25471"), draft("25472")], **BY)
    book.code_changes.confirm(["25471"], **BY)
    assert [book.code_changes.withdraw(sheet, **LATER) for sheet in (8, 7, 7)] == [0, 1, 0]
    assert name(book, "25471", AT + DAY) == "Kenya"


def test_drafts_are_summed_by_sheet_and_the_destination_that_their_numbers_have(book: Catalog) -> None:
    left = [draft("25471"), draft("25472"), draft("447001"), draft("99"), draft("25473", sheet=8)]
    left.append(draft("4479", sheet=8, valid_from_ms=AT + 2 * DAY))
    book.code_changes.draft(left, **BY)
    book.code_changes.move([CodeSeed("447", "UK Mobile O2")], AT + DAY, **BY)
    sums = book.code_drafts.sums(at_ms=AT)
    assert [(one.sheet, one.under, one.drafts, one.first, one.last) for one in sums] == [
        (8, "Kenya", 1, "25473", "25473"),
        (8, "UK Mobile O2", 1, "4479", "4479"),
        (7, "Kenya", 2, "25471", "25472"),
        (7, "", 1, "99", "99"),
        (7, "United Kingdom Mobile", 1, "447001", "447001"),
    ]
    assert [one.drafts for one in book.code_drafts.sums(at_ms=AT, sheet=7, under="kenya")] == [2]
    assert book.code_drafts.codes(at_ms=AT, under="") == ("99",)
    assert book.code_drafts.waiting(7, "kenya", at_ms=AT) == ("25471", "25472")
    with pytest.raises(NotFoundError, match="no draft of sheet 8 under no code of the book"):
        book.code_drafts.waiting(8, "", at_ms=AT)
    with pytest.raises(NotFoundError, match="no destination 'Kenja'"):
        book.code_drafts.waiting(7, "Kenja", at_ms=AT)


def test_thousands_of_drafts_are_decided_by_few_statements(book: Catalog) -> None:
    book.code_changes.draft([draft(f"2547{number:04d}") for number in range(3_000)], **BY)
    codes = book.code_drafts.waiting(7, at_ms=AT)
    statements: list[str] = []
    event.listen(book.codes._sessions.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    book.code_changes.confirm(codes[:2_000], **LATER)
    book.code_changes.refuse(codes[2_000:], **LATER)
    assert 0 < len(statements) < 40
    decided, total = book.code_changes.drafts("")
    assert total == 3_000 and {(one.decided_by, one.decided_ms) for one in decided} == {("bob", AT + DAY)}
    assert [one.state for one in decided].count(REFUSED) == 1_000
    assert name(book, "25471999", AT + DAY) == "Kenya"


def test_partners_names_stay_with_a_destination_that_is_renamed(book: Catalog) -> None:
    owner = partner()
    book.partners.add(owner, **BY)
    book.name_maps.set(owner.id, {"Kenya-Proper": "Kenya"}, **BY)
    book.code_changes.rename("Kenya", "Kenya Fixed", **BY)
    assert book.name_maps.of(owner.id) == {"Kenya-Proper": "Kenya Fixed"}
    assert book.name_maps.to(book.codes.destination("Kenya").id) == ((owner.id, "Kenya-Proper"),)


def test_the_book_tells_when_time_alone_has_changed_it(book: Catalog) -> None:
    book.code_changes.end(["447"], AT + DAY, **BY)
    assert book.codes.edition(AT + DAY - 1) == book.codes.edition(AT)
    assert book.codes.edition(AT + DAY) != book.codes.edition(AT)
