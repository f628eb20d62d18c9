"""What a part of a back-test leaves, so that its calls can be followed one by one where bounds are met: the calls at
vendors with bounds, and what else is open there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import polars as pl

from actors.home import Home
from cluster.tasks.backtest_calls import ONE_BY_ONE
from cluster.tasks.backtest_quality import folder_of
from cluster.tasks.backtest_room import changed, dialled, failed_ahead
from domain.backtest_room import Bound, bounds_of
from domain.backtests import BacktestOrder, Choice, Way
from domain.directory import Directory
from domain.ids import PartnerId, PlanId, TrunkId

_MONEY = ("revenue", "revenue_now", "cost", "cost_now")
_OF_CALL = ("client", "trunk", "destination", "b")


@dataclass(frozen=True, slots=True)
class Left:
    """`calls`: with what becomes of them (backtest_fates), whether they go (`goes`), the vendor's trunk that has them
    (`vendor`, `by`), the number that limits look at (`b`), and the place of their ways in `ways` (`list`). `others`:
    attempts that failed, and take room (`call_key vendor by setup_ms end_ms` and of the call `client trunk destination
    b`). `fees`: of those the ones that cost something."""

    calls: pl.DataFrame
    others: pl.DataFrame
    fees: pl.DataFrame
    ways: list[tuple[Way, ...]]


def bounds_in(directory: Directory) -> list[Bound]:
    """Return what calls may find full."""
    return [bound for bound in bounds_of(directory) if bound.bounded]


def vendor_of(bound: Bound, directory: Directory) -> PartnerId:
    """Return whose calls a bound counts: each names a vendor, or his trunk."""
    if bound.vendor is not None:
        return bound.vendor
    assert bound.trunk is not None, "backtest_room.bounds_of has no others"
    return directory.trunks[bound.trunk].partner


def leave(
    home: Home,
    order: BacktestOrder,
    from_ms: int,
    calls: pl.DataFrame,
    carried: pl.DataFrame,
    choices: Sequence[Choice],
    directory: Directory,
) -> None:
    """Leave the calls of a part at whose vendors anything is bounded. `choices`: by group."""
    bounded = pl.col("vendor").is_in(sorted({vendor_of(bound, directory) for bound in bounds_in(directory)}))
    vendor = pl.when("goes").then("way").otherwise("carrier").alias("vendor")
    by = pl.when("goes").then("way_trunk").otherwise("carried_by").alias("by")
    its = calls.with_columns(vendor, by, dialled().alias("b"), pl.col(_MONEY).cast(pl.Int64))
    kept = its.filter((pl.col("refused") == "") & bounded)
    others = _others(calls, carried).filter(bounded)
    others = others.join(its.select("call_key", *_OF_CALL), on="call_key", how="inner")
    fees = carried.filter((pl.col("now_charge") != 0) & pl.col("connect_ms").is_null())
    kept, ways = _with_ways(kept, choices)
    fees = fees.select("call_key", "partner", "now_charge", "connect_ms")
    _write(folder_of(home, order) / f"{from_ms}", Left(kept, others, fees, ways))


def read(home: Home, order: BacktestOrder, from_ms: int) -> Left:
    """Return what a part left."""
    folder = folder_of(home, order) / f"{from_ms}"
    frames = [pl.read_parquet(folder / f"{name}.parquet") for name in ("calls", "others", "fees")]
    told = json.loads((folder / "ways.json").read_bytes())
    ways = [tuple(Way(PartnerId(one), PlanId(plan), TrunkId(trunk)) for one, plan, trunk in each) for each in told]
    return Left(frames[0].with_columns(pl.col(_MONEY).cast(pl.Int128)), frames[1], frames[2], ways)


def _others(calls: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Return the attempts that are made beside those that have calls at last."""
    tried = carried.filter(pl.col("call_key").is_duplicated()).join(changed(calls), on="call_key", how="anti")
    tried = tried.with_columns(pl.col("connect_ms").is_not_null().alias("answered"))
    tried = tried.sort(ONE_BY_ONE, maintain_order=True).filter(~pl.col("call_key").is_last_distinct())
    named = pl.col("partner").alias("vendor"), pl.col("trunk").alias("by")
    legs = [frame.select("call_key", *named, "setup_ms", "end_ms") for frame in (tried, failed_ahead(calls, carried))]
    return pl.concat(legs)


def _with_ways(calls: pl.DataFrame, choices: Sequence[Choice]) -> tuple[pl.DataFrame, list[tuple[Way, ...]]]:
    on = ("group", "part")
    few = calls.select(on).unique()
    places: dict[tuple[Way, ...], int] = {}
    found = [places.setdefault(choices[group].part(part).ways, len(places)) for group, part in few.iter_rows()]
    told = few.with_columns(pl.Series("list", found, dtype=pl.Int64))
    return calls.join(told, on=on, how="left", maintain_order="left").drop(on), list(places)


def _write(folder: Path, left: Left) -> None:
    """Write a part's files whole: work that is broken off and begun anew writes over what is there."""
    partial = folder.with_suffix(".part")
    rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, frame in (("calls", left.calls), ("others", left.others), ("fees", left.fees)):
        frame.write_parquet(partial / f"{name}.parquet", compression="lz4")
    (partial / "ways.json").write_text(json.dumps(left.ways))
    rmtree(folder, ignore_errors=True)
    partial.rename(folder)
