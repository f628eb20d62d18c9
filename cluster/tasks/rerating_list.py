"""The list of a rerating's calls, read: a page, or a part of it as CSV."""

import csv
import io
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime

import polars as pl

from actors.home import Home
from actors.rerate_work import ListedCall, ListedPage, ListedQuery, TableQuery
from domain.errors import NotFoundError
from domain.money import decimal_text

_SHOWN = [field.name for field in fields(ListedCall)]
COLUMNS = (
    "call_key leg_id partner side destination number at code billed_s billed_volume charge new_code new_billed_s "
    "new_billed_volume new_charge difference currency fault"
).split()
"""The columns of the CSV. Ids are hexadecimal, `at` is UTC, money in the plan's currency."""


def rerating_calls(home: Home, query: ListedQuery) -> ListedPage:
    """Return a page of the list. Raises NotFoundError where it is there no longer."""
    if not query.place:
        return ListedPage((), 0)
    chosen = _scan(home, query.place)
    if query.partner:
        chosen = chosen.filter(pl.col("partner") == query.partner)
    if query.destination is not None:
        chosen = chosen.filter(pl.col("destination") == query.destination)
    page = chosen.select(_SHOWN).slice(query.offset, query.limit).collect()
    total = chosen.select(pl.len()).collect().item()
    return ListedPage(tuple(ListedCall(*row) for row in page.iter_rows()), total)


def rerating_table(home: Home, query: TableQuery) -> bytes:
    """Return a part of the list as lines of CSV, none behind its end. Raises as rerating_calls."""
    wanted = _scan(home, query.place).select(*_SHOWN, "currency").slice(query.offset, query.limit).collect()
    text = io.StringIO()
    writer = csv.writer(text)
    if not query.offset:
        writer.writerow(COLUMNS)
    writer.writerows(_line(ListedCall(*row), currency, query) for *row, currency in wanted.iter_rows())
    return text.getvalue().encode()


def _scan(home: Home, place: str) -> pl.LazyFrame:
    folder = home.reratings / place
    if not folder.is_dir():
        mend = "Count it again: `switchboard rerating refresh ID`."
        raise NotFoundError("its list of calls is there no longer", where=f"{folder}", mend=mend)
    return pl.scan_parquet(sorted(folder.glob("calls-*.parquet")), hive_partitioning=False)


def _line(call: ListedCall, currency: str, query: TableQuery) -> Iterator[object]:
    at = datetime.fromtimestamp(call.at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    yield from (call.call_key.hex(), call.leg_id.hex(), call.partner, call.side)
    yield from (query.names.get(call.destination, ""), call.number, at)
    yield from (call.code, call.billed_s, call.billed_volume, decimal_text(call.charge))
    yield from (call.new_code, call.new_billed_s, call.new_billed_volume)
    rated = call.new_charge is not None
    yield decimal_text(call.new_charge) if call.new_charge is not None else None
    yield decimal_text(call.new_charge - call.charge) if call.new_charge is not None and rated else None
    yield from (currency, call.fault)
