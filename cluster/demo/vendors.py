"""The demo's vendors: what becomes of an attempt follows from its number at the vendor, so that counts are exact."""

from collections import Counter
from dataclasses import dataclass

from cluster.demo.strands import CYCLE_S
from cluster.demo.world import BLUEWIRE, ECUADOR, INDIA, KENYA, KESTREL, NORDLINK, SAVANNA, UK
from domain.calls import Release
from domain.ids import PartnerId

ANSWERS_PER_HUNDRED = {
    (NORDLINK, KENYA): 38,
    (SAVANNA, KENYA): 40,
    (BLUEWIRE, UK): 45,
    (KESTREL, UK): 45,
    (NORDLINK, INDIA): 45,
    (KESTREL, ECUADOR): 40,
}
"""Answers in each hundred attempts, as in October."""

_FAILURES = (17, 19, 34, 17, 18, 38, 19, 1, 17, 41)
"""Q.850 causes of successive attempts that are not answered."""
_ENDED_BY = {19: Release.CALLER, 17: Release.CALLEE, 1: Release.CALLEE}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a vendor makes of one attempt. Times are ms after the leg's setup; None: never rang, never answered.

    Unanswered: `ends_ms` is when it failed. Answered: talk_s follow connect_ms and ends_ms is connect_ms + talk_s.
    """

    alert_ms: int | None
    connect_ms: int | None
    ends_ms: int
    talk_s: int
    cause: int
    release: Release

    @property
    def answered(self) -> bool:
        """An attempt is answered when it was connected."""
        return self.connect_ms is not None


def outcome(vendor: PartnerId, destination: str, number: int) -> Outcome:
    """Return what becomes of the vendor's attempt of that number (1, 2, …) to a destination."""
    answers = ANSWERS_PER_HUNDRED[vendor, destination]
    before, after = (number - 1) * answers // 100, number * answers // 100
    rings_ms = 1_400 + 130 * (number % 23)
    if after > before:
        connects_ms = rings_ms + 2_000 + 210 * (number % 29)
        return answer(CYCLE_S[before % len(CYCLE_S)], number, rings_ms, connects_ms)
    cause = _FAILURES[(number - after - 1) % len(_FAILURES)]
    ended_by = _ENDED_BY.get(cause, Release.SWITCH)
    if cause in (18, 19):
        return Outcome(rings_ms, None, rings_ms + 25_000, 0, cause, ended_by)
    return Outcome(None, None, rings_ms, 0, cause, ended_by)


def answer(talk_s: int, number: int, rings_ms: int = 1_500, connects_ms: int = 4_000) -> Outcome:
    """Return an answered attempt; now the caller hangs up, now the callee."""
    hangs_up = Release.CALLEE if number % 3 == 0 else Release.CALLER
    return Outcome(rings_ms, connects_ms, connects_ms + 1000 * talk_s, talk_s, 16, hangs_up)


class Vendors:
    """The vendors as all the demo's switches meet them.

    Invariant: the attempts at a vendor's destination are numbered 1, 2, … without a gap, whatever switch makes them.
    """

    def __init__(self) -> None:
        self.attempts: Counter[tuple[PartnerId, str]] = Counter()

    def attempt(self, vendor: PartnerId, destination: str) -> Outcome:
        """Take the vendor's next attempt number and return what becomes of it."""
        self.attempts[vendor, destination] += 1
        return outcome(vendor, destination, self.attempts[vendor, destination])
