"""Columns and cells of figures of quality, the same on every list that has them."""

from collections.abc import Iterable
from dataclasses import dataclass

from protos import quality_pb2 as pb
from protos import switch_pb2
from tui import formats
from tui.widgets.cells import Cell, Column, Tone, number
from tui.widgets.interval import interval

BAR = 12
_ANSWERED = "answered"
FIGURES = (
    Column("calls", 6, right=True),
    Column("ASR", 4, right=True),
    Column("0  ASR ± 100", BAR, drop=1, whole=True),
    Column("NER", 4, right=True, drop=4),
    Column("ACD", 5, right=True),
    Column("PDD", 4, right=True, drop=2),
    Column("p95", 4, right=True, drop=6),
    Column("short", 5, right=True, drop=7),
    Column("open", 4, right=True, drop=3),
    Column("minutes", 7, right=True, drop=5),
    Column("cost", 8, right=True, drop=8),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the cells are made of. `ended`: answered calls that are over; `low`, `high`: bounds of the ASR, per cent."""

    attempts: int
    answered: int
    effective: int
    ended: int
    talk_s: int
    short: int
    open: int
    low: float
    high: float
    pdd_s: float | None
    p95_s: float | None
    cost: switch_pb2.Money


def of_row(one: pb.QualityRow) -> Figures:
    """Read a row of the table."""
    return Figures(
        one.attempts, one.answered, one.effective, ended_of(one.causes), one.talk_s, one.short, one.open,
        one.figures.asr_low, one.figures.asr_high,
        one.pdd_p50_s if one.HasField("pdd_p50_s") else None,
        one.pdd_p95_s if one.HasField("pdd_p95_s") else None, one.cost,
    )  # fmt: skip


def of_sums(one: pb.QualitySums) -> Figures:
    """Read the sums of a period."""
    return Figures(
        one.attempts, one.answered, one.effective, ended_of(one.classes), one.talk_ms // 1000, one.short, one.open,
        one.asr_low, one.asr_high,
        one.pdd_p50_ms / 1000 if one.HasField("pdd_p50_ms") else None,
        one.pdd_p95_ms / 1000 if one.HasField("pdd_p95_ms") else None, one.charge,
    )  # fmt: skip


def ended_of(classes: Iterable[pb.CauseCount]) -> int:
    """Return how many answered calls are over."""
    return sum(one.calls for one in classes if one.cause_class == _ANSWERED)


def figure_cells(its: Figures) -> list[Cell]:
    """Return the cells of FIGURES."""
    return [
        number(formats.count(its.attempts), its.attempts, "strong" if its.attempts else "dim"),
        share(its.answered, its.attempts, "strong"),
        bar(its.low, its.answered, its.attempts, its.high),
        share(its.effective, its.attempts),
        talk(its.talk_s, its.ended),
        delay(its.pdd_s),
        delay(its.p95_s, "dim"),
        number(formats.count(its.short), its.short, "warn" if 5 * its.short > its.ended else "dim"),
        number(formats.count(its.open), its.open, "plain" if its.open else "dim"),
        number(f"{its.talk_s / 60:,.0f}", its.talk_s),
        number(formats.amount(its.cost), its.cost.units, "dim"),
    ]


def share(part: int, whole: int, tone: Tone = "plain") -> Cell:
    """Return a share in per cent, without the sign."""
    return number(percent(part, whole), 1000 * part // max(1, whole), tone if whole else "dim")


def percent(part: int, whole: int) -> str:
    """Write a share in per cent, without the sign: "42.9"; of nothing there is none."""
    return formats.ratio(part, whole).removesuffix(" %")


def talk(talk_s: int, ended: int) -> Cell:
    """Return the mean talk of answered calls; none where none is over."""
    mean_s = round(talk_s / ended) if ended else 0
    return number(formats.span(mean_s * 1000) if ended else formats.NOTHING, mean_s, "plain" if ended else "dim")


def bar(low: float, answered: int, attempts: int, high: float) -> Cell:
    """Return an ASR between its bounds as a line."""
    if not attempts:
        return Cell("", "dim", -1)
    value = 100 * answered / attempts
    return Cell(interval(low, value, high, BAR), asr_tone(value), int(value * 10))


def asr_tone(asr: float) -> Tone:
    """Return the tone of an ASR: it only repeats what stands beside it."""
    return "bad" if asr < 20 else "warn" if asr < 35 else "good"


def delay(seconds: float | None, tone: Tone = "plain") -> Cell:
    """Return a post-dial delay; none where nothing rang."""
    if seconds is None:
        return number(formats.NOTHING, -1, "dim")
    return number(f"{seconds:.1f}", round(1000 * seconds), tone)
