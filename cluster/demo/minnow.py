"""Minnow's story: a prepaid client with 2.10 talks until its money is gone, is refused, pays, and is admitted."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cluster.demo.script import Attempt, business_ms
from cluster.demo.switch_radius import RadiusSwitch
from cluster.demo.world import KENYA, MINNOW
from domain.clock import Clock

BEGINS_S = 10
"""Second of the story at which Minnow first calls."""
EXPECTED_TALKS = (480, 480, 240)
"""Seconds of the calls before the refusal: the last is all that was granted."""
_WANTS_S = 480
_PAUSE_MS = 10_000
_LAST_TALK_S = 90
_CALLS, _FIRST_NUMBER = 5, 1_000_000


@dataclass(frozen=True, slots=True)
class MinnowFacts:
    """What Minnow's switch saw: seconds granted and talked of each call, the refusal's cause, and the call after."""

    granted_s: tuple[int | None, ...]
    talked_s: tuple[int, ...]
    refusal: str
    granted_after_payment_s: int | None
    refusal_after_payment: str


async def minnows_story(
    switch: RadiusSwitch, clock: Clock, pay: Callable[[], Awaitable[None]], begins_s: float = BEGINS_S
) -> MinnowFacts:
    """Call until refused (five times at most), let `pay` enter the payment, and call once more.

    Each call waits for the acknowledged end of the one before, so that its charge is in the balance.
    """
    at_ms = business_ms(begins_s)
    granted: list[int | None] = []
    talked: list[int] = []
    refusal = ""
    for number in range(_FIRST_NUMBER, _FIRST_NUMBER + _CALLS):
        placed = await switch.place(_attempt(number, at_ms, _WANTS_S), clock)
        await switch.settled()
        if placed.refusal:
            refusal = placed.refusal
            break
        granted.append(placed.granted_s)
        talked.append(placed.talked_s)
        at_ms += 1000 * placed.talked_s + _PAUSE_MS
    await pay()
    after = await switch.place(_attempt(_FIRST_NUMBER + _CALLS, at_ms + _PAUSE_MS, _LAST_TALK_S), clock)
    await switch.settled()
    return MinnowFacts(tuple(granted), tuple(talked), refusal, after.granted_s, after.refusal)


def _attempt(number: int, at_ms: int, talk_s: int) -> Attempt:
    return Attempt(number, MINNOW, KENYA, at_ms, at_ms + 3_600_000, a="971504770077", b="254722300411", talk_s=talk_s)
