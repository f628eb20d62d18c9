"""Where partners live who were moved from the book that their names give, as one book knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.ids import PartnerId
from domain.placement import Placement


@dataclass(slots=True)
class Whereabouts:
    """What book `number` knows: `known` has each partner that came here or left, with the book where it went last.

    Each book believes its own `known` alone: a partner lives here if it came and did not leave, or was at home here
    and never left. Invariant: whoever follows `of` from any book comes to the partner, since it points along the way
    that the partner itself went, and what is sent after it arrives after it. `pins` only save a step on the way.
    """

    number: int
    placement: Placement
    known: dict[PartnerId, int] = field(default_factory=dict)
    pins: Mapping[PartnerId, int] = field(default_factory=dict)

    def here(self, partner: PartnerId) -> bool:
        """Return whether a partner lives in this book."""
        return self.of(partner) == self.number

    def of(self, partner: PartnerId) -> int:
        """Return the book to ask for a partner: this one where it lives here."""
        known = self.known.get(partner)
        if known is not None:
            return known
        home = self.placement.book_of_partner(partner)
        if home == self.number:
            return home
        pinned = self.pins.get(partner, home)
        return home if pinned == self.number else pinned  # it has not come here yet: it is sought where it comes from

    def came(self, partner: PartnerId) -> int | None:
        """Return what is to be known of a partner that came here; None: nothing, it is at home here."""
        return None if self.placement.book_of_partner(partner) == self.number else self.number

    def note(self, partner: PartnerId, book: int | None) -> None:
        """Know from now on that a partner went to a book; None: it is at home here."""
        if book is None:
            self.known.pop(partner, None)
        else:
            self.known[partner] = book
