"""The demo's vendors: what becomes of an attempt follows from its number at the vendor, so that counts are exact.

Nordlink's Kenya answers or fails after the same time, so that its attempts become known in the order of their numbers.
From one number on it is sick: every fourth sick attempt is answered, until it is mended.
"""

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

FIRST_SICK = 1_303
"""The attempt at Nordlink's Kenya that is its first sick one, half a minute into the story."""
SICK_ANSWERS_EVERY = 4
KNOWN_MS = 6_000
"""After this Nordlink's Kenya answers or fails."""
_RINGS_MS = 2_000
_SICK_FAILURES = (34, 41, 38)
"""No circuit, temporary failure, network out of order: causes with which the next vendor is tried."""

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
    even = (vendor, destination) == (NORDLINK, KENYA)
    rings_ms = _RINGS_MS if even else 1_400 + 130 * (number % 23)
    if after > before:
        connects_ms = KNOWN_MS if even else rings_ms + 2_000 + 210 * (number % 29)
        return answer(CYCLE_S[before % len(CYCLE_S)], number, rings_ms, connects_ms)
    cause = _FAILURES[(number - after - 1) % len(_FAILURES)]
    ended_by = _ENDED_BY.get(cause, Release.SWITCH)
    if cause in (18, 19):
        return Outcome(rings_ms, None, KNOWN_MS if even else rings_ms + 25_000, 0, cause, ended_by)
    return Outcome(None, None, KNOWN_MS if even else rings_ms, 0, cause, ended_by)


def sick_outcome(number: int) -> Outcome:
    """Return what becomes of the sick attempt of that number (1, 2, …) at Nordlink's Kenya."""
    if number % SICK_ANSWERS_EVERY == 0:
        return answer(CYCLE_S[number // SICK_ANSWERS_EVERY % len(CYCLE_S)], number, _RINGS_MS, KNOWN_MS)
    return Outcome(None, None, KNOWN_MS, 0, _SICK_FAILURES[number % len(_SICK_FAILURES)], Release.SWITCH)


def answer(talk_s: int, number: int, rings_ms: int = 1_500, connects_ms: int = 4_000) -> Outcome:
    """Return an answered attempt; now the caller hangs up, now the callee."""
    hangs_up = Release.CALLEE if number % 3 == 0 else Release.CALLER
    return Outcome(rings_ms, connects_ms, connects_ms + 1000 * talk_s, talk_s, 16, hangs_up)


class Vendors:
    """The vendors as all the demo's switches meet them.

    Invariant: the attempts at a vendor's destination are numbered 1, 2, … without a gap, whatever switch makes them.
    `mended_at`: the first attempt at Nordlink's Kenya that is sound again, None until then.
    """

    def __init__(self) -> None:
        self.attempts: Counter[tuple[PartnerId, str]] = Counter()
        self.mended_at: int | None = None

    def attempt(self, vendor: PartnerId, destination: str) -> Outcome:
        """Take the vendor's next attempt number and return what becomes of it."""
        self.attempts[vendor, destination] += 1
        number = self.attempts[vendor, destination]
        if (vendor, destination) == (NORDLINK, KENYA) and number >= FIRST_SICK and self.mended_at is None:
            return sick_outcome(number - FIRST_SICK + 1)
        return outcome(vendor, destination, number)

    def mend(self) -> None:
        """Let Nordlink's Kenya be sound from its next attempt on."""
        self.mended_at = self.attempts[NORDLINK, KENYA] + 1

    @property
    def sick(self) -> int:
        """How many attempts at Nordlink's Kenya were sick."""
        last = self.attempts[NORDLINK, KENYA] if self.mended_at is None else self.mended_at - 1
        return max(0, last - FIRST_SICK + 1)
