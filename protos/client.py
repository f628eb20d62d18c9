"""A client of the Switch service for programs of others: decisions, holds and reports over gRPC, on asyncio.

    async with Switchboard.connect("127.0.0.1:50052", token, ca="certificate.pem") as switch:
        decision = await switch.authorize(CallRequest(switch_id="gw1", call_id="c-1", called="447911123456"))

Messages are those of the contract (`protos/switch.proto`). What cannot be reached is tried again: asking about a call
gives the hold that it has, by its `call_id` and `attempt`, and a report counts once however often it comes. Errors are
`grpc.aio.AioRpcError`, with a code and one sentence. Stands alone: it imports grpc and the contract only.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

import grpc

from protos.connect import OPTIONS, SYSTEM, Tls, metadata
from protos.switch_pb2 import CallRequest, Decision, Report, ReportReply
from protos.switch_pb2_grpc import SwitchStub

if TYPE_CHECKING:
    from protos.switch_pb2_grpc import SwitchAsyncStub

M = TypeVar("M")
Messages = AsyncIterable[M] | Iterable[M]

TRIES = 5
"""A call is made so often at most, 0.1 to 1 s apart, while nobody answers (UNAVAILABLE) and its time is not over."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0
UNANSWERED = 1_024
"""Messages of one stream that may be on the way; more are sent as answers come."""
_RECONNECT = [
    ("grpc.initial_reconnect_backoff_ms", round(FIRST_PAUSE_S * 1000)),
    ("grpc.min_reconnect_backoff_ms", round(FIRST_PAUSE_S * 1000)),
    ("grpc.max_reconnect_backoff_ms", round(LONGEST_PAUSE_S * 1000)),
]
_BREAKS = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.INTERNAL)
"""How a stream ends whose node goes away: at once, in its own time, or just as something is written to it (gRPC's core
then ends it as INTERNAL, before it has read why)."""
_UNARY = ("Route", "Authorize", "Start", "Interim", "Stop")
_RETRY = {
    "methodConfig": [
        {
            # not the streams: where gRPC repeats one itself, one message of ten went out twice and another never
            "name": [{"service": "switchboard.Switch", "method": method} for method in _UNARY],
            "retryPolicy": {
                "maxAttempts": TRIES,
                "initialBackoff": f"{FIRST_PAUSE_S}s",
                "maxBackoff": f"{LONGEST_PAUSE_S}s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}


class Switchboard:
    """One connection to a node, for any number of calls at once."""

    def __init__(self, channel: grpc.aio.Channel, token: str, timeout_s: float) -> None:
        self._channel, self._metadata, self._timeout_s = channel, metadata(token), timeout_s
        self._stub: SwitchAsyncStub = SwitchStub(channel)

    @classmethod
    def connect(
        cls,
        target: str,
        token: str,
        ca: str | None = None,
        *,
        certificate: str = "",
        key: str = "",
        timeout_s: float = 5.0,
    ) -> Self:
        """Open a channel to a node, "host:port"; it connects with the first call.

        ca: PEM file of whom to trust, or "system" for the public authorities; None: nothing is encrypted.
        certificate, key: PEM files of ours, where the node wants a certificate. timeout_s: the longest wait for one
        answer, tries included. Raises OSError where a file cannot be read, ValueError where one of certificate and
        key is missing.
        """
        options = [*OPTIONS, *_RECONNECT, ("grpc.service_config", json.dumps(_RETRY))]
        if ca is None:
            return cls(grpc.aio.insecure_channel(target, options=options), token, timeout_s)
        tls = Tls("" if ca == SYSTEM else ca, "", certificate, key)
        return cls(grpc.aio.secure_channel(target, tls.credentials(), options=options), token, timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the channel; what is under way is cancelled, and holds of unanswered questions are released."""
        await self._channel.close()

    async def route(self, request: CallRequest, timeout_s: float | None = None) -> Decision:
        """Decide without a hold: where the call could go, and why not elsewhere."""
        return await self._stub.Route(request, metadata=self._metadata, timeout=self._wait(timeout_s))

    async def authorize(self, request: CallRequest, timeout_s: float | None = None) -> Decision:
        """Decide, hold and grant time. A question that is cancelled, or whose time is over, leaves no hold."""
        return await self._stub.Authorize(request, metadata=self._metadata, timeout=self._wait(timeout_s))

    async def start(self, report: Report, timeout_s: float | None = None) -> ReportReply:
        """Report that a leg was answered; it is durable when this returns, as are the other reports."""
        return await self._stub.Start(report, metadata=self._metadata, timeout=self._wait(timeout_s))

    async def interim(self, report: Report, timeout_s: float | None = None) -> ReportReply:
        """Report that a leg goes on."""
        return await self._stub.Interim(report, metadata=self._metadata, timeout=self._wait(timeout_s))

    async def stop(self, report: Report, timeout_s: float | None = None) -> ReportReply:
        """Report how a leg ended, or (kind ATTEMPT) that it was tried and never connected."""
        return await self._stub.Stop(report, metadata=self._metadata, timeout=self._wait(timeout_s))

    async def authorize_all(self, requests: Messages[CallRequest]) -> AsyncIterator[tuple[CallRequest, Decision]]:
        """Authorize many calls over one stream; yields each with its decision, in their order.

        A request that is wrong is refused with its cause and the others go on. Where the stream breaks this raises, and
        the holds of what was not answered are released: ask about those calls again, if they still wait.
        """
        waiting: deque[CallRequest] = deque()
        room = asyncio.Semaphore(UNANSWERED)
        feed: asyncio.Queue[CallRequest | None] = asyncio.Queue(1)
        reader = asyncio.create_task(_read(requests, feed))

        async def sent() -> AsyncIterator[CallRequest]:
            while (request := await feed.get()) is not None:
                await room.acquire()
                waiting.append(request)
                yield request

        stream = self._stub.AuthorizeStream(sent(), metadata=self._metadata)
        try:
            async for decision in stream:
                room.release()
                yield waiting.popleft(), decision
            await reader  # raises what the source of the requests raised
        finally:
            reader.cancel()
            stream.cancel()

    async def report_all(self, reports: Messages[Report]) -> AsyncIterator[tuple[Report, ReportReply]]:
        """Send many reports, each with its kind, over one stream; yields each with its reply, in their order.

        A stream that breaks is opened again, and what was not answered is sent again. A reply that is not `recorded`
        says why in `cause`; with cause "unavailable" the report is to be sent again.
        """
        feed: asyncio.Queue[Report | None] = asyncio.Queue(1)
        reader = asyncio.create_task(_read(reports, feed))
        stream = _Reports(self._stub, self._metadata, feed)
        try:
            async for answered in stream.all():
                yield answered
            await reader  # raises what the source of the reports raised
        finally:
            reader.cancel()

    def _wait(self, timeout_s: float | None) -> float:
        return self._timeout_s if timeout_s is None else timeout_s


class _Reports:
    """Reports over streams that follow each other. Invariant: `_unanswered` are those sent, in order, not answered."""

    def __init__(
        self, stub: "SwitchAsyncStub", token: list[tuple[str, str]], feed: "asyncio.Queue[Report | None]"
    ) -> None:
        self._stub, self._metadata, self._feed = stub, token, feed
        self._unanswered: deque[Report] = deque()
        self._room = asyncio.Event()
        self._complete = False

    async def all(self) -> AsyncIterator[tuple[Report, ReportReply]]:
        """Yield each report with its reply. Raises the last break when TRIES streams broke without an answer."""
        broken = 0
        while True:
            stream = self._stub.ReportStream(metadata=self._metadata)
            writer = asyncio.create_task(self._write(stream))
            try:
                async for reply in stream:
                    broken = 0
                    self._room.set()
                    yield self._unanswered.popleft(), reply
                if self._complete and not self._unanswered:
                    return
                broken += 1
                if broken >= TRIES:
                    raise ConnectionError("the node ends the stream and answers nothing")
            except grpc.aio.AioRpcError as error:
                broken += 1
                if error.code() not in _BREAKS or broken >= TRIES:
                    raise
            finally:
                writer.cancel()
                await asyncio.wait([writer])
                stream.cancel()
            await asyncio.sleep(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**broken))

    async def _write(self, stream: "grpc.aio.StreamStreamCall[Report, ReportReply]") -> None:
        """Send what was not answered, then what comes. An error of the stream is raised to who reads its replies."""
        with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            for sent in tuple(self._unanswered):
                await stream.write(sent)
            while not self._complete:
                report = await self._feed.get()
                if report is None:
                    self._complete = True
                    break
                self._unanswered.append(report)
                self._room.clear()
                await stream.write(report)
                if len(self._unanswered) >= UNANSWERED:
                    await self._room.wait()
            await stream.done_writing()


async def _each(messages: Messages[M]) -> AsyncIterator[M]:
    if isinstance(messages, AsyncIterable):
        async for message in messages:
            yield message
    else:
        for message in messages:
            yield message


async def _read(messages: Messages[M], feed: "asyncio.Queue[M | None]") -> None:
    """Read the source in a task of its own: a stream that breaks must not break who makes the messages, nor they it."""
    try:
        async for message in _each(messages):
            await feed.put(message)
    except Exception:
        await feed.put(None)  # the others are answered first
        raise
    await feed.put(None)
