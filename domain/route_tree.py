"""The tree of destinations by country, with how calls to them go: rows of the routing screen, sorted, in pages."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import takewhile

from domain.codes import NO_COUNTRY, country_words
from domain.ids import DestinationId, PartnerId
from domain.world import CodeBook

NOT_IN_THE_BOOK = "not in the book"
_LENGTH, _LONGEST = 12, 15


class TreeSort(StrEnum):
    """By what rows stand: the most first, but names from a to z, and ASR and ACD from the least of those with calls."""

    ATTEMPTS = "attempts"
    ASR = "asr"
    ACD = "acd"
    MINUTES = "minutes"
    OPEN = "open"
    OUT = "out"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class DestinationSum:
    """All calls to a destination over a window, or a client's. `ended_answered`: of those that are over; `vendors`:
    those that had calls of it in seven days and are not away; `away`: those that are out, or only tried; `last`: those
    that stand behind all others for their quality, or since nothing is known of them."""

    destination: DestinationId
    attempts: int = 0
    answered: int = 0
    ended_answered: int = 0
    effective: int = 0
    talk_s: int = 0
    open_calls: int = 0
    vendors: tuple[PartnerId, ...] = ()
    away: tuple[PartnerId, ...] = ()
    last: tuple[PartnerId, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A destination of the reference book, and a number that belongs to it."""

    destination: DestinationId
    name: str
    country: str
    number: str


@dataclass(slots=True)
class Node:
    """A row: a country, or a destination of one. `away`, `last`: a name for each route that is so."""

    country: str
    title: str
    destination: DestinationId = DestinationId(0)  # noqa: RUF009  # a new type of int, no call that makes anything
    number: str = ""
    destinations: int = 0
    attempts: int = 0
    answered: int = 0
    ended_answered: int = 0
    effective: int = 0
    talk_s: int = 0
    open_calls: int = 0
    vendors: set[PartnerId] = field(default_factory=set)
    away: list[PartnerId] = field(default_factory=list)
    last: list[PartnerId] = field(default_factory=list)

    def add(self, its: DestinationSum) -> None:
        """Count the calls to a destination."""
        self.attempts += its.attempts
        self.answered += its.answered
        self.ended_answered += its.ended_answered
        self.effective += its.effective
        self.talk_s += its.talk_s
        self.open_calls += its.open_calls
        self.vendors.update(its.vendors)
        self.away.extend(its.away)
        self.last.extend(its.last)

    @property
    def is_busy(self) -> bool:
        """Say whether there is anything to be told of it."""
        return bool(self.attempts or self.open_calls or self.away or self.last)


class Places:
    """The reference book by country. Made once for each version of it: it looks up every code."""

    def __init__(self, codes: CodeBook) -> None:
        self.of = {one.destination: one for one in _places(codes)}
        self._by_country: defaultdict[str, list[Place]] = defaultdict(list)
        for place in self.of.values():
            self._by_country[place.country].append(place)
        self._titles = {country: _title(country, its) for country, its in self._by_country.items()}

    def countries(self, sums: Iterable[DestinationSum]) -> list[Node]:
        """Return all countries with the calls to them."""
        nodes = {
            country: Node(country, self._titles[country], destinations=len(its))
            for country, its in self._by_country.items()
        }
        for one in sums:
            place = self.of.get(one.destination)
            country = place.country if place else ""
            nodes.setdefault(country, Node(country, NOT_IN_THE_BOOK)).add(one)
        return list(nodes.values())

    def destinations(self, sums: Iterable[DestinationSum], wanted: Iterable[Place]) -> list[Node]:
        """Return destinations with the calls to them."""
        by = {one.destination: one for one in sums}
        return [self._node(place, by.get(place.destination)) for place in wanted]

    def in_country(self, country: str) -> Sequence[Place]:
        """Return the destinations of a country."""
        return self._by_country.get(country, ())

    def named(self, text: str) -> Iterator[Place]:
        """Yield the destinations whose name or country, by its letters or its name, has each word of a text."""
        words = text.lower().split()
        for place in self.of.values():
            said = f"{place.name} {place.country} {self._titles[place.country]}".lower()
            if all(word in said for word in words):
                yield place

    def _node(self, place: Place, its: DestinationSum | None) -> Node:
        node = Node(place.country, place.name, place.destination, place.number, 1)
        if its is not None:
            node.add(its)
        return node


def sorted_nodes(nodes: Iterable[Node], sort: TreeSort, *, busy: bool) -> list[Node]:
    """Return rows in their order; `busy`: only those of which there is anything to be told."""
    found = [node for node in nodes if node.is_busy or not busy]
    return sorted(found, key=lambda node: (*_order(node, sort), node.title.casefold(), node.destination))


def title_of(names: Iterable[str]) -> str:
    """Return the words with which all those names begin that share the most usual first one; "" where most do not.

    So a destination with a name of its own, "Cape Coast Mobile" in Burundi, does not take the country its name.
    """
    every = [name.split() for name in names]
    firsts = Counter(words[0] for words in every if words)
    first = max(firsts, key=firsts.__getitem__, default="")
    if 2 * firsts[first] <= len(every):
        return ""
    columns = zip(*(words for words in every if words and words[0] == first), strict=False)
    return " ".join(words[0] for words in takewhile(lambda words: len(set(words)) == 1, columns))


def _order(node: Node, sort: TreeSort) -> tuple[float, ...]:
    match sort:
        case TreeSort.ATTEMPTS:
            return (-node.attempts,)
        case TreeSort.ASR:
            return (node.answered / node.attempts, -node.attempts) if node.attempts else (2.0, 0.0)
        case TreeSort.ACD:
            return (0.0, node.talk_s / node.ended_answered) if node.ended_answered else (1.0, 0.0)
        case TreeSort.MINUTES:
            return (-node.talk_s,)
        case TreeSort.OPEN:
            return (-node.open_calls,)
        case TreeSort.OUT:
            return (-len(node.away), -len(node.last), -node.attempts)
        case TreeSort.NAME:
            return ()


def _title(country: str, places: Iterable[Place]) -> str:
    shared = title_of(one.name for one in places) if country != NO_COUNTRY else ""
    return shared or country_words(country)


def _places(codes: CodeBook) -> Iterator[Place]:
    seen: set[DestinationId] = set()
    for code in sorted(codes.all_codes()):
        destination = codes.destination_of(code)
        if destination is None or destination in seen:
            continue
        number = _number(code, destination, codes)
        if number:
            seen.add(destination)
            yield Place(destination, codes.name_of(destination), codes.country_of(destination), number)


def _number(code: str, destination: DestinationId, codes: CodeBook) -> str:
    """Return a number that begins with a code and belongs to its destination; "" where longer codes have them all."""
    length = min(_LONGEST, max(_LENGTH, len(code) + 4))
    for digit in "0123456789":
        number = code + digit * (length - len(code))
        if codes.destination_of(number) == destination:
            return number
    return ""
