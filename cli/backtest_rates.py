"""The rates and plans that a back-test tries, as they are written; a file is a sheet for as long as it is tried."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import grpc
import typer

from cli.progress import Tick
from cli.reach import fail
from cli.sheet_steps import at_rest, pieces
from protos.backtests_pb2 import BacktestPlan, BacktestRates
from protos.sheets_pb2 import SheetChunk, SheetRef
from protos.sheets_pb2_grpc import SheetsServiceStub


class Dealt(NamedTuple):
    """Plans that clients and vendors are tried with: PARTNER=PLAN."""

    sell: list[str]
    buy: list[str]


class Tried(NamedTuple):
    """What is tried: PLAN=SHEET, PLAN:CODE=PRICE, and other plans."""

    plans: list[str]
    rates: list[str]
    dealt: Dealt


@contextmanager
def rates_tried(
    channel: grpc.Channel, tried: Tried, tick: Tick
) -> Iterator[tuple[list[BacktestRates], list[BacktestPlan]]]:
    """Have what is tried ready while this lasts: files are sent and compared, and their sheets cancelled in the end."""
    plans = [
        BacktestPlan(partner=partner, side=side, plan=plan)
        for side, words in (("sell", tried.dealt.sell), ("buy", tried.dealt.buy))
        for partner, plan in (_pair(word, f"--{side}", "PARTNER=PLAN") for word in words)
    ]
    rates = [_price(word) for word in tried.rates]
    asked = [_pair(word, "--plan", "PLAN=SHEET") for word in tried.plans]
    sent: list[int] = []
    try:
        for plan, what in asked:
            number = int(what) if what.isdecimal() else _sent(channel, plan, Path(what), tick, sent)
            rates.append(BacktestRates(plan=plan, sheet=number))
        yield rates, plans
    finally:
        for number in sent:
            SheetsServiceStub(channel).Cancel(SheetRef(id=number))


def _sent(channel: grpc.Channel, plan: str, file: Path, tick: Tick, sent: list[int]) -> int:
    """Send a file as a sheet of a plan, and return its number once it is compared."""
    if not file.is_file():
        fail(f"{file} is no file, and no number of a sheet")
    found = SheetsServiceStub(channel).Send(pieces(SheetChunk(plan=plan, file_name=file.name), file, tick)).sheets
    sent += [one.id for one in found]
    if len(found) != 1:
        fail(f"{file} has {len(found)} rate files: try them one by one")
    sheet = at_rest(channel, found[0].id, tick)
    if sheet.state != "checked":
        sent.clear()
        fail(f"{file} is {sheet.state}: {sheet.words}. `switchboard sheets show {sheet.id}` says how to go on.")
    if sheet.rejected:
        missing = f"{file}: {sheet.rejected} of {sheet.rows} rows do not go in, and are not tried"
        typer.echo(f"{missing}; `switchboard sheets show {sheet.id}` says why", err=True)
    return int(sheet.id)


def _pair(word: str, option: str, form: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not (name and equals and value):
        raise typer.BadParameter(f"{word!r} is not {form}", param_hint=option)
    return name, value


def _price(word: str) -> BacktestRates:
    name, price = _pair(word, "--rate", "PLAN:CODE=PRICE")
    plan, colon, code = name.rpartition(":")
    if not (plan and colon and code):
        raise typer.BadParameter(f"{word!r} is not PLAN:CODE=PRICE", param_hint="--rate")
    return BacktestRates(plan=plan, code=code, price=price)
