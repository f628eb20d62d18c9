"""What a client knows of a plan beside the plan as it is: what changes, from when, and by when it must be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from domain.days import local_day, midnight_ms
from domain.notice_frames.lines import LINE, ahead, lines_of
from domain.notice_frames.turns import as_said, turned
from domain.notices.shown import RAISING
from domain.points import OPEN_MS
from domain.rates import Unit
from domain.sheet_frames.columns import CHANGES, KEY, RATES, TERMS, empty
from domain.sheet_frames.implicit import implicit_increases
from domain.sheet_frames.notice import BLOCKED, CLOSED, INCREASE, NEW, UNCHANGED, days_of, earliest_by_kind
from domain.sheet_frames.outcome import Outcome, open_end
from domain.sheets.terms import Notice, NoticeDays, RateTerms

_DAY_MS = 86_400_000
_MOVED = {"new_code": NEW, "old_code": CLOSED}
"""By which code of a move the line is found that does it."""


@dataclass(frozen=True, slots=True)
class Telling:
    """By what a plan is told: prices for `unit`, days of `notice`, counted in `zone`, that the plan's own `terms` may
    say otherwise; `at_ms`: when it is told."""

    unit: Unit
    notice: Notice
    terms: RateTerms
    zone: str
    at_ms: int

    def day_ms(self, zone: str = "") -> int:
        """Return when the day of telling begins in a zone; "": that of notice."""
        zone = zone or self.zone
        return midnight_ms(local_day(self.at_ms, zone), zone)


@dataclass(frozen=True, slots=True)
class Marks:
    """`lines`: those of the plan (LINE) with `line`, their number. `changes`: CHANGES and `line`; what is closed is
    there only where it was told to hold. `known`: RATES that a client knows who is told them. `begun`: nothing was
    told before. `next_ms`: when something of the plan, or of what was told, begins or ends next, None: never.
    `raising`: lines that are new codes, or close some, and make numbers dearer that were told at another code's price.
    """

    lines: pl.DataFrame
    changes: pl.DataFrame
    known: pl.DataFrame
    begun: bool
    next_ms: int | None = None
    raising: frozenset[int] = frozenset()

    def kinds(self) -> dict[str, int]:
        """Return how many changes there are of each kind. What is `raising` counts as an increase, whose notice it
        needs; RAISING: how many of the increases are that."""
        raised = _among(self.raising) & pl.col("kind").is_in(list(_MOVED.values()))
        kinds = self.changes.select("kind", raised=raised)
        asked = pl.when("raised").then(pl.lit(INCREASE)).otherwise("kind")
        counted = kinds.group_by(asked.alias("kind")).len().sort("kind")
        found = {str(kind): int(count) for kind, count in counted.iter_rows()}
        return found | ({RAISING: count} if (count := int(kinds["raised"].sum())) else {})


def marked(plan: pl.DataFrame, told: pl.DataFrame | None, telling: Telling, reference: pl.DataFrame) -> Marks:
    """Compare RATES of a plan with those that a client knows (None: none), from the moment of telling on.

    A line is judged as one of a sheet (sheet_frames.judged): at the moment when it begins to say something else, and
    anew where what was told turns it into another kind of change (turns). One that makes numbers dearer which had
    another code's price needs the notice of an increase, if that is longer.
    `reference`: `code`, `name` and `country` of the codes of both.
    """
    held = told if told is not None else empty(RATES)
    if "id" not in held.columns:
        held = held.with_columns(id=pl.lit(None, pl.Int64))
    lines, known = lines_of(plan, held, telling.at_ms, telling.day_ms())
    lines = turned(lines, known, telling.unit, telling.at_ms).with_row_index("line")
    found = as_said(lines, known, telling.unit, telling.at_ms)
    earliest = earliest_by_kind(telling.at_ms, telling.notice, telling.terms, telling.zone)
    of_kind = pl.col("kind").replace_strict(list(earliest), list(earliest.values()), return_dtype=pl.Int64)
    found = found.filter(~pl.col("closed") | (pl.col("kind") != UNCHANGED))
    found = found.with_columns(open_end("until_ms"), earliest_ms=of_kind)
    raising = _raising(ahead(plan, telling.at_ms), held, found, telling)
    raised = pl.max_horizontal("earliest_ms", pl.lit(earliest[INCREASE]))
    found = found.with_columns(earliest_ms=pl.when(_among(raising)).then(raised).otherwise("earliest_ms"))
    found = found.join(reference.select("code", "name", "country"), on="code", how="left", maintain_order="left")
    named = found.with_columns(pl.col("name", "country").fill_null(""))
    columns = [pl.col(name).cast(kind) for name, kind in CHANGES.items()]
    begun = told is None or not told.height
    next_ms = _next_ms((plan, held), telling.at_ms)
    known = ahead(plan, telling.at_ms).select(*RATES)
    return Marks(lines, named.select("line", *columns), known, begun, next_ms, raising)


def _raising(plan: pl.DataFrame, told: pl.DataFrame, found: pl.DataFrame, telling: Telling) -> frozenset[int]:
    """Return the lines by which numbers move from one code to another that costs more (sheet_frames.implicit)."""
    moving = found.filter(pl.col("kind").is_in([NEW, CLOSED]))
    if not told.height or not moving.height:
        return frozenset()
    numbered = ahead(told, telling.at_ms).drop("id").with_row_index("id").with_columns(pl.col("id").cast(pl.Int64))
    anew = plan.select(*RATES).with_columns(id=pl.lit(None, pl.Int64))
    changes = found.with_columns(name=pl.lit(""), country=pl.lit(""))
    changes = changes.select(pl.col(name).cast(kind) for name, kind in CHANGES.items())
    result = Outcome(numbered["id"], anew, anew)
    dearer = implicit_increases(numbered.select(*RATES), result, changes, telling.unit)
    codes = [dearer.select(pl.col(name).alias("code"), "at_ms", kind=pl.lit(kind)) for name, kind in _MOVED.items()]
    met = moving.join(pl.concat(codes), on=["code", "kind"])
    within = pl.col("at_ms").is_between("from_ms", pl.col("until_ms").fill_null(OPEN_MS), closed="left")
    return frozenset(met.filter(within)["line"].to_list())


def _among(lines: frozenset[int]) -> pl.Expr:
    return pl.col("line").is_in(sorted(lines))


def _next_ms(both: Sequence[pl.DataFrame], at_ms: int) -> int | None:
    moments = pl.concat([one[name] for one in both for name in ("from_ms", "until_ms")])
    found = moments.filter(moments > at_ms).min()
    assert found is None or isinstance(found, int), "moments are whole"
    return found


def codes_of(plan: pl.DataFrame, told: pl.DataFrame | None) -> pl.Series:
    """Return the codes of both, each once."""
    return pl.concat([one["code"] for one in (plan, told) if one is not None]).unique().sort()


@dataclass(frozen=True, slots=True)
class Due:
    """When changes begin and must be told; None: there are none. `late`: how many begin too early for their notice.

    `at_once`: all could be told in time, but something holds already and is to be told now: `tell_by_ms` is now.
    `until_ms`: the last moment at which this holds, None: for ever; it never does beyond the day of the zone.
    `begun`: when what is to be told now began, and how many changes, where that was too early for their notice.
    """

    first_ms: int | None
    tell_by_ms: int | None
    late: int
    at_once: bool = False
    until_ms: int | None = None
    begun: tuple[tuple[int, int], ...] = ()


def due(marks: Marks, telling: Telling) -> Due:
    """Return by when all changes can be told in time.

    What holds already and had no price before that the client knew is neither late nor in time: it is to be told now.
    For a notice that waited meanwhile, what has `begun` since is late.
    """
    changes = _asking(marks, telling)
    if not changes.height:
        return Due(None, None, 0)
    first = changes["from_ms"].min()
    assert isinstance(first, int), "there is a change"
    holds = fresh(marks) & (pl.col("from_ms") <= telling.at_ms)
    coming, held = changes.filter(~holds), changes.filter(holds)
    late = coming.filter(pl.col("from_ms") < pl.col("earliest_ms")).height
    begins: Mapping[str, int] = dict(coming.group_by("asks").agg(pl.col("from_ms").min()).iter_rows())
    by_ms = min((tell_by_ms(at_ms, kind, telling) for kind, at_ms in begins.items()), default=telling.at_ms)
    at_once = held.height > 0 and by_ms >= telling.at_ms
    by_ms = telling.at_ms if at_once else by_ms
    early = held.filter(pl.col("from_ms") < pl.col("earliest_ms")).group_by("from_ms").len().sort("from_ms")
    return Due(first, by_ms, late, at_once, _holds_until_ms(marks, telling), tuple(early.iter_rows()))


def _asking(marks: Marks, telling: Telling) -> pl.DataFrame:
    """Return the changes, with the kind whose notice each `asks` for: its own, or that of an increase where longer."""
    changes = marks.changes.filter(pl.col("kind") != UNCHANGED)
    of_increase = days_of(INCREASE, telling.notice, telling.terms)
    longer = [kind for kind in _MOVED.values() if of_increase > days_of(kind, telling.notice, telling.terms)]
    raised = _among(marks.raising) & pl.col("kind").is_in(longer)
    return changes.with_columns(asks=pl.when(raised).then(pl.lit(INCREASE)).otherwise("kind"))


def _holds_until_ms(marks: Marks, telling: Telling) -> int | None:
    """Return the last moment before a change turns late, or anything begins or ends."""
    coming = _asking(marks, telling).filter(pl.col("from_ms") >= telling.at_ms).select("asks", "from_ms").unique()
    moments = [tell_by_ms(begins_ms, kind, telling) for kind, begins_ms in coming.iter_rows()]
    moments += [marks.next_ms - 1] if marks.next_ms is not None else []
    return min((at_ms for at_ms in moments if at_ms >= telling.at_ms), default=None)


def fresh(marks: Marks) -> pl.Expr:
    """Return whether a change takes nothing back that was told: it is of numbers that had no price, or no lower one."""
    unknown = pl.col("kind").is_in([NEW, BLOCKED]) & pl.col("old_next_price").is_null() & ~_among(marks.raising)
    return pl.lit(marks.begun) | unknown


def tell_by_ms(begins_ms: int, kind: str, telling: Telling) -> int:
    """Return the last moment (UTC ms) at which a change that begins then can be told in time."""
    days = days_of(kind, telling.notice, telling.terms)
    if telling.terms.counted is NoticeDays.HOURS:
        return begins_ms - days * _DAY_MS
    day = local_day(begins_ms, telling.zone) - timedelta(days=days)
    return midnight_ms(day + timedelta(days=1), telling.zone) - 1


assert set(LINE) >= {"key", *KEY, *TERMS}
