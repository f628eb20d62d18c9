"""Credit watch: what a partner's balance does when it nears or passes what it may owe.

The contract says at which shares of the limit somebody is told, and whether the partner is suspended at the limit.
Suspension by the balance is no operator's: a payment ends it, at once.
"""

from dataclasses import dataclass
from enum import StrEnum


class OnLimit(StrEnum):
    """What is done when a partner has used up its credit or prepaid funds. REFUSE: calls are refused one by one."""

    REFUSE = "refuse"
    SUSPEND = "suspend"


class NoticeKind(StrEnum):
    """What a book has to tell the desk about a partner, once."""

    WARNED = "warned"
    LOW_BALANCE = "low-balance"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    LOST_END = "lost-end"


@dataclass(frozen=True, slots=True)
class PartnerOptions:
    """What not every contract says; each by its name in `partners set`.

    `warn_percent`: shares of the credit limit used, in per cent, at each of which somebody is told; `low_balance`
    (units, prepaid): told below it. `on_limit`: what is done at the limit; `reinstate_below`: a partner suspended by
    its balance comes back when it has used no more than this share, per cent.
    """

    warn_percent: tuple[int, ...] = (50, 80, 95)
    low_balance: int = 0
    on_limit: OnLimit = OnLimit.REFUSE
    reinstate_below: int = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """How a partner stands by its balance: durable in its book, changed with the balance in one transaction.

    `warned` is the highest share (per cent) that was told of and is still passed; `low`: told of a low balance.
    """

    suspended: bool = False
    warned: int = 0
    low: bool = False
    since_ms: int = 0
