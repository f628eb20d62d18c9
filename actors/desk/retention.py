"""What is not needed any more leaves the disk: old decisions, superseded snapshots, staging files left behind."""

from pathlib import Path

from actors.decision_log import DAY_MS, old_days
from actors.home import Home
from actors.stages import FOLDER, left_behind
from store.catalog import Catalog
from store.catalog.snapshots import CODES, DIRECTORY, END_USERS, PLAN, PORTED
from store.publication import ALL, BOOK
from store.sheets.folder import NOTICES, SheetFolder

SNAPSHOTS_KEPT = 10
"""Publications of each thing that can be put back, and may still be mapped by a node."""
LARGE_KEPT = 2
"""Of files of moved numbers, which may have hundreds of megabytes."""


def tidy(home: Home, catalog: Catalog, now_ms: int) -> int:
    """Delete what is not needed any more; return how many files, and folders of notices. Nobody may publish meanwhile.

    `now_ms` is business time, by which decisions are dated.
    """
    before_day = now_ms // DAY_MS - home.settings.limits.decisions_days
    gone = [*old_days(home.decisions, before_day), *_snapshots(home, catalog), *left_behind(home.data / FOLDER)]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone) + _notices(home, catalog, now_ms)


def _notices(home: Home, catalog: Catalog, now_ms: int) -> int:
    """Delete file and frames of notices that were given up long ago; return of how many. What is told of them stays."""
    folder = SheetFolder(home.data, folder=NOTICES)
    kept = set(folder.sheets())
    gone = (
        kept & set(catalog.notice_folders.unneeded(now_ms - home.settings.limits.notices_days * DAY_MS)) if kept else ()
    )
    for number in gone:
        folder.remove(number)
    return len(gone)


def _snapshots(home: Home, catalog: Catalog) -> list[Path]:
    """Return the files that neither the manifest names nor the last entries of the catalog."""
    manifest = home.manifest()
    if manifest is None:
        return []
    files = (
        manifest.directory,
        manifest.codes,
        manifest.end_users,
        *manifest.plans.values(),
        *manifest.ported.values(),
    )
    kept = {file.name for file in files if file is not None}
    names = [(DIRECTORY, ALL), (END_USERS, ALL), (CODES, BOOK), *((PLAN, plan.id) for plan in catalog.plans.list())]
    names += [(PORTED, source.name) for source, _ in catalog.ported.list()]
    for kind, name in names:
        kept |= {
            entry.file
            for entry in catalog.snapshots.history(kind, name)[: LARGE_KEPT if kind == PORTED else SNAPSHOTS_KEPT]
        }
    found = (path for kind in (DIRECTORY, END_USERS, CODES, PLAN, PORTED) for path in home.snapshots.glob(f"{kind}-*"))
    return [path for path in found if path.name not in kept]
