"""`switchboard cdrs`: legs in normal form, what was parked, and where they came from."""

from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.lost_ends import close_lost, closed_words
from cli.parsing import AsJson, AtSwitch, Limit, OfCall, Offset, OpenFrom, OpenTo, checked_period
from cli.progress import chunks, progress
from cli.reach import desk, fail
from cli.rejects import write_rejects
from domain.calls import Side
from domain.cause_classes import CauseClass
from domain.causes import ParkCause
from domain.money import decimal_text
from domain.rates import Service, Unit
from domain.units import PRICED, quantity_words
from protos.operators_pb2 import (
    CallRef,
    CdrExplanation,
    CdrImportReport,
    CdrPage,
    CdrQuery,
    Empty,
    ImportChunk,
    Leg,
    ParkedPage,
    ParkedQuery,
    RetryReport,
    RetryRequest,
    SourceStates,
)
from protos.operators_pb2_grpc import CdrsServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Import, list, show and explain CDRs.")


def ref(call: str, switch: str) -> CallRef | None:
    """Return which call is asked for; a switch alone names none, and is wrong usage."""
    if switch and not call:
        raise typer.BadParameter("it says whose the id of --call is: give both", param_hint="--switch")
    return CallRef(call=call, switch_id=switch) if call else None


def park_id(text: str) -> bytes:
    """Read the id of a parked record; raises ValueError."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError(f"{text!r} is no id of a parked record, see `switchboard cdrs parked`") from None


@app.command("import")
def import_cdrs(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Files.", show_default=False)],
    switch: Annotated[
        str, typer.Option(help="Whose files, where several switches deliver such ones.", show_default=False)
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all, change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import CDR files: good rows are charged or parked, wrong ones are listed with row and reason.
    They are in the plain CSV form, or in that of an exchange (the file_layout of its switch): then what their trailers
    say is compared.
    """
    reports = [_import_one(file, dry_run, switch) for file in files]
    if as_json:
        output.print_json({"reports": [output.plain(report) for report in reports]})
    else:
        for report in reports:
            _write_report(report)
    if any(report.rows and report.rejected == report.rows for report in reports):
        raise typer.Exit(1)


def _import_one(file: Path, dry_run: bool, switch: str) -> CdrImportReport:
    head = ImportChunk(file_name=file.name, dry_run=dry_run, switch_id=switch)
    report: CdrImportReport | None = None
    with desk() as channel, progress(file.name) as tick:
        for step in CdrsServiceStub(channel).Import(chunks(head, file, tick)):
            tick(step.step, step.rows_done, step.rows)
            if step.HasField("report"):
                report = step.report
    if report is None:
        fail(f"{file}: the switchboard ended the import without a report; import the file again, nothing counts twice")
    return report


@app.command("list")
def list_cdrs(
    partner: Annotated[str, typer.Option(help="Of this partner.", show_default=False)] = "",
    side: Annotated[Side | None, typer.Option(help="Of this side.", show_default=False)] = None,
    end_user: Annotated[str, typer.Option(help="Of this end user of the partner.", show_default=False)] = "",
    number: Annotated[str, typer.Option(help="With these digits in either number.", show_default=False)] = "",
    start: OpenFrom = None,
    end: OpenTo = None,
    call: OfCall = "",
    switch: AtSwitch = "",
    answered: Annotated[bool, typer.Option("--answered", help="Answered legs only.")] = False,
    open_only: Annotated[bool, typer.Option("--open", help="Legs only that have begun and not ended.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Legs only that we closed: no end came.")] = False,
    destination: Annotated[
        str, typer.Option(help="To this destination: its name, a code or a number.", show_default=False)
    ] = "",
    trunk: Annotated[str, typer.Option(help="By this trunk.", show_default=False)] = "",
    cause: Annotated[list[int] | None, typer.Option(help="Failed with this Q.850 cause.", show_default=False)] = None,
    cause_class: Annotated[
        CauseClass | None,
        typer.Option("--class", help="Of this class of causes, see `quality causes`.", show_default=False),
    ] = None,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List legs with their charges, a page at a time."""
    from_ms, to_ms = checked_period(start, end)
    query = CdrQuery(
        partner=partner,
        side=side or "",
        number=number,
        from_ms=from_ms,
        to_ms=to_ms,
        limit=limit,
        offset=offset,
        answered_only=answered,
        open_only=open_only,
        partial_only=partial,
        end_user=end_user,
        call=ref(call, switch),
        destination=destination,
        trunk=trunk,
        causes=cause or (),
        cause_class=cause_class or "",
    )
    with desk() as channel:
        reply = CdrsServiceStub(channel).List(query)

    def write(page: CdrPage) -> None:
        _write_legs(page)
        output.paged(len(page.legs), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def show(
    leg: Annotated[str, typer.Argument(metavar="ID", help="A leg id in hex, or any id of a call.", show_default=False)],
    switch: AtSwitch = "",
    why: Annotated[bool, typer.Option("--why", help="Say how it was routed and charged.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show one leg, or all legs of a call, in full."""
    with desk() as channel:
        reply = CdrsServiceStub(channel).Show(CallRef(call=leg, switch_id=switch))
    if not why:
        reply.ClearField("why")
    output.answer(reply, as_json, _write_one)


@app.command()
def parked(
    filter: Annotated[
        str, typer.Argument(metavar="[FILTER]", help="Part of the cause or of the record.", show_default=False)
    ] = "",
    call: OfCall = "",
    switch: AtSwitch = "",
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List the records that could not be attributed or rated, with the cause."""
    query = ParkedQuery(filter=filter, limit=limit, offset=offset, call=ref(call, switch))
    with desk() as channel:
        reply = CdrsServiceStub(channel).Parked(query)

    def write(page: ParkedPage) -> None:
        output.table(
            ("received (UTC)", "id", "cause", "detail", "record"),
            ([output.when(one.received_ms), one.park_id.hex(), one.cause, one.detail, one.raw] for one in page.records),
            "nothing is parked",
        )
        output.paged(len(page.records), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def retry(
    ids: Annotated[
        list[bytes] | None,
        typer.Argument(
            parser=park_id, metavar="ID", help="These records; all where none is given.", show_default=False
        ),
    ] = None,
    cause: Annotated[ParkCause | None, typer.Option(help="Those parked for this cause.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Charge parked records again after mending: by the partners, trunks, rates and exchange rates of now."""
    if ids and cause:
        raise typer.BadParameter("give ids or a cause, not both", param_hint="--cause")
    request, total = RetryRequest(park_ids=ids or [], cause=cause or ""), RetryReport()
    with desk() as channel, progress("retry") as tick:
        while True:
            report = CdrsServiceStub(channel).Retry(request)
            _add(report, total)
            tick(f"{total.retried:,} records", 0, 0)
            if not report.next:
                break
            request.after = report.next
    output.answer(total, as_json, _write_retried)


@app.command()
def sources(as_json: AsJson = False) -> None:
    """Count what each source sent: accepted, rejected, duplicate and parked."""
    with desk() as channel:
        reply = CdrsServiceStub(channel).Sources(Empty())
    output.answer(reply, as_json, _write_sources)


app.command("close-lost")(close_lost)


def _add(report: RetryReport, total: RetryReport) -> None:
    for name in ("retried", "charged", "duplicate", "differing", "still_parked"):
        setattr(total, name, getattr(total, name) + getattr(report, name))
    for cause, count in report.causes.items():
        total.causes[cause] += count


def _write_retried(total: RetryReport) -> None:
    output.lines(
        [
            f"{output.count(total.retried)} retried = {output.count(total.charged)} charged + "
            f"{output.count(total.duplicate)} duplicate + {output.count(total.differing)} differing + "
            f"{output.count(total.still_parked)} still parked",
            *(f"  {cause}: {output.count(count)}" for cause, count in sorted(total.causes.items())),
        ]
    )


def _write_report(report: CdrImportReport) -> None:
    source = f" ({report.equipment} of {report.switch_id})" if report.equipment else ""
    notes = [f"  {note}" for note in report.notes]
    if report.already:
        output.lines([f"{report.file_name}{source}: imported before, 0 new", *notes])
        return
    output.lines(
        [
            f"{report.file_name}{source}: {output.count(report.rows)} rows = "
            f"{output.count(report.accepted)} accepted + "
            f"{output.count(report.duplicate)} duplicate + {output.count(report.parked)} parked + "
            f"{output.count(report.rejected)} rejected, {output.count(report.elapsed_ms)} ms",
            *notes,
        ]
    )
    write_rejects(report.rejects)


def _write_legs(page: CdrPage) -> None:
    titles = "time (UTC)|side|partner|trunk|from|to|destination|>talk|>billed|>price|>charge|>cause|state|kind|leg"
    output.table(
        titles.split("|"),
        (
            [
                output.when(leg.connect_ms or leg.setup_ms),
                leg.side,
                leg.partner,
                leg.trunk,
                leg.a,
                leg.b,
                leg.destination,
                output.clock(leg.duration_ms // 1000),
                _billed(leg),
                decimal_text(leg.price_units, 4),
                output.money(leg.charge),
                str(leg.cause),
                "overdue" if leg.overdue else leg.state,
                leg.equipment,
                leg.leg_id.hex(),
            ]
            for leg in page.legs
        ),
        "no CDRs",
    )


def _write_one(found: CdrExplanation) -> None:
    for index, leg in enumerate(found.legs):
        if index:
            typer.echo()
        output.pairs(_leg(leg))
    if found.why:
        output.section("why")
        output.lines(found.why)


def _leg(leg: Leg) -> list[tuple[str, str]]:
    moments = (
        (name, output.iso(at_ms) if at_ms else "")
        for name, at_ms in (
            ("setup", leg.setup_ms),
            ("alert", leg.alert_ms),
            ("connect", leg.connect_ms),
            ("disconnect", leg.disconnect_ms),
        )
    )
    converted = f"{output.money(leg.base_charge)} at {decimal_text(leg.fx_units)}"
    return [
        ("leg", leg.leg_id.hex()),
        ("call", leg.call_key.hex()),
        ("side", f"{leg.side}, attempt {leg.attempt}, {leg.state}{_overdue(leg)}, revision {leg.revision}"),
        ("partner", f"{leg.partner}, trunk {leg.trunk}, switch {leg.switch_id}{_equipment(leg)}"),
        ("from", leg.a),
        ("to", leg.b),
        ("destination", leg.destination),
        *moments,
        ("lost end", closed_words(leg)),
        ("used", f"{leg.duration_ms} ms{_volume(leg)}, billed {_billed(leg)}"),
        ("ended", f"cause {leg.cause}" + (f", by {leg.release}" if leg.release else "")),
        (
            "rate",
            f"{decimal_text(leg.price_units, 4)} {PRICED[_unit(leg)]}, code {leg.code}, {leg.rate_type}"
            if leg.code
            else "",
        ),
        ("plan", f"{leg.plan}, version {leg.plan_version}" if leg.plan else ""),
        ("charge", output.money(leg.charge)),
        ("in base currency", converted if leg.base_charge.currency != leg.charge.currency else ""),
        ("segment", leg.segment),
    ]


def _unit(leg: Leg) -> Unit:
    return Unit(leg.unit or Unit.SECOND)


def _billed(leg: Leg) -> str:
    unit = _unit(leg)
    return quantity_words(unit, leg.billed_s if unit is Unit.SECOND else leg.billed_volume)


def _volume(leg: Leg) -> str:
    """What a session moved, or how many messages a record stands for."""
    what = {Service.DATA: "octets", Service.MESSAGE: "messages"}.get(Service(leg.service or Service.VOICE))
    return f", {output.count(leg.volume)} {what}" if what else ""


def _equipment(leg: Leg) -> str:
    return f" ({leg.equipment})" if leg.equipment else ""


def _overdue(leg: Leg) -> str:
    return " (overdue: no end has come)" if leg.overdue else ""


def _write_sources(found: SourceStates) -> None:
    output.table(
        ("source", "kind", ">files", ">accepted", ">rejected", ">duplicate", ">parked", "last (UTC)", "last file"),
        (
            [
                one.source,
                one.equipment,
                *(output.count(n) for n in (one.files, one.accepted, one.rejected, one.duplicate, one.parked)),
                output.when(one.last_ms),
                "; ".join(one.notes),
            ]
            for one in found.sources
        ),
        "nothing has come in",
    )
