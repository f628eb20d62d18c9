"""What a file's first octets say of its form, whose it is, and what its trailer says against its records."""

from dataclasses import replace

import pytest

from domain.directory import Switch
from domain.errors import InputError, NotFoundError
from domain.file_layouts import (
    DDB,
    HEAD,
    LAYOUTS,
    amount_in,
    equipment_of,
    layout_beginning,
    layout_named,
    seconds_of,
    source_of,
    trailer_notes,
)
from domain.ids import SwitchId
from domain.recipes import recipe_named
from tests.domain.exchange_files import header, record, trailer


def switches(*names: str, recipe: str = "ddb") -> dict[SwitchId, Switch]:
    return {SwitchId(name): Switch(SwitchId(name), "", recipe_named(recipe)) for name in names}


def test_a_file_is_known_by_how_it_begins() -> None:
    assert layout_beginning(header().encode()[:HEAD]) is DDB
    assert layout_beginning(b"switch,call_id,side") is None
    assert layout_beginning(b"") is None


def test_every_layout_is_known_by_its_head() -> None:
    assert all(name == one.name and len(one.header) <= HEAD for name, one in LAYOUTS.items())
    assert layout_named("ddb") is DDB
    with pytest.raises(NotFoundError, match="Take one of ddb"):
        layout_named("dbd")


def test_a_file_is_that_of_the_only_switch_that_delivers_such_files() -> None:
    others = switches("gw", recipe="cisco")
    assert source_of(DDB, "", switches("exchange") | others, "f") == (DDB, switches("exchange")[SwitchId("exchange")])
    assert source_of(None, "", switches("exchange"), "f") is None
    with pytest.raises(InputError, match=r"f: this is a ddb file, and no switch delivers such files. Add one"):
        source_of(DDB, "", others, "f")


def test_where_several_switches_deliver_such_files_one_is_to_be_named() -> None:
    both = switches("north", "south")
    with pytest.raises(InputError, match="Name one: north, south"):
        source_of(DDB, "", both, "f")
    assert source_of(DDB, "south", both, "f") == (DDB, both[SwitchId("south")])


def test_a_named_switch_must_deliver_files_that_begin_like_this_one() -> None:
    with pytest.raises(NotFoundError, match="no switch west"):
        source_of(DDB, "west", switches("north"), "f")
    with pytest.raises(InputError, match="switch gw delivers no files of a form of its own"):
        source_of(DDB, "gw", switches("gw", recipe="cisco"), "f")
    with pytest.raises(InputError, match="does not begin as a ddb file does, with HDR0001DDB"):
        source_of(None, "north", switches("north"), "f")


def test_what_a_switch_delivers_says_what_equipment_it_is() -> None:
    tdm, other = switches("a")[SwitchId("a")], switches("b", recipe="cisco")[SwitchId("b")]
    assert [equipment_of(one) for one in (tdm, other, None)] == ["tdm", "", ""]
    assert equipment_of(replace(tdm, recipe=replace(tdm.recipe, file_layout="of a later version"))) == ""


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("0012323453100", "+12323453100"),
        ("0123123120", "+31123123120"),
        ("212", "+31212"),
        ("", ""),
    ],
)
def test_numbers_are_of_the_country_unless_they_begin_with_the_international_prefix(said: str, number: str) -> None:
    assert DDB.dialled(said) == number


@pytest.mark.parametrize(
    ("clock", "seconds"),
    [("000018", 18), ("000217", 137), ("013000", 5400), ("006000", None), ("12345", None), ("00 018", None)],
)
def test_a_clock_is_read_as_hours_minutes_and_seconds(clock: str, seconds: int | None) -> None:
    assert seconds_of(clock) == seconds


def test_what_a_record_adds_to_the_sums() -> None:
    duration, amount = DDB.totals
    assert (amount_in(duration, record(duration="000217")), amount_in(amount, record(cents="12"))) == (137, 12)
    assert (amount_in(duration, "CDR"), amount_in(amount, record(cents="1.2"))) == (0, 0)


def test_a_trailer_that_agrees_says_so_in_one_sentence() -> None:
    assert trailer_notes(DDB, header(), trailer(2, 36, 18), 2, [36, 18]) == ["as many records as the trailer says: 2"]


def test_a_total_that_was_added_up_as_if_clocks_were_numbers_is_told_with_what_it_means() -> None:
    said = trailer_notes(DDB, header(), trailer(33, 3055, 100), 33, [1855, 100])
    assert said[1:] == [
        "duration: the trailer says 3055, the records add up to 1,855 s (3055 is 00:30:55 read as hhmmss)"
    ]


def test_whatever_a_trailer_says_otherwise_is_told() -> None:
    assert trailer_notes(DDB, header(), trailer(3, 36, 19, file_number=310), 2, [36, 18]) == [
        "the trailer is that of file 000310, the header that of 000309",
        "records: the trailer says 3, the file has 2",
        "amount: the trailer says 19, the records add up to 18 cents",
    ]
    broken = DDB.trailer.ljust(182, "x")
    assert "records: the trailer says 'xxxxxxxx', the file has 2" in trailer_notes(DDB, header(), broken, 2, [36, 18])


def test_a_file_without_a_trailer_was_cut_off() -> None:
    [said] = trailer_notes(DDB, header(), "", 1_200, [0, 0])
    assert said == "file 000309 has no trailer: it is cut off or not complete yet; records read: 1,200"
