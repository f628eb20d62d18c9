import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calls import CallReport, CallSetup, Door, Release, ReportKind, Side
from domain.causes import Cause
from domain.directory import Recipe, Switch
from domain.errors import WireError
from domain.ids import CallKey, SwitchId, TrunkId
from domain.reading import OnOff, leg_identity, reports_from_accounting, setup_from_access
from domain.reading_sip import causes_of, setup_from_invite
from domain.recipes import CISCO, GNUGK, RECIPES
from domain.targets import Target
from domain.wire.radius_answers import access_accept_attributes, access_reject_attributes
from domain.wire.radius_attributes import Values
from domain.wire.radius_packet import Attribute, Code, decode, encode_reply, encode_request
from domain.wire.sip_message import SipError, SipRequest, parse
from tests.domain.detail_file import records
from tests.domain.wire.radius_bytes import SECRET, Named, access, accounting
from tests.domain.wire.sip_bytes import request_bytes

NOW_MS = 1_761_998_500_000  # 2025-11-01 12:01:40 UTC
LEG: tuple[Named, ...] = (
    ("Acct-Session-Id", "s1"),
    ("h323-conf-id", "1 2 3 4"),
    ("h323-call-origin", "answer"),
)
SHARED_DATA = Path(os.environ.get("SWITCHBOARD_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
DETAIL = SHARED_DATA / "cdr" / "cisco_radius" / "detail"


def switch(recipe: Recipe = CISCO) -> Switch:
    return Switch(SwitchId("sw1"), "192.0.2.10", recipe)


def one(reports: tuple[CallReport, ...] | OnOff) -> CallReport | OnOff:
    """The only report."""
    if isinstance(reports, OnOff):
        return reports
    [report] = reports
    return report


def read(*named: Named, recipe: Recipe = CISCO) -> CallReport | OnOff:
    return one(reports_from_accounting(accounting(*named), switch(recipe), NOW_MS))


def report(*named: Named, recipe: Recipe = CISCO) -> CallReport:
    value = read(*LEG, *named, recipe=recipe)
    assert isinstance(value, CallReport)
    return value


def fault(*named: Named) -> str:
    with pytest.raises(WireError) as caught:
        read(*named)
    return caught.value.reason


def invited(**parts: str) -> CallSetup:
    request = parse(request_bytes(**parts))  # type: ignore[arg-type]  # only texts are given here
    assert isinstance(request, SipRequest)
    return setup_from_invite(request, switch(), NOW_MS)


@pytest.mark.parametrize("uri", ["tel:7911123456;phone-context=+44", "sip:7911123456;phone-context=+44@198.51.100.1"])
def test_an_invite_to_a_local_number_calls_the_country_of_its_context(uri: str) -> None:
    assert invited(uri=uri).called == "+447911123456"


def test_an_invite_becomes_a_setup_with_numbers_as_received() -> None:
    assert invited(uri="sip:777%23447911123456;npdi;tgrp=in5;trunk-context=x.example@198.51.100.1") == CallSetup(
        door=Door.SIP,
        switch=SwitchId("sw1"),
        call_id=b"call-1@192.0.2.10",
        source="192.0.2.10",
        caller="442071234567",
        called="777#447911123456",
        at_ms=NOW_MS,
        attempt=1,
        trunk_hint="in5",
        callers=(("from", "442071234567"),),
        dipped=True,
        max_forwards=69,
    )


@pytest.mark.parametrize(
    ("reason", "read"),
    [
        ("Q.850;cause=34", (34, 0)),
        ('SIP ;cause=503 ;text="a, b;cause=1", Q.850;cause=17', (17, 503)),
        ("q.850; Cause=16;text=x", (16, 0)),
        ("Q.850;cause=200, SIP;cause=99", (0, 0)),
        ("Q.850;cause=x;text", (0, 0)),
        ("STIR;cause=436", (0, 0)),
        (";;,", (0, 0)),
    ],
)
def test_a_reason_says_how_the_attempt_before_failed(reason: str, read: tuple[int, int]) -> None:
    assert causes_of([reason]) == read


def test_our_mark_in_the_address_asked_for_is_read() -> None:
    assert invited(uri="sip:447911123456@198.51.100.1;user=phone;sbm=kestrel-out.1").mark == "kestrel-out.1"


def test_an_invite_for_no_uri_of_ours_says_what_to_answer() -> None:
    with pytest.raises(SipError) as caught:
        invited(uri="mailto:x@y")
    assert caught.value.status == 416


def test_an_access_request_becomes_a_setup() -> None:
    packet = access(
        ("Calling-Station-Id", "254700000001"),
        ("Called-Station-Id", "254711000002"),
        ("h323-conf-id", "F3E0A1B2 11D811B9 8001 A"),
        ("=in-trunkgroup-label", "tg1"),
    )
    setup = setup_from_access(packet, switch(), NOW_MS)
    assert (setup.caller, setup.called, setup.trunk_hint) == ("254700000001", "254711000002", "tg1")
    assert (setup.source, setup.attempt) == ("192.0.2.10", 1)
    assert setup.call_id == b"f3e0a1b2 11d811b9 00008001 0000000a"
    from_peer = access(("h323-conf-id", "1 2 3 4"), ("h323-remote-address", "[2001:db8::7]:5060"))
    assert setup_from_access(from_peer, switch(), NOW_MS).source == "2001:db8::7"


def test_a_question_asked_again_says_how_the_last_attempt_failed_by_the_attribute_of_its_recipe() -> None:
    packet = access(("h323-conf-id", "1 2 3 4"), ("=cseq", "3"), ("h323-disconnect-cause", "22"))
    assert setup_from_access(packet, switch(), NOW_MS).last_cause == 0
    again = replace(CISCO, attempt_attribute="cseq", last_cause_attribute="h323-disconnect-cause")
    setup = setup_from_access(packet, switch(again), NOW_MS)
    assert (setup.attempt, setup.last_cause) == (3, 0x22)


def test_a_record_without_what_identifies_it_names_what_is_missing() -> None:
    status: Named = ("Acct-Status-Type", 2)
    assert fault(*LEG) == "bad-status-type"
    assert fault(*LEG, ("Acct-Status-Type", 9)) == "bad-status-type"
    assert fault(status, *LEG[1:]) == "no-session-id"
    assert fault(status, LEG[0], LEG[2]) == "no-call-id"
    assert fault(status, *LEG[:2]) == "no-side"
    assert fault(status, *LEG, ("h323-setup-time", "yesterday")) == "bad-time"


@pytest.mark.parametrize(
    ("named", "connect_ms", "duration_ms"),
    [
        # session time counts before the difference of the times
        ((("connect", "12:00:00.900"), ("disconnect", "12:00:10.100"), 10), -99_100, 10_000),
        ((("connect", "12:00:00.900"), ("disconnect", "12:00:10.100"), None), -99_100, 9_200),
        ((("connect", "12:00:00"), None, None), -100_000, 100_000),
        ((None, ("disconnect", "12:00:10"), 4), -94_000, 4_000),
        ((None, ("disconnect", "12:00:10"), 0), None, 0),
        ((None, None, None), None, None),  # its start may say more
        ((("connect", "12:00:10"), ("disconnect", "12:00:10"), 0), None, 0),
        ((("connect", "12:00:10"), ("disconnect", "12:00:10.400"), 0), -90_000, 0),
    ],
)
def test_the_duration_and_the_answer_of_a_stop_follow_from_what_it_says(
    named: tuple[tuple[str, str] | None, tuple[str, str] | None, int | None],
    connect_ms: int | None,
    duration_ms: int | None,
) -> None:
    connect, disconnect, session_s = named
    times: list[Named] = [
        (f"h323-{one[0]}-time", f"{one[1]} UTC Sat Nov 01 2025") for one in (connect, disconnect) if one is not None
    ]
    if session_s is not None:
        times.append(("Acct-Session-Time", session_s))
    stop = report(("Acct-Status-Type", 2), *times, ("h323-disconnect-cause", "10"))
    expected = None if connect_ms is None else NOW_MS + connect_ms
    assert (stop.connect_ms, stop.duration_ms) == (expected, duration_ms)


def test_a_leg_of_no_seconds_that_ended_busy_was_not_answered() -> None:
    stop = report(
        ("Acct-Status-Type", 2),
        ("h323-connect-time", "12:00:10 UTC Sat Nov 01 2025"),
        ("h323-disconnect-time", "12:00:10.400 UTC Sat Nov 01 2025"),
        ("Acct-Session-Time", 0),
        ("h323-disconnect-cause", "11"),
    )
    assert (stop.connect_ms, stop.cause) == (None, 17)


def test_missing_times_follow_from_the_event_s_moment() -> None:
    stop = report(("Acct-Status-Type", 2), ("Acct-Delay-Time", 20), ("Acct-Session-Time", 30))
    assert (stop.disconnect_ms, stop.connect_ms) == (NOW_MS - 20_000, NOW_MS - 50_000)
    stamped = report(("Acct-Status-Type", 2), ("Acct-Delay-Time", 20), ("Event-Timestamp", 1_761_998_400))
    assert stamped.disconnect_ms == 1_761_998_400_000


def test_an_interim_tells_how_long_the_call_runs() -> None:
    interim = report(("Acct-Status-Type", 3), ("Acct-Session-Time", 60))
    assert (interim.kind, interim.connect_ms, interim.duration_ms) == (ReportKind.INTERIM, NOW_MS - 60_000, 60_000)
    assert report(("Acct-Status-Type", 3)).duration_ms is None


def test_a_failed_transaction_is_an_attempt() -> None:
    failed = report(("Acct-Status-Type", 15), ("h323-connect-time", "12:00:00 UTC Sat Nov 01 2025"))
    assert (failed.kind, failed.connect_ms, failed.duration_ms) == (ReportKind.ATTEMPT, None, 0)


@pytest.mark.parametrize(
    ("text", "base", "cause"),
    [("10", 16, 16), ("10", 10, 10), ("1f", 16, 31), ("90", 16, 16), ("", 16, 0), ("zz", 16, 0), ("-1", 10, 0)],
)
def test_causes_are_read_in_the_base_of_the_recipe(text: str, base: int, cause: int) -> None:
    stop = report(("Acct-Status-Type", 2), ("h323-disconnect-cause", text), recipe=replace(CISCO, cause_base=base))
    assert stop.cause == cause


@pytest.mark.parametrize(
    ("source", "release"),
    [("2", Release.CALLER), ("4", Release.CALLEE), ("8", Release.SWITCH), ("", Release.UNKNOWN)],
)
def test_the_side_that_released_is_read(source: str, release: Release) -> None:
    assert report(("Acct-Status-Type", 2), ("=release-source", source)).release is release


def test_the_zone_of_the_switch_gives_its_local_times_a_meaning() -> None:
    local = replace(CISCO, zone="Africa/Nairobi")
    stop = report(("Acct-Status-Type", 2), ("h323-setup-time", "15:01:40 EAT Sat Nov 01 2025"), recipe=local)
    assert stop.setup_ms == NOW_MS


def test_a_nas_that_starts_or_stops_says_so() -> None:
    on = read(("Acct-Status-Type", 7), ("NAS-Identifier", "gw1"), ("Acct-Delay-Time", 5))
    assert on == OnOff(SwitchId("sw1"), b"gw1", on=True, at_ms=NOW_MS - 5000)
    off = read(("Acct-Status-Type", 8), ("NAS-Identifier", "gw1"), ("NAS-IP-Address", "192.0.2.10"))
    assert off == OnOff(SwitchId("sw1"), b"192.0.2.10", on=False, at_ms=NOW_MS)


def test_a_leg_is_the_same_whatever_address_the_switch_has_or_calls_its_own() -> None:
    stop = ("Acct-Status-Type", 2)
    ids = {
        leg_identity(report(stop, ("NAS-IP-Address", own), ("NAS-Identifier", name)), CISCO)
        for own, name in (("192.0.2.10", "gw1"), ("10.1.1.1", "gw1"), ("10.1.1.1", "gw2"))
    }
    for change in ({"address": "192.0.2.11"}, {"id": SwitchId("sw2")}):
        elsewhere = one(reports_from_accounting(accounting(*LEG, stop), replace(switch(), **change), NOW_MS))
        assert isinstance(elsewhere, CallReport)
        assert (leg_identity(elsewhere, CISCO) in ids) is ("address" in change)
    assert ids == {leg_identity(report(stop), CISCO)}


def target(position: int, user: str = "777#254711000002") -> Target:
    return Target(TrunkId("v1"), f"198.51.100.{position}", 5060, user, f"v1.{position}")


def accepted(targets: list[Target], recipe: Recipe = CISCO) -> Values:
    return Values(access_accept_attributes(recipe, CallKey(b"k" * 16), 600, targets))


def test_an_accept_carries_the_time_twice_the_routes_in_order_and_the_key() -> None:
    attributes = access_accept_attributes(CISCO, CallKey(b"k" * 16), 600, [target(1), target(2)])
    values = Values(attributes)
    assert (values.text("h323-return-code"), values.text("h323-credit-time")) == ("0", "600")
    assert (values.integer("Session-Timeout"), values.text("Class")) == (600, (b"k" * 16).hex())
    assert [one.value.decode() for one in attributes if one[:2] == (9, 1)] == [
        "h323-ivr-in=Routing:777#254711000002@198.51.100.1:5060;sbm=v1.1",
        "h323-ivr-in=Routing:777#254711000002@198.51.100.2:5060;sbm=v1.2",
    ]
    assert values.integer("Acct-Interim-Interval") is None
    paced = replace(CISCO, sends_interims=True, interim_s=600)
    assert accepted([], paced).integer("Acct-Interim-Interval") == 600


def test_values_repeat_their_names_unless_the_switch_does_not_want_it() -> None:
    for repeat, expected in ((True, b"h323-credit-time=600"), (False, b"600")):
        recipe = replace(CISCO, repeat_names=repeat)
        attributes = access_accept_attributes(recipe, CallKey(b"k" * 16), 600, [])
        assert [one.value for one in attributes if one[:2] == (9, 102)] == [expected]


def test_an_accept_of_many_routes_stays_within_one_unfragmented_packet() -> None:
    attributes = access_accept_attributes(CISCO, CallKey(b"k" * 16), 600, [target(at) for at in range(100)])
    reply = encode_reply(access(("User-Name", "a")), Code.ACCESS_ACCEPT, attributes, SECRET)
    routes = [one for one in decode(reply).attributes if one[:2] == (9, 1)]
    assert len(reply) <= 1400
    assert 10 <= len(routes) <= 20


def test_every_cause_has_a_reject_with_its_return_code() -> None:
    for cause in Cause:
        values = Values(access_reject_attributes(CISCO, cause))
        assert values.integer("h323-return-code") not in (None, 0)
        assert values.text("Reply-Message") == cause.value


@pytest.mark.skipif(not DETAIL.exists(), reason="the shared sample files are not beside this checkout")
def test_the_sample_of_a_gatekeeper_gives_one_call_of_nine_seconds_and_one_start() -> None:
    gatekeeper = switch(replace(GNUGK, zone="Europe/Kyiv"))
    packets = [
        decode(encode_request(Code.ACCOUNTING_REQUEST, 1, attributes, SECRET))
        for attributes in records(DETAIL.read_text())
    ]
    start, stop = (one(reports_from_accounting(packet, gatekeeper, NOW_MS)) for packet in packets)
    assert isinstance(start, CallReport)
    assert isinstance(stop, CallReport)
    assert (start.kind, start.connect_ms, start.duration_ms) == (ReportKind.START, None, None)
    assert (stop.kind, stop.side, stop.duration_ms, stop.cause) == (ReportKind.STOP, Side.CLIENT, 9_000, 16)
    assert (stop.caller, stop.called, stop.remote) == ("600", "101", "192.168.101.23")
    assert stop.connect_ms == 1_134_142_494_000  # 17:34:54 EET = 15:34:54 UTC, 9 December 2005
    assert stop.call_id == b"513f6c41 96f41810 862e0001 6cc7cc03"
    assert leg_identity(start, GNUGK) != leg_identity(stop, GNUGK)


CISCO_NAMES = "conf-id call-origin setup-time connect-time disconnect-time disconnect-cause remote-address".split()
OTHER_NAMES = ("Acct-Session-Id", "NAS-Identifier", "=call-id", "=sbm", "=alert-timepoint", "=cseq")
NAMES = st.sampled_from([*OTHER_NAMES, *(f"h323-{name}" for name in CISCO_NAMES)])
TEXTS = st.sampled_from(
    ["answer", "originate", "12:00:00 UTC Sat Nov 01 2025", "1:2:3", "[", "10", "F" * 40]
) | st.text(max_size=20)


@given(
    st.lists(st.tuples(NAMES, TEXTS), max_size=14),
    st.sampled_from([1, 2, 3, 7, 15, 99]),
    st.sampled_from(sorted(RECIPES)),
    st.binary(max_size=8),
)
@settings(max_examples=200)
def test_no_accounting_raises_anything_but_a_wire_error(
    named: list[tuple[str, str]], status: int, recipe: str, odd: bytes
) -> None:
    packet = accounting(
        ("Acct-Status-Type", status), *named, extra=[Attribute(0, 46, odd), Attribute(0, 4, odd), Attribute(9, 1, odd)]
    )

    def read() -> tuple[CallReport, ...] | OnOff | WireError:
        try:
            return reports_from_accounting(packet, switch(RECIPES[recipe]), NOW_MS)
        except WireError as error:
            return error

    assert isinstance(read(), tuple | OnOff | WireError)
