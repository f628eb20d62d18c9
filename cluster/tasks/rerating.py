"""Calls that a newer version of a plan would charge otherwise: counted, and listed as Parquet (DESIGN §4.7, §8).

Legs are rated by the very functions that charge files of calls: once by the version that charged them, once by the new
one. Where the two differ the change concerns the leg; so what is otherwise wrong with a charge is no part of it. Only
legs that were charged another amount than the new one are listed. Nothing is charged here.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree

import polars as pl

from actors.home import Home
from actors.rerate_work import CountOrder
from cluster.tasks.batch_world import open_catalog
from cluster.tasks.cdr_charging import in_base, sold
from cluster.tasks.leg_frames import AT, AT_SQL, ENDED_SCHEMA, LEG_SCHEMA, within
from cluster.tasks.segments import book_reader, ended_legs, of_period, scan
from domain.columnar import RATED, BatchPlan, rate_calls
from domain.errors import InputError
from domain.ids import PlanId
from domain.reratings import Counted, GroupSum, summed
from store.book_reader import SegmentRow, Snapshot
from store.catalog import Catalog
from store.catalog.plans import Plan
from store.files import sync_folder, write_atomically

PART_ROWS = 250_000
"""Calls of one file of a list at most: such a file is written, read and, later, charged at once."""
KEPT = 4
"""Versions of a plan that are kept at once: the newest, and those that charged the calls of some days."""
CURRENCY = "currency"
"""The fault of a leg that was charged in another currency than the plan's: a plan of that name was removed since."""
_ASKED = (
    "leg_id revision call_key side state partner trunk switch end_user a b routing_number destination day setup_ms "
    "connect_ms duration_ms plan_version currency fx unit service volume code rate_type price billed_s billed_volume "
    "charge base_charge seq"
).split()
_SCHEMA = {name: ENDED_SCHEMA[name] for name in _ASKED}
_ALL = 2**62
_OF_A_LEG = {name: LEG_SCHEMA[name] for name in _ASKED if name != "seq"}
NEW = {f"new_{name}": kind for name, kind in RATED.items() if name != "fault"}
"""How the new version rates a leg; null where it cannot."""
LISTED: dict[str, object] = {
    "book": pl.Int64, "segment": pl.String, "at_ms": pl.Int64, "number": pl.String, **_OF_A_LEG, **NEW,
    "new_base_charge": pl.Int64, "fault": pl.String,
}  # fmt: skip
"""The columns of a list: where the leg lies ("": the book itself holds it), what rates it, the leg as it was charged
and as it would be. `fault`: why the new version cannot rate it."""


def count_rerating(home: Home, order: CountOrder) -> Counted:
    """Count and list the calls; without any the list is none. Raises NotFoundError where the plan is gone, InputError
    where a charge would be beyond all bounds."""
    catalog = open_catalog(home)
    try:
        plan, seqs = catalog.plans.get(order.plan), dict[int, int]()
        from_ms = order.from_ms
        if from_ms is None:
            touched_ms = _or_end(order, catalog.reratings.first_touch)
            if not any(legs.height for legs in _charged(home, order, touched_ms, seqs)):
                return Counted(0, 0, 0, 0, 0, (), "", order.until_ms, seqs)  # and no row of the plan was read
            from_ms = _or_end(order, catalog.reratings.first_change)
        count = _Count(order, _Versions(catalog, plan, from_ms), plan, _List(home.reratings, order.place))
        for legs in _charged(home, order, from_ms, seqs):
            count.take(legs)
        return replace(count.done(), from_ms=count.versions.from_ms, seqs=seqs)
    finally:
        catalog.close()


def _or_end(order: CountOrder, moment: Callable[[PlanId, int, int, int], int | None]) -> int:
    """Return the moment that is found of an order's versions, else the end of what is asked for."""
    found = moment(order.plan, order.from_version, order.to_version, order.until_ms)
    return order.until_ms if found is None else found


def _charged(home: Home, order: CountOrder, from_ms: int, seqs: dict[int, int]) -> Iterator[pl.DataFrame]:
    """Yield the ended legs that older versions of the plan charged, some at a time: those from a moment on, and those
    that were never looked at. Enters into `seqs` up to which seq a book has them.

    Segments come by day, so that each version is wanted once, and not by each book again. What is sealed meanwhile is a
    segment more when the book's own legs are read; no leg leaves a segment.
    """
    reader = book_reader(home)
    found = [(number, one) for number, book in reader.every() for one in _wanted(order, number, from_ms, book)]
    for number, segment in sorted(found, key=lambda pair: (pair[1].day, pair[0], pair[1].last_seq)):
        yield _sealed(home, order, from_ms, number, segment)
    known = {segment.segment for _, segment in found}
    where = f"plan = ? AND plan_version < ? AND {AT_SQL} < ? AND ({AT_SQL} >= ? OR (seq > ? AND plan_version < ?))"
    for number in range(home.settings.store.books):
        args = (order.plan, order.to_version, order.until_ms, from_ms, _settled(order, number), order.from_version)
        with reader.book(number) as book:  # not for longer: what is written meanwhile must be kept for who reads
            seqs[number] = book.highest_seq()
            held = ended_legs(book, _SCHEMA, where, args)
            wanted = _wanted(order, number, from_ms, book)
        for segment in wanted:
            if segment.segment not in known:
                yield _sealed(home, order, from_ms, number, segment)
        yield _placed(held, number, "")


def _wanted(order: CountOrder, number: int, from_ms: int, book: Snapshot) -> list[SegmentRow]:
    """Return the segments of a book that may have such legs, in order of sealing."""
    segments, settled = book.segments(), _settled(order, number)
    of_moment = {one.segment for one in of_period(segments, from_ms, order.until_ms)}
    return [one for one in segments if one.segment in of_moment or one.last_seq > settled]


def _sealed(home: Home, order: CountOrder, from_ms: int, number: int, segment: SegmentRow) -> pl.DataFrame:
    late = (pl.col("seq") > _settled(order, number)) & (pl.col("plan_version") < order.from_version)
    chosen = (
        pl.col("plan") == order.plan,
        pl.col("plan_version") < order.to_version,
        within(from_ms, order.until_ms) | (late & AT.lt(order.until_ms)),
    )
    return _placed(scan(home, [segment]).filter(*chosen).select(*_SCHEMA).collect(), number, segment.segment)


def _settled_of(order: CountOrder) -> pl.Expr:
    """Return up to which seq the legs of a leg's book were looked at."""
    if order.settled is None:
        return pl.lit(_ALL)
    known = pl.lit(0, pl.Int64)
    for book, seq in order.settled.items():
        known = pl.when(pl.col("book") == book).then(seq).otherwise(known)
    return known


def _settled(order: CountOrder, book: int) -> int:
    return _ALL if order.settled is None else order.settled.get(book, 0)


def _placed(legs: pl.DataFrame, book: int, segment: str) -> pl.DataFrame:
    ported = pl.col("routing_number")
    return legs.with_columns(
        pl.lit(book, pl.Int64).alias("book"),
        pl.lit(segment).alias("segment"),
        AT.alias("at_ms"),
        pl.when(ported == "").then("b").otherwise(ported).alias("number"),
    ).sort("at_ms", "leg_id")


@dataclass(slots=True)
class _Versions:
    """A plan as its versions knew it, for moments from `from_ms` on: a few of them, as each may be large."""

    catalog: Catalog
    plan: Plan
    from_ms: int
    read: dict[int, BatchPlan] = field(default_factory=dict)

    def reach(self, at_ms: int) -> None:
        """Have versions say what held from a moment on."""
        if at_ms < self.from_ms:
            self.from_ms = at_ms
            self.read.clear()

    def __getitem__(self, version: int) -> BatchPlan:
        found = self.read.pop(version, None)
        if found is None:
            while len(self.read) >= KEPT:
                del self.read[next(iter(self.read))]  # the one that was not wanted for longest
            rows = self.catalog.reratings.rates_in(self.plan.id, version, self.from_ms)
            codes = self.catalog.origins.of(self.plan.id, version)
            found = BatchPlan.of(self.plan.rules, rows, version, codes)
        self.read[version] = found
        return found


@dataclass(slots=True)
class _Count:
    """What was counted so far."""

    order: CountOrder
    versions: _Versions
    plan: Plan
    listing: "_List"
    groups: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    equal: int = 0
    unrated: int = 0

    def take(self, legs: pl.DataFrame) -> None:
        """Count legs, and list those whose charge differs."""
        if not legs.height:
            return
        oldest = legs["at_ms"].min()
        assert isinstance(oldest, int)
        self.versions.reach(oldest)
        late = pl.col("seq") > _settled_of(self.order)
        since = pl.when(late).then(self.order.floor).otherwise(self.order.from_version).cast(pl.Int64)
        charged = pl.max_horizontal("plan_version", since)
        for (version,), some in legs.with_columns(charged.alias("known")).group_by("known", maintain_order=True):
            assert isinstance(version, int)
            self._take(some.drop("known"), version)

    def _take(self, legs: pl.DataFrame, version: int) -> None:
        old, new = (_rated(legs, self.versions[each]) for each in (version, self.order.to_version))
        fault = pl.when(pl.col("currency") != str(self.plan.rules.currency)).then(pl.lit(CURRENCY)).otherwise("fault")
        rated = legs.hstack(new.rename({name.removeprefix("new_"): name for name in NEW})).with_columns(
            fault.alias("fault"),
            pl.Series("old_charge", old["charge"]),
            pl.Series("old_fault", old["fault"]),
        )
        concerned = pl.col("old_charge").ne_missing(pl.col("new_charge")) | pl.col("old_fault").ne_missing(
            pl.col("fault")
        )
        differs = pl.col("fault").is_not_null() | (pl.col("charge") != pl.col("new_charge"))
        found = rated.filter(concerned & differs)
        self.equal += legs.height - found.height
        self.unrated += found["fault"].count()
        for partner, destination, *sums in _sums(found.filter(pl.col("fault").is_null())).iter_rows():
            group = self.groups[partner, destination]
            group[:] = [one + other for one, other in zip(group, sums, strict=True)]
        bare = pl.when(pl.col("fault").is_null())
        found = found.with_columns(
            *(bare.then(name).alias(name) for name in NEW),
            bare.then(in_base("new_charge")).cast(pl.Int64).alias("new_base_charge"),
        )
        self.listing.add(found.select(*LISTED))

    def done(self) -> Counted:
        """Finish the list; return what was counted."""
        groups = [GroupSum(*key, *sums) for key, sums in self.groups.items()]
        listed = self.listing.finish()
        return Counted(
            calls=sum(one.calls for one in groups),
            before=sum(one.before for one in groups),
            after=sum(one.after for one in groups),
            equal=self.equal,
            unrated=self.unrated,
            groups=summed(groups),
            place=self.order.place if listed else "",
        )


def _rated(legs: pl.DataFrame, plan: BatchPlan) -> pl.DataFrame:
    """Rate legs by a version of their plan: RATED."""
    asked = legs.select(
        pl.col("number").alias("b"),
        "a",
        "connect_ms",
        "setup_ms",
        "duration_ms",
        sold(plan.rules.unit).alias("volume"),
    )
    try:
        return rate_calls(asked, plan).select(RATED.keys())
    except pl.exceptions.InvalidOperationError:
        where = f"plan {plan.rules.plan} version {plan.scalar.version}"
        mend = "Look for a price or fee in it that cannot be meant."
        raise InputError("it charges a call more than can be written", where=where, mend=mend) from None


def _sums(found: pl.DataFrame) -> pl.DataFrame:
    wide = [pl.col(name).cast(pl.Int128).sum() for name in ("charge", "new_charge")]
    return found.group_by("partner", "destination").agg(pl.len(), *wide)


class _List:
    """The list of calls as a folder of Parquet files, which is there whole or not at all."""

    def __init__(self, folder: Path, name: str) -> None:
        self._place, self._aside = folder / name, folder / f".{name}.new"
        self._kept: list[pl.DataFrame] = []
        self._parts = 0

    def add(self, calls: pl.DataFrame) -> None:
        """Add calls behind those that are there."""
        if calls.height:
            self._kept.append(calls)
        if sum(each.height for each in self._kept) >= PART_ROWS:
            self._write()

    def finish(self) -> bool:
        """Put the list where it is looked for; say whether there is one."""
        self._write()
        if not self._parts:
            return False
        sync_folder(self._aside)
        if self._place.exists():
            rmtree(self._place)  # it is of the same calls: what was counted died before it was entered
        self._aside.rename(self._place)
        sync_folder(self._place.parent)
        return True

    def _write(self) -> None:
        if not self._kept:
            return
        if not self._parts:
            rmtree(self._aside, ignore_errors=True)
            self._aside.mkdir(parents=True)
        self._parts += 1
        content = io.BytesIO()
        pl.concat(self._kept).write_parquet(content, compression="zstd")
        write_atomically(self._aside / f"calls-{self._parts:05}.parquet", [content.getbuffer()])
        self._kept = []
