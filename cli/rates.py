"""`switchboard rates`: rates brought into plans, and looked at."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli import output, rate_looks
from cli.parsing import AsJson, in_zone, local
from cli.progress import chunks, progress
from cli.reach import desk
from protos.operators_pb2 import ImportChunk, ImportReport, PlanPageRequest, RejectedRow
from protos.operators_pb2_grpc import PlansServiceStub, RatesServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def rates() -> None:
    """Bring rates into plans; look at them in two times, beside other plans, vendors and costs."""


for look in (
    rate_looks.show,
    rate_looks.history,
    rate_looks.at,
    rate_looks.compare,
    rate_looks.vendors,
    rate_looks.margin,
):
    app.command()(look)


@app.command("import")
def import_rates(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX.", show_default=False)],
    plan: Annotated[str, typer.Option(help="The plan that the rates go into.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all, change nothing.")] = False,
    effective: Annotated[
        datetime | None,
        typer.Option(
            parser=local, metavar="DATE", help="For rows without a date; in the plan's zone.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import a rate sheet into a plan: good rows go in, wrong ones are listed with row and reason."""
    with desk() as channel:
        head = ImportChunk(plan=plan, file_name=file.name, dry_run=dry_run)
        if effective is not None:
            shown = PlansServiceStub(channel).Show(PlanPageRequest(plan=plan, limit=1))
            head.effective_ms = in_zone(effective, ZoneInfo(shown.plan.zone or "UTC"))
        with progress(file.name) as tick:
            report = RatesServiceStub(channel).Import(chunks(head, file, tick))
    output.answer(report, as_json, lambda done: _write(done, file, plan))
    if report.rows and not report.accepted:
        raise typer.Exit(1)


def _write(report: ImportReport, file: Path, plan: str) -> None:
    verb = "would go into" if report.dry_run else "went into"
    output.lines(
        [
            f"{file.name}: {output.count(report.accepted)} of {output.count(report.rows)} rows {verb} {plan} "
            f"({output.count(report.codes)} codes), {output.count(report.rejected)} rejected, "
            f"{output.count(report.elapsed_ms)} ms",
            *([] if report.dry_run or not report.plan_version else [f"{plan} is now at version {report.plan_version}"]),
            *(f"column {theirs!r} read as {ours}" for theirs, ours in sorted(report.columns.items())),
            *report.notes,
        ]
    )
    write_rejects(report.rejects)


def write_rejects(rejects: Iterable[RejectedRow]) -> None:
    """List rejected rows with row number, reason and what stood there."""
    listed = [[str(one.row), one.reason, one.raw] for one in rejects]
    if listed:
        output.section("rejected")
        output.table((">row", "reason", "as it stood"), listed, "")
