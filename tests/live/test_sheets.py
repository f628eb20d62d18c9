"""A rate sheet in a running switchboard: from the file to a route at the new price, and back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running

pytestmark = pytest.mark.live

CODE, NUMBER = "256931", "256931234567"


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def sheet_of(board: Running, name: str, *rows: str) -> Path:
    path = board.folder / f"{name}.csv"
    path.write_text("\n".join(["Prefix;Destination;Rate per min;Valid from;Billing", *rows]) + "\n")
    return path


def sent(board: Running, path: Path, *words: str) -> dict[str, Any]:
    (found,) = board.told("sheets", "send", str(path), "--plan", "ridge-buy", *words)
    return dict(found)


def cost(board: Running) -> Decimal:
    """Return what a minute to the number costs at the vendor, as a route is explained."""
    quoted = board.told("quote", "--plan", "ridge-buy", "--to", NUMBER, "--seconds", "60")
    return Decimal(quoted["charge"]["amount"])


def test_a_sheet_goes_from_file_to_route_and_back(switchboard: Running) -> None:
    board = switchboard
    enter_client(board, switch_of("ridge-client", "127.0.61.1", "plain"), Price(CODE, "0.5"), "--credit-limit", "100")
    enter_vendor(board, "ridge", "127.0.61.9", Price(CODE, "0.2"), Price("256932", "0.2"))
    board.sb("plans", "terms", "ridge-buy", "decrease_days=0", "increase_days=7", "new_days=1")
    rows = [
        f"{CODE};Elsewhere Mobile;0.1;{today()};1/1",
        f"256932;Elsewhere Fixed;0.3;{in_days(1)};1/1",
        f"x;Bad;0.1;{today()};1/1",
    ]
    found = sent(board, sheet_of(board, "ridge", *rows), "--sender", "rates@ridge.example")
    assert found["state"] == "checked", found
    assert found["kinds"] == {"decrease": 1, "increase": 1}
    assert [step["step"] for step in found["steps"]][:2] == ["receive", "detect"]
    number = str(found["id"])
    (reject,) = board.told("sheets", "rejects", number)["rejects"]
    assert (reject["row"], reject["check"]) == (4, "R09")
    refused = board.tried("sheets", "approve", number)
    assert refused.exit_code == 1 and "block it are open" in refused.stderr
    board.sb("sheets", "move", number, "--check", "R28")
    board.sb("sheets", "drop", number, "--check", "R09")
    for check in {one["check"] for one in board.told("sheets", "show", number)["checks"] if one["open"]}:
        board.sb("sheets", "accept", number, "--check", check, "--comment", "looked at")
    assert cost(board) == Decimal("0.2")
    assert "is applied" in board.sb("sheets", "approve", number, "--apply")
    assert cost(board) == Decimal("0.1")
    route = board.told("route", "--from", "ridge-client", "--to", NUMBER)
    assert "ridge" in str(route)
    assert "is taken back" in board.sb("sheets", "undo", number)
    assert cost(board) == Decimal("0.2")
    again = sent(board, sheet_of(board, "ridge-2", f"{CODE};Elsewhere Mobile;0.15;{today()};1/1"))
    assert again["template"] == "ridge-buy", "it was saved with the sheet before"
