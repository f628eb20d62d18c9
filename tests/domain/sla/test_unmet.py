"""Calls for which no vendor keeps what is promised, as a node counts them."""

from dataclasses import replace

import pytest

from domain.directory import TrunkOptions
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.policies.policy import Policy
from domain.routing import decide
from domain.sla import unmet
from domain.sla.report import Unmet, Whose
from domain.sla.unmet import UnmetBook, UnmetCount
from tests.domain.builders import NOON
from tests.domain.policies.known import known, quality
from tests.domain.worlds import UK_MOBILE, incoming, setup, uk_world

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


def test_a_call_is_counted_by_the_product_of_its_trunk_and_once_however_often_it_is_asked_about() -> None:
    figures = known(bluewire=quality(asr=10.0), kestrel=quality(asr=12.0))
    trunk = incoming(options=TrunkOptions(product="gold"))
    where = uk_world(trunks=(trunk,), policies=(Policy("default", keep="asr >= 35"),), known=figures)
    book, decision = UnmetBook(), decide(setup(), where)
    book.hear(decision, setup(), where.index.directory)
    book.hear(decision, replace(setup(), tried=(TrunkId("kestrel-out"),)), where.index.directory)
    book.hear(decision, replace(setup(), asked=2), where.index.directory)
    book.hear(replace(decision, unmet=""), setup(), where.index.directory)
    [one] = book.news(0)[1]
    assert (one.whose, one.counted) == (Whose(PartnerId("orbita"), "gold", UK_MOBILE), Unmet(1, 0))
