"""Whatever is killed (SIGKILL) under traffic, some times at random moments: the books tell the truth afterwards."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from random import Random

import pytest

from cluster.bench.up_process import is_gone
from tests.live.waiting import until
from tests.torture.conftest import POSTGRES, SEED, TIMES, Tortured, on_files
from tests.torture.house import House

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]

FLOW, WITHIN_S = 15, 150.0
"""Calls that flow between two kills, and the longest wait for them on a busy machine."""


async def hurt(
    tortured: Tortured, kill: Callable[[House], None], times: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Kill something some times under traffic, at random moments; then compare the books."""
    dice, took = Random(f"{SEED} {kill.__name__}"), list[str]()
    async with tortured.traffic() as traffic:
        for _ in range(times):
            await traffic.beyond(FLOW, WITHIN_S)
            await asyncio.sleep(dice.uniform(0, 1.5))
            await asyncio.to_thread(kill, tortured.board)
            killed = time.monotonic()
            await traffic.beyond(FLOW, WITHIN_S)
            took.append(f"{time.monotonic() - killed:.1f} s")
            await tortured.until_alive()
        await traffic.beyond(FLOW, WITHIN_S)
    with capsys.disabled():
        print(f"\n  {FLOW} calls after {', '.join(took)}; {tortured.truth.calls} calls in all")
    assert not traffic.given_up
    await tortured.compare()


def shard(board: House) -> None:
    os.kill(board.pid_of("shard-0"), signal.SIGKILL)


def node(board: House) -> None:
    os.kill(board.pid_of("node-0"), signal.SIGKILL)


def desk(board: House) -> None:
    os.kill(board.pid_of("desk"), signal.SIGKILL)


def hung_shard(board: House) -> None:
    """It is not dead: it does nothing any more, until the desk kills it for that."""
    os.kill(board.pid_of("shard-0"), signal.SIGSTOP)


def every_shard(board: House) -> None:
    """All at once: postings are on the way between books just then."""
    actors = board.told("status")["actors"]
    for actor in actors:
        if actor["kind"] == "shard":
            os.kill(int(actor["pid"]), signal.SIGKILL)


def head(board: House) -> None:
    _and_wait(board, board.one("gcs_server"))


def raylet(board: House) -> None:
    _and_wait(board, board.one("raylet"))


def _and_wait(board: House, pid: int) -> None:
    """Kill a process of Ray's; return when the actors of the broken cluster have ended: they answer for some seconds.

    Ray's own agents, which hold nothing of ours, look for it a minute longer.
    """
    actors = board.up.pids(lambda words: words[0].startswith("ray::") and not words[0].endswith("Agent"))
    os.kill(pid, signal.SIGKILL)
    until(lambda: all(is_gone(one) for one in actors), "the broken cluster is left", 90)


def supervisor(board: House) -> None:
    """What it leaves behind stops in its own time; then an operator starts another."""
    left = board.up.kill_alone()
    until(lambda: all(is_gone(pid) for pid in left), "what watched over the cluster stops it", 90)
    board.up.start()


def whole_tree(board: House) -> None:
    board.up.kill_tree()
    board.up.start()


@pytest.mark.parametrize("kill", [shard, node, desk])
async def test_a_killed_actor_comes_back_and_the_books_are_true(
    tortured: Tortured, kill: Callable[[House], None], capsys: pytest.CaptureFixture[str]
) -> None:
    await hurt(tortured, kill, TIMES, capsys)


async def test_a_shard_that_hangs_is_killed_and_the_books_are_true(
    tortured: Tortured, capsys: pytest.CaptureFixture[str]
) -> None:
    await hurt(tortured, hung_shard, 1, capsys)


@pytest.mark.parametrize("tortured", [POSTGRES], indirect=True)
async def test_both_shards_are_killed_while_postings_are_on_the_way_between_them(
    tortured: Tortured, capsys: pytest.CaptureFixture[str]
) -> None:
    await hurt(tortured, every_shard, TIMES, capsys)


@on_files
@pytest.mark.parametrize("kill", [head, raylet, supervisor, whole_tree])
async def test_a_killed_cluster_is_built_anew_and_the_books_are_true(
    tortured: Tortured, kill: Callable[[House], None], capsys: pytest.CaptureFixture[str]
) -> None:
    await hurt(tortured, kill, max(1, TIMES - 1), capsys)


@pytest.mark.parametrize("tortured", [POSTGRES], indirect=True)
@pytest.mark.parametrize("kill", [head, raylet, supervisor, whole_tree])
async def test_a_killed_cluster_on_a_database_is_built_anew_and_the_books_are_true(
    tortured: Tortured, kill: Callable[[House], None], capsys: pytest.CaptureFixture[str]
) -> None:
    await hurt(tortured, kill, max(1, TIMES // 2), capsys)
