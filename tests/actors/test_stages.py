"""Staging files for shards on a machine that joined: whole or refused, taken once, and nothing is left there."""

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actors import refs, stages
from actors.home import HERE, Home
from actors.shard_actor import ShardActor
from actors.stages import Stage, Staged
from actors.writer import Writer
from domain.errors import InputError
from domain.settings import Settings
from store.book_bulk import BlockTaken
from tests.actors.builders import open_shard
from tests.domain.builders import NOON
from tests.store.books import calls, staged


class Method:
    """A method of the desk, as Ray's handles have it."""

    def __init__(self, work: Callable[..., Any]) -> None:
        self.remote = work


class FarDesk:
    """The first machine's desk, and the way to it: it may be cut after so many answers, or bend what comes by it."""

    def __init__(self, first: Home) -> None:
        self._staged = Staged(first)
        self.cut_after, self.bends = 10**9, False
        self.stage, self.stage_piece = Method(self._stage), Method(self._piece)

    async def _stage(self, name: str) -> Stage:
        self._pass()
        return await self._staged.stage(name)

    async def _piece(self, name: str, offset: int) -> bytes:
        self._pass()
        piece = await self._staged.stage_piece(name, offset)
        return piece[:-1] + b"?" if self.bends and piece else piece

    def _pass(self) -> None:
        self.cut_after -= 1
        if self.cut_after < 0:
            raise ValueError("no actor has that name")


@dataclass(slots=True)
class Two:
    """A shard on the second machine, a staging file on the first one, and the way between them."""

    actor: ShardActor
    stage: Path
    there: Path
    desk: FarDesk

    async def takes(self) -> BlockTaken:
        """Have it take the block, by its path on the first machine's disk, which is none of its own."""
        return await self.actor.take_block(0, f"/of/the/first/{self.stage.name}", NOON)

    def left(self) -> list[str]:
        return [path.name for path in self.there.glob("staging/*")]


@pytest.fixture
async def two(tmp_path: Path, book_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Two]:
    first = Home(tmp_path / "first", Settings())
    (first.data / "staging").mkdir(parents=True)
    (tmp_path / "second").mkdir()
    stage = staged(first.data / "staging" / "0-abc.db", calls("c1", "c2"))
    monkeypatch.setenv(HERE, f"{tmp_path / 'second'}")
    monkeypatch.setattr(stages, "PIECE_BYTES", 1000)
    desk = FarDesk(first)
    monkeypatch.setattr(refs, "handle", lambda name: {refs.DESK: desk}[name])
    actor, shard = ShardActor("shard-0", first), open_shard(book_url, tmp_path)
    actor._shards[0], actor._writers[0] = shard, Writer(shard, lambda _: None)
    actor._starting.done = True
    yield Two(actor, stage, tmp_path / "second", desk)
    await actor.stop()


async def test_a_block_is_taken_by_a_shard_on_another_machine_and_leaves_nothing_there(two: Two) -> None:
    assert (await two.takes()).accepted == 2
    assert two.left() == [] and two.stage.exists()
    assert (await two.takes()).duplicate == 2


@pytest.mark.parametrize("answers", [0, 1, 3])
async def test_a_way_that_is_cut_takes_nothing_and_the_block_is_taken_later(two: Two, answers: int) -> None:
    two.desk.cut_after = answers
    with pytest.raises(ValueError, match="no actor"):
        await two.takes()
    assert two.left() == []
    two.desk.cut_after = 10**9
    assert (await two.takes()).accepted == 2


async def test_a_block_that_comes_damaged_is_refused_and_the_book_goes_on(two: Two) -> None:
    two.desk.bends = True
    with pytest.raises(InputError, match=r"0-abc.db: it came damaged .* Import its CDR file again"):
        await two.takes()
    two.desk.bends = False
    assert (await two.takes()).accepted == 2 and two.left() == []


async def test_what_is_no_block_is_not_copied(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "MOST_BYTES", 5_000)
    with pytest.raises(InputError, match="and a block 5000 at most"):
        await two.takes()
    two.stage.unlink()
    with pytest.raises(InputError, match="is not there"):
        await two.takes()
    assert two.left() == []


async def test_what_a_shard_that_was_killed_left_goes_with_a_later_block(two: Two) -> None:
    (two.there / "staging").mkdir()
    for name in ("old", "new"):
        (two.there / "staging" / name).write_bytes(b"")
    os.utime(two.there / "staging" / "old", (0, 0))
    await two.takes()
    assert two.left() == ["new"]
