"""People's work goes first, in the order in which it came; what goes on behind gives way, and is never left out."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.tasks.slots import BEHIND_S, Slots, Turn


class Hall:
    """Slots, those who came, in which order they were let in, and a clock that is set by hand."""

    def __init__(self, places: int = 1) -> None:
        self.now_s, self.let_in, self.turns = 0.0, list[str](), dict[str, Turn]()
        self.slots = Slots(places, lambda: self.now_s, patience_s=0.0)
        self.waiting: dict[str, asyncio.Task[None]] = {}

    async def comes(self, name: str, *, behind: bool = False, yields: bool = False) -> None:
        self.waiting[name] = asyncio.create_task(self._in(name, behind, yields))
        await settled()

    async def _in(self, name: str, behind: bool, yields: bool) -> None:
        self.turns[name] = await self.slots.take(behind=behind, yields=yields)
        self.let_in.append(name)

    async def leaves(self, name: str) -> None:
        self.slots.leave(self.turns.pop(name))
        await settled()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def asked(turn: Turn) -> None:
    """Wait until a turn is asked for its place."""
    await asyncio.wait_for(turn.wanted.wait(), 10)


async def test_people_go_before_what_is_behind_and_each_in_its_order() -> None:
    hall = Hall()
    await hall.comes("first")
    for name in ("count", "sheet", "sum", "page"):
        await hall.comes(name, behind=name in ("count", "sum"))
    for name in ("first", "sheet", "page", "count", "sum"):
        assert hall.let_in[-1] == name
        await hall.leaves(name)
    assert not hall.turns


async def test_what_is_behind_goes_on_while_nobody_waits() -> None:
    hall = Hall()
    await hall.comes("count", behind=True, yields=True)
    assert hall.let_in == ["count"] and not hall.turns["count"].wanted.is_set()


async def test_who_waits_is_given_the_place_of_what_yields_and_no_other() -> None:
    hall = Hall(places=3)
    await hall.comes("digest")
    await hall.comes("seal", behind=True)
    await hall.comes("count", behind=True, yields=True)
    await hall.comes("sheet")
    await asked(hall.turns["count"])
    assert not hall.turns["seal"].wanted.is_set() and not hall.turns["digest"].wanted.is_set()
    assert hall.let_in[-1] == "count", "it has its place until it gives it back"
    await hall.leaves("count")
    assert hall.let_in[-1] == "sheet"


async def test_one_that_waits_takes_one_place_the_newest() -> None:
    hall = Hall(places=2)
    for name in ("old", "new"):
        await hall.comes(name, behind=True, yields=True)
    await hall.comes("sheet")
    await asked(hall.turns["new"])
    for _ in range(100):
        await asyncio.sleep(0)
    assert not hall.turns["old"].wanted.is_set()
    await hall.comes("other")
    await asked(hall.turns["old"])


async def test_what_waited_behind_for_long_is_next() -> None:
    hall = Hall()
    await hall.comes("first")
    await hall.comes("count", behind=True)
    await hall.comes("sheet")
    hall.now_s = BEHIND_S
    await hall.comes("another", behind=True)
    await hall.leaves("first")
    assert hall.let_in[-1] == "count"
    await hall.leaves("count")
    assert hall.let_in[-1] == "sheet"


async def test_only_what_is_behind_yields() -> None:
    hall = Hall()
    await hall.comes("notices due", yields=True)
    await hall.comes("sheet")
    for _ in range(100):
        await asyncio.sleep(0)
    assert not hall.turns["notices due"].wanted.is_set()


async def test_who_goes_away_keeps_no_place() -> None:
    hall = Hall()
    await hall.comes("first")
    await hall.comes("gone")
    await hall.comes("sheet")
    hall.waiting["gone"].cancel()
    await hall.leaves("first")
    assert hall.let_in == ["first", "sheet"]


async def test_who_goes_away_just_when_let_in_gives_the_place_on() -> None:
    hall = Hall()
    await hall.comes("first")
    await hall.comes("gone")
    await hall.comes("sheet")
    hall.slots.leave(hall.turns.pop("first"))
    hall.waiting["gone"].cancel()
    await settled()
    assert hall.let_in == ["first", "sheet"]


async def test_a_place_is_given_back_by_who_fails() -> None:
    hall = Hall()
    with pytest.raises(ValueError, match="broken"):
        async with hall.slots.place():
            raise ValueError("broken")
    await hall.comes("sheet")
    assert hall.let_in == ["sheet"]


@given(st.integers(1, 3), st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 90)), max_size=20))
def test_never_more_than_there_are_places_and_all_have_their_turn(
    places: int, comers: Sequence[tuple[bool, bool, int]]
) -> None:
    async def go() -> None:
        hall = Hall(places)
        for number, (behind, yields, later_s) in enumerate(comers):
            await hall.comes(f"{number}", behind=behind, yields=yields)
            hall.now_s += later_s
            assert len(hall.turns) == min(places, number + 1)
        while hall.turns:
            assert len(hall.turns) <= places
            await hall.leaves(next(iter(hall.turns)))
        assert len(hall.let_in) == len(comers)

    asyncio.run(go())
