"""The one thread that writes a book: live turns first, bulk work between them (DESIGN §4.2, §4.4)."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from actors.pulse import fatal
from actors.shard import Shard
from domain.commands import Command, Reply
from domain.errors import InputError
from domain.quality import LegSeen

T = TypeVar("T")
MERGED = 1024
"""Commands that share one transaction at most: what waits while the disk works goes out together."""
TURNS_BETWEEN = 16
"""Turns that may go before a bulk job that waits: however many calls there are, segments are sealed."""


@dataclass(slots=True)
class _Live:
    commands: Sequence[Command]
    future: asyncio.Future[list[Reply]]


class StoppedError(Exception):
    """The writer has been stopped: it takes no more work."""


class Writer:
    """Runs turns and bulk jobs of one shard's book, one at a time, in a thread of its own.

    Invariant: a future is resolved only after its commit. An exception in a turn ends the process; one in a bulk job
    too, unless it is an InputError that the job raises before it writes.
    """

    def __init__(self, shard: Shard, heard: Callable[[list[LegSeen]], None]) -> None:
        self._shard, self._heard = shard, heard
        self._loop = asyncio.get_running_loop()
        self._live: deque[_Live] = deque()
        self._bulk: deque[Callable[[], None]] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._turns_since_bulk = 0
        self.busy_since: float | None = None
        self.turns = self.commands = 0
        self._thread = threading.Thread(target=self._run, name=f"book-{shard.book.number}", daemon=True)
        self._thread.start()

    async def turn(self, commands: Sequence[Command]) -> list[Reply]:
        """Run commands as part of the next transaction. Raises StoppedError."""
        future: asyncio.Future[list[Reply]] = self._loop.create_future()
        with self._wake:
            self._refuse_when_stopping()
            self._live.append(_Live(commands, future))
            self._wake.notify()
        return await future

    async def bulk(self, job: Callable[[Shard], T]) -> T:
        """Run a bulk job between turns. Raises StoppedError, and the InputError that the job raises."""
        future: asyncio.Future[T] = self._loop.create_future()

        def run() -> None:
            try:
                result = job(self._shard)
            except InputError as error:
                self._loop.call_soon_threadsafe(_refuse, future, error)
            else:
                self._loop.call_soon_threadsafe(_resolve, future, result)

        with self._wake:
            self._refuse_when_stopping()
            self._bulk.append(run)
            self._wake.notify()
        return await future

    def hangs_for_s(self) -> float:
        """Return how long the present transaction has been running, in seconds; 0 when idle."""
        since = self.busy_since
        return 0.0 if since is None else time.monotonic() - since

    def stop(self) -> None:
        """Finish what waits, then end the thread and close the book."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()
        self._shard.book.close()

    def _refuse_when_stopping(self) -> None:
        if self._stopping:
            raise StoppedError(f"book {self._shard.book.number} is closed")

    def _run(self) -> None:
        try:
            while True:
                with self._wake:
                    while not (self._live or self._bulk or self._stopping):
                        self._wake.wait()
                    if not (self._live or self._bulk):
                        return
                    job = self._take_bulk()
                    merged = [] if job else self._take_live()
                self.busy_since = time.monotonic()
                if job is not None:
                    job()
                else:
                    self._turn(merged)
                self.busy_since = None
        except BaseException as error:
            fatal(f"the writer of book {self._shard.book.number}", error)

    def _take_bulk(self) -> Callable[[], None] | None:
        if not self._bulk or (self._live and self._turns_since_bulk < TURNS_BETWEEN):
            self._turns_since_bulk += 1
            return None
        self._turns_since_bulk = 0
        return self._bulk.popleft()

    def _take_live(self) -> list[_Live]:
        merged: list[_Live] = []
        count = 0
        while self._live and (not merged or count + len(self._live[0].commands) <= MERGED):
            batch = self._live.popleft()
            merged.append(batch)
            count += len(batch.commands)
        return merged

    def _turn(self, merged: list[_Live]) -> None:
        commands = [command for batch in merged for command in batch.commands]
        replies, seen = self._shard.turn(commands)
        self.turns += 1
        self.commands += len(commands)
        self._loop.call_soon_threadsafe(self._answer, merged, replies, seen)

    def _answer(self, merged: list[_Live], replies: list[Reply], seen: list[LegSeen]) -> None:
        at = 0
        for batch in merged:
            _resolve(batch.future, replies[at : at + len(batch.commands)])
            at += len(batch.commands)
        if seen:
            self._heard(seen)


def _refuse(future: "asyncio.Future[T]", error: InputError) -> None:
    if not future.done():
        future.set_exception(error)


def _resolve(future: "asyncio.Future[T]", result: T) -> None:
    if not future.done():
        future.set_result(result)
