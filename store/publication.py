"""Publication: what the catalog holds becomes files that nodes map, and a manifest that names them.

Files are never overwritten and old ones stay: going back is a catalog entry that names the old file, and publishing.
"""

from collections.abc import Callable
from pathlib import Path

from domain.ids import PlanId
from domain.intervals import flatten
from store.catalog import Catalog
from store.catalog.snapshots import CODES, DIRECTORY, PLAN, Snapshot
from store.directory_file import write_directory
from store.manifest import Manifest, SnapshotFile, read_manifest, write_manifest
from store.snapshots import write_codes, write_plan

HOUR_MS = 3_600_000
BEFORE_MS = 72 * HOUR_MS
"""A late Stop finds the rate of its call in rows that ended this long ago."""
AHEAD_MS = 14 * 24 * HOUR_MS
"""Midnight needs no publication: rows that begin within this time are in the files already."""
REFRESH_MS = 24 * HOUR_MS
"""Older plan files are made anew, although nothing changed, so that their window keeps ahead of the clock."""


def publish(
    catalog: Catalog,
    folder: Path,
    *,
    who: str,
    at_ms: int,
    before_ms: int = BEFORE_MS,
    ahead_ms: int = AHEAD_MS,
) -> Manifest:
    """Write the files of all that changed, enter them in the catalog, and put the manifest that names them in force.

    Returns the manifest in force, which is the former one when nothing changed. Only one process may publish at a
    time. After a crash in the middle the old manifest holds, and the next call goes on.
    """
    folder.mkdir(parents=True, exist_ok=True)

    def current(kind: str, name: str, newest: int, write: Callable[[str], tuple[str, str]]) -> SnapshotFile:
        entry = catalog.snapshots.in_force(kind, name)
        stale = kind == PLAN and entry is not None and at_ms - entry.published_ms >= REFRESH_MS
        put_back = entry is not None and entry.version != entry.answers
        if entry is None or entry.answers != newest or (stale and not put_back):
            file, digest = write(f"{kind}-{name}-{newest}-{at_ms}")
            entry = Snapshot(kind, name, newest, newest, file, digest, at_ms)
            catalog.snapshots.enter(entry, who=who, at_ms=at_ms)
        return SnapshotFile(entry.file, entry.version, entry.sha256)

    def plan_file(plan: PlanId) -> Callable[[str], tuple[str, str]]:
        def write(stem: str) -> tuple[str, str]:
            found, rows = catalog.plans.rates_touching(plan, at_ms - before_ms, at_ms + ahead_ms)
            return f"{stem}.plan", write_plan(folder / f"{stem}.plan", flatten(rows), found.rules, found.version)

        return write

    def directory_file(stem: str) -> tuple[str, str]:
        return f"{stem}.json", write_directory(folder / f"{stem}.json", catalog.directory())

    def codes_file(stem: str) -> tuple[str, str]:
        return f"{stem}.codes", write_codes(folder / f"{stem}.codes", catalog.codes.book(at_ms))

    plans = {plan.id: current(PLAN, plan.id, plan.version, plan_file(plan.id)) for plan in catalog.plans.list()}
    book_version = catalog.codes.version()
    codes = current(CODES, "book", book_version, codes_file) if book_version else None
    directory = current(DIRECTORY, "all", catalog.directory_version(), directory_file)
    return _in_force(folder, at_ms, directory, codes, plans)


def _in_force(
    folder: Path,
    at_ms: int,
    directory: SnapshotFile,
    codes: SnapshotFile | None,
    plans: dict[PlanId, SnapshotFile],
) -> Manifest:
    former = read_manifest(folder)
    if former is not None and (former.directory, former.codes, former.plans) == (directory, codes, plans):
        return former
    manifest = Manifest((former.version if former else 0) + 1, at_ms, directory, codes, plans)
    write_manifest(folder, manifest)
    return manifest
