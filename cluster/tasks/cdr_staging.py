"""CDR files into staging files, which books take block by block (DESIGN §4.7).

Nothing is lost: each row becomes a leg in a staging file, a parked record in one, a reject with its reason, or a
duplicate (its leg is in an older segment, or in an earlier row, with the same end).
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import polars as pl

from actors.home import Home
from actors.tasks import StagedFile
from cluster.tasks.batch_world import BatchWorld, world_of
from cluster.tasks.cdr_charging import charge_rows
from cluster.tasks.cdr_file import Batch, Reject, head_of, read_batches
from cluster.tasks.cdr_reports import report_of, with_ids
from cluster.tasks.layout_file import LayoutFile
from cluster.tasks.leg_frames import LEG_SCHEMA, frame_of
from cluster.tasks.ported_asking import with_words
from cluster.tasks.segments import forgotten_day, sealed_marks
from domain.booking import fingerprint
from domain.calls import CallReport, LegState, Parked
from domain.causes import ParkCause
from domain.charging import charge_report
from domain.directory import Direction, Directory
from domain.file_layouts import HEAD, layout_beginning, source_of
from domain.placement import Placement
from domain.report_json import report_to_json
from store.book_rows import DAY_MS, Row, leg_row, parked_row
from store.book_schema import LEG_COLUMNS, PARKED_COLUMNS, insert, stage_tables

_RENAMED = {"trunk_id": "trunk", "a_digits": "a", "b_digits": "b"}


@dataclass(slots=True)
class Staged:
    """What one batch of rows became. `legs`: `row`, `book` and LEG_SCHEMA; parked records go where their call is."""

    legs: pl.DataFrame
    parked: dict[bytes, Parked] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    duplicates: int = 0


def stage_cdrs(home: Home, path: Path, now_ms: int, switch: str = "") -> StagedFile:
    """Read, attribute and rate a file. Raises InputError where it is no CDR file at all; then nothing is left behind.

    `now_ms` is business time: when the file's records came. `switch`: whose file it is, where that is not plain from
    how it begins (see file_layouts.source_of).
    """
    world = world_of(home, now_ms)
    directory = world.world.index.directory
    file = _file(path, switch, directory)
    tagged = [each.id for each in directory.switches.values() if each.recipe.tag_attributes]
    folder = home.data / "staging"
    folder.mkdir(parents=True, exist_ok=True)
    rows, duplicates = 0, 0
    stages: list[tuple[int, str]] = []
    rejects: list[Reject] = []
    try:
        for batch in file.batches() if file else read_batches(path, tagged=tagged):
            staged = stage_batch(batch, world, home, now_ms)
            stages += write_stages(staged, home.placement, folder)
            rows += batch.rows
            rejects += staged.rejects
            duplicates += staged.duplicates
    except BaseException:
        for _, stage in stages:
            Path(stage).unlink(missing_ok=True)
        raise
    with path.open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    made = StagedFile(rows, tuple(stages), tuple(rejects), digest, sealed_duplicates=duplicates)
    return replace(made, notes=tuple(file.notes), switch=file.switch, newest_ms=file.newest_ms) if file else made


def _file(path: Path, switch: str, directory: Directory) -> LayoutFile | None:
    """Return the reader of a file that is laid out in its exchange's own way."""
    source = source_of(layout_beginning(head_of(path, HEAD)), switch, directory.switches, path.name)
    if source is None:
        return None
    layout, its_switch = source
    its_trunks = [trunk for trunk in directory.trunks.values() if trunk.switch in (its_switch.id, None)]
    return LayoutFile(path, layout, its_switch, {trunk.name for trunk in its_trunks if trunk.direction is Direction.IN})


def stage_batch(batch: Batch, world: BatchWorld, home: Home, now_ms: int) -> Staged:
    """Turn rows into legs and parked records. Legs of days that books no longer remember are looked up in segments."""
    charged = charge_rows(batch.frame, world, now_ms)
    odd = batch.frame.join(charged.select("row"), on="row", how="anti")
    staged = Staged(_legs(charged, world, home.placement), rejects=batch.rejects)
    _charge_odd(odd, world, home.placement, now_ms, staged)
    remembered = max(now_ms // DAY_MS - home.settings.store.seen_days, forgotten_day(home))
    days = staged.legs.filter(pl.col("day") <= remembered)["day"].unique().to_list()
    known = sealed_marks(home, days) if days else pl.DataFrame(schema={"leg_id": pl.Binary, "sealed": pl.Int64})
    _drop_known(batch, world, known, now_ms, staged)
    return staged


def write_stages(staged: Staged, placement: Placement, folder: Path) -> Iterator[tuple[int, str]]:
    """Write a staging file for each book that gets anything; yields (book, path)."""
    parked: dict[int, list[Parked]] = {}
    for record in staged.parked.values():
        parked.setdefault(placement.book_of_call(record.call_key), []).append(record)
    for book in sorted({*staged.legs["book"].unique(), *parked}):
        stage = folder / f"{book}-{uuid4().hex}.db"
        _write(stage, staged.legs.filter(book=book), parked.get(book, []))
        yield book, str(stage)


def _legs(charged: pl.DataFrame, world: BatchWorld, placement: Placement) -> pl.DataFrame:
    legs = with_ids(charged, world.world.index.directory.switches, placement)
    legs = legs.drop("trunk", "a", "b").rename(_RENAMED)
    legs = legs.with_columns(
        pl.lit(0, pl.Int64).alias("revision"),
        pl.lit(LegState.CLOSED.value).alias("state"),
        (pl.coalesce("connect_ms", "setup_ms") // DAY_MS).alias("day"),
    )
    return legs.select("row", "book", *LEG_SCHEMA)


def _charge_odd(odd: pl.DataFrame, world: BatchWorld, placement: Placement, now_ms: int, staged: Staged) -> None:
    rows: list[Row] = []
    reports = list(_reports(odd, world, now_ms))
    told = with_words([report for _, report in reports], world.world)
    for (row, _), report in zip(reports, told, strict=True):
        outcome = charge_report(report, world.world)
        if isinstance(outcome, Parked):
            _park(outcome, staged)
        else:
            book = placement.book_of_call(outcome.call_key)
            rows.append((row, book, *leg_row(outcome, fingerprint(outcome))))
    if rows:
        more = frame_of(rows, {"row": pl.Int64, "book": pl.Int64, **LEG_SCHEMA})
        staged.legs = pl.concat([staged.legs, more]).sort("row")


def _drop_known(batch: Batch, world: BatchWorld, sealed: pl.DataFrame, now_ms: int, staged: Staged) -> None:
    """Leave out legs that a segment or an earlier row has; those that end otherwise are parked."""
    legs = staged.legs.join(sealed, on="leg_id", how="left", maintain_order="left")
    legs = legs.with_columns(
        (pl.col("leg_id").is_first_distinct() & pl.col("sealed").is_null()).alias("new"),
        pl.coalesce("sealed", pl.col("fingerprint").first().over("leg_id")).alias("before"),
    )
    known = legs.filter(~pl.col("new"))
    differs = known.filter(pl.col("before") != pl.col("fingerprint")).select("row", "leg_id", "call_key", "fingerprint")
    staged.duplicates += known.height - differs.height
    staged.legs = staged.legs.filter(legs["new"])
    again = batch.frame.join(differs, on="row", maintain_order="right")
    for (_, report), (_, leg_id, call_key, mark) in zip(
        _reports(again, world, now_ms), differs.iter_rows(), strict=True
    ):
        detail = "a later report says otherwise than the first of this leg"
        park_id = leg_id[:8] + mark.to_bytes(8, "big")
        _park(
            Parked(park_id, call_key, leg_id, ParkCause.DIFFERS, detail, report_to_json(report), now_ms),
            staged,
        )


def _reports(rows: pl.DataFrame, world: BatchWorld, now_ms: int) -> Iterator[tuple[int, CallReport]]:
    switches = world.world.index.directory.switches
    for row in rows.iter_rows(named=True):
        yield row["row"], report_of(row, switches.get(row["switch"]), now_ms)


def _park(record: Parked, staged: Staged) -> None:
    if record.park_id in staged.parked:
        staged.duplicates += 1
    staged.parked.setdefault(record.park_id, record)


def _write(stage: Path, legs: pl.DataFrame, parked: list[Parked]) -> None:
    """Write a staging file. It need not survive a power cut: its import is done again."""
    db = sqlite3.connect(stage, isolation_level=None)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("BEGIN")
        for statement in stage_tables():
            db.execute(statement)
        db.executemany(insert("leg", LEG_COLUMNS), legs.select(LEG_COLUMNS).iter_rows())
        db.executemany(insert("parked", PARKED_COLUMNS), map(parked_row, parked))
        db.execute("COMMIT")
    finally:
        db.close()
