"""What batch work rates by: the catalog as it is now, with the whole history of its rates, not the nodes' few days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import polars as pl

from actors.home import Home
from domain.attribution import DirectoryIndex
from domain.codes import ReferenceBook
from domain.columnar import BatchPlan
from domain.directory import Directory
from domain.errors import NotFoundError
from domain.ids import PlanId
from domain.intervals import OPEN_MS, WIDTH, nest
from domain.portability import PortedNumbers
from domain.quality_board import QualityBoard
from domain.rates import PlanTable
from domain.world import NO_DESTINATION, World
from store.catalog import Catalog
from store.end_users_file import open_end_users
from store.manifest import SnapshotFile, read_manifest
from store.ported_file import MappedPorted


@dataclass(frozen=True, slots=True)
class BatchCodes:
    """The reference book as columns: `starts` and `owner` of disjoint intervals, and per code its length, its parent
    (the next shorter code that begins it, or -1) and its destination (see domain.intervals)."""

    starts: pl.Series
    owner: pl.Series
    codes: pl.DataFrame

    @classmethod
    def of(cls, book: ReferenceBook) -> "BatchCodes":
        """Flatten a book."""
        entries = book.codes()
        starts, owner, parent = nest([code for code, _ in entries])
        codes = {
            "length": pl.Series([len(code) for code, _ in entries], dtype=pl.Int64),
            "parent": pl.Series(parent, dtype=pl.Int64),
            "destination": pl.Series([destination for _, destination in entries], dtype=pl.Int64),
        }
        return cls(pl.Series(starts, dtype=pl.Int64), pl.Series(owner, dtype=pl.Int64), pl.DataFrame(codes))

    def destinations_of(self, numbers: pl.Series) -> pl.Series:
        """Return the destination of each number (5 to 15 digits): that of the longest code which begins it."""
        points = numbers.str.pad_end(WIDTH, "0").cast(pl.Int64)
        digits = numbers.str.len_chars().cast(pl.Int64)
        at = self.owner.gather(self.starts.search_sorted(points, side="right") - 1)
        while True:
            at = at.set(at < 0, None)
            # the zeros that pad a short number are no digits of it
            padding = (self.codes["length"].gather(at) > digits).fill_null(False)
            if not padding.any():
                return self.codes["destination"].gather(at).fill_null(NO_DESTINATION)
            at = self.codes["parent"].gather(at).zip_with(padding, at)


@dataclass(frozen=True, slots=True)
class BatchWorld:
    """One state of the catalog. `world` rates by the same plans: records that are charged one by one are in it."""

    world: World
    plans: Mapping[PlanId, BatchPlan]
    codes: BatchCodes

    @classmethod
    def of(
        cls,
        index: DirectoryIndex,
        plans: Mapping[PlanId, BatchPlan],
        book: ReferenceBook,
        ported: Mapping[str, PortedNumbers] = MappingProxyType({}),
    ) -> "BatchWorld":
        """Put a world together."""
        world = World(index, _Scalar(plans), book, QualityBoard(), ported=ported)
        return cls(world, plans, BatchCodes.of(book))

    def having(self, index: DirectoryIndex, plans: Mapping[PlanId, BatchPlan]) -> "BatchWorld":
        """Return the same world with another directory and other plans."""
        return replace(self, world=replace(self.world, index=index, plans=_Scalar(plans)), plans=plans)


def open_catalog(home: Home) -> Catalog:
    """Open the catalog for reading. The caller closes it."""
    return Catalog.open(home.catalog_url(), base_currency=home.settings.money.base_currency, may_migrate=False)


def world_of(home: Home, now_ms: int) -> BatchWorld:
    """Return the catalog's world as it is now; what did not change since the last task of this process is kept."""
    reader = _readers.get(home.catalog_url())
    if reader is None:
        reader = _readers[home.catalog_url()] = _Reader(open_catalog(home), home.snapshots)
    return reader.read(now_ms)


class _Reader:
    """Reads one catalog. Invariant: what is kept of a plan or of the book is the version that it is kept under."""

    def __init__(self, catalog: Catalog, snapshots: Path) -> None:
        self._catalog, self._snapshots = catalog, snapshots
        self._plans: dict[PlanId, BatchPlan] = {}
        self._world: tuple[tuple[int, ...], BatchWorld] | None = None

    def read(self, now_ms: int) -> BatchWorld:
        catalog = self._catalog
        directory = catalog.directory()  # first: all plans that it names are in the list below
        newest = {plan.id: plan.version for plan in catalog.plans.list()}
        edition = catalog.codes.edition(now_ms)
        users = self._end_users()
        key = (directory.version, *edition, users.version if users else 0, *newest.values())
        if self._world is None or self._world[0] != key:
            self._plans = {name: plan for name, plan in self._plans.items() if plan.scalar.version == newest.get(name)}
            plans = _Plans(catalog, self._plans)
            self._world = (
                key,
                BatchWorld.of(
                    DirectoryIndex(self._whole(directory, users)), plans, catalog.codes.book(now_ms), self._ported()
                ),
            )
        return self._world[1]

    def _end_users(self) -> SnapshotFile | None:
        """Return the published end users: there may be very many, and their file is only mapped."""
        manifest = read_manifest(self._snapshots)
        return manifest.end_users if manifest else None

    def _ported(self) -> dict[str, PortedNumbers]:
        manifest = read_manifest(self._snapshots)
        files = manifest.ported if manifest else {}
        return {name: MappedPorted(self._snapshots / file.name) for name, file in files.items()}

    def _whole(self, directory: Directory, users: SnapshotFile | None) -> Directory:
        return replace(directory, end_users=open_end_users(self._snapshots / users.name)) if users else directory


_readers: dict[str, _Reader] = {}


class _Plans(Mapping[PlanId, BatchPlan]):
    """Plans that are read when they are asked for: a file needs few of many."""

    def __init__(self, catalog: Catalog, kept: dict[PlanId, BatchPlan]) -> None:
        self._catalog, self._kept = catalog, kept

    def __getitem__(self, plan: PlanId) -> BatchPlan:
        found = self._kept.get(plan)
        if found is None:
            try:
                entry, rows = self._catalog.plans.rates_touching(plan, -OPEN_MS, OPEN_MS)
            except NotFoundError:
                raise KeyError(plan) from None
            codes = self._catalog.origins.of(plan, entry.version)
            found = self._kept[plan] = BatchPlan.of(entry.rules, rows, entry.version, codes)
        return found

    def __iter__(self) -> Iterator[PlanId]:
        return iter([plan.id for plan in self._catalog.plans.list()])

    def __len__(self) -> int:
        return len(self._catalog.plans.list())


class _Scalar(Mapping[PlanId, PlanTable]):
    """The same plans for the scalar rating."""

    def __init__(self, plans: Mapping[PlanId, BatchPlan]) -> None:
        self._plans = plans

    def __getitem__(self, plan: PlanId) -> PlanTable:
        return self._plans[plan].scalar

    def __iter__(self) -> Iterator[PlanId]:
        return iter(self._plans)

    def __len__(self) -> int:
        return len(self._plans)
