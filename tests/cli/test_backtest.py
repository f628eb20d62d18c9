"""`switchboard policies backtest`."""

import json
from pathlib import Path

import grpc
import polars as pl
import pytest

from protos.backtests_pb2 import (
    BacktestClient,
    BacktestMoney,
    BacktestMove,
    BacktestResult,
    BacktestStep,
    BacktestUse,
    BacktestVendor,
)
from protos.sheets_pb2 import Sheet, SheetsSent
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

PERIOD = ("--from", "2026-10-01", "--to", "2026-10-31")
AT, DAY_MS = 1_790_812_800_000, 86_400_000


def usd(units: int) -> Money:
    return Money(units=units, currency="USD")


def money(cost: int, cost_now: int, revenue: int = 0) -> BacktestMoney:
    return BacktestMoney(
        revenue=usd(revenue), revenue_now=usd(revenue), cost=usd(cost), cost_now=usd(cost_now),
        margin=usd(revenue - cost), margin_now=usd(revenue - cost_now),
    )  # fmt: skip


UK = money(278_640_000_000, 276_750_000_000, 300_000_000_000)
RESULT = BacktestResult(
    words="order 'real_cost' instead of order 'price'",
    calls=300_000,
    answered=136_400,
    expected=131_900.4,
    talk_ms=341_000 * 60_000,
    money=money(1_598_190_000_000, 1_596_300_000_000, 2_105_475_000_000),
    unknown=3,
    vendors=[BacktestVendor(vendor="kestrel", calls=90_000, calls_now=180_000, talk_now_ms=60_000, expected=81_000)],
    clients=[
        BacktestClient(client="callwell", calls=210_000, moved=90_000, money=UK),
        BacktestClient(client="orbita", calls=60_000),
    ],
    moves=[
        BacktestMove(destination="UK Mobile", then="bluewire", now="kestrel", calls=90_000, answered=45_000, money=UK)
    ],
    moves_total=1,
    decided=130,
    parts=31,
    cpu_ms=1_540,
    from_ms=AT,
    until_ms=AT + 31 * DAY_MS,
    sample_bp=10_000,
)


def told(desk: FarDesk, result: BacktestResult = RESULT) -> None:
    desk.says("Backtests.Run", BacktestStep(job=7, total=31), BacktestStep(job=7, done=31, total=31, result=result))


def test_both_sides_are_shown_with_what_changes(desk: FarDesk) -> None:
    told(desk)
    shown = desk.run("policies", "backtest", *PERIOD, "--order", "real_cost", "--against-order", "price").stdout
    lines = [line.split() for line in shown.splitlines()]
    assert "cost 15981.90 USD 15963.00 USD -18.90 USD".split() in lines
    assert "margin 5072.85 USD 5091.75 USD +18.90 USD".split() in lines
    assert "callwell 210,000 90,000 0 213.60 USD 232.50 USD +18.90 USD".split() in lines
    assert not any(line[:1] == ["orbita"] for line in lines), "nothing of its calls changes"
    assert any(line[:5] == ["UK", "Mobile", "bluewire", "kestrel", "90,000"] for line in lines)
    assert "130 decisions in 31 parts, 1.5 s of processor, 5.1 µs a call; 3 calls without" in shown
    asked = desk.asked("Backtests.Run")
    assert (asked.order, asked.against_order, asked.policy, asked.sample_bp) == ("real_cost", "price", "", 10_000)
    assert (asked.from_ms, asked.until_ms) == (AT, AT + 31 * DAY_MS)


def test_the_result_comes_as_json(desk: FarDesk) -> None:
    told(desk)
    printed = desk.run(
        "policies", "backtest", "cheap", *PERIOD, "--sample", "2.5", "--client", "orbita", "--json"
    ).stdout
    found = json.loads(printed)
    assert (found["calls"], found["money"]["cost_now"]) == (300_000, {"amount": "15963.00", "currency": "USD"})
    assert found["moves"][0]["now"] == "kestrel"
    asked = desk.asked("Backtests.Run")
    assert (asked.policy, asked.sample_bp, asked.client) == ("cheap", 250, "orbita")


def test_calls_that_would_be_refused_say_why(desk: FarDesk) -> None:
    result = BacktestResult(words="policy narrow v2", from_ms=AT, until_ms=AT + DAY_MS, sample_bp=500, calls=4)
    result.clients.add(client="pampas", calls=4, refused=4)
    result.moves.add(destination="Ecuador", then="kestrel", refused="no-route", calls=4)
    told(desk, result)
    shown = desk.run("policies", "backtest", "narrow", *PERIOD).stdout
    assert "5 % of them" in shown and "refused: no-route" in shown


def test_what_the_desk_refuses_is_said(desk: FarDesk) -> None:
    desk.refuses("Backtests.Run", grpc.StatusCode.INVALID_ARGUMENT, "no policy is named")
    refused = desk.run("policies", "backtest", *PERIOD)
    assert refused.exit_code == 1 and "no policy is named" in refused.stderr
    assert desk.run("policies", "backtest", "cheap", "--from", "2026-10-01").exit_code == 2, "both ends are needed"


def test_rates_and_plans_are_asked_for(desk: FarDesk) -> None:
    told(desk)
    words = (
        "--rate",
        "kestrel-buy:447=0.0234",
        "--plan",
        "kestrel-buy=12",
        "--sell",
        "acme=gold",
        "--buy",
        "kestrel=new",
    )
    assert desk.run("policies", "backtest", *PERIOD, *words, "--quality", "now").exit_code == 0
    asked = desk.asked("Backtests.Run")
    assert [(one.plan, one.code, one.price, one.sheet) for one in asked.rates] == [
        ("kestrel-buy", "447", "0.0234", 0),
        ("kestrel-buy", "", "", 12),
    ]
    assert [(one.partner, one.side, one.plan) for one in asked.plans] == [
        ("acme", "sell", "gold"),
        ("kestrel", "buy", "new"),
    ]
    assert asked.quality == "now" and not asked.by_client


@pytest.mark.parametrize(
    "words",
    [("--rate", "kestrel-buy=0.1"), ("--rate", "447"), ("--plan", "kestrel-buy"), ("--sell", "=x"), ("-o", "x.pdf")],
)
def test_what_is_written_wrong_is_wrong_usage(desk: FarDesk, words: tuple[str, str]) -> None:
    assert desk.run("policies", "backtest", *PERIOD, *words).exit_code == 2


def test_what_is_too_full_is_said_with_its_hour(desk: FarDesk) -> None:
    found = BacktestResult()
    found.CopyFrom(RESULT)
    hour = BacktestUse(from_ms=AT, calls=40, calls_now=61, cps_now=3, over_now=7)
    found.rooms.add(
        what="trunk", name="kestrel-out", vendor="kestrel", max_calls=60, use=hour, hours=[hour], hours_total=1
    )
    told(desk, found)
    shown = desk.run("policies", "backtest", *PERIOD, "--order", "price").stdout
    assert (
        "trunk kestrel-out is too full from 2026-10-01 00:00" in shown
        and "61 at once" in shown
        and "7 calls over" in shown
    )


def test_who_finds_no_room_and_goes_on_to_whom_is_said(desk: FarDesk, tmp_path: Path) -> None:
    found = BacktestResult()
    found.CopyFrom(RESULT)
    found.overflow.add(first="kestrel", now="bluewire", calls=1_200, answered=500, talk_ms=60_000_000, money=UK)
    found.overflow.add(first="kestrel", calls=7, answered=3, money=money(200_000_000, 0, 300_000_000))
    told(desk, found)
    shown = desk.run("policies", "backtest", *PERIOD, "--order", "price").stdout
    lines = [line.split() for line in shown.splitlines()]
    assert "kestrel bluewire 1,200 500 1,000.0 213.60 USD 232.50 USD +18.90 USD".split() in lines
    assert any(line[:5] == ["kestrel", "nobody:", "refused", "7", "3"] for line in lines)
    assert "1,200 calls overflow to another vendor, 7 find no room at all" in shown
    told(desk, found)
    desk.run("policies", "backtest", *PERIOD, "--order", "price", "-o", str(tmp_path / "all.xlsx"))
    table = pl.read_excel(tmp_path / "all.xlsx", sheet_name="overflow")
    assert table["calls"].to_list() == [1_200, 7] and table["full"].to_list() == ["kestrel", "kestrel"]


def test_what_moves_is_written_by_client(desk: FarDesk, tmp_path: Path) -> None:
    found = BacktestResult()
    found.CopyFrom(RESULT)
    found.moves[0].client, found.moves[0].talk_ms = "callwell", 90_000
    told(desk, found)
    table, book = tmp_path / "moved.csv", tmp_path / "moved.xlsx"
    assert "1 rows of what moves" in desk.run("policies", "backtest", "cheap", *PERIOD, "-o", str(table)).stdout
    assert desk.asked("Backtests.Run").by_client
    titles, row = (line.split(",") for line in table.read_text().splitlines())
    line = dict(zip(titles, row, strict=True))
    assert (line["client"], line["from"], line["to"], line["minutes"]) == ("callwell", "bluewire", "kestrel", "1.5")
    assert (line["cost"], line["cost now"]) == ("2786.40", "2767.50")
    told(desk, found)
    desk.run("policies", "backtest", "cheap", *PERIOD, "-o", str(book))
    assert pl.read_excel(book, sheet_name="clients")["client"].to_list() == ["callwell", "orbita"]
    assert desk.run("policies", "backtest", "cheap", *PERIOD, "-o", str(book)).exit_code == 1, "it is there already"


FILE_CSV = b"code,price\n447,0.0234\n"


def sent(desk: FarDesk, tmp_path: Path, *sheets: Sheet, state: str = "checked", rejected: int = 0) -> str:
    """Have a desk that takes a file as these sheets, and return the words that try it."""
    file = tmp_path / "offer.csv"
    file.write_bytes(FILE_CSV)
    desk.says("Sheets.Send", SheetsSent(sheets=sheets))
    desk.says("Sheets.Watch", Sheet(id=7, state="working"), Sheet(id=7, state=state, words="column 2 is unclear",
                                                                      rows=9, rejected=rejected))  # fmt: skip
    desk.says("Sheets.Cancel", Sheet(id=7, state="cancelled"))
    return f"kestrel-buy={file}"


def test_a_file_is_a_sheet_for_as_long_as_it_is_tried(desk: FarDesk, tmp_path: Path) -> None:
    told(desk)
    tried = desk.run("policies", "backtest", "cheap", *PERIOD, "--plan", sent(desk, tmp_path, Sheet(id=7)))
    assert tried.exit_code == 0, tried.stderr
    head, *data = desk.requests["Sheets.Send"]
    assert (head.plan, head.file_name) == ("kestrel-buy", "offer.csv")
    assert b"".join(piece.data for piece in data) == FILE_CSV
    (rates,) = desk.asked("Backtests.Run").rates
    assert (rates.plan, rates.sheet) == ("kestrel-buy", 7)
    assert desk.asked("Sheets.Cancel").id == 7


def test_lines_of_a_file_that_are_not_tried_are_told(desk: FarDesk, tmp_path: Path) -> None:
    told(desk)
    words = sent(desk, tmp_path, Sheet(id=7), rejected=2)
    tried = desk.run("policies", "backtest", "cheap", *PERIOD, "--plan", words)
    assert tried.exit_code == 0 and "2 of 9 rows do not go in, and are not tried" in tried.stderr
    assert "`switchboard sheets show 7` says why" in tried.stderr


def test_the_sheet_of_a_file_is_cancelled_where_the_desk_refuses_to_try_it(desk: FarDesk, tmp_path: Path) -> None:
    desk.refuses("Backtests.Run", grpc.StatusCode.INVALID_ARGUMENT, "no calls in the period")
    refused = desk.run("policies", "backtest", *PERIOD, "--plan", sent(desk, tmp_path, Sheet(id=7)))
    assert refused.exit_code == 1 and "no calls in the period" in refused.stderr
    assert desk.asked("Sheets.Cancel").id == 7


def test_a_file_that_asks_something_is_left_to_be_answered(desk: FarDesk, tmp_path: Path) -> None:
    asked = desk.run("policies", "backtest", *PERIOD, "--plan", sent(desk, tmp_path, Sheet(id=7), state="questions"))
    assert asked.exit_code == 1 and "`switchboard sheets show 7` says how to go on" in asked.stderr
    assert not {"Sheets.Cancel", "Backtests.Run"} & set(desk.requests)


def test_a_file_of_several_sheets_or_none_is_refused(desk: FarDesk, tmp_path: Path) -> None:
    words = sent(desk, tmp_path, Sheet(id=7), Sheet(id=8))
    several = desk.run("policies", "backtest", *PERIOD, "--plan", words)
    assert several.exit_code == 1 and "has 2 rate files" in several.stderr
    assert [one.id for one in desk.requests["Sheets.Cancel"]] == [7, 8] and "Backtests.Run" not in desk.requests
    none = desk.run("policies", "backtest", *PERIOD, "--plan", "kestrel-buy=gone.csv")
    assert none.exit_code == 1 and "gone.csv is no file, and no number of a sheet" in none.stderr
