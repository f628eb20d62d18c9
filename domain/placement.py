"""Placement: which book and shard an entity or a call lives in, the same on every machine (DESIGN §4.1)."""

from dataclasses import dataclass, field, replace

from domain.ids import CallKey, PartnerId, slot


@dataclass(frozen=True, slots=True)
class Orders:
    """What operators ordered, over what the settings say: partners pinned to books, shards moved to machines.

    `epoch` grows by one with each order.
    """

    epoch: int = 0
    pins: dict[PartnerId, int] = field(default_factory=dict)
    machines: dict[str, str] = field(default_factory=dict)

    def pinned(self, partner: PartnerId, book: int | None) -> "Orders":
        """Return these orders with a partner pinned to a book; None: where its name puts it."""
        pins = {name: its for name, its in self.pins.items() if name != partner}
        return replace(self, epoch=self.epoch + 1, pins=pins if book is None else pins | {partner: book})

    def moved(self, shard: str, machine: str) -> "Orders":
        """Return these orders with a shard on another machine."""
        return replace(self, epoch=self.epoch + 1, machines=self.machines | {shard: machine})


@dataclass(frozen=True, slots=True)
class Placement:
    """key -> slot (1,024, crc32) -> book -> shard. `books` is fixed at the first start; pins name a partner's book.

    Invariant: 0 <= book < books for every key; a higher epoch replaces a lower one everywhere.
    """

    books: int = 1
    shards: int = 1
    pins: dict[PartnerId, int] = field(default_factory=dict)
    epoch: int = 0

    def __post_init__(self) -> None:
        assert 0 < self.shards <= self.books, "every shard owns at least one book"
        assert all(0 <= book < self.books for book in self.pins.values()), "a pin names a book that there is"

    def book_of_partner(self, partner: PartnerId) -> int:
        """Return the book of a partner's balance and holds."""
        return self.pins.get(partner, self.home_of_partner(partner))

    def home_of_partner(self, partner: PartnerId) -> int:
        """Return the book that a partner's name gives, for ever: its transfers are posted there, wherever it lives."""
        return slot(partner) % self.books

    def book_of_call(self, key: CallKey) -> int:
        """Return the book that is home to all records of a call."""
        return slot(key) % self.books

    def shard_of_book(self, book: int) -> str:
        """Return the name of the shard that writes a book."""
        return f"shard-{book % self.shards}"

    @property
    def shard_names(self) -> list[str]:
        """Return the names of all shards."""
        return [f"shard-{number}" for number in range(self.shards)]

    def books_of_shard(self, name: str) -> list[int]:
        """Return the books that a shard writes."""
        number = name.removeprefix("shard-")
        first = int(number) if number.isdecimal() else self.books
        return list(range(first, self.books, self.shards)) if name == self.shard_of_book(first) else []
