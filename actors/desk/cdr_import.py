"""CDR files through the bulk lane: kept as received, staged by a task, taken block by block by the books."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from actors.desk.core import Desk
from actors.desk.jobs import Running
from actors.home import machine_ms
from actors.tasks import StagedFile
from domain.errors import InputError
from protos import operators_pb2 as pb
from store.files import write_atomically

REJECTS_SHOWN = 1000
Steps = asyncio.Queue[pb.CdrImportProgress | None]
"""How far an import is; None: it has ended."""


async def import_file(
    desk: Desk, name: str, data: bytes, *, dry_run: bool, switch: str = ""
) -> AsyncGenerator[pb.CdrImportProgress]:
    """Import a file; the same contents twice gives nothing new. A dry run reads, attributes and rates, and stops.

    `switch`: whose file it is, where that is not plain from how it begins. The import goes to its end though nobody
    listens any more.
    """
    steps: Steps = asyncio.Queue()  # one a block: bounded by the file
    work = desk.begin(_job(desk, name, data, dry_run, steps, switch))
    work.add_done_callback(lambda _: steps.put_nowait(None))
    while (step := await steps.get()) is not None:
        yield step
    await work


async def _job(desk: Desk, name: str, data: bytes, dry_run: bool, steps: Steps, switch: str) -> None:
    async with desk.jobs.running("import", name) as job:
        await _import(desk, name, data, dry_run, steps, job, switch)


async def _import(desk: Desk, name: str, data: bytes, dry_run: bool, steps: Steps, job: Running, switch: str) -> None:
    if not data:
        raise InputError("the file is empty", where=name, mend="Send it again when it is complete.")
    began_ms, digest = machine_ms(), sha256(data).hexdigest()
    path = await asyncio.to_thread(_keep, desk.home.data / "received", name, digest, data)
    steps.put_nowait(pb.CdrImportProgress(step="read, attribute, rate"))
    async with desk.looking_up():
        staged = await desk.tasks.stage_cdrs(path, desk.now_ms(), switch)
        report = pb.CdrImportReport(
            file_name=name,
            rows=staged.rows,
            rejected=len(staged.rejects),
            duplicate=staged.sealed_duplicates,
            rejects=[pb.RejectedRow(row=row, reason=why, raw=raw) for row, why, raw in staged.rejects[:REJECTS_SHOWN]],
            notes=staged.notes,
            switch_id=staged.switch,
            equipment=desk.equipment(staged.switch),
        )
        try:
            await (_try if dry_run else _take)(desk, staged, report, steps, job)
        finally:
            await asyncio.to_thread(_forget, staged)
    report.elapsed_ms = machine_ms() - began_ms
    report.already = report.accepted == 0 and report.duplicate > 0
    if not dry_run:
        desk.sources.count(report, desk.now_ms(), staged.newest_ms)
        desk.quality_stale.set()
    steps.put_nowait(pb.CdrImportProgress(rows_done=staged.rows, rows=staged.rows, step="done", report=report))


async def _take(desk: Desk, staged: StagedFile, report: pb.CdrImportReport, steps: Steps, job: Running) -> None:
    done = len(staged.rejects)
    for book, stage in staged.stages:
        await job.at(done, staged.rows)
        shard = await desk.shard_of(book)
        taken = await shard.take_block.remote(book, stage, desk.now_ms())
        report.accepted += taken.accepted
        report.duplicate += taken.duplicate
        report.parked += taken.parked + taken.differing
        done += taken.accepted + taken.duplicate + taken.parked + taken.differing
        steps.put_nowait(pb.CdrImportProgress(rows_done=done, rows=staged.rows, step="charge and post"))


async def _try(desk: Desk, staged: StagedFile, report: pb.CdrImportReport, steps: Steps, job: Running) -> None:
    for _, stage in staged.stages:
        legs, parked = await asyncio.to_thread(_count, Path(stage))
        report.accepted, report.parked = report.accepted + legs, report.parked + parked


def _forget(staged: StagedFile) -> None:
    for _, stage in staged.stages:
        Path(stage).unlink(missing_ok=True)


def _count(stage: Path) -> tuple[int, int]:
    """Return how many legs and parked records a staging file holds."""
    with closing(sqlite3.connect(stage)) as db:
        legs = db.execute("SELECT count(*) FROM leg").fetchone()[0]
        return legs, db.execute("SELECT count(*) FROM parked").fetchone()[0]


def _keep(folder: Path, name: str, digest: str, data: bytes) -> Path:
    """Keep what was received, by its contents: the same file is kept once."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest[:16]}-{Path(name).name}"
    if not path.exists():
        write_atomically(path, [data])
    return path
