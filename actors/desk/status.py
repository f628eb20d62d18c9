"""Operators' service of status: board and actors, as a picture and as a stream; and the clock."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.watch import Watch
from domain.errors import InputError
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services

Context = grpc.aio.ServicerContext[Any, Any]
EVERY_S = 1.0


class StatusService(services.StatusServiceServicer):
    """Answers from what the watch gathered last."""

    def __init__(self, desk: Desk, watch: Watch) -> None:
        self._desk, self._watch = desk, watch

    async def Get(self, request: pb.Empty, context: Context) -> pb.Status:
        """Return the picture of now."""
        return self._watch.status()

    async def Watch(self, request: pb.Empty, context: Context) -> AsyncIterator[pb.Status]:
        """Return the picture once a second."""
        while True:
            yield self._watch.status()
            await asyncio.sleep(EVERY_S)

    async def SetClock(self, request: pb.ClockSetting, context: Context) -> pb.Changed:
        """Set business time, where the settings allow it."""
        if not self._desk.home.settings.clock.settable:
            raise InputError("this clock cannot be set", where="clock", mend="Set clock.settable in switchboard.toml.")
        clock = await self._desk.set_clock(request.origin_ms, request.speed)
        await self._desk.note("set", "clock", "", clock)
        return pb.Changed(what=f"business time set to {clock.origin_business_ms} ms, speed {clock.speed}")
