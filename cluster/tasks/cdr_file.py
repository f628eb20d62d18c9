"""CDR files in our plain CSV form (docs/cdr-format.md) as frames: typed columns, wrong rows with their reasons.

A file is read in batches of lines, so that its size does not matter. Moments become UTC ms. Lines with quotes or with
too few or too many fields are read one by one; a field holds no line break.
"""

import csv
import gzip
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import polars as pl

from domain.calls import Release, Side
from domain.errors import InputError
from domain.rates import Service
from domain.units import MOST_EVENTS, MOST_OCTETS

COLUMNS = (
    "switch call_id side attempt session_id trunk remote remote_port mark a b setup alert connect disconnect "
    "duration_ms cause release_side"
).split()
"""The headings of a file, in any order. All are needed: a misspelt one would lose times or money in silence."""
MEASURES = ("octets_in", "octets_out", "events")
OPTIONAL = ("branch", "user", "service", *MEASURES)
"""What a file has besides: what tells legs of one session id apart (CallReport.branch), what the switch calls the
caller (CallReport.user), and where it holds sessions or messages; empty is not known, and never charged as nothing."""

MOMENTS = ("setup", "alert", "connect", "disconnect")
BATCH_ROWS = 20_000
"""Rows that go into one staging file: a hold that waits behind it in the book's writer is still in time."""
LONGEST_LINE = 65_536
"""Characters; what is longer is cut into pieces, which are refused as rows."""

_MOMENT = "%Y-%m-%dT%H:%M:%S%.fZ"
_NUMBERS = ("attempt", "remote_port", "duration_ms", "cause")
_NEEDED = ("switch", "call_id", "session_id")
_GZIP = b"\x1f\x8b"

Reject = tuple[int, str, str]
"""A row that cannot be read: its number (the header is 1), the reason, the row as it came."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file. `frame`: `row`, COLUMNS and OPTIONAL, where moments are called `<name>_ms` and are Int64, as
    are attempt, remote_port, duration_ms, cause and MEASURES; texts are never null, numbers are where the file says
    nothing."""

    rows: int
    frame: pl.DataFrame
    rejects: list[Reject]


def read_batches(path: Path, batch_rows: int = BATCH_ROWS, tagged: Collection[str] = ()) -> Iterator[Batch]:
    """Read a file, gzipped or not. Raises InputError when it is empty, damaged, or lacks a column.

    `tagged`: the switches whose live legs are known by their dialog's tags; a row of theirs needs its branch.
    """
    with opened(path, "utf-8-sig") as text:
        yield from _batches(text, path.name, batch_rows, tagged)


def head_of(path: Path, most: int) -> bytes:
    """Return how a file begins, gzipped or not. Raises InputError when it is damaged."""
    with _damaged(path), _unpacking(path)(path, "rb") as file:
        head: bytes = file.read(most)
    return head


@contextmanager
def opened(path: Path, encoding: str) -> Iterator[TextIO]:
    """Open a file for reading, gzipped or not; whoever reads gets an InputError where it is damaged."""
    with _damaged(path), _unpacking(path)(path, "rt", encoding=encoding, errors="replace") as text:
        yield text


def _unpacking(path: Path) -> Callable[..., Any]:
    with path.open("rb") as file:
        return gzip.open if file.read(2) == _GZIP else open


@contextmanager
def _damaged(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"the file is damaged ({error})", where=path.name, mend="Send it again.") from None


def _batches(text: TextIO, name: str, batch_rows: int, tagged: Collection[str]) -> Iterator[Batch]:
    order = _order(text.readline(LONGEST_LINE), name)
    lines: list[str] = []
    numbers: list[int] = []
    for number, line in enumerate(iter(partial(text.readline, LONGEST_LINE), ""), start=2):
        if line != "\n" and not line.isspace():
            lines.append(line)
            numbers.append(number)
        if len(lines) == batch_rows:
            yield _batch(numbers, lines, order, tagged)
            lines, numbers = [], []
    if lines:
        yield _batch(numbers, lines, order, tagged)


def _order(header: str, name: str) -> list[str]:
    """Return the file's columns in its order."""
    found = [heading.strip().casefold() for heading in next(csv.reader([header]), [])]
    missing = [column for column in COLUMNS if column not in found]
    if missing or len(set(found)) < len(found):
        what = f"no column is named {', '.join(missing)}" if missing else "two columns have one name"
        raise InputError(what, where=name, mend=f"The first row must name the columns {', '.join(COLUMNS)}.")
    return found


def _batch(numbers: list[int], lines: list[str], order: list[str], tagged: Collection[str]) -> Batch:
    raw = pl.DataFrame({"row": numbers, "raw": lines}, schema={"row": pl.Int64, "raw": pl.String})
    raw = raw.with_columns(pl.col("raw").str.strip_chars_end("\r\n"))
    commas = pl.col("raw").str.count_matches(",", literal=True)
    plain = (commas == len(order) - 1) & ~pl.col("raw").str.contains('"', literal=True)
    odd, rejects = _read_odd(raw.filter(~plain), order)
    fields = pl.col("raw").str.split_exact(",", len(order) - 1).struct.rename_fields(order).struct.field(*order)
    texts = pl.concat([raw.filter(plain).with_columns(fields), odd]).sort("row")
    read = _read(texts, tagged)
    wrong = read.filter(pl.col("reason").is_not_null()).select("row", "reason", "raw").rows()
    good = read.filter(pl.col("reason").is_null()).drop("reason", "raw")
    return Batch(len(lines), good, sorted([*rejects, *wrong]))


def _read_odd(odd: pl.DataFrame, order: list[str]) -> tuple[pl.DataFrame, list[Reject]]:
    read: list[tuple[object, ...]] = []
    rejects: list[Reject] = []
    for row, raw in odd.iter_rows():
        try:
            fields = next(csv.reader([raw], strict=True), [])
        except csv.Error as error:
            rejects.append((row, f"this is no CSV ({error})", raw))
            continue
        if len(fields) == len(order):
            read.append((row, raw, *fields))
        else:
            rejects.append((row, f"{len(fields)} fields, the header has {len(order)}", raw))
    schema = {"row": pl.Int64, "raw": pl.String, **dict.fromkeys(order, pl.String)}
    return pl.DataFrame(read, schema=schema, orient="row"), rejects


def _read(texts: pl.DataFrame, tagged: Collection[str]) -> pl.DataFrame:
    """Return `row`, `raw`, the typed columns, and the first `reason` why a row cannot be read."""
    texts = texts.with_columns(pl.lit("").alias(name) for name in OPTIONAL if name not in texts.columns)
    texts = texts.with_columns(pl.col(*COLUMNS, *OPTIONAL).str.strip_chars())
    texts = texts.with_columns(pl.col("side", "release_side", "service").str.to_lowercase())
    moments = [pl.col(name).str.to_datetime(_MOMENT, time_unit="ms", strict=False).alias(name) for name in MOMENTS]
    numbers = [pl.col(name).cast(pl.Int64, strict=False) for name in (*_NUMBERS, *MEASURES)]
    typed = texts.with_columns(*moments, *numbers)
    reason = pl.coalesce(*_faults(texts, typed, tagged), pl.lit(None, pl.String)).alias("reason")
    typed = typed.with_columns(
        typed.select(reason).to_series(),
        pl.col(MOMENTS).to_physical(),
        pl.col("attempt").fill_null(1),
        pl.col("remote_port", "cause").fill_null(0),
        pl.col("release_side").replace("", str(Release.UNKNOWN)),
    )
    return typed.select("row", "raw", *COLUMNS, *OPTIONAL, "reason").rename({name: f"{name}_ms" for name in MOMENTS})


def _faults(texts: pl.DataFrame, typed: pl.DataFrame, tagged: Collection[str]) -> Iterator[pl.Expr]:
    """Yield, for each thing that can be wrong, an expression over `typed`: the reason where it is, else null."""
    broken = pl.col("raw").str.contains("\N{REPLACEMENT CHARACTER}", literal=True)
    yield pl.when(broken).then(pl.lit("this is not UTF-8"))
    for name in _NEEDED:
        yield pl.when(pl.col(name) == "").then(pl.lit(f"no {name}"))
    bare = pl.col("switch").is_in(list(tagged)) & (pl.col("branch") == "")
    needed = "no branch: without the dialog's tags this leg would count beside its live record (docs/cdr-format.md)"
    yield pl.when(bare).then(pl.lit(needed))
    for name, known in (("side", [*Side]), ("release_side", [*Release, ""]), ("service", [*Service, ""])):
        words = [str(word) for word in known]
        given = pl.format(f"{name} {{}} is none of {', '.join(filter(None, words))}", pl.col(name))
        yield pl.when(~pl.col(name).is_in(words)).then(given)
    for name in MOMENTS:
        unread = (texts[name] != "") & typed[name].is_null()
        example = "2026-10-03T06:00:12.345Z"
        yield pl.when(unread).then(pl.format(f"{name} {{}} is no moment such as {example}", texts[name]))
    bounds = [("attempt", 1, 2**31), ("remote_port", 0, 65_535), ("cause", 0, 127), ("events", 0, MOST_EVENTS)]
    bounds += [("octets_in", 0, MOST_OCTETS), ("octets_out", 0, MOST_OCTETS)]
    for name, least, most in bounds:
        unread = (texts[name] != "") & ~typed[name].is_between(least, most).fill_null(False)
        yield pl.when(unread).then(pl.format(f"{name} {{}} is no number from {least} to {most}", texts[name]))
    unread = (texts["duration_ms"] != "") & typed["duration_ms"].is_null()
    yield pl.when(unread).then(pl.format("duration_ms {} is no number", texts["duration_ms"]))
