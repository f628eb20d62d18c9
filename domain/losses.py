"""Allowed losses: calls of one client that may lose money, by name and within a budget.

Money is of the base currency, and what a call loses is what it really cost less what it really brought, both legs' and
all attempts' charges together. A call that earned something gives nothing back: the budget is for losses alone.
"""

from dataclasses import dataclass
from typing import NewType

from domain.errors import InputError
from domain.ids import DestinationId, PartnerId
from domain.limits import Period, period_begins

LossId = NewType("LossId", str)
LossUseId = NewType("LossUseId", str)
"""Under which use is counted: of an allowance that was removed and added again, or is for other periods now, it is
another one."""
PERIODS = (Period.DAY, Period.WEEK, Period.MONTH, Period.EVER)
MOST_BP = 1_000_000
LONGEST_WHY = 200
FOREVER_MS = 2**62


@dataclass(frozen=True, slots=True)
class AllowedLoss:
    """One allowance; None and "" in what it names: any.

    `budget` (units of the base currency) may be lost in each `period` by the calls that it covers; `most_bp`: of the
    revenue, at most what one of them may be expected to lose, basis points. It holds from `from_ms` until `until_ms`.
    `made_ms`: when it was made, which tells it from one of the same name before it.
    """

    id: LossId
    client: PartnerId
    budget: int
    period: Period = Period.MONTH
    vendor: PartnerId | None = None
    destination: DestinationId | None = None
    code: str = ""
    most_bp: int | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    zone: str = "UTC"
    why: str = ""
    made_ms: int = 0

    @property
    def use_id(self) -> LossUseId:
        """Return the name under which its use is counted."""
        return LossUseId(f"{self.id} {self.made_ms} {self.period} {self.zone}")

    def covers(self, number: str, destination: DestinationId, at_ms: int) -> bool:
        """Say whether calls to a number (E.164 digits) may lose money by it at a moment, as far as money is left."""
        return (
            self.destination in (None, destination)
            and number.startswith(self.code)
            and (self.from_ms or 0) <= at_ms < (FOREVER_MS if self.until_ms is None else self.until_ms)
        )

    def period_ms(self, at_ms: int) -> int:
        """Return when the period began that a moment is in."""
        return period_begins(self.period, self.zone, at_ms)

    @property
    def words(self) -> str:
        """Say in which period, after what may be lost: " a day"; nothing for EVER."""
        return "" if self.period is Period.EVER else f" a {self.period}"


@dataclass(frozen=True, slots=True)
class LossUse:
    """What is used of an allowance in one period: lost by calls that are over, set aside for `calls` that are not."""

    use_id: LossUseId
    period_ms: int
    lost: int = 0
    aside: int = 0
    calls: int = 0

    @property
    def taken(self) -> int:
        """What is left of the budget is without this."""
        return self.lost + self.aside


def check_allowed(loss: AllowedLoss) -> None:
    """Raise InputError for figures that cannot be."""
    where = f"allowed loss {loss.id}"
    if not 0 < loss.budget < 2**62:
        raise InputError("the budget is no amount above zero", where=where, mend="Give how much may be lost: 25.00.")
    if loss.period not in PERIODS:
        raise InputError(f"no budget is of a {loss.period}", where=where, mend=f"Give one of {', '.join(PERIODS)}.")
    if loss.destination is not None and loss.code:
        raise InputError("both a destination and a code are given", where=where, mend="Give one of them.")
    if loss.code and not (loss.code.isascii() and loss.code.isdigit() and len(loss.code) <= 15):
        raise InputError(f"{loss.code!r} is no code", where=where, mend="Give digits that numbers begin with.")
    if loss.most_bp is not None and not 1 <= loss.most_bp <= MOST_BP:
        raise InputError(f"most_bp is {loss.most_bp}", where=where, mend=f"Give 1 to {MOST_BP:,}, or nothing.")
    if loss.vendor == loss.client:
        raise InputError(f"{loss.client} sends no calls to itself", where=where, mend="Name another vendor.")
    if loss.from_ms is not None and loss.until_ms is not None and loss.until_ms <= loss.from_ms:
        raise InputError("it ends before it begins", where=where, mend="Give an --until after --from.")
    if len(loss.why) > LONGEST_WHY:
        raise InputError(f"the reason has {len(loss.why)} characters", where=where, mend=f"Give {LONGEST_WHY} at most.")
