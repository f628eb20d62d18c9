"""An actor starts once, and waits for what holds the truth without a process for each try."""

import asyncio

import psycopg
import pytest

from actors import starting
from actors.starting import Starting
from store.away import AwayError


class Begin:
    def __init__(self, *errors: Exception) -> None:
        self.errors, self.tries = list(errors), 0

    async def __call__(self) -> None:
        self.tries += 1
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)


async def test_it_starts_once_however_many_ask() -> None:
    begin = Begin()
    its = Starting(begin, "")
    await asyncio.gather(*(its.ensure() for _ in range(5)))
    assert its.done and begin.tries == 1


async def test_while_the_database_is_away_it_tries_at_an_even_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Begin(psycopg.OperationalError("refused"), psycopg.OperationalError("refused"))
    its = Starting(begin, "db/books")
    monkeypatch.setattr(starting, "AGAIN_S", 600.0)
    for _ in range(20):
        with pytest.raises(AwayError, match="the database db/books does not answer"):
            await its.ensure()
    assert begin.tries == 1
    monkeypatch.setattr(starting, "AGAIN_S", 0.0)
    with pytest.raises(AwayError):
        await its.ensure()
    await its.ensure()
    assert its.done and begin.tries == 3


async def test_a_broken_world_is_raised_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        await Starting(Begin(ZeroDivisionError()), "").ensure()
