"""Kamailio as the switch: it asks by INVITE, follows the 302 from Contact to Contact, and accounts over RADIUS."""

import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from actors.tls import own_certificate
from domain.settings import host_port
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running
from tests.live.waiting import until
from tests.peers.conftest import program
from tests.peers.far_end import far_end_at, far_ends
from tests.peers.kamailio import PORT, kamailio
from tests.peers.namespace import INSIDE, OUTSIDE, namespace, port_53

pytestmark = [pytest.mark.live, pytest.mark.peers]

ENTRY = switch_of("kam", "127.0.48.1", "kamailio")
CALLER, ENUM_SWITCH = "127.0.48.9", "127.0.48.2"
DEAD, LIVE = "127.0.45.1", "127.0.45.2"
NUMBER = "254791000001"
CALL = Path(__file__).parent / "scenarios" / "call.xml"
UNANSWERED = Path(__file__).parent / "scenarios" / "unanswered.xml"


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    program("kamailio", "kamailio kamailio-radius-modules kamailio-tls-modules kamailio-extra-modules")


@pytest.fixture(scope="module")
def market(switchboard: Running) -> Running:
    """A client behind Kamailio, and two vendors of whom the first, cheaper one refuses every call."""
    enter_vendor(switchboard, "kam-dead", DEAD, Price("254791", "0.0720"))
    enter_vendor(switchboard, "kam-live", LIVE, Price("254791", "0.0780"))
    enter_client(switchboard, ENTRY, Price("254791", "0.1050"), "--credit-limit", "1000")
    return switchboard


def call(
    sipp: str, folder: Path, called: str = NUMBER, to: str = ENTRY.address, source: str = CALLER, way: Path = CALL
) -> None:
    """Let SIPp call through Kamailio, as a scenario says: answered, two seconds of talk, hung up."""
    errors = folder / "call.errors"
    command = [
        sipp, f"{to}:{PORT}", "-sf", str(way), "-i", source, "-p", "5060", "-s", called, "-m", "1", "-nostdin",
        "-timeout", "20s", "-trace_err", "-error_file", str(errors),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, cwd=folder, check=False)
    assert done.returncode == 0, errors.read_text() if errors.exists() else done.stdout[-2000:]


def ended_legs(board: Running, count: int) -> list[dict[str, Any]]:
    """Return the legs of the client's last calls when so many have ended."""

    def look() -> list[dict[str, Any]]:
        legs = [*board.told("cdrs", "list", "--partner", "kam")["legs"]]
        legs += board.told("cdrs", "list", "--partner", "kam-live")["legs"]
        ended = [leg for leg in legs if leg["state"] == "closed"]
        return ended if len(ended) >= count else []

    return until(look, f"{count} legs have ended", 20)


def test_the_second_contact_takes_the_call_and_both_sides_are_charged_once(
    market: Running, sipp: str, tmp_path: Path
) -> None:
    host, port = market.node.sip
    accounting = market.node.radius_acct
    ends = far_ends(a127_0_45_1=503, a127_0_45_2=200)
    with ends as vendors, kamailio(tmp_path, ENTRY.address, f"sip:{host}:{port}", accounting, ENTRY.secret):
        call(sipp, tmp_path)
        legs = {leg["side"]: leg for leg in ended_legs(market, 2)}
    assert len(vendors[DEAD].invited) == len(vendors[LIVE].invited) == 1
    assert "sbm=kam-live-out.2" in vendors[LIVE].invited[0]
    client, vendor = legs["client"], legs["vendor"]
    assert (client["b"], vendor["b"], vendor["trunk"]) == (NUMBER, NUMBER, "kam-live-out")
    assert client["billed_s"] == vendor["billed_s"] and 2 <= client["billed_s"] <= 4
    sold = Decimal("0.1050") * client["billed_s"] / 60
    assert Decimal(client["charge"]["amount"]) == sold
    assert market.told("partners", "show", "kam")["open_calls"] == 0
    parked = market.told("cdrs", "parked")["records"]
    assert not [record for record in parked if "kam-sw" in record["record" if "record" in record else "raw"]]


def test_a_call_that_every_vendor_refuses_leaves_nothing_held_when_the_last_has_refused(
    market: Running, sipp: str, tmp_path: Path
) -> None:
    host, port = market.node.sip
    before = {leg["leg_id"] for leg in market.told("cdrs", "list")["legs"]}
    ends = far_ends(a127_0_45_1=503, a127_0_45_2=486)
    with ends, kamailio(tmp_path, ENTRY.address, f"sip:{host}:{port}", market.node.radius_acct, ENTRY.secret):
        call(sipp, tmp_path, way=UNANSWERED)

        def released() -> bool:
            return bool(market.told("partners", "show", "kam")["open_calls"] == 0)

        until(released, "the hold is released", 5)
        made = until(
            lambda: [leg for leg in market.told("cdrs", "list")["legs"] if leg["leg_id"] not in before], "legs", 5
        )
    said = sorted((leg["side"], leg["partner"], leg["cause"]) for leg in made)
    assert said == [("client", "kam", 17), ("vendor", "kam-dead", 41), ("vendor", "kam-live", 17)]


def test_it_asks_over_tls(market: Running, sipp: str, tmp_path: Path) -> None:
    host, port = host_port(market.supervisor.home.settings.node[0].sip_tls)
    certificate, key = own_certificate(tmp_path)
    (tmp_path / "certificate.pem").write_bytes(Path(certificate).read_bytes())
    (tmp_path / "key.pem").write_bytes(Path(key).read_bytes())
    ask = f"sip:{host}:{port};transport=tls"
    before = len(market.told("cdrs", "list", "--partner", "kam")["legs"])
    ends = far_ends(a127_0_45_1=503, a127_0_45_2=200)
    with ends, kamailio(tmp_path, ENTRY.address, ask, market.node.radius_acct, ENTRY.secret, tls=True):
        call(sipp, tmp_path)
    until(lambda: len(market.told("cdrs", "list", "--partner", "kam")["legs"]) > before, "the call is recorded", 20)


def test_its_enum_module_takes_the_vendors_in_order(market: Running, sipp: str, tmp_path: Path) -> None:
    market.sb("switches", "add", "kam-enum", "--address", ENUM_SWITCH, "--recipe", "enum")
    market.sb("trunks", "add", "kam-enum-in", "--partner", "kam", "--direction", "in", "--switch", "kam-enum")
    door = host_port(market.supervisor.home.settings.node[0].enum)
    accounting = market.node.radius_acct
    with namespace("swbenum") as inside, port_53(door, ENUM_SWITCH) as asked:
        # the vendors' addresses are this machine's loopback, which a namespace does not see
        market.sb("trunks", "set", "kam-live-out", f"host={OUTSIDE}", "port=5062")
        market.sb("trunks", "set", "kam-dead-out", "enabled=false")
        try:
            ends = far_end_at(OUTSIDE, 5062)
            with ends as vendor, kamailio(tmp_path, INSIDE, "sip:nobody", accounting, ENTRY.secret, run=inside):
                call(sipp, tmp_path, called=f"e+{NUMBER}", to=INSIDE, source=OUTSIDE)
        finally:
            market.sb("trunks", "set", "kam-live-out", f"host={LIVE}", "port=5060")
            market.sb("trunks", "set", "kam-dead-out", "enabled=true")
    assert asked, "the resolver asked our door"
    assert vendor.invited and vendor.invited[0].startswith(f"sip:{NUMBER}@{OUTSIDE}:5062")
