"""What one book counts of allowed losses: for each call that may lose money what its legs cost and bring.

What a call lost is known when its client's leg has ended; until then its expected loss is set aside.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.calls import Leg, LegState, Side
from domain.commands import FindLoss, LossAside, OpenLoss
from domain.ids import CallKey, LegId, TrunkId
from domain.losses import LossUse, LossUseId

LAST_S = 60
"""So long after the client's leg has ended a vendor's is waited for before nothing is set aside any more; what is heard
of the call meanwhile makes it no longer."""
LONGEST_S = 5 * 3600
"""No call lasts longer, with its reports: what is set aside for it then is free again."""
KEPT_MS = 5 * 86_400_000
"""For so long a call is known: later corrections of its legs change no budget."""
FORGOTTEN_AT_ONCE = 256

Period = tuple[LossUseId, int]
"""Of an allowance: when it began (UTC ms)."""


@dataclass(frozen=True, slots=True)
class LossLeg:
    """What counts of a leg; `base_charge` in units of the base currency."""

    side: Side
    trunk: TrunkId
    base_charge: int
    answered: bool
    ended: bool


@dataclass(slots=True)
class LossCall:
    """A call that may lose money: by which trunk under which allowance, and what is known of its legs.

    `waits`: it was asked about, and nothing was heard of it since: attempts that failed before say nothing of this one.
    """

    call_key: CallKey
    at_ms: int
    until_ms: int
    ways: dict[TrunkId, Period]
    expected: dict[Period, int]
    legs: dict[LegId, LossLeg] = field(default_factory=dict)
    waits: bool = False

    @property
    def over(self) -> bool:
        """Whether the client's leg has ended; that of an attempt that failed says nothing while another is open."""
        clients = self._of(Side.CLIENT)
        return any(leg.ended and leg.answered for leg in clients) or (
            bool(clients) and all(leg.ended for leg in clients)
        )

    @property
    def settled(self) -> bool:
        """Whether all is known: the client's legs have ended, and so has the vendor's who took the call, if any did."""
        if self.waits or not self.over:
            return False
        answered = any(leg.answered for leg in self._of(Side.CLIENT))
        return not answered or any(leg.ended and leg.answered for leg in self._of(Side.VENDOR))

    def _of(self, side: Side) -> list[LossLeg]:
        return [leg for leg in self.legs.values() if leg.side is side]

    def lost(self) -> tuple[Period, int] | None:
        """Return what was really lost, and of which budget: that by which the dearest of the vendors that took the call
        was named, or of all where none did. None where the call goes on, or went by a vendor that loses nothing."""
        if not self.over:
            return None
        vendors = {leg_id: leg for leg_id, leg in self.legs.items() if leg.side is Side.VENDOR}
        took = {leg_id: leg for leg_id, leg in vendors.items() if leg.answered} or vendors
        losing = [(leg.base_charge, leg_id, leg.trunk) for leg_id, leg in took.items() if leg.trunk in self.ways]
        if not losing:
            return None
        brought = sum(leg.base_charge for leg in self._of(Side.CLIENT))
        cost = sum(leg.base_charge for leg in vendors.values())
        return self.ways[max(losing)[2]], max(0, cost - brought)

    def aside(self, at_ms: int) -> Iterable[tuple[Period, int]]:
        """Yield what is set aside of each budget at a moment, less what is counted as lost already."""
        if self.settled or at_ms >= self.until_ms:
            return
        lost = self.lost()
        for period, units in self.expected.items():
            known = lost[1] if lost is not None and lost[0] == period else 0
            yield period, max(0, units - known)


class LossBook:
    """The calls of one book that may lose money, and what was lost.

    Invariants: what is lost in a period is the sum over its calls, as long as these are known; `changed` and
    `changed_sums` are what the next transaction has to write (None: a call that is forgotten). Periods whose calls are
    all forgotten are told no more; the book keeps what was lost in them.
    """

    def __init__(self) -> None:
        self.calls: dict[CallKey, LossCall] = {}
        self._open: dict[CallKey, LossCall] = {}
        """Those for which something may be set aside; days of calls that are over are not looked at twice a second."""
        self.sums: dict[Period, int] = {}
        self.changed: dict[CallKey, LossCall | None] = {}
        self.changed_sums: dict[Period, int] = {}

    def load(self, calls: Iterable[LossCall], sums: Mapping[Period, int]) -> None:
        """Begin with what the book says."""
        self.calls = {call.call_key: call for call in sorted(calls, key=lambda call: call.at_ms)}
        self._open = {key: call for key, call in self.calls.items() if not call.settled}
        self.sums = dict(sums)

    def answer(self, command: OpenLoss | FindLoss) -> LossAside:
        """Do what a command wants; return what was set aside for its call before."""
        call = self.calls.get(command.call_key)
        aside = call.aside(command.at_ms) if call is not None else ()
        found = LossAside(tuple((*period, units) for period, units in aside if units))
        if isinstance(command, OpenLoss):
            self.open(command)
        return found

    def open(self, command: OpenLoss) -> None:
        """Set aside what a call is expected to lose; nothing any more for one that does not go after all.

        A call that is asked about again may lose by other ways too.
        """
        if not command.asked_s:
            self._drop(command.call_key)
            return
        ways = {trunk: (use_id, period_ms) for trunk, use_id, period_ms, _ in command.ways}
        expected: dict[Period, int] = {}
        for _, use_id, period_ms, units in command.ways:
            expected[use_id, period_ms] = max(units, expected.get((use_id, period_ms), 0))
        known = self.calls.get(command.call_key)
        if known is None:
            known = self.calls[command.call_key] = LossCall(command.call_key, command.at_ms, 0, {}, {})
        before = known.lost()
        known.ways |= ways
        for period, units in expected.items():
            known.expected[period] = max(units, known.expected.get(period, 0))
        known.until_ms, known.waits = max(known.until_ms, command.at_ms + 1000 * command.asked_s), True
        self._count(known, before)

    def _drop(self, call_key: CallKey) -> None:
        call = self.calls.get(call_key)
        if call is None:
            return
        call.waits = False
        if not call.legs:  # one that has begun goes on
            call.until_ms = 0
        self._count(call, call.lost())

    def heard(self, leg: Leg, at_ms: int) -> None:
        """Take what a report says of a leg."""
        call = self.calls.get(leg.call_key)
        if call is None:
            return
        before, was_over, call.waits = call.lost(), call.over, False
        ended = leg.state is not LegState.OPEN
        call.legs[leg.leg_id] = LossLeg(leg.side, leg.trunk, leg.base_charge if ended else 0, leg.answered, ended)
        if not call.over:
            call.until_ms = max(call.until_ms, call.at_ms + 1000 * LONGEST_S)
        elif not was_over:
            call.until_ms = at_ms + 1000 * LAST_S
        self._count(call, before)

    def uses(self, at_ms: int) -> list[LossUse]:
        """Return what is used of each allowance, by period."""
        aside: dict[Period, int] = {}
        calls: dict[Period, int] = {}
        for call in [call for call in self._open.values() if at_ms >= call.until_ms]:
            del self._open[call.call_key]  # it comes back if it is heard of
        for call in self._open.values():
            for period, units in call.aside(at_ms):
                aside[period] = aside.get(period, 0) + units
                calls[period] = calls.get(period, 0) + 1
        return [
            LossUse(*period, self.sums.get(period, 0), aside.get(period, 0), calls.get(period, 0))
            for period in self.sums.keys() | aside.keys()
        ]

    def forget(self, at_ms: int) -> None:
        """Forget some calls of long ago; what they lost stays counted."""
        old: list[CallKey] = []
        for key, call in self.calls.items():
            if call.at_ms > at_ms - KEPT_MS or len(old) >= FORGOTTEN_AT_ONCE:
                break
            old.append(key)
        for key in old:
            del self.calls[key]
            self._open.pop(key, None)
            self.changed[key] = None
        if len(old) < FORGOTTEN_AT_ONCE:
            self._close_periods(at_ms - KEPT_MS)

    def _close_periods(self, before_ms: int) -> None:
        """Count no more what was lost in periods that were followed by another one before a moment."""
        latest: dict[LossUseId, int] = {}
        for use_id, period_ms in self.sums:
            if period_ms <= before_ms:
                latest[use_id] = max(period_ms, latest.get(use_id, 0))
        for period in [period for period in self.sums if period[1] < latest.get(period[0], 0)]:
            del self.sums[period]

    def _count(self, call: LossCall, before: tuple[Period, int] | None) -> None:
        self.changed[call.call_key] = call
        if call.settled:
            self._open.pop(call.call_key, None)
        else:
            self._open[call.call_key] = call
        for lost, sign in ((before, -1), (call.lost(), 1)):
            if lost is not None and lost[1]:
                period, units = lost
                self.sums[period] = self.changed_sums[period] = self.sums.get(period, 0) + sign * units
