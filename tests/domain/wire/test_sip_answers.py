import re
from typing import Any

import pytest

from domain.causes import Cause
from domain.directory import AnswerRule
from domain.ids import TrunkId
from domain.recipe import Recipe
from domain.recipes import RECIPES
from domain.targets import MOVED_MARK, Target, mark_of, mark_told, mark_trunk
from domain.wire.sip_answers import answer_other, early_refusal, redirect, refuse, reply_address, to_tag
from domain.wire.sip_message import SipRequest, SipResponse, parse
from domain.wire.sip_uri import Address, parse_address
from tests.domain.wire.sip_bytes import SECRET, SOURCE, request_bytes


def request(method: str = "INVITE", **parts: Any) -> SipRequest:
    message = parse(request_bytes(method, **parts))
    assert isinstance(message, SipRequest)
    return message


def response(data: bytes | None) -> SipResponse:
    assert data is not None
    message = parse(data)
    assert isinstance(message, SipResponse)
    return message


def target(position: int = 0, **parts: Any) -> Target:
    trunk = TrunkId(f"vendor-{position}")
    defaults = {"host": f"198.51.100.{position + 10}", "port": 5060, "user": "777#447911123456"}
    return Target(trunk, mark=mark_of(trunk, position), **{**defaults, **parts})


def contacts(data: bytes) -> list[Address]:
    return [parse_address(one) for one in response(data).header("contact").split(", ")]


def test_a_response_copies_what_the_standard_says_and_adds_its_tag() -> None:
    answered = response(refuse(request(), SOURCE, "tag1", Cause.NO_ROUTE))
    assert answered.headers["via"] == [
        "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1;rport=5060;received=192.0.2.10",
        "SIP/2.0/UDP 203.0.113.5;branch=z9hG4bK-inner",
    ]
    assert answered.header("from") == '"Ann" <sip:442071234567@192.0.2.10>;tag=from1'
    assert answered.header("to") == "<sip:447911123456@198.51.100.1>;tag=tag1"
    assert (answered.header("call-id"), answered.header("cseq")) == ("call-1@192.0.2.10", "1 INVITE")
    assert answered.header("content-length") == "0"


def test_octets_of_any_charset_come_back_as_they_came() -> None:
    odd = 'M\xfcller <sip:1@h>;tag="\xe4"'
    assert response(refuse(request(caller=odd), SOURCE, "t", Cause.NO_RATE)).header("from") == odd


def test_received_is_added_only_where_the_address_differs_or_rport_asks() -> None:
    plain = "SIP/2.0/UDP {host};branch=z9hG4bK-1"
    same = response(refuse(request(via=plain.replace("{host}", "192.0.2.10")), SOURCE, "t", Cause.NO_RATE))
    named = response(refuse(request(via=plain.replace("{host}", "gw.example")), SOURCE, "t", Cause.NO_RATE))
    assert same.headers["via"][0] == "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK-1"
    assert named.headers["via"][0] == "SIP/2.0/UDP gw.example;branch=z9hG4bK-1;received=192.0.2.10"


def test_replies_go_where_the_via_says() -> None:
    far = ("192.0.2.99", 4444)
    assert reply_address(request(), far) == far
    assert reply_address(request(via="SIP/2.0/UDP h:5070;branch=z9hG4bK1"), far) == ("192.0.2.99", 5070)
    assert reply_address(request(via="SIP/2.0/UDP h;branch=z9hG4bK1"), far) == ("192.0.2.99", 5060)


def test_no_maddr_sends_an_answer_to_anybody_else() -> None:
    far = ("192.0.2.99", 41000)
    for elsewhere in ("192.0.2.7", "::1", "name.example"):
        assert reply_address(request(via=f"SIP/2.0/UDP h;maddr={elsewhere}"), far) == ("192.0.2.99", 5060)


def test_the_tag_is_the_same_for_a_repeat_and_another_for_another_call() -> None:
    first = to_tag(request(), SECRET)
    assert first == to_tag(request(), SECRET)
    assert len({first, to_tag(request(branch="z9hG4bK-2"), SECRET), to_tag(request(), b"other")}) == 3


def test_a_redirect_lists_targets_in_order_with_falling_q() -> None:
    answered = redirect(request(), SOURCE, "t", [target(0), target(1, port=5080), target(2, host="2001:db8::5")])
    assert response(answered).header("contact") == (
        "<sip:777%23447911123456@198.51.100.10:5060;user=phone;sbm=vendor-0.0>;q=1.0, "
        "<sip:777%23447911123456@198.51.100.11:5080;user=phone;sbm=vendor-1.1>;q=0.9, "
        "<sip:777%23447911123456@[2001:db8::5]:5060;user=phone;sbm=vendor-2.2>;q=0.8"
    )
    assert [mark_trunk(one.uri.param("sbm") or "") for one in contacts(answered)] == [
        "vendor-0",
        "vendor-1",
        "vendor-2",
    ]


def test_many_targets_fall_by_hundredths_and_never_repeat_a_q() -> None:
    for count, last in ((11, "0.0"), (12, "0.89"), (40, "0.61")):
        answered = redirect(request(), SOURCE, "t", [target(at) for at in range(count)], max_bytes=65000)
        qs = [dict(one.params)["q"] for one in contacts(answered)]
        assert len(set(qs)) == count
        assert qs == sorted(qs, reverse=True)
        assert qs[-1] == last


def test_a_redirect_is_cut_to_its_size_but_never_to_nothing() -> None:
    targets = [target(at) for at in range(60)]
    answered = redirect(request(), SOURCE, "t", targets)
    assert len(answered) <= 1300
    assert 5 < len(contacts(answered)) < 60
    assert len(contacts(redirect(request(), SOURCE, "t", targets, max_bytes=10))) == 1


def test_a_peer_that_wants_a_bare_hash_gets_one() -> None:
    assert b"<sip:777#447911123456@" in redirect(request(), SOURCE, "t", [target()], recipe=Recipe("", raw_hash=True))


def test_a_target_that_is_the_request_uri_itself_is_left_out() -> None:
    ours = target(host="198.51.100.1")
    assert response(redirect(request(), SOURCE, "t", [ours])).status == 404
    assert len(contacts(redirect(request(), SOURCE, "t", [ours, target(1)]))) == 1


def test_hostile_dial_strings_stay_within_the_user_part() -> None:
    (one,) = contacts(redirect(request(), SOURCE, "t", [target(user="1@evil>;x, <sip:2\r\nX: y")]))
    assert one.uri.user == "1@evil>;x, <sip:2\r\nX: y"
    assert one.uri.host == "198.51.100.10"


def test_a_contact_carries_transport_and_the_parameters_of_its_number() -> None:
    for transport, shown in (("", None), ("udp", None), ("tcp", "tcp"), ("tls", "tls")):
        params = "npdi;rn=+12025550000;tgrp=tg%201;trunk-context=us.example"
        answered = redirect(
            request(), SOURCE, "t", [target(user="12025550100", user_params=params, transport=transport)]
        )
        uri = contacts(answered)[0].uri
        assert (uri.user, uri.param("transport"), uri.param("user")) == ("12025550100", shown, "phone")
        assert (uri.user_param("npdi"), uri.user_param("rn"), uri.user_param("tgrp")) == ("", "+12025550000", "tg 1")


def test_a_template_shapes_the_contact_of_a_switch() -> None:
    recipe = Recipe("", contact_template="sip:{user};route={trunk}@{host_port};expires={credit};p={position}")
    answered = redirect(request(), SOURCE, "t", [target(0), target(1, host="2001:db8::5")], recipe=recipe, credit_s=90)
    assert response(answered).header("contact") == (
        "<sip:777%23447911123456;route=vendor-0@198.51.100.10:5060;expires=90;p=1>;q=1.0, "
        "<sip:777%23447911123456;route=vendor-1@[2001:db8::5]:5060;expires=90;p=2>;q=0.9"
    )


def test_nothing_that_a_template_writes_leaves_its_brackets() -> None:
    recipe = Recipe("", contact_template="sip:{number}@{host}>;evil, <{mark}")
    (one,) = contacts(redirect(request(), SOURCE, "t", [target(user="1 2", number='3\r\nX: "y"')], recipe=recipe))
    assert one.params == (("q", "1.0"),)


def test_an_ss7_gateway_gets_the_list_as_redirection_numbers_at_itself_with_cause_23() -> None:
    targets = [target(at, user=f"{7 + at}#447911123456") for at in range(3)]
    answered = response(redirect(request(), SOURCE, "t", targets, recipe=RECIPES["ss7"]))
    assert answered.header("reason") == "Q.850;cause=23"
    assert answered.header("contact") == (
        "<sip:7%23447911123456@192.0.2.10;user=phone>;q=1.0, <sip:8%23447911123456@192.0.2.10;user=phone>;q=0.9, "
        "<sip:9%23447911123456@192.0.2.10;user=phone>;q=0.8"
    )


def test_the_number_asked_about_is_still_a_redirection_number_of_an_ss7_gateway() -> None:
    plain = [target(user="447911123456"), target(1, user="447911123456"), target(2)]
    at_us = request(uri="sip:447911123456@198.51.100.1;user=phone")
    assert [one.uri.user for one in contacts(redirect(at_us, SOURCE, "t", plain, recipe=RECIPES["ss7"]))] == [
        "447911123456",
        "777#447911123456",
    ], "the same number twice would be dialled twice the same way"


def test_a_trunks_answers_come_before_the_table() -> None:
    rules = (AnswerRule(Cause.NO_ROUTE, 503, "Try later", 34), AnswerRule(Cause.NO_RATE, 604))
    answered = response(refuse(request(), SOURCE, "t", Cause.NO_ROUTE, rules=rules, retry_after_s=2))
    assert (answered.status, answered.reason) == (503, "Try later")
    assert (answered.header("reason"), answered.header("retry-after")) == ("Q.850;cause=34", "2")
    rate = response(refuse(request(), SOURCE, "t", Cause.NO_RATE, rules=rules))
    assert (rate.status, rate.reason, rate.header("reason")) == (604, "No rate", "Q.850;cause=1")
    assert response(refuse(request(), SOURCE, "t", Cause.BARRED, rules=rules)).status == 403


def test_every_cause_has_an_answer_with_its_q850_cause() -> None:
    for cause in Cause:
        answered = response(refuse(request(), SOURCE, "t", cause, retry_after_s=2))
        assert answered.status >= 400
        assert answered.header("reason").startswith("Q.850;cause=")
        assert answered.header("retry-after") == ("2" if answered.status == 503 else "")


@pytest.mark.parametrize(
    ("method", "parts", "status"),
    [
        ("OPTIONS", {}, 200),
        ("REGISTER", {}, 405),
        ("PRACK", {}, 405),
        ("UPDATE", {"to": "<sip:1@h>;tag=5"}, 481),
        ("BYE", {}, 481),
        ("RE%47IST%45R", {}, 501),
    ],
)
def test_other_methods_get_their_answers(method: str, parts: dict[str, str], status: int) -> None:
    answered = response(answer_other(request(method, **parts), SOURCE, "t"))
    assert answered.status == status
    assert ("allow" in answered.headers) == (status in (200, 405, 501))


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"to": "<sip:1@h>;tag=5"}, 481),
        ({"uri": "nobodyKnowsThisScheme:totallyopaquecontent"}, 416),
        ({"uri": "sip:1@h:99999"}, 400),
        ({"more": ("Require: nothingSupportsThis, 100rel",)}, 420),
    ],
)
def test_some_invites_need_no_decision(parts: dict[str, str], status: int) -> None:
    refused = early_refusal(request(**parts), SOURCE, "t")
    assert response(refused).status == status
    assert response(refused).header("unsupported") == ("nothingSupportsThis" if status == 420 else "")


def test_reliable_provisionals_and_odd_proxy_demands_are_no_reason_to_refuse() -> None:
    asked = request(more=("Require: 100rel", "Proxy-Require: noProxiesSupportThis"))
    assert early_refusal(asked, SOURCE, "t") is None


def test_a_mark_that_is_not_ours_names_no_trunk() -> None:
    assert [mark_trunk(text) for text in ("", "x", "a.b", ".3", "a.b.3")] == ["", "", "", "", "a.b"]
    assert [mark_trunk(text) for text in ("a.b-3", "a.3-x", "a.3-1-2", "a.3-", "a.3-25473")] == ["", "", "", "a", "a"]


def test_a_mark_says_what_its_vendor_was_told_of_a_moved_number() -> None:
    trunk = TrunkId("a.1-2")
    marks = [mark_of(trunk, 3, told) for told in (None, "", "25473")]
    assert [(mark_trunk(mark), mark_told(mark)) for mark in marks] == [(trunk, None), (trunk, ""), (trunk, "25473")]
    assert [bool(re.search(MOVED_MARK, mark)) for mark in marks] == [False, False, True]
    assert [mark_told(text) for text in ("", "x", "a.b-3", "a.3-x")] == [None] * 4
