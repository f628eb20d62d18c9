"""Lists of legs, newest first, over segments and the legs that books still hold (DESIGN §4: read by a task)."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import polars as pl

from actors.home import Home
from actors.tasks import FoundLeg, LegQuery
from cluster.tasks.leg_frames import AT, AT_SQL, LISTED_SCHEMA, within
from cluster.tasks.segments import book_reader, of_period, scan
from domain.calls import LegState
from store.book_reader import SegmentRow, Snapshot
from store.book_rows import DAY_MS, leg_of

Place = tuple[int, bytes]
"""What legs are listed by: their moment, newest first, then their id."""
Listed = tuple[Place, FoundLeg | str]
"""A leg and its place in the list; one that is sealed as the path of its segment, to be read if it is on the page."""
NAMED = ("partner", "side", "leg_id", "end_user", "trunk", "destination")
"""Columns that are asked for by their value."""


def find_legs(home: Home, query: LegQuery) -> tuple[list[FoundLeg], int]:
    """Return a page of the legs that match, newest first, and how many match. Open legs are listed too.

    Only segments whose day can match are opened, and of a list without other conditions only the newest of them.
    """
    most, total = query.offset + query.limit, 0
    listed: list[Listed] = []
    segments: list[SegmentRow] = []
    for _, book in book_reader(home).every():
        held, count = _held(book, query, most)
        listed += held
        total += count
        if not query.open_only:  # what is sealed has ended
            segments += of_period(book.segments(), query.from_ms, query.to_ms)
    sealed, count = _sealed(home, segments, query, most)
    page = sorted([*listed, *sealed], key=lambda one: (-one[0][0], one[0][1]))[query.offset : most]
    read = _read(home, segments, page)
    legs = [read[place[1]] if isinstance(found, str) else found for place, found in page]
    return legs, total + count


def _held(book: Snapshot, query: LegQuery, most: int) -> tuple[list[Listed], int]:
    """Return the newest legs that the book itself holds, and their count."""
    conditions, args = ["1 = 1"], []
    for said, condition in _sql_conditions(query):
        conditions.append(condition)
        args += said
    where = f"WHERE {' AND '.join(conditions)}"
    rows = book.leg_rows(LISTED_SCHEMA, f"{where} ORDER BY {AT_SQL} DESC, leg_id LIMIT ?", (*args, most))
    found = [FoundLeg(leg_of(row), "", row[-1]) for row in rows]
    listed: list[Listed] = [((one.leg.day_ms, one.leg.leg_id), one) for one in found]
    return listed, book.leg_rows(["count(*)"], where, args)[0][0]


def _sql_conditions(query: LegQuery) -> Iterator[tuple[list[Any], str]]:
    for name in NAMED:
        if getattr(query, name):
            yield [getattr(query, name)], f"{name} = ?"
    if query.ends is not None:
        silent, ringing = (sorted(cause for cause, rang in query.ends if rang is its) for its in (False, True))
        either = (
            f"alert_ms IS NULL AND cause IN ({_marks(silent)}) OR alert_ms IS NOT NULL AND cause IN ({_marks(ringing)})"
        )
        yield [*silent, *ringing], f"connect_ms IS NULL AND state <> 'open' AND ({either})"
    if query.call_keys:
        yield [*query.call_keys], f"call_key IN ({', '.join('?' * len(query.call_keys))})"
    if query.id_to:
        within_ids = "((leg_id >= ? AND leg_id <= ?) OR (call_key >= ? AND call_key <= ?))"
        yield [query.id_from, query.id_to] * 2, within_ids
    if query.number:
        yield [query.number] * 2, "(replace(a, ?, '') <> a OR replace(b, ?, '') <> b)"
    if query.answered_only:
        yield [], "connect_ms IS NOT NULL"
    if query.open_only:
        yield [], "seq IS NULL AND state = 'open'"
    if query.partial_only:
        yield [], "state = 'partial'"
    yield [query.from_ms, query.to_ms], f"{AT_SQL} >= ? AND {AT_SQL} < ?"


def _marks(values: list[int]) -> str:
    return ", ".join("?" * len(values)) or "NULL"


def _conditions(query: LegQuery) -> Iterator[pl.Expr]:
    """Yield all conditions but those of time."""
    for name in NAMED:
        if getattr(query, name):
            yield pl.col(name) == getattr(query, name)
    if query.ends is not None:
        rang = pl.col("alert_ms").is_not_null()
        either = [
            (rang == its) & pl.col("cause").is_in([cause for cause, one in query.ends if one is its])
            for its in (False, True)
        ]
        yield pl.col("connect_ms").is_null() & pl.any_horizontal(either)
    if query.call_keys:
        yield pl.col("call_key").is_in(query.call_keys)
    if query.id_to:
        ids = pl.lit(query.id_from, dtype=pl.Binary), pl.lit(query.id_to, dtype=pl.Binary)
        yield pl.any_horizontal(pl.col("leg_id", "call_key").is_between(*ids))
    if query.number:
        yield pl.any_horizontal(pl.col("a", "b").str.contains(query.number, literal=True))
    if query.answered_only:
        yield pl.col("connect_ms").is_not_null()
    if query.partial_only:
        yield pl.col("state") == LegState.PARTIAL.value


def _sealed(home: Home, segments: list[SegmentRow], query: LegQuery, most: int) -> tuple[list[Listed], int]:
    """Return the places of the newest sealed legs, and the count of all: day by day until there are enough."""
    conditions = list(_conditions(query))
    in_time = within(query.from_ms, query.to_ms)
    places: list[Listed] = []
    total, counted = 0, list[SegmentRow]()
    for day, of_day in _days(segments, at_once=bool(query.leg_id or query.call_keys or query.id_to)):
        if len(places) < most:
            found = scan(home, of_day, named="file").filter(in_time, *conditions)
            keys = found.select(AT.alias("at_ms"), "leg_id", "file").collect()
            keys = keys.sort("at_ms", "leg_id", descending=[True, False])
            places += [((at_ms, leg_id), file) for at_ms, leg_id, file in keys.head(most).iter_rows()]
            total += keys.height
        elif conditions or day * DAY_MS < query.from_ms or query.to_ms < (day + 1) * DAY_MS:
            counted += of_day
        else:
            total += sum(segment.legs for segment in of_day)
    rest = scan(home, counted).filter(in_time, *conditions).select(pl.len()).collect().item() if counted else 0
    return places, total + rest


def _days(segments: list[SegmentRow], *, at_once: bool) -> Iterator[tuple[int, list[SegmentRow]]]:
    """Yield days, newest first, with their segments; `at_once`: all as if they were of one day."""
    newest_first = sorted(segments, key=lambda segment: -segment.day)
    for day, of_day in groupby(newest_first, key=lambda segment: 0 if at_once else segment.day):
        yield day, list(of_day)


def _read(home: Home, segments: Iterable[SegmentRow], page: list[Listed]) -> dict[bytes, FoundLeg]:
    """Read the sealed legs of a page."""
    wanted = {place[1]: found for place, found in page if isinstance(found, str)}
    names = {str(home.segments / segment.file): segment for segment in segments}
    ids = pl.LazyFrame({"leg_id": list(wanted)}, schema={"leg_id": pl.Binary})
    files = [names[file] for file in dict.fromkeys(wanted.values())]
    legs = scan(home, files, named="file").join(ids, on="leg_id", how="semi").select(*LISTED_SCHEMA, "file").collect()
    return {row[0]: FoundLeg(leg_of(row), names[row[-1]].segment, row[-2]) for row in legs.iter_rows()}
