"""What a book has to tell the desk of its partners: numbered, durable with the change that it tells of, told once."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.credit import Notice
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
    """The notices of one book that the desk has not acknowledged, and the partners of which there is anything to show.

    Invariant: numbers count up and none is given twice; what is in `waiting` is committed. The book's writer changes
    this; any thread may read it.
    """

    def __init__(self, waiting: dict[int, Notice], last: int) -> None:
        """`last`: the highest number that was ever given."""
        self.waiting = waiting
        self._last = last
        self._watched: dict[PartnerId, Partner] = {}

    def stands(self, partner: Partner) -> None:
        """Take note of how a partner stands now."""
        its = partner.standing
        if its.suspended or its.low or its.warned:
            self._watched[partner.id] = partner
        else:
            self._watched.pop(partner.id, None)

    def left(self, partner: PartnerId) -> None:
        """Show nothing more of a partner that lives in another book from now on."""
        self._watched.pop(partner, None)

    def numbered(self, notices: Iterable[Notice]) -> list[tuple[int, Notice]]:
        """Give new notices their numbers; they wait once they are committed."""
        found = [(number, notice) for number, notice in enumerate(notices, self._last + 1)]
        self._last += len(found)
        return found

    def after(self, number: int, most: int) -> tuple[tuple[int, Notice], ...]:
        """Return the oldest notices above a number, `most` at most."""
        found = [(at, notice) for at, notice in list(self.waiting.items()) if at > number]
        return tuple(sorted(found, key=lambda item: item[0])[:most])

    def has_spent(self, number: int) -> bool:
        """Whether notices up to a number wait, or the desk has heard of numbers that this book never gave: the book
        was brought back from before them, and must not give them again."""
        return number > self._last or any(at <= number for at in list(self.waiting))

    def drop(self, up_to: int) -> None:
        """Forget what the desk has."""
        self._last = max(self._last, up_to)
        for number in [number for number in self.waiting if number <= up_to]:
            del self.waiting[number]

    def news(self, after: int, most: int, directory: Directory) -> News:
        """Return `most` notices above a number, and who stands badly by the terms of a directory."""
        suspended: list[PartnerId] = []
        near: list[PartnerId] = []
        for partner in list(self._watched.values()):
            its, terms = partner.standing, directory.partners.get(partner.id)
            if terms is None:
                continue
            if its.suspended:
                suspended.append(partner.id)
            elif its.low or 0 < max(terms.options.warn_percent, default=0) <= its.warned:
                near.append(partner.id)
        names = tuple(sorted(suspended)[:SHOWN]), tuple(sorted(near)[:SHOWN])
        return News(self.after(after, most), names[0], len(suspended), names[1], len(near))
