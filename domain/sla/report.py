"""The report of promises: every bucket of each client, product and destination that was promised something."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.errors import InputError
from domain.ids import DestinationId, PartnerId
from domain.quality_periods import PeriodSums
from domain.sla.history import Span
from domain.sla.measuring import Verdict, got_of, verdict
from domain.sla.promise import BUCKETS_S, Promise

MOST_ROWS = 100_000
MOST_DAYS = 92
SLOT_MS = 900_000
"""Calls that no vendor kept the promise for are counted by quarters of an hour."""
DAY_MS = 86_400_000
NOTHING = PeriodSums()


@dataclass(frozen=True, slots=True)
class SlaOrder:
    """Which promises to report of: calls that were set up in [from, until), UTC ms; "" and None: of any.

    `bucket_s`: 0 as each policy says it.
    """

    from_ms: int
    until_ms: int
    bucket_s: int = 0
    client: str = ""
    product: str | None = None
    destination: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Whose:
    """Whose calls: of a client, by trunks of a product ("": of none), to a destination."""

    client: PartnerId
    product: str
    destination: DestinationId


@dataclass(frozen=True, slots=True)
class Unmet:
    """Calls that no vendor was there for who keeps the promise: `routed` all the same, or `refused`."""

    routed: int = 0
    refused: int = 0

    def __add__(self, other: "Unmet") -> "Unmet":
        return Unmet(self.routed + other.routed, self.refused + other.refused)

    @property
    def calls(self) -> int:
        """Both."""
        return self.routed + self.refused


@dataclass(frozen=True, slots=True)
class SlaRow:
    """A bucket, or the part of one in which one thing was promised."""

    whose: Whose
    from_ms: int
    until_ms: int
    promise: Promise
    policy: str
    sums: PeriodSums
    unmet: Unmet

    @property
    def verdict(self) -> Verdict:
        """What became of the promise."""
        return verdict(self.promise, self.sums.attempts, got_of(self.sums), self.unmet.calls)


@dataclass(frozen=True, slots=True)
class SlaSummary:
    """All buckets of one client, product and destination. `kept_ms`, `broken_ms`: how long those were; `worst`: of
    those that were not kept, else of the kept ones, that with the least ASR."""

    whose: Whose
    kept: int = 0
    broken: int = 0
    few: int = 0
    empty: int = 0
    kept_ms: int = 0
    broken_ms: int = 0
    attempts: int = 0
    answered: int = 0
    talk_ms: int = 0
    units: int = 0
    unmet: Unmet = Unmet()
    worst: SlaRow | None = None


@dataclass(frozen=True, slots=True)
class SlaReport:
    """Rows in order of client, product, destination and time, and a summary of each of these."""

    rows: tuple[SlaRow, ...] = ()
    summaries: tuple[SlaSummary, ...] = ()


def checked(order: SlaOrder) -> SlaOrder:
    """Return an order that can be carried out. Raises InputError."""
    if order.from_ms >= order.until_ms:
        raise InputError("the period is empty", mend="Give --from a moment before --to.")
    if order.until_ms - order.from_ms > MOST_DAYS * DAY_MS:
        raise InputError(f"the period is longer than {MOST_DAYS} days", mend="Report on less at once.")
    if order.bucket_s and order.bucket_s not in BUCKETS_S.values():
        raise InputError(f"buckets of {order.bucket_s} s", mend=f"Take one of {', '.join(BUCKETS_S)}.")
    return order


def cuts_of(spans: Sequence[Span], bucket_s: int) -> Iterator[tuple[int, int, Span]]:
    """Yield the buckets of spans, from and until when, cut off where the promise changes and where the period ends.

    `bucket_s`: 0 as each promise says.
    """
    for span in spans:
        width = 1000 * (bucket_s or span.promise.bucket_s)
        for start in range(span.from_ms // width * width, span.until_ms, width):
            yield max(start, span.from_ms), min(start + width, span.until_ms), span


def summary_of(whose: Whose, rows: Iterable[SlaRow]) -> SlaSummary:
    """Return the summary of some rows of the same."""
    counts = dict.fromkeys(Verdict, 0)
    spent = dict.fromkeys(Verdict, 0)
    sums = [0, 0, 0, 0]
    unmet, worst = Unmet(), None
    for row in rows:
        its = row.verdict
        counts[its] += 1
        spent[its] += row.until_ms - row.from_ms
        told = (row.sums.attempts, row.sums.answered, row.sums.talk_ms, row.sums.units)
        sums = [one + other for one, other in zip(sums, told, strict=True)]
        unmet += row.unmet
        if its in (Verdict.KEPT, Verdict.BROKEN) and (worst is None or _badness(row) > _badness(worst)):
            worst = row
    attempts, answered, talk_ms, units = sums
    return SlaSummary(
        whose=whose,
        kept=counts[Verdict.KEPT],
        broken=counts[Verdict.BROKEN],
        few=counts[Verdict.FEW],
        empty=counts[Verdict.EMPTY],
        kept_ms=spent[Verdict.KEPT],
        broken_ms=spent[Verdict.BROKEN],
        attempts=attempts,
        answered=answered,
        talk_ms=talk_ms,
        units=units,
        unmet=unmet,
        worst=worst,
    )


def _badness(row: SlaRow) -> tuple[bool, float]:
    attempts = row.sums.attempts
    return row.verdict is Verdict.BROKEN, -row.sums.answered / attempts if attempts else 0.0
