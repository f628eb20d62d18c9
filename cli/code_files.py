"""`switchboard codes export, import`: the reference book as a CSV file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.code_changes import write_differences
from cli.parsing import AsJson, At
from cli.reach import desk, fail
from protos.codes_pb2 import BookExport, BookPiece, BookReport
from protos.codes_pb2_grpc import ReferenceBookServiceStub

PIECE = 256 * 1024


def add_to(app: typer.Typer) -> None:
    """Add the commands to a group."""
    app.command("export")(export)
    app.command("import")(take)


def export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Is written anew.", dir_okay=False, show_default=False)
    ],
    at: At = None,
    known_at: Annotated[
        int | None,
        typer.Option("--known-at", metavar="VERSION", min=0, help="As this version knew it.", show_default=False),
    ] = None,
    listed: Annotated[bool, typer.Option("--listed", help="A line for each code, instead of ranges.")] = False,
) -> None:
    """Write the book to a file: destination, country, kind, codes."""
    with desk() as channel:
        pieces = ReferenceBookServiceStub(channel).Export(BookExport(at_ms=at, version=known_at, listed=listed))
        data = b"".join(piece.data for piece in pieces)
    try:
        file.write_bytes(data)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}")
    rows = data.count(b"\n") - 1
    output.lines([f"{file}: {rows:,} lines"])


def take(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.csv", help="As `codes export` writes it.", exists=True, dir_okay=False, show_default=False
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
    full: Annotated[bool, typer.Option("--full", help="End the codes that it does not name.")] = False,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Put a file into the book: new codes are added, others move; wrong rows are listed, the others go in."""
    head = BookPiece(file_name=file.name, dry_run=dry_run, full=full, at_ms=at)
    with desk() as channel:
        reply = ReferenceBookServiceStub(channel).Import(_pieces(head, file.read_bytes()))
    output.answer(reply, as_json, _write)
    if reply.rejected:
        raise typer.Exit(1)


def _pieces(head: BookPiece, data: bytes) -> Iterator[BookPiece]:
    yield head
    for at in range(0, len(data), PIECE):
        yield BookPiece(data=data[at : at + PIECE])


def _write(report: BookReport) -> None:
    if report.rejected:
        output.table(
            (">row", "why it stays out", "row"),
            ([str(one.row), one.reason, one.raw] for one in report.rejects),
            "",
        )
        output.lines([f"{report.rejected:,} of {report.rows:,} rows stay out"])
    write_differences(report.changes)
    done = "it would be" if report.dry_run else "the book is"
    new = f", {report.destinations:,} new destinations" if report.destinations else ""
    output.lines([f"{report.codes:,} codes read{new}; {done} version {report.version}"])
