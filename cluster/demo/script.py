"""The script of the live traffic: which client attempts which call at which moment of business time. Pure.

Moments of the story are machine seconds from its beginning, as demo.md tells it; calls are dated in business time,
which runs CLOCK_SPEED times as fast from ORIGIN_MS on. Switches stamp their events from here, never from a clock.
"""

from dataclasses import dataclass
from random import Random

from cluster.demo.strands import CALLER_PREFIXES, OCTOBER
from cluster.demo.world import (
    CALLWELL,
    CLOCK_SPEED,
    INDIA,
    KENYA,
    KENYAS_LARGEST,
    ORBITA,
    ORIGIN_MS,
    SEED,
    UK,
)
from domain.ids import PartnerId

RATE = 120
"""Attempts per machine second."""
STORY_S = 180
FIRST_S = 3
LAST_BEFORE_END_S = 8
"""The last ordinary attempt is made that long before the end; a shard is killed while they still come in."""
ENDED_BEFORE_END_S = 5
"""By then callers have hung up, so that the books can be closed; only the calls of OPEN_AT_END go on."""
OPEN_AT_END = (ORBITA, CALLWELL, ORBITA, CALLWELL, ORBITA, CALLWELL)
"""Calls that still run when the books are checked."""

_TURN = ((ORBITA, KENYA), (CALLWELL, UK), (ORBITA, KENYA), (CALLWELL, INDIA), (CALLWELL, UK))
"""Who calls where, in turn."""
_HANG_UP_SPREAD_S = 12


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call that a client's switch will ask about at `at_ms`; its caller hangs up at `ends_by_ms` at the latest.

    `number` is unique in the script. With `talk_s` the first vendor answers, whatever its pattern, and the call lasts
    that long; with `stays_open` its end is told only when the switch is asked to finish what is open.
    """

    number: int
    client: PartnerId
    destination: str
    at_ms: int
    ends_by_ms: int
    a: str
    b: str
    talk_s: int | None = None
    stays_open: bool = False


def business_ms(story_s: float) -> int:
    """Return the business moment of a second of the story."""
    return ORIGIN_MS + round(1000 * CLOCK_SPEED * story_s)


def script(rate: int = RATE, story_s: int = STORY_S, seed: int = SEED) -> tuple[Attempt, ...]:
    """Return the attempts of all clients in the order of their moments: `rate` per machine second, evenly jittered.

    `story_s` is how long the story lasts: at least 20 seconds.
    """
    assert rate > 0 and story_s >= 20, "a story has traffic and time for it"
    random = Random(f"{seed}/script")
    spacing_s = 1 / rate
    count = rate * (story_s - LAST_BEFORE_END_S - FIRST_S)
    attempts = [
        _attempt(number, FIRST_S + (number + random.random() / 2) * spacing_s, story_s, random)
        for number in range(count)
    ]
    at_s = story_s - ENDED_BEFORE_END_S
    for turn, client in enumerate(OPEN_AT_END):
        destination, at_ms = KENYA if client == ORBITA else UK, business_ms(at_s + turn / 10)
        a, b = numbers_for(client, destination, random)
        attempts.append(Attempt(count + turn, client, destination, at_ms, at_ms + 600_000, a, b, 480, stays_open=True))
    return tuple(sorted(attempts, key=lambda attempt: attempt.at_ms))


def attempts_of(client: PartnerId, attempts: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """Return what one client's switch has to do."""
    return tuple(attempt for attempt in attempts if attempt.client == client)


def _attempt(number: int, at_s: float, story_s: int, random: Random) -> Attempt:
    client, destination = _TURN[number % len(_TURN)]
    # callers hang up spread over the seconds before the books are closed, so that the Stops do not come all at once
    ends_s = story_s - ENDED_BEFORE_END_S - (number * 7 % 100) / 100 * _HANG_UP_SPREAD_S
    a, b = numbers_for(client, destination, random)
    return Attempt(number, client, destination, business_ms(at_s), business_ms(max(ends_s, at_s + 1)), a, b)


_CALLED_PREFIXES = {(strand.client, strand.destination): strand.prefixes for strand in reversed(OCTOBER)} | {
    (ORBITA, KENYA): KENYAS_LARGEST
}


def numbers_for(client: PartnerId, destination: str, random: Random) -> tuple[str, str]:
    """Return who calls whom, drawn from the prefixes of the client's callers and its called numbers."""
    prefixes = (CALLER_PREFIXES[client], _CALLED_PREFIXES[client, destination])
    a, b = (f"{random.choice(prefix)}{random.randrange(1_000_000):06d}" for prefix in prefixes)
    return a, b
