"""`switchboard ported`: numbers that have moved to another network, and where they are looked up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.fields import assignments
from cli.parsing import AsJson
from cli.progress import Tick, progress
from cli.reach import desk
from cli.rejects import write_rejects
from protos.operators_pb2 import Empty, FieldChanges, Named
from protos.portability_pb2 import PortedChunk, PortedNumber, PortedQuery, PortedReport, PortedSource, PortedSources
from protos.portability_pb2_grpc import PortabilityServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Look up numbers that have moved to another network, in files or at an ENUM server (docs/portability.md).",
)
CHUNK_BYTES = 2**20

Name = Annotated[str, typer.Argument(metavar="SOURCE", help="Its short name.", show_default=False)]
Fields = Annotated[
    list[str],
    typer.Argument(
        metavar="FIELD=VALUE...",
        help="kind (file, enum), prefixes, server, zone, timeout_ms, keep_s, silent (as-dialled, refuse).",
        show_default=False,
    ),
]


@app.command()
def add(source: Name, words: Fields) -> None:
    """Add a source: kind=file prefixes=254, or kind=enum server=192.0.2.53:53 zone=e164.arpa prefixes=1."""
    with desk() as channel:
        fields = assignments(words, {})
        output.changed(PortabilityServiceStub(channel).Add(PortedSource(name=source, fields=fields)))


@app.command("set")
def set_fields(source: Name, words: Fields) -> None:
    """Change fields of a source."""
    with desk() as channel:
        output.changed(PortabilityServiceStub(channel).Set(FieldChanges(id=source, values=assignments(words, {}))))


@app.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """List sources with their numbers."""
    with desk() as channel:
        reply = PortabilityServiceStub(channel).List(Empty())
    output.answer(reply, as_json, _write_sources)


@app.command()
def remove(source: Name) -> None:
    """Remove a source with its numbers: they are routed as they are dialled from then on."""
    with desk() as channel:
        output.changed(PortabilityServiceStub(channel).Remove(Named(name=source)))


@app.command("import")
def import_file(
    source: Name,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV.", show_default=False)],
    changes: Annotated[
        bool, typer.Option("--changes", help="Lay it over what is known; an empty routing number takes one out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring in moved numbers: columns number and routing_number, carrier where known; wrong rows are listed."""
    with desk() as channel, progress(file.name) as tick:
        report = PortabilityServiceStub(channel).Import(_pieces(source, file, changes, tick))
    output.answer(report, as_json, _write_report)


@app.command()
def find(
    number: Annotated[str, typer.Argument(help="With its country code.", show_default=False)], as_json: AsJson = False
) -> None:
    """Tell whether a number has moved, and where to; a server is asked now."""
    with desk() as channel:
        reply = PortabilityServiceStub(channel).Find(PortedQuery(number=number))
    output.answer(reply, as_json, _write_found)


def _pieces(source: str, file: Path, changes: bool, tick: Tick) -> Iterator[PortedChunk]:
    yield PortedChunk(source=source, file_name=file.name, changes=changes)
    size, sent = file.stat().st_size, 0
    with file.open("rb") as stream:
        while data := stream.read(CHUNK_BYTES):
            yield PortedChunk(data=data)
            sent += len(data)
            tick("sending", sent, size)


def _write_sources(found: PortedSources) -> None:
    output.table(
        (
            *("source", "kind", "prefixes", ">numbers", "file", "brought in (UTC)"),
            *("server", "zone", ">wait ms", ">keep s", "while silent"),
        ),
        ([one.name, one.fields["kind"], one.fields["prefixes"] or "all others", *_told(one)] for one in found.sources),
        "no sources: add one with `switchboard ported add`",
    )


def _told(one: PortedSource) -> list[str]:
    if one.fields["kind"] == "file":
        when = output.when(one.imported_ms) if one.imported_ms else "never"
        return [output.count(one.numbers), one.file_name, when, "", "", "", "", ""]
    return ["", "", "", *(one.fields[name] for name in ("server", "zone", "timeout_ms", "keep_s", "silent"))]


def _write_report(report: PortedReport) -> None:
    output.pairs(
        [
            ("rows", output.count(report.rows)),
            ("new", output.count(report.added)),
            ("moved on", output.count(report.changed)),
            ("taken out", output.count(report.removed)),
            ("numbers now", output.count(report.numbers)),
            ("wrong rows", output.count(report.wrong)),
        ]
    )
    write_rejects(report.rejects)


def _write_found(found: PortedNumber) -> None:
    if not found.source:
        typer.echo(f"{found.number}: no source has such numbers; it is routed as it is dialled")
    elif not found.answered:
        typer.echo(f"{found.number}: source {found.source} does not answer; `ported list` says what calls do then")
    elif not found.routing_number:
        typer.echo(f"{found.number}: it stayed ({found.source}), {found.destination or 'no destination'}")
    else:
        output.pairs(
            [
                ("number", f"{found.number}, {found.destination or 'no destination'}"),
                ("moved to", f"{found.routing_number}, {found.routing_destination or 'no destination'}"),
                ("carrier", found.carrier),
                ("source", found.source),
            ]
        )
