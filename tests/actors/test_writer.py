"""The one thread that writes a book: who is served first, who gets which answer, and how it ends."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.pulse import EXIT_FATAL
from actors.shard import Shard
from actors.writer import TURNS_BETWEEN, StoppedError, Writer
from domain.commands import Command, Done, Granted, Recorded, Refused
from domain.errors import InputError
from domain.quality import LegSeen
from store.book_reader import BookReader
from tests.actors.builders import assert_true, money, open_shard
from tests.domain.call_builders import ask, client, paid, stop

ROOT = Path(__file__).parents[2]


class Line:
    """A writer, what it told quality, and a gate that holds its thread."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self.heard: list[LegSeen] = []
        self.writer = Writer(shard, self.heard.extend)

    async def hold(self) -> threading.Event:
        """Keep the thread busy until the event is set."""
        busy, free = threading.Event(), threading.Event()

        def wait(_: Shard) -> None:
            busy.set()
            free.wait(10)

        self.waiting = asyncio.create_task(self.writer.bulk(wait))
        await asyncio.to_thread(busy.wait, 10)
        return free


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    its = Line(open_shard("", tmp_path, client(limit="0.0294")))
    yield its
    assert_true(its.shard)
    await asyncio.to_thread(its.writer.stop)


async def test_merged_batches_are_answered_to_their_own_callers_in_one_transaction(line: Line) -> None:
    free = await line.hold()
    batches: list[list[Command]] = [[ask("c1"), stop("c9")], [paid("1")], [], [ask("c2"), ask("c1")]]
    asked = [asyncio.create_task(line.writer.turn(batch)) for batch in batches]
    await asyncio.sleep(0)
    free.set()
    one, two, three, four = await asyncio.gather(*asked)
    assert one == [Granted(60, 2_940_000), Recorded("new", 2_940_000, "USD")]
    assert two == [Done(1)]
    assert three == []
    assert [type(reply) for reply in four] == [Granted, Granted]
    assert (line.writer.turns, line.writer.commands) == (1, 5)
    assert len(line.heard) == 1


async def test_a_refusal_goes_to_the_caller_who_came_second(line: Line) -> None:
    free = await line.hold()
    asked = [asyncio.create_task(line.writer.turn([ask(call)])) for call in ("c1", "c2")]
    await asyncio.sleep(0)
    free.set()
    first, second = await asyncio.gather(*asked)
    assert (type(first[0]), type(second[0])) == (Granted, Refused)


async def test_live_turns_go_before_bulk_jobs_that_came_earlier(line: Line) -> None:
    order: list[str] = []
    free = await line.hold()
    bulk = asyncio.create_task(line.writer.bulk(lambda shard: order.append(f"bulk at {money(shard)[0]}")))
    await asyncio.sleep(0)
    live = asyncio.create_task(line.writer.turn([stop("c1")]))
    await asyncio.sleep(0)
    free.set()
    await asyncio.gather(bulk, live)
    assert order == ["bulk at 2940000"]


async def test_a_bulk_job_is_not_kept_waiting_for_ever_by_live_turns(line: Line) -> None:
    done_after: list[int] = []

    async def caller() -> None:
        while not done_after and line.writer.turns < 50 * TURNS_BETWEEN:
            await line.writer.turn([ask("c1")])

    callers = [asyncio.create_task(caller()) for _ in range(4)]
    await line.writer.turn([paid("1")])
    before = line.writer.turns
    await line.writer.bulk(lambda _: done_after.append(line.writer.turns - before))
    await asyncio.gather(*callers)
    assert done_after[0] <= 2 * TURNS_BETWEEN


async def test_an_answer_is_on_disk_when_it_arrives(line: Line, tmp_path: Path) -> None:
    await line.writer.turn([stop("c1")])
    with BookReader("", tmp_path, 1).book(0) as book:
        assert len(book.ended_legs()) == 1


async def test_a_caller_who_left_is_no_harm_to_the_others(line: Line) -> None:
    free = await line.hold()
    gone, stays = (asyncio.create_task(line.writer.turn([stop(call)])) for call in ("c1", "c2"))
    await asyncio.sleep(0)
    gone.cancel()
    free.set()
    assert await stays == [Recorded("new", 2_940_000, "USD")]
    assert len(line.heard) == 2


async def test_wrong_input_to_a_bulk_job_is_told_and_the_writer_goes_on(line: Line, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not there"):
        await line.writer.bulk(lambda shard: shard.take_block(tmp_path / "gone", 0))
    assert await line.writer.turn([paid("1")]) == [Done(1)]


async def test_how_long_a_transaction_takes_is_seen_from_outside(line: Line) -> None:
    assert line.writer.hangs_for_s() == 0
    free = await line.hold()
    assert line.writer.hangs_for_s() > 0
    free.set()
    await line.waiting
    await line.writer.turn([])
    assert line.shard.book.epoch == 1


async def test_stopping_finishes_what_waits_and_takes_nothing_more(tmp_path: Path) -> None:
    its = Line(open_shard("", tmp_path))
    free = await its.hold()
    waiting = asyncio.create_task(its.writer.turn([stop("c1")]))
    await asyncio.sleep(0)
    stopping = asyncio.create_task(asyncio.to_thread(its.writer.stop))
    free.set()
    assert await waiting == [Recorded("new", 2_940_000, "USD")]
    await stopping
    with pytest.raises(StoppedError):
        await its.writer.turn([stop("c2")])
    with pytest.raises(StoppedError):
        await its.writer.bulk(lambda _: None)


BROKEN = """
import asyncio
from pathlib import Path
from actors.writer import Writer
from tests.actors.builders import open_shard
from tests.domain.call_builders import stop

async def main():
    shard = open_shard("", Path({folder!r}))
    writer = Writer(shard, print)
    await writer.turn([stop("c1")])
    print("answered", flush=True)
    {breakage}
    print("answered again", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    "breakage",
    [
        "shard.book.driver.run('DROP TABLE leg'); await writer.turn([stop('c2')])",
        "shard.book.driver.run('UPDATE book SET value = 9'); await writer.turn([stop('c2')])",
        "await writer.bulk(lambda shard: 1 // 0)",
    ],
)
def test_a_writer_that_cannot_go_on_ends_its_process_unanswered(tmp_path: Path, breakage: str) -> None:
    program = BROKEN.format(folder=str(tmp_path), breakage=breakage)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (ended.returncode, ended.stdout.split("\n")[-2:]) == (EXIT_FATAL, ["answered", ""])
    assert "fatal in the writer of book 0" in ended.stderr
