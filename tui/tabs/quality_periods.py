"""How calls of a row went, bucket by bucket; how they ended, by cause; and their CDRs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from textual.content import Content

from protos import operators_pb2
from protos import quality_pb2 as pb
from tui import formats
from tui.link import Link
from tui.screens.lists import ListScreen
from tui.tabs.legs import LegsTab, listed_legs
from tui.tabs.quality_cells import FIGURES, ended_of, figure_cells, of_sums, percent
from tui.tabs.route_tab import Route, RouteTab
from tui.tabs.tab import Ask, Drill, Listed
from tui.widgets.cells import Cell, Column, Row, number, word
from tui.widgets.sparkline import sparkline
from tui.windows import DAY_MS, QUALITY, Window

PERIODS = tuple(
    sorted((one for one in QUALITY if "calls" not in one.name), key=lambda one: -min(one.length_ms, DAY_MS))
)
"""A day first; the last so many calls are no period."""
_POINTS = 48
_BAR = 18


@dataclass(frozen=True, slots=True)
class Period:
    """Whose legs, and when they were set up; until 0: within a window up to now."""

    side: str
    partner: str
    destination: str
    trunk: str = ""
    from_ms: int = 0
    until_ms: int = 0

    def asked(self, window: str) -> pb.QualityPeriod:
        """Return the question."""
        return pb.QualityPeriod(
            side=self.side, partner=self.partner, destination=self.destination, trunk=self.trunk,
            window="" if self.until_ms else window, from_ms=self.from_ms, until_ms=self.until_ms,
        )  # fmt: skip

    @property
    def title(self) -> str:
        """Say whose."""
        return " to ".join(filter(None, (self.trunk or self.partner, self.destination)))


class _PeriodTab(RouteTab):
    """Base: a window where the period has no end of its own."""

    windows: tuple[Window, ...] = PERIODS
    every_s = 15.0
    has_drill = True

    def __init__(self, period: Period) -> None:
        self.period = period
        if period.until_ms:
            self.windows, self.every_s = (), 0.0

    def route(self, row: Row) -> Route | None:
        """Return the route of the period, where it is of one."""
        its = self.period
        return Route(its.partner, its.destination) if its.side == "vendor" and its.partner and its.destination else None


class BucketsTab(_PeriodTab):
    """One row per stretch of time, the newest first; above it the course of answers, talk and calls."""

    name = "Over time"
    columns = (Column("from", 11, whole=True), *FIGURES)
    empty = "no calls in this window: try another with t"

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for all buckets of the window, counted from the books."""
        period = self.period.asked(ask.window)
        reply = await link.ask(lambda services: services.quality.Buckets, period)
        rows = [_bucket(one) for one in reversed(reply.buckets)]
        return Listed(rows if reply.total.attempts else [], len(rows), _course(reply.buckets))

    def enter(self, row: Row) -> Drill | None:
        """Lead to the causes and the CDRs of the bucket."""
        one = row.item
        assert isinstance(one, pb.QualityBucket)
        its = replace(self.period, from_ms=one.from_ms, until_ms=one.until_ms)
        title = f"{its.title} {formats.stamp(one.from_ms)}Z"
        return Drill(title, screen=lambda: ListScreen(title, (CausesTab(its), PeriodLegsTab(its))))


class CausesTab(_PeriodTab):
    """One row per cause with its class, the most frequent first."""

    name = "Causes"
    columns = (
        Column("cause", 5, right=True),
        Column("what it says", 16, flex=2),
        Column("class", 12, flex=1),
        Column("calls", 7, right=True),
        Column("%", 5, right=True),
        Column("", _BAR, drop=1),
    )
    empty = "no calls ended in this window: try another with t"

    def __init__(self, period: Period) -> None:
        super().__init__(period)
        self._told = period

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask how the legs of the period ended."""
        period = self.period.asked(ask.window)
        reply = await link.ask(lambda services: services.quality.Causes, period)
        self._told = replace(self.period, from_ms=reply.from_ms, until_ms=reply.until_ms)
        causes, answered = list(reply.total.causes), ended_of(reply.total.classes)
        if answered and not any(one.cause_class == "answered" for one in causes):
            causes.insert(0, pb.CauseSeen(cause_class="answered", words="answered", calls=answered))
        whole = sum(one.calls for one in causes)
        return Listed([_cause(one, whole) for one in causes], len(causes))

    def enter(self, row: Row) -> Drill | None:
        """Lead to the CDRs that ended so."""
        one = row.item
        assert isinstance(one, pb.CauseSeen)
        title = f"{self.period.title}: {one.words or one.cause_class}"
        told = PeriodLegsTab(self._told, one)
        return Drill(title, screen=lambda: ListScreen(title, (told,)))


class PeriodLegsTab(LegsTab):
    """The CDRs of a period, all or those that ended by one cause."""

    windows = ()
    filter_hint = ""

    def __init__(self, period: Period, cause: pb.CauseSeen | None = None) -> None:
        self.period, self._cause = period, cause

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of legs."""
        its, cause = self.period, self._cause
        query = operators_pb2.CdrQuery(
            side=its.side, partner=its.partner, destination=its.destination, trunk=its.trunk,
            from_ms=its.from_ms, to_ms=its.until_ms, limit=ask.limit, offset=ask.offset,
        )  # fmt: skip
        if cause is not None:
            query.cause_class = cause.cause_class
            if cause.cause_class != "answered":
                query.causes.append(cause.cause)
        return listed_legs(await link.ask(lambda services: services.cdrs.List, query))


def _bucket(one: pb.QualityBucket) -> Row:
    return Row(
        str(one.from_ms), (number(f"{formats.moment(one.from_ms):%m-%d %H:%M}", one.from_ms, "dim"),
                           *figure_cells(of_sums(one.sums))), one,
    )  # fmt: skip


def _cause(one: pb.CauseSeen, whole: int) -> Row:
    is_answered = one.cause_class == "answered"
    return Row(
        f"{one.cause} {one.cause_class}",
        (
            number(str(one.cause) if one.cause else formats.NOTHING, one.cause, "dim"),
            word(one.words, "strong"),
            word(one.cause_class, "good" if is_answered else "plain"),
            number(formats.count(one.calls), one.calls),
            number(percent(one.calls, whole), one.calls, "dim"),
            Cell(formats.bar(one.calls, whole, _BAR, "·"), "good" if is_answered else "warn", one.calls),
        ),
        one,
    )


def _course(buckets: Sequence[pb.QualityBucket]) -> Content:
    """Draw answers, talk and calls, the newest at the right."""
    parts = list(_parted([one.sums for one in buckets]))
    lines = (
        ("ASR", [_asr(its) for its in parts], lambda value: f"{value:.0f} %"),
        ("ACD", [_acd(its) for its in parts], lambda value: formats.span(round(value) * 1000)),
        ("calls", [float(sum(one.attempts for one in its)) for its in parts], lambda value: f"{value:,.0f}"),
    )
    told = [Content.assemble(*_line(*line)) for line in lines]
    return Content("\n").join(told)


def _line(name: str, values: Sequence[float | None], said: Callable[[float], str]) -> list[tuple[str, str]]:
    known = [value for value in values if value is not None]
    span = f"{said(min(known))} to {said(max(known))}" if known else formats.NOTHING
    return [(f" {name:<6}", "$dim"), (f"{sparkline(values)} ", "$primary"), (span, "$foreground")]


def _parted(sums: Sequence[pb.QualitySums]) -> Iterator[Sequence[pb.QualitySums]]:
    """Put neighbours together, so that there are _POINTS at most."""
    width = max(1, -(-len(sums) // _POINTS))
    first = len(sums) % width
    if first:
        yield sums[:first]
    for at in range(first, len(sums), width):
        yield sums[at : at + width]


def _asr(its: Sequence[pb.QualitySums]) -> float | None:
    attempts = sum(one.attempts for one in its)
    return 100 * sum(one.answered for one in its) / attempts if attempts else None


def _acd(its: Sequence[pb.QualitySums]) -> float | None:
    ended = sum(ended_of(one.classes) for one in its)
    return sum(one.talk_ms for one in its) / 1000 / ended if ended else None
