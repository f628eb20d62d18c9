"""Names on the wire: pointers lead backwards only, and no length goes unchecked."""

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import WireError
from domain.wire.dns_name import labels_of, name_from_text, name_of, read_name, tail_offset, text_of

LABELS = st.lists(st.binary(min_size=1, max_size=63), max_size=4)


@given(LABELS, st.binary(max_size=8))
def test_a_name_is_read_as_it_was_written_wherever_it_stands(labels: list[bytes], before: bytes) -> None:
    name = name_of(labels)
    assert read_name(before + name + b"rest", len(before)) == (name, len(before) + len(name))
    assert labels_of(name) == labels == list(dns.name.from_wire(name, 0)[0].labels[:-1])


def test_a_name_may_end_with_a_pointer_to_what_was_there_before() -> None:
    data = name_from_text("e164.arpa") + b"\x018\xc0\x00" + b"\x014\xc0\x0b"
    assert read_name(data, 11) == (name_from_text("8.e164.arpa"), 15)
    assert read_name(data, 15) == (name_from_text("4.8.e164.arpa"), 19)


@pytest.mark.parametrize(
    ("data", "at", "reason"),
    [
        (b"\xc0\x00", 0, "bad-pointer"),
        (b"\x01a\xc0\x00", 0, "bad-pointer"),
        (b"\xc0\x02\xc0\x00", 2, "bad-pointer"),
        (b"\x01a\xc0\x05\x01b\xc0\x00", 4, "bad-pointer"),
        (b"\x01a\xc0\x04\x01b\xc0\x00", 4, "bad-pointer"),
        (b"\x01a\xc0\x00\x01b\xc0\x02", 4, "bad-pointer"),
        (b"\xc0", 0, "cut-short"),
        (b"\x01a", 0, "cut-short"),
        (b"\x05ab", 0, "cut-short"),
        (b"", 0, "cut-short"),
        (b"\x41a\0", 0, "bad-label"),
        (b"\x01a\x80", 0, "bad-label"),
        (b"\x3f" + bytes(63) + b"\x01a" * 96 + b"\0", 0, "name-too-long"),
        (b"\x01a" * 128 + b"\0", 0, "name-too-long"),
        (b"\x01a" * 100 + b"\0" + b"\x3f" + bytes(63) + b"\xc0\x00", 201, "name-too-long"),
    ],
)
def test_what_has_no_end_or_no_form_is_an_error(data: bytes, at: int, reason: str) -> None:
    with pytest.raises(WireError) as raised:
        read_name(data, at)
    assert raised.value.reason == reason


def test_the_longest_name_is_read_and_one_octet_more_is_not() -> None:
    longest = b"\x01a" * 127 + b"\0"
    assert len(longest) == 255 and read_name(longest, 0) == (longest, 255)
    with pytest.raises(ValueError, match="255"):
        name_of([b"a"] * 128)


def test_what_a_person_writes_is_a_name_in_lower_case_with_or_without_its_dot() -> None:
    assert name_from_text(" E164.Example. ") == name_from_text("e164.example") == b"\x04e164\x07example\0"
    assert text_of(name_from_text("e164.example")) == "e164.example."
    assert text_of(name_of([b"a.b\x07"])) == "a\\046b\\007."
    for wrong in ("", ".", "a..b", "-a", "a b", "ä", "x" * 64):
        with pytest.raises(ValueError, match="label"):
            name_from_text(wrong)


def test_a_tail_is_found_at_the_border_of_labels_only() -> None:
    name = name_from_text("4.4.e164.arpa")
    assert tail_offset(name, name_from_text("e164.arpa")) == 4
    assert tail_offset(name, name) == 0
    assert tail_offset(name_of([b"x\x04e164", b"arpa"]), name_from_text("e164.arpa")) is None
    assert tail_offset(name_from_text("arpa"), name_from_text("e164.arpa")) is None
