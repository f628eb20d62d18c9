"""Batch work in the midst of which something dies: files and segments count once, whoever has to begin again."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import grpc
import pytest

from protos import connect
from protos.operators_pb2 import Empty
from protos.operators_pb2_grpc import LedgerServiceStub
from tests.live.waiting import until
from tests.torture.cdr_files import write_cdrs
from tests.torture.conftest import SEED, TIMES, Tortured, on_files
from tests.torture.house import House

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]

CALLS, WITHIN_S = 1_000, 150.0


def worker(board: House) -> Callable[[], None]:
    """The process that reads, attributes and rates the file, or writes the segment."""
    return lambda: os.kill(board.a_working_one(), signal.SIGKILL)


def desk(board: House) -> Callable[[], None]:
    return board.killer("desk")


def shard(board: House) -> Callable[[], None]:
    return board.killer("shard-0")


def import_file(board: House, file: Path) -> None:
    """Import a file as an operator does, who begins again when it failed."""

    def taken() -> bool:
        return board.tried("cdrs", "import", str(file)).exit_code == 0

    until(taken, f"{file.name} is imported", WITHIN_S)


@pytest.mark.parametrize("killer", [worker, shard, desk])
async def test_a_file_whose_import_is_broken_off_counts_once(
    tortured: Tortured, killer: Callable[[House], Callable[[], None]], tmp_path: Path
) -> None:
    dice, board = Random(f"{SEED} {killer.__name__}"), tortured.board
    async with tortured.traffic() as traffic:
        for time in range(TIMES):
            await traffic.beyond(5, WITHIN_S)
            file = tmp_path / f"{killer.__name__}-{time}.csv"
            true = write_cdrs(file, tortured.truth, CALLS, dice.randrange(10**9))
            for leg in true:
                tortured.truth.telling(leg)
            kill = await asyncio.to_thread(killer, board)
            importing = asyncio.create_task(asyncio.to_thread(import_file, board, file))
            await asyncio.sleep(dice.uniform(0.1, 1.2))
            await asyncio.to_thread(kill)
            await importing
            for leg in true:
                tortured.truth.acknowledge(leg)
            await tortured.until_alive()
            await traffic.beyond(5, WITHIN_S)
    await tortured.compare()


def seal(board: House) -> None:
    """Seal all that has ended, as the desk does by itself every few seconds here; a broken try is its own affair."""
    where = connect.endpoint(board.folder)
    with grpc.insecure_channel(where.desk, options=connect.OPTIONS) as channel:
        metadata = tuple(connect.metadata(where.token))
        with suppress(grpc.RpcError):
            LedgerServiceStub(channel).Seal(Empty(), metadata=metadata, timeout=WITHIN_S)


@on_files
@pytest.mark.parametrize("killer", [worker, shard])
async def test_legs_are_sealed_once_though_the_sealing_is_broken_off(
    tortured: Tortured, killer: Callable[[House], Callable[[], None]]
) -> None:
    dice, board = Random(SEED + 3), tortured.board
    async with tortured.traffic() as traffic:
        for _ in range(TIMES):
            await traffic.beyond(20, WITHIN_S)
            kill = await asyncio.to_thread(killer, board)
            sealing = asyncio.create_task(asyncio.to_thread(seal, board))
            await asyncio.sleep(dice.uniform(0, 0.3))
            await asyncio.to_thread(kill)
            await sealing
            await tortured.until_alive()
            await traffic.beyond(5, WITHIN_S)
    await tortured.compare()
    assert list((board.folder / "segments").rglob("*.parquet")), "something was sealed"
