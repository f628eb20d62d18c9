"""End users of a client partner: subscribers, cards, PBXs, by whose keys a call of the partner is found to be theirs.

The partner pays us; an end user has limits, usage and a bill of his own beside that. Who he is is looked up by what the
switch calls him, exactly, and else by the longest of the callers' numbers or prefixes that begins the caller's.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.directory import Partner
from domain.ids import EndUserId, PartnerId
from domain.limits import OF_USER, Limit, LimitId, LimitUse, Period

SHORTEST_CALLER, LONGEST_CALLER = 5, 15
"""Lengths of a caller's number in E.164; what is no number has no prefix that means anything."""
MOST_KEPT = 10_000
"""End users whose limits are kept ready at a time."""


class EndUserStatus(StrEnum):
    """Whether an end user's calls may go."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class EndUser:
    """One end user. `user_names`: what switches call him (User-Name, digest user name).

    `callers`: E.164 numbers that he calls from, or prefixes of them. His own limits are as in limits.Limit: money is
    units of the contract's currency, days are those of its zone.
    """

    id: EndUserId
    name: str = ""
    user_names: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    status: EndUserStatus = EndUserStatus.ACTIVE
    max_calls: int | None = None
    max_cps: int | None = None
    burst: int | None = None
    max_minutes: int | None = None
    max_units: int | None = None
    period: Period = Period.MONTH

    @property
    def limited(self) -> bool:
        """Say whether he has any limit of his own."""
        return (self.max_calls, self.max_cps, self.max_minutes, self.max_units) != (None,) * 4


@dataclass(frozen=True, slots=True)
class EndUserUse:
    """What an end user uses now: his open calls, and what is used of each limit on him."""

    open_calls: int = 0
    limits: tuple[LimitUse, ...] = ()


class EndUsers(Protocol):
    """The end users of one partner, found in microseconds however many they are."""

    @property
    def periods(self) -> Collection[Period]:
        """The periods of those whose minutes or money are limited."""
        ...

    @property
    def mark(self) -> object:
        """What is equal only where all users and their fields are."""
        ...

    def get(self, user: EndUserId) -> EndUser | None:
        """Return an end user by his id."""
        ...

    def named(self, user_name: str) -> EndUser | None:
        """Return whom switches call so."""
        ...

    def calling(self, caller: str) -> EndUser | None:
        """Return who calls from a number (E.164 digits): the one with the longest prefix of it."""
        ...


class EndUserList:
    """End users in memory: the twin of those in a published file. Invariant: no key is of two of them."""

    def __init__(self, users: Iterable[EndUser]) -> None:
        self._by_id = {user.id: user for user in users}
        everyone = self._by_id.values()
        self._by_name = {name: user for user in everyone for name in user.user_names}
        self._by_caller = {caller: user for user in everyone for caller in user.callers}
        self._sizes = sorted({len(caller) for caller in self._by_caller}, reverse=True)
        self.periods: Collection[Period] = periods_of(everyone)
        self.mark: object = tuple(everyone)

    def get(self, user: EndUserId) -> EndUser | None:
        """Return an end user by his id."""
        return self._by_id.get(user)

    def named(self, user_name: str) -> EndUser | None:
        """Return whom switches call so."""
        return self._by_name.get(user_name)

    def calling(self, caller: str) -> EndUser | None:
        """Return who calls from a number: the one with the longest prefix of it."""
        if not is_number(caller):
            return None
        for size in self._sizes:
            found = self._by_caller.get(caller[:size])
            if found is not None and len(caller) >= size:
                return found
        return None


def periods_of(users: Iterable[EndUser]) -> frozenset[Period]:
    """Return the periods of the users whose minutes or money are limited."""
    return frozenset(user.period for user in users if user.max_minutes is not None or user.max_units is not None)


def is_number(caller: str) -> bool:
    """Say whether a caller is a number whose prefix tells who it is; a hardware address or an extension is none."""
    return caller.isdecimal() and caller.isascii() and SHORTEST_CALLER <= len(caller) <= LONGEST_CALLER


def found_among(users: EndUsers, user_names: Sequence[str], caller: str) -> EndUser | None:
    """Return the end user of a call: by the first of the names that is a user's, else by the caller's number."""
    for name in user_names:
        if name:
            found = users.named(name)
            if found is not None:
                return found
    return users.calling(caller)


def limit_name(partner: str, user: EndUserId) -> LimitId:
    """Return the id of an end user's own limit: no operator can give it to another."""
    return LimitId(f"{OF_USER}{partner}/{user}")


def user_of(limit: LimitId) -> tuple[PartnerId, EndUserId] | None:
    """Return whose own limit has an id: the partner and its end user; None: it is no end user's."""
    if not limit.startswith(OF_USER):
        return None
    partner, _, user = limit.removeprefix(OF_USER).rpartition("/")
    return PartnerId(partner), EndUserId(user)


def own_limit(user: EndUser, partner: Partner) -> Limit:
    """Return an end user's own limit, in the money and the zone of his partner's contract."""
    return Limit(
        limit_name(partner.id, user.id),
        client=partner.id,
        end_user=user.id,
        max_calls=user.max_calls,
        max_cps=user.max_cps,
        burst=user.burst,
        max_minutes=user.max_minutes,
        max_units=user.max_units,
        currency=partner.currency if user.max_units is not None else None,
        period=user.period,
        zone=partner.zone,
    )


class UserLimits:
    """The limits on end users of one partner: their own, and those of the catalog that name one of them.

    Limits are made when they are asked for, and at most MOST_KEPT are kept: there may be 100,000 users.
    """

    __slots__ = ("_kept", "_named", "_partner", "_users", "named")

    def __init__(self, partner: Partner | None, users: EndUsers | None, named: Sequence[Limit]) -> None:
        self._partner, self._users, self.named = partner, users, tuple(named)
        self._named: dict[EndUserId, tuple[Limit, ...]] = {}
        for limit in named:
            self._named[limit.end_user] = (*self._named.get(limit.end_user, ()), limit)
        self._kept: dict[EndUserId, tuple[Limit, ...]] = {}

    def __bool__(self) -> bool:
        """Say whether there is any end user, or a limit on one."""
        return self._users is not None or bool(self.named)

    def counts_as(self, other: "UserLimits") -> bool:
        """Say whether every call counts against the same limits as by the other: then nothing is to be counted anew."""
        return self.named == other.named and self._terms == other._terms and self._mark == other._mark

    @property
    def _terms(self) -> object:
        return (self._partner.id, self._partner.currency, self._partner.zone) if self._partner is not None else None

    @property
    def _mark(self) -> object:
        return self._users.mark if self._users is not None else None

    def of(self, user: EndUserId) -> tuple[Limit, ...]:
        """Return the limits that count an end user's calls."""
        known = self._kept.get(user)
        if known is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            known = self._kept[user] = self._made(user)
        return known

    def _made(self, user: EndUserId) -> tuple[Limit, ...]:
        found = self._user(user)
        own = (own_limit(found, self._partner),) if found is not None and found.limited and self._partner else ()
        return (*own, *self._named.get(user, ()))

    def suspends(self, user: EndUserId) -> bool:
        """Say whether an end user is suspended."""
        found = self._user(user)
        return found is not None and found.status is EndUserStatus.SUSPENDED

    def _user(self, user: EndUserId) -> EndUser | None:
        return self._users.get(user) if self._users is not None else None

    @property
    def metered(self) -> list[Limit]:
        """Return limits with every period in which minutes or money of end users are counted."""
        found = [limit for limit in self.named if limit.metered]
        if self._users is not None and self._partner is not None:
            partner = self._partner
            found += [
                Limit(LimitId(""), max_minutes=0, period=period, zone=partner.zone) for period in self._users.periods
            ]
        return found


NO_USERS = UserLimits(None, None, ())
