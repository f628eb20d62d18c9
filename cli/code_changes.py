"""`switchboard codes add, move, end, rename`: single codes and names of the reference book."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import At
from cli.reach import desk
from protos.codes_pb2 import BookDifferences, BookOrder, BookRename
from protos.codes_pb2_grpc import ReferenceBookServiceStub

Code = Annotated[
    str, typer.Argument(metavar="CODES", help="A code, or several: 254700,254702-254709.", show_default=False)
]
Destination = Annotated[str, typer.Argument(metavar="DESTINATION", help="Its name.", show_default=False)]
Country = Annotated[
    str, typer.Option(metavar="CC", help="Of a new destination; else that of the shorter code.", show_default=False)
]
Kind = Annotated[str, typer.Option(help="Of a new destination, such as Mobile.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the commands to a group."""
    for command in (add, move, end, rename):
        app.command()(command)


def add(code: Code, destination: Destination, at: At = None, country: Country = "", kind: Kind = "") -> None:
    """Add codes to a destination, which is made where it is new, from a moment on."""
    order = BookOrder(codes=[code], destination=destination, country=country, kind=kind, at_ms=at)
    with desk() as channel:
        output.changed(ReferenceBookServiceStub(channel).Add(order))


def move(code: Code, destination: Destination, at: At = None, country: Country = "", kind: Kind = "") -> None:
    """Move codes to another destination from a moment on; calls that are recorded keep the one they had."""
    order = BookOrder(codes=[code], destination=destination, country=country, kind=kind, at_ms=at)
    with desk() as channel:
        output.changed(ReferenceBookServiceStub(channel).Move(order))


def end(code: Code, at: At = None) -> None:
    """End codes from a moment on: their numbers are those of the next shorter code."""
    with desk() as channel:
        output.changed(ReferenceBookServiceStub(channel).End(BookOrder(codes=[code], at_ms=at)))


def rename(
    destination: Destination,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its new name.", show_default=False)],
) -> None:
    """Give a destination another name; it is still found by the former one."""
    with desk() as channel:
        output.changed(ReferenceBookServiceStub(channel).Rename(BookRename(destination=destination, name=name)))


def write_differences(found: BookDifferences) -> None:
    """Print differences, and how many codes they are of."""
    output.table(
        ("code", "what", "before", "after", "from (UTC)", "until (UTC)"),
        (
            [one.code, one.kind, one.before, one.after, output.when(one.from_ms), output.when(one.until_ms)]
            for one in found.differences
        ),
        "no difference",
    )
    if found.total:
        output.lines([f"codes: {found.added:,} added, {found.moved:,} moved, {found.ended:,} ended"])
