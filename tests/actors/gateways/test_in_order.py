"""Requests of a stream: worked on together, answered in order, and nothing left behind."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from actors.gateways.in_order import in_order


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


def nothing(_: int) -> None:
    """For those who do not look."""


async def test_answers_come_in_order_whatever_is_done_first() -> None:
    async def work(number: int) -> int:
        await asyncio.sleep(0.001 * (20 - number))
        return number

    assert [answer async for answer in in_order(numbers(20), work, 8, nothing)] == list(range(20))


async def test_a_stream_that_breaks_ends_its_answers_and_leaves_no_work_behind() -> None:
    before, never = asyncio.all_tasks(), asyncio.Event()

    async def requests() -> AsyncIterator[int]:
        yield 1
        raise ConnectionError("gone")

    async def work(number: int) -> int:
        if not number:
            raise KeyError(number)
        return number

    async def waits(number: int) -> int:
        if number:
            await never.wait()
        return await work(number)

    with pytest.raises(ConnectionError):
        assert [answer async for answer in in_order(requests(), work, 8, nothing)] == [1]
    answers = in_order(numbers(2), waits, 8, nothing)
    with pytest.raises(KeyError):
        await anext(answers)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - before == set()


async def test_no_more_is_read_than_is_worked_on() -> None:
    read, may_end = list[int](), asyncio.Event()

    async def requests() -> AsyncIterator[int]:
        async for number in numbers(100):
            read.append(number)
            yield number

    async def work(number: int) -> int:
        await may_end.wait()
        return number

    async def answers() -> list[int]:
        return [answer async for answer in in_order(requests(), work, 4, nothing)]

    asked = asyncio.create_task(answers())
    await asyncio.sleep(0.05)
    assert len(read) <= 6  # four that wait, one that is next, one that finds no room
    may_end.set()
    assert await asked == list(range(100))


async def test_each_answer_that_nobody_takes_is_told_of_and_each_work_that_goes_on_is_cancelled() -> None:
    before, undelivered, cancelled = asyncio.all_tasks(), list[int](), list[int]()

    async def work(number: int) -> int:
        try:
            if number > 2:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(number)
            raise
        return number

    answers = in_order(numbers(10), work, 4, undelivered.append)
    assert [await anext(answers), await anext(answers)] == [0, 1]
    await asyncio.sleep(0.01)
    await answers.aclose()
    await asyncio.sleep(0.01)
    assert undelivered == [1, 2]  # 0 was taken: its reader came for the next one
    assert len(cancelled) >= 3
    assert asyncio.all_tasks() - before == set()
