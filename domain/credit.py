"""Credit watch: what a partner's balance does when it nears or passes what it may owe.

The contract says at which shares of the limit somebody is told, and whether the partner is suspended at the limit.
Suspension by the balance is no operator's: a payment ends it, at once.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.ids import PartnerId
from domain.money import Currency
from domain.short_calls import ShortCallRule

if TYPE_CHECKING:
    from domain.directory import Partner


class OnLimit(StrEnum):
    """What is done when a partner has used up its credit or prepaid funds. REFUSE: calls are refused one by one."""

    REFUSE = "refuse"
    SUSPEND = "suspend"


class UnknownUsers(StrEnum):
    """What is done with a call of a partner with end users that is none of theirs. ADMIT: it is the partner's alone."""

    ADMIT = "pass"
    REFUSE = "refuse"


class NoticeKind(StrEnum):
    """What a book has to tell the desk about a partner, once."""

    WARNED = "warned"
    LOW_BALANCE = "low-balance"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"


@dataclass(frozen=True, slots=True)
class PartnerOptions:
    """What not every contract says; each by its name in `partners set`.

    `warn_percent`: shares of the credit limit used, in per cent, at each of which somebody is told; `low_balance`
    (units, prepaid): told below it. `on_limit`: what is done at the limit; `reinstate_below`: a partner suspended by
    its balance comes back when it has used less than this share, per cent. `short_sell`, `short_buy`: what we charge
    it for short calls, and what it charges us. `unknown_users`: what is done with calls of none of its end users, where
    it has any. `vendor_class`, such as premium, and `cli_guaranteed`, whether it hands on the caller's number: what
    policies may ask of a vendor. `min_margin_bp` (basis points of revenue), `min_margin` (units of the base currency a
    real minute): the least that a call must earn by this vendor, whatever policies want beside it. `failover`: what its
    failures mean, before what policies say of them (domain.failover).
    """

    warn_percent: tuple[int, ...] = (50, 80, 95)
    low_balance: int = 0
    on_limit: OnLimit = OnLimit.REFUSE
    reinstate_below: int = 100
    unknown_users: UnknownUsers = UnknownUsers.ADMIT
    vendor_class: str = ""
    cli_guaranteed: bool = False
    short_sell: ShortCallRule = field(default_factory=ShortCallRule)
    short_buy: ShortCallRule = field(default_factory=ShortCallRule)
    min_margin_bp: int = 0
    min_margin: int = 0
    failover: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a partner stands by its balance: durable in its book, changed with the balance in one transaction.

    `warned` is the highest share (per cent) that was told of and is still passed; `low`: told of a low balance;
    `since_ms`: when it was last suspended or reinstated, 0: never.
    """

    suspended: bool = False
    warned: int = 0
    low: bool = False
    since_ms: int = 0


_NONE = Currency("")
USUAL = Standing()
"""How a partner stands of whom nothing had to be told."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody is to be told of a partner, once. `owed` and `limit` are units of `currency` (prepaid funds are
    negative and have no limit); `percent`: the share of the limit that was passed; `text`: what else there is to say.
    """

    kind: NoticeKind
    partner: PartnerId
    at_ms: int
    percent: int = 0
    owed: int = 0
    limit: int = 0
    currency: Currency = _NONE
    prepaid: bool = False
    text: str = ""


def watch(standing: Standing, owed: int, terms: "Partner", at_ms: int) -> tuple[Standing, tuple[Notice, ...]]:
    """Return how a partner stands that owes so many units, and what is new of that.

    Each share of the limit is told of when it is passed, and armed again when it is left. Charges that no call has
    yet are no part of this: they are held, and only keep further calls from being promised the same money.
    """
    options, limit = terms.options, 0 if terms.prepaid else terms.credit_limit
    warned, hundredfold = 0, owed * 100
    if limit > 0:
        for share in options.warn_percent:
            if hundredfold >= share * limit and share > warned:
                warned = share
    low = terms.prepaid and options.low_balance > 0 and -owed < options.low_balance
    suspended = _suspended(standing, owed, limit, options)
    if suspended is standing.suspended and warned == standing.warned and low is standing.low:
        return standing, ()
    passed = sorted(share for share in options.warn_percent if standing.warned < share <= warned)
    told = [(NoticeKind.WARNED, share) for share in passed]
    if low and not standing.low:
        told.append((NoticeKind.LOW_BALANCE, 0))
    since_ms = standing.since_ms
    if suspended is not standing.suspended:
        told.append((NoticeKind.SUSPENDED if suspended else NoticeKind.REINSTATED, 0))
        since_ms = at_ms
    about = Notice(NoticeKind.WARNED, terms.id, at_ms, 0, owed, limit, terms.currency, terms.prepaid)
    notices = tuple(replace(about, kind=kind, percent=share) for kind, share in told)
    return Standing(suspended, warned, low, since_ms), notices


def _suspended(standing: Standing, owed: int, limit: int, options: PartnerOptions) -> bool:
    """Whether a partner is suspended by its balance: from the limit on, until it is below the share where it comes
    back. Without a limit that is any funds of its own."""
    if options.on_limit is not OnLimit.SUSPEND:
        return False
    if owed >= limit:
        return True
    back = owed * 100 < limit * options.reinstate_below if limit > 0 else owed < 0
    return standing.suspended and not back
