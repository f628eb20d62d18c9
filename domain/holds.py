"""Holds: money reserved while a call may run. A hold never decides a charge (DESIGN §5)."""

from dataclasses import dataclass
from enum import StrEnum

from domain.ids import NO_USER, CallKey, DestinationId, EndUserId, HoldId, PartnerId, SwitchId, TrunkId
from domain.money import Currency
from domain.quick import quick
from domain.rates import Terms

LONGEST_INTERIM_S = 86_400
"""A switch that shows its calls more rarely than once a day is taken to do so once a day."""
LEAST_ASKED_S, LONGEST_ASKED_S = 5, 3_600
"""How long a recipe may let a hold wait for its call to begin, s."""


class HoldMode(StrEnum):
    """How much is held, by what the asking switch can do.

    WHOLE: it knows a time limit only, so the whole grant is held. PIECES: interims and disconnect, so the grant is by
    balance but a piece is held and grown. FIXED: neither (302, ENUM): one piece is held, time is not enforced.
    EVENT: what one event costs is held, and no time runs.
    """

    WHOLE = "whole"
    PIECES = "pieces"
    FIXED = "fixed"
    EVENT = "event"


@quick
@dataclass(frozen=True, slots=True)
class Hold:
    """One reservation. `amount` units of `currency`; it lives until `expires_ms` unless started or released.

    `granted_kb` is the quota of a session sold by volume (0: none). `call_id` is the switch's id of the call and
    `session_id` that of the client's leg as its first report gave it: by them the switch can be told to end the call.
    `interim_s`: how often the switch shows that the call goes on (0: as the settings say).
    `trunk_out`: the vendor's trunk that it is tried by first. `end_user`: whose call it is, "" nobody's.
    """

    hold_id: HoldId
    call_key: CallKey
    partner: PartnerId
    trunk: TrunkId
    switch: SwitchId
    currency: Currency
    amount: int
    granted_s: int
    mode: HoldMode
    placed_ms: int
    expires_ms: int
    started: bool
    a: str
    b: str
    destination: DestinationId
    terms: Terms
    granted_kb: int = 0
    call_id: bytes = b""
    session_id: bytes = b""
    interim_s: int = 0
    trunk_out: TrunkId | None = None
    end_user: EndUserId = NO_USER


@dataclass(frozen=True, slots=True)
class HoldTimes:
    """How long holds live, ms and seconds of business time: the settings of DESIGN §5.

    `lost_end_s`: the silence after which the end of a leg is taken to be lost; `longest_s`: that where nothing is heard
    between start and end.
    """

    asked_ms: int = 180_000
    grace_ms: int = 60_000
    piece_s: int = 600
    interim_s: int = 0
    lost_end_s: int = 3_600
    longest_s: int = 14_460

    def expiry_when_started(self, hold: Hold, at_ms: int) -> int:
        """Return when a started hold lapses without a sign of life: 3 interims, else the credit time and grace."""
        interim_s = self._between_signs_s(hold.interim_s)
        if interim_s and hold.mode is HoldMode.PIECES:
            return at_ms + 3 * interim_s * 1000
        return at_ms + hold.granted_s * 1000 + self.grace_ms

    def expiry_when_back(self, hold: Hold, ran_s: int, at_ms: int) -> int:
        """Return when a hold lapses that is placed anew, since its call runs on after so many seconds."""
        if hold.mode is HoldMode.PIECES:
            return self.expiry_when_started(hold, at_ms)
        return at_ms + 1000 * max(0, hold.granted_s - ran_s) + self.grace_ms

    def silence_ms(self, hold: Hold) -> int:
        """Return for how long a call must have been silent, while it could be heard, before its hold lapses."""
        interim_s = self._between_signs_s(hold.interim_s)
        return 3 * interim_s * 1000 if interim_s and hold.mode is HoldMode.PIECES else self.grace_ms

    def piece_of(self, interim_s: int) -> int:
        """Return how far ahead a piece reaches, seconds, where a switch shows its calls so often (0: as the settings
        say): to the next sign of life at least, or calls would run on with nothing held.
        """
        return max(self.piece_s, self._between_signs_s(interim_s))

    def _between_signs_s(self, interim_s: int) -> int:
        return min(interim_s or self.interim_s, LONGEST_INTERIM_S)
