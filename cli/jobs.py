"""`switchboard jobs`: long work in the background."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, Filter, Limit, Offset
from cli.reach import desk
from protos.operators_pb2 import Jobs, Named, PageRequest
from protos.operators_pb2_grpc import JobsServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List and cancel long work.")


@app.command("list")
def list_jobs(as_json: AsJson = False, filter: Filter = "", limit: Limit = 50, offset: Offset = 0) -> None:
    """List jobs with their progress, the newest first."""
    with desk() as channel:
        reply = JobsServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))
    output.answer(reply, as_json, _write)


@app.command()
def cancel(job: Annotated[int, typer.Argument(min=1, metavar="JOB", help="Its number.", show_default=False)]) -> None:
    """Cancel a job; what it had not finished stays as it was."""
    with desk() as channel:
        output.changed(JobsServiceStub(channel).Cancel(Named(name=str(job))))


def _write(found: Jobs) -> None:
    output.table(
        (">job", "kind", "what", "state", ">done", "started (UTC)", "ended (UTC)", "error"),
        (
            [
                str(one.id),
                one.kind,
                one.what,
                one.state,
                f"{100 * one.progress:.0f} %",
                output.when(one.started_ms),
                output.when(one.ended_ms),
                one.error,
            ]
            for one in found.jobs
        ),
        "no jobs",
    )
