"""A partner that moves is followed: for as long as who asks would wait, and no longer."""

from collections.abc import Callable
from typing import Any

import pytest
import ray

from actors.refs import Books, UnavailableError
from domain.commands import Done, Elsewhere, Expire, Reply
from domain.placement import Placement
from domain.travel import pack, unpack
from tests.actors.test_refs import Handle, Method
from tests.domain.call_builders import ORBITA, ask

PLACEMENT = Placement(books=2, shards=1, pins={ORBITA: 0})


def books(monkeypatch: pytest.MonkeyPatch, answer: Callable[[int], Reply]) -> tuple[Books, list[int]]:
    asked: list[int] = []

    def turn(packed: bytes) -> bytes:
        book, commands = unpack(packed)
        asked.append(book)
        return pack([answer(book) for _ in commands])

    monkeypatch.setattr(ray, "get_actor", lambda *_, **__: Handle(turn=Method(turn)))
    return Books(PLACEMENT, batch=10, queue=10), asked


async def test_who_says_elsewhere_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    its, asked = books(monkeypatch, lambda book: Done(1) if book == 1 else Elsewhere(1))
    assert await its.of_partner(ORBITA).ask(ask(), 1) == Done(1)
    assert asked == [0, 1]


async def test_one_on_its_way_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter(range(6))
    answers: Any = lambda book: Done(1) if next(left) == 5 else Elsewhere(1 - book)  # noqa: E731
    its, asked = books(monkeypatch, answers)
    assert await its.of_partner(ORBITA).ask(ask(), 5) == Done(1)
    assert asked == [0, 1, 0, 1, 0, 1]


async def test_one_that_does_not_come_is_unavailable_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    its, _ = books(monkeypatch, lambda book: Elsewhere(1 - book))
    with pytest.raises(UnavailableError, match="on its way"):
        await its.of_partner(ORBITA).ask(ask(), 0.2)


async def test_transfers_are_posted_where_the_name_says(monkeypatch: pytest.MonkeyPatch) -> None:
    its, asked = books(monkeypatch, lambda book: Done(1))
    for pins in ({}, {ORBITA: 0}, {ORBITA: 1}):
        its.placement = Placement(books=2, shards=1, pins=pins)
        await its.at_home(ORBITA).ask(Expire(1), 1)
    assert len(set(asked)) == 1
