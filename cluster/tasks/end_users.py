"""What end users of a client used, from the legs themselves: sealed, or still in the books."""

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from actors.home import Home
from cluster.tasks.call_rows import LISTED, billed, call_rows, destination_names
from cluster.tasks.leg_frames import AT_SQL, within
from cluster.tasks.segments import book_reader, ended_legs, of_period, scan
from domain.calls import Side
from domain.ids import DestinationId, EndUserId
from domain.invoicing import CallRow
from domain.money import Currency
from domain.rates import Service, Unit
from domain.user_bills import UserUsage
from store.book_reader import SegmentRow
from store.book_rows import Row

_KEYS = ("end_user", "destination", "price", "rate_type", "currency", "service", "unit")
_SUMMED = ("billed_s", "charge", "billed_volume")
_CLIENT = Side.CLIENT.value


def user_traffic(home: Home, partner: str, from_ms: int, to_ms: int, user: str | None = None) -> list[UserUsage]:
    """Add up the ended legs of a client in [from, to) by end user; only those of `user` where one is given."""
    total: defaultdict[Row, list[int]] = defaultdict(lambda: [0] * (2 + len(_SUMMED)))
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
    wide = [pl.col(name).cast(pl.Int128).sum() for name in _SUMMED]
    answered = pl.col("connect_ms").is_not_null().sum().cast(pl.Int64).alias("answered")
    _add(total, sealed.agg(pl.len().alias("attempts"), answered, *wide).collect().rows())
    return [_usage(key, sums) for key, sums in sorted(total.items())]


def user_calls(home: Home, partner: str, from_ms: int, to_ms: int, user: str) -> list[CallRow]:
    """Return the legs of an end user in [from, to) that were answered or cost something, in order of time."""
    counted = [*_theirs(partner, from_ms, to_ms, user), *billed(from_ms, to_ms)]
    frames, segments = list[pl.DataFrame](), list[SegmentRow]()
    for _, book in book_reader(home).every():
        where = "partner = ? AND side = ? AND end_user = ?"
        kept = {**LISTED, "partner": pl.String, "side": pl.String, "end_user": pl.String}
        held = ended_legs(book, kept, where, (partner, _CLIENT, user)).filter(*counted)
        frames.append(held.select(*LISTED))
        segments += of_period(book.segments(), from_ms, to_ms)
    sealed = scan(home, segments).filter(*counted).select(*LISTED).collect()
    return list(call_rows(pl.concat([*frames, sealed]), destination_names(home)))


def _theirs(partner: str, from_ms: int, to_ms: int, user: str | None) -> list[pl.Expr]:
    chosen = [within(from_ms, to_ms), pl.col("partner") == partner, pl.col("side") == _CLIENT]
    return chosen if user is None else [*chosen, pl.col("end_user") == user]


def _add(total: defaultdict[Row, list[int]], rows: Sequence[Row]) -> None:
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
