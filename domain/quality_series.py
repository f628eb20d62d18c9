"""The calls of one series (a vendor to a destination, say) over seven days: the last ones each, older ones by rows.

Small, for there may be a million: arrays of numbers, no object for a call or a stretch of time.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice

from domain.quality_calls import (
    ANSWERED,
    BEGIN_S,
    CLASSES,
    EFFECTIVE,
    END_SHIFT,
    LONGEST_TALK_S,
    PDD_BINS,
    TALK_SHIFT,
    unpacked,
)
from domain.quality_windows import MOST_CALLS, SPANS, Window

TIERS = ((60, 960), (300, 3_900), (3_600, 90_000), (21_600, 691_200))
"""Rows of how many seconds are kept, until they are how old; then they are added to the next longer ones."""
_WIDTHS = {SPANS["5m"]: 60, SPANS["15m"]: 60, SPANS["1h"]: 300, SPANS["24h"]: 3_600, SPANS["7d"]: 21_600}
TALK, SHORT, UNITS = range(len(CLASSES), len(CLASSES) + 3)
PDD = UNITS + 1
FIELDS = PDD + PDD_BINS
"""A row: its start, then calls by class, seconds of talk, short calls, base units, calls by bin of post-dial delay."""
_ROW = FIELDS + 1


def begins_s(window: Window, now_s: int) -> int:
    """Return the second from which on calls are in a window of time: the start of a minute (5m, 15m), of five minutes
    (1h), of an hour (24h), of six hours (7d), so that the window is as long as its name says, or a little longer.
    """
    return (now_s - window.span_ms // 1000) // _WIDTHS[window] * _WIDTHS[window]


def width_s(window: Window) -> int:
    """Return the seconds of the stretches that a window of time is made of."""
    return _WIDTHS[window]


def horizon_s(now_s: int) -> int:
    """Return the second since which calls are known at all: what ended before is forgotten."""
    return begins_s(SPANS["7d"], now_s)


class Tally:
    """Counts and sums over some calls: what figures are made of. `sums` are in the order of a row."""

    __slots__ = ("sums",)

    def __init__(self) -> None:
        self.sums = [0] * FIELDS

    def add(self, bits: int, units: int) -> None:
        """Count a call."""
        its, sums = unpacked(bits), self.sums
        sums[its.cause_class] += 1
        sums[TALK] += its.talk_s
        sums[SHORT] += its.short
        sums[UNITS] += units
        if its.pdd:
            sums[PDD + its.pdd - 1] += 1

    def add_row(self, row: "array[int]") -> None:
        """Count the calls of a row, whose first number is its start."""
        self.sums = [one + other for one, other in zip(self.sums, islice(row, 1, None), strict=True)]

    def without(self, other: "Tally") -> "Tally":
        """Return the counts of the calls that are not among others."""
        left = Tally()
        left.sums = [max(0, one - its) for one, its in zip(self.sums, other.sums, strict=True)]
        return left

    @property
    def attempts(self) -> int:
        """Calls, however they ended."""
        return sum(self.sums[: len(CLASSES)])

    @property
    def answered(self) -> int:
        """Answered calls."""
        return self.sums[ANSWERED]

    @property
    def effective(self) -> int:
        """Calls in the numerator of NER."""
        return sum(self.sums[place] for place in EFFECTIVE)

    @property
    def delays(self) -> list[int]:
        """Calls by bin of post-dial delay."""
        return self.sums[PDD:]


class Series:
    """The last MOST_CALLS calls in order of their end, with what they cost; all older ones of seven days in rows.

    Invariants: whatever the order in which calls are added, those kept singly are the last ones of all, and each window
    is the sum over the very calls that ended since `horizon_s` and were set up since it `begins_s`. What was charged is
    kept for charged calls alone, in their order.
    """

    __slots__ = ("_calls", "_charges", "_rows")

    def __init__(self) -> None:
        self._calls = array("Q")
        self._charges: array[int] | None = None
        self._rows: list[array[int]] | None = None

    def add(self, bits: int, units: int, now_s: int) -> None:
        """Count a call: its packed outcome, and its charge in base units."""
        horizon = horizon_s(now_s)
        if (bits >> END_SHIFT) + BEGIN_S < horizon:
            return
        calls = self._calls
        place = bisect_left(calls, bits) if calls and calls[-1] > bits else len(calls)
        if bits & 1:
            charges = self._charges
            if charges is None:
                charges = self._charges = array("q")
            at = len(charges) - sum(1 for later in calls[place:] if later & 1)
            while at < len(charges) and place < len(calls) and calls[place] == bits and charges[at] < units:
                place, at = place + 1, at + 1
            charges.insert(at, units)
        calls.insert(place, bits)
        if len(calls) > MOST_CALLS or (calls[0] >> END_SHIFT) + BEGIN_S < horizon:
            self._put_away(horizon, now_s)

    def fill(self, calls: "array[int]", charges: "array[int]", rows: Iterable[tuple[int, "array[int]"]]) -> None:
        """Take the last calls in their order, what the charged ones cost, and rows of all older ones by their tiers."""
        assert not self._calls, "nothing was counted before"
        self._calls, self._charges = calls, charges or None
        for tier, row in rows:
            self._into(tier, row)

    def __len__(self) -> int:
        """Return how many calls are kept singly."""
        return len(self._calls)

    def calls(self) -> Iterator[tuple[int, int]]:
        """Yield the calls that are kept singly, the oldest first: packed outcome, base units."""
        charges = iter(self._charges or ())
        for bits in self._calls:
            yield bits, next(charges) if bits & 1 else 0

    def tally(self, window: Window, now_s: int) -> Tally:
        """Return the counts of a window."""
        tally, horizon = Tally(), horizon_s(now_s)
        if window.calls:
            for bits, units in islice(self.calls(), max(len(self._calls) - window.calls, 0), None):
                if (bits >> END_SHIFT) + BEGIN_S >= horizon:
                    tally.add(bits, units)
            return tally
        return self.since(begins_s(window, now_s))

    def since(self, since_s: int) -> Tally:
        """Return the counts of the calls that were set up since a second with which a row of any tier may begin."""
        tally, first = Tally(), max(since_s - BEGIN_S, 0)
        for bits, units in self.calls():
            end_s = bits >> END_SHIFT
            # a call that ended before was set up before
            if end_s >= first and end_s - (bits >> TALK_SHIFT & LONGEST_TALK_S) - (bits >> 7 & 511) >= first:
                tally.add(bits, units)
        for rows in self._rows or ():
            for at in range(0, len(rows), _ROW):
                if rows[at] >= since_s:
                    tally.add_row(rows[at : at + _ROW])
        return tally

    def pieces(self, window: Window, now_s: int) -> "dict[int, Tally]":
        """Return the counts of a window of time by stretches of the width that its beginning is aligned to, each by the
        second it begins with; those without calls are left out."""
        width, since_s = _WIDTHS[window], begins_s(window, now_s)
        found: dict[int, Tally] = {}
        for bits, units in self.calls():
            setup_s = unpacked(bits).setup_s
            if setup_s >= since_s:
                found.setdefault(setup_s // width * width, Tally()).add(bits, units)
        for rows in self._rows or ():
            for at in range(0, len(rows), _ROW):
                if rows[at] >= since_s:
                    found.setdefault(rows[at] // width * width, Tally()).add_row(rows[at : at + _ROW])
        return found

    def old(self, now_s: int) -> bool:
        """Say whether nothing of it counts any more."""
        return self.newest_s < horizon_s(now_s)

    @property
    def newest_s(self) -> int:
        """The second in which the last of its calls ended; 0 where none did."""
        return (self._calls[-1] >> END_SHIFT) + BEGIN_S if self._calls else 0

    def _put_away(self, horizon: int, now_s: int) -> None:
        """Bring the oldest calls into rows, or forget them."""
        calls, charges = self._calls, self._charges
        while calls and (len(calls) > MOST_CALLS or (calls[0] >> END_SHIFT) + BEGIN_S < horizon):
            bits = calls.pop(0)
            units = charges.pop(0) if bits & 1 and charges else 0
            setup_s = unpacked(bits).setup_s
            if setup_s >= horizon:
                tally = Tally()
                tally.add(bits, units)
                tier = tier_of(setup_s, now_s)
                self._into(tier, array("q", (setup_s // TIERS[tier][0] * TIERS[tier][0], *tally.sums)))
        self._age(now_s)

    def _into(self, tier: int, row: "array[int]") -> None:
        if self._rows is None:
            self._rows = [array("q") for _ in TIERS]
        rows = self._rows[tier]
        for at in range(len(rows) - _ROW, -1, -_ROW):
            if rows[at] == row[0]:
                for place in range(1, _ROW):
                    if row[place]:
                        rows[at + place] += row[place]
                return
        rows.extend(row)

    def _age(self, now_s: int) -> None:
        """Add rows that are too old for their tier to longer ones, forget those of the last tier."""
        horizon = horizon_s(now_s)
        for tier, rows in enumerate(self._rows or ()):
            width, kept_s = TIERS[tier]
            oldest = max(now_s - kept_s - width, horizon - 1) if tier + 1 < len(TIERS) else horizon - 1
            old = [at for at in range(0, len(rows), _ROW) if rows[at] <= oldest]
            for at in reversed(old):
                row = rows[at : at + _ROW]
                del rows[at : at + _ROW]
                if row[0] >= horizon and tier + 1 < len(TIERS):
                    longer = TIERS[tier + 1][0]
                    row[0] = row[0] // longer * longer
                    self._into(tier + 1, row)


def tier_of(setup_s: int, now_s: int) -> int:
    """Return the tier of the rows in which a call set up then stands."""
    for tier, (width, kept_s) in enumerate(TIERS[:-1]):
        if setup_s // width * width > now_s - kept_s - width:
            return tier
    return len(TIERS) - 1
