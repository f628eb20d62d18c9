"""Quality of the past, for policies that are tried on its calls: what nodes knew at a moment, or what is known since.

Counts are kept by the stretch of five minutes in which calls were set up and the quarters of an hour at which they were
answered and over; figures are made of them by the very code that makes those of live calls.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import sub
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, cast

from domain.calls import Side
from domain.durations import Histogram
from domain.ids import DestinationId, PartnerId
from domain.quality_board import QualityBoard
from domain.quality_calls import ANSWERED, CLASSES, EFFECTIVE
from domain.quality_counts import PARENT_WINDOW, Key, QualityCounts, keys_of, route_key
from domain.quality_figures import UNKNOWN, DestinationFigures, Figures
from domain.quality_leaning import PRIOR_CALLS, leaned
from domain.quality_series import PDD, SHORT, TALK, Tally
from domain.quality_windows import Window
from domain.wilson import leaning

CELL_S, QUARTER_S = 300, 900
QUARTER_MS = 1000 * QUARTER_S
"""Figures of a call are those of the beginning of its quarter of an hour."""
OTHER = next(place for place in range(len(CLASSES)) if place != ANSWERED and place not in EFFECTIVE)
USER = next(place for place in EFFECTIVE if place != ANSWERED)
PLACES = (OTHER, USER, ANSWERED, TALK, SHORT)
"""Where the counts of a cell stand in a Tally; behind them come those of the bins of post-dial delay, if any."""
Sums = tuple[int, ...]
Base = tuple[Side, PartnerId, DestinationId]
NO_SUMS: Sums = ()
NO_COUNTS: Sums = (0,) * len(PLACES)
K = TypeVar("K")
V = TypeVar("V")
Q = TypeVar("Q")


@dataclass(frozen=True, slots=True)
class PeriodQuality:
    """What is known of a period; parts add up to the whole.

    `histograms`: answered durations by destination; `sums`: counts by partner and destination, where no counts by time
    are kept aside; `cpu_s`: the processor time that it took.
    """

    histograms: Mapping[DestinationId, Mapping[int, int]] = field(default_factory=dict)
    sums: Mapping[Base, Sums] = field(default_factory=dict)
    cpu_s: float = 0.0

    def __add__(self, other: "PeriodQuality") -> "PeriodQuality":
        histograms = {place: dict(bins) for place, bins in self.histograms.items()}
        for place, bins in other.histograms.items():
            known = histograms.setdefault(place, {})
            for length, calls in bins.items():
                known[length] = known.get(length, 0) + calls
        return PeriodQuality(histograms, _summed((self.sums, other.sums)), self.cpu_s + other.cpu_s)


class Opened(NamedTuple):
    """Calls that are open at a quarter of an hour: the CELL_S of their setup, and their counts."""

    setup: int
    sums: Sums


@dataclass(frozen=True, slots=True)
class Cells:
    """The counts of one series, for the last so many calls: `setup`, the numbers of the CELL_S in which calls were set
    up, in order; `behind`, the sums (in the order of PLACES) of all that were set up before each, and of all; `opened`:
    by the number of QUARTER_S, the calls that are not over at the beginning of it."""

    setup: Sequence[int]
    behind: Sequence[Sums]
    opened: Mapping[int, Sequence[Opened]]

    def last(self, calls: int, now_s: int) -> Sums:
        """Return the sums of as many cells as have so many calls that are over at a quarter of an hour."""
        last = bisect_left(self.setup, now_s // CELL_S)
        opened = self.opened.get(now_s // QUARTER_S, ())
        first = self._first(calls, last, opened)
        if first >= last:
            return NO_COUNTS
        found: Sums = tuple(map(sub, self.behind[last], self.behind[first]))
        for still in opened:
            if still.setup >= self.setup[first]:
                found = tuple(map(sub, found, still.sums))
        return found

    def _first(self, calls: int, last: int, opened: Sequence[Opened]) -> int:
        known = _attempts(self.behind[last])
        wanted = calls
        while True:  # further back, for as many as are still open
            first = max(0, bisect_right(self.behind, known - wanted, 0, last + 1, key=_attempts) - 1)
            still = sum(_attempts(each.sums) for each in opened if first < last and each.setup >= self.setup[first])
            lacking = calls - (known - _attempts(self.behind[first]) - still)
            if lacking <= 0 or not first:
                return first
            wanted = known - _attempts(self.behind[first]) + lacking


def _attempts(sums: Sums) -> int:
    return sum(sums[:3])


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted by a quarter of an hour: `places` of series in all lists; whether any call had been set up
    (`begun`), and by window of time the sums of those that are over, and how many are answered and not over (`still`).
    """

    places: Mapping[Key, int]
    begun: Sequence[bool]
    ended: Mapping[Window, Sequence[Sums]]
    still: Mapping[Window, Sequence[int]]


NOTHING_COUNTED = Counted({}, (), {}, {})


class Then(QualityCounts):
    """What was counted at quarters of an hour. The last so many calls are those of as many cells as have so many.

    `counted`: what was counted by a quarter, of the windows that are asked for and PARENT_WINDOW; None: nothing was.
    """

    def __init__(
        self,
        country_of: Callable[[DestinationId], str],
        counted: Callable[[int], Counted] | None = None,
        cells: Mapping[Key, Cells] = MappingProxyType({}),
    ) -> None:
        super().__init__(country_of)
        self._counted_by, self._cells = counted, cells
        self._now, self._counted = -1, NOTHING_COUNTED

    def tally(self, key: Key, window: Window, now_ms: int) -> Tally:
        """Return the counts of ended calls."""
        return _tally(self._ended(key, window, now_ms))

    def open_calls(self, key: Key, window: Window | None = None, now_ms: int = 0) -> int:
        """Return how many calls of a window of time were answered and open."""
        if window is None or window.calls:
            return 0
        counted = self._at(now_ms)
        place = counted.places.get(key)
        return 0 if place is None else counted.still[window][place]

    def known(self, key: Key, now_ms: int) -> bool:
        """Say whether anything was heard of a series."""
        counted = self._at(now_ms)
        place = counted.places.get(key)
        return place is not None and counted.begun[place]

    def figures(self, key: Key, window: Window, now_ms: int) -> Figures:
        """Return the figures of a series over a window, leaning on its parents as those of live calls do.

        Each is made when it is asked for: few of them are, of very many series.
        """
        told, day = self._ended(key, window, now_ms), self._ended(key, PARENT_WINDOW, now_ms)
        levels: list[Sums] = []
        for wide, near in self._parents_of(key):
            nearer = day if near == key else self._ended(near, PARENT_WINDOW, now_ms)
            levels.append(_without(self._ended(wide, PARENT_WINDOW, now_ms), nearer))
        if window.calls or window.span_ms < PARENT_WINDOW.span_ms:
            levels.append(_without(day, told))
        return cast("Figures", _Leaning((*levels, told), self.open_calls(key, window, now_ms)))

    def _ended(self, key: Key, window: Window, now_ms: int) -> Sums:
        if window.calls:
            cells = self._cells.get(key)
            return NO_COUNTS if cells is None else cells.last(window.calls, now_ms // 1000)
        counted = self._at(now_ms)
        place = counted.places.get(key)
        return NO_COUNTS if place is None else counted.ended[window][place]

    def _at(self, now_ms: int) -> Counted:
        if now_ms != self._now:
            self._now = now_ms
            if self._counted_by is not None:
                self._counted = self._counted_by(now_ms // QUARTER_MS)
        return self._counted


class _Leaning:
    """The figures of domain.quality_leaning over counts in the order of PLACES, the farthest that they lean on first;
    `open_calls`: answered and not over, of the last."""

    def __init__(self, levels: Sequence[Sums], open_calls: int) -> None:
        self._levels = levels
        self._open = open_calls

    @cached_property
    def asr(self) -> float:
        """Answered calls, per cent."""
        found = UNKNOWN.asr
        for other, user, answered, *_ in self._levels[:-1]:
            found = leaning(100 * answered, other + user + answered, found, PRIOR_CALLS)
        other, user, answered, *_ = self._levels[-1]
        answered += self._open
        return leaning(100 * answered, other + user + answered, found, PRIOR_CALLS)

    @cached_property
    def acd(self) -> float:
        """Seconds of talk of an answered call."""
        found = UNKNOWN.acd
        for _, _, answered, talk_s, *_ in self._levels:
            found = leaning(talk_s, answered, found, PRIOR_CALLS)
        return found

    def __getattr__(self, name: str) -> Any:
        """Return any other figure: all are made at once then."""
        return getattr(self._all, name)

    @cached_property
    def _all(self) -> Figures:
        figures = UNKNOWN
        for level in self._levels[:-1]:
            figures = leaned(_tally(level), figures)
        return leaned(_tally(self._levels[-1]), figures, self._open)


def _without(one: Sums, other: Sums) -> Sums:
    if other is NO_COUNTS or one is NO_COUNTS:  # which may be shorter
        return one
    return tuple([its if its > 0 else 0 for its in map(sub, one, other)])


class Now(QualityCounts):
    """What is known of a whole period, over whichever window it is asked for."""

    def __init__(self, country_of: Callable[[DestinationId], str], sums: Mapping[Base, Sums]) -> None:
        super().__init__(country_of)
        keyed = ({key: its} for base, its in sums.items() for key in keys_of(*base, country_of(base[2])))
        self._sums: Mapping[Key, Sums] = _summed(keyed)

    def tally(self, key: Key, window: Window, now_ms: int) -> Tally:
        """Return the counts of the period."""
        return _tally(self._sums.get(key, NO_SUMS))

    def known(self, key: Key, now_ms: int) -> bool:
        """Say whether anything is known of a series."""
        return key in self._sums


def board_at(counts: Then | Now, histograms: Mapping[DestinationId, Histogram], now_ms: int) -> QualityBoard:
    """Return what is known at a moment, each figure made when it is asked for."""
    counts.begin_turn()
    return QualityBoard(1, histograms, known=_Made(lambda place: _figures(counts, place, now_ms)))


def _figures(counts: Then | Now, place: DestinationId, now_ms: int) -> DestinationFigures:
    country = counts.country_of(place)

    def by(key_of: Callable[[PartnerId], Key]) -> "_Made[PartnerId, _Made[Window, Figures]]":
        return _Made(lambda partner: windows(key_of(partner)))

    def windows(key: Key) -> "_Made[Window, Figures] | None":
        known = counts.known(key, now_ms)
        return _Made(lambda window: counts.figures(key, window, now_ms)) if known else None

    return DestinationFigures(
        vendors=by(lambda vendor: route_key(vendor, place)),
        vendors_everywhere=by(lambda vendor: (Side.VENDOR, vendor, "")),
        vendors_country=by(lambda vendor: (Side.VENDOR, vendor, country)) if country else {},
        clients=by(lambda client: (Side.CLIENT, client, place)),
        all=windows((Side.VENDOR, "", place)) or {},
    )


class _Made(Mapping[K, V]):
    """Values that are made when they are first asked for, and kept; None: there is none."""

    def __init__(self, make: Callable[[K], V | None]) -> None:
        self._make = make
        self._kept: dict[K, V | None] = {}

    def __getitem__(self, key: K) -> V:
        found: V | None = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def get(self, key: K, default: Any = None) -> Any:
        """Return a value: it is asked for very often, and so not by way of an error."""
        found = self._kept.get(key)
        if found is None and key not in self._kept:
            found = self._kept[key] = self._make(key)
        return default if found is None else found

    def __iter__(self) -> Iterator[K]:
        return (key for key, value in self._kept.items() if value is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _tally(sums: Sums) -> Tally:
    found = Tally()
    for place, count in zip(PLACES, sums, strict=False):
        found.sums[place] = count
    delays = sums[len(PLACES) :]
    found.sums[PDD : PDD + len(delays)] = delays
    return found


def _summed(parts: Iterable[Mapping[Q, Sums]]) -> dict[Q, Sums]:
    found: dict[Q, Sums] = {}
    for part in parts:
        for key, its in part.items():
            known = found.get(key)
            found[key] = its if known is None else tuple([one + two for one, two in zip(known, its, strict=True)])
    return found
