from dataclasses import replace

import pytest

from domain.calls import CallReport, Release, ReportKind, Side
from domain.directory import Switch
from domain.errors import NotFoundError
from domain.ids import SwitchId
from domain.reading import leg_identity, reports_from_accounting, setup_from_access
from domain.reading_sip import setup_from_invite
from domain.recipes import RECIPES, recipe_named
from domain.wire.sip_message import SipRequest, parse
from tests.domain.wire.radius_bytes import Named, access, accounting
from tests.domain.wire.sip_bytes import request_bytes

RECEIVED_MS = 1_761_998_500_000  # 2025-11-01 12:01:40 UTC


def switch(recipe: str) -> Switch:
    return Switch(SwitchId("sw1"), "192.0.2.10", recipe_named(recipe))


def report(recipe: str, *named: Named) -> CallReport:
    reports = reports_from_accounting(accounting(("NAS-IP-Address", "192.0.2.10"), *named), switch(recipe), RECEIVED_MS)
    assert isinstance(reports, tuple)
    [value] = reports
    return value


CISCO_STOP: tuple[Named, ...] = (
    ("Acct-Status-Type", 2),
    ("Acct-Session-Id", "0000A1F2"),
    ("h323-conf-id", "F3E0A1B2 11D811B9 8001 A"),
    ("h323-setup-time", "*11:59:50.120 UTC Sat Nov 1 2025"),
    ("h323-connect-time", "12:00:00.000 UTC Sat Nov 01 2025"),
    ("h323-disconnect-time", "12:01:02.400 UTC Sat Nov 01 2025"),
    ("Acct-Session-Time", 62),
    ("Calling-Station-Id", "254700000001"),
    ("Called-Station-Id", "254711000002"),
)


def test_a_cisco_gateway_reports_a_leg_each_way_of_one_call() -> None:
    answer = report(
        "cisco",
        *CISCO_STOP,
        ("h323-call-origin", "answer"),
        ("h323-disconnect-cause", "10"),
        ("release-source", "2"),
        ("=in-trunkgroup-label", "orbita-in"),
    )
    originate = report(
        "cisco",
        *CISCO_STOP,
        ("h323-call-origin", "originate"),
        ("h323-disconnect-cause", "1F"),
        ("h323-remote-address", "198.51.100.7:5070"),
        ("=out-trunkgroup-label", "nordlink-out"),
    )
    assert answer.call_id == originate.call_id == b"f3e0a1b2 11d811b9 00008001 0000000a"
    assert (answer.side, answer.cause, answer.release) == (Side.CLIENT, 16, Release.CALLER)
    assert (originate.side, originate.cause, originate.remote, originate.remote_port) == (
        Side.VENDOR,
        31,
        "198.51.100.7",
        5070,
    )
    assert (answer.trunk_hint, originate.trunk_hint) == ("orbita-in", "nordlink-out")
    assert (answer.setup_ms, answer.connect_ms, answer.disconnect_ms, answer.duration_ms) == (
        1_761_998_390_120,
        1_761_998_400_000,
        1_761_998_462_400,
        62_000,
    )
    assert leg_identity(answer, RECIPES["cisco"]) != leg_identity(originate, RECIPES["cisco"])


def test_a_cisco_session_id_that_comes_again_after_a_reboot_is_another_leg_by_its_setup_time() -> None:
    origin: Named = ("h323-call-origin", "answer")
    first = report("cisco", *CISCO_STOP, origin)
    others = [named for named in CISCO_STOP if named[0] != "h323-setup-time"]
    later = report("cisco", *others, origin, ("h323-setup-time", "11:59:51.120 UTC Sat Nov 1 2025"))
    assert leg_identity(first, RECIPES["cisco"]) != leg_identity(later, RECIPES["cisco"])


def test_start_interim_and_stop_of_a_leg_share_its_id() -> None:
    same: tuple[Named, ...] = (*CISCO_STOP[1:4], ("h323-call-origin", "answer"))
    reports = [
        report("cisco", ("Acct-Status-Type", status), ("Acct-Delay-Time", status), *same) for status in (1, 3, 2)
    ]
    assert [one.kind for one in reports] == [ReportKind.START, ReportKind.INTERIM, ReportKind.STOP]
    assert len({leg_identity(one, RECIPES["cisco"]) for one in reports}) == 1


def test_a_call_asked_over_sip_and_reported_over_radius_is_one_call() -> None:
    invite = parse(request_bytes(call_id="a84b4c76e66710@pc33.example", cseq=3))
    assert isinstance(invite, SipRequest)
    asked = setup_from_invite(invite, switch("sip302"), RECEIVED_MS)
    told = report(
        "sip302",
        ("Acct-Status-Type", 2),
        ("Acct-Session-Id", "77"),
        ("=call-id", "a84b4c76e66710@pc33.example"),
        ("=cseq", "3"),
        ("h323-call-origin", "originate"),
        ("h323-disconnect-cause", "17"),
        ("=sbm", "bluewire-1.0"),
    )
    assert (asked.switch, asked.call_id, asked.attempt) == (told.switch, told.call_id, told.attempt)
    assert (told.side, told.mark, told.cause) == (Side.VENDOR, "bluewire-1.0", 17)
    assert (told.connect_ms, told.duration_ms) == (None, None)


def test_the_attempts_of_a_redirected_call_are_legs_of_their_own_by_their_marks() -> None:
    same: tuple[Named, ...] = (("Acct-Status-Type", 2), ("Acct-Session-Id", "77"), ("=call-id", "c"))
    legs = [report("sip302", *same, ("=sbm", mark)) for mark in ("bluewire-1.0", "kestrel-1.1")]
    assert len({leg_identity(one, RECIPES["sip302"]) for one in legs}) == 2


def test_a_redirected_call_is_answered_at_its_start() -> None:
    started = report(
        "sip302",
        ("Acct-Status-Type", 1),
        ("Acct-Session-Id", "77"),
        ("=call-id", "c"),
        ("h323-call-origin", "answer"),
        ("Event-Timestamp", 1_761_998_400),
    )
    assert (started.kind, started.connect_ms, started.duration_ms) == (ReportKind.START, 1_761_998_400_000, None)


def test_a_sippy_attempt_that_failed_was_not_answered_although_it_has_a_connect_time() -> None:
    failed = report(
        "sippy",
        ("Acct-Status-Type", 2),
        ("Acct-Session-Id", "cid-9"),
        ("h323-call-origin", "originate"),
        ("h323-setup-time", "12:00:00.000 GMT Sat Nov 01 2025"),
        ("h323-connect-time", "12:00:05.000 GMT Sat Nov 01 2025"),
        ("h323-disconnect-time", "12:00:05.000 GMT Sat Nov 01 2025"),
        ("Acct-Session-Time", 0),
        ("Acct-Delay-Time", 1_761_998_402),
        ("h323-disconnect-cause", "11"),
        ("h323-remote-address", "198.51.100.7"),
    )
    assert (failed.call_id, failed.connect_ms, failed.duration_ms, failed.cause) == (b"cid-9", None, 0, 17)
    assert failed.alert_ms == 1_761_998_402_000
    assert failed.disconnect_ms == 1_761_998_405_000


def test_sippy_attempts_within_one_second_are_told_apart_by_their_far_end() -> None:
    same: tuple[Named, ...] = (
        ("Acct-Status-Type", 2),
        ("Acct-Session-Id", "cid-9"),
        ("h323-call-origin", "originate"),
        ("h323-setup-time", "12:00:00.000 GMT Sat Nov 01 2025"),
    )
    legs = [report("sippy", *same, ("h323-remote-address", f"198.51.100.{at}")) for at in (7, 8)]
    assert len({leg_identity(one, RECIPES["sippy"]) for one in legs}) == 2


def test_a_sippy_call_is_asked_and_reported_under_one_id() -> None:
    asked = setup_from_access(
        access(("User-Name", "192.0.2.77"), ("=call-id", "cid-9"), ("h323-remote-address", "192.0.2.77")),
        switch("sippy"),
        RECEIVED_MS,
    )
    assert (asked.call_id, asked.source) == (b"cid-9", "192.0.2.77")


def test_plain_legs_differ_by_attempt_alone() -> None:
    first = report("cisco", *CISCO_STOP, ("h323-call-origin", "originate"))
    second = replace(first, attempt=2)
    assert leg_identity(first, RECIPES["plain"]) != leg_identity(second, RECIPES["plain"])
    assert leg_identity(first, RECIPES["cisco"]) == leg_identity(second, RECIPES["cisco"])


def test_a_recipe_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(NotFoundError, match="sip302"):
        recipe_named("nortel")
