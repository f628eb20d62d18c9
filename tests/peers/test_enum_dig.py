"""dig asks as an ENUM client does, over UDP and TCP; monitoring asks for the zone."""

import re
import subprocess

import pytest

from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running
from tests.peers.conftest import program

pytestmark = [pytest.mark.live, pytest.mark.peers]

ENTRY = switch_of("digger", "127.0.38.1", "enum")
STRANGER = "127.0.38.9"
NUMBER = "254781000001"
NAPTR = re.compile(r'^(\S+)\s+(\d+)\s+IN\s+NAPTR\s+(\d+) (\d+) "(\w*)" "([^"]*)" "([^"]*)" (\S+)$', re.MULTILINE)


@pytest.fixture(scope="session")
def dig() -> str:
    return program("dig", "bind9-dnsutils")


@pytest.fixture(scope="module")
def market(switchboard: Running) -> Running:
    """A client that is dig, and three vendors, of which one has a tech prefix."""
    for at, (vendor, price) in enumerate((("dig-a", "0.0720"), ("dig-b", "0.0780"), ("dig-c", "0.0790")), 1):
        enter_vendor(switchboard, vendor, f"127.0.43.{at}", Price("254781", price))
    enter_client(switchboard, ENTRY, Price("254781", "0.10"), "--credit-limit", "100")
    return switchboard


def name_of(number: str, apex: str = "e164.arpa") -> str:
    return ".".join(reversed(number)) + f".{apex}"


def ask(dig: str, board: Running, name: str, *more: str, kind: str = "NAPTR", source: str = "") -> str:
    """Ask once; return all that dig prints."""
    host, port = board.node.enum
    command = [
        dig, f"@{host}", "-p", str(port), "-b", source or ENTRY.address, "+tries=1", "+time=3", "+nocookie", *more,
        name, kind,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout


def records(told: str) -> list[tuple[str, ...]]:
    return NAPTR.findall(told)


def header(told: str) -> tuple[str, set[str]]:
    """The status and the flags that dig shows."""
    status = re.search(r"status: (\w+)", told)
    flags = re.search(r"flags: ([a-z ]*);", told)
    assert status and flags, told
    return status[1], set(flags[1].split())


@pytest.mark.parametrize("way", ["+notcp", "+tcp"])
def test_dig_gets_a_record_for_each_vendor_the_cheapest_first(market: Running, dig: str, way: str) -> None:
    told = ask(dig, market, name_of(NUMBER), way)
    assert header(told) == ("NOERROR", {"qr", "aa", "rd"})
    found = records(told)
    assert [one[:6] for one in found] == [
        (name_of(NUMBER) + ".", "0", "100", preference, "u", "E2U+sip") for preference in ("10", "20", "30")
    ]
    assert [one[6] for one in found] == [
        f"!^.*$!sip:{NUMBER}@127.0.43.{at}:5060;sbm=dig-{vendor}-out.{at}!"
        for at, vendor in ((1, "a"), (2, "b"), (3, "c"))
    ]
    assert {one[7] for one in found} == {"."}


def test_a_vendor_with_an_enum_server_of_its_own_is_a_name_there_at_its_place_in_the_list(
    market: Running, dig: str
) -> None:
    refused = market.tried("trunks", "set", "dig-b-out", "enum_zone=x.e164.arpa")
    assert refused.exit_code == 1 and "enum_zone x.e164.arpa is our own" in refused.output
    market.sb("trunks", "set", "dig-b-out", "enum_zone=e164.dig-b.example", "rules.tech_prefix=777")
    assert market.told("trunks", "show", "dig-b-out")["fields"]["enum_zone"] == "e164.dig-b.example"
    try:
        found = records(ask(dig, market, name_of(NUMBER)))
        assert [(*one[2:4], one[4], one[5]) for one in found] == [
            ("100", "10", "u", "E2U+sip"), ("100", "20", "", ""), ("100", "30", "u", "E2U+sip"),
        ]  # fmt: skip
        assert [one[7] for one in found] == [".", name_of("777" + NUMBER, "e164.dig-b.example."), "."]
        assert found[1][6] == ""
    finally:
        market.sb("trunks", "set", "dig-b-out", "enum_zone=", "rules.tech_prefix=")


def test_recursion_desired_and_sizes_are_echoed_or_kept(market: Running, dig: str) -> None:
    assert header(ask(dig, market, name_of(NUMBER), "+norecurse"))[1] == {"qr", "aa"}
    assert "udp: 1232" in ask(dig, market, name_of(NUMBER), "+bufsize=4096")
    small = ask(dig, market, name_of(NUMBER), "+bufsize=512")
    assert len(records(small)) == 3
    plain = ask(dig, market, name_of(NUMBER), "+noedns")
    assert "OPT PSEUDOSECTION" not in plain and len(records(plain)) == 3
    assert "flags: do" in ask(dig, market, name_of(NUMBER), "+dnssec")


def test_mixed_case_is_answered_in_the_same_letters(market: Running, dig: str) -> None:
    name = name_of(NUMBER, "E164.aRPa")
    told = ask(dig, market, name)
    assert {one[0] for one in records(told)} == {name + "."} and len(records(told)) == 3


def test_the_source_uri_in_edns_and_unknown_options_do_no_harm(market: Running, dig: str) -> None:
    uri = b"sip:+254722000001@digger.example".hex()
    for options in (
        (f"+ednsopt=4:{uri}",),
        ("+ednsopt=10:0102030405060708", f"+ednsopt=65001:{uri}"),
        ("+ednsopt=4:00",),
    ):
        assert len(records(ask(dig, market, name_of(NUMBER), *options))) == 3
    assert header(ask(dig, market, name_of(NUMBER), "+edns=1", "+noednsnegotiation"))[0] == "BADVERS"


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        (name_of("12125550100"), "NAPTR", "NXDOMAIN"),
        (name_of("2547"), "NAPTR", "NOERROR"),
        (name_of(NUMBER), "A", "NOERROR"),
        (name_of("1234567890123456"), "NAPTR", "NXDOMAIN"),
        ("x." + name_of(NUMBER), "NAPTR", "NXDOMAIN"),
    ],
)
def test_a_no_has_the_soa_that_says_how_long_it_may_be_kept(
    market: Running, dig: str, name: str, kind: str, status: str
) -> None:
    told = ask(dig, market, name, kind=kind)
    assert header(told)[0] == status and not records(told)
    assert re.search(r"^e164\.arpa\.\s+0\s+IN\s+SOA\s+ns\.switchboard\.invalid\. .* 0$", told, re.MULTILINE), told


def test_monitoring_finds_the_zone_and_nobody_another(market: Running, dig: str) -> None:
    assert "ANSWER: 1" in ask(dig, market, "e164.arpa", kind="SOA")
    assert "ns.switchboard.invalid." in ask(dig, market, "e164.arpa", "+short", kind="NS")
    assert header(ask(dig, market, "example.com", kind="A"))[0] == "REFUSED"
    assert header(ask(dig, market, name_of(NUMBER), "-c", "CH"))[0] == "REFUSED"


def test_a_stranger_is_refused(market: Running, dig: str) -> None:
    assert header(ask(dig, market, name_of(NUMBER), source=STRANGER))[0] == "REFUSED"


def test_the_decision_is_in_the_words_of_the_recipe_after_a_change(market: Running, dig: str) -> None:
    market.sb("switches", "set", ENTRY.id, "enum_no_route=refused", "enum_plus=true")
    try:
        assert header(ask(dig, market, name_of("12125550100")))[0] == "REFUSED"
        assert f"sip:+{NUMBER}@" in records(ask(dig, market, name_of(NUMBER)))[0][6]
    finally:
        market.sb("switches", "set", ENTRY.id, "enum_no_route=nxdomain", "enum_plus=false")
