"""Segments: ended legs of a book and day as one immutable Parquet file, written here and sealed by the shard.

The file's name follows from the legs in it, and its bytes from them too: after a crash between draft and seal the same
work gives the same file, or one with more legs under another name. Readers trust the book's segment rows, never the
folder.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from actors.home import Home
from cluster.tasks.leg_frames import ENDED_SCHEMA, frame_of, scan_segments, to_segment
from domain.calls import Side
from domain.ids import PartnerId
from domain.money import Currency
from store.book_bulk import SegmentDraft, Sums
from store.book_reader import BookReader, SegmentRow, Snapshot
from store.book_rows import DAY_MS
from store.files import sync_folder, write_atomically

SEGMENT_LEGS = 25_000
"""Legs of one segment at most: sealing one is a transaction, and live calls wait for it (0.2 s, measured)."""
PAGE_ROWS = 20_000
"""Rows read from a book at once: a book's rows as Python values take a kilobyte each."""


def draft_segments(home: Home, book: int) -> list[SegmentDraft]:
    """Write files for the UTC days of a book's oldest ended legs, seal_legs at most; empty when there are none."""
    with book_reader(home).book(book) as snapshot:
        legs = _oldest_ended(snapshot, home.settings.store.seal_legs)
    days = (legs.filter(day=day) for day in legs["day"].unique(maintain_order=True))
    return [_draft(home.segments, book, part) for day in days for part in day.iter_slices(SEGMENT_LEGS)]


def book_reader(home: Home) -> BookReader:
    """Return the reader of all books."""
    return BookReader(home.settings.store.full_url(), home.books, home.settings.store.books)


def of_period(segments: Iterable[SegmentRow], from_ms: int, to_ms: int) -> list[SegmentRow]:
    """Return the segments whose day has a moment of [from, to)."""
    return [each for each in segments if each.day * DAY_MS < to_ms and from_ms < (each.day + 1) * DAY_MS]


def scan(
    home: Home, segments: Iterable[SegmentRow], *, named: str | None = None, chosen: pl.Expr | None = None
) -> pl.LazyFrame:
    """Scan segments with the types of a frame in memory; `named`, `chosen`: as scan_segments has them."""
    files = [home.segments / segment.file for segment in segments]
    if not files:
        return pl.LazyFrame(schema=ENDED_SCHEMA if named is None else {**ENDED_SCHEMA, named: pl.String})
    return scan_segments(files, named, chosen)


def sealed_marks(home: Home, days: Iterable[int], *, among: Iterable[bytes] | None = None) -> pl.DataFrame:
    """Return leg_id and fingerprint (`sealed`) of the sealed legs of these days, of all or of those with given ids."""
    wanted = set(days)
    found = [segment for _, book in book_reader(home).every() for segment in book.segments() if segment.day in wanted]
    marks = scan(home, found).select("leg_id", pl.col("fingerprint").alias("sealed"))
    if among is not None:
        marks = marks.join(pl.LazyFrame({"leg_id": list(among)}, {"leg_id": pl.Binary}), on="leg_id", how="semi")
    return marks.collect()


def sealed_legs(home: Home, column: str, value: str) -> int:
    """Count the sealed legs that have a value in a column."""
    found = [segment for _, book in book_reader(home).every() for segment in book.segments()]
    return int(scan(home, found).filter(pl.col(column) == value).select(pl.len()).collect().item())


def forgotten_day(home: Home) -> int:
    """Return the first day whose sealed legs every book still knows: ahead of seen_days where a clock was set back."""
    asked = "SELECT value FROM book WHERE name = 'forgotten_day'"
    return max((row[0] for _, book in book_reader(home).every() for row in book.rows(asked)), default=0)


def sums_of(legs: pl.LazyFrame) -> Sums:
    """Add up the charges of legs; sums are 128 bits wide."""
    keys = ("partner", "side", "currency")
    wide = [pl.col(name).cast(pl.Int128).sum() for name in ("charge", "base_charge")]
    rows = legs.group_by(keys).agg(*wide).collect().rows()
    return {(PartnerId(p), Side(s), Currency(c)): (charge, base) for p, s, c, charge, base in rows}


def ended_legs(book: Snapshot, schema: Mapping[str, Any], where: str, args: Sequence[Any]) -> pl.DataFrame:
    """Return columns of the legs that a book itself holds and that cost something by now: those that we closed, and
    that wait for their real end, come last."""
    waiting = book.leg_rows(schema, f"WHERE seq IS NULL AND state = 'partial' AND {where} ORDER BY leg_id", args)
    return pl.concat([held_legs(book, schema, where, args), frame_of(waiting, schema)])


def held_legs(book: Snapshot, schema: Mapping[str, Any], where: str, args: Sequence[Any]) -> pl.DataFrame:
    """Return columns of the ended legs that a book itself holds, in order of seq; `where`: which of them."""
    tail = f"WHERE seq > ? AND {where} ORDER BY seq LIMIT ?"
    pages, after = [pl.DataFrame(schema=schema)], 0
    while rows := book.leg_rows([*schema, "seq"], tail, (after, *args, PAGE_ROWS)):
        pages.append(frame_of([row[:-1] for row in rows], schema))
        after = rows[-1][-1]
    return pl.concat(pages)


def _oldest_ended(book: Snapshot, most: int) -> pl.DataFrame:
    oldest = "SELECT max(seq) FROM (SELECT seq FROM leg WHERE seq IS NOT NULL ORDER BY seq LIMIT ?) AS oldest"
    return held_legs(book, ENDED_SCHEMA, "seq <= ?", (book.rows(oldest, (most,))[0][0] or 0,))


def _draft(folder: Path, book: int, legs: pl.DataFrame) -> SegmentDraft:
    """Write the legs of one day, which are in order of seq."""
    day, first_seq, last_seq = legs["day"][0], legs["seq"][0], legs["seq"][-1]
    date = datetime.fromtimestamp(day * DAY_MS // 1000, UTC).date()
    file = f"day={date}/{book}-{first_seq}-{last_seq}.parquet"
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    sync_folder(folder)
    content = io.BytesIO()
    to_segment(legs).write_parquet(content, compression="zstd")
    return SegmentDraft(
        segment=f"{book}-{first_seq}-{last_seq}",
        file=file,
        day=day,
        first_seq=first_seq,
        last_seq=last_seq,
        legs=legs.height,
        sha256=write_atomically(path, [content.getbuffer()]),
        sums=sums_of(legs.lazy()),
    )
