"""Hot spots and lines over RADIUS: what they ask, what they are granted, what they report."""

from typing import Any

import pytest

from domain.calls import CallReport, ReportKind, Side
from domain.directory import Switch
from domain.errors import WireError
from domain.ids import CallKey, SwitchId
from domain.reading import reports_from_accounting, setup_from_access
from domain.recipe import LENT, Recipe
from domain.recipes import CISCO, WIFI, XDSL
from domain.wire.radius_answers import access_accept_attributes
from domain.wire.radius_attributes import attribute
from domain.wire.radius_dictionaries import STANDARD
from domain.wire.radius_packet import Attribute, Code, RadiusPacket
from tests.domain.builders import NOON

GIGAWORD = 2**32
AUTHENTICATOR = bytes(range(16))


def packet(code: Code, **said: Any) -> RadiusPacket:
    attributes = tuple(attribute(name.replace("_", "-"), value) for name, value in said.items())
    return RadiusPacket(code, 1, AUTHENTICATOR, attributes, b"")


def switch(recipe: Recipe = WIFI) -> Switch:
    return Switch(SwitchId("ap1"), "192.0.2.9", recipe, "secret")


def reported(**said: Any) -> CallReport:
    asked = {"User_Name": "guest7", "Acct_Session_Id": "s1", "Calling_Station_Id": "02-11-22"}
    found = reports_from_accounting(packet(Code.ACCOUNTING_REQUEST, **(asked | said)), switch(), NOON)
    assert isinstance(found, tuple)
    (one,) = found
    return one


def granted(recipe: Recipe = WIFI, **terms: Any) -> dict[str, bytes]:
    names = {(one.vendor, one.number): name for name, one in STANDARD.names.items()}
    attributes = access_accept_attributes(recipe, CallKey(b"k" * 16), 3600, (), **terms)
    return {names[one.vendor, one.number]: one.value for one in attributes}


def test_a_session_is_asked_about_with_no_number_called() -> None:
    setup = setup_from_access(packet(Code.ACCESS_REQUEST, User_Name="guest7", Acct_Session_Id="s1"), switch(), NOON)
    assert (setup.called, setup.call_id, setup.source) == ("", b"s1", "192.0.2.9")


def test_a_stop_says_what_was_moved_both_ways() -> None:
    octets = {"Acct_Input_Octets": 7_761, "Acct_Output_Octets": 5_382, "Acct_Session_Time": 1905}
    got = reported(Acct_Status_Type=2, **octets)
    assert (got.kind, got.side, got.user, got.call_id) == (ReportKind.STOP, Side.CLIENT, "guest7", b"s1")
    assert (got.octets_in, got.octets_out, got.duration_ms) == (7_761, 5_382, 1_905_000)
    assert (got.connect_ms, got.disconnect_ms) == (NOON - 1_905_000, NOON)


def test_a_gigaword_is_two_to_the_32_octets() -> None:
    got = reported(Acct_Status_Type=2, Acct_Output_Gigawords=1, Acct_Output_Octets=5)
    assert (got.octets_in, got.octets_out) == (None, 4_294_967_301)


def test_time_is_granted_as_session_timeout_alone() -> None:
    assert granted() == {
        "Session-Timeout": (3600).to_bytes(4, "big"),
        "Class": (b"k" * 16).hex().encode(),
        "Acct-Interim-Interval": (600).to_bytes(4, "big"),
    }


def test_a_quota_goes_into_the_attributes_that_the_recipe_names() -> None:
    got = granted(quota_octets=20 * 1024 * 1024)
    for name in ("ChilliSpot-Max-Total-Octets", "Mikrotik-Total-Limit"):
        assert int.from_bytes(got[name], "big") == 20_971_520
    assert "Mikrotik-Total-Limit-Gigawords" not in got


def test_a_quota_beyond_32_bits_has_its_gigawords() -> None:
    got = granted(XDSL, quota_octets=3 * GIGAWORD + 1024)
    for low, high in (
        ("ChilliSpot-Max-Total-Octets", "ChilliSpot-Max-Total-Gigawords"),
        ("Mikrotik-Total-Limit", "Mikrotik-Total-Limit-Gigawords"),
    ):
        assert (int.from_bytes(got[high], "big"), int.from_bytes(got[low], "big")) == (3, 1024)


def test_where_no_gigawords_can_be_said_the_quota_is_what_fits() -> None:
    recipe = Recipe("x", answers=("Mikrotik-Total-Limit",), routes=())
    assert granted(recipe, quota_octets=3 * GIGAWORD) == {"Mikrotik-Total-Limit": b"\xff" * 4}


def test_the_vendors_numbers_are_theirs() -> None:
    expected = {
        "ChilliSpot-Max-Total-Octets": (14559, 3),
        "ChilliSpot-Max-Total-Gigawords": (14559, 23),
        "Mikrotik-Total-Limit": (14988, 17),
        "Mikrotik-Total-Limit-Gigawords": (14988, 18),
    }
    assert {name: attribute(name, 7) for name in expected} == {
        name: Attribute(*number, (7).to_bytes(4, "big")) for name, number in expected.items()
    }


def test_a_question_without_a_session_is_lent_an_id_that_its_accounting_gives_back() -> None:
    asked = packet(Code.ACCESS_REQUEST, User_Name="guest7")
    setup = setup_from_access(asked, switch(), NOON)
    assert setup.call_id == LENT + AUTHENTICATOR.hex().encode() == setup_from_access(asked, switch(), NOON + 9).call_id
    lent = granted(call_id=setup.call_id)["Class"]
    assert reported(Acct_Status_Type=2, Class=lent).call_id == setup.call_id
    assert reported(Acct_Status_Type=2).call_id == b"s1"
    with pytest.raises(WireError, match="no-call-id"):
        setup_from_access(asked, switch(CISCO), NOON)
