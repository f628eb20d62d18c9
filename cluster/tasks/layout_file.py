"""CDR files of exchanges (domain.file_layouts) as the frames that cdr_file makes of our plain CSV form.

Each record is the client's leg of a call: who delivers such files has no vendors to tell of. Its row keeps the line as
it came, for who has to look at one that is parked.
"""

from collections.abc import Collection, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import polars as pl

from cluster.tasks.cdr_file import BATCH_ROWS, COLUMNS, LONGEST_LINE, MEASURES, MOMENTS, OPTIONAL, Batch, Reject, opened
from domain.calls import Release, Side
from domain.directory import Switch
from domain.errors import WireError
from domain.file_layouts import FileLayout, amount_in, seconds_of, trailer_notes
from domain.wire.radius_time import parse_any_time

CLEARED = 16
"""Q.850 cause of a call that came about: these files say none, and have no other calls."""
_NUMBERS = ("attempt", "remote_port", "duration_ms", "cause", *(f"{name}_ms" for name in MOMENTS), *MEASURES)
_NAMES = ("row", *(f"{name}_ms" if name in MOMENTS else name for name in COLUMNS), *OPTIONAL, "line")
_SCHEMA = {name: pl.Int64 if name in (*_NUMBERS, "row") else pl.String for name in _NAMES}

_NOTHING: dict[str, Any] = {
    **{name: None if kind == pl.Int64 else "" for name, kind in _SCHEMA.items()},
    "side": Side.CLIENT.value,
    "attempt": 1,
    "remote_port": 0,
    "cause": CLEARED,
    "release_side": Release.UNKNOWN.value,
}

Row = dict[str, Any]
"""One row of a Batch's frame."""
Line = tuple[int, str, str]
"""The number of a line, the number of the file that its header gives, the line."""


class LayoutFile:
    """One file. Invariant: `notes` tells of all headers and trailers once `batches` has been read to its end."""

    def __init__(self, path: Path, layout: FileLayout, switch: Switch, trunk_names: Collection[str]) -> None:
        """`trunk_names`: the names of the incoming trunks that this switch may mean."""
        self._path, self._layout, self._switch, self._trunk_names = path, layout, switch, trunk_names
        self.switch = switch.id
        self.notes: list[str] = []
        self.newest_ms = 0
        self._header = ""
        self._records = 0
        self._sums = [0] * len(layout.totals)

    def batches(self, batch_rows: int = BATCH_ROWS) -> Iterator[Batch]:
        """Read the file, gzipped or not. Raises InputError when it is damaged."""
        with opened(self._path, self._layout.encoding) as text:
            lines = self._lines(text)
            while batch := list(islice(lines, batch_rows)):
                yield self._batch(batch)
        if self._header:
            self._close("")

    def _lines(self, text: TextIO) -> Iterator[Line]:
        """Yield what is neither header nor trailer; those are compared on the way."""
        layout = self._layout
        for number, line in enumerate(iter(partial(text.readline, LONGEST_LINE), ""), 1):
            line = line.rstrip("\r\n")
            if line.startswith(layout.header):
                if self._header:
                    self._close("")
                self._header = line
            elif line.startswith(layout.trailer):
                self._close(line)
            elif line.strip():
                if line.startswith(layout.record):
                    self._records += 1
                    self._sums = [
                        sum_ + amount_in(each, line) for sum_, each in zip(self._sums, layout.totals, strict=True)
                    ]
                yield number, layout.file_number.of(self._header), line

    def _close(self, trailer: str) -> None:
        self.notes += trailer_notes(self._layout, self._header, trailer, self._records, self._sums)
        self._header, self._records, self._sums = "", 0, [0] * len(self._sums)

    def _batch(self, lines: list[Line]) -> Batch:
        rows: list[Row] = []
        rejects: list[Reject] = []
        for number, file_number, line in lines:
            read = self._read(file_number, line)
            if isinstance(read, str):
                rejects.append((number, read, line))
            else:
                rows.append(read | {"row": number})
                self.newest_ms = max(self.newest_ms, read["disconnect_ms"])
        return Batch(len(lines), pl.DataFrame(rows, schema=_SCHEMA), rejects)

    def _read(self, file_number: str, line: str) -> Row | str:
        """Return a line as a row, or why it is none."""
        layout = self._layout
        if not line.startswith(layout.record):
            begins = f"{layout.header}, {layout.record} or {layout.trailer}"
            return f"it begins with {line[: len(layout.record)]!r}, not with {begins}"
        if len(line) != layout.width:
            return f"{len(line)} characters, a record has {layout.width}"
        setup, lasted_s = layout.setup.of(line), seconds_of(layout.duration.of(line))
        try:
            at_ms = parse_any_time(setup, self._switch.recipe.zone).ms
        except WireError:
            return f"setup {setup} is no moment such as 20260131235959"
        if lasted_s is None:
            return f"duration {layout.duration.of(line)} is no time such as 015959"
        if not layout.number.of(line):
            return "no number of the record"
        return self._row(line, f"{file_number}-{layout.number.of(line)}-{setup}", at_ms, lasted_s)

    def _row(self, line: str, call_id: str, at_ms: int, lasted_s: int) -> Row:
        layout = self._layout
        names = (span.of(line) for span in layout.trunk_names)
        return _NOTHING | {
            "switch": self._switch.id,
            "call_id": call_id,
            "session_id": layout.number.of(line),
            "trunk": next((name for name in names if name in self._trunk_names), ""),
            "a": layout.dialled(layout.caller.of(line)),
            "b": layout.dialled(layout.called.of(line)),
            "setup_ms": at_ms,
            "connect_ms": at_ms if lasted_s else None,
            "disconnect_ms": at_ms + 1000 * lasted_s,
            "duration_ms": 1000 * lasted_s,
            "line": line,
        }
