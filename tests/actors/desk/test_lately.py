"""Answers that are told again for some seconds."""

import asyncio

import pytest

from actors.desk.lately import KEPT_S, MOST_KEPT, Lately


class Works:
    """Makes answers, counted; `gate` holds them back."""

    def __init__(self) -> None:
        self.made, self.gate, self.now_s = 0, asyncio.Event(), 0.0
        self.gate.set()
        self.lately: Lately[int] = Lately(lambda: self.now_s)

    async def make(self) -> int:
        self.made += 1
        number = self.made
        await self.gate.wait()
        return number

    async def fail(self) -> int:
        self.made += 1
        raise ValueError("no such plan")


async def test_ten_who_ask_at_once_cost_what_one_does_also_where_the_first_goes_away() -> None:
    works = Works()
    works.gate.clear()
    asking = [asyncio.create_task(works.lately.get("254", None, works.make)) for _ in range(10)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    works.gate.set()
    assert await asyncio.gather(*asking[1:]) == [1] * 9
    assert asking[0].cancelled() and works.made == 1


async def test_an_answer_is_told_again_for_some_seconds_and_then_made_anew() -> None:
    works = Works()
    for now_s, number in ((0.0, 1), (KEPT_S - 0.1, 1), (KEPT_S, 2), (2 * KEPT_S - 0.1, 2)):
        works.now_s = now_s
        assert await works.lately.get("254", None, works.make) == number
    assert await works.lately.get("255", None, works.make) == 3


async def test_of_another_world_and_of_a_failure_nothing_is_told_again() -> None:
    works, before, after = Works(), object(), object()
    assert [await works.lately.get("254", world, works.make) for world in (before, before, after)] == [1, 1, 2]
    for _ in range(2):
        with pytest.raises(ValueError, match="no such plan"):
            await works.lately.get("33", after, works.fail)
    assert works.made == 4


async def test_no_more_than_so_many_answers_are_kept() -> None:
    works = Works()
    for text in range(MOST_KEPT + 1):
        await works.lately.get(text, None, works.make)
    await works.lately.get(MOST_KEPT, None, works.make)
    assert works.made == MOST_KEPT + 1
    await works.lately.get(0, None, works.make)
    assert works.made == MOST_KEPT + 2, "the oldest went"
