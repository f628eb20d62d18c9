"""Rows of the operators' table of quality: a partner to a destination over a window."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from domain.calls import Side
from domain.cause_classes import CauseClass
from domain.ids import DestinationId, PartnerId
from domain.quality_calls import CLASSES, pdd_share
from domain.quality_counts import QualityCounts
from domain.quality_figures import Figures
from domain.quality_series import SHORT, TALK, UNITS
from domain.quality_windows import SPANS, Window


class Sort(StrEnum):
    """By what rows stand: the most first, but names and the ASR from the least."""

    ATTEMPTS = "attempts"
    ASR = "asr"
    MINUTES = "minutes"
    COST = "cost"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """Which rows; None: all. `destinations`: those of a name or number."""

    side: Side = Side.VENDOR
    partner: PartnerId | None = None
    destinations: frozenset[DestinationId] | None = None
    window: Window = SPANS["1h"]
    sort: Sort = Sort.ATTEMPTS
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class QualityRow:
    """What was counted, and the `figures` that formulas read, which lean on more where there are few calls.

    `attempts` and `answered`: open answered calls among them where the window is of time; `open_calls`: all that are
    open now; `classes`: ended calls by class of their cause; times in seconds, `units` base currency.
    """

    partner: PartnerId
    destination: DestinationId
    attempts: int
    answered: int
    effective: int
    open_calls: int
    talk_s: int
    short: int
    units: int
    pdd_p50: float | None
    pdd_p95: float | None
    figures: Figures
    classes: dict[CauseClass, int] = field(default_factory=dict)

    @property
    def asr(self) -> float:
        """Answered per attempt as counted, per cent; 0 of none."""
        return 100 * self.answered / self.attempts if self.attempts else 0.0


def row_of(
    counts: QualityCounts, side: Side, partner: PartnerId, where: DestinationId, window: Window, now_ms: int
) -> QualityRow | None:
    """Return a row, None where there were no calls in the window and none is open."""
    key = side, partner, where
    tally, all_open = counts.tally(key, window, now_ms), counts.open_calls(key)
    answered_open = counts.open_calls(key, window, now_ms) if all_open else 0
    if not tally.attempts and not all_open:
        return None
    return QualityRow(
        partner=partner,
        destination=where,
        attempts=tally.attempts + answered_open,
        answered=tally.answered + answered_open,
        effective=tally.effective + answered_open,
        open_calls=all_open,
        talk_s=tally.sums[TALK],
        short=tally.sums[SHORT],
        units=tally.sums[UNITS],
        pdd_p50=pdd_share(tally.delays, 0.5),
        pdd_p95=pdd_share(tally.delays, 0.95),
        figures=counts.figures(key, window, now_ms),
        classes={its: calls for its, calls in zip(CLASSES, tally.sums, strict=False) if calls},
    )


def asked_pairs(counts: QualityCounts, asked: RowsAsked) -> Iterator[tuple[PartnerId, DestinationId]]:
    """Yield the partners and destinations that may have a row."""
    for where in counts.destinations() if asked.destinations is None else sorted(asked.destinations):
        for partner in counts.partners(asked.side, where):
            if asked.partner in (None, partner):
                yield partner, where


def sorted_rows(rows: list[QualityRow], sort: Sort) -> list[QualityRow]:
    """Return rows in their order."""
    match sort:
        case Sort.ATTEMPTS:
            return sorted(rows, key=lambda row: (-row.attempts, row.partner, row.destination))
        case Sort.MINUTES:
            return sorted(rows, key=lambda row: (-row.talk_s, row.partner, row.destination))
        case Sort.COST:
            return sorted(rows, key=lambda row: (-row.units, row.partner, row.destination))
        case Sort.ASR:
            return sorted(rows, key=lambda row: (row.figures.asr, row.partner, row.destination))
        case Sort.NAME:
            return sorted(rows, key=lambda row: (row.partner, row.destination))
