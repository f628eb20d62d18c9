"""Refs to actors in trouble: books are asked again, derived figures are done without."""

from collections.abc import Callable
from typing import Any

import pytest
import ray
from ray.exceptions import RayTaskError, WorkerCrashedError

from actors.refs import BookRef, QualityRef, UnavailableError
from domain.commands import Done, Expire
from domain.travel import pack, unpack

IN_A_TASK = RayTaskError("turn", "", KeyError("odd"))  # type: ignore[no-untyped-call]  # Ray leaves it untyped
OF_A_WORKER = WorkerCrashedError()


class Method:
    """A method of an actor that fails in these ways first, then answers."""

    def __init__(self, answer: Callable[..., Any], *failures: Exception) -> None:
        self._answer, self._failures, self.calls = answer, list(failures), 0

    async def remote(self, *args: object) -> Any:
        self.calls += 1
        if self._failures:
            raise self._failures.pop(0)
        return self._answer(*args)


class Handle:
    """What Ray gives for the name of an actor."""

    def __init__(self, **methods: Method) -> None:
        self.__dict__ |= methods


def done(asked: bytes) -> bytes:
    _, commands = unpack(asked)
    return pack([Done(len(commands)) for _ in commands])


async def test_a_batch_is_sent_again_whatever_ray_says_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Method(done, IN_A_TASK, OF_A_WORKER)
    monkeypatch.setattr(ray, "get_actor", lambda *_, **__: Handle(turn=turn))
    book = BookRef("shard-0", 0, batch=10, queue=10)
    assert await book.ask(Expire(1), 10) == Done(1)
    assert turn.calls == 3
    assert await book.ask(Expire(2), 10) == Done(1)


async def test_a_shard_that_stays_in_trouble_is_unavailable_and_asked_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Method(done, *[IN_A_TASK] * 1000)
    monkeypatch.setattr(ray, "get_actor", lambda *_, **__: Handle(turn=turn))
    book = BookRef("shard-0", 0, batch=10, queue=10)
    with pytest.raises(UnavailableError):
        await book.ask(Expire(1), 0.25)
    assert book.waiting == 0


async def test_trouble_in_derived_figures_is_an_answer_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Method(lambda version: {"version": version}, IN_A_TASK, OF_A_WORKER)
    monkeypatch.setattr(ray, "get_actor", lambda *_, **__: Handle(board=board))
    quality = QualityRef()
    assert [await quality.board(7) for _ in range(3)] == [None, None, {"version": 7}]
