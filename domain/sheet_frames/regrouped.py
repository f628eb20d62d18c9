"""Callers whom a sheet's own list of origin groups moves to a dearer one: numbers that become dearer without a line.

A plan is a function of the called number and of who calls. A list that gives callers another group leaves all rates as
they are, and changes what calls cost; it is compared as rates are, before and after (domain.sheet_frames.implicit).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from domain.origin_lists import replaced
from domain.origins import CallerGroups, OriginCode
from domain.points import OPEN_MS
from domain.rates import ANY_TIME, Unit
from domain.sheet_frames.callers import Known, group_codes
from domain.sheet_frames.case import Contract
from domain.sheet_frames.columns import TERMS
from domain.sheet_frames.costs import dearer
from domain.sheet_frames.function import beneath, counting, intervals, of_type, placed, tree, variants
from domain.sheet_frames.implicit import asked_of
from domain.sheet_frames.moving import earliest_of, is_of_groups
from domain.sheet_frames.notice import INCREASE
from domain.sheet_frames.said import sheet_date_ms
from domain.sheets.corrections import Correction
from domain.sheets.findings import Check

REGROUPED = {
    "id": pl.UInt32,  # one for the same groups and moment of the lists
    "from_group": pl.String,
    "to_group": pl.String,
    "callers": pl.String,  # codes that their numbers begin with, "*" for all others, parted by blanks
    "at_ms": pl.Int64,
    "rate_type": pl.String,
    "number": pl.String,
    "old_code": pl.String,
    "new_code": pl.String,
    "old_price": pl.Int64,
    "new_price": pl.Int64,
}
"""Numbers (`number`: the longest code that begins them) that cost callers otherwise who move from group to group."""
MOVES = {"from_group": pl.String, "to_group": pl.String, "callers": pl.String, "at_ms": pl.Int64}
"""Who moves, and when: as in REGROUPED, whatever it costs."""
_ROW = ["rate", "code", *TERMS]


def listed(origins: pl.DataFrame, lines: pl.DataFrame, contract: Contract) -> list[OriginCode]:
    """Return what a sheet's ORIGINS ask for: its groups from its date on, or from the day decided, or none if dropped.

    Decisions about one group count for all lists of the sheet: a code that moves must leave and enter at once.
    """
    from_ms = sheet_date_ms(lines["from_ms"], contract)
    decided = [one for one in contract.corrections if is_of_groups(one)]
    if any(one.kind is Correction.DROP for one in decided):
        return []
    for one in decided:
        late = (one.check or one.key[:3]) == Check.IN_THE_PAST and from_ms >= contract.now_ms
        if one.kind is Correction.DATE and not late:
            from_ms = int(one.value) if one.value else max(from_ms, earliest_of(contract)[INCREASE])
    rows = origins.filter(pl.col("origin") != "")
    return [OriginCode(group, code, from_ms) for group, code in rows.select("origin", "code").iter_rows()]


def lists_after(before: Iterable[OriginCode], asked: Iterable[OriginCode]) -> tuple[OriginCode, ...]:
    """Return the groups of a plan when those that are asked for are put in."""
    asked = list(asked)
    since: dict[str, int] = {}
    for one in asked:
        since[one.group] = min(one.valid_from_ms, since.get(one.group, one.valid_from_ms))
    return replaced(before, asked, since)


def moves(before: Known, after: Known) -> pl.DataFrame:
    """Return MOVES between groups that rates count for, each in its first period."""
    rows = [(*groups, _text(codes), since_ms) for since_ms, _, groups, codes in _moves(before.callers, after.callers)]
    return pl.DataFrame(rows, schema=MOVES, orient="row").unique(["from_group", "to_group", "callers"], keep="first")


def regrouped(before: Known, after: Known, unit: Unit, percent: int = 0, *, cheaper: bool = False) -> pl.DataFrame:
    """Return REGROUPED: what callers who move pay more for by more than so many per cent, from when they first do; if
    `cheaper` what they pay less for.

    Only what the move has a part in: that they would pay another price had they stayed.
    """
    told = list(_moves(before.callers, after.callers))
    named = set(before.rates["origin"].unique()) | set(after.rates["origin"].unique())
    if not told or not named - {""} or not before.rates.height:
        return pl.DataFrame(schema=REGROUPED)
    function = _Function(before.rates, after.rates)
    found = [pl.DataFrame(schema=REGROUPED)]
    for id_, (since_ms, until_ms, groups, codes) in enumerate(told):
        asked = function.asked(since_ms, until_ms)
        way = dearer(unit, "new_", "old_") if cheaper else dearer(unit, "old_", "new_", percent)
        rows = function.priced_by_move(asked, groups, way).with_columns(
            pl.lit(id_, pl.UInt32).alias("id"),
            *(pl.lit(text).alias(name) for name, text in zip(("from_group", "to_group"), groups, strict=True)),
            pl.lit(_text(codes)).alias("callers"),
        )
        found.append(rows.select(*REGROUPED))
    return pl.concat(found)


def _text(codes: Iterable[str]) -> str:
    return " ".join(code or "*" for code in codes)


Move = tuple[int, int, tuple[str, str], list[str]]
"""From a moment until another, the groups before and after, and the codes of the callers."""


def _moves(before: CallerGroups, after: CallerGroups) -> Iterator[Move]:
    """Yield who is in another group by the lists after than by those before, in each time in which no list changes."""
    if set(before.codes) == set(after.codes):
        return
    codes = group_codes(before.codes, after.codes)
    moments = sorted({*before.changes, *after.changes})
    for since_ms, until_ms in zip(moments, [*moments[1:], OPEN_MS], strict=True):
        then, now = before.period(since_ms), after.period(since_ms)
        told: Mapping[tuple[str, str], list[str]] = defaultdict(list)
        for code in codes:
            if (groups := (then.of_digits(code), now.of_digits(code)))[0] != groups[1]:
                told[groups].append(code)
        yield from ((since_ms, until_ms, groups, told[groups]) for groups in sorted(told))


class _Function:
    """Two states of a plan, asked about the numbers that a rate for some callers may decide."""

    def __init__(self, before: pl.DataFrame, after: pl.DataFrame) -> None:
        self._nodes = tree(pl.concat([before["code"], after["code"]]))
        self._then, self._now = placed(before, self._nodes), placed(after, self._nodes)
        self._types = sorted(
            {kind for kind, _ in variants(pl.concat([before, after]))}, key=lambda kind: (kind != ANY_TIME, kind)
        )
        both = pl.concat([before, after])
        special = both.filter(pl.col("origin") != "").select("code").unique().with_columns(mark=pl.lit(0, pl.Int64))
        own = intervals(self._nodes).select("node").unique()
        self._parts = beneath(self._nodes, special).join(own, on="node").select("node").sort("node")

    def asked(self, since_ms: int, until_ms: int) -> pl.DataFrame:
        """Return the questions of a time: each of these numbers, at its beginning and whenever a rate changes."""
        parts = self._parts.with_columns(since_ms=pl.lit(since_ms, pl.Int64))
        later = asked_of(self._nodes, parts, self._then, self._now).select("node", "at_ms")
        every = pl.concat([parts.select("node", at_ms="since_ms"), later.filter(pl.col("at_ms") < until_ms)]).unique()
        return every.join(parts, on="node").sort("at_ms", "node").with_row_index("ask")

    def priced_by_move(self, asked: pl.DataFrame, groups: tuple[str, str], way: pl.Expr) -> pl.DataFrame:
        """Return what of the questions costs otherwise, `way`, who moves from one group to the other, each once."""
        stay, go = groups
        met = [
            counting(rows, self._nodes, asked, group)
            for rows, group in ((self._then, stay), (self._now, stay), (self._now, go))
        ]
        found = []
        for rate_type in self._types:
            old, had_stayed, new = (of_type(rows, rate_type) for rows in met)
            both = asked.join(_named(old, "old"), on="ask").join(_named(new, "new"), on="ask")
            both = both.join(_named(had_stayed, "stayed"), on="ask", how="left")
            by_move = [pl.col(f"stayed_{name}").ne_missing(pl.col(f"new_{name}")) for name in TERMS]
            moved = both.filter(pl.any_horizontal(by_move), way)
            first = moved.sort("at_ms", "node").unique("node", keep="first", maintain_order=True)
            found.append(
                first.with_columns(
                    rate_type=pl.lit(rate_type), number=pl.lit(self._nodes["code"]).gather(pl.col("node"))
                )
            )
        every = pl.concat(found).unique(["node", "at_ms", "old_rate", "new_rate"], keep="first", maintain_order=True)
        return every.rename({"old_next_price": "old_price", "new_next_price": "new_price"})


def _named(rows: pl.DataFrame, when: str) -> pl.DataFrame:
    return rows.select("ask", *(pl.col(name).alias(f"{when}_{name}") for name in _ROW))
