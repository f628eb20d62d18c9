"""A record of each make of switch, built as its maker's documents describe it, read by its recipe."""

from collections.abc import Sequence

import pytest

from domain.calls import CallReport, Release, ReportKind, Side
from domain.directory import Recipe, Switch
from domain.ids import SwitchId
from domain.reading import leg_identity, reports_from_accounting
from domain.recipes import RECIPES, recipe_named
from domain.wire.radius_attributes import attribute
from domain.wire.radius_dictionaries import DICTIONARIES
from domain.wire.radius_packet import Attribute, Code, decode, encode_request
from tests.domain.wire.radius_bytes import SECRET, Named

RECEIVED_MS = 1_761_998_500_000  # 2025-11-01 12:01:40 UTC
NOON_MS = 1_761_998_400_000


def attributes(recipe: Recipe, named: Sequence[Named]) -> list[Attribute]:
    dictionary = DICTIONARIES[recipe.dictionary]
    return [attribute(name.lstrip("="), value, dictionary=dictionary) for name, value in named]


def read(make: str, *named: Named, address: str = "192.0.2.10", switch: str = "sw1") -> tuple[CallReport, ...]:
    recipe = recipe_named(make)
    data = encode_request(Code.ACCOUNTING_REQUEST, 9, attributes(recipe, named), SECRET, prove=False)
    reports = reports_from_accounting(decode(data), Switch(SwitchId(switch), address, recipe), RECEIVED_MS)
    assert isinstance(reports, tuple)
    return reports


def one(make: str, *named: Named) -> CallReport:
    [report] = read(make, *named)
    return report


def times(report: CallReport) -> tuple[int | None, int | None, int | None, int | None]:
    """Setup, connect and disconnect as ms after noon, and the duration in ms."""
    after = [None if at is None else at - NOON_MS for at in (report.setup_ms, report.connect_ms, report.disconnect_ms)]
    return (*after, report.duration_ms)  # type: ignore[return-value]  # three and one


H323: tuple[Named, ...] = (
    ("Acct-Status-Type", 2),
    ("Acct-Session-Id", "0000A1F2"),
    ("h323-conf-id", "F3E0A1B2 11D811B9 8001 A"),
    ("h323-setup-time", "11:59:50.000 UTC Sat Nov 1 2025"),
    ("h323-connect-time", "12:00:00.000 UTC Sat Nov 01 2025"),
    ("h323-disconnect-time", "12:01:02.000 UTC Sat Nov 01 2025"),
    ("Acct-Session-Time", 62),
    ("Calling-Station-Id", "254700000001"),
    ("Called-Station-Id", "254711000002"),
)


def test_the_four_legs_of_a_call_over_two_gateways_are_one_of_the_client_and_one_of_the_vendor() -> None:
    legs = [
        read("cisco-pstn", *H323, ("h323-call-origin", origin), ("h323-call-type", kind), switch=gateway, address=at)
        for gateway, at, origin, kind in (
            ("ogw", "192.0.2.10", "answer", "Telephony"),
            ("ogw", "192.0.2.10", "originate", "VoIP"),
            ("tgw", "192.0.2.11", "answer", "VoIP"),
            ("tgw", "192.0.2.11", "originate", "Telephony"),
        )
    ]
    assert [[(leg.switch, leg.side) for leg in its] for its in legs] == [
        [("ogw", Side.CLIENT)], [], [], [("tgw", Side.VENDOR)],
    ]  # fmt: skip
    assert legs[0][0].call_id == legs[3][0].call_id


def test_nextone_has_ciscos_set_with_a_cause_in_hex() -> None:
    leg = one("nextone", *H323, ("h323-call-origin", "originate"), ("h323-disconnect-cause", "1F"))
    assert (leg.side, leg.cause, times(leg)) == (Side.VENDOR, 31, (-10_000, 0, 62_000, 62_000))


ELTEX: tuple[Named, ...] = (
    ("User-Name", "0074832599457"), ("Calling-Station-Id", "0074832599457"), ("Called-Station-Id", "675065"),
    ("Acct-Session-Id", "110003f6 52fa39ed 2830f830 28fd2a93"), ("Event-Timestamp", NOON_MS // 1000 + 40),
    ("=xpgk-src-number-in", "0074832599457"), ("=xpgk-src-number-out", "599457"), ("=xpgk-dst-number-in", "675065"),
    ("=xpgk-dst-number-out", "777675065"), ("=xpgk-route-retries", "1"), ("=h323-remote-id", "TrunkGroup00"),
    ("h323-conf-id", "110003f6 52fa39ed 2830f830 28fd2a93"), ("h323-setup-time", "16:00:00.000 GMT+4 Sat Nov 01 2025"),
    ("h323-call-origin", "originate"), ("h323-call-type", "VoIP"),
    ("h323-connect-time", "16:00:01.000 GMT+4 Sat Nov 01 2025"), ("Acct-Delay-Time", 2),
)  # fmt: skip


@pytest.mark.parametrize("make", ["mera", "eltex"])
def test_mera_and_eltex_name_numbers_and_trunks_in_pairs(make: str) -> None:
    end: tuple[Named, ...] = (
        ("Acct-Status-Type", 2), ("h323-disconnect-time", "16:00:41.000 GMT+4 Sat Nov 01 2025"),
        ("h323-disconnect-cause", "10"), ("=xpgk-local-disconnect-cause", "1"), ("Acct-Session-Time", 40),
    )  # fmt: skip
    start, interim, stop = (
        one(make, *ELTEX, *more) for more in ([("Acct-Status-Type", 1)], [("Acct-Status-Type", 3)], end)
    )
    assert len({leg_identity(leg, recipe_named(make)) for leg in (start, interim, stop)}) == 1
    assert (stop.side, stop.caller, stop.called, stop.trunk_hint) == (
        Side.VENDOR, "599457", "777675065", "TrunkGroup00",
    )  # fmt: skip
    assert (times(stop), stop.cause) == ((0, 1_000, 41_000, 40_000), 16)
    assert (start.connect_ms, interim.duration_ms) == (NOON_MS + 1_000, 39_000)


def test_eltex_pairs_of_its_own_vendor_number_are_read() -> None:
    packet = decode(
        encode_request(
            Code.ACCOUNTING_REQUEST,
            9,
            [
                *attributes(recipe_named("eltex"), [*ELTEX[:6], *ELTEX[11:16], ("Acct-Status-Type", 1)]),
                Attribute(35265, 1, b"xpgk-src-number-out=42"),
            ],
            SECRET,
            prove=False,
        )
    )
    reports = reports_from_accounting(packet, Switch(SwitchId("smg"), "192.0.2.9", recipe_named("eltex")), RECEIVED_MS)
    assert isinstance(reports, tuple)
    assert reports[0].caller == "42"


def test_quintum_uses_ciscos_numbers_as_its_own_and_decimal_causes() -> None:
    named = (*H323, ("h323-call-origin", "answer"), ("h323-disconnect-cause", "17"), ("Trunkid-In", "7"))
    recipe = recipe_named("quintum")
    assert {one.vendor for one in attributes(recipe, named)} == {0, 6618}
    leg = one("quintum", *named)
    assert (leg.cause, leg.trunk_hint, times(leg)) == (17, "7", (-10_000, 0, 62_000, 62_000))


def test_audiocodes_has_decimal_causes_with_their_hex_and_numbers_as_uris() -> None:
    named = (
        ("Acct-Status-Type", 2), ("Acct-Session-Id", "1"), ("Acct-Session-Time", 1), ("sip-call-id", "cid-7@host"),
        ("Called-Station-Id", "sip:201@192.0.2.1"), ("Calling-Station-Id", "202"),
        ("h323-disconnect-cause", "22 (0x16)"), ("h323-call-origin", "Originate"),
        ("h323-remote-address", "198.51.100.7"),
    )  # fmt: skip
    leg = one("audiocodes", *named)
    assert (leg.side, leg.cause, leg.called, leg.call_id) == (Side.VENDOR, 22, "201", b"cid-7@host")
    assert (leg.remote, leg.duration_ms) == ("198.51.100.7", 1_000)


def test_gnugk_writes_one_record_of_the_client() -> None:
    leg = one("gnugk", *H323, ("h323-call-origin", "proxy"), ("h323-disconnect-cause", "10"))
    assert (leg.side, leg.cause) == (Side.CLIENT, 16)


ASTERISK: tuple[Named, ...] = (
    ("Acct-Status-Type", 2), ("Acct-Session-Id", "1761998390.7"), ("User-Name", "SIP/orbita-0000001e"),
    ("Asterisk-Unique-ID", "1761998390.7"), ("Asterisk-Src", "12025550100"), ("Asterisk-Dst", "447911123456"),
    ("Asterisk-Chan", "SIP/orbita-0000001e"), ("Asterisk-Start-Time", "2025-11-01 11:59:50 +0000"),
    ("Asterisk-End-Time", "2025-11-01 12:01:02 +0000"), ("Asterisk-Duration", 72),
)  # fmt: skip


def test_asterisk_names_both_legs_by_their_channels() -> None:
    client, vendor = read(
        "asterisk",
        *ASTERISK,
        ("Asterisk-Dst-Chan", "PJSIP/kestrel-out-0000001f"),
        ("Asterisk-Answer-Time", "2025-11-01 14:00:00 +0200"),
        ("Asterisk-Bill-Sec", 62),
        ("Asterisk-Disposition", "ANSWERED"),
    )
    assert (client.trunk_hint, vendor.trunk_hint) == ("orbita", "kestrel-out")
    assert (client.side, vendor.side, client.caller, vendor.called) == (
        Side.CLIENT, Side.VENDOR, "12025550100", "447911123456",
    )  # fmt: skip
    for leg in (client, vendor):
        assert (times(leg), leg.cause) == ((-10_000, 0, 62_000, 62_000), 16)
    assert leg_identity(client, RECIPES["asterisk"]) != leg_identity(vendor, RECIPES["asterisk"])


def test_an_asterisk_call_that_reached_nobody_is_the_clients_alone() -> None:
    leg = one("asterisk", *ASTERISK, ("Asterisk-Bill-Sec", 0), ("Asterisk-Disposition", "NO ANSWER"))
    assert (leg.side, leg.connect_ms, leg.duration_ms, leg.cause) == (Side.CLIENT, None, 0, 19)


def test_freeswitch_has_dates_to_the_microsecond_and_a_numeric_cause() -> None:
    leg = one(
        "freeswitch",
        ("Acct-Status-Type", 2), ("Acct-Session-Id", "7d0b-uuid"), ("User-Name", "orbita"),
        ("Freeswitch-Src", "12025550100"), ("Freeswitch-Dst", "447911123456"), ("Framed-IP-Address", "198.51.100.9"),
        ("Freeswitch-Callstartdate", "2025-11-01T15:59:50.250000+0400"),
        ("Freeswitch-Callanswerdate", "2025-11-01T16:00:00.000000+0400"),
        ("Freeswitch-Callenddate", "2025-11-01T16:01:02.900000+0400"), ("Freeswitch-Hangupcause", 16),
        ("Acct-Session-Time", 62),
    )  # fmt: skip
    assert (leg.side, leg.remote, leg.cause, leg.called) == (Side.CLIENT, "198.51.100.9", 16, "447911123456")
    assert times(leg) == (-9_750, 0, 62_900, 62_000)


OPENSIPS: tuple[Named, ...] = (
    ("Acct-Session-Id", "cid-1"), ("Sip-From-Tag", "f"), ("Sip-To-Tag", "t"), ("Sip-Response-Code", 200),
    ("Calling-Station-Id", "12025550100"), ("Called-Station-Id", "447911123456"),
    ("Sip-Translated-Request-URI", "sip:777447911123456@198.51.100.7:5070;sbm=kestrel-out.0"),
)  # fmt: skip


def test_opensips_in_cdr_mode_says_all_of_a_call_in_one_stop() -> None:
    client, vendor = read(
        "opensips-cdr",
        *OPENSIPS,
        ("Acct-Status-Type", 2),
        ("Sip-Call-Created", NOON_MS // 1000 - 10),
        ("Sip-Call-Setuptime", 10),
        ("Sip-Call-Duration", 62),
        ("Sip-Call-MSDuration", 61_700),
    )
    for leg in (client, vendor):
        assert (times(leg), leg.cause) == ((-10_000, 0, 61_700, 61_700), 16)
    assert (vendor.mark, vendor.remote, vendor.remote_port, vendor.called) == (
        "kestrel-out.0", "198.51.100.7", 5070, "777447911123456",
    )  # fmt: skip


@pytest.mark.parametrize("make", ["opensips", "kamailio"])
def test_proxies_say_in_a_bye_when_the_call_ended_and_nothing_else(make: str) -> None:
    method = 8 if make == "kamailio" else "BYE"
    client, vendor = read(
        make, *OPENSIPS, ("Sip-Method", method), ("Acct-Status-Type", 2), ("Event-Timestamp", NOON_MS // 1000)
    )
    assert times(client) == times(vendor) == (None, None, 0, None)
    assert (client.cause, client.release) == (16, Release.UNKNOWN)


@pytest.mark.parametrize(("code", "cause"), [(486, 17), (404, 1), (503, 41), (408, 102), (499, 31)])
def test_a_proxys_failures_are_causes_of_the_vendor_who_was_asked(code: int, cause: int) -> None:
    named = [one for one in OPENSIPS if one[0] != "Sip-Response-Code"]
    leg = one("kamailio", *named, ("Sip-Response-Code", code), ("Acct-Status-Type", 15))
    assert (leg.kind, leg.side, leg.cause, leg.mark) == (ReportKind.ATTEMPT, Side.VENDOR, cause, "kestrel-out.0")


@pytest.mark.parametrize(("code", "cause"), [(487, 16), (600, 17), (603, 21), (699, 31)])
def test_a_failure_after_which_no_other_vendor_is_asked_is_the_clients_too(code: int, cause: int) -> None:
    named = [one for one in OPENSIPS if one[0] != "Sip-Response-Code"]
    legs = read("kamailio", *named, ("Sip-Response-Code", code), ("Acct-Status-Type", 15))
    assert [(leg.kind, leg.side, leg.cause) for leg in legs] == [
        (ReportKind.ATTEMPT, Side.CLIENT, cause),
        (ReportKind.ATTEMPT, Side.VENDOR, cause),
    ]


def test_the_failure_that_its_switch_marks_as_the_last_is_the_clients_too_and_no_second_leg_of_its_vendor() -> None:
    named = [one for one in OPENSIPS if one[0] != "Sip-Response-Code"]
    missed = [*named, ("Sip-Response-Code", 486), ("Acct-Status-Type", 15)]
    [attempt] = read("kamailio", *missed)
    client, vendor = read("kamailio", *missed, ("Acct-Terminate-Cause", 15))
    assert (client.side, vendor.side) == (Side.CLIENT, Side.VENDOR)
    assert leg_identity(vendor, RECIPES["kamailio"]) == leg_identity(attempt, RECIPES["kamailio"])


@pytest.mark.parametrize("code", [302, 300, 401, 407])
def test_a_redirect_or_a_challenge_is_no_attempt(code: int) -> None:
    named = [one for one in OPENSIPS if one[0] != "Sip-Response-Code"]
    assert read("kamailio", *named, ("Sip-Response-Code", code), ("Acct-Status-Type", 15)) == ()


def test_two_vendors_who_failed_and_the_one_who_answered_are_legs_of_their_own() -> None:
    named = [one for one in OPENSIPS if one[0] not in ("Sip-Response-Code", "Sip-Translated-Request-URI")]
    uri = "Sip-Translated-Request-URI"
    legs = [
        *read("kamailio", *named, (uri, "sip:4@a;sbm=a.0"), ("Sip-Response-Code", 503), ("Acct-Status-Type", 15)),
        *read("kamailio", *named, (uri, "sip:4@a;sbm=a.1"), ("Sip-Response-Code", 503), ("Acct-Status-Type", 15)),
        *read("kamailio", *named, (uri, "sip:4@b;sbm=b.2"), ("Sip-Response-Code", 200), ("Acct-Status-Type", 1)),
    ]
    assert len({leg_identity(leg, RECIPES["kamailio"]) for leg in legs}) == 4
