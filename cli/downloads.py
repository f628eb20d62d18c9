"""Files that the desk sends in pieces, written whole or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from cli import output
from cli.reach import fail
from protos.notices_pb2 import ExportChunk

Target = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        help="A file, or a folder; else here, named as the client gets it.",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


class Saved(NamedTuple):
    """A file that was written; `head` has everything but its bytes."""

    path: Path
    head: ExportChunk
    size: int


def save(pieces: Iterator[ExportChunk], target: Path | None, *, force: bool) -> Saved:
    """Write a file; one that is there already ends the command, unless `force`, as does a disk that says no."""
    if target is not None and not target.is_dir():
        _keep(target, force)
    head = next(pieces, None)
    if head is None:
        fail("the switchboard sent no file: try again")
    name = Path(head.file_name).name  # never a path: the name comes from elsewhere
    path = Path(name) if target is None else target / name if target.is_dir() else target
    _keep(path, force)
    partial = path.with_name(f"{path.name}.part")
    try:
        with partial.open("wb") as stream:
            stream.write(head.data)
            for piece in pieces:
                stream.write(piece.data)
        size = partial.stat().st_size
        partial.replace(path)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}; name another file with -o")
    finally:
        partial.unlink(missing_ok=True)
    return Saved(path, head, size)


def said(saved: Saved) -> str:
    """Say what was written."""
    return f"wrote {saved.path}: {output.count(saved.head.rows)} rows, {output.count(saved.size)} bytes"


def _keep(path: Path, force: bool) -> None:
    if path.exists() and not force:
        fail(f"{path} is there already: write over it with --force, or name another file with -o")
