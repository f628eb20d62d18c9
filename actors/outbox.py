"""What waits for other books: by book, so that a look at what is next costs the same however long it waits."""

from collections.abc import Iterator, MutableMapping
from itertools import islice
from threading import Lock

from domain.commands import Parcel

Waiting = tuple[int, Parcel]
"""The book that a parcel is for, and the parcel."""


class Outbox(MutableMapping[int, Waiting]):
    """Parcels by their number, which only grows; the writer's thread puts them in, the event loop looks.

    Invariant: within a book they stand in the order of their numbers, the order in which they were put in.
    """

    def __init__(self) -> None:
        self._books: dict[int, dict[int, Parcel]] = {}
        self._book_of: dict[int, int] = {}
        self._lock = Lock()

    def due(self, most: int) -> dict[int, list[tuple[int, Parcel]]]:
        """Return for each book the oldest parcels that wait for it, `most` at most, in their order."""
        with self._lock:
            return {to_book: list(islice(its.items(), most)) for to_book, its in self._books.items() if its}

    def __getitem__(self, number: int) -> Waiting:
        to_book = self._book_of[number]
        return to_book, self._books[to_book][number]

    def __setitem__(self, number: int, waiting: Waiting) -> None:
        to_book, parcel = waiting
        with self._lock:
            its = self._books.setdefault(to_book, {})
            assert number not in self._book_of and (not its or number > next(reversed(its))), "numbers only grow"
            its[number] = parcel
            self._book_of[number] = to_book

    def __delitem__(self, number: int) -> None:
        with self._lock:
            its = self._books[self._book_of.pop(number)]
            del its[number]
            if not its:  # a dict that was long stays large, and is slow at its beginning
                self._books = {book: one for book, one in self._books.items() if one}

    def __iter__(self) -> Iterator[int]:
        with self._lock:
            return iter(list(self._book_of))

    def __len__(self) -> int:
        return len(self._book_of)
