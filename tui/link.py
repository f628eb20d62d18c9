"""The console's connection to a running switchboard: one watching stream, unary questions, and patience.

Invariant: losing the switchboard is a state, never an exception that reaches a screen by itself. `run` tries again
with a growing wait for as long as the console lives, and reads address and token anew each time, since a restarted
switchboard may have others.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import grpc
from grpc import aio

from protos import backtests_pb2_grpc as backtests
from protos import cluster_pb2_grpc as machines
from protos import codes_pb2_grpc as codes
from protos import connect, operators_pb2
from protos import end_users_pb2_grpc as users
from protos import explaining_pb2_grpc as explaining
from protos import looking_pb2_grpc as rate_looks
from protos import losses_pb2_grpc as allowed_losses
from protos import notices_pb2_grpc as rate_notices
from protos import operators_pb2_grpc as nouns
from protos import policies_pb2_grpc as policies
from protos import portability_pb2_grpc as portability
from protos import quality_pb2_grpc as quality
from protos import quantities_pb2_grpc as quantities
from protos import rerating_pb2_grpc as rerating
from protos import route_tree_pb2_grpc as route_tree
from protos import routes_pb2_grpc as routes
from protos import sheets_pb2_grpc as rate_sheets
from protos import sla_pb2_grpc as sla
from protos import statics_pb2_grpc as statics

Request = TypeVar("Request")
Reply = TypeVar("Reply")
Find = Callable[[], connect.Endpoint]
"""Tells where the switchboard is now. Raises NotRunningError."""


class LinkError(Exception):
    """A question got no answer; the text is one sentence for the person at the console."""


class UnknownError(LinkError):
    """There is no such thing as was asked for."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the link waits, in seconds of machine time."""

    first_wait_s: float = 0.25
    longest_wait_s: float = 5.0
    silence_s: float = 10.0
    """A stream that says nothing for so long is taken for lost."""
    answer_s: float = 20.0
    stream_s: float = 300.0
    """For a file that is sent or received in pieces."""


class Services:
    """The operators' services over one channel, by noun."""

    def __init__(self, channel: aio.Channel) -> None:
        self.status = nouns.StatusServiceStub(channel)
        self.partners = nouns.PartnersServiceStub(channel)
        self.policies = policies.PoliciesServiceStub(channel)
        self.canaries = policies.CanariesServiceStub(channel)
        self.backtests = backtests.BacktestsServiceStub(channel)
        self.statics = statics.StaticsServiceStub(channel)
        self.losses = allowed_losses.LossesServiceStub(channel)
        self.ported = portability.PortabilityServiceStub(channel)
        self.quality = quality.QualityServiceStub(channel)
        self.sla = sla.SlaServiceStub(channel)
        self.routes = routes.RoutesServiceStub(channel)
        self.tree = route_tree.RouteTreeServiceStub(channel)
        self.explaining = explaining.ExplainingServiceStub(channel)
        self.calls = nouns.CallsServiceStub(channel)
        self.switches = nouns.SwitchesServiceStub(channel)
        self.trunks = nouns.TrunksServiceStub(channel)
        self.cluster = machines.ClusterServiceStub(channel)
        self.gateways = nouns.GatewaysServiceStub(channel)
        self.cdrs = nouns.CdrsServiceStub(channel)
        self.ledger = nouns.LedgerServiceStub(channel)
        self.finance = nouns.FinanceServiceStub(channel)
        self.invoices = nouns.InvoicesServiceStub(channel)
        self.audit = nouns.AuditServiceStub(channel)
        self.jobs = nouns.JobsServiceStub(channel)
        self.mail = nouns.MailServiceStub(channel)
        self.limits = nouns.LimitsServiceStub(channel)
        self.commitments = quantities.CommitmentsServiceStub(channel)
        self.swaps = quantities.SwapsServiceStub(channel)
        self.end_users = users.EndUsersServiceStub(channel)
        self.plans = nouns.PlansServiceStub(channel)
        self.looking = rate_looks.LookingServiceStub(channel)
        self.sheets = rate_sheets.SheetsServiceStub(channel)
        self.templates = rate_sheets.SheetTemplatesServiceStub(channel)
        self.rate_terms = rate_sheets.RateTermsServiceStub(channel)
        self.sheet_sources = rate_sheets.SheetSourcesServiceStub(channel)
        self.book = codes.ReferenceBookServiceStub(channel)
        self.reratings = rerating.ReratingServiceStub(channel)
        self.notices = rate_notices.NoticesServiceStub(channel)
        self.forms = rate_notices.SheetFormsServiceStub(channel)


Method = Callable[[Services], aio.UnaryUnaryMultiCallable[Request, Reply]]
"""Picks one method of the services, as in `lambda s: s.calls.List`."""
Upload = Callable[[Services], aio.StreamUnaryMultiCallable[Request, Reply]]
"""Picks one that takes a stream."""
Download = Callable[[Services], aio.UnaryStreamMultiCallable[Request, Reply]]
"""Picks one that answers with a stream that ends."""


class Link:
    """Holds the newest status, tells of it and of losses, and asks questions while connected."""

    def __init__(
        self,
        find: Find,
        on_status: Callable[[operators_pb2.Status], None],
        on_change: Callable[[str], None],
        patience: Patience | None = None,
    ) -> None:
        self._find, self._on_status, self._on_change = find, on_status, on_change
        self._patience = patience or Patience()
        self._services: Services | None = None
        self._metadata: list[tuple[str, str]] = []
        self._tls: connect.Tls | None = None

    def where(self) -> connect.Endpoint:
        """Return where the switchboard listens, its nodes too. Raises LinkError."""
        try:
            return self._find()
        except (connect.NotRunningError, OSError, ValueError, KeyError, TypeError) as error:
            raise LinkError(str(error)) from error

    async def run(self) -> None:
        """Watch for ever: connect, pass on each status, tell of a loss, wait, connect again."""
        wait = self._patience.first_wait_s
        while True:
            try:
                heard = await self._watch()
            except connect.NotRunningError as missing:
                heard, trouble = False, str(missing)
            except (aio.AioRpcError, TimeoutError, OSError, ValueError) as lost:
                # ValueError: the endpoint file is being rewritten and not whole yet
                heard, trouble = self._services is not None, _words(lost, self._tls)
            else:
                trouble = "the switchboard ended the stream"
            self._services = None
            self._on_change(trouble)
            wait = self._patience.first_wait_s if heard else min(wait * 2, self._patience.longest_wait_s)
            await asyncio.sleep(wait)

    async def _watch(self) -> bool:
        """Pass on statuses until the stream ends; True when at least one came."""
        endpoint = self._find()
        self._metadata, self._tls = connect.metadata(endpoint.token), endpoint.desk_tls
        heard = False
        async with connect.aio_channel(endpoint.desk, endpoint.desk_tls) as channel:
            services = Services(channel)
            stream = services.status.Watch(operators_pb2.Empty(), metadata=self._metadata)
            try:
                while True:
                    async with asyncio.timeout(self._patience.silence_s):  # wait_for loses a cancel that comes with
                        status = await stream.read()  # a status, in Python 3.11: the link would go on for ever
                    if not isinstance(status, operators_pb2.Status):  # grpc.aio.EOF
                        return heard
                    if not heard:
                        self._services, heard = services, True
                        self._on_change("")
                    self._on_status(status)
            finally:
                stream.cancel()

    async def ask(self, pick: "Method[Request, Reply]", request: Request) -> Reply:
        """Ask one question. Raises LinkError when not connected, refused or not answered in time."""
        services = self._connected()
        within_s = self._patience.answer_s
        return await self._answered(lambda: pick(services)(request, metadata=self._metadata, timeout=within_s))

    async def send(self, pick: "Upload[Request, Reply]", pieces: AsyncIterator[Request]) -> Reply:
        """Send a stream and return what is said to all of it. Raises LinkError as `ask` does."""
        services = self._connected()
        within_s = self._patience.stream_s
        return await self._answered(lambda: pick(services)(pieces, metadata=self._metadata, timeout=within_s))

    async def receive(self, pick: "Download[Request, Reply]", request: Request) -> list[Reply]:
        """Ask one question and return all pieces of the answer. Raises LinkError as `ask` does."""
        services = self._connected()
        within_s = self._patience.stream_s

        async def pieces() -> list[Reply]:
            return [piece async for piece in pick(services)(request, metadata=self._metadata, timeout=within_s)]

        return await self._answered(pieces)

    async def steps(self, pick: "Download[Request, Reply]", request: Request) -> AsyncIterator[Reply]:
        """Ask one question and yield the pieces of the answer as they come, however long that takes; who goes away
        calls it off. Raises LinkError as `ask` does."""
        call = pick(self._connected())(request, metadata=self._metadata)
        try:
            while True:
                piece = await self._answered(call.read)
                if piece is aio.EOF:
                    return
                yield cast("Reply", piece)
        finally:
            call.cancel()

    def _connected(self) -> Services:
        if self._services is None:
            raise LinkError("not connected to the switchboard")
        return self._services

    async def _answered(self, call: Callable[[], Awaitable[Reply]]) -> Reply:
        try:
            return await call()
        except (aio.AioRpcError, aio.UsageError, asyncio.InvalidStateError) as failed:
            unknown = isinstance(failed, aio.AioRpcError) and failed.code() is grpc.StatusCode.NOT_FOUND
            raise (UnknownError if unknown else LinkError)(_words(failed, self._tls)) from failed
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise LinkError("the connection was lost") from None  # closing a channel cancels what waits on it


def _words(error: Exception, tls: connect.Tls | None) -> str:
    """Say in one sentence what went wrong."""
    if not isinstance(error, aio.AioRpcError):
        return "the switchboard does not answer" if isinstance(error, TimeoutError) else str(error)
    match error.code():
        case grpc.StatusCode.UNAVAILABLE if (error.details() or "").endswith(connect.AGAIN):
            return error.details() or ""  # it runs, and something in it is away for now
        case grpc.StatusCode.UNAVAILABLE:
            return connect.certificate_trouble(error.details() or "", tls) or "the switchboard cannot be reached"
        case grpc.StatusCode.PERMISSION_DENIED if error.details():
            return error.details() or ""
        case grpc.StatusCode.UNAUTHENTICATED | grpc.StatusCode.PERMISSION_DENIED:
            return "the switchboard refuses our token"
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return "the switchboard did not answer in time"
        case grpc.StatusCode.UNIMPLEMENTED:
            return "this switchboard cannot answer that yet"
        case _:
            return error.details() or error.code().name.lower().replace("_", " ")
