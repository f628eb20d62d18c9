"""How quality went: the calls of a row by stretches of time, the oldest first."""

from dataclasses import dataclass, field

from domain.cause_classes import CauseClass
from domain.quality_calls import pdd_share
from domain.quality_counts import Key, QualityCounts
from domain.quality_rows import classes_of
from domain.quality_series import SHORT, TALK, UNITS, Tally, begins_s, width_s
from domain.quality_windows import SPANS, Window

LONG = SPANS["24h"]
"""The course that is told where a window is of calls."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Calls that were set up from then on until the next stretch. As in a row, open answered calls are `attempts` and
    `answered` too; times in seconds, `units` base currency."""

    from_s: int
    attempts: int
    answered: int
    effective: int
    talk_s: int
    short: int
    units: int
    pdd_p50: float | None = None
    pdd_p95: float | None = None
    classes: dict[CauseClass, int] = field(default_factory=dict)


def course(counts: QualityCounts, key: Key, window: Window, now_ms: int) -> list[Stretch]:
    """Return all stretches of a window of time, those without calls too: 15 of a minute, 12 of five minutes, 24 of an
    hour or 28 of six hours, and the one that runs."""
    assert window.span_ms, "a course is of time"
    now_s, width = now_ms // 1000, width_s(window)
    series, open_at = counts.series(key), dict[int, int]()
    for setup_s in counts.open_setups(key):
        open_at[setup_s // width * width] = open_at.get(setup_s // width * width, 0) + 1
    pieces = series.pieces(window, now_s) if series is not None else {}
    starts = range(begins_s(window, now_s), now_s + 1, width)
    return [_stretch(start, pieces.get(start, Tally()), open_at.get(start, 0)) for start in starts]


def _stretch(start: int, tally: Tally, answered_open: int) -> Stretch:
    return Stretch(
        from_s=start,
        attempts=tally.attempts + answered_open,
        answered=tally.answered + answered_open,
        effective=tally.effective + answered_open,
        talk_s=tally.sums[TALK],
        short=tally.sums[SHORT],
        units=tally.sums[UNITS],
        pdd_p50=pdd_share(tally.delays, 0.5),
        pdd_p95=pdd_share(tally.delays, 0.95),
        classes=classes_of(tally),
    )
