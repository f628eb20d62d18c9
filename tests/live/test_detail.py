"""A gatekeeper's records as it sent them in 2005, over real RADIUS: one call of 9 s, and a Start that nobody ended."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from cluster.demo.world import SwitchEntry
from domain.wire.radius_attributes import attribute
from domain.wire.radius_packet import Attribute, Code, decode, encode_request, verify_reply
from protos import connect
from protos.operators_pb2 import Empty
from protos.operators_pb2_grpc import LedgerServiceStub
from tests.domain.detail_file import records
from tests.live.market import enter_switch, switch_of
from tests.live.running import Running
from tests.live.waiting import until
from tests.shared_data import shared_file

pytestmark = pytest.mark.live

KEEPER = switch_of("keeper", "127.0.52.1", "gnugk")
MORTAL = switch_of("shaken", "127.0.52.2", "gnugk")
TALK = Decimal("0.09")
"""Nine seconds at 0.60 a minute, by the second."""


def detail() -> tuple[list[Attribute], list[Attribute]]:
    """The Start and the Stop; they are of two calls."""
    start, stop = records(shared_file("cdr/cisco_radius/detail").read_text())
    return start, stop


def enter(board: Running, entry: SwitchEntry) -> None:
    """Enter the gatekeeper's owner: its short numbers are of a range of ours, its price is as old as its calls."""
    client = str(entry.partner)
    sheet = board.folder / f"{client}.csv"
    sheet.write_text("Code,Rate,Increments,Effective\n447,0.60,1/1,2005-01-01\n")
    board.sb("plans", "add", f"{client}-sell", "--side", "sell", "--currency", "USD")
    board.sb("rates", "import", str(sheet), "--plan", f"{client}-sell")
    terms = ("--currency", "USD", "--sell-plan", f"{client}-sell", "--credit-limit", "100")
    board.sb("partners", "add", client, *terms)
    enter_switch(board, entry)
    board.sb("switches", "set", entry.id, "zone=Europe/Kyiv")
    board.sb("trunks", "add", f"{client}-in", "--partner", client, "--direction", "in", "--switch", entry.id,
             "--add", "44791112")  # fmt: skip


class Gatekeeper:
    """Sends a record as it is, and again, from one port."""

    def __init__(self, entry: SwitchEntry, board: Running, line: socket.socket) -> None:
        self._secret, self._line, self._server = entry.secret.encode(), line, board.node.radius_acct

    def packet(self, attributes: list[Attribute], identifier: int) -> bytes:
        return encode_request(Code.ACCOUNTING_REQUEST, identifier, attributes, self._secret, prove=False)

    def send(self, packet: bytes) -> None:
        self._line.sendto(packet, self._server)

    def answered(self, packet: bytes, within_s: float) -> bool:
        """Whether an answer to this packet comes."""
        deadline = time.monotonic() + within_s
        while (left_s := deadline - time.monotonic()) > 0:
            self._line.settimeout(left_s)
            try:
                reply = decode(self._line.recv(4096))
            except TimeoutError:
                return False
            if reply.identifier == packet[1]:
                verify_reply(reply, decode(packet), self._secret)
                return reply.code is Code.ACCOUNTING_RESPONSE
        return False


@contextmanager
def gatekeeper(entry: SwitchEntry, board: Running) -> Iterator[Gatekeeper]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((entry.address, 0))
        yield Gatekeeper(entry, board, line)


def legs(board: Running, partner: str, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = board.told("cdrs", "list", "--partner", partner, *more)["legs"]
    return found


def owed(board: Running, partner: str) -> Decimal:
    """Return what a partner owes; it is not told while its shard, which was killed, does not answer the desk yet."""
    money = until(lambda: board.told("partners", "show", partner)["owed"], f"the shard of {partner} answers", 150)
    return Decimal(money["amount"])


def overdue(board: Running) -> list[str]:
    return [alarm["text"] for alarm in board.told("status")["board"].get("alarms", []) if alarm["key"] == "overdue"]


def test_the_call_is_listed_as_soon_as_its_stop_is_answered_and_the_stale_start_is_flagged(
    switchboard: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    board, (start, stop) = switchboard, detail()
    enter(board, KEEPER)
    with gatekeeper(KEEPER, board) as keeper:
        for number, attributes in enumerate((start, stop)):
            packet = keeper.packet(attributes, number)
            keeper.send(packet)
            assert keeper.answered(packet, 20)
        began = time.monotonic()
        call, stale = legs(board, "keeper")
        with capsys.disabled():
            print(f"\n  listed {time.monotonic() - began:.2f} s after the answer")
        assert (call["state"], call["duration_ms"], call["cause"], call["b"]) == ("closed", 9_000, 16, "44791112101")
        assert call["connect"] == "2005-12-09T15:34:54.000Z"  # 17:34:54 EET
        assert Decimal(call["charge"]["amount"]) == owed(board, "keeper") == TALK
        assert (stale["state"], stale["overdue"]) == ("open", True)
        assert [leg["leg_id"] for leg in legs(board, "keeper", "--open")] == [stale["leg_id"]]
        assert "overdue" in board.sb("cdrs", "list", "--partner", "keeper", "--open")
        until(lambda: overdue(board), "the stale Start is an alarm", 60)
        (state,) = [one["state"] for one in board.told("switches", "list")["switches"] if one["id"] == KEEPER.id]
        assert state["lag_ms"] > 20 * 365 * 86_400_000
        # what never ended is ended by hand, so that it alarms nobody else
        ended = keeper.packet([as_stop(one) for one in start], 2)
        keeper.send(ended)
        assert keeper.answered(ended, 20)
    until(lambda: not overdue(board), "nothing is overdue", 60)


def as_stop(one: Attribute) -> Attribute:
    """Say Stop where a record says Start."""
    status = attribute("Acct-Status-Type", 2)
    return status if one[:2] == status[:2] else one


def test_a_stop_sent_three_times_around_a_kill_before_its_answer_is_one_leg_and_one_posting(
    own_switchboard: Running,
) -> None:
    board, (start, stop) = own_switchboard, detail()
    enter(board, MORTAL)
    with gatekeeper(MORTAL, board) as keeper:
        first, packet = keeper.packet(start, 0), keeper.packet(stop, 1)
        keeper.send(first)
        assert keeper.answered(first, 20)
        shard = int(board.actor("shard-0")["pid"])
        os.kill(shard, signal.SIGSTOP)  # so that the answer cannot be out before the kill
        keeper.send(packet)
        assert not keeper.answered(packet, 0.3)
        os.kill(shard, signal.SIGKILL)
        sent = 0
        while sent < 3 or not keeper.answered(packet, 2):
            keeper.send(packet)
            sent += 1
            assert sent < 60, "no answer came"
        for again in (packet, first, keeper.packet(stop, 2)):
            keeper.send(again)
            assert keeper.answered(again, 20)
    assert [(leg["state"], int(leg["duration_ms"])) for leg in legs(board, "shaken")] == [
        ("closed", 9_000),
        ("open", 0),
    ]
    assert owed(board, "shaken") == TALK
    where = connect.endpoint(board.folder)
    with connect.channel(where.desk) as channel:
        LedgerServiceStub(channel).Seal(Empty(), metadata=tuple(connect.metadata(where.token)))
    (posting,) = board.told("ledger", "show", "receivable:shaken")["transfers"]
    assert Decimal(posting["amount"]["amount"]) == TALK
    assert board.told("ledger", "check")["differences"] == []
    assert board.told("cdrs", "parked")["records"] == []
