"""October as data: strands of calls that share client, destination, chain of vendors and period.

The sums over the strands are the demo's table of October, attempts and answers alike (tests keep them). Each strand is
answered in whole cycles of ten calls a day, so that any cut by days and vendors has whole cycles too.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import accumulate, pairwise

from cluster.demo.world import (
    BLUEWIRE,
    CALLWELL,
    ECUADOR,
    INDIA,
    KENYA,
    KESTREL,
    NORDLINK,
    ORBITA,
    PAMPAS,
    SAVANNA,
    UK,
    UNDER_WATER_CODE,
)
from domain.ids import PartnerId

CYCLE_S = (7, 37, 61, 125, 205, 318, 480, 31, 90, 146)
"""Talking time of successive answered calls: ten are 25.0 min at 1/1, 25.8 at 30/6 and 31.0 at 60/60."""

Hours = tuple[time, time]
DAYTIME: Hours = (time(6), time(19, 50))
"""Setups lie in here (UTC); the longest call has ended by 20:00."""
LATE: Hours = (time(21), time(23, 50))
"""The evening that falls into the next day in UTC+3."""


@dataclass(frozen=True, slots=True)
class Strand:
    """Calls of one client to `destination` over `vendors`, each but the last having failed, from first to last day.

    Shapes: `answered` is a multiple of ten and counts the last vendor's answers; `prefixes` begin the called numbers.
    """

    client: PartnerId
    destination: str
    vendors: tuple[PartnerId, ...]
    first: date
    last: date
    attempts: int
    answered: int
    hours: Hours = DAYTIME
    prefixes: tuple[str, ...] = ()

    def per_day(self, scale: int) -> dict[date, tuple[int, int]]:
        """Return (attempts, answered) of each day: fewer at weekends, answers in whole cycles, sums exact."""
        days = [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]
        weights = [_WEEKDAY_WEIGHT[day.weekday()] for day in days]
        answered = [10 * cycles for cycles in _shares(self.answered // 10 * scale, weights)]
        failed = _shares((self.attempts - self.answered) * scale, weights)
        return {day: (a + f, a) for day, a, f in zip(days, answered, failed, strict=True)}


def _oct(day: int) -> date:
    return date(2026, 10, day)


_KENYA = ("254701", "254710", "254722", "254725", "254733", "254757", "254768", "254790")
_UK = ("447400", "447520", "447700", "447815", "447902", "447951")
_INDIA = ("917702", "919003", "919811", "919820", "919880", "919941")
_ECUADOR = ("593958", "593969", "593984", "593991", "593998")

OCTOBER = (
    Strand(ORBITA, KENYA, (NORDLINK,), _oct(1), _oct(31), 44_000, 19_000, prefixes=_KENYA),
    Strand(ORBITA, KENYA, (NORDLINK, SAVANNA), _oct(1), _oct(25), 4_650, 1_860, prefixes=_KENYA),
    Strand(ORBITA, KENYA, (NORDLINK, SAVANNA), _oct(26), _oct(31), 1_350, 540, prefixes=_KENYA),
    Strand(ORBITA, KENYA, (SAVANNA,), _oct(1), _oct(25), 7_750, 3_100, prefixes=_KENYA),
    Strand(ORBITA, KENYA, (SAVANNA,), _oct(26), _oct(31), 1_850, 740, prefixes=_KENYA),
    Strand(ORBITA, KENYA, (SAVANNA,), _oct(26), _oct(31), 400, 160, prefixes=(UNDER_WATER_CODE,)),
    Strand(CALLWELL, UK, (BLUEWIRE,), _oct(1), _oct(21), 71_500, 35_750, prefixes=_UK),
    Strand(CALLWELL, UK, (BLUEWIRE,), _oct(22), _oct(31), 18_000, 9_000, prefixes=_UK),
    Strand(CALLWELL, UK, (BLUEWIRE,), _oct(31), _oct(31), 500, 250, hours=LATE, prefixes=_UK),
    Strand(CALLWELL, UK, (BLUEWIRE, KESTREL), _oct(1), _oct(21), 6_600, 3_000, prefixes=_UK),
    Strand(CALLWELL, UK, (BLUEWIRE, KESTREL), _oct(22), _oct(31), 3_400, 1_500, prefixes=_UK),
    Strand(CALLWELL, UK, (KESTREL,), _oct(1), _oct(21), 33_400, 15_000, prefixes=_UK),
    Strand(CALLWELL, UK, (KESTREL,), _oct(22), _oct(31), 16_600, 7_500, prefixes=_UK),
    Strand(CALLWELL, INDIA, (NORDLINK,), _oct(1), _oct(31), 60_000, 27_000, prefixes=_INDIA),
    Strand(PAMPAS, ECUADOR, (KESTREL,), _oct(1), _oct(31), 30_000, 12_000, prefixes=_ECUADOR),
)
"""The month itself: 300,000 calls."""

SEPTEMBER = (
    Strand(
        CALLWELL, UK, (BLUEWIRE,), date(2026, 9, 30), date(2026, 9, 30), 400, 400, hours=LATE, prefixes=_UK
    ),
)  # fmt: skip
"""Beside October: calls that are October's in UTC+3, for the dispute with Bluewire."""

CALLER_PREFIXES = {
    ORBITA: ("971504", "971521", "966505", "974330"),
    CALLWELL: ("12125", "13105", "14165", "16465"),
    PAMPAS: ("34600", "34610", "34622", "34645"),
}
"""How the callers of each client begin. Six more digits make a number, as with the called."""

_WEEKDAY_WEIGHT = (10, 10, 10, 10, 10, 7, 6)


def _shares(total: int, weights: list[int]) -> list[int]:
    """Split a total into whole shares in proportion to the weights; cumulative rounding keeps the sum exact."""
    whole = sum(weights)
    marks = [total * passed // whole for passed in accumulate(weights, initial=0)]
    return [after - before for before, after in pairwise(marks)]
