"""Many requests of a stream worked on at once, answered in their order."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


async def in_order(
    requests: AsyncIterator[Q], work: Callable[[Q], Awaitable[A]], most: int, undelivered: Callable[[A], None]
) -> AsyncGenerator[A, None]:
    """Work on `most` requests at once, and answer in their order; more are not read until one is answered.

    Raises what the stream or the work on a request raised, when its turn comes; what comes after it is given up. Who
    stops reading gets no more answers: work that goes on is cancelled, and of each answer that was ready, or on its
    way and not taken, `undelivered` is told.
    """
    waiting: asyncio.Queue[asyncio.Future[A] | None] = asyncio.Queue(most)

    async def read() -> None:
        try:
            async for request in requests:
                begun = asyncio.ensure_future(work(request))
                try:
                    await waiting.put(begun)
                except asyncio.CancelledError:  # it is in no queue, where it would be given up
                    _give_up(begun, undelivered)
                    raise
        except Exception as error:  # told in its turn, to who reads the answers
            broken: asyncio.Future[A] = asyncio.get_running_loop().create_future()
            broken.set_exception(error)
            await waiting.put(broken)
        await waiting.put(None)

    reader = asyncio.create_task(read())
    task: asyncio.Future[A] | None = None
    try:
        while (task := await waiting.get()) is not None:
            yield await task
            task = None  # taken
    finally:
        reader.cancel()
        left = [task] if task is not None else []
        while not waiting.empty():
            more = waiting.get_nowait()
            left += [more] if more is not None else []
        for one in left:
            _give_up(one, undelivered)


def _give_up(task: "asyncio.Future[A]", undelivered: Callable[[A], None]) -> None:
    if not task.done():
        task.cancel()
    elif not task.cancelled() and task.exception() is None:
        undelivered(task.result())
