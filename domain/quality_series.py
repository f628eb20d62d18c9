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
    CLASS_SHIFT,
    CLASSES,
    EFFECTIVE,
    END_SHIFT,
    GAP_SHIFT,
    LONGEST_GAP_S,
    LONGEST_TALK_S,
    PDD_BINS,
    PDD_SHIFT,
    TALK_SHIFT,
    unpacked,
)
from domain.quality_windows import MOST_CALLS, SPANS, Window

TIERS = ((60, 960), (300, 3_900), (3_600, 90_000), (21_600, 691_200))
"""Rows of how many seconds are kept, until they are how old; then they are added to the next longer ones."""
_SPAN_WIDTHS = {"5m": 60, "15m": 60, "1h": 300, "24h": 3_600, "7d": 21_600}
_WIDTHS = {SPANS[name].span_ms: width for name, width in _SPAN_WIDTHS.items()}
TALK, SHORT, UNITS = range(len(CLASSES), len(CLASSES) + 3)
PDD = UNITS + 1
FIELDS = PDD + PDD_BINS
"""A row: its start, then calls by class, seconds of talk, short calls, base units, calls by bin of post-dial delay."""
_ROW = FIELDS + 1


def begins_s(window: Window, now_s: int) -> int:
    """Return the second from which on calls are in a window of time: the start of a minute (5m, 15m), of five minutes
    (1h), of an hour (24h), of six hours (7d), so that the window is as long as its name says, or a little longer.
    """
    width = _WIDTHS[window.span_ms]
    return (now_s - window.span_ms // 1000) // width * width


def width_s(window: Window) -> int:
    """Return the seconds of the stretches that a window of time is made of."""
    return _WIDTHS[window.span_ms]


def horizon_s(now_s: int) -> int:
    """Return the second since which calls are known at all: what ended before is forgotten."""
    return begins_s(SPANS["7d"], now_s)


class Tally:
    """Counts and sums over some calls: what figures are made of. `sums` are in the order of a row."""

    __slots__ = ("sums",)

    def __init__(self) -> None:
        self.sums = [0] * FIELDS

    def add(self, bits: int, units: int) -> None:
        """Count a call: by its bits, as `unpacked` says them, since a page of the table counts very many."""
        sums, pdd = self.sums, bits >> PDD_SHIFT & 31
        sums[bits >> CLASS_SHIFT & 15] += 1
        sums[TALK] += bits >> TALK_SHIFT & LONGEST_TALK_S
        sums[SHORT] += bits >> 1 & 1
        sums[UNITS] += units
        if pdd:
            sums[PDD + pdd - 1] += 1

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

    def calls(self, since_s: int = 0) -> Iterator[tuple[int, int]]:
        """Yield the calls that are kept singly and ended since a second, the oldest first: packed outcome, base
        units."""
        return self._with_charges(self._calls[self._place(since_s) :])

    def tally(self, window: Window, now_s: int) -> Tally:
        """Return the counts of a window."""
        if not window.calls:
            return self.since(begins_s(window, now_s))
        tally = Tally()
        for bits, units in self._with_charges(self._last(window.calls, now_s)):
            tally.add(bits, units)
        return tally

    def since(self, since_s: int) -> Tally:
        """Return the counts of the calls that were set up since a second with which a row of any tier may begin."""
        tally, first = Tally(), since_s - BEGIN_S
        for bits, units in self.calls(since_s):  # a call that ended before was set up before
            if _begun(bits) >= first:
                tally.add(bits, units)
        for rows in self._rows or ():
            for at in range(0, len(rows), _ROW):
                if rows[at] >= since_s:
                    tally.add_row(rows[at : at + _ROW])
        return tally

    def answers(self, window: Window, now_s: int) -> tuple[int, int]:
        """Return how many calls of a window there are, and how many of them were answered: those of `tally`, at a
        small part of its cost."""
        if window.calls:
            last = self._last(window.calls, now_s)
            return len(last), sum(bits >> CLASS_SHIFT & 15 == ANSWERED for bits in last)
        since_s = begins_s(window, now_s)
        # the longest call that ended behind `sure` was set up since then
        first, sure = self._place(since_s), self._place(since_s + LONGEST_TALK_S + LONGEST_GAP_S)
        found = [bits for bits in self._calls[first:sure] if _begun(bits) >= since_s - BEGIN_S]
        found += self._calls[sure:]
        attempts, answered = len(found), sum(bits >> CLASS_SHIFT & 15 == ANSWERED for bits in found)
        for rows in self._rows or ():
            for at in range(0, len(rows), _ROW):
                if rows[at] >= since_s:
                    attempts += sum(rows[at + 1 : at + 1 + len(CLASSES)])
                    answered += rows[at + 1 + ANSWERED]
        return attempts, answered

    def pieces(self, window: Window, now_s: int) -> "dict[int, Tally]":
        """Return the counts of a window of time by stretches of the width that its beginning is aligned to, each by the
        second it begins with; those without calls are left out."""
        width, since_s = width_s(window), begins_s(window, now_s)
        found: dict[int, Tally] = {}
        for bits, units in self.calls(since_s):
            setup_s = _begun(bits) + BEGIN_S
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

    def _place(self, since_s: int) -> int:
        """Return where the calls begin that ended since a second."""
        return bisect_left(self._calls, max(since_s - BEGIN_S, 0) << END_SHIFT)

    def _last(self, calls: int, now_s: int) -> "array[int]":
        """Return the last so many calls of those that count yet."""
        return self._calls[max(len(self._calls) - calls, self._place(horizon_s(now_s))) :]

    def _with_charges(self, calls: "array[int]") -> Iterator[tuple[int, int]]:
        """Yield the last calls of all, with what the charged ones of them cost."""
        charges = self._charges or ()
        charged = sum(bits & 1 for bits in calls)
        units = iter(charges[len(charges) - charged :])
        for bits in calls:
            yield bits, next(units) if bits & 1 else 0

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


def _begun(bits: int) -> int:
    """Return the second of a call's setup, since BEGIN_S."""
    return (bits >> END_SHIFT) - (bits >> TALK_SHIFT & LONGEST_TALK_S) - (bits >> GAP_SHIFT & LONGEST_GAP_S)


def tier_of(setup_s: int, now_s: int) -> int:
    """Return the tier of the rows in which a call set up then stands."""
    for tier, (width, kept_s) in enumerate(TIERS[:-1]):
        if setup_s // width * width > now_s - kept_s - width:
            return tier
    return len(TIERS) - 1
