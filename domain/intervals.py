"""Plans as columns: nested codes become sorted disjoint intervals, so that a look-up is one bisection (DESIGN §4.6).

A number is a point (domain.points). The same columns are held in memory
(PlanIntervals) or memory-mapped from a snapshot (store.snapshots); ColumnPlan reads both.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter

from domain.extent import Extent
from domain.origins import CallerGroups, OriginCode, chain_of
from domain.plan_columns import BLOCKED, Piece, gathered
from domain.plan_columns import PlanColumns as PlanColumns
from domain.plan_columns import nest as nest
from domain.points import END, point
from domain.points import OPEN_MS as OPEN_MS
from domain.points import WIDTH as WIDTH
from domain.rates import ANY_TIME, CodeRates, PlanRules, RateRow, Terms

CACHED_CODES = 4096
"""Codes whose last answer a ColumnPlan remembers; the oldest makes room: to forget all at once takes milliseconds."""


def flatten(rows: Iterable[RateRow]) -> PlanColumns:
    """Build the columns of a plan from its known rows (rows whose knowledge has ended are not passed in).

    Codes are 0 to 15 digits. Within a code the row that wins stands first: latest valid_from, then last known,
    then last given.
    """
    return gathered([pieced(rows)])


def pieced(rows: Iterable[RateRow]) -> Piece:
    """Return known rows as one piece, in the order of `flatten`."""
    ordered = list(rows)[::-1]
    ordered.sort(key=_first_of_its_code)
    return Piece(
        codes=[row.code for row in ordered],
        rate_types=[row.rate_type for row in ordered],
        origins=[row.origin for row in ordered],
        terms=[_in_order(row.terms) for row in ordered],
        valid_from_ms=[row.valid_from_ms for row in ordered],
        valid_until_ms=[OPEN_MS if row.valid_until_ms is None else row.valid_until_ms for row in ordered],
        flags=[BLOCKED if row.blocked else 0 for row in ordered],
    )


def _first_of_its_code(row: RateRow) -> tuple[str, int, int]:
    return row.code, -row.valid_from_ms, -row.known_from_ms


_in_order = attrgetter(*(field.name for field in fields(Terms)))


class ColumnPlan:
    """A PlanTable over any columns: lists, arrays or memory-mapped views. Rows come back without their known times.

    Invariant: an answer kept for a code, and an origin group where the plan has any, holds for every moment of the
    interval kept with it.
    """

    __slots__ = ("_answers", "callers", "columns", "rules", "version", "whole_from_ms")

    def __init__(
        self,
        columns: PlanColumns,
        rules: PlanRules,
        version: int,
        whole_from_ms: int = 0,
        origin_codes: Iterable[OriginCode] = (),
    ) -> None:
        self.columns, self.rules, self.version, self.whole_from_ms = columns, rules, version, whole_from_ms
        self.callers = CallerGroups(origin_codes, columns.origins) if columns.origins else None
        self._answers: OrderedDict[int | tuple[int, str], tuple[int, int, CodeRates | None]] = OrderedDict()

    def rates_at(self, number: str, at_ms: int, within: Extent | None = None, origin: str = "") -> CodeRates | None:
        """Return the rates of the longest code in force (see PlanTable); None for what is not digits, too."""
        where = point(number)
        if where is None:
            return None
        columns = self.columns
        after = bisect_right(columns.starts, where)
        if within is not None:
            end = columns.starts[after] if after < len(columns.starts) else END
            within.narrow_numbers(columns.starts[after - 1], end)
        code = columns.owner[after - 1]
        while code >= 0:
            # the zeros that pad a short number are no digits of it
            if columns.code_len[code] <= len(number):
                since_ms, until_ms, rates = self._in_force(code, at_ms, origin)
                if within is not None:
                    within.narrow_moments(since_ms, until_ms)
                if rates is not None:
                    return rates
            code = columns.parent[code]
        return None

    def code_text(self, code: int) -> str:
        """Return the digits of the code with this index."""
        length = self.columns.code_len[code]
        return str(self.columns.codes[code]).zfill(length) if length else ""

    def _in_force(self, code: int, at_ms: int, origin: str) -> tuple[int, int, CodeRates | None]:
        """Return the code's rates at the moment, with the interval [from, until) in which nothing of it changes."""
        key = (code, origin) if origin else code
        kept = self._answers.get(key)
        if kept is not None and kept[0] <= at_ms < kept[1]:
            return kept
        if len(self._answers) >= CACHED_CODES:
            self._answers.popitem(last=False)
        answer = self._answers[key] = self._read(code, at_ms, origin)
        return answer

    def _read(self, code: int, at_ms: int, origin: str) -> tuple[int, int, CodeRates | None]:
        columns = self.columns
        since, until = -OPEN_MS, OPEN_MS
        in_force: list[int] = []
        for row in range(columns.row_first[code], columns.row_first[code + 1]):
            for change in (columns.valid_from_ms[row], columns.valid_until_ms[row]):
                if change <= at_ms:
                    since = max(since, change)
                else:
                    until = min(until, change)
            if columns.valid_from_ms[row] <= at_ms < columns.valid_until_ms[row]:
                in_force.append(row)
        if columns.origins:
            in_force = self._counting(in_force, origin)
        winners: dict[int, int] = {}
        for row in in_force:
            winners.setdefault(columns.rate_type[row], row)
        text = self.code_text(code)
        rows = tuple([self._row(text, row) for row in winners.values()])
        return since, until, CodeRates(text, rows) if rows else None

    def _counting(self, rows: list[int], origin: str) -> list[int]:
        """Return those rows that count for callers of an origin, the group's own first.

        Behind a row for any time none counts: it would be asked for a rate type that the group has no row of.
        """
        columns = self.columns
        counting: list[int] = []
        for group in chain_of(origin):
            counting += [row for row in rows if columns.origins[columns.origin[row]] == group]
            if any(columns.rate_types[columns.rate_type[row]] == ANY_TIME for row in counting):
                break
        return counting

    def _row(self, code: str, row: int) -> RateRow:
        columns = self.columns
        until = columns.valid_until_ms[row]
        return RateRow(
            code=code,
            terms=columns.terms_table[columns.terms[row]],
            valid_from_ms=columns.valid_from_ms[row],
            valid_until_ms=None if until == OPEN_MS else until,
            rate_type=columns.rate_types[columns.rate_type[row]],
            blocked=bool(columns.flags[row] & BLOCKED),
            origin=columns.origins[columns.origin[row]] if columns.origins else "",
        )


class PlanIntervals(ColumnPlan):
    """The plan table in memory, built from rows: the twin of a memory-mapped snapshot."""

    __slots__ = ()

    def __init__(
        self, rules: PlanRules, rows: Iterable[RateRow], version: int = 1, origin_codes: Iterable[OriginCode] = ()
    ) -> None:
        super().__init__(flatten(rows), rules, version, origin_codes=origin_codes)
