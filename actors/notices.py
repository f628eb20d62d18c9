"""What a book has to tell the desk of its partners: numbered, durable with the change that it tells of, told once."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.credit import USUAL, Notice
from domain.directory import Directory
from domain.ids import PartnerId
from domain.partner import Partner

SHOWN = 20
"""Names that a picture of standings gives at most."""


@dataclass(frozen=True, slots=True)
class News:
    """What the desk takes from a book: notices by number, and who is suspended by the balance or told of low funds
    or of the highest share at present, SHOWN names of each, with how many there are."""

    notices: tuple[tuple[int, Notice], ...]
    suspended: tuple[PartnerId, ...] = ()
    suspended_count: int = 0
    near: tuple[PartnerId, ...] = ()
    near_count: int = 0


class Notices:
    """The notices of one book that the desk has not acknowledged.

    Invariant: numbers count up and none is given twice; what is in `waiting` is committed.
    """

    def __init__(self, waiting: dict[int, Notice], last: int) -> None:
        """`last`: the highest number that was ever given."""
        self.waiting = waiting
        self._last = last

    def numbered(self, notices: Iterable[Notice]) -> list[tuple[int, Notice]]:
        """Give new notices their numbers; they wait once they are committed."""
        found = [(number, notice) for number, notice in enumerate(notices, self._last + 1)]
        self._last += len(found)
        return found

    def after(self, number: int, most: int) -> tuple[tuple[int, Notice], ...]:
        """Return the oldest notices above a number, `most` at most."""
        return tuple(sorted((at, notice) for at, notice in list(self.waiting.items()) if at > number))[:most]

    def drop(self, up_to: int) -> None:
        """Forget what the desk has."""
        for number in [number for number in self.waiting if number <= up_to]:
            del self.waiting[number]


def news(notices: tuple[tuple[int, Notice], ...], partners: Iterable[Partner], directory: Directory) -> News:
    """Return the news of a book: notices, and how its partners stand by the terms of a directory."""
    suspended: list[PartnerId] = []
    near: list[PartnerId] = []
    for partner in partners:
        its, terms = partner.standing, directory.partners.get(partner.id)
        if its is USUAL or terms is None:
            continue
        if its.suspended:
            suspended.append(partner.id)
        elif its.low or 0 < max(terms.options.warn_percent, default=0) <= its.warned:
            near.append(partner.id)
    return News(notices, tuple(sorted(suspended)[:SHOWN]), len(suspended), tuple(sorted(near)[:SHOWN]), len(near))
