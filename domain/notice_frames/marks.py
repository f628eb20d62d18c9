"""What a client knows of a plan beside the plan as it is: what changes, from when, and by when it must be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from domain.days import local_day, midnight_ms
from domain.notice_frames.lines import LINE, ahead, lines_of
from domain.rates import Unit
from domain.sheet_frames.columns import CHANGES, KEY, RATES, TERMS, empty
from domain.sheet_frames.judged import judged
from domain.sheet_frames.notice import BLOCKED, NEW, UNCHANGED, days_of, earliest_by_kind
from domain.sheet_frames.outcome import open_end
from domain.sheets.terms import Notice, NoticeDays, RateTerms

_DAY_MS = 86_400_000


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
    """

    lines: pl.DataFrame
    changes: pl.DataFrame
    known: pl.DataFrame
    begun: bool
    next_ms: int | None = None

    def kinds(self) -> dict[str, int]:
        """Return how many changes there are of each kind."""
        counted = self.changes.group_by("kind").len().sort("kind")
        return {str(kind): int(count) for kind, count in counted.iter_rows()}


def marked(plan: pl.DataFrame, told: pl.DataFrame | None, telling: Telling, reference: pl.DataFrame) -> Marks:
    """Compare RATES of a plan with those that a client knows (None: none), from the moment of telling on.

    A line is judged as one of a sheet (sheet_frames.judged): at the moment when it begins to say something else.
    `reference`: `code`, `name` and `country` of the codes of both.
    """
    held = told if told is not None else empty(RATES)
    if "id" not in held.columns:
        held = held.with_columns(id=pl.lit(None, pl.Int64))
    lines, known = lines_of(plan, held, telling.at_ms, telling.day_ms())
    lines = lines.with_row_index("line")
    said = lines.with_columns(
        tab=pl.lit(""), row=pl.lit(0, pl.UInt32), status=pl.lit(""), said_ms="from_ms", stays=pl.lit(value=False)
    )
    found = judged(said, known, telling.unit, telling.at_ms)
    earliest = earliest_by_kind(telling.at_ms, telling.notice, telling.terms, telling.zone)
    found = found.filter(~pl.col("closed") | (pl.col("kind") != UNCHANGED)).with_columns(
        open_end("until_ms"),
        earliest_ms=pl.col("kind").replace_strict(list(earliest), list(earliest.values()), return_dtype=pl.Int64),
    )
    found = found.join(reference.select("code", "name", "country"), on="code", how="left", maintain_order="left")
    named = found.with_columns(pl.col("name", "country").fill_null(""))
    columns = [pl.col(name).cast(kind) for name, kind in CHANGES.items()]
    begun = told is None or not told.height
    next_ms = _next_ms((plan, held), telling.at_ms)
    return Marks(lines, named.select("line", *columns), ahead(plan, telling.at_ms).select(*RATES), begun, next_ms)


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
    changes = marks.changes.filter(pl.col("kind") != UNCHANGED)
    if not changes.height:
        return Due(None, None, 0)
    first = changes["from_ms"].min()
    assert isinstance(first, int), "there is a change"
    holds = fresh(marks) & (pl.col("from_ms") <= telling.at_ms)
    coming, held = changes.filter(~holds), changes.filter(holds)
    late = coming.filter(pl.col("from_ms") < pl.col("earliest_ms")).height
    begins: Mapping[str, int] = dict(coming.group_by("kind").agg(pl.col("from_ms").min()).iter_rows())
    by_ms = min((tell_by_ms(at_ms, kind, telling) for kind, at_ms in begins.items()), default=telling.at_ms)
    at_once = held.height > 0 and by_ms >= telling.at_ms
    by_ms = telling.at_ms if at_once else by_ms
    early = held.filter(pl.col("from_ms") < pl.col("earliest_ms")).group_by("from_ms").len().sort("from_ms")
    return Due(first, by_ms, late, at_once, _holds_until_ms(marks, telling), tuple(early.iter_rows()))


def _holds_until_ms(marks: Marks, telling: Telling) -> int | None:
    """Return the last moment before a change turns late, or anything begins or ends."""
    coming = marks.changes.filter(pl.col("from_ms") >= telling.at_ms).select("kind", "from_ms").unique()
    moments = [tell_by_ms(begins_ms, kind, telling) for kind, begins_ms in coming.iter_rows()]
    moments += [marks.next_ms - 1] if marks.next_ms is not None else []
    return min((at_ms for at_ms in moments if at_ms >= telling.at_ms), default=None)


def fresh(marks: Marks) -> pl.Expr:
    """Return whether a change is of numbers of which a client knew no price: it takes nothing back that was told."""
    return pl.lit(marks.begun) | (pl.col("kind").is_in([NEW, BLOCKED]) & pl.col("old_next_price").is_null())


def tell_by_ms(begins_ms: int, kind: str, telling: Telling) -> int:
    """Return the last moment (UTC ms) at which a change that begins then can be told in time."""
    days = days_of(kind, telling.notice, telling.terms)
    if telling.terms.counted is NoticeDays.HOURS:
        return begins_ms - days * _DAY_MS
    day = local_day(begins_ms, telling.zone) - timedelta(days=days)
    return midnight_ms(day + timedelta(days=1), telling.zone) - 1


assert set(LINE) >= {"key", *KEY, *TERMS}
