"""The reference book: which destination a number belongs to, by the longest code that begins it."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.ids import DestinationId
from domain.prefixes import PrefixTable

BASE = "base"
"""The kind of a destination that holds a whole country; other kinds are breakouts of it."""
NO_COUNTRY = "001"
"""The country of what belongs to none: satellites, freephone and the like. (001 is the world in UN M49.)"""


def country_words(country: str) -> str:
    """Return a country as it is told of: by its letters, or International."""
    return "International" if country == NO_COUNTRY else country


@dataclass(frozen=True, slots=True)
class Destination:
    """A named group of codes. `country` is ISO 3166-1 alpha-2, or NO_COUNTRY; `kind` as in seeding."""

    id: DestinationId
    name: str
    country: str
    kind: str = BASE


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """A code of a destination, valid in [from, until) of UTC ms; until None: open."""

    code: str
    destination: DestinationId
    valid_from_ms: int = 0
    valid_until_ms: int | None = None

    def valid_at(self, at_ms: int) -> bool:
        """Return whether the code belongs to its destination at the moment."""
        return self.valid_from_ms <= at_ms and (self.valid_until_ms is None or at_ms < self.valid_until_ms)


@dataclass(frozen=True, slots=True)
class CodeSeed:
    """A code and the name, country and kind of the destination that it belongs to (made when it is new).

    `country` "": that of the destination, for a new one that of the longest shorter code.
    """

    code: str
    name: str
    country: str = ""
    kind: str = BASE


@dataclass(frozen=True, slots=True)
class CodeMatch:
    """A code that begins a number, and its destination, where that is told in [from, until) of UTC ms."""

    code: str
    destination: Destination
    valid_from_ms: int = 0
    valid_until_ms: int | None = None


class ReferenceBook:
    """One version of the book as it is at a moment. Twin of store.snapshots.MappedCodes; a CodeBook of the world."""

    def __init__(
        self, version: int, destinations: Iterable[Destination], codes: Iterable[CodeEntry], at_ms: int
    ) -> None:
        self.version = version
        self.destinations = {destination.id: destination for destination in destinations}
        self._codes = PrefixTable({entry.code: entry.destination for entry in codes if entry.valid_at(at_ms)})

    def find(self, number: str) -> tuple[CodeMatch, ...]:
        """Return all codes that begin the number, longest first: the first one decides."""
        return tuple(CodeMatch(code, self.destinations[owner]) for code, owner in self._codes.matches(number))

    def destination_of(self, number: str) -> DestinationId | None:
        """Return the destination of the longest code that begins the number; None when no code does."""
        found = self._codes.match(number)
        return found[1] if found else None

    def name_of(self, destination: DestinationId) -> str:
        """Return the destination's name; "" for one that is not known."""
        known = self.destinations.get(destination)
        return known.name if known else ""

    def country_of(self, destination: DestinationId) -> str:
        """Return the destination's country; "" for one that is not known."""
        known = self.destinations.get(destination)
        return known.country if known else ""

    def kind_of(self, destination: DestinationId) -> str:
        """Return which kind of numbers the destination has; "" for one that is not known."""
        known = self.destinations.get(destination)
        return known.kind if known else ""

    def all_codes(self) -> list[str]:
        """Return all codes, sorted as text."""
        return [code for code, _ in self.codes()]

    def codes(self) -> list[tuple[str, DestinationId]]:
        """Return all codes with their destinations, sorted as text."""
        return sorted(self._codes.items())
