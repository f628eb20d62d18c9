"""One part of a back-test whose bounds are met: its calls one after another, and what those come to that overflow."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from time import process_time

import polars as pl

from actors.home import Home
from cluster.tasks.backtest_calls import LONG_MS
from cluster.tasks.backtest_fates import FATE, row_of, was_of
from cluster.tasks.backtest_garbage import no_search_for_garbage
from cluster.tasks.backtest_left import Left, bounds_in, read, vendor_of
from cluster.tasks.backtest_room import counted_by
from cluster.tasks.backtest_sums import groups_of, spills_of, with_charges
from cluster.tasks.backtest_world import worlds_of
from cluster.tasks.batch_world import BatchWorld
from domain.backtest_overflow import AMPLE, SECOND_MS, Away, Course, Overflow, Seat, Standing
from domain.backtest_room import Bound, Counted
from domain.backtests import Backtest, BacktestOrder, Fate, Way
from domain.directory import Directory
from domain.ids import PartnerId, PlanId, TrunkId

_AT_ONCE = 8_192
"""Calls that are taken out of a frame at once."""
_ASKED = (
    "carrier", "failed", "answered", "carried_by", "goes", "way", "plan", "way_trunk", "ahead", "list", "client",
    "trunk", "destination",
)  # fmt: skip
_LEG = ("call", "call_key", "vendor", "by", "setup_ms", "end_ms", "client", "trunk", "destination", "b")


def overflow_part(
    home: Home, order: BacktestOrder, from_ms: int, until_ms: int, away: Sequence[Away]
) -> tuple[Backtest, tuple[Away, ...]]:
    """Return what changes since calls that were set up in [from, until) find no room, and who is away at its end.

    `away`: at its beginning. It is what is to be added to the part that left the calls.
    """
    with no_search_for_garbage():
        return _followed(home, order, from_ms, until_ms, away)


def _followed(
    home: Home, order: BacktestOrder, from_ms: int, until_ms: int, away: Sequence[Away]
) -> tuple[Backtest, tuple[Away, ...]]:
    began = process_time()
    left, batch = read(home, order, from_ms), worlds_of(home, order).now
    bounds = bounds_in(batch.world.index.directory)
    courses, seats = _seated(left, bounds, from_ms, until_ms)
    overflow = Overflow(courses, (one for one in away if one.since_ms >= from_ms - LONG_MS))
    calls = _Calls(left, bounds, batch.world.index.directory)
    found = dict(overflow.follow(seats, calls.standing, calls.bounds))
    changes = _changes(left, found, order, batch) if found else Backtest()
    return changes + Backtest(cpu_s=process_time() - began), overflow.away(until_ms)


def _seated(left: Left, bounds: Sequence[Bound], from_ms: int, until_ms: int) -> tuple[list[Course], "_Seats"]:
    """Return how bounds are used where nobody overflows, and the calls that begin in [from, until)."""
    calls = left.calls.with_row_index("call").with_columns(pl.col("call").cast(pl.Int64))
    others = left.others.with_columns(pl.lit(None, pl.Int64).alias("call"))
    ends = pl.max_horizontal("end_ms", pl.col("setup_ms") + 1)
    legs = pl.concat([calls.select(_LEG), others.select(_LEG)]).with_columns(ends.alias("end_ms"))
    legs = legs.sort("setup_ms", "call_key", "call", "by", "end_ms").with_row_index("order")
    courses, touched = [], []
    for place, bound in enumerate(bounds):
        its = legs.filter(counted_by(bound)).select("call", "order", "setup_ms", "end_ms")
        ended = its["end_ms"].sort()
        courses.append(Course(bound, its["order"].to_list(), its["setup_ms"].to_list(), ended.to_list()))
        touched.append(_rooms(its, ended, bound, from_ms, until_ms).with_columns(pl.lit(place).alias("bound")))
    rows = pl.concat(touched).sort("order", "bound")
    first = [pl.col(name).first() for name in ("call", "setup_ms", "end_ms")]
    return courses, _Seats(rows.group_by("order", maintain_order=True).agg(*first, "bound", "spare", "slack"))


def _rooms(legs: pl.DataFrame, ended: pl.Series, bound: Bound, from_ms: int, until_ms: int) -> pl.DataFrame:
    """Return the calls among the legs of a bound that begin in [from, until), and how much room each leaves there."""
    setup = legs["setup_ms"]
    begun = pl.int_range(1, legs.height + 1, eager=True)
    first = setup.search_sorted(setup // SECOND_MS * SECOND_MS, side="left")
    edges = bound.edges(from_ms, until_ms)
    since = pl.Series([at_ms for at_ms, _ in edges], dtype=pl.Int64)
    holds = pl.Series([holds for _, holds in edges], dtype=pl.Boolean)
    held = holds.gather((since.search_sorted(setup, side="right").cast(pl.Int64) - 1).clip(0))
    open_now = begun - ended.search_sorted(setup, side="right").cast(pl.Int64)
    told = legs.with_columns(
        _left_of(bound.max_calls, open_now, held).alias("spare"),
        _left_of(bound.max_cps, begun - first.cast(pl.Int64), held).alias("slack"),
    )
    return told.filter(pl.col("call").is_not_null() & pl.col("setup_ms").is_between(from_ms, until_ms, closed="left"))


def _left_of(most: int | None, used: pl.Series, held: pl.Series) -> pl.Series:
    ample = pl.Series([AMPLE], dtype=pl.Int64).new_from_index(0, len(used))
    return ample if most is None else (most - used).zip_with(held, ample)


class _Seats:
    """The calls of a frame (`order call setup_ms end_ms bound spare slack`, the last three as lists)."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows.select("call", "order", "setup_ms", "end_ms", "bound", "spare", "slack")
        full = (pl.col("spare").list.min() < 0) | (pl.col("slack").list.min() < 0)
        self._troubles: list[int] = rows.select(full.arg_true()).to_series().to_list()

    def from_place(self, place: int) -> Iterator[Seat]:
        """Return the calls from a place on."""
        for first in range(place, self._rows.height, _AT_ONCE):
            yield from map(Seat._make, self._rows.slice(first, _AT_ONCE).iter_rows())

    def trouble_from(self, place: int) -> int | None:
        """Return the first place from one on where a call is too many though nobody overflows."""
        at = bisect_left(self._troubles, place)
        return self._troubles[at] if at < len(self._troubles) else None


class _Calls:
    """What is asked of single calls of a part: the same of all that are alike, so each `kind` is looked at once."""

    def __init__(self, left: Left, bounds: Sequence[Bound], directory: Directory) -> None:
        digits = max((len(bound.code) for bound in bounds), default=0)
        said = left.calls.select(*_ASKED, pl.col("b").str.slice(0, digits))
        kinds = said.unique().with_row_index("kind")
        its = said.join(kinds, on=said.columns, how="left", nulls_equal=True, maintain_order="left")
        self._kind_of: list[int] = its["kind"].to_list()
        self._kinds = kinds.drop("kind").rows()
        self._ways = left.ways
        self._standing: dict[int, Standing] = {}
        self._bounds: dict[tuple[int, PartnerId, TrunkId], tuple[int, ...]] = {}
        self._of: dict[PartnerId, list[tuple[int, Bound]]] = {}
        for place, bound in enumerate(bounds):
            self._of.setdefault(vendor_of(bound, directory), []).append((place, bound))

    def standing(self, call: int) -> Standing:
        """Return a call that looks for room."""
        kind = self._kind_of[call]
        found = self._standing.get(kind)
        if found is None:
            found = self._standing[kind] = self._stands(*self._kinds[kind])
        return found

    def bounds(self, call: int, vendor: PartnerId, trunk: TrunkId) -> tuple[int, ...]:
        """Return the places of the bounds that hold a call at a vendor's trunk."""
        key = self._kind_of[call], vendor, trunk
        found = self._bounds.get(key)
        if found is None:
            counted = Counted(*self._kinds[key[0]][-4:])
            its = (place for place, bound in self._of.get(vendor, ()) if bound.counts(vendor, trunk, counted))
            found = self._bounds[key] = tuple(its)
        return found

    def _stands(
        self, carrier: str, failed: str, answered: bool, trunk: str, goes: bool, way: str, plan: str, way_trunk: str,
        ahead: str, ways: int, *_: object,
    ) -> Standing:  # fmt: skip
        was = was_of(carrier, failed, answered)
        if not goes:
            return Standing(was, TrunkId(trunk), None, tuple(sorted(was.failed - {was.carrier})), self._ways[ways])
        here = Way(PartnerId(way), PlanId(plan), TrunkId(way_trunk))
        before = tuple(PartnerId(one) for one in ahead.split("|") if one)
        return Standing(was, TrunkId(trunk), here, before, self._ways[ways])


def _changes(left: Left, found: dict[int, Fate], order: BacktestOrder, batch: BatchWorld) -> Backtest:
    """Return what is to be added since these calls go elsewhere: of those that are dated in the order's period."""
    went = left.calls[list(found)]
    rows = [row_of(fate) for fate in found.values()]
    goes = pl.concat([went.drop(FATE.keys()), pl.DataFrame(rows, schema=FATE, orient="row")], how="horizontal")
    counted = pl.col("at_ms").is_between(order.from_ms, order.until_ms, closed="left")
    before, after = (
        with_charges(calls.drop("goes"), batch, left.fees).filter(counted)
        for calls in (went, goes.select(went.columns))
    )
    taken = {group: -sums for group, sums in groups_of(before).items()}
    unknown = int(after["unrated"].sum()) - int(before["unrated"].sum())
    gone = Backtest(groups=taken)
    return gone + Backtest(groups=groups_of(after), unknown=unknown, overflow=spills_of(before, after))
