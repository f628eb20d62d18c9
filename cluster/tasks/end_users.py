"""What end users of a client used, from the legs themselves: sealed, or still in the books."""

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from actors.home import Home
from actors.tasks import UserBillQuery, UserCut
from cluster.tasks.call_rows import LISTED, billed, call_rows, destination_names
from cluster.tasks.leg_frames import AT_SQL, LEG_SCHEMA, within
from cluster.tasks.segments import book_reader, ended_legs, of_period, scan
from domain.calls import Side
from domain.ids import DestinationId, EndUserId
from domain.money import Currency
from domain.rates import Service, Unit
from domain.user_bills import UserUsage
from store.bill_file import write_calls
from store.book_reader import SegmentRow
from store.book_rows import Row

_KEYS = ("end_user", "destination", "price", "rate_type", "currency", "service", "unit")
_SUMMED = ("billed_s", "charge", "billed_volume")
_COUNTED = tuple(dict.fromkeys((*LISTED, *_KEYS)))
_READ = {name: LEG_SCHEMA[name] for name in dict.fromkeys((*_COUNTED, "partner", "side"))}
_SUMS = (
    pl.len().alias("attempts"),
    pl.col("connect_ms").is_not_null().sum().cast(pl.Int64).alias("answered"),
    *(pl.col(name).cast(pl.Int128).sum() for name in _SUMMED),
)
_CLIENT = Side.CLIENT.value
_Total = defaultdict[Row, list[int]]


def user_traffic(home: Home, partner: str, from_ms: int, to_ms: int, user: str | None = None) -> list[UserUsage]:
    """Add up the ended legs of a client in [from, to) by end user; only those of `user` where one is given."""
    total: _Total = defaultdict(_zeros)
    segments: list[SegmentRow] = []
    columns = [*_KEYS, "count(*)", "count(connect_ms)", *(f"sum({name})" for name in _SUMMED)]
    where = f"WHERE state <> 'open' AND side = '{_CLIENT}' AND partner = ? AND {AT_SQL} >= ? AND {AT_SQL} < ?"
    args: list[object] = [partner, from_ms, to_ms]
    if user is not None:
        where, args = f"{where} AND end_user = ?", [*args, user]
    for _, book in book_reader(home).every():
        _add(total, book.leg_rows(columns, f"{where} GROUP BY {', '.join(_KEYS)}", args))
        segments += of_period(book.segments(), from_ms, to_ms)
    sealed = scan(home, segments).filter(*_theirs(partner, from_ms, to_ms, user)).group_by(_KEYS)
    _add(total, sealed.agg(*_SUMS).collect().rows())
    return [_usage(key, sums) for key, sums in sorted(total.items())]


def user_bill(home: Home, query: UserBillQuery) -> UserCut:
    """Add up an end user's ended legs of a period, and list those that were answered or cost something.

    Sums and list are of the same rows: what ends meanwhile is in both or in neither.
    """
    if not query.listed and query.file is None:
        return UserCut(user_traffic(home, query.partner, query.from_ms, query.to_ms, query.user), [])
    chosen = _theirs(query.partner, query.from_ms, query.to_ms, query.user)
    frames, segments = list[pl.DataFrame](), list[SegmentRow]()
    for _, book in book_reader(home).every():
        where = "partner = ? AND side = ? AND end_user = ?"
        held = ended_legs(book, _READ, where, (query.partner, _CLIENT, query.user)).filter(*chosen)
        frames.append(held.select(*_COUNTED))
        segments += of_period(book.segments(), query.from_ms, query.to_ms)
    legs = pl.concat([*frames, scan(home, segments).filter(*chosen).select(*_COUNTED).collect()])
    total: _Total = defaultdict(_zeros)
    _add(total, legs.group_by(_KEYS).agg(*_SUMS).rows())
    counted = legs.filter(*billed(query.from_ms, query.to_ms)).select(*LISTED)
    calls = list(call_rows(counted, destination_names(home)))
    if query.file is not None:
        write_calls(query.file, calls)
    return UserCut([_usage(key, sums) for key, sums in sorted(total.items())], calls if query.listed else [])


def _zeros() -> list[int]:
    return [0] * (2 + len(_SUMMED))


def _theirs(partner: str, from_ms: int, to_ms: int, user: str | None) -> list[pl.Expr]:
    chosen = [within(from_ms, to_ms), pl.col("partner") == partner, pl.col("side") == _CLIENT]
    return chosen if user is None else [*chosen, pl.col("end_user") == user]


def _add(total: _Total, rows: Sequence[Row]) -> None:
    for row in rows:
        sums = total[row[: len(_KEYS)]]
        for place, value in enumerate(row[len(_KEYS) :]):
            sums[place] += int(value)


def _usage(key: Row, sums: list[int]) -> UserUsage:
    user, destination, price, rate_type, currency, service, unit = key
    attempts, answered, billed_s, charge, billed_volume = sums
    return UserUsage(
        EndUserId(user), DestinationId(destination), price, rate_type, Currency(currency), attempts, answered,
        billed_s, charge, Service(service), Unit(unit), billed_volume,
    )  # fmt: skip
