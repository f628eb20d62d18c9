"""Forgetting, a little at a time, what was used of limits in periods that are over, and by end users who are gone.

What is used is written down when a call ends, and only then are its limit's former periods forgotten. An end user who
calls no more, or was removed, would otherwise stay in memory and in the book for ever.
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from domain.directory import Directory
from domain.end_users import own_limit, user_of
from domain.limits import ALL_TIMES_MS, Limit, LimitId

T = TypeVar("T")

EVERY_MS = 3_600_000
"""How often all that is known is looked through, ms of business time."""
AT_ONCE = 500
"""Things that are looked at in one go: live calls wait for it."""
OLD_MS = 62 * 86_400_000
"""A period that began earlier is neither this one nor the one before it, be it a month."""


class KnownLimits:
    """The limits of a directory, by their ids and by the names that their use is kept under; those of end users
    themselves are made when they are asked for."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._by_id = {limit.id: limit for limit in directory.limits}
        self._by_use = {limit.use_id: limit for limit in directory.limits}

    def used(self, use_id: LimitId) -> Limit | None:
        """Return the limit whose use is kept under a name; None where it is gone, or its end user."""
        return self._by_use.get(use_id) or self._own(use_id)

    def named(self, limit: LimitId) -> Limit | None:
        """Return a limit by its id; None where it is gone, or its end user."""
        return self._by_id.get(limit) or self._own(limit)

    def use_id(self, limit: LimitId) -> LimitId:
        """Return the name for the use of a limit that is known by its id; that of others stays."""
        found = self._by_id.get(limit)
        return found.use_id if found is not None else limit

    def _own(self, limit: LimitId) -> Limit | None:
        whose = user_of(limit)
        if whose is None:
            return None
        partner, users = self._directory.partners.get(whose[0]), self._directory.end_users.get(whose[0])
        user = users.get(whose[1]) if users is not None else None
        return own_limit(user, partner) if user is not None and partner is not None else None


class Sweep(Generic[T]):
    """All things of a kind, some of them after some others, and then again after a while.

    Invariant: the first look is a while after the start: what is missing then may only not have come yet.
    """

    def __init__(self) -> None:
        self._began_ms = 0
        self._left: list[T] = []

    def some(self, at_ms: int, everything: Callable[[], list[T]]) -> list[T]:
        """Return what is to be looked at now."""
        if not self._began_ms:
            self._began_ms = at_ms
        elif not self._left and not 0 <= at_ms - self._began_ms < EVERY_MS:
            self._began_ms, self._left = at_ms, everything()
        some, self._left = self._left[:AT_ONCE], self._left[AT_ONCE:]
        return some


def over(limit: Limit | None, periods: Iterable[int], at_ms: int) -> list[int]:
    """Return those of the periods (by when they began) whose use need be known no more at a moment; None: a limit
    that is gone.

    What was used of all times is of a balance, which an end user has again when his limit is one for ever again.
    """
    if limit is None:
        return list(periods)
    old_ms = max(limit.before_ms(at_ms), at_ms - OLD_MS)
    return [its for its in periods if its < old_ms and its != ALL_TIMES_MS]
