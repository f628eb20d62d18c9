"""A rate sheet on its way: its file sent in pieces, and its steps watched until it rests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import typer

from cli import output, sheet_tables
from cli.progress import CHUNK_BYTES, Tick, progress
from protos.sheets_pb2 import Sheet, SheetChunk, SheetRef, SheetStep
from protos.sheets_pb2_grpc import SheetsServiceStub


def pieces(head: SheetChunk, file: Path, tick: Tick) -> Iterator[SheetChunk]:
    """Yield the head, which says what the file is, then the file's bytes."""
    yield head
    size, sent = file.stat().st_size, 0
    with file.open("rb") as stream:
        while data := stream.read(CHUNK_BYTES):
            yield SheetChunk(data=data)
            sent += len(data)
            tick("sending", sent, size)


def at_rest(channel: grpc.Channel, sheet: int, tick: Tick, tell: Callable[[SheetStep], None] | None = None) -> Sheet:
    """Wait until a sheet rests, and return it as it is then; `tell` is given each step when it has ended."""
    last, told = Sheet(id=sheet), 0
    for last in SheetsServiceStub(channel).Watch(SheetRef(id=sheet)):
        for step in last.steps[-1:]:
            tick(step.step, int(step.count), 0)
        if tell is not None:
            ended = [step for step in last.steps if step.ended_ms]
            for step in ended[told:]:
                tell(step)
            told = len(ended)
    return last


def write_step(step: SheetStep) -> None:
    """Print a step that has ended."""
    output.lines([f"{step.step}: {output.count(step.count)} in {output.count(step.ended_ms - step.began_ms)} ms"])


def follow(channel: grpc.Channel, sheet: int, wait: bool) -> Sheet | None:
    """Wait until a sheet rests, say in a line how it stands, and return it; end with an error where it is refused."""
    if not wait:
        return None
    with progress(f"sheet {sheet}") as tick:
        last = at_rest(channel, sheet, tick)
    words = [last.words or sheet_tables.kinds_text(last)]
    if last.state == "checked":
        words.append(sheet_tables.blocking_text(last))
    output.lines([f"sheet {sheet} is {last.state}: {'; '.join(word for word in words if word)}"])
    if last.state == "refused":
        raise typer.Exit(1)
    return last
