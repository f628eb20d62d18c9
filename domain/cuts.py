"""Calls that are to be ended before their time: why, from when on, and how often their switch is told (DESIGN §5)."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.agenda import Agenda
from domain.holds import Hold
from domain.ids import HoldId, PartnerId

OFFERS = 3
OFFER_AGAIN_MS = 10_000
"""Machine time after which a cut is offered again while its call is still held: the node that took it may have died.
Longer than a node goes on telling a switch that does not answer."""


class CutReason(StrEnum):
    """Why a call is to end. The value is what logs and the story of a call show."""

    NO_CREDIT = "credit-ended"
    SUSPENDED = "partner-suspended"
    TIME_UP = "time-used-up"
    OPERATOR = "by-operator"


@dataclass(frozen=True, slots=True)
class Cut:
    """A call that is to end at `due_ms` (business time), when it has run for the `covered_s` that its hold covers.

    `wanted_s` is what the hold was to cover: it is off only when that much is covered, whatever older reports say.
    """

    hold_id: HoldId
    reason: CutReason
    due_ms: int
    covered_s: int
    wanted_s: int


@dataclass(frozen=True, slots=True)
class WantedCut:
    """A cut as it is offered to nodes, for the `offer`-th time; one of them tells the call's switch."""

    hold: Hold
    reason: CutReason
    offer: int


class CutOutcome(StrEnum):
    """What became of telling a switch to end a call."""

    ENDED = "ended"
    REFUSED = "refused"
    NO_ANSWER = "no-answer"
    CANNOT = "cannot-be-told"
    BUSY = "too-much-in-work"


@dataclass(frozen=True, slots=True)
class CutResult:
    """What became of it, in words; `error_cause` is the number that a refusal gave (RFC 5176 §3.5), 0 for none."""

    outcome: CutOutcome
    text: str
    error_cause: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    cut: Cut
    partner: PartnerId
    offers: int = 0
    again_ms: int = 0


@dataclass(slots=True)
class Cuts:
    """The cuts of a book's calls, at most one for each hold.

    Each is offered when it is due, to whoever asks first, and again after OFFER_AGAIN_MS while it is wanted, OFFERS
    times in all; `given_up` counts those that were wanted still. Not durable: a call's next sign of life wants it anew,
    as it does one that was given up.
    """

    given_up: int = 0
    _waiting: dict[HoldId, _Waiting] = field(default_factory=dict)
    _due: Agenda[HoldId] = field(default_factory=Agenda)
    _again: Agenda[HoldId] = field(default_factory=Agenda)
    _gave_up: list[tuple[HoldId, PartnerId]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._waiting)

    def want(self, cut: Cut, partner: PartnerId) -> None:
        """Take a cut of a partner's call; it takes the place of one of the same hold."""
        self.drop(cut.hold_id)
        self._waiting[cut.hold_id] = _Waiting(cut, partner)
        self._due.add(cut.hold_id, cut.due_ms)

    def drop(self, hold_id: HoldId) -> None:
        """Forget a hold's cut: the call is over, or there is money again."""
        known = self._waiting.pop(hold_id, None)
        if known is not None:
            self._agenda(known).remove(hold_id, known.again_ms if known.offers else known.cut.due_ms)

    def take(self, at_ms: int, machine_ms: int, most: int) -> list[tuple[Cut, PartnerId, int]]:
        """Return up to `most` cuts to be made now, each with its partner and the number of its offer."""
        found: list[HoldId] = []
        for agenda, now_ms in ((self._again, machine_ms), (self._due, at_ms)):
            for hold_id in agenda.due(now_ms):
                if len(found) == most:
                    break
                found.append(hold_id)
        return [offered for hold_id in found if (offered := self._offer(hold_id, machine_ms)) is not None]

    def gave_up(self) -> list[tuple[HoldId, PartnerId]]:
        """Return, once, the holds whose cuts were given up since this was asked last: nobody wants them any more."""
        gone, self._gave_up = self._gave_up, []
        return gone

    def _offer(self, hold_id: HoldId, machine_ms: int) -> tuple[Cut, PartnerId, int] | None:
        known = self._waiting[hold_id]
        self.drop(hold_id)
        if known.offers == OFFERS:
            self.given_up += 1
            self._gave_up.append((hold_id, known.partner))
            return None
        again = replace(known, offers=known.offers + 1, again_ms=machine_ms + OFFER_AGAIN_MS)
        self._waiting[hold_id] = again
        self._again.add(hold_id, again.again_ms)
        return again.cut, again.partner, again.offers

    def _agenda(self, known: _Waiting) -> Agenda[HoldId]:
        return self._again if known.offers else self._due
