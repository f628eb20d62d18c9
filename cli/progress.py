"""Progress of long work, drawn on stderr when it is a terminal; and files sent in chunks with their progress."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from protos.operators_pb2 import ImportChunk

CHUNK_BYTES = 1024 * 1024

Tick = Callable[[str, int, int], None]
"""Called with a step, how much of it is done, and how much there is (0: not known)."""


@contextmanager
def progress(what: str) -> Iterator[Tick]:
    """Draw a bar while the work lasts and take it away at its end."""
    if not sys.stderr.isatty():
        yield lambda step, done, total: None
        return
    # rich takes 50 ms to import: only commands that draw pay for it
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    name = TextColumn("{task.description}", markup=False)  # file names may hold brackets
    share = TextColumn("{task.percentage:>3.0f} %")
    with Progress(name, BarColumn(), share, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda step, done, total: bar.update(
            task, description=f"{what}: {step}", completed=done, total=total or None
        )


def chunks(head: ImportChunk, file: Path, tick: Tick) -> Iterator[ImportChunk]:
    """Yield the head, which names the file, then the file's bytes."""
    yield head
    size, sent = file.stat().st_size, 0
    with file.open("rb") as stream:
        while data := stream.read(CHUNK_BYTES):
            yield ImportChunk(data=data)
            sent += len(data)
            tick("sending", sent, size)
