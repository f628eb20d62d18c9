"""Sums over legs, sealed or not: traffic of a period, and all that was ever charged. 128 bits wide inside."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import polars as pl

from actors.home import Home
from actors.tasks import BooksProof, TrafficRow
from cluster.tasks.leg_frames import AT_SQL, within
from cluster.tasks.segments import book_reader, of_period, scan, sums_of
from domain.calls import Side
from domain.ids import DestinationId, PartnerId
from domain.money import Currency
from domain.rates import Service, Unit
from store.book_reader import SegmentRow, Snapshot
from store.book_rows import Row

_KEYS = ("partner", "side", "destination", "price", "rate_type", "currency", "service", "unit")
_SUMMED = ("duration_ms", "billed_s", "charge", "base_charge", "volume", "billed_volume")
_SQL_SUMS = [f"sum({name})" for name in _SUMMED]


def traffic(home: Home, from_ms: int, to_ms: int, partner: str = "") -> list[TrafficRow]:
    """Add up the ended legs of [from, to), by the moment that dates them; of one partner if it is named."""
    held: list[Row] = []
    segments: list[SegmentRow] = []
    for _, book in book_reader(home).every():
        held += held_traffic(book, from_ms, to_ms, partner)
        segments += of_period(book.segments(), from_ms, to_ms)
    return all_traffic(home, held, segments, from_ms, to_ms, partner)


def all_traffic(
    home: Home, held: Sequence[Row], segments: Sequence[SegmentRow], from_ms: int, to_ms: int, partner: str
) -> list[TrafficRow]:
    """Add up the sealed legs of [from, to) in segments, with what books had in `held_traffic` when they named these."""
    total: defaultdict[Row, list[int]] = defaultdict(lambda: [0] * (2 + len(_SUMMED)))
    _add(total, held)
    chosen = [within(from_ms, to_ms), *([pl.col("partner") == partner] if partner else [])]
    sealed = scan(home, segments).filter(*chosen).group_by(_KEYS)
    wide = [pl.col(name).cast(pl.Int128).sum() for name in _SUMMED]
    answered = pl.col("connect_ms").is_not_null().sum().cast(pl.Int64).alias("answered")
    _add(total, sealed.agg(pl.len().alias("attempts"), answered, *wide).collect().rows())
    return [_row(key, sums) for key, sums in sorted(total.items())]


def proof(home: Home) -> BooksProof:
    """Gather what must agree. Charges come from the legs themselves: the check of what was posted."""
    total: defaultdict[tuple[PartnerId, Side, Currency], tuple[int, int]] = defaultdict(lambda: (0, 0))
    segments: list[SegmentRow] = []
    with book_reader(home).together() as books:
        for book in books:
            for key, units in _held_charges(book):
                total[key] = _plus(total[key], units)
            segments += book.segments()
        arrived = [book.inbox() for book in books]
        underway = [
            each
            for number, book in enumerate(books)
            for each in book.outbox()
            if each.number > arrived[each.to_book].get(number, 0)
        ]
        transfers = [transfer for book in books for transfer in book.transfers()]
        balances = [balance for book in books for balance in book.balances()]
        holds = [hold for book in books for hold in book.holds()]
        parked = sum(book.parked_count() for book in books)
    for key, units in sums_of(scan(home, segments)).items():  # they never change: another moment is as good
        total[key] = _plus(total[key], units)
    return BooksProof(dict(total), tuple(transfers), tuple(balances), tuple(holds), tuple(underway), parked)


def held_traffic(book: Snapshot, from_ms: int, to_ms: int, partner: str) -> list[Row]:
    """Add up the ended legs that a book itself holds."""
    where = f"WHERE state <> 'open' AND {AT_SQL} >= ? AND {AT_SQL} < ?" + (" AND partner = ?" if partner else "")
    columns = [*_KEYS, "count(*)", "count(connect_ms)", *_SQL_SUMS]
    args = (from_ms, to_ms, *([partner] if partner else []))
    return book.leg_rows(columns, f"{where} GROUP BY {', '.join(_KEYS)}", args)


def _held_charges(book: Snapshot) -> Iterator[tuple[tuple[PartnerId, Side, Currency], tuple[int, int]]]:
    columns = ("partner", "side", "currency", "sum(charge)", "sum(base_charge)")
    for p, s, c, charge, base in book.leg_rows(columns, "GROUP BY partner, side, currency"):
        yield (PartnerId(p), Side(s), Currency(c)), (int(charge), int(base))


def _add(total: defaultdict[Row, list[int]], rows: Sequence[Row]) -> None:
    for row in rows:
        sums = total[row[: len(_KEYS)]]
        for place, value in enumerate(row[len(_KEYS) :]):
            sums[place] += int(value)


def _plus(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def _row(key: Row, sums: list[int]) -> TrafficRow:
    partner, side, destination, price, rate_type, currency, service, unit = key
    attempts, answered, talk_ms, billed_s, charge, base_charge, volume, billed_volume = sums
    return TrafficRow(
        partner=PartnerId(partner),
        side=Side(side),
        destination=DestinationId(destination),
        price=price,
        rate_type=rate_type,
        currency=Currency(currency),
        attempts=attempts,
        answered=answered,
        talk_ms=talk_ms,
        billed_s=billed_s,
        charge=charge,
        base_charge=base_charge,
        service=Service(service),
        unit=Unit(unit),
        volume=volume,
        billed_volume=billed_volume,
    )
