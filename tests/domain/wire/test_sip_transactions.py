from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.causes import Cause
from domain.wire.sip_answers import refuse
from domain.wire.sip_message import SipResponse, parse
from domain.wire.sip_transactions import NewInvite, Outcome, Outgoing, Send, ServerTransactions
from tests.domain.wire.sip_bytes import SECRET, SOURCE, request_bytes, response_bytes

INVITE = request_bytes()
RESPONSE_HEADERS = [("Via", "SIP/2.0/UDP h"), ("From", "<sip:1@h>"), ("To", "<sip:2@h>")]
RESPONSE_HEADERS += [("Call-ID", "c"), ("CSeq", "1 BYE")]


def layer(limit: int = 1000) -> ServerTransactions:
    return ServerTransactions(SECRET, limit=limit)


def begun(at: ServerTransactions, data: bytes = INVITE, now_s: float = 100.0, link: int = 0) -> NewInvite:
    outcome = at.receive(data, SOURCE, now_s, link)
    assert isinstance(outcome, NewInvite)
    return outcome


def refused(invite: NewInvite) -> bytes:
    return refuse(invite.request, invite.source, invite.tag, Cause.NO_ROUTE)


def statuses(outcome: Outcome | list[Outgoing]) -> list[int]:
    assert outcome is None or isinstance(outcome, Send | list)
    datagrams = () if outcome is None else outcome if isinstance(outcome, list) else outcome.datagrams
    messages = [parse(data) for data, _ in datagrams]
    return [message.status for message in messages if isinstance(message, SipResponse)]


def resend_instants(at: ServerTransactions, start_s: float, until_s: float) -> list[float]:
    ticks = [start_s + step / 20 for step in range(int((until_s - start_s) * 20) + 1)]
    return [round(now_s - start_s, 1) for now_s in ticks for _ in at.due(now_s)]


def ack(**parts: Any) -> bytes:
    return request_bytes("ACK", **({"to": "<sip:447911123456@198.51.100.1>;tag=any"} | parts))


def test_a_retransmitted_invite_gets_the_same_bytes_and_is_decided_once() -> None:
    at = layer()
    invite = begun(at)
    assert at.receive(INVITE, SOURCE, 100.05) is None
    first = at.answer(invite, refused(invite), 100.1)
    assert first == (refused(invite), SOURCE)
    assert at.receive(INVITE, SOURCE, 100.6) == Send((first,))
    assert at.answer(invite, b"second", 100.7) is None


def test_a_slow_decision_sends_100_trying_and_repeats_it_to_a_repeat() -> None:
    at = layer()
    invite = begun(at)
    assert statuses(at.due(100.1)) == []
    trying = at.due(100.25)
    assert statuses(trying) == [100]
    assert b"tag=" not in trying[0][0].partition(b"To:")[2].partition(b"\r\n")[0]
    assert statuses(at.receive(INVITE, SOURCE, 100.5)) == [100]
    assert at.answer(invite, refused(invite), 100.6) is not None
    assert statuses(at.receive(INVITE, SOURCE, 100.7)) == [480]


def test_an_answer_without_ack_is_resent_at_the_instants_of_timer_g_and_given_up_at_h() -> None:
    at = layer()
    invite = begun(at)
    at.answer(invite, refused(invite), 100.0)
    expected = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    instants = resend_instants(at, 100.0, 140.0)
    assert [round(a - b, 1) <= 0.1 for a, b in zip(instants, expected, strict=True)] == [True] * 10
    assert len(at) == 0
    assert at.counts["no-ack"] == 1


def test_an_ack_ends_the_resending_and_is_never_answered() -> None:
    at = layer()
    invite = begun(at)
    at.answer(invite, refused(invite), 100.0)
    assert at.receive(ack(), SOURCE, 100.2) is None
    assert resend_instants(at, 100.0, 104.0) == []
    assert len(at) == 1
    assert at.receive(INVITE, SOURCE, 104.1) is None
    at.due(106.0)
    assert len(at) == 0
    assert at.receive(ack(), SOURCE, 107.0) is None


def test_a_cancel_of_an_open_call_ends_it_with_487_and_its_decision_finds_nobody_waiting() -> None:
    at = layer()
    invite = begun(at)
    outcome = at.receive(request_bytes("CANCEL"), SOURCE, 100.1)
    assert statuses(outcome) == [200, 487]
    assert at.counts["cancelled"] == 1
    assert at.answer(invite, refused(invite), 100.2) is None
    assert statuses(at.receive(request_bytes("CANCEL"), SOURCE, 100.3)) == [200]
    assert statuses(at.due(100.7)) == [487]


def test_a_cancel_after_the_answer_changes_nothing() -> None:
    at = layer()
    invite = begun(at)
    at.answer(invite, refused(invite), 100.0)
    assert statuses(at.receive(request_bytes("CANCEL"), SOURCE, 100.1)) == [200]
    assert statuses(at.receive(INVITE, SOURCE, 100.2)) == [480]


def test_a_cancel_for_nothing_we_know_gets_481() -> None:
    assert statuses(layer().receive(request_bytes("CANCEL"), SOURCE, 1.0)) == [481]


def test_callers_of_rfc_2543_are_matched_without_a_branch() -> None:
    at = layer()
    old: dict[str, Any] = {"via": "SIP/2.0/UDP 192.0.2.10:5060", "caller": "<sip:1@192.0.2.10>"}
    for via in (old["via"], old["via"] + ";branch=z9hG4bK"):
        invite = begun(at, request_bytes(**{**old, "via": via}))
        at.answer(invite, refused(invite), 100.0)
        to = f"<sip:447911123456@198.51.100.1>;tag={invite.tag}"
        at.receive(ack(**{**old, "via": via, "to": to}), SOURCE, 100.1)
    assert resend_instants(at, 100.0, 104.0) == []


def test_an_ack_of_rfc_2543_for_another_answer_ends_nothing() -> None:
    at = layer()
    old = "SIP/2.0/UDP 192.0.2.10:5060"
    invite = begun(at, request_bytes(via=old))
    at.answer(invite, refused(invite), 100.0)
    at.receive(ack(via=old), SOURCE, 100.1)
    assert resend_instants(at, 100.0, 104.0) == [0.5, 1.5, 3.5]
    assert at.counts["stray-ack"] == 1


@pytest.mark.parametrize(
    "shape",
    [
        lambda data: data,
        lambda data: data.replace(b"\r\n", b"\n"),
        lambda data: data.replace(b"Via:", b"v:").replace(b"Call-ID:", b"i:"),
        lambda data: data.replace(b"CSeq: ", b"cseq:\r\n "),
        lambda data: data.replace(b"192.0.2.10:5060;branch", b"192.0.2.10 : 5060 ; branch"),
    ],
)
def test_an_ack_of_any_shape_ends_its_call(shape: Callable[[bytes], bytes]) -> None:
    at = layer()
    invite = begun(at)
    at.answer(invite, refused(invite), 100.0)
    at.receive(shape(ack()), SOURCE, 100.1)
    assert resend_instants(at, 100.0, 104.0) == []


def test_an_ack_whose_second_via_has_the_branch_of_a_call_ends_nothing() -> None:
    at = layer()
    invite = begun(at)
    at.answer(invite, refused(invite), 100.0)
    other = "SIP/2.0/UDP 203.0.113.1;branch=z9hG4bK-other\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1;rport"
    at.receive(ack(via=other), SOURCE, 100.1)
    assert len(resend_instants(at, 100.0, 104.0)) == 3


def test_a_call_by_two_branches_at_once_is_answered_once() -> None:
    at = layer()
    invite = begun(at)
    twin = request_bytes(branch="z9hG4bK-2")
    assert statuses(at.receive(twin, SOURCE, 100.01)) == [482]
    begun(at, request_bytes(branch="z9hG4bK-3", cseq=2), 100.02)
    assert at.answer(invite, refused(invite), 100.1) is not None
    begun(at, twin, 100.2)


def test_a_call_at_its_last_hop_is_refused_before_it_holds_money() -> None:
    last = request_bytes().replace(b"Max-Forwards: 69", b"Max-Forwards: 0")
    assert statuses(layer().receive(last, SOURCE, 1.0)) == [483]
    assert statuses(layer().receive(last.replace(b"INVITE", b"OPTIONS"), SOURCE, 1.0)) == [200]


def test_an_unknown_extension_is_refused_in_invites_and_options() -> None:
    for method in ("INVITE", "OPTIONS"):
        assert statuses(layer().receive(request_bytes(method, more=("Require: odd",)), SOURCE, 1.0)) == [420]


def test_strangers_are_refused_and_forgotten() -> None:
    at = layer()
    assert statuses(at.forbidden(INVITE, SOURCE)) == [403]
    assert at.forbidden(INVITE, SOURCE, 9) == Send(((at.forbidden(INVITE, SOURCE).datagrams[0][0], 9),))  # type: ignore[union-attr]
    assert [at.forbidden(data, SOURCE) for data in (ack(), b"garbage")] == [None, None]
    assert len(at) == 0


def test_one_peer_cannot_end_the_call_of_another() -> None:
    at = layer()
    invite = begun(at)
    assert statuses(at.receive(request_bytes("CANCEL"), ("192.0.2.66", 5060), 100.1)) == [481]
    assert at.answer(invite, refused(invite), 100.2) is not None


def test_a_full_layer_lets_the_oldest_finished_call_go_or_names_its_overload() -> None:
    at = layer(limit=2)
    first = begun(at, request_bytes(branch="z9hG4bK-a"))
    begun(at, request_bytes(branch="z9hG4bK-b", cseq=2))
    third = request_bytes(branch="z9hG4bK-c", cseq=3)
    assert statuses(at.receive(third, SOURCE, 100.1)) == [503]
    at.answer(first, refused(first), 100.2)
    begun(at, third, 100.3)
    assert len(at) == 2
    assert (at.counts["full"], at.counts["evicted"]) == (1, 1)


def test_a_call_that_nobody_decides_is_forgotten_in_the_end() -> None:
    at = layer()
    begun(at)
    assert [status for step in range(80) for status in statuses(at.due(100 + step / 2))] == [100]
    assert len(at) == 0
    assert at.counts["never-decided"] == 1


def test_a_stream_needs_no_resends_and_forgets_at_the_ack() -> None:
    at = layer()
    invite = begun(at, link=7)
    assert at.answer(invite, refused(invite), 100.0) == (refused(invite), 7)
    assert resend_instants(at, 100.0, 110.0) == []
    at.receive(ack(), SOURCE, 110.0, 7)
    assert len(at) == 0


def test_a_repeat_by_a_new_connection_is_answered_by_that_one() -> None:
    at = layer()
    invite = begun(at, link=7)
    assert at.receive(INVITE, SOURCE, 100.1, 8) is None
    assert at.answer(invite, refused(invite), 100.2) == (refused(invite), 8)


def test_a_long_pause_of_the_clock_loses_no_timer() -> None:
    at = layer()
    for number in range(50):
        invite = begun(at, request_bytes(branch=f"z9hG4bK-{number}"), 100.0 + number / 10)
        at.answer(invite, refused(invite), 100.0 + number / 10)
    assert statuses(at.due(1000.0)) == []
    assert len(at) == 0


def test_what_needs_no_call_is_answered_at_once_or_dropped() -> None:
    at = layer()
    assert statuses(at.receive(request_bytes("OPTIONS"), SOURCE, 1.0)) == [200]
    assert statuses(at.receive(request_bytes(cseq=2**40), SOURCE, 1.0)) == [400]
    assert statuses(at.receive(INVITE.replace(b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia"), SOURCE, 1.0)) == [505]
    assert statuses(at.receive(request_bytes(uri="ftp:x"), SOURCE, 1.0)) == [416]
    assert at.receive(b"\r\n\r\n", SOURCE, 1.0) is None
    assert at.receive(b"garbage", SOURCE, 1.0) is None
    assert at.receive(ack(cseq="x"), SOURCE, 1.0) is None
    assert at.receive(response_bytes(200, "OK", RESPONSE_HEADERS), SOURCE, 1.0) is None
    assert len(at) == 0


@given(st.lists(st.binary(max_size=60) | st.sampled_from([INVITE[:n] for n in range(0, len(INVITE), 25)])))
@settings(max_examples=100)
def test_no_bytes_raise_anything(datagrams: list[bytes]) -> None:
    at = layer()
    for data in datagrams:
        assert isinstance(at.receive(data, SOURCE, 1.0), Send | NewInvite | None)
