from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.wire.sip_message import SipError, SipRequest, parse
from domain.wire.sip_uri import caller_of, callers_of, parse_address, parse_uri, trunk_group_of
from tests.domain.wire.sip_bytes import request_bytes


def request(**parts: Any) -> SipRequest:
    message = parse(request_bytes(**parts))
    assert isinstance(message, SipRequest)
    return message


def status_of(reader: Callable[[str], object], text: str) -> int:
    try:
        reader(text)
    except SipError as error:
        return error.status
    return 0


def test_parameters_within_the_user_are_split_from_the_number() -> None:
    uri = parse_uri("sip:+12025550100;npdi;rn=+12025550000@gw.example.COM:5070;user=phone;lr")
    assert (uri.user, uri.host, uri.port) == ("+12025550100", "gw.example.com", 5070)
    assert (uri.user_param("npdi"), uri.user_param("rn"), uri.user_param("cic")) == ("", "+12025550000", None)
    assert (uri.param("user"), uri.param("lr")) == ("phone", "")


def test_escapes_are_decoded_once_and_after_splitting() -> None:
    assert parse_uri("sip:777%23123%3b45%2523@h").user == "777#123;45%23"
    assert parse_uri("sip:user;par=u%40example.net@example.com").user_params == (("par", "u@example.net"),)  # semiuri
    assert parse_uri("sip:null-%00-null@example.com").user == "null-\0-null"  # escnull


def test_a_raw_hash_and_a_password_are_tolerated() -> None:
    assert parse_uri("sip:777#12125550100@192.0.2.1").user == "777#12125550100"
    assert parse_uri("sip:alice:secret@192.0.2.1").user == "alice"


def test_a_tel_uri_is_a_number_without_separators() -> None:
    uri = parse_uri("tel:+1-202-555-0100;npdi;phone-context=+1")
    assert (uri.user, uri.host, uri.user_param("phone-context")) == ("+12025550100", "", "+1")


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("tel:7911123456;phone-context=+44", "+447911123456"),
        ("sip:7911123456;phone-context=+44@x", "+447911123456"),
        ("sip:7911123456;Phone-Context=%2B44@x;user=phone", "+447911123456"),
        ("tel:555-0100;npdi;phone-context=+1-202", "+12025550100"),
        ("sip:7%237911;phone-context=+44@x", "+447#7911"),
        ("tel:7911123456;phone-context=example.com", "7911123456"),
        ("tel:+447911123456;phone-context=+1", "+447911123456"),
        ("sip:alice;phone-context=+44@x", "alice"),
        ("tel:7911123456;phone-context=+", "7911123456"),
        ("tel:7911123456;phone-context", "7911123456"),
    ],
)
def test_a_local_number_stands_behind_the_digits_of_its_context(text: str, user: str) -> None:
    assert parse_uri(text).user == user


def test_ipv6_hosts_keep_their_brackets() -> None:
    assert (parse_uri("sip:1@[2001:db8::1]:5070").host, parse_uri("sip:1@[2001:db8::1]").port) == ("[2001:db8::1]", 0)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("nobodyKnowsThisScheme:totallyopaquecontent", 416),
        ("soap.beep://192.0.2.103:3002", 416),
        ("sip:", 400),
        ("sip:a@b@c", 400),
        ("sip:a@h:99999", 400),
        ("sip:a@h:", 400),
        ("tel:", 400),
        ("12125550100", 400),
    ],
)
def test_wrong_uris_name_their_status(text: str, status: int) -> None:
    with pytest.raises(SipError) as caught:
        parse_uri(text)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "value",
    [
        '"Ann <x>, \\"A\\"" <sip:123@h;p=1>;tag=9',
        "Ann<sip:123@h;p=1>;tag=9",  # lwsdisp
        "<sip:123@h;p=1>  ; Tag = 9",
        "sip:123@h;tag=9",
    ],
)
def test_every_form_of_address_gives_its_user_and_tag(value: str) -> None:
    address = parse_address(value)
    assert address.uri.user == "123"
    assert address.params == (("tag", "9"),)


def named(**parts: Any) -> tuple[tuple[str, str], ...]:
    return callers_of(request(**parts), "447911123456")


def counts(**parts: Any) -> str:
    return caller_of(named(**parts))


ASSERTED, REMOTE = "P-Asserted-Identity: <sip:+111@h>, <tel:+112>", 'Remote-Party-ID: "x" <sip:222@h>;party=calling'


def test_the_caller_is_the_asserted_one_then_the_remote_party_then_from() -> None:
    assert counts(more=(REMOTE, ASSERTED)) == "+111"
    assert counts(more=(REMOTE,)) == "222"
    assert counts() == "442071234567"


def test_an_unreadable_identity_leaves_the_next_one_to_speak() -> None:
    assert counts(more=("P-Asserted-Identity: <weird:1>",)) == "442071234567"
    assert counts(caller="<sip:192.0.2.10>;tag=1") == ""


def test_each_header_names_its_caller() -> None:
    diversion = "Diversion: <tel:+1-202-555-0142>;reason=no-answer;counter=1, <sip:12025550199@h>;reason=unconditional"
    history = "History-Info: <sip:12025550177@h>;index=1, <sip:12025550188@h?Reason=SIP%3Bcause%3D302>;index=1.1;mp=1"
    target = "History-Info: <sip:447911123456@h;user=phone>;index=1.1.1;mp=1.1"
    assert named(more=(history, target, diversion, REMOTE, ASSERTED)) == (
        ("p-asserted-identity", "+111"),
        ("remote-party-id", "222"),
        ("from", "442071234567"),
        ("diversion", "+12025550142"),
        ("history-info", "12025550188"),
    )


@pytest.mark.parametrize(
    ("caller", "number"),
    [
        ('"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1', ""),
        ("<sip:Unavailable@unknown.invalid>;tag=1", ""),
        ("<sip:alice@h>;tag=1", "alice"),
        ('"Doe, <sip:1@x>" <sip:+12025550100@h>;tag=1', "+12025550100"),
        ('"a\\"<sip:9@h>" <sips:12025550100@h;user=phone>;tag=1', "12025550100"),
        ("sip:12025550100@h;tag=1", "12025550100"),
        ("<tel:+1-202-555-0100;npdi>;tag=1", "+12025550100"),
        ("tel:+12025550100;tag=1", "+12025550100"),
        ("<sip:12025550100;npdi;rn=+1@h>;tag=1", "12025550100"),
        ("<SIP:12025550100@h>;tag=1", "12025550100"),
        ("<sip:1234>;tag=1", ""),
        ("<tel:7911123456;phone-context=+44>;tag=1", "+447911123456"),
        ("<sip:7911123456;phone-context=+44@h>;tag=1", "+447911123456"),
        ("<tel:7911123456;phone-context=pbx.example>;tag=1", "7911123456"),
    ],
)
def test_any_form_of_from_gives_its_number_and_anonymous_is_none(caller: str, number: str) -> None:
    assert counts(caller=caller) == number


def test_of_two_asserted_identities_the_one_with_a_number_counts() -> None:
    assert (
        counts(more=("P-Asserted-Identity: <sip:alice@h>", "P-Asserted-Identity: tel:+12025550100")) == "+12025550100"
    )


def test_a_trunk_group_counts_only_with_its_context() -> None:
    both = ";tgrp=tg5;trunk-context=carrier.example"
    assert trunk_group_of(request(), parse_uri(f"sip:1{both}@h")) == "tg5"
    assert trunk_group_of(request(), parse_uri("sip:1;tgrp=tg5@h")) == ""
    from_contact = request(more=("Contact: <sip:9;tgrp=in7;trunk-context=us.example@192.0.2.10>",))
    assert trunk_group_of(from_contact, parse_uri(f"sip:1{both}@h")) == "in7"


@given(st.text(st.characters(max_codepoint=255), max_size=60))
@settings(max_examples=300)
def test_no_text_raises_anything_but_a_sip_error(text: str) -> None:
    for reader in (parse_uri, parse_address, lambda t: parse_uri("sip:" + t), lambda t: parse_address('"' + t)):
        assert status_of(reader, text) in (0, 400, 416)
    if "\r" not in text and "\n" not in text:
        named(more=(f"Diversion: {text}", f"History-Info: {text}", f"P-Asserted-Identity: {text}"))
