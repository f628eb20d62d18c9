"""Calls that go on while things break: what the client's side knows of them, to be compared with the books."""

import asyncio
from dataclasses import dataclass, field

from cluster.demo.records import LiveLeg
from domain.calls import ReportKind
from tests.live.phone import Phone, legs


@dataclass(slots=True)
class Traffic:
    """Many calls at a time, each asked, begun and ended by RADIUS until `stop`.

    Invariant: `acknowledged` counts the legs whose Stop was answered: those, and no others, must be in the books.
    `unheard` are calls whose question was given up without an answer: one may have a hold, which lapses by itself.
    """

    switch: Phone
    called: str
    talk_s: int = 60
    at_once: int = 8
    admitted: int = 0
    acknowledged: int = 0
    unacknowledged: int = 0
    last_admitted: str = ""
    refused: list[str] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)
    _stopping: bool = False
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def start(self) -> None:
        """Begin to call."""
        self._tasks = [asyncio.create_task(self._calls()) for _ in range(self.at_once)]

    async def stop(self) -> None:
        """Make no more calls; return when those under way are told and acknowledged, or given up."""
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def beyond(self, calls: int, within_s: float) -> None:
        """Return when that many more calls were admitted. Raises TimeoutError."""
        goal = self.admitted + calls
        async with asyncio.timeout(within_s):
            while self.admitted < goal:
                for task in self._tasks:
                    if task.done():
                        task.result()  # tells what went wrong
                await asyncio.sleep(0.02)

    async def _calls(self) -> None:
        while not self._stopping:
            call = self.switch.new_call()
            answer = await self.switch.ask(self.called, call)
            if answer is None:
                self.unheard.append(call)
                continue
            if isinstance(answer, str):
                self.refused.append(answer)
                await asyncio.sleep(0.02)
                continue
            self.admitted += 1
            self.last_admitted = call
            client, vendor = legs(call, self.called, answer.offers[0], self.talk_s)
            for leg in (client, vendor):
                await self.switch.tell(ReportKind.START, leg)
            for leg in (vendor, client):
                await self._end(leg)

    async def _end(self, leg: LiveLeg) -> None:
        if await self.switch.tell(ReportKind.STOP, leg):
            self.acknowledged += 1
        else:
            self.unacknowledged += 1
