"""Publication: what the catalog holds becomes files that nodes map, and a manifest that names them.

Files are never overwritten and old ones stay: going back is a catalog entry that names the old file, and publishing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.end_users import EndUser
from domain.errors import BrokenWorldError, ConflictError, NotFoundError
from domain.ids import PartnerId, PlanId
from domain.plan_columns import PlanColumns
from domain.plan_patch import patched
from store.catalog import Catalog
from store.catalog.plans import Plan
from store.catalog.snapshots import CODES, DIRECTORY, END_USERS, PLAN, PORTED, Snapshot
from store.directory_file import write_directory
from store.end_users_file import write_end_users
from store.manifest import Manifest, SnapshotFile, read_manifest, write_manifest
from store.snapshots import MappedPlan, write_codes, write_plan

HOUR_MS = 3_600_000
BEFORE_MS = 72 * HOUR_MS
"""A late Stop finds the rate of its call in rows that ended this long ago."""
AHEAD_MS = 14 * 24 * HOUR_MS
"""Midnight needs no publication: rows that begin within this time are in the files already."""
REFRESH_MS = 24 * HOUR_MS
"""Older plan files are made anew, although nothing changed, so that their window keeps ahead of the clock."""
LARGE, PART = 50_000, 10
"""A plan of so many codes of which a tenth changed at most is published by its change."""
BOOK, ALL = "book", "all"
"""The names under which the one reference book and the one directory (of end users too) are entered."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan's file that is made of what a version of it was written from: the first rates that it has."""

    plan: PlanId
    version: int
    path: Path


@dataclass(frozen=True, slots=True)
class _Laid:
    """What a plan's file is made of. `whole_from_ms`: from when on it has all the plan's rates."""

    plan: Plan
    columns: PlanColumns
    whole_from_ms: int


def publish(
    catalog: Catalog,
    folder: Path,
    *,
    who: str,
    at_ms: int,
    before_ms: int = BEFORE_MS,
    ahead_ms: int = AHEAD_MS,
    renew: bool = True,
    large: int = LARGE,
    prepared: Prepared | None = None,
) -> Manifest:
    """Write the files of all that changed, enter them in the catalog, and put the manifest that names them in force.

    `renew`: make plan files anew too whose window was laid long ago, which takes seconds for a large plan; a change
    leaves them to the publication that is repeated as time goes by. A plan of `large` codes of which few changed is
    made of its former file, and one whose file is `prepared`, of that. Returns the manifest in force, which is the
    former one when nothing changed. Only one process may publish at a time. After a crash in the middle the old
    manifest holds, and the next call goes on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = _Publication(catalog, folder, who, at_ms, before_ms, ahead_ms, renew, large, prepared)
    plans = {plan.id: work.plan(plan.id, plan.version) for plan in catalog.plans.list()}
    codes, directory = work.codes(), work.directory()
    return _put_in_force(folder, at_ms, directory, codes, plans, work.end_users(), work.ported())


def put_back(catalog: Catalog, folder: Path, plan: PlanId, version: int | None, *, who: str, at_ms: int) -> Snapshot:
    """Put the file of a plan's version, None: of the one before, in force; it is published with the next manifest.

    Raises NotFoundError for a version that was never published, ConflictError where its file is gone or in force.
    """
    entries = catalog.snapshots.history(PLAN, plan)
    last = {entry.version: entry for entry in reversed(entries)}
    kept = [one for one, entry in sorted(last.items()) if (folder / entry.file).exists()]
    now = entries[0].version if entries else catalog.plans.get(plan).version
    if version is None:
        version = max((one for one in kept if one < now), default=None)
        if version is None:
            raise NotFoundError(
                f"plan {plan} has no version before {now} whose file is kept",
                mend="Change its rates, or take back their sheet: `switchboard sheets undo ID`.",
            )
    if version == now:
        raise ConflictError(f"plan {plan}: version {version} is in force", mend=f"There is: {_listed(kept)}.")
    if version in last and version not in kept:
        raise ConflictError(f"plan {plan}: the file of version {version} is gone", mend=f"There is: {_listed(kept)}.")
    return catalog.snapshots.roll_back(PLAN, plan, version, who=who, at_ms=at_ms)


def _listed(versions: list[int]) -> str:
    return ", ".join(map(str, versions)) or "none"


@dataclass(frozen=True, slots=True)
class _Publication:
    """One run: each method returns the file in force of one thing, written now if what is in force is too old.

    A file is entered with the version that was read into it: the catalog may have changed since it was asked.
    """

    catalog: Catalog
    folder: Path
    who: str
    at_ms: int
    before_ms: int
    ahead_ms: int
    renew: bool
    large: int
    prepared: Prepared | None

    def plan(self, plan: PlanId, newest: int) -> SnapshotFile:
        entry = self._in_force(PLAN, plan)
        put_back = entry is not None and entry.version != entry.answers
        aged = entry is not None and self._aged(entry)
        if entry is None or entry.answers != newest or (aged and not put_back):
            window = self.at_ms - self.before_ms, self.at_ms + self.ahead_ms
            patch = None if entry is None or put_back or aged else self._patched(entry, *window)
            laid = patch or self._prepared(plan) or self._whole(plan, *window)
            found = laid.plan
            path = self._path(PLAN, plan, found.version, "plan")
            codes = self.catalog.origins.of(plan, found.version)  # those of this version, whatever came since
            digest = write_plan(path, laid.columns, found.rules, found.version, laid.whole_from_ms, codes)
            laid_ms = entry.published_ms if entry is not None and patch else self.at_ms
            entry = self._enter(PLAN, plan, found.version, path, digest, laid_ms)
        return _named(entry)

    def _whole(self, plan: PlanId, from_ms: int, until_ms: int) -> _Laid:
        found, columns = self.catalog.plans.columns_touching(plan, from_ms, until_ms)
        return _Laid(found, columns, self.catalog.plans.whole_from(plan, from_ms))

    def _prepared(self, plan: PlanId) -> _Laid | None:
        """Return what is prepared of a plan; None where that is nothing, or not of what it is now."""
        prepared, found = self.prepared, self.catalog.plans.get(plan)
        if prepared is None or (prepared.plan, prepared.version) != (plan, found.version):
            return None
        try:
            table = MappedPlan.open(prepared.path)
        except BrokenWorldError:
            return None
        return _Laid(found, table.columns, table.whole_from_ms)

    def _patched(self, entry: Snapshot, from_ms: int, until_ms: int) -> _Laid | None:
        """Return a large plan with what changed since a file of it; None where it is as well made of everything.

        What is copied keeps the window that was laid for it: the file ages with the one that it is made of.
        """
        try:
            table = MappedPlan.open(self.folder / entry.file)
        except BrokenWorldError:
            return None
        base = table.columns
        if len(base.codes) < self.large or len(base.terms_table) > 2 * len(base.flags):
            return None
        most = len(base.codes) // PART
        found = self.catalog.plans.pieces_changed(PlanId(entry.name), entry.version, most, from_ms, until_ms)
        if found is None:
            return None
        # of other codes the file has all that it had, also what has ended since
        whole_from_ms = max(table.whole_from_ms, found.ended_ms)
        return _Laid(found.plan, patched(base, found.codes, found.pieces), whole_from_ms)

    def codes(self) -> SnapshotFile | None:
        newest, moved_ms = self.catalog.codes.edition(self.at_ms)  # codes that were to move by now have moved
        entry = self._in_force(CODES, BOOK)
        if newest and (entry is None or entry.answers != newest or entry.published_ms < moved_ms):
            book = self.catalog.codes.book(self.at_ms)
            path = self._path(CODES, BOOK, book.version, "codes")
            entry = self._enter(CODES, BOOK, book.version, path, write_codes(path, book))
        return _named(entry) if entry else None

    def directory(self) -> SnapshotFile:
        entry = self._in_force(DIRECTORY, ALL)
        if entry is None or entry.answers != self.catalog.directory_version():
            directory = self.catalog.directory()
            path = self._path(DIRECTORY, ALL, directory.version, "json")
            entry = self._enter(DIRECTORY, ALL, directory.version, path, write_directory(path, directory))
        return _named(entry)

    def end_users(self) -> SnapshotFile | None:
        newest = self.catalog.end_users.version()
        entry = self._in_force(END_USERS, ALL)
        if newest and (entry is None or entry.answers != newest):
            entry = self.catalog.end_users.with_all(self._end_users)
        return _named(entry) if entry else None

    def _end_users(self, users: Iterator[tuple[PartnerId, EndUser]], version: int) -> Snapshot:
        path = self._path(END_USERS, ALL, version, "users")
        return self._enter(END_USERS, ALL, version, path, write_end_users(path, users, version))

    def ported(self) -> dict[str, SnapshotFile]:
        """Return the files of moved numbers: they are made when they are brought in, not here."""
        names = [source.name for source, brought in self.catalog.ported.list() if brought.at_ms]
        found = {name: self._in_force(PORTED, name) for name in names}
        return {name: _named(entry) for name, entry in found.items() if entry is not None}

    def _aged(self, entry: Snapshot) -> bool:
        """Say whether a file is to be made anew for its window alone; at once, where the clock has left the window."""
        age_ms = self.at_ms - entry.published_ms
        return age_ms >= (REFRESH_MS if self.renew else self.ahead_ms) or age_ms <= -self.before_ms

    def _in_force(self, kind: str, name: str) -> Snapshot | None:
        """Return the entry whose file is in the folder: one that was lost with its disk is made anew."""
        entry = self.catalog.snapshots.in_force(kind, name)
        return entry if entry and (self.folder / entry.file).exists() else None

    def _path(self, kind: str, name: str, version: int, ending: str) -> Path:
        return self.folder / f"{kind}-{name}-{version}-{self.at_ms}.{ending}"

    def _enter(
        self, kind: str, name: str, version: int, path: Path, digest: str, laid_ms: int | None = None
    ) -> Snapshot:
        entry = Snapshot(kind, name, version, version, path.name, digest, self.at_ms if laid_ms is None else laid_ms)
        self.catalog.snapshots.enter(entry, who=self.who, at_ms=self.at_ms)
        return entry


def _named(entry: Snapshot) -> SnapshotFile:
    return SnapshotFile(entry.file, entry.version, entry.sha256)


def _put_in_force(
    folder: Path,
    at_ms: int,
    directory: SnapshotFile,
    codes: SnapshotFile | None,
    plans: dict[PlanId, SnapshotFile],
    end_users: SnapshotFile | None,
    ported: dict[str, SnapshotFile],
) -> Manifest:
    former = read_manifest(folder)
    if former is not None:
        known = former.directory, former.codes, former.plans, former.end_users, former.ported
        if known == (directory, codes, plans, end_users, ported):
            return former
    manifest = Manifest((former.version if former else 0) + 1, at_ms, directory, codes, plans, end_users, ported)
    write_manifest(folder, manifest)
    return manifest
