"""The proof that what a book says of itself adds up, when its shard begins."""

from collections.abc import Mapping
from typing import Any

from domain.calls import Side
from domain.errors import BrokenWorldError
from domain.ids import PartnerId
from domain.partner import Partner
from store.book import Book, Opened


def check(book: Book, opened: Opened, partners: Mapping[PartnerId, Partner], *, alone: bool) -> None:
    """Prove held = the sum of holds and posted = transfers + open charges. Raises BrokenWorldError.

    `alone`: there is no other book. What other books posted here is proved over all books, by the daily self-check.
    """
    held = {
        (partner.id, Side.CLIENT, currency): (partner.held[currency], calls)
        for partner in partners.values()
        for currency, calls in partner.calls_in.items()
        if calls
    }
    if held != opened.held:
        raise BrokenWorldError(f"book {book.number}: held is not the sum of holds: {_unlike(held, opened.held)}")
    if not alone:
        return
    posted, sums = ({key: units for key, units in its.items() if units} for its in (opened.posted, book.sums()))
    if posted != sums:
        raise BrokenWorldError(f"book {book.number}: balances are not what was posted: {_unlike(posted, sums)}")


def _unlike(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> str:
    """Say where two tables of figures differ first."""
    key = min(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
    return f"{key} {one.get(key)} and {other.get(key)}"
