"""Quality of any period, counted anew from the legs of books and segments: exact sums, by bucket of time or by group.

What was set up in a stretch of time counts there with all its talk, as in quality-0's windows (facts: quality §1, §5).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from domain.calls import Side
from domain.cause_classes import USER_CLASSES, CauseClass
from domain.errors import InputError
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.wilson import share_bounds

MINUTE_MS, DAY_MS = 60_000, 86_400_000
MOST_BUCKETS, USUAL_BUCKETS = 1_000, 96
MOST_DAYS = 366
LENGTHS_S = (60, 300, 900, 3_600, 21_600, 86_400)
"""How long buckets are where nobody says it: the shortest of which USUAL_BUCKETS are enough."""
EFFECTIVE = USER_CLASSES | {CauseClass.ANSWERED}
"""The classes in the numerator of NER (ITU-T E.425 §1.5)."""


@dataclass(frozen=True, slots=True)
class PeriodAsked:
    """Which legs: those of a side that were set up in [from, until), UTC ms; None: of any."""

    side: Side
    from_ms: int
    until_ms: int
    bucket_ms: int
    partner: PartnerId | None = None
    destination: DestinationId | None = None
    trunk: TrunkId | None = None


@dataclass(frozen=True, slots=True)
class CauseSeen:
    """Ended legs with a Q.850 cause that is of a class."""

    cause: int
    cause_class: CauseClass
    calls: int


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """What was counted of some legs. `open_calls` are those that are answered and not over: they are among `attempts`
    and `answered`, and have no talk yet; `units` base currency. Delays: the least that this part of the legs that rang
    do not pass (nearest rank), None where none rang. `causes`: of ended legs, the most frequent first.
    """

    attempts: int = 0
    answered: int = 0
    open_calls: int = 0
    short: int = 0
    talk_ms: int = 0
    units: int = 0
    pdd_p50_ms: int | None = None
    pdd_p95_ms: int | None = None
    causes: tuple[CauseSeen, ...] = ()

    @property
    def classes(self) -> dict[CauseClass, int]:
        """Ended legs by class, in the order of the table."""
        found: Counter[CauseClass] = Counter()
        for one in self.causes:
            found[one.cause_class] += one.calls
        return {its: found[its] for its in CauseClass if found[its]}

    @property
    def effective(self) -> int:
        """Legs in the numerator of NER, the open answered ones among them."""
        return self.open_calls + sum(one.calls for one in self.causes if one.cause_class in EFFECTIVE)

    @property
    def number_errors(self) -> int:
        """Legs to numbers that cannot be: an ASR without them says more of the route."""
        return sum(one.calls for one in self.causes if one.cause_class is CauseClass.NUMBER)

    @property
    def asr_bounds(self) -> tuple[float, float]:
        """Return between which bounds the ASR lies, Wilson 95 %, per cent."""
        return share_bounds(self.answered, self.attempts)


@dataclass(frozen=True, slots=True)
class PeriodMargin:
    """What a partner's ended legs to a destination earned, base units. Of a client: `revenue` is what it paid, `cost`
    what all vendors took that its calls were offered to. Of a vendor: `cost` is what all its legs took, `revenue` what
    clients paid for the calls that it answered. `unpaired`: answered legs without the other side in the books.
    """

    partner: PartnerId
    destination: DestinationId
    legs: int
    answered: int
    talk_ms: int
    revenue: int
    cost: int
    unpaired: int = 0


def bucket_ms_of(from_ms: int, until_ms: int, bucket_s: int) -> int:
    """Return how long buckets of a period are. Raises InputError for an empty period, a length or a count that cannot
    be."""
    if from_ms >= until_ms:
        raise InputError("the period is empty", mend="Give --from a moment before --to.")
    if until_ms - from_ms > MOST_DAYS * DAY_MS:
        raise InputError(f"the period is longer than {MOST_DAYS} days", mend="Ask for less at once.")
    if not bucket_s:
        fits = (one for one in LENGTHS_S if _buckets(from_ms, until_ms, one * 1_000) <= USUAL_BUCKETS)
        return 1_000 * next(fits, LENGTHS_S[-1])
    if not 60 <= bucket_s <= 86_400 or 86_400 % bucket_s:
        mend = "Give 60 to 86,400 seconds that divide a day: 900, 3600."
        raise InputError(f"buckets of {bucket_s} s cannot be", mend=mend)
    count = _buckets(from_ms, until_ms, bucket_s * 1_000)
    if count > MOST_BUCKETS:
        raise InputError(f"that are {count:,} buckets", mend=f"Ask for {MOST_BUCKETS:,} at most: longer or fewer.")
    return bucket_s * 1_000


def every_bucket(
    asked: PeriodAsked, found: dict[int, PeriodSums], nothing: PeriodSums = PeriodSums()
) -> list[tuple[int, int, PeriodSums]]:
    """Return all buckets of a period, from and until when, also those without calls; the outer ones cut off by it."""
    width, made = asked.bucket_ms, []
    for start in range(asked.from_ms // width * width, asked.until_ms, width):
        cut = max(start, asked.from_ms), min(start + width, asked.until_ms)
        made.append((*cut, found.get(start, nothing)))
    return made


def whole_margin(margins: Iterable[PeriodMargin]) -> PeriodMargin:
    """Return the sums of all."""
    found = list(margins)
    legs, answered, talk_ms, revenue, cost, unpaired = (
        sum(getattr(one, name) for one in found)
        for name in ("legs", "answered", "talk_ms", "revenue", "cost", "unpaired")
    )
    return PeriodMargin(PartnerId(""), DestinationId(0), legs, answered, talk_ms, revenue, cost, unpaired)


def _buckets(from_ms: int, until_ms: int, width: int) -> int:
    return -(-until_ms // width) - from_ms // width
