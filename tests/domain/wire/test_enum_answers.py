"""A decision as NAPTR records: order, preferences, forms, escapes, lengths."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.causes import Cause
from domain.ids import TrunkId
from domain.recipe import EnumForm, EnumRefusal, EnumService, Recipe
from domain.targets import Target
from domain.wire.dns_message import Rcode
from domain.wire.dns_name import text_of
from domain.wire.enum_answers import naptrs, refusal, regexp_of

B = "442079460148"
BACK = {"enum_form": EnumForm.BACKREFERENCE}


def target(user: str = B, host: str = "198.51.100.7", port: int = 5060, mark: str = "v.1", **fields: Any) -> Target:
    return Target(TrunkId("v"), host, port, user, mark, **fields)


def recipe(**fields: Any) -> Recipe:
    return Recipe("enum", **fields)


def uri(regexp: str, asked: str = f"+{B}") -> str:
    """What a client makes of a regexp (RFC 3402 §3.2): split at the unescaped delimiters, match, substitute."""
    parts = re.split(r"(?<!\\)((?:\\\\)*)!", regexp)
    pattern, replacement = parts[2] + parts[3], parts[4] + parts[5]
    assert len(parts) == 7 and parts[0] == parts[6] == "", f"three delimiters: {regexp}"
    found = re.search(pattern, asked)
    assert found is not None
    return re.sub(r"\\(.)", lambda its: found[int(its[1])] if its[1].isdigit() else its[1], replacement)


def test_each_route_is_a_record_of_one_order_and_its_own_preference() -> None:
    made, left_out = naptrs([target(mark=f"v.{n}") for n in range(1, 31)], B, recipe())
    assert left_out == 0 and [(one.order, one.preference) for one in made] == [(100, 10 * n) for n in range(1, 31)]
    assert {(one.flags, one.services, one.replacement) for one in made} == {(b"u", b"E2U+sip", b"\0")}


@pytest.mark.parametrize(
    ("its", "how", "regexp"),
    [
        (target(), {}, f"!^.*$!sip:{B}@198.51.100.7:5060;sbm=v.1!"),
        (target(mark=""), {"enum_plus": True}, f"!^.*$!sip:+{B}@198.51.100.7:5060!"),
        (target("7001" + B), {"enum_plus": True}, f"!^.*$!sip:7001{B}@198.51.100.7:5060;sbm=v.1!"),
        (target("777#" + B, port=0), {}, f"!^.*$!sip:777%23{B}@198.51.100.7;sbm=v.1!"),
        (target(transport="tcp"), {}, f"!^.*$!sip:{B}@198.51.100.7:5060;transport=tcp;sbm=v.1!"),
        (target(host="2001:db8::7"), {}, f"!^.*$!sip:{B}@[2001:db8::7]:5060;sbm=v.1!"),
        (target("7001" + B, port=0, mark=""), BACK, r"!^\+(.*)$!sip:7001\1@198.51.100.7!"),
        (
            target(host="203.0.113.9", port=5061, transport="tcp", mark=""),
            {"enum_form": EnumForm.BACKREFERENCE, "enum_plus": True},
            r"!^(.*)$!sip:\1@203.0.113.9:5061;transport=tcp!",
        ),
        (target("999", mark=""), {"enum_form": EnumForm.BACKREFERENCE}, "!^.*$!sip:999@198.51.100.7:5060!"),
        (
            target("+12155550123", "gw.example.com", 0, "", user_params="npdi;rn=+12155550199"),
            {"enum_service": EnumService.PSTN_SIP},
            "!^.*$!sip:+12155550123;npdi;rn=+12155550199@gw.example.com;user=phone!",
        ),
    ],
)  # fmt: skip
def test_the_regexp_makes_the_uri_in_the_form_that_the_client_knows(
    its: Target, how: dict[str, Any], regexp: str
) -> None:
    assert regexp_of(its, B, recipe(**how)) == regexp


@given(st.text("0123456789#*!\\", max_size=6), st.text("abc!\\1;=", max_size=8), st.sampled_from(EnumForm))
def test_whatever_stands_in_a_route_the_client_gets_the_same_uri(prefix: str, mark: str, form: EnumForm) -> None:
    its = target(prefix + B, host="h!\\1", mark=mark, user_params="x=!\\1")
    quoted = prefix.replace("\\", "%5C").replace("#", "%23")
    marked = mark.replace("\\", "%5C").replace(";", "%3B").replace("=", "%3D").replace("!", "!")
    end = f";sbm={marked}" if mark else ""
    expected = f"sip:{quoted}{B};x=!\\1@h!\\1:5060;user=phone{end}"
    assert uri(regexp_of(its, B, recipe(enum_form=form))) == expected


@pytest.mark.parametrize(("length", "kept"), [(255, 2), (256, 1)])
def test_a_regexp_that_no_record_can_hold_is_left_out_and_counted(length: int, kept: int) -> None:
    plain = len(regexp_of(target(host=""), B, recipe()))
    made, left_out = naptrs([target(host="h" * (length - plain)), target()], B, recipe())
    assert (len(made), left_out) == (kept, 2 - kept)
    assert [one.preference for one in made] == [10, 20][:kept]


def test_a_vendor_with_an_enum_server_of_its_own_is_a_record_that_sends_the_asker_there() -> None:
    ours, theirs = target(), target("777" + B, enum_zone="E164.Vendor.example.")
    made, left_out = naptrs([ours, theirs, ours], B, recipe(enum_form=EnumForm.BACKREFERENCE))
    assert left_out == 0 and [(one.order, one.preference) for one in made] == [(100, 10), (100, 20), (100, 30)]
    assert (made[1].flags, made[1].services, made[1].regexp) == (b"", b"", b"")
    assert text_of(made[1].replacement) == "8.4.1.0.6.4.9.7.0.2.4.4.7.7.7.e164.vendor.example."
    assert made[0].flags == made[2].flags == b"u" and made[0].replacement == b"\0"


@pytest.mark.parametrize(
    ("user", "zone", "kept"),
    [
        (B, "v.example", True),
        ("1" * 32, "v.example", True),
        ("1" * 33, "v.example", False),
        ("77#" + B, "v.example", False),
        ("+" + B, "v.example", False),
        ("٤٤" + B, "v.example", False),
        (B, "no name", False),
        ("1" * 15, ".".join(["z" * 63, "z" * 63, "z" * 63, "z" * 31]), True),
        ("1" * 16, ".".join(["z" * 63, "z" * 63, "z" * 63, "z" * 31]), False),
    ],
)
def test_a_number_without_a_name_in_the_vendors_zone_is_left_out_and_counted(user: str, zone: str, kept: bool) -> None:
    made, left_out = naptrs([target(user, enum_zone=zone), target()], B, recipe())
    assert (len(made), left_out) == (1 + kept, 1 - kept)
    assert [one.preference for one in made] == [10, 20][: 1 + kept]
    assert all(len(one.replacement) <= 255 for one in made)


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (Cause.NO_ROUTE, Rcode.NOERROR),
        (Cause.NO_RATE, Rcode.NOERROR),
        (Cause.NO_MARGIN, Rcode.NOERROR),
        (Cause.NO_CREDIT, Rcode.REFUSED),
        (Cause.BARRED, Rcode.REFUSED),
        (Cause.UNKNOWN_TRUNK, Rcode.REFUSED),
        (Cause.OVER_CPS, Rcode.REFUSED),
        (Cause.BAD_NUMBER, Rcode.NXDOMAIN),
        (Cause.NOT_READY, Rcode.SERVFAIL),
        (Cause.BALANCE_UNAVAILABLE, Rcode.SERVFAIL),
    ],
)
def test_a_refusal_is_answered_as_the_recipe_says(cause: Cause, code: Rcode) -> None:
    its = recipe(enum_no_route=EnumRefusal.NODATA, enum_refused=EnumRefusal.REFUSED)
    assert refusal(cause, its) is code


def test_every_cause_has_an_answer_that_is_no_route() -> None:
    assert {refusal(cause, recipe()) for cause in Cause} == {Rcode.NXDOMAIN, Rcode.SERVFAIL}
