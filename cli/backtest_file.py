"""A back-test as a file: the minutes that move by client, vendor and destination, and beside them the other tables."""

import csv
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.reach import fail
from domain.money import decimal_text
from protos.backtests_pb2 import BacktestMoney, BacktestResult, BacktestUse
from protos.switch_pb2 import Money

ENDINGS = (".csv", ".xlsx")
File = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write what moves, by client: .csv, or .xlsx with all tables.",
        show_default=False,
    ),
]
Cell = str | int | float | Decimal
Tab = tuple[str, list[str], list[list[Cell]]]
_MONEY = ["revenue", "revenue now", "cost", "cost now", "margin", "margin now"]
_USE = ["at once", "at once now", "a second", "a second now", "over", "over now", "fast", "fast now"]


def may_be_written(file: Path | None, *, force: bool) -> None:
    """End the command where a file cannot be written so, or is there already."""
    if file is not None and file.suffix.lower() not in ENDINGS:
        raise typer.BadParameter(f"{file} is neither .csv nor .xlsx", param_hint="--output")
    if file is not None and file.exists() and not force:
        fail(f"{file} is there already: write over it with --force, or name another file with -o")


def save(file: Path, found: BacktestResult) -> str:
    """Write a file, whole or not at all; say what was written."""
    tabs = [_moves(found), _vendors(found), _clients(found), _rooms(found), _overflow(found)]
    partial = file.with_name(f"{file.name}.part")
    try:
        if file.suffix.lower() == ".csv":
            _, titles, rows = tabs[0]
            with partial.open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows([titles, *rows])
        else:
            _workbook(partial, tabs)
        partial.replace(file)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}; name another file with -o")
    finally:
        partial.unlink(missing_ok=True)
    told = len(found.moves)
    rest = f", of {output.count(found.moves_total)}" if told < found.moves_total else ""
    return f"wrote {file}: {output.count(told)} rows of what moves{rest}"


def _moves(found: BacktestResult) -> Tab:
    titles = [
        "client",
        "destination",
        "from",
        "to",
        "refused",
        "calls",
        "answered",
        "expected",
        "minutes",
        *_MONEY,
        "currency",
    ]
    rows: list[list[Cell]] = [
        [one.client, one.destination, one.then, one.now, one.refused, one.calls, one.answered, round(one.expected, 1),
         _minutes(one.talk_ms), *_money(one.money), one.money.cost.currency]
        for one in found.moves
    ]  # fmt: skip
    return "moves", titles, rows


def _vendors(found: BacktestResult) -> Tab:
    titles = ["vendor", "calls", "calls now", "minutes", "minutes now", "answered", "expected", "cost", "cost now"]
    rows: list[list[Cell]] = [
        [one.vendor, one.calls, one.calls_now, _minutes(one.talk_ms), _minutes(one.talk_now_ms), one.answered,
         round(one.expected, 1), _amount(one.cost), _amount(one.cost_now)]
        for one in found.vendors
    ]  # fmt: skip
    return "vendors", titles, rows


def _clients(found: BacktestResult) -> Tab:
    titles = ["client", "calls", "moved", "refused", *_MONEY]
    rows: list[list[Cell]] = [
        [one.client, one.calls, one.moved, one.refused, *_money(one.money)] for one in found.clients
    ]
    return "clients", titles, rows


def _rooms(found: BacktestResult) -> Tab:
    """Return the period of each vendor, trunk and limit, and each hour in which it is too full."""
    rows: list[list[Cell]] = []
    for one in found.rooms:
        bounds = [one.max_calls or "", one.max_cps or ""]
        rows.append([one.what, one.name, "period", *bounds, *_used(one.use)])
        rows += [[one.what, one.name, output.when(hour.from_ms), *bounds, *_used(hour)] for hour in one.hours]
    return "capacity", ["what", "name", "hour", "at once at most", "a second at most", *_USE], rows


def _overflow(found: BacktestResult) -> Tab:
    titles = ["full", "goes on to", "calls", "answered", "minutes", *_MONEY]
    rows: list[list[Cell]] = [
        [one.first, one.now, one.calls, one.answered, _minutes(one.talk_ms), *_money(one.money)]
        for one in found.overflow
    ]
    return "overflow", titles, rows


def _used(use: BacktestUse) -> Iterable[int]:
    return use.calls, use.calls_now, use.cps, use.cps_now, use.over, use.over_now, use.fast, use.fast_now


def _money(money: BacktestMoney) -> Iterable[Decimal]:
    sides = (money.revenue, money.revenue_now, money.cost, money.cost_now, money.margin, money.margin_now)
    return [_amount(one) for one in sides]


def _amount(money: Money) -> Decimal:
    return Decimal(decimal_text(money.units, 2))


def _minutes(talk_ms: int) -> float:
    return round(talk_ms / 60_000, 1)


def _workbook(file: Path, tabs: list[Tab]) -> None:
    import xlsxwriter  # 40 ms that no other command needs

    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        for name, titles, rows in tabs:
            tab = book.add_worksheet(name)
            tab.freeze_panes(1, 1)
            tab.write_row(0, 0, titles, bold)
            for line, row in enumerate(rows, 1):
                tab.write_row(line, 0, row)
