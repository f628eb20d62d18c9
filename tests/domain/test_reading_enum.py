"""What an ENUM question says: digits, zones, tags, and who calls."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calls import Door
from domain.directory import Recipe, Switch
from domain.errors import InputError
from domain.reading_enum import EnumZones, Located, Place, setup_from_question, trunk_names
from domain.wire.dns_message import Edns
from domain.wire.dns_name import name_from_text, name_of
from tests.domain.worlds import SWITCH, directory, incoming, outgoing

ZONES = EnumZones(("E164.arpa.", "e164.example", "carrier.e164.example"))
OURS = Switch(SWITCH, "192.0.2.1", Recipe("enum"))


def at(text: str) -> Located | None:
    return ZONES.locate(name_from_text(text))


def located(text: str) -> Located:
    found = at(text)
    assert found is not None
    return found


@given(st.text("0123456789", min_size=5, max_size=15), st.data())
def test_the_digits_of_a_name_are_the_number_in_any_mixture_of_letters(number: str, data: Any) -> None:
    zone = "".join(data.draw(st.sampled_from((c, c.upper()))) for c in "e164.arpa")
    name = name_of([*(d.encode() for d in reversed(number)), *zone.encode().split(b".")])
    assert ZONES.locate(name) == Located(Place.NUMBER, name_of(zone.encode().split(b".")), number, "", True)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("e164.arpa", Place.APEX),
        ("4.e164.arpa", Place.PART),
        ("1.2.3.4.e164.arpa", Place.PART),
        ("1.2.3.4.5.e164.arpa", Place.NUMBER),
        (".".join("123456789012345") + ".e164.arpa", Place.NUMBER),
        (".".join("1234567890123456") + ".e164.arpa", Place.NOTHING),
        (".".join("1234567890123456") + ".e164.example", Place.NUMBER),
        (".".join("12345678901234567890") + ".e164.example", Place.NUMBER),
        (".".join("123456789012345678901") + ".e164.example", Place.NOTHING),
        ("1.2.34.5.6.7.e164.arpa", Place.NOTHING),
        ("12.3.4.5.6.7.e164.arpa", Place.NOTHING),
        ("a.1.2.3.4.5.6.e164.arpa", Place.NOTHING),
        ("1.2.a.3.4.5.6.e164.arpa", Place.NOTHING),
        ("1.2.3.4.5.12.e164.arpa", Place.NOTHING),
        ("tg1001.e164.example", Place.PART),
        ("www.tg1001.e164.example", Place.PART),
        ("1.2.3.4.5.tg1001.e164.example", Place.NUMBER),
        ("3.4.tg1001.e164.example", Place.PART),
    ],
)
def test_a_name_is_a_number_a_part_of_one_or_nothing(text: str, place: Place) -> None:
    assert located(text).place is place


def test_a_label_that_is_no_digit_between_digits_and_zone_is_the_origin() -> None:
    found = located("9.8.7.6.5.4.custA.e164.example")
    assert (found.digits, found.tag, found.public) == ("456789", "custa", False)
    assert located("9.8.7.6.5.4.tg-1.madrid.e164.example").tag == "tg-1.madrid"
    assert located("9.8.7.6.5.4.i.e164.arpa")[2:] == ("456789", "i", True)


def test_a_name_belongs_to_the_longest_zone_and_what_is_outside_of_all_to_none() -> None:
    assert located("9.8.7.6.5.4.carrier.e164.example").zone == name_from_text("carrier.e164.example")
    assert at("e164.com") is at("arpa") is at("xe164.arpa") is ZONES.locate(b"\0") is None
    assert ZONES.locate(name_of([b"x\x04e164", b"arpa"])) is None


@pytest.mark.parametrize("zone", ["", "e164..arpa", "4.4.e164.arpa", "e 164"])
def test_a_zone_that_is_none_is_told_so(zone: str) -> None:
    with pytest.raises(InputError, match="zone"):
        EnumZones((zone,))


def setup(text: str = "9.8.7.6.5.4.4.e164.arpa", *options: tuple[int, bytes], names: Any = None) -> Any:
    known = {"custa": "custA", "tg9": "tg9", "custa.example": "custA.example"} if names is None else names
    return setup_from_question(located(text), Edns(1232, options=options), OURS, 5, known, 65001)


def test_a_question_has_the_number_as_its_zone_means_it_and_no_call_id() -> None:
    asked = setup()
    assert (asked.door, asked.called, asked.call_id, asked.caller) == (Door.ENUM, "+4456789", b"", "")
    assert (asked.source, asked.trunk_hint, asked.at_ms) == ("192.0.2.1", "", 5)
    assert setup("9.8.7.6.5.4.4.e164.example").called == "4456789"


@pytest.mark.parametrize("code", [4, 65001])
def test_the_source_uri_tells_the_caller_and_where_the_call_came_from(code: int) -> None:
    asked = setup("9.8.7.6.5.4.4.e164.arpa", (10, b"12345678"), (code, b"sip:+12125550111@custA.example"))
    assert (asked.caller, asked.trunk_hint, asked.source) == ("+12125550111", "custA.example", "192.0.2.1")
    asked = setup("9.8.7.6.5.4.4.e164.arpa", (code, b"sip:+12125550111@198.51.100.9:5070"))
    assert (asked.caller, asked.trunk_hint, asked.source) == ("+12125550111", "", "198.51.100.9")
    asked = setup("9.8.7.6.5.4.4.e164.arpa", (code, b"sip:1;tgrp=TG9;trunk-context=x@custA.example"))
    assert (asked.caller, asked.trunk_hint) == ("1", "tg9")
    assert setup("9.8.7.6.5.4.4.e164.arpa", (code, b"TEL:+1-212-555-0111")).caller == "+12125550111"


def test_the_tag_of_the_name_goes_before_the_uri_and_what_no_trunk_has_is_no_name() -> None:
    uri = (4, b"sip:1@custA.example")
    assert setup("9.8.7.6.5.4.4.CUSTa.e164.arpa", uri).trunk_hint == "custA"
    assert setup("9.8.7.6.5.4.4.other.e164.arpa", uri).trunk_hint == ""


@pytest.mark.parametrize(
    "option", [(4, b"\x00\x01\x02\x03"), (4, b""), (4, b"sip:"), (4, b"http://x"), (65002, b"sip:1@x"), (0, b"sip:1@x")]
)
def test_an_option_that_is_no_source_uri_says_nothing(option: tuple[int, bytes]) -> None:
    assert setup("9.8.7.6.5.4.4.e164.arpa", option) == setup()


@given(st.binary(max_size=60))
def test_no_option_ever_raises(data: bytes) -> None:
    setup("9.8.7.6.5.4.4.e164.arpa", (4, b"sip:" + data))


def test_names_of_incoming_trunks_are_found_in_lower_case() -> None:
    its = directory((), (incoming(name="custA"), incoming("other"), outgoing("vendor", name="OUT")))
    assert trunk_names(its) == {"custa": "custA"}
