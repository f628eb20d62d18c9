"""The id that an engineer copies from a switch makes the key of its call, in whatever form it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.call_ids import keys_of, sent_ids
from domain.ids import SwitchId, call_key, normal_conf_id

CONF_ID = b"f3e0a1b2 11d811b9 80010000 00000001"
GW, SX = SwitchId("gw"), SwitchId("sx")


@pytest.mark.parametrize(
    "written",
    [
        "F3E0A1B2 11D811B9 80010000 1",
        "f3e0a1b2  11d811b9 80010000 00000001 ",
        "h323-conf-id=F3E0A1B2 11D811B9 80010000 1",
        'h323-conf-id = "h323-conf-id=F3E0A1B2 11D811B9 80010000 1"',
        "F3E0A1B211D811B98001000000000001",
        "f3e0a1b2-11d8-11b9-8001-000000000001",
        "0xF3E0A1B2 0x11D811B9 0x80010000 0x1",
        "F3E0A1B2.11D811B9.80010000.00000001",
        "Cisco-Guid: 4091584946-299372985-2147549184-1",
    ],
)
def test_a_conf_id_is_one_id_in_all_its_written_forms(written: str) -> None:
    assert CONF_ID in sent_ids(written)
    assert call_key(GW, normal_conf_id("F3E0A1B2 11D811B9 80010000 1")) in keys_of(sent_ids(written), [GW])


def test_a_switch_that_sends_a_guid_as_it_is_is_found_by_it_without_dashes_and_in_the_other_case() -> None:
    assert b"F3E0A1B2-11D8-11B9-8001-000000000001" in sent_ids("f3e0a1b211d811b98001000000000001")


@pytest.mark.parametrize(
    "its_id", ["a84b4c76e66710@pc33.example.com", "00000 1F", "call:1", '"x"', "ünïcode@host", "1"]
)
def test_any_other_id_is_taken_as_it_is(its_id: str) -> None:
    assert its_id.encode() in sent_ids(f" {its_id}\t")


def test_a_name_before_an_id_is_taken_off_and_an_id_that_looks_so_is_found_too() -> None:
    assert sent_ids("Call-ID: abc@host") == (b"Call-ID: abc@host", b"abc@host")


def test_letters_beyond_ascii_are_octets_as_sip_and_as_others_write_them() -> None:
    assert sent_ids("é") == ("é".encode(), "é".encode("latin-1"))


def test_each_switch_makes_its_own_key_of_an_id() -> None:
    keys = keys_of([b"c1"], [GW, SX])
    assert keys == {call_key(GW, b"c1"): GW, call_key(SX, b"c1"): SX}


@given(st.text(max_size=60))
def test_no_text_breaks_it_and_what_was_sent_is_among_the_forms(text: str) -> None:
    stripped = text.strip(" \t\0")
    assert not stripped or stripped.encode() in sent_ids(text)


@given(st.integers(0, (1 << 128) - 1))
def test_every_conf_id_is_found_by_every_form(number: int) -> None:
    digits = f"{number:032x}"
    short = " ".join(digits[at : at + 8].lstrip("0") or "0" for at in range(0, 32, 8))
    forms = (digits, digits.upper(), short, short.upper(), f"h323-conf-id={short}")
    assert all(normal_conf_id(short) in sent_ids(form) for form in forms)
