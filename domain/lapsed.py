"""Holds that lapsed, or went with an end of ours, though their calls may run on: kept aside to be placed anew.

They count nowhere and hold no money. What they say of a call, its rate above all, no report of its leg says again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.agenda import Agenda
from domain.commands import Expire
from domain.holds import Hold, HoldMode, HoldTimes
from domain.ids import CallKey

BEGUN_MS, ASKED_MS = 7 * 86_400_000, 3_600_000
"""How long they are kept, by whether the call had begun when it was heard of last."""
MOST = 10_000
"""Of one partner; the oldest go first."""


def may_come_back(hold: Hold) -> bool:
    """Whether a call may show itself after its hold lapsed: it has begun, or its switch shows its calls."""
    return hold.started or hold.mode is HoldMode.PIECES


def could_be_heard(hold: Hold, now: Expire, times: HoldTimes) -> bool:
    """Whether a call was silent for long enough, where it could not be heard for a while.

    One that has not begun waits for no node that is away: most such calls never begin, those of switches that report
    nothing go by time alone, and all of them would fill their client's limits for as long as the node is waited for.
    """
    if hold.started:
        return now.heard_since_ms + times.silence_ms(hold) <= now.at_ms
    return hold.placed_ms >= now.up_since_ms or now.up_since_ms + times.silence_ms(hold) <= now.at_ms


@dataclass(slots=True)
class Lapsed:
    """The holds of one partner that lapsed, the last one of each call; `expires_ms` is when they did."""

    by_call: dict[CallKey, Hold] = field(default_factory=dict)
    _over: Agenda[CallKey] = field(default_factory=Agenda)

    def keep(self, hold: Hold) -> None:
        """Keep a hold; it takes the place of an earlier one of its call."""
        self.drop(hold.call_key)
        self.by_call[hold.call_key] = hold
        self._over.add(hold.call_key, _until_ms(hold))

    def drop(self, call_key: CallKey) -> None:
        """Forget the hold of a call, if there is one."""
        known = self.by_call.pop(call_key, None)
        if known is not None:
            self._over.remove(call_key, _until_ms(known))

    def due(self, at_ms: int) -> Iterator[CallKey]:
        """Return the calls whose holds are to be forgotten at a moment."""
        yield from self._over.due(at_ms)
        too_many = len(self.by_call) - MOST
        if too_many > 0:
            yield from list(self.by_call)[:too_many]


def _until_ms(hold: Hold) -> int:
    return hold.expires_ms + (BEGUN_MS if hold.started else ASKED_MS)
