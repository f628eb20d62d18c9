"""radclient asks and reports as a gateway does; what it is answered, and what the books have of it."""

import subprocess
import time
from decimal import Decimal
from typing import Any

import pytest

from domain.wire.radius_time import format_time
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running

pytestmark = [pytest.mark.live, pytest.mark.peers]

ENTRY = switch_of("radc", "127.0.37.1", "cisco")
STRANGER = "127.0.37.9"
NUMBER = "254771000001"


@pytest.fixture(scope="module")
def market(switchboard: Running) -> Running:
    """A prepaid client that is radclient, with 1.00, and two vendors."""
    enter_vendor(switchboard, "radc-cheap", "127.0.42.1", Price("254771", "0.0720"))
    enter_vendor(switchboard, "radc-dear", "127.0.42.2", Price("254771", "0.0780"))
    enter_client(switchboard, ENTRY, Price("254771", "0.10"), "--prepaid")
    switchboard.sb("payments", "add", "--partner", "radc", "--amount", "1.00", "--currency", "USD")
    return switchboard


def send(
    radclient: str, board: Running, kind: str, *pairs: tuple[str, str], secret: str = "", source: str = ""
) -> list[tuple[str, str]] | None:
    """Send one request from the switch's address; return the reply, its kind first, or None when there was none."""
    host, port = board.node.radius_acct if kind == "acct" else board.node.radius_auth
    lines = [*pairs, ("Packet-Src-IP-Address", source or ENTRY.address)]
    given = "\n".join(f'{name} = "{value}"' for name, value in lines)
    command = [radclient, "-x", "-r", "1", "-t", "3", f"{host}:{port}", kind, secret or ENTRY.secret]
    done = subprocess.run(command, input=given + "\n", capture_output=True, text=True, timeout=30, check=False)
    _, received, reply = done.stdout.partition("Received ")
    if not received:
        return None
    head, *rest = reply.splitlines()
    attributes = [line.strip().partition(" = ") for line in rest if line.startswith("\t")]
    return [("", head.split()[0]), *((name, value.strip('"')) for name, _, value in attributes)]


def question(conf_id: str, called: str = NUMBER) -> list[tuple[str, str]]:
    """Return an Access-Request of a gateway."""
    return [
        ("User-Name", "254722000001"),
        ("User-Password", "cisco"),
        ("NAS-IP-Address", ENTRY.address),
        ("Calling-Station-Id", "254722000001"),
        ("Called-Station-Id", called),
        ("h323-conf-id", f"h323-conf-id={conf_id}"),
        ("Message-Authenticator", "0x00"),
    ]


def record(
    status: str, origin: str, conf_id: str, end_ms: int, talk_s: int, *more: tuple[str, str]
) -> list[tuple[str, str]]:
    """Return an Accounting-Request about a leg."""
    connect_ms = end_ms - 1000 * talk_s
    pairs = [
        ("Acct-Status-Type", status),
        ("NAS-IP-Address", ENTRY.address),
        ("Acct-Session-Id", f"{conf_id[:8]}-{origin}"),
        ("Calling-Station-Id", "254722000001"),
        ("Called-Station-Id", NUMBER),
        ("h323-conf-id", f"h323-conf-id={conf_id}"),
        ("h323-call-origin", f"h323-call-origin={origin}"),
        ("h323-setup-time", f"h323-setup-time={format_time(connect_ms - 3000)}"),
        ("h323-connect-time", f"h323-connect-time={format_time(connect_ms)}"),
        *more,
    ]
    if status == "Stop":
        pairs += [
            ("h323-disconnect-time", f"h323-disconnect-time={format_time(end_ms)}"),
            ("h323-disconnect-cause", "h323-disconnect-cause=10"),
            ("Acct-Session-Time", str(talk_s)),
        ]
    return pairs


def values(reply: list[tuple[str, str]], name: str) -> list[str]:
    return [value for found, value in reply if found == name]


def legs_of(board: Running, partner: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = board.told("cdrs", "list", "--partner", partner)["legs"]
    return found


def test_a_call_is_accepted_with_routes_and_time_and_charged_once_however_often_it_is_reported(
    market: Running, radclient: str
) -> None:
    conf_id = "0A0B0C0D 11223344 55667788 00000001"
    accepted = send(radclient, market, "auth", *question(conf_id))
    assert accepted is not None and accepted[0] == ("", "Access-Accept"), accepted
    assert values(accepted, "h323-return-code") == ["h323-return-code=0"]
    assert values(accepted, "h323-credit-time") == ["h323-credit-time=600"]
    assert values(accepted, "Session-Timeout") == ["600"]
    routes = values(accepted, "Cisco-AVPair")
    assert routes == [
        f"h323-ivr-in=Routing:{NUMBER}@127.0.42.1:5060;sbm=radc-cheap-out.1",
        f"h323-ivr-in=Routing:{NUMBER}@127.0.42.2:5060;sbm=radc-dear-out.2",
    ]
    end_ms = time.time_ns() // 1_000_000
    far = ("h323-remote-address", "h323-remote-address=127.0.42.1:5060")
    sent = [
        record("Start", "answer", conf_id, end_ms, 120),
        record("Start", "originate", conf_id, end_ms, 120, far),
        record("Stop", "originate", conf_id, end_ms, 120, far),
        record("Stop", "answer", conf_id, end_ms, 120),
        record("Stop", "answer", conf_id, end_ms, 120),
        record("Stop", "originate", conf_id, end_ms, 120, far, ("Acct-Delay-Time", "7")),
        record("Start", "answer", conf_id, end_ms, 120),
    ]
    for pairs in sent:
        assert send(radclient, market, "acct", *pairs) == [("", "Accounting-Response")]
    assert [(leg["billed_s"], leg["charge"]["amount"]) for leg in legs_of(market, "radc")] == [(120, "0.20")]
    assert [(leg["billed_s"], leg["charge"]["amount"]) for leg in legs_of(market, "radc-cheap")] == [(120, "0.144")]
    shown = market.told("partners", "show", "radc")
    assert (Decimal(shown["available"]["amount"]), shown["open_calls"]) == (Decimal("0.80"), 0)


def test_a_refusal_is_a_reject_with_its_return_code_and_its_words(market: Running, radclient: str) -> None:
    rejected = send(radclient, market, "auth", *question("0A0B0C0D 11223344 55667788 00000002", "12125550100"))
    assert rejected is not None and rejected[0] == ("", "Access-Reject")
    assert values(rejected, "h323-return-code") == ["h323-return-code=8"]
    assert values(rejected, "Reply-Message") == ["no-rate"]


@pytest.mark.parametrize(("kind", "answer"), [("auth", "Access-Accept"), ("acct", "Accounting-Response")])
def test_status_server_is_answered_on_both_ports(market: Running, radclient: str, kind: str, answer: str) -> None:
    host, port = market.node.radius_acct if kind == "acct" else market.node.radius_auth
    given = f'Message-Authenticator = 0x00\nPacket-Src-IP-Address = "{ENTRY.address}"\n'
    command = [radclient, "-x", "-r", "1", "-t", "3", f"{host}:{port}", "status", ENTRY.secret]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=30, check=False)
    assert f"Received {answer}" in done.stdout, done.stdout + done.stderr


def test_a_wrong_secret_meets_silence_and_leaves_no_trace(market: Running, radclient: str) -> None:
    conf_id = "0A0B0C0D 11223344 55667788 00000003"
    end_ms = time.time_ns() // 1_000_000
    before = len(legs_of(market, "radc"))
    assert send(radclient, market, "auth", *question(conf_id), secret="wrong") is None
    assert send(radclient, market, "acct", *record("Stop", "answer", conf_id, end_ms, 60), secret="wrong") is None
    assert len(legs_of(market, "radc")) == before


def test_a_stranger_meets_silence(market: Running, radclient: str) -> None:
    conf_id = "0A0B0C0D 11223344 55667788 00000004"
    assert send(radclient, market, "auth", *question(conf_id), source=STRANGER) is None
