"""Fees beside the minutes, from a file of calls to the ledger: connection, attempt, and short calls."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.live.market import enter_switch, switch_of
from tests.live.running import Running
from tests.live.waiting import until

pytestmark = pytest.mark.live

NUMBER = "447911000001"
FIELDS = (
    "switch call_id side attempt session_id trunk remote remote_port mark a b setup alert connect disconnect"
    " duration_ms cause release_side service octets_in octets_out events"
).split()


def yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


DAY = yesterday()
PERIOD = ("--from", str(DAY), "--to", str(DAY))


class CdrFile:
    """Legs of one switch, written as the plain CSV form has them, one a second from yesterday's noon on."""

    def __init__(self, board: Running, switch: str) -> None:
        self._board, self._switch = board, switch
        self._rows: list[dict[str, Any]] = []

    def leg(self, call: str, side: str, duration_ms: int | None, **fields: Any) -> None:
        """Add a leg of a call; `duration_ms` None: nobody answered."""
        setup = datetime.combine(DAY, time(12), UTC) + timedelta(seconds=len(self._rows))
        ended = setup + timedelta(milliseconds=duration_ms or 0)
        moments = {"setup": _text(setup), "disconnect": _text(ended)}
        if duration_ms is not None:
            moments |= {"alert": _text(setup), "connect": _text(setup)}
        row = {
            "switch": self._switch, "call_id": call, "side": side, "attempt": 1, "session_id": f"{call}/{side}",
            "a": "442079460000", "b": NUMBER, "duration_ms": duration_ms or 0, "cause": 16, **moments,
        }  # fmt: skip
        self._rows.append(row | fields)

    def hand_in(self) -> None:
        """Import the file and see that all of it was charged."""
        path = self._board.folder / f"{self._switch}-{len(self._rows)}.csv"
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, FIELDS, restval="")
            writer.writeheader()
            writer.writerows(self._rows)
        (report,) = self._board.told("cdrs", "import", str(path))["reports"]
        assert (report["accepted"], report["parked"]) == (len(self._rows), 0), report
        self._rows.clear()


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def enter(board: Running, name: str, sheet: str, side: str = "sell", *terms: str, unit: str = "second") -> None:
    """Add a partner with a plan of its own, whose sheet begins in January."""
    path = board.folder / f"{name}-{side}.csv"
    path.write_text(sheet)
    plan = f"{name}-{side}"
    board.sb("plans", "add", plan, "--side", side, "--currency", "USD", "--unit", unit)
    board.sb("rates", "import", str(path), "--plan", plan, "--effective", "2026-01-01")
    board.sb("partners", "add", name, "--currency", "USD", f"--{side}-plan", plan, *terms)


def enter_out(board: Running, name: str, host: str, sheet: str) -> None:
    enter(board, name, sheet, "buy")
    board.sb("trunks", "add", f"{name}-out", "--partner", name, "--direction", "out", "--host", host)


def client_of(board: Running, name: str, address: str, sheet: str, *options: str, unit: str = "second") -> CdrFile:
    """Add a client that hands in files, and return the first of them."""
    entry = switch_of(name, address, "plain")
    enter(board, name, sheet, "sell", "--credit-limit", "1000", unit=unit)
    enter_switch(board, entry)
    words = ("--partner", name, "--direction", "in", "--switch", entry.id)
    board.sb("trunks", "add", f"{name}-in", *words, *(word for option in options for word in ("--set", option)))
    return CdrFile(board, str(entry.id))


def charges(board: Running, partner: str, count: int) -> list[Decimal]:
    """Return the charges of a partner's legs, when there are so many."""

    def found() -> list[dict[str, Any]]:
        listed = list(board.told("cdrs", "list", "--partner", partner, "--limit", "100")["legs"])
        return listed if len(listed) == count else []

    return sorted(Decimal(leg["charge"]["amount"]) for leg in until(found, f"{count} legs of {partner}", 20))


def balance(board: Running, partner: str, what: str = "owed") -> Decimal:
    return Decimal(board.told("partners", "show", partner)[what]["amount"])


def nothing_differs(board: Running) -> None:
    check = board.told("ledger", "check")
    assert check["differences"] == [] and Decimal(check["trial_balance"]["amount"]) == 0


def test_increments_and_connection_fee_cost_what_the_trade_says(switchboard: Running) -> None:
    board = switchboard
    file = client_of(board, "steps306", "127.0.41.1", "Code,Rate,Increments\n447,0.006,30/6\n")
    for number, seconds in enumerate((32, 57, 75)):
        file.leg(f"s{number}", "client", seconds * 1000)
    file.hand_in()
    assert charges(board, "steps306", 3) == [Decimal("0.0036"), Decimal("0.0060"), Decimal("0.0078")]
    fee = client_of(board, "flagfall", "127.0.41.2", "Code,Rate,Increments,Connection fee\n447,0.006,30/6,0.05\n")
    fee.leg("f1", "client", 32_000)
    fee.leg("f2", "client", None, cause=19)
    fee.hand_in()
    assert charges(board, "flagfall", 2) == [Decimal(0), Decimal("0.0536")]


def test_each_attempt_at_a_vendor_costs_its_fee_and_only_the_answered_one_its_time(switchboard: Running) -> None:
    board = switchboard
    for number, fee in enumerate(("0.001", "0.002", "0.003"), 1):
        sheet = f"Code,Rate,Increments,Attempt fee\n447,0.06,1/1,{fee}\n"
        enter_out(board, f"tried{number}", f"127.0.55.{number}", sheet)
    file = client_of(board, "onecall", "127.0.41.3", "Code,Rate,Increments,Attempt fee\n447,0.12,1/1,0.01\n")
    file.leg("a1", "client", 60_000)
    for number in (1, 2, 3):
        way = {"attempt": number, "session_id": f"a1/v{number}", "remote": f"127.0.55.{number}", "remote_port": 5060}
        file.leg("a1", "vendor", 60_000 if number == 3 else None, **way, cause=16 if number == 3 else 34)
    file.hand_in()
    assert charges(board, "onecall", 1) == [Decimal("0.13")]
    owed = [balance(board, f"tried{number}", "payable") for number in (1, 2, 3)]
    assert owed == [Decimal("0.001"), Decimal("0.002"), Decimal("0.063")]
    assert [charges(board, f"tried{number}", 1) for number in (1, 2, 3)] == [[units] for units in owed]
    nothing_differs(board)


def test_sessions_messages_and_events_cost_what_hand_arithmetic_says(switchboard: Running) -> None:
    board = switchboard
    hour = client_of(board, "hour", "127.0.41.4", "Code,Rate,Increments\n00000,0.01,1/1\n", "service=data")
    hour.leg("w1", "client", 1_905_000, service="data", octets_in=7_761, octets_out=5_382, b="")
    hour.hand_in()
    assert charges(board, "hour", 1) == [Decimal("0.3175")]
    sheet = "Code,Price per MB,Increments\n00000,0.01,1/1\n"
    moved = client_of(board, "moved", "127.0.41.5", sheet, "service=data", unit="megabyte")
    moved.leg("m1", "client", 1_905_000, service="data", octets_in=4_294_967_301, octets_out=0, b="")
    moved.leg("m2", "client", 1_905_000, service="data", octets_in=7_761, octets_out=5_382, b="")
    moved.hand_in()
    # 1 gigaword and 5 octets are 4,194,305 kB, 13,143 octets 13 kB: at 0.01 per 1,024 of them
    assert charges(board, "moved", 2) == [Decimal("0.00012695"), Decimal("40.96000977")]
    texts = client_of(board, "texts", "127.0.41.6", "Code,Price per event\n447,0.05\n", "service=message", unit="event")
    texts.leg("e1", "client", 0, service="message", events=3)
    texts.leg("e2", "client", 0, service="message")
    texts.hand_in()
    assert charges(board, "texts", 2) == [Decimal("0.05"), Decimal("0.15")]
    lines = board.told("invoices", "issue", "--partner", "hour", *PERIOD, "--dry-run")["lines"]
    assert [(line["service"], line["amount"]["amount"]) for line in lines] == [("data", "0.32")]
    nothing_differs(board)


def test_short_calls_cost_a_fee_beyond_their_share_on_the_invoice_and_at_the_vendor(switchboard: Running) -> None:
    board = switchboard
    enter_out(board, "taker", "127.0.55.9", "Code,Rate,Increments\n447,0.006,1/1\n")
    file = client_of(board, "brief", "127.0.41.7", "Code,Rate,Increments\n447,0.06,1/1\n")
    for number, duration_ms in enumerate((*[1_000] * 3, 6_000, 6_001, *[60_000] * 15)):
        file.leg(f"b{number}", "client", duration_ms)
        file.leg(f"b{number}", "vendor", duration_ms, remote="127.0.55.9", remote_port=5060)
    for number in range(5):
        file.leg(f"n{number}", "client", None, cause=19)
    file.hand_in()
    before = balance(board, "brief")
    said = board.sb("partners", "set", "brief", "short_sell.fee=0.0125", "short_sell.free_percent=15")
    assert "short_sell.fee 0.0125 (was 0)" in said
    board.sb("partners", "set", "taker", "short_buy.fee=0.005", "short_buy.free_percent=0")
    (fee,) = board.told("partners", "fees", "brief", *PERIOD)["fees"]
    how = "20 answered, 4 ≤ 6 s = 20.00 %, 3 free at 15 %, 1 × 0.0125"
    assert (fee["side"], fee["charged"], fee["arithmetic"]) == ("client", 1, how)
    draft = board.told("invoices", "issue", "--partner", "brief", *PERIOD, "--dry-run")
    assert draft["fees"][0]["arithmetic"] == how and balance(board, "brief") == before
    made = board.told("invoices", "issue", "--partner", "brief", *PERIOD)
    assert Decimal(made["total"]["amount"]) == balance(board, "brief") == balance_of(made)
    again = board.tried("invoices", "issue", "--partner", "brief", *PERIOD)
    assert again.exit_code == 1 and "covers part of that period" in again.stderr
    (posting,) = postings(board, "receivable:brief")
    assert (posting["amount"]["amount"], posting["ref"], posting["credit"]) == ("0.0125", made["number"], "revenue")
    owed = balance(board, "taker", "payable")
    assert "0.02 USD posted" in board.sb("partners", "fees", "taker", *PERIOD, "--post")
    assert "posted already" in board.sb("partners", "fees", "taker", *PERIOD, "--post")
    assert balance(board, "taker", "payable") == owed + Decimal("0.02")
    pnl = {
        (line["partner"], line["side"]): Decimal(line["amount"]["amount"])
        for line in board.told("pnl", "--from", f"{DAY}T00:00", "--to", f"{DAY + timedelta(days=1)}T00:00")["lines"]
    }
    assert pnl["brief", "client"] == before + Decimal("0.0125")
    assert pnl["taker", "vendor"] == owed + Decimal("0.02")
    whats = [line["what"] for line in board.told("statement", "--partner", "brief")["lines"]]
    assert f"surcharge short calls of {made['number']}" in whats
    trail = board.sb("audit", "--noun", "partner", "--key", "brief")
    assert "options.short_sell.fee: 0.00 → 0.0125" in trail
    nothing_differs(board)


def balance_of(invoice: dict[str, Any]) -> Decimal:
    amounts = [Decimal(line["amount"]["amount"]) for line in (*invoice["lines"], *invoice["fees"])]
    return sum(amounts, Decimal(0))


def postings(board: Running, account: str) -> list[dict[str, Any]]:
    found = board.told("ledger", "show", account)["transfers"]
    return [posting for posting in found if posting["kind"] == "surcharge"]
