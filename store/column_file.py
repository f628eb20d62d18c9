"""A file of int64 columns behind a JSON header: the form of all snapshots, made to be memory-mapped.

    8 bytes  magic "SBCOLS01"
    8 bytes  length of the header, int64
    header   JSON: kind, byte order, the columns' names, places and lengths, and `about`, which the kind defines
    columns  each begins at a multiple of 8 bytes

A reader maps the file and casts views into it: opening takes no time, and all processes share its pages.
Imports neither SQLModel nor Polars.
"""

import mmap
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from domain.errors import BrokenWorldError
from store.files import write_atomically
from store.values_json import Json, to_json

MAGIC = b"SBCOLS01"
_HEAD = len(MAGIC) + 8


@dataclass(frozen=True, slots=True)
class ColumnFile:
    """An open file. The views stay valid as long as anybody holds one of them, even when the file is unlinked."""

    about: Json
    columns: Mapping[str, Sequence[int]]


def write_columns(path: Path, kind: str, about: Mapping[str, object], columns: Mapping[str, Sequence[int]]) -> str:
    """Write a file, whole or not at all, durable when this returns; return its sha256 in hex."""
    places: list[tuple[str, int, int]] = []
    offset = 0
    for name, column in columns.items():
        places.append((name, offset, len(column)))
        offset += 8 * len(column)
    header = to_json({"kind": kind, "byte_order": sys.byteorder, "columns": places, "about": about})
    header += b" " * (-(_HEAD + len(header)) % 8)
    body = (_view(column).cast("B") for column in columns.values() if len(column))
    return write_atomically(path, [MAGIC, len(header).to_bytes(8, sys.byteorder), header, *body])


def open_columns(path: Path, kind: str) -> ColumnFile:
    """Map a file. Raises BrokenWorldError when it is missing, is none of this kind, or has been cut."""
    try:
        with path.open("rb") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        start = _HEAD + int.from_bytes(mapped[len(MAGIC) : _HEAD], sys.byteorder)
        header: dict[str, Any] = orjson.loads(bytes(mapped[_HEAD:start])) if mapped[: len(MAGIC)] == MAGIC else {}
        if (header.get("kind"), header.get("byte_order")) != (kind, sys.byteorder):
            raise ValueError(f"it is no {kind} file of this kind of machine")
        columns = {}
        for name, offset, length in header["columns"]:
            view = mapped[start + offset : start + offset + 8 * length]
            if len(view) != 8 * length:
                raise ValueError("it has been cut")
            columns[name] = view.cast("q")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenWorldError(f"{path} cannot be used: {error}") from error
    return ColumnFile(header["about"], columns)


def _view(column: Sequence[int]) -> memoryview:
    """Return int64 as they lie in memory: a column that is mapped already is not copied."""
    view = memoryview(column) if isinstance(column, array | memoryview) else memoryview(array("q", column))
    return view if view.format == "q" else memoryview(array("q", column))
