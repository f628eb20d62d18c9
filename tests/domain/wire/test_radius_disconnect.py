"""Disconnect-Requests: what they carry, and what switches answer (RFC 5176)."""

from dataclasses import replace
from typing import Any

import pytest

from domain.cuts import CutReason
from domain.directory import Recipe, Switch
from domain.errors import WireError
from domain.holds import Hold, HoldMode, HoldTimes
from domain.ids import SwitchId
from domain.partner import Partner
from domain.partner_events import HoldPut
from domain.recipes import CISCO, SIP302
from domain.wire.radius_attributes import Values, attribute
from domain.wire.radius_disconnect import disconnect_request, read_disconnect_answer
from domain.wire.radius_packet import Code, RadiusPacket, decode, encode_reply, verify_request
from tests.domain.call_builders import ORBITA, ask, client
from tests.domain.wire.radius_bytes import SECRET

CONF_ID = b"3c5ae1b6 9d2f11e4 80bd0050 56a1b2c3"


def a_hold(**fields: Any) -> Hold:
    events, _ = Partner(ORBITA).place_hold(ask(mode=HoldMode.PIECES), client(), HoldTimes())
    (put,) = [event for event in events if isinstance(event, HoldPut)]
    return replace(put.hold, **({"call_id": CONF_ID, "session_id": b"0000001A"} | fields))


def a_switch(recipe: Recipe = CISCO, address: str = "192.0.2.10") -> Switch:
    return Switch(SwitchId("sw1"), address, recipe, SECRET.decode())


def asked(hold: Hold, switch: Switch) -> RadiusPacket:
    """The request as the switch reads it, its proofs checked."""
    packet = decode(disconnect_request(hold, switch, 9, 1_700_000_000))
    verify_request(packet, SECRET)
    assert (packet.code, packet.identifier, packet.proof_at > 0) == (Code.DISCONNECT_REQUEST, 9, True)
    return packet


def test_it_names_the_switch_and_the_call_as_the_switch_named_it() -> None:
    values = Values(asked(a_hold(), a_switch()).attributes)
    assert values.address("NAS-IP-Address") == "192.0.2.10"
    assert values.text("Acct-Session-Id") == "0000001A"
    assert values.text("h323-conf-id") == CONF_ID.decode().upper()
    assert values.integer("Event-Timestamp") == 1_700_000_000


def test_it_carries_nothing_that_a_switch_must_refuse() -> None:
    numbers = {(vendor, number) for vendor, number, _ in asked(a_hold(), a_switch()).attributes}
    assert numbers == {(0, 80), (0, 4), (0, 44), (9, 24), (0, 55)}


def test_a_sip_switch_is_told_the_call_id_and_an_address_of_six_goes_as_such() -> None:
    packet = asked(a_hold(call_id=b"a84b4c@pc33"), a_switch(SIP302, "2001:db8::7"))
    assert Values(packet.attributes).text("call-id") == "a84b4c@pc33"
    assert packet.first(95) == bytes.fromhex("20010db8000000000000000000000007")
    assert packet.first(4) is None


def test_a_call_that_was_not_reported_yet_is_known_by_its_call_id_alone() -> None:
    values = Values(asked(a_hold(session_id=b""), a_switch()).attributes)
    assert (values.text("Acct-Session-Id"), values.text("h323-conf-id")) == ("", CONF_ID.decode().upper())


def test_a_call_without_any_name_cannot_be_ended() -> None:
    with pytest.raises(WireError, match="no-call-id"):
        disconnect_request(a_hold(session_id=b"", call_id=b""), a_switch(), 9, 0)
    with pytest.raises(WireError, match="attribute-too-long"):
        disconnect_request(a_hold(call_id=b"x" * 300), a_switch(SIP302), 9, 0)


@pytest.mark.parametrize(
    ("code", "cause", "ended", "why"),
    [
        (Code.DISCONNECT_ACK, 0, True, "no cause given"),
        (Code.DISCONNECT_NAK, 503, False, "503 session context not found: it knows no such call"),
        (Code.DISCONNECT_NAK, 999, False, "999"),
        (Code.DISCONNECT_NAK, 0, False, "no cause given"),
    ],
)
def test_an_answer_is_proved_and_read(code: Code, cause: int, ended: bool, why: str) -> None:
    request = asked(a_hold(), a_switch())
    reply = encode_reply(request, code, [attribute("Error-Cause", cause)] if cause else [], SECRET, prove=True)
    answer = read_disconnect_answer(reply, request, SECRET)
    assert (answer.ended, answer.error_cause, answer.why) == (ended, cause, why)


def test_an_answer_that_is_not_proved_or_none_at_all_is_refused() -> None:
    request = asked(a_hold(), a_switch())
    forged = encode_reply(request, Code.DISCONNECT_ACK, [], b"guess")
    other = encode_reply(request, Code.COA_ACK, [], SECRET)
    for data, reason in ((forged, "bad-authenticator"), (other, "not-an-answer"), (forged[:19], "bad-length")):
        with pytest.raises(WireError, match=reason):
            read_disconnect_answer(data, request, SECRET)


def test_why_a_call_ends_is_said_in_words() -> None:
    assert {reason.value for reason in CutReason} == {
        "credit-ended",
        "partner-suspended",
        "time-used-up",
        "by-operator",
    }
