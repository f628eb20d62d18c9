"""`switchboard sheets`: pages of what a sheet says, what the checks find in it, and what it changes."""

import csv
from pathlib import Path
from typing import Annotated

import grpc
import typer

from cli import output, sheet_tables
from cli.leak_tables import write_leaks
from cli.parsing import PAGE, AsJson, Limit, Offset, moment
from cli.reach import desk
from cli.sheet_steps import follow
from domain.sheets.leaking import Leaking
from domain.sheets.steps import SheetState
from protos.sheets_pb2 import LeakPage, SheetLeak, SheetRowsQuery, SheetSale
from protos.sheets_pb2_grpc import SheetsServiceStub

_SHOWN = 50
"""Of what would be done so many rows are shown at most."""
Id = Annotated[int, typer.Argument(min=1, metavar="SHEET", help="Its number.", show_default=False)]
CheckOption = Annotated[
    str, typer.Option("--check", metavar="R28", help="Only those of one check.", show_default=False)
]
CodeOption = Annotated[str, typer.Option("--code", help="The code's first digits.", show_default=False)]


def findings(
    sheet: Id,
    check: CheckOption = "",
    code: CodeOption = "",
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are open.")] = False,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show what the checks say, place by place, and what it means in money a week."""
    query = SheetRowsQuery(id=sheet, check=check, code=code, open=open_only, limit=limit, offset=offset)
    with desk() as channel:
        reply = SheetsServiceStub(channel).Findings(query)
    output.answer(reply, as_json, sheet_tables.write_findings)
    _paged(len(reply.findings), reply.total, offset, as_json)


def changes(
    sheet: Id,
    kind: Annotated[
        str, typer.Option(help="new, increase, decrease, unchanged, closed, blocked or callers.", show_default=False)
    ] = "",
    code: CodeOption = "",
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show what a sheet changes, code by code: price before and after, and from when."""
    query = SheetRowsQuery(id=sheet, kind=kind, code=code, limit=limit, offset=offset)
    with desk() as channel:
        reply = SheetsServiceStub(channel).Changes(query)
    output.answer(reply, as_json, sheet_tables.write_changes)
    _paged(len(reply.changes), reply.total, offset, as_json)


def implicit(
    sheet: Id,
    check: CheckOption = "",
    code: CodeOption = "",
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show numbers that become dearer without a row that says so."""
    query = SheetRowsQuery(id=sheet, check=check, code=code, limit=limit, offset=offset)
    with desk() as channel:
        reply = SheetsServiceStub(channel).Implicit(query)
    output.answer(reply, as_json, sheet_tables.write_implicit)
    _paged(len(reply.implicit), reply.total, offset, as_json)


def impact(
    sheet: Id,
    kind: Annotated[
        str,
        typer.Option(
            help="loss (below cost), thin (below the terms' margin) or uneven (dearer than the rest of its code).",
            show_default=False,
        ),
    ] = "",
    code: CodeOption = "",
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show what we would sell below cost or at too little once a sheet is in force, what that leaks, and a price."""
    query = SheetRowsQuery(id=sheet, kind=kind, code=code, limit=limit, offset=offset)
    with desk() as channel:
        reply = SheetsServiceStub(channel).Impact(query)
    output.answer(reply, as_json, write_leaks)
    _paged(len(reply.leaks), reply.total, offset, as_json)


Every = Annotated[bool, typer.Option("--all", help="All that lose money; with neither they are only shown.")]
Codes = Annotated[
    list[str] | None, typer.Option("--code", help="A code as impact lists it; once or more.", show_default=False)
]
SellPlan = Annotated[
    str, typer.Option("--plan", help="Only in this plan; else in all that sell it.", show_default=False)
]
From = Annotated[
    int | None,
    typer.Option("--from", parser=moment, metavar="TIME", help="UTC unless it says; else when the cost begins."),
]


Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Until it is checked again.")]


def reprice(
    sheet: Id,
    codes: Codes = None,
    plan: SellPlan = "",
    price: Annotated[
        str,
        typer.Option(
            help="A minute, in the currency of the plan, not below cost; else as proposed.", show_default=False
        ),
    ] = "",
    every: Every = False,
    from_ms: From = None,
    wait: Wait = True,
) -> None:
    """Raise prices of ours, all that lose money or those named, by changes of rates; the sheet is then checked anew."""
    order = SheetSale(id=sheet, codes=_named(codes, every=every), plan=plan, price=price, from_ms=from_ms)
    with desk() as channel:
        stub = SheetsServiceStub(channel)
        if order.codes or every:
            output.changed(stub.Reprice(order))
            _look_again(channel, sheet, wait)
        else:
            _foretell(_losing(stub, order), "repriced" + f" at {price}" * bool(price))


def block(
    sheet: Id,
    codes: Codes = None,
    plan: SellPlan = "",
    every: Every = False,
    from_ms: From = None,
    wait: Wait = True,
) -> None:
    """Block codes in our sell plans, all that lose money or those named; a sheet that waits is checked again then."""
    order = SheetSale(id=sheet, codes=_named(codes, every=every), plan=plan, from_ms=from_ms, every=every)
    with desk() as channel:
        stub = SheetsServiceStub(channel)
        if order.codes or every:
            output.changed(stub.Block(order))
            _look_again(channel, sheet, wait)
        else:
            _foretell(_losing(stub, order), "blocked")


def _look_again(channel: grpc.Channel, sheet: int, wait: bool) -> None:
    """Wait until the sheet is checked again, and say what of it is still sold below cost."""
    last = follow(channel, sheet, wait)
    if last is not None and last.state == SheetState.CHECKED:
        rest = SheetsServiceStub(channel).Impact(SheetRowsQuery(id=sheet, kind=Leaking.LOSS.value, limit=1)).total
        many = f"{output.count(rest)} codes are" if rest > 1 else "1 code is" if rest else "nothing is"
        output.lines([f"{many} sold below cost once it is in force"])


def _named(codes: list[str] | None, *, every: bool) -> list[str]:
    if codes and every:
        raise typer.BadParameter("give --code or --all, not both")
    return codes or []


def _losing(stub: SheetsServiceStub, order: SheetSale) -> list[SheetLeak]:
    """Return what loses money in the plan of an order, else in all plans. Most comes first, what had no calls last."""
    losing: list[SheetLeak] = []
    query = SheetRowsQuery(id=order.id, kind=Leaking.LOSS.value, limit=PAGE)
    while page := stub.Impact(query).leaks:
        losing += [one for one in page if one.leak.units > 0 and order.plan in ("", one.plan)]
        query.offset += len(page)
        if page[-1].leak.units <= 0 or len(page) < PAGE:
            break
    if not losing:
        output.lines(["no code that is sold below cost had calls; `sheets impact` lists others: name them by --code"])
        raise typer.Exit(1)
    return losing


def _foretell(losing: list[SheetLeak], done: str) -> None:
    """Show what would be done, and that it is not."""
    write_leaks(LeakPage(leaks=losing[:_SHOWN], total=len(losing)))
    more = f" ({_SHOWN} of them are shown)" if len(losing) > _SHOWN else ""
    which = f"{output.count(len(losing))} codes" if len(losing) > 1 else "1 code"
    output.lines([f"Nothing is changed. With --all {which}{more} would be {done}; with --code those that you name."])


def lines(sheet: Id, code: CodeOption = "", as_json: AsJson = False, limit: Limit = 50, offset: Offset = 0) -> None:
    """Show what a sheet says, as it was read: one line for each code of a row."""
    with desk() as channel:
        reply = SheetsServiceStub(channel).Lines(SheetRowsQuery(id=sheet, code=code, limit=limit, offset=offset))
    output.answer(reply, as_json, sheet_tables.write_lines)
    _paged(len(reply.lines), reply.total, offset, as_json)


def rejects(
    sheet: Id,
    check: CheckOption = "",
    file: Annotated[Path | None, typer.Option("--csv", help="Write all of them there.", show_default=False)] = None,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show rows that do not go in, and why; `sheets mend` corrects one."""
    with desk() as channel:
        stub = SheetsServiceStub(channel)
        if file is not None:
            output.lines([f"{output.count(_write_csv(stub, sheet, check, file))} rejects written to {file}"])
            return
        reply = stub.Rejects(SheetRowsQuery(id=sheet, check=check, limit=limit, offset=offset))
    output.answer(reply, as_json, sheet_tables.write_rejects)
    _paged(len(reply.rejects), reply.total, offset, as_json)


def _write_csv(stub: SheetsServiceStub, sheet: int, check: str, file: Path) -> int:
    """Write all rejects; return how many."""
    written = 0
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("tab", "row", "column", "value", "check", "reason", "raw"))
        while page := stub.Rejects(SheetRowsQuery(id=sheet, check=check, limit=PAGE, offset=written)).rejects:
            for one in page:
                writer.writerow((one.tab, one.row, one.column, one.value, one.check, one.reason, one.raw))
            written += len(page)
    return written


def _paged(shown: int, total: int, offset: int, as_json: bool) -> None:
    if not as_json:
        output.paged(shown, total, offset)
