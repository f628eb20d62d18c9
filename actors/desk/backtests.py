"""Operators' service of back-tests: calls of the past under another policy or rates. Each is a job while it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import grpc

from actors.desk.backtest_messages import result_of
from actors.desk.backtest_orders import order_of, words_of
from actors.desk.core import Desk
from domain.backtests import FOLDER, Backtest, BacktestOrder
from domain.errors import InputError
from protos import backtests_pb2 as pb
from protos import backtests_pb2_grpc as services

Context = grpc.aio.ServicerContext[Any, Any]
TOLD_S = 1.0
"""How often it is told how far it is, and heard whether it is called off."""


class BacktestsService(services.BacktestsServiceServicer):
    """Tries policies and rates on calls of the past."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._places: set[str] = set()

    async def Run(self, request: pb.BacktestQuery, context: Context) -> AsyncIterator[pb.BacktestStep]:
        """Try a policy or rates; tell how far it is, then what came of it."""
        now_ms = self._desk.now_ms()
        order = await self._desk.read(lambda catalog: order_of(catalog, self._desk.home, request, now_ms))
        words = words_of(order)
        async with self._desk.jobs.running("backtest", words) as job, self._place(f"{job.number}") as place:
            order = replace(order, place=place)
            steps: asyncio.Queue[tuple[int, int, str]] = asyncio.Queue()
            running = asyncio.create_task(self._desk.tasks.backtest(order, steps))
            done, total, what = 0, 0, "cutting"
            try:
                while not running.done():
                    yield pb.BacktestStep(job=job.number, done=done, total=total, what=what)
                    done, total, what = await _heard(steps, running) or (done, total, what)
                    await job.at(done, total)
                found = await running
            finally:
                running.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await running  # its tasks have been called off when this ends
            _check_any(found, order)
        result = await self._desk.read(
            lambda catalog: result_of(
                found, order, catalog.directory(), self._desk.name_of, by_client=request.by_client
            )
        )
        result.words = words
        steps_done = 2 * found.parts
        yield pb.BacktestStep(job=job.number, done=steps_done, total=steps_done, result=result)

    @asynccontextmanager
    async def _place(self, place: str) -> AsyncIterator[str]:
        """Have a folder for what parts leave, and remove it in the end, and those that others left behind."""
        self._places.add(place)
        try:
            yield place
        finally:
            self._places.discard(place)
            await asyncio.to_thread(_clear, self._desk.home.data / FOLDER, set(self._places))


def _clear(folder: Path, kept: set[str]) -> None:
    for one in folder.iterdir() if folder.is_dir() else ():
        if one.name not in kept:
            rmtree(one, ignore_errors=True)


def _check_any(found: Backtest, order: BacktestOrder) -> None:
    if not found.total.calls:
        whose = f" of {order.client}" if order.client else ""
        sampled = " in the sample" if order.sample_bp < 10_000 else ""
        mend = "Give a period with traffic: `switchboard traffic` shows which has."
        raise InputError(f"no calls{whose}{sampled} in the period", mend=mend)


async def _heard(
    steps: "asyncio.Queue[tuple[int, int, str]]", running: "asyncio.Task[Backtest]"
) -> tuple[int, int, str] | None:
    """Wait for a step, for the end, or for so long as it is told of; return the step."""
    getting = asyncio.ensure_future(steps.get())
    try:
        await asyncio.wait({running, getting}, timeout=TOLD_S, return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else None
    finally:
        getting.cancel()
