"""Calls for which no vendor keeps what is promised, as a node counts them."""

import pytest

from domain.ids import DestinationId, PartnerId
from domain.sla import unmet
from domain.sla.report import Unmet, Whose
from domain.sla.unmet import UnmetBook, UnmetCount
from tests.domain.builders import NOON

ACME = Whose(PartnerId("acme"), "gold", DestinationId(7))
OTHER = Whose(PartnerId("orbita"), "", DestinationId(7))


def test_counts_are_told_as_they_stand_once_they_change() -> None:
    book = UnmetBook()
    book.count(ACME, NOON + 5, refused=False)
    book.count(OTHER, NOON + 6, refused=True)
    version, told = book.news(0)
    assert told == [UnmetCount(NOON, ACME, Unmet(1, 0)), UnmetCount(NOON, OTHER, Unmet(0, 1))]
    assert book.news(version) == (version, [])
    book.count(ACME, NOON + 800_000, refused=True)
    book.count(ACME, NOON + 900_000, refused=True)
    assert book.news(version)[1] == [
        UnmetCount(NOON, ACME, Unmet(1, 1)),
        UnmetCount(NOON + 900_000, ACME, Unmet(0, 1)),
    ]
    first, some = book.news(0, most=1)
    assert [one.whose for one in some] == [OTHER]
    assert len(book.news(first)[1]) == 2


def test_the_oldest_counts_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unmet, "MOST_KEPT", 2)
    book = UnmetBook()
    for place in range(3):
        book.count(ACME, NOON + place * 900_000, refused=False)
    assert [one.slot_ms for one in book.news(0)[1]] == [NOON + 900_000, NOON + 1_800_000]
