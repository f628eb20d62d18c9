"""Quality of the past, for policies that are tried on its calls: what nodes knew at a moment, or what is known since.

Counts are kept by the stretch of five minutes in which calls were set up and the quarters of an hour at which they were
answered and over; figures are made of them by the very code that makes those of live calls.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from domain.calls import Side
from domain.durations import Histogram
from domain.ids import DestinationId, PartnerId
from domain.quality_board import QualityBoard
from domain.quality_calls import ANSWERED, CLASSES, EFFECTIVE
from domain.quality_counts import Key, QualityCounts, keys_of, route_key
from domain.quality_figures import DestinationFigures, Figures
from domain.quality_series import PDD, SHORT, TALK, Tally, begins_s
from domain.quality_windows import Window

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


@dataclass(frozen=True)
class Cells:
    """The counts of one series in the order of `setup` (the number of the CELL_S): `end` and `up` (None: never) are the
    first QUARTER_S at which calls of a cell were over, and answered. `sums`: in the order of PLACES."""

    setup: Sequence[int]
    up: Sequence[int | None]
    end: Sequence[int]
    sums: Sequence[Sums]

    @cached_property
    def behind(self) -> list[Sums]:
        """The sums of all cells before each, and of all."""
        found = [(0,) * (len(self.sums[0]) if self.sums else len(PLACES))]
        for each in self.sums:
            found.append(tuple([one + its for one, its in zip(found[-1], each, strict=True)]))
        return found

    @cached_property
    def attempts(self) -> list[int]:
        """The attempts in `behind`."""
        return [sum(each[:3]) for each in self.behind]

    @cached_property
    def across(self) -> dict[int, list[int]]:
        """Which cells have calls that are open at a quarter of an hour."""
        found: dict[int, list[int]] = {}
        for place, (setup, end) in enumerate(zip(self.setup, self.end, strict=True)):
            for quarter in range(setup * CELL_S // QUARTER_S + 1, end):
                found.setdefault(quarter, []).append(place)
        return found

    def ended(self, window: Window, now_s: int) -> Sums:
        """Return the sums of the calls of a window that are over at a quarter of an hour."""
        last = bisect_left(self.setup, now_s // CELL_S)
        opened = self.across.get(now_s // QUARTER_S, ())
        first = self._first(window, now_s, last, opened)
        found = [one - its for one, its in zip(self.behind[last], self.behind[first], strict=True)]
        for place in opened:
            if place >= first:
                found = [one - its for one, its in zip(found, self.sums[place], strict=True)]
        return tuple(found)

    def open_answered(self, window: Window, now_s: int) -> int:
        """Return how many calls of a window of time are answered and not over."""
        begins, quarter = begins_s(window, now_s) // CELL_S, now_s // QUARTER_S
        opened = (place for place in self.across.get(quarter, ()) if self.setup[place] >= begins)
        return sum(self.sums[place][2] for place in opened if (self.up[place] or quarter) <= quarter)

    def known_at(self, now_s: int) -> bool:
        """Say whether any call had been set up."""
        return bool(self.setup) and self.setup[0] < now_s // CELL_S

    def _first(self, window: Window, now_s: int, last: int, opened: Sequence[int]) -> int:
        if not window.calls:
            return bisect_left(self.setup, begins_s(window, now_s) // CELL_S)
        wanted = window.calls
        while True:  # further back, for as many as are still open
            place = max(0, bisect_right(self.attempts, self.attempts[last] - wanted, 0, last + 1) - 1)
            first = bisect_left(self.setup, self.setup[place]) if place < last else place
            still = sum(sum(self.sums[each][:3]) for each in opened if each >= first)
            lacking = window.calls - (self.attempts[last] - self.attempts[first] - still)
            if lacking <= 0 or not first:
                return first
            wanted = self.attempts[last] - self.attempts[first] + lacking


NO_CELLS = Cells((), (), (), ())


class Then(QualityCounts):
    """What was counted at quarters of an hour. The last so many calls are those of as many cells as have so many."""

    def __init__(self, country_of: Callable[[DestinationId], str], cells: Mapping[Key, Cells]) -> None:
        super().__init__(country_of)
        self._cells = cells

    def tally(self, key: Key, window: Window, now_ms: int) -> Tally:
        """Return the counts of ended calls."""
        found = self._cells.get(key)
        return Tally() if found is None else _tally(found.ended(window, now_ms // 1000))

    def open_calls(self, key: Key, window: Window | None = None, now_ms: int = 0) -> int:
        """Return how many calls of a window of time were answered and open."""
        if window is None or window.calls:
            return 0
        return self._cells.get(key, NO_CELLS).open_answered(window, now_ms // 1000)

    def known(self, key: Key, now_ms: int) -> bool:
        """Say whether anything was heard of a series."""
        return self._cells.get(key, NO_CELLS).known_at(now_ms // 1000)


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
        if key not in self._kept:
            self._kept[key] = self._make(key)
        found = self._kept[key]
        if found is None:
            raise KeyError(key)
        return found

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
