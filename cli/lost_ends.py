"""`switchboard cdrs close-lost`, and how a leg that we closed is written."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson
from cli.reach import desk
from domain.calls import LegState
from domain.lost_ends import told
from protos.operators_pb2 import CloseLostReport, CloseLostRequest, Leg
from protos.operators_pb2_grpc import CdrsServiceStub


def close_lost(
    switch: Annotated[str, typer.Option(help="Of this switch; of all where none is given.", show_default=False)] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say which, change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Close legs whose end never came at their last sign of life, and charge them so far; a real end that comes within
    store.partial_days takes the place of ours.
    """
    with desk() as channel:
        report = CdrsServiceStub(channel).CloseLost(CloseLostRequest(switch_id=switch, dry_run=dry_run))
    output.answer(report, as_json, lambda found: _write(found, dry_run))
    if report.faults and not report.closed:
        raise typer.Exit(1)


def _write(report: CloseLostReport, dry_run: bool) -> None:
    rows = (
        [
            leg.switch_id,
            leg.side,
            leg.partner,
            leg.a,
            leg.b,
            output.when(leg.connect_ms or leg.setup_ms),
            output.clock(leg.duration_ms // 1000),
            output.money(leg.charge),
            leg.leg_id.hex(),
        ]
        for leg in report.legs
    )
    titles = "switch|side|partner|from|to|began (UTC)|>ran|>charge|leg".split("|")
    output.table(titles, rows, "no leg has lost its end")
    would = "would be closed" if dry_run else "closed"
    output.lines(
        [
            f"{output.count(report.closed)} of {output.count(report.found)} silent legs {would}, "
            f"{output.money(report.charged)}",
            *report.faults,
        ]
    )


def closed_words(leg: Leg) -> str:
    """Say that a leg was closed by us, and when its real end came; "" of one that ended by itself."""
    when = output.iso(leg.alive_ms) if leg.HasField("alive_ms") else ""
    return told(LegState(leg.state or LegState.CLOSED), leg.revision, leg.duration_ms, when)
