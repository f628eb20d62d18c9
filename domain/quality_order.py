"""In which order rows of the table of quality stand. Worked out for very many at once: no row is made for it."""

from collections.abc import Mapping
from enum import StrEnum

from domain.ids import DestinationId, PartnerId
from domain.quality_calls import pdd_share
from domain.quality_counts import Key, QualityCounts
from domain.quality_figures import UNKNOWN
from domain.quality_series import SHORT, TALK, UNITS
from domain.quality_windows import Window
from domain.route_book import KeptState, Route
from domain.route_states import Standing


class Sort(StrEnum):
    """By what rows stand: the most first; but names from a to z, ASR, NER and ACD from the least, those without answers
    behind all others by ACD; and of states those that are out."""

    ATTEMPTS = "attempts"
    ASR = "asr"
    NER = "ner"
    ACD = "acd"
    PDD = "pdd"
    SHORT = "short"
    OPEN = "open"
    MINUTES = "minutes"
    COST = "cost"
    STATE = "state"
    NAME = "name"


BADLY = (
    Standing.LOCKED_OUT,
    Standing.OUT,
    Standing.PROBING,
    Standing.TRIAL,
    Standing.WARNED,
    Standing.LOCKED_IN,
    Standing.ACTIVE,
)
"""Standings, the worst first."""
States = Mapping[Route, KeptState]
_FEW, _USUAL_ASR = 20, UNKNOWN.asr
"""So that rows of few calls are neither best nor worst, they are sorted as if so many more had gone as is usual."""


def order_of(
    counts: QualityCounts, key: Key, window: Window, now_ms: int, sort: Sort, states: States
) -> tuple[float, float, str, int | str] | None:
    """Return what a row is sorted by; None where there is nothing to be told: no calls in the window, none open, and a
    route that stands well."""
    _, partner, where = key
    attempts, answered = counts.answers(key, window, now_ms)
    state = states.get((PartnerId(partner), DestinationId(where))) if isinstance(where, int) else None
    if not attempts and state is None and not counts.open_calls(key):
        return None
    second = 0.0
    match sort:
        case Sort.ATTEMPTS:
            first: float = -attempts
        case Sort.ASR:
            first = (answered + _FEW * _USUAL_ASR / 100) / (attempts + _FEW)
        case Sort.OPEN:
            first = -counts.open_calls(key)
        case Sort.STATE:
            first, second = (BADLY.index(state.standing), -state.since_ms) if state else (len(BADLY), -attempts)
        case Sort.NAME:
            first = 0.0
        case _:
            first = _of_all(counts, key, window, now_ms, sort)
    return first, second, partner, where


def _of_all(counts: QualityCounts, key: Key, window: Window, now_ms: int, sort: Sort) -> float:
    """Return what takes more than how many calls were answered."""
    tally = counts.tally(key, window, now_ms)
    match sort:
        case Sort.NER:
            open_now = counts.open_calls(key, window, now_ms)
            attempts = tally.attempts + open_now
            return (tally.effective + open_now) / attempts if attempts else 0.0
        case Sort.ACD:
            return tally.sums[TALK] / tally.answered if tally.answered else float("inf")
        case Sort.PDD:
            return -(pdd_share(tally.delays, 0.5) or 0.0)
        case Sort.SHORT:
            return -tally.sums[SHORT]
        case Sort.MINUTES:
            return -tally.sums[TALK]
        case _:
            return -tally.sums[UNITS]
