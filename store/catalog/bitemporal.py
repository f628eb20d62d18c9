"""Two times of a rate: from when it holds, and from when we knew. Pure: rows in, what to end and what to add out.

A new rate does not overwrite: rows that it contradicts stop being known, and what remains true of them is known anew
as rows of their own. So every former answer can be given again by reading as known at a former moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from domain.errors import ConflictError, InputError
from domain.rates import RateRow

FOREVER = 2**62
Key = tuple[str, str, str]
"""Code, rate type, origin: what has one rate at any instant."""


@dataclass(frozen=True, slots=True)
class Supersession:
    """What a change does to the table: ids of rows no longer known, rows newly known, new rows that change nothing."""

    ended: tuple[int, ...]
    added: tuple[RateRow, ...]
    unchanged: int = 0


@dataclass(slots=True)
class _Piece:
    """A stretch [since, until) of validity with one rate. `id`: the stored row, None for a row that is to be added."""

    since: int
    until: int
    row: RateRow
    id: int | None


_Timeline = list[_Piece]


def supersede(current: Iterable[tuple[int, RateRow]], new: Sequence[RateRow]) -> Supersession:
    """Put new rates over the ones known now (id, row) of the same codes.

    A new rate holds from its valid_from to its end, whatever held there; of two new rates of one code the later one
    cuts the earlier. Raises ConflictError when two new rates of one code, rate type and origin begin together.
    """
    changes: dict[Key, list[RateRow]] = defaultdict(list)
    for row in new:
        changes[row.code, row.rate_type, row.origin].append(row)
    timelines = _timelines(current, changes.keys())
    ended: list[int] = []
    added: list[RateRow] = []
    unchanged = 0
    for key, rows in changes.items():
        timeline = timelines[key]
        rows.sort(key=lambda row: row.valid_from_ms)
        for first, second in pairwise(rows):
            if first.valid_from_ms == second.valid_from_ms:
                of = " ".join(filter(None, key[1:]))
                raise ConflictError(f"two rates for code {key[0]} ({of}) begin together", mend="Keep one of them.")
        for row in rows:
            since, until = row.valid_from_ms, _end(row)
            if any(p.since <= since and until <= p.until and _same(p.row, row) for p in timeline):
                unchanged += 1
                continue
            timeline = _cut(timeline, since, until, ended)
            timeline.append(_Piece(since, until, row, None))
        added += [_as_row(piece) for piece in timeline if piece.id is None]
    return Supersession(tuple(ended), tuple(added), unchanged)


def check(rows: Sequence[RateRow], rate_types: frozenset[str], where: str) -> None:
    """Raise InputError for the first row that cannot be a rate: its code, its dates, or a rate type of no window."""
    for number, row in enumerate(rows, 1):
        if not (row.code.isascii() and row.code.isdigit() and len(row.code) <= 15):
            mend = "Give 1 to 15 digits."
            raise InputError(f"row {number}: {row.code!r} is no code", where=where, mend=mend)
        if row.valid_from_ms >= _end(row):
            mend = "Let it end after it begins."
            raise InputError(f"row {number}: the rate of {row.code} is never valid", where=where, mend=mend)
        if row.rate_type not in rate_types:
            mend = f"The plan's are: {', '.join(sorted(rate_types))}."
            raise InputError(f"row {number}: unknown rate type {row.rate_type!r}", where=where, mend=mend)


def _timelines(current: Iterable[tuple[int, RateRow]], wanted: Iterable[Key]) -> dict[Key, _Timeline]:
    timelines: dict[Key, _Timeline] = {key: [] for key in wanted}
    for id_, row in current:
        timeline = timelines.get((row.code, row.rate_type, row.origin))
        if timeline is not None:
            timeline.append(_Piece(row.valid_from_ms, _end(row), row, id_))
    return timelines


def _cut(timeline: _Timeline, since: int, until: int, ended: list[int]) -> _Timeline:
    """Return the timeline without [since, until); ids of stored rows that lose a part of themselves go to `ended`."""
    kept: _Timeline = []
    for piece in timeline:
        if piece.until <= since or until <= piece.since:
            kept.append(piece)
            continue
        if piece.id is not None:
            ended.append(piece.id)
        if piece.since < since:
            kept.append(_Piece(piece.since, since, piece.row, None))
        if until < piece.until:
            kept.append(_Piece(until, piece.until, piece.row, None))
    return kept


def _same(one: RateRow, other: RateRow) -> bool:
    return one.terms == other.terms and one.blocked == other.blocked


def _end(row: RateRow) -> int:
    return FOREVER if row.valid_until_ms is None else row.valid_until_ms


def _as_row(piece: _Piece) -> RateRow:
    until = None if piece.until == FOREVER else piece.until
    if (piece.since, until) == (piece.row.valid_from_ms, piece.row.valid_until_ms):
        return piece.row
    return replace(piece.row, valid_from_ms=piece.since, valid_until_ms=until)
