"""SIPp calls the switchboard by scenarios that check each answer; a call that is not answered as said is a failure."""

import subprocess
import time
from pathlib import Path

import pytest

from actors.decision_log import DAY_MS, read_decisions
from domain.ids import CallKey, call_key
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running
from tests.live.waiting import until

pytestmark = [pytest.mark.live, pytest.mark.peers]

ENTRY = switch_of("sipp", "127.0.36.1", "sip302")
STRANGER = "127.0.36.9"
NUMBER = "254761000001"
SCENARIOS = Path(__file__).parent / "scenarios"


@pytest.fixture(scope="module")
def market(switchboard: Running) -> Running:
    """A client that is SIPp, and the two vendors that the scenarios name."""
    enter_vendor(switchboard, "sipp-cheap", "127.0.41.1", Price("254761", "0.0720"))
    enter_vendor(switchboard, "sipp-dear", "127.0.41.2", Price("254761", "0.0780"))
    enter_client(switchboard, ENTRY, Price("254761", "0.1050"), "--credit-limit", "100000")
    return switchboard


def play(
    sipp: str, board: Running, scenario: str, folder: Path, *more: str, calls: int = 1, rate: int = 10, source: str = ""
) -> None:
    """Play a scenario some times; fails with what SIPp says when one of the calls went another way."""
    host, port = board.node.sip
    errors = folder / f"{scenario}.errors"
    command = [
        sipp, f"{host}:{port}", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", source or ENTRY.address, "-p", "5060",
        "-s", NUMBER, "-m", str(calls), "-r", str(rate), "-l", str(calls), "-nostdin", "-timeout", "30s",
        "-trace_err", "-error_file", str(errors), *more,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder, check=False)
    told = errors.read_text() if errors.exists() else done.stdout[-2000:]
    assert done.returncode == 0, f"sipp ended with {done.returncode}: {told}"


def test_two_hundred_calls_at_a_hundred_a_second_are_all_redirected(market: Running, sipp: str, tmp_path: Path) -> None:
    play(sipp, market, "uac302", tmp_path, calls=200, rate=100)
    assert market.told("partners", "show", "sipp")["open_calls"] == 200


def test_calls_whose_packets_are_lost_go_all_the_same_and_are_decided_once(
    market: Running, sipp: str, tmp_path: Path
) -> None:
    play(sipp, market, "retransmission", tmp_path, "-cid_str", "%u-lossy@%s", calls=20)
    today = time.time_ns() // 1_000_000 // DAY_MS
    for number in range(1, 21):
        key = call_key(ENTRY.id, f"{number}-lossy@{ENTRY.address}".encode())

        def written(key: CallKey = key) -> list[list[str]]:
            return read_decisions(market.folder / "decisions", key, range(today - 1, today + 2))

        assert len(until(written, "the decision is in the day's file", 10)) == 1


def test_a_cancel_is_answered_by_what_it_finds(market: Running, sipp: str, tmp_path: Path) -> None:
    play(sipp, market, "cancel", tmp_path)


def test_other_methods_are_answered_as_the_rfc_says(market: Running, sipp: str, tmp_path: Path) -> None:
    play(sipp, market, "methods", tmp_path)


def test_a_stranger_is_refused(market: Running, sipp: str, tmp_path: Path) -> None:
    play(sipp, market, "refused", tmp_path, source=STRANGER)
