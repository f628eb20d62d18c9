"""Trunks found for calls and legs."""

import pytest

from domain.attribution import DirectoryIndex, caller_of
from domain.directory import NumberRules, Trunk, TrunkOptions
from domain.ids import SwitchId
from domain.rates import Service
from tests.domain.worlds import SWITCH, client, directory, incoming, outgoing, vendor


def index(*trunks: Trunk) -> DirectoryIndex:
    return DirectoryIndex(directory([client(), vendor("kestrel"), vendor("savanna")], trunks))


def came_in(of: DirectoryIndex, called: str = "447911123456", source: str = "10.0.0.1", hint: str = "") -> str | None:
    trunk = of.incoming_trunk(SWITCH, source, called, hint)
    return trunk.id if trunk else None


def test_the_longest_tech_prefix_wins() -> None:
    trunks = index(incoming("plain"), incoming("gold", tech="77"), incoming("platinum", tech="771"))
    assert came_in(trunks, "447911123456") == "plain"
    assert came_in(trunks, "77447911123456") == "gold"
    assert came_in(trunks, "771447911123456") == "platinum"


def test_a_call_without_the_prefix_or_from_elsewhere_has_no_trunk() -> None:
    trunks = index(incoming("gold", tech="77"))
    assert came_in(trunks) is None
    assert came_in(trunks, "77447911123456", source="10.0.0.2") is None


def test_a_trunk_bound_to_a_switch_is_not_another_switchs() -> None:
    trunks = index(incoming("there", switch=SwitchId("sw2")))
    assert came_in(trunks) is None
    assert came_in(index(incoming("there", switch=SwitchId("sw2")), incoming("here", switch=SWITCH))) == "here"


def test_the_source_wins_over_a_prefix_on_any_source() -> None:
    trunks = index(incoming("mine"), incoming("anyone", host="", tech="447"))
    assert came_in(trunks) == "mine"
    assert came_in(trunks, source="10.9.9.9") == "anyone"


def test_the_name_that_the_switch_gives_tells_two_trunks_of_one_source_apart() -> None:
    trunks = index(incoming("a", name="gw-a"), incoming("b", name="gw-b"))
    assert came_in(trunks, hint="gw-b") == "b"
    assert came_in(trunks) is None
    assert came_in(trunks, hint="gw-c") is None


def test_a_trunk_with_neither_source_nor_given_name_is_not_found() -> None:
    trunks = index(incoming("named", host="", name="gw-a"))
    assert came_in(trunks, hint="gw-a") == "named"
    assert came_in(trunks) is None


def test_a_disabled_trunks_calls_and_reports_stay_its_own() -> None:
    trunks = index(incoming("off", tech="55", enabled=False), incoming("other"))
    assert came_in(trunks, "55447911123456") == "off"
    assert came_in(trunks) == "other"
    reported = trunks.reported_trunk(SWITCH, ("10.0.0.1",), "55447911123456")
    assert reported is not None and reported.id == "off"


def test_a_disabled_trunk_is_found_where_nothing_else_fits() -> None:
    trunks = index(incoming("off", enabled=False))
    assert came_in(trunks) == "off"
    reported = trunks.reported_trunk(SWITCH, ("10.0.0.1",), "447911123456")
    assert reported is not None and reported.id == "off"


def test_a_disabled_trunk_does_not_shadow_an_enabled_one() -> None:
    trunks = index(incoming("off", enabled=False), incoming("on"))
    assert came_in(trunks) == "on"
    reported = trunks.reported_trunk(SWITCH, ("10.0.0.1",), "447911123456")
    assert reported is not None and reported.id == "on"


def test_an_echoed_mark_names_the_vendor_whatever_the_address() -> None:
    trunks = index(outgoing("kestrel", its_id="kestrel.lon-1"), outgoing("savanna"))
    found = trunks.vendor_trunk("kestrel.lon-1.2", "savanna.example", 5060, "447911123456")
    assert found is not None and found.partner == "kestrel"


def test_a_mark_that_is_not_ours_or_names_an_incoming_trunk_is_passed_over() -> None:
    trunks = index(incoming("orbita-in"), outgoing("savanna"))
    for mark in ("junk", "gone.1", "orbita-in.1", "."):
        found = trunks.vendor_trunk(mark, "savanna.example", 5060, "447911123456")
        assert found is not None and found.partner == "savanna"


def test_without_a_mark_address_port_and_prefix_name_the_vendor() -> None:
    trunks = index(
        outgoing("kestrel", tech="88", its_id="k88", host="10.1.1.1"), outgoing("savanna", its_id="s", host="10.1.1.1")
    )
    assert trunks.vendor_trunk("", "10.1.1.1", 5060, "88447911123456") == trunks.vendor_trunk("k88.1", "", 0, "")
    assert trunks.vendor_trunk("", "10.1.1.1", 5060, "447911123456") == trunks.vendor_trunk("s.1", "", 0, "")
    assert trunks.vendor_trunk("", "10.1.1.1", 5070, "447911123456") is None


def test_a_vendor_is_not_guessed_when_the_port_is_not_reported_and_two_fit() -> None:
    one = index(outgoing("kestrel", host="10.1.1.1", port=5080))
    found = one.vendor_trunk("", "10.1.1.1", 0, "447911123456")
    assert found is not None and found.partner == "kestrel"
    two = index(outgoing("kestrel", host="10.1.1.1", port=5080), outgoing("savanna", host="10.1.1.1"))
    assert two.vendor_trunk("", "10.1.1.1", 0, "447911123456") is None
    assert two.vendor_trunk("", "", 0, "447911123456") is None


def test_a_vendor_is_known_by_the_trunk_name_that_the_switch_gives() -> None:
    trunks = index(outgoing("kestrel", name="tg-7"), outgoing("savanna", host="10.1.1.1"))
    found = trunks.vendor_trunk("", "10.1.1.1", 5060, "447911123456", "tg-7")
    assert found is not None and found.partner == "kestrel"
    other = trunks.vendor_trunk("", "10.1.1.1", 5060, "447911123456", "tg-8")
    assert other is not None and other.partner == "savanna"


def test_a_reported_call_is_known_by_its_far_end_else_by_its_switch() -> None:
    trunks = index(incoming("far"), incoming("near", host="127.0.0.1"), incoming("any", host=""))
    found = [
        trunks.reported_trunk(SWITCH, (remote, "127.0.0.1"), "447911123456") for remote in ("10.0.0.1", "10.9.9.9", "")
    ]
    assert [trunk.id if trunk else None for trunk in found] == ["far", "near", "near"]


def test_a_report_goes_by_the_user_named_else_by_source_past_the_trunks_with_credentials() -> None:
    known = TrunkOptions(auth_user="alice", auth_password="pw")
    trunks = index(incoming("by-source", host=""), incoming("by-user", host="", options=known))
    for user, its in (("alice", "by-user"), ("", "by-source"), ("192.0.2.77", "by-source")):
        reported = trunks.reported_trunk(SWITCH, ("10.9.9.9", "127.0.0.1"), "447911123456", user=user)
        assert reported is not None and reported.id == its
        asked = trunks.incoming_trunk(SWITCH, "10.9.9.9", "447911123456", user=user if user == "alice" else "")
        assert asked == reported, "authorization and accounting agree"


def test_a_closed_trunks_reports_go_by_source_past_the_trunks_with_credentials() -> None:
    known = TrunkOptions(auth_user="alice", auth_password="pw")
    off = incoming("off", host="", enabled=False)
    reported = index(off, incoming("by-user", host="", options=known)).reported_trunk(SWITCH, (), "447911123456")
    assert reported == off


def test_a_report_without_a_user_that_fits_no_source_is_of_the_one_trunk_with_credentials() -> None:
    alice, bob = (
        incoming(user, host="", options=TrunkOptions(auth_user=user, auth_password="pw")) for user in ("alice", "bob")
    )
    assert index(alice).reported_trunk(SWITCH, ("10.9.9.9",), "447911123456") == alice
    assert index(alice, bob).reported_trunk(SWITCH, ("10.9.9.9",), "447911123456") is None
    two = index(incoming("one"), incoming("two"), alice)
    assert two.reported_trunk(SWITCH, ("10.0.0.1",), "447911123456") is None, "never guessed"


def test_a_caller_is_read_without_the_tech_prefix_and_kept_when_it_is_no_number() -> None:
    rules = NumberRules(tech_prefix="44", country="49", national_prefix="0")
    assert caller_of("0301234567", rules) == "49301234567"
    assert caller_of("+441234567890", rules) == "441234567890"
    assert caller_of("sip:301234567;phone-context=+44@192.0.2.1", rules) == "44301234567"
    assert caller_of("anonymous", rules) == "anonymous"
    assert len(caller_of("x" * 500, rules)) == 32
    assert caller_of("", rules) == ""


@pytest.mark.parametrize("mac", ["00-11-22-33-44-55", "00:11:22:33:44:55", "0011.2233.4455", "AA-bb-CC-dd-EE-ff"])
def test_a_hardware_address_is_kept_as_text_where_data_is_sold(mac: str) -> None:
    rules = NumberRules(country="49", national_prefix="0")
    assert caller_of(mac, rules, Service.DATA) == mac
    assert caller_of("00-11-22-33-44", rules, Service.DATA) != "00-11-22-33-44"
    assert caller_of("00-33-14-52-34-56", rules) == "3314523456"  # digits in pairs are a number on a telephone's trunk


def test_what_is_left_of_a_caller_is_printable() -> None:
    rules = NumberRules(country="49", national_prefix="0")
    assert caller_of("a\0b\x85\ud800c é", rules) == "abc é"
