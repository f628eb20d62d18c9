"""Another system integrates over gRPC: with a token of its own, the client and the example of the documents."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from protos import connect
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]


def enter(board: Running, name: str, last: int) -> None:
    """Enter a client with a switch of its own, and a vendor that takes its calls."""
    enter_vendor(board, f"{name}-out", f"127.0.26.{last}", Price("25475", "0.0600"))
    client = switch_of(name, f"127.0.39.{last}", "plain")
    enter_client(board, client, Price("25475", "0.1000"), "--credit-limit", "1000")


def example(board: Running, token: str, *words: str) -> str:
    where = connect.endpoint(board.folder)
    command = [sys.executable, "docs/grpc_example.py", where.nodes["node-0"], token, *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_of_the_documents_runs_with_a_token_of_its_own(switchboard: Running) -> None:
    enter(switchboard, "exam", 1)
    token = switchboard.told("users", "add", "exam-sw", "--role", "switch")["token"]
    shown = example(switchboard, token, "exam-sw", "254751000001")
    assert "1 routes, 14400 s; dial 254751000001@127.0.26.1" in shown
    assert "client leg: 0.1 USD\nvendor leg: 0.06 USD\n100 of 100 calls went over a stream\n" in shown
    owed = switchboard.told("partners", "show", "exam")
    assert (Decimal(owed["owed"]["amount"]), owed["open_calls"]) == (Decimal("10.1"), 0)


def test_users_see_and_do_what_their_roles_allow_and_are_out_when_disabled(switchboard: Running) -> None:
    token = switchboard.told("users", "add", "vera", "--role", "viewer")["token"]

    def as_vera(*words: str) -> "subprocess.CompletedProcess[str]":
        program = str(Path(sys.executable).with_name("switchboard"))
        environment = os.environ | {"SWITCHBOARD_DATA": str(switchboard.folder), "SWITCHBOARD_TOKEN": token}
        return subprocess.run(
            [program, *words], capture_output=True, text=True, env=environment, timeout=60, check=False
        )

    assert as_vera("partners", "list").returncode == 0
    refused = as_vera("fx", "set", "--currency", "CHF", "--rate", "1.1")
    assert refused.returncode == 1
    assert "Fx.Set needs the role finance or admin, and vera has the role viewer" in refused.stderr
    switchboard.sb("users", "set", "vera", "--role", "finance")
    assert as_vera("fx", "set", "--currency", "CHF", "--rate", "1.1").returncode == 0
    [entry] = switchboard.told("audit", "--who", "vera")["entries"]
    assert (entry["noun"], entry["who"]) == ("fx", "vera")
    switchboard.sb("users", "set", "vera", "--disabled")
    assert "refuses the token in SWITCHBOARD_TOKEN" in as_vera("partners", "list").stderr
