"""`switchboard sheets`: rate sheets from the file to the plan, and back."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli import output, sheet_tables
from cli.fields import assignments
from cli.parsing import AsJson, Limit, Offset, in_zone, local, moment
from cli.progress import progress
from cli.reach import desk
from cli.sheet_pages import CheckOption, Id, block, changes, findings, impact, implicit, lines, rejects, reprice
from cli.sheet_sources import dismiss, inbox, sources, take
from cli.sheet_steps import at_rest, follow, pieces, write_step
from domain.errors import InputError
from domain.sheets.template_json import template_json, template_of
from domain.sheets.tiers import retiered
from protos.operators_pb2 import PlanPageRequest
from protos.operators_pb2_grpc import PlansServiceStub
from protos.sheets_pb2 import (
    Sheet,
    SheetAnswers,
    SheetApproval,
    SheetChunk,
    SheetMend,
    SheetPage,
    SheetPointing,
    SheetQuery,
    SheetRef,
    SheetUndo,
    SheetVerdict,
)
from protos.sheets_pb2_grpc import SheetsServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Send, check, correct, approve, apply and undo rate sheets.",
)

Comment = Annotated[str, typer.Option("--comment", help="Why; it is kept.", show_default=False)]
Keys = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY...", help="Of findings, as `sheets findings` shows them.", show_default=False),
]


@app.command()
def send(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="xlsx, xls, ods, csv, zip.", show_default=False)
    ],
    plan: Annotated[str, typer.Option(help="The plan that it is for.", show_default=False)],
    sender: Annotated[str, typer.Option(metavar="MAIL", help="Who sent it.", show_default=False)] = "",
    subject: Annotated[str, typer.Option(metavar="TEXT", help="Of the mail it came with.", show_default=False)] = "",
    effective: Annotated[
        datetime | None,
        typer.Option(
            parser=local, metavar="DATE", help="For rows without a date; in the plan's zone.", show_default=False
        ),
    ] = None,
    template: Annotated[str, typer.Option(metavar="NAME", help="Else the one that fits.", show_default=False)] = "",
    received: Annotated[
        int | None,
        typer.Option(parser=moment, metavar="TIME", help="When it came: notice counts from there.", show_default=False),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Until it is checked.")] = True,
    as_json: AsJson = False,
) -> None:
    """Send a rate sheet: it is kept, read, compared with its plan and checked. Nothing is live until it is applied."""
    head = SheetChunk(
        plan=plan, file_name=file.name, sender=sender, subject=subject, template=template, received_ms=received
    )
    with desk() as channel:
        if effective is not None:
            shown = PlansServiceStub(channel).Show(PlanPageRequest(plan=plan, limit=1))
            head.effective_ms = in_zone(effective, ZoneInfo(shown.plan.zone or "UTC"))
        with progress(file.name) as tick:
            stub = SheetsServiceStub(channel)
            sent = list(stub.Send(pieces(head, file, tick)).sheets)
            if wait:
                sent = [at_rest(channel, one.id, tick) for one in sent]
    _write_all(sent, as_json)
    if any(one.state == "refused" for one in sent):
        raise typer.Exit(1)


@app.command()
def watch(sheet: Id, as_json: AsJson = False) -> None:
    """Show the steps of a sheet as they go on, until it rests."""
    with desk() as channel, progress(f"sheet {sheet}") as tick:
        last = at_rest(channel, sheet, tick, None if as_json else write_step)
    output.answer(last, as_json, lambda one: output.lines([f"{one.state}: {one.words}" if one.words else one.state]))


@app.command("list")
def list_sheets(
    plan: Annotated[str, typer.Option(help="Only those of one plan.", show_default=False)] = "",
    state: Annotated[str, typer.Option(help="Only those in one state, such as checked.", show_default=False)] = "",
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List sheets, the newest first."""
    with desk() as channel:
        reply = SheetsServiceStub(channel).List(SheetQuery(plan=plan, state=state, limit=limit, offset=offset))

    def write(page: SheetPage) -> None:
        sheet_tables.write_list(page.sheets)
        output.paged(len(page.sheets), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def show(sheet: Id, as_json: AsJson = False) -> None:
    """Show a sheet: its steps with count and time, what changes, what the checks say and what it means in money."""
    with desk() as channel:
        reply = SheetsServiceStub(channel).Show(SheetRef(id=sheet))
    output.answer(reply, as_json, sheet_tables.write_sheet)


@app.command()
def ask(sheet: Id, as_json: AsJson = False) -> None:
    """Show what must be answered before a sheet can be read."""
    with desk() as channel:
        reply = SheetsServiceStub(channel).Show(SheetRef(id=sheet))

    def write(found: Sheet) -> None:
        sheet_tables.write_questions(found.id, found.questions)
        if not found.questions:
            output.lines([f"sheet {found.id} is {found.state}: nothing is asked"])

    output.answer(reply, as_json, write)


@app.command()
def answer(
    sheet: Id,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="QUESTION=CHOICE...",
            help="Keys of questions, and the choices by text or number.",
            show_default=False,
        ),
    ],
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Until it is checked.")] = True,
) -> None:
    """Answer what is asked; when no question is left the sheet is read on. The answers are kept as a template."""
    given = _answers(words)
    with desk() as channel:
        output.changed(SheetsServiceStub(channel).Answer(SheetAnswers(id=sheet, answers=given)))
        follow(channel, sheet, wait)


@app.command()
def tier(
    sheet: Id,
    name: Annotated[str, typer.Argument(metavar="TIER", help="Its heading, or a part of it.", show_default=False)],
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Until it is checked.")] = True,
) -> None:
    """Read the prices of another volume tier, of this sheet and of the partner's next ones."""
    with desk() as channel:
        stub = SheetsServiceStub(channel)
        look = stub.Preview(SheetRef(id=sheet))
        try:
            template = retiered(template_of(look.template), name)
        except InputError as wrong:
            raise typer.BadParameter(str(wrong)) from None
        output.changed(stub.Point(SheetPointing(id=sheet, name=look.name, template=template_json(template))))
        follow(channel, sheet, wait)


@app.command(context_settings={"ignore_unknown_options": True})  # a value may begin with a dash
def mend(
    sheet: Id,
    tab: Annotated[
        str, typer.Argument(metavar="TAB", help="As rejects name it; - where the file has none.", show_default=False)
    ],
    row: Annotated[int, typer.Argument(min=1, metavar="ROW", help="As a spreadsheet counts.", show_default=False)],
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="Its letter, or its heading.", show_default=False)],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="What it should say.", show_default=False)],
    comment: Comment = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Until it is checked.")] = True,
) -> None:
    """Give a cell another text; the sheet is read anew with it. The file itself stays as it came."""
    its_tab = "" if tab == sheet_tables.NO_TAB else tab
    order = SheetMend(id=sheet, tab=its_tab, row=row, column=column, value=value, comment=comment)
    with desk() as channel:
        output.changed(SheetsServiceStub(channel).Mend(order))
        follow(channel, sheet, wait)


@app.command()
def accept(sheet: Id, keys: Keys = None, check: CheckOption = "", comment: Comment = "") -> None:
    """Let findings stand."""
    _decide(SheetVerdict(id=sheet, what="accept", keys=keys or [], check=check, comment=comment))


@app.command()
def drop(sheet: Id, keys: Keys = None, check: CheckOption = "", comment: Comment = "") -> None:
    """Leave out the rows that findings are about."""
    _decide(SheetVerdict(id=sheet, what="drop", keys=keys or [], check=check, comment=comment))


@app.command()
def move(
    sheet: Id,
    keys: Keys = None,
    check: CheckOption = "",
    date: Annotated[
        int | None,
        typer.Option(parser=moment, metavar="TIME", help="UTC unless it says; else the earliest that is allowed."),
    ] = None,
    comment: Comment = "",
) -> None:
    """Let the rows that findings are about begin at another moment."""
    _decide(SheetVerdict(id=sheet, what="move", keys=keys or [], check=check, at_ms=date, comment=comment))


@app.command()
def approve(
    sheet: Id,
    apply: Annotated[bool, typer.Option("--apply", help="Put it into its plan at once.")] = False,
    warnings: Annotated[
        int, typer.Option(min=0, metavar="N", help="How many open warnings you have seen: all that it has.")
    ] = 0,
    comment: Comment = "",
) -> None:
    """Approve a checked sheet; refused while a finding that blocks is open, or warnings are that you have not seen."""
    approval = SheetApproval(id=sheet, apply=apply, comment=comment, warnings_seen=warnings)
    with desk() as channel:
        output.changed(SheetsServiceStub(channel).Approve(approval))


@app.command("apply")
def apply_sheet(sheet: Id) -> None:
    """Put an approved sheet into its plan, all or nothing."""
    with desk() as channel:
        output.changed(SheetsServiceStub(channel).Apply(SheetRef(id=sheet)))


@app.command()
def cancel(sheet: Id) -> None:
    """Give a sheet up that is not applied; what works on it ends."""
    with desk() as channel:
        output.changed(SheetsServiceStub(channel).Cancel(SheetRef(id=sheet)))


@app.command()
def retry(
    sheet: Id, wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Until it is checked.")] = True
) -> None:
    """Read a sheet anew, after a failure or because the plan has changed since."""
    with desk() as channel:
        output.changed(SheetsServiceStub(channel).Retry(SheetRef(id=sheet)))
        follow(channel, sheet, wait)


@app.command()
def undo(sheet: Id, comment: Comment = "") -> None:
    """Take an applied sheet back whole, as if it had never been; what followed it is listed."""
    with desk() as channel:
        output.changed(SheetsServiceStub(channel).Undo(SheetUndo(id=sheet, comment=comment)))


for page in (findings, changes, implicit, impact, reprice, block, lines, rejects, sources, inbox, take, dismiss):
    app.command()(page)


def _decide(verdict: SheetVerdict) -> None:
    if not verdict.keys and not verdict.check:
        raise typer.BadParameter("name findings by their keys, or all of one check by --check")
    with desk() as channel:
        output.changed(SheetsServiceStub(channel).Decide(verdict))
        follow(channel, verdict.id, wait=True)


def _answers(words: list[str]) -> dict[str, str]:
    """Read QUESTION=CHOICE; the keys of questions may hold signs that fields cannot."""
    given = dict(word.partition("=")[::2] for word in words)
    if any("=" not in word for word in words) or len(given) < len(words):
        assignments(words, {})  # says which of them it is
    return given


def _write_all(sheets: list[Sheet], as_json: bool) -> None:
    if as_json:
        output.print_json([output.plain(one) for one in sheets])
        return
    for number, one in enumerate(sheets):
        if number:
            typer.echo()
        sheet_tables.write_sheet(one)
