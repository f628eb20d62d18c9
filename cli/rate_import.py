"""`switchboard rates import`: a rate sheet sent, checked and applied in one go, unless something must be decided."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import grpc
import typer

from cli import output, sheet_tables
from cli.parsing import AsJson, in_zone, local
from cli.progress import Tick, progress
from cli.reach import desk, fail
from cli.sheet_steps import at_rest, pieces, write_step
from protos.operators_pb2 import PlanPageRequest
from protos.operators_pb2_grpc import PlansServiceStub
from protos.sheets_pb2 import (
    CheckCount,
    RejectPage,
    Sheet,
    SheetApproval,
    SheetChunk,
    SheetRef,
    SheetReject,
    SheetRowsQuery,
    SheetStep,
    SheetVerdict,
)
from protos.sheets_pb2_grpc import SheetsServiceStub

STAY_OUT = "rates import: rows that are wrong stay out"
TRIES = 5
"""So often a sheet is approved anew because its plan changed while it was checked."""
SHOWN, PAGE = 1_000, 200
BLOCKS, WARNS = "B", "W"
OF_PRICES = ("R19", "R20")
"""Warnings of prices that do not go in unseen."""
BY_HAND = ("R03", "R05")
"""Checks that are accepted one by one only: another contract's sheet, or prices for another unit."""


@dataclass(frozen=True, slots=True)
class Way:
    """How it is brought in. `accept`: why all open findings may stand, "" where none may; `warnings`: how many were
    seen before, None: none were; `tell` is given each step."""

    dry_run: bool
    accept: str
    warnings: int | None
    tick: Tick
    tell: Callable[[SheetStep], None] | None


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: the sheet as it was at last, what is wrong with rows, the words of the first finding
    of each check that keeps it out, and the checks as they were when their findings were accepted."""

    sheet: Sheet
    dry_run: bool
    elapsed_ms: int = 0
    let_stand: list[CheckCount] = field(default_factory=list)
    rejects: list[SheetReject] = field(default_factory=list)
    blocking: list[tuple[CheckCount, str]] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Say whether it went in, or would go."""
        one = self.sheet
        return one.state == "applied" or (
            self.dry_run and one.state == "checked" and one.lines > 0 and not one.blocking and not self.blocking
        )

    @property
    def accepted(self) -> int:
        """How many rows went in, or would."""
        return self.sheet.rows - self.sheet.rejected if self.good else 0


def import_rates(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="xlsx, xls, ods, csv, zip.", show_default=False)
    ],
    plan: Annotated[str, typer.Option(help="The plan that the rates go into.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all, change nothing.")] = False,
    effective: Annotated[
        datetime | None,
        typer.Option(
            parser=local, metavar="DATE", help="For rows without a date; in the plan's zone.", show_default=False
        ),
    ] = None,
    accept: Annotated[
        str, typer.Option(metavar="COMMENT", help="Let all findings stand, and why; it is kept.", show_default=False)
    ] = "",
    warnings: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="How many open warnings you have seen: all.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send a rate sheet, check it, put it into its plan: good rows go in, wrong ones and what blocks it are listed."""
    if accept and warnings is not None:
        raise typer.BadParameter("give --accept or --warnings, not both")
    began = monotonic()
    head = SheetChunk(plan=plan, file_name=file.name)
    with desk() as channel:
        if effective is not None:
            shown = PlansServiceStub(channel).Show(PlanPageRequest(plan=plan, limit=1))
            head.effective_ms = in_zone(effective, ZoneInfo(shown.plan.zone or "UTC"))
        with progress(file.name) as tick:
            way = Way(dry_run, accept, warnings, tick, None if as_json else write_step)
            found = _looked_at(channel, _brought_in(channel, head, file, way), way)
            found = replace(found, elapsed_ms=round((monotonic() - began) * 1000))
            if dry_run:
                SheetsServiceStub(channel).Cancel(SheetRef(id=found.sheet.id))
    if as_json:
        output.print_json(_plain(found, file))
    else:
        _write(found, file)
    if not found.good:
        raise typer.Exit(1)


def _brought_in(channel: grpc.Channel, head: SheetChunk, file: Path, way: Way) -> Imported:
    """Send a file, and go as far with its sheet as nobody else must decide.

    What is accepted is what the first look found: what comes later, when its plan has changed, stops it.
    """
    stub = SheetsServiceStub(channel)
    sheet = at_rest(channel, _only(stub, stub.Send(pieces(head, file, way.tick)).sheets, way), way.tick, way.tell)
    let_stand: list[CheckCount] = []
    for tried in range(TRIES):
        if sheet.state == "checked" and sheet.lines and not (way.accept and tried):
            sheet, accepted = _decided(channel, sheet, way)
            let_stand += accepted
        if sheet.state != "checked" or not sheet.lines or way.dry_run or _in_the_way(sheet, way):
            break
        comment = way.accept or "rates import"
        stub.Approve(SheetApproval(id=sheet.id, apply=True, comment=comment, warnings_seen=sheet.warnings))
        sheet = at_rest(channel, sheet.id, way.tick)
    return Imported(sheet, way.dry_run, let_stand=let_stand)


def _in_the_way(sheet: Sheet, way: Way) -> list[CheckCount]:
    """Return the checks whose open findings keep a sheet out: those that block; with --accept, all that it did not
    accept; with --warnings, all warnings where they are not as many; else warnings of prices."""
    if way.accept or (way.warnings is not None and way.warnings != sheet.warnings):
        warned = [one for one in sheet.checks if one.severity == WARNS]
    else:
        warned = [one for one in sheet.checks if one.severity == WARNS and one.check in OF_PRICES]
        warned = warned if way.warnings is None else []
    return [one for one in (*(one for one in sheet.checks if one.severity == BLOCKS), *warned) if one.open]


def _only(stub: SheetsServiceStub, sheets: Sequence[Sheet], way: Way) -> int:
    """Return the number of the only sheet of a file. Ends the command where there are several: each is its own case."""
    if len(sheets) > 1:
        for one in sheets if way.dry_run else ():
            stub.Cancel(SheetRef(id=one.id))
        names = ", ".join(f"{one.file_name} (sheet {one.id})" for one in sheets)
        mend = "Try them" if way.dry_run else f"Each is checked, `switchboard sheets show {sheets[0].id}`: apply them"
        fail(f"it has {len(sheets)} rate files: {names}. {mend} one by one.")
    return int(sheets[0].id)


def _decided(channel: grpc.Channel, sheet: Sheet, way: Way) -> tuple[Sheet, list[CheckCount]]:
    """Let all findings stand where that is wanted, else those of rows that stay out, which are listed; return the
    checks of the former. None where one of them is to be accepted by itself."""
    found = [one for one in sheet.checks if one.open and one.severity in (BLOCKS, WARNS)]
    blocking = [one for one in found if one.severity == BLOCKS]
    if not (found if way.accept else blocking and sheet.rejects):
        return sheet, []
    if way.accept and any(one.check in BY_HAND for one in blocking):
        return sheet, []
    which, comment = ("open", way.accept) if way.accept else ("rejects", STAY_OUT)
    verdict = SheetVerdict(id=sheet.id, what="accept", which=which, comment=comment)
    SheetsServiceStub(channel).Decide(verdict)
    return at_rest(channel, sheet.id, way.tick), found if way.accept else []


def _looked_at(channel: grpc.Channel, found: Imported, way: Way) -> Imported:
    """Read what is to be shown of a sheet at rest."""
    stub, sheet = SheetsServiceStub(channel), found.sheet
    while sheet.rejects and len(found.rejects) < min(SHOWN, sheet.rejects):
        page = stub.Rejects(SheetRowsQuery(id=sheet.id, limit=PAGE, offset=len(found.rejects)))
        if not page.rejects:
            break
        found.rejects.extend(page.rejects)
    for one in _in_the_way(sheet, way) if sheet.state == "checked" else ():
        first = stub.Findings(SheetRowsQuery(id=sheet.id, check=one.check, open=True, limit=1)).findings
        found.blocking.append((one, first[0].words if first else ""))
    return found


def _plain(found: Imported, file: Path) -> dict[str, Any]:
    sheet = found.sheet
    warnings = [one for one in sheet.checks if one.severity == WARNS and one.open]
    return {
        "file": file.name,
        "plan": sheet.plan,
        "sheet": sheet.id,
        "state": sheet.state,
        "words": sheet.words,
        "dry_run": found.dry_run,
        "rows": sheet.rows,
        "accepted": found.accepted,
        "rejected": sheet.rejected,
        "codes": sheet.codes,
        "changes": dict(sorted(sheet.kinds.items())),
        "rejects": [output.plain(one) for one in found.rejects],
        "blocking": [_finding(one) | {"words": words} for one, words in found.blocking],
        "warnings": [_finding(one) for one in warnings],
        "let_stand": [output.plain(one) for one in found.let_stand],
        "questions": [output.plain(one) for one in sheet.questions],
        "plan_version": sheet.version,
        "columns": dict(sorted(sheet.columns.items())),
        "notes": list(sheet.notes),
        "elapsed_ms": found.elapsed_ms,
    }


def _finding(one: CheckCount) -> dict[str, Any]:
    return {"check": one.check, "open": one.open, "rule": one.rule}


def _write(found: Imported, file: Path) -> None:
    sheet = found.sheet
    verb = "would go into" if found.dry_run else "went into"
    codes = f"({output.count(sheet.codes)} codes), {output.count(sheet.rejected)} rejected"
    if found.good:
        told = f"{output.count(found.accepted)} of {output.count(sheet.rows)} rows {verb} {sheet.plan} {codes}"
    else:
        told = f"nothing {verb} {sheet.plan}: {_kept_out(found)}; {output.count(sheet.rows)} rows were read {codes}"
    output.lines([f"{file.name}: {told}, {output.count(found.elapsed_ms)} ms"])
    if sheet.version:
        output.lines([f"{sheet.plan} is now at version {sheet.version}, by sheet {sheet.id}"])
    if changes := sheet_tables.kinds_text(sheet):
        output.lines([f"changes: {changes}"])
    output.lines(f"column {theirs!r} read as {ours}" for theirs, ours in sorted(sheet.columns.items()) if ours)
    output.lines(sheet.notes)
    if found.rejects:
        output.section("rejected")
        sheet_tables.write_rejects(RejectPage(rejects=found.rejects))
    if found.let_stand:
        output.section("accepted")
        sheet_tables.write_accepted(found.let_stand)
    warned = [one for one in sheet.checks if one.severity == WARNS and one.open]
    if warned:
        output.section("warnings")
        output.table(("check", ">found", "rule"), ([one.check, output.count(one.open), one.rule] for one in warned), "")
    if not found.good:
        _write_why(found)


def _kept_out(found: Imported) -> str:
    """Say in a few words what keeps a sheet out."""
    if found.blocking:
        return (
            f"{', '.join(one.check for one, _ in found.blocking)} keep{'s' if len(found.blocking) == 1 else ''} it out"
        )
    if found.sheet.state == "asking":
        return "it must be said how it is read"
    if found.sheet.state == "refused":
        return "it is refused"
    if not found.sheet.lines:
        return "no row of it can be read"
    return f"{output.count(found.sheet.warnings)} warnings must be seen first" if found.sheet.warnings else "see below"


def _write_why(found: Imported) -> None:
    """Say why nothing went in, and how to go on; a sheet of a dry run is given up."""
    sheet = found.sheet
    output.section(f"nothing of it is live: sheet {sheet.id} is {'cancelled' if found.dry_run else sheet.state}")
    if sheet.words:
        output.lines([sheet.words])
    if found.blocking:
        rows = [[one.check, output.count(one.open), one.rule, words] for one, words in found.blocking]
        output.table(("check", ">open", "rule", "such as"), rows, "")
    sheet_tables.write_questions(sheet.id, sheet.questions)
    if not found.dry_run:
        output.lines(_how_to_go_on(found))


def _how_to_go_on(found: Imported) -> list[str]:
    sheet = found.sheet
    approve = f"switchboard sheets approve {sheet.id} --apply"
    if sheet.state == "asking":
        return [f"then: {approve}"]
    if sheet.state != "checked":
        return []
    if not sheet.lines:
        return ["no row of it can be read: `switchboard sheets mend`, or mend the file and import it again"]
    warned = f" --warnings {sheet.warnings}" if sheet.warnings else ""
    again = '--accept "why it is right"'
    if not sheet.blocking:
        again += f" or --warnings {sheet.warnings}"
    elif any(one.check in BY_HAND for one, _ in found.blocking):
        return [
            f"look:    switchboard sheets findings {sheet.id} --open",
            f"decide:  switchboard sheets accept {sheet.id} --check R.., each by itself, then {approve}{warned}",
        ]
    return [
        f"look:    switchboard sheets findings {sheet.id} --open",
        f"decide:  switchboard sheets accept|move|drop {sheet.id} --check R.., then {approve}{warned}",
        f"or:      switchboard sheets cancel {sheet.id}, and import it again with {again}",
    ]
