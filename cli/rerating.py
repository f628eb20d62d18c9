"""`switchboard rerating`: calls that were charged before rates were known, and what these rates would make of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.downloads import Force
from cli.parsing import AsJson, Limit, Offset
from cli.reach import desk, fail
from domain.money import decimal_text
from protos.rerating_pb2 import (
    RerateCall,
    RerateCalls,
    RerateCallsQuery,
    RerateDismissal,
    RerateQuery,
    RerateRef,
    RerateTable,
    Rerating,
    Reratings,
)
from protos.rerating_pb2_grpc import ReratingServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Show calls that later rates would charge otherwise, and decide about charging them anew.",
)

Id = Annotated[int, typer.Argument(min=1, metavar="ID", help="As `rerating list` counts.", show_default=False)]


@app.command("list")
def list_reratings(
    plan: Annotated[str, typer.Option(help="Only of this plan.", show_default=False)] = "",
    state: Annotated[
        str, typer.Option(help="proposed, dismissed, superseded, or that of a job.", show_default=False)
    ] = "",
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List proposals to charge calls anew, the newest first."""
    with desk() as channel:
        reply = ReratingServiceStub(channel).List(RerateQuery(plan=plan, state=state, limit=limit, offset=offset))
    output.answer(reply, as_json, _write_list)
    if not as_json:
        output.paged(len(reply.reratings), reply.total, offset)


@app.command()
def show(number: Id, as_json: AsJson = False) -> None:
    """Show what a proposal comes to, by partner and destination."""
    with desk() as channel:
        output.answer(ReratingServiceStub(channel).Show(RerateRef(id=number)), as_json, _write_one)


@app.command()
def cdrs(
    number: Id,
    partner: Annotated[str, typer.Option(help="Only of this partner.", show_default=False)] = "",
    destination: Annotated[str, typer.Option(help="Only to this destination, by its name.", show_default=False)] = "",
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH", help="Write all of them there as CSV.", show_default=False),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show the calls of a proposal, as they were charged and as they would be."""
    with desk() as channel:
        stub = ReratingServiceStub(channel)
        if file is not None:
            if partner or destination:
                raise typer.BadParameter("it has all calls: leave --partner and --destination out", param_hint="-o")
            written = _save(stub.Table(RerateRef(id=number)), file, force=force)
            output.lines([f"wrote {file}: {output.count(written)} calls"])
            return
        query = RerateCallsQuery(id=number, partner=partner, destination=destination, limit=limit, offset=offset)
        reply = stub.Cdrs(query)
    output.answer(reply, as_json, _write_calls)
    if not as_json:
        output.paged(len(reply.calls), reply.total, offset)


@app.command()
def refresh(number: Id, as_json: AsJson = False) -> None:
    """Count the calls of a proposal again, up to now."""
    with desk() as channel:
        output.answer(ReratingServiceStub(channel).Refresh(RerateRef(id=number)), as_json, _write_one)


@app.command()
def dismiss(
    number: Id,
    comment: Annotated[str, typer.Option(help="Why the calls stay as they were charged.", show_default=False)],
) -> None:
    """Dismiss a proposal; its calls stay as they were charged."""
    with desk() as channel:
        output.changed(ReratingServiceStub(channel).Dismiss(RerateDismissal(id=number, comment=comment)))


def _save(pieces: Iterator[RerateTable], path: Path, *, force: bool) -> int:
    """Write the pieces as one file, whole or not at all; return how many calls it has."""
    if path.exists() and not force:
        fail(f"{path} is there already: write over it with --force, or name another file with -o")
    partial, lines = path.with_name(f"{path.name}.part"), 0
    try:
        with partial.open("wb") as stream:
            for piece in pieces:
                lines += piece.data.count(b"\n")
                stream.write(piece.data)
        partial.replace(path)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}; name another file with -o")
    finally:
        partial.unlink(missing_ok=True)
    return lines - 1


def _write_list(found: Reratings) -> None:
    output.table(
        (
            ">id",
            "plan",
            ">version",
            "state",
            ">calls",
            ">before",
            ">after",
            ">difference",
            ">unrated",
            "proposed (UTC)",
        ),
        (
            [
                str(one.id),
                one.plan,
                str(one.to_version),
                one.state,
                output.count(one.calls),
                output.money(one.before),
                output.money(one.after),
                _signed(one),
                output.count(one.unrated),
                output.when(one.proposed_ms),
            ]
            for one in found.reratings
        ),
        "no calls would be charged otherwise",
    )


def _write_one(one: Rerating) -> None:
    sheets = ", ".join(str(number) for number in one.sheets)
    ended = f" {output.when(one.ended_ms)}: {one.why}" if one.ended_ms else ""
    output.pairs(
        (
            ("rerating", f"{one.id}, {one.state}{ended}"),
            ("plan", f"{one.plan} ({one.side}), versions {one.from_version} to {one.to_version}"),
            ("sheets", sheets or output.UNKNOWN),
            ("calls from (UTC)", output.when(one.from_ms)),
            ("to", output.when(one.until_ms)),
            ("calls", output.count(one.calls)),
            ("before", output.money(one.before)),
            ("after", output.money(one.after)),
            ("difference", _signed(one)),
            ("as they were", output.count(one.equal)),
            ("cannot be rated", output.count(one.unrated)),
        )
    )
    if one.sums:
        output.section("by partner and destination")
        output.table(
            ("partner", "destination", ">calls", ">before", ">after", ">difference"),
            (
                [
                    each.partner,
                    each.destination or output.UNKNOWN,
                    output.count(each.calls),
                    decimal_text(each.before.units),
                    decimal_text(each.after.units),
                    _with_sign(each.after.units - each.before.units),
                ]
                for each in one.sums
            ),
            "none",
        )


def _write_calls(found: RerateCalls) -> None:
    output.table(
        ("at (UTC)", "partner", "number", "destination", "code", ">billed", ">charge", "new", ">billed", ">charge", ""),
        (
            [
                output.when(one.at_ms),
                one.partner,
                one.number,
                one.destination or output.UNKNOWN,
                one.code,
                str(one.billed_s or one.billed_volume),
                decimal_text(one.charge.units),
                *_new(one),
            ]
            for one in found.calls
        ),
        "no calls",
    )


def _new(one: RerateCall) -> tuple[str, str, str, str]:
    if not one.HasField("new_charge"):
        return output.UNKNOWN, output.UNKNOWN, output.UNKNOWN, one.fault
    return one.new_code, str(one.new_billed_s or one.new_billed_volume), decimal_text(one.new_charge.units), ""


def _signed(one: Rerating) -> str:
    return f"{_with_sign(one.difference.units)} {one.difference.currency}"


def _with_sign(units: int) -> str:
    return decimal_text(units) if units < 0 else f"+{decimal_text(units)}"
