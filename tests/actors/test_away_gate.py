"""Operators' calls while the store is away are answered at once."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import psycopg
import pytest

from actors.away_gate import AwayGate
from actors.grpc_errors import ErrorAnswers
from protos import connect
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services


class Books(services.LedgerServiceServicer, services.StatusServiceServicer):
    error: Exception | None = None

    async def Check(self, request: object, context: object) -> pb.Status:  # type: ignore[override]  # noqa: N802
        if self.error is not None:
            raise self.error
        return pb.Status()

    async def Get(self, request: object, context: object) -> pb.Status:  # noqa: N802  the contract's name
        return pb.Status(version="here")


class Port:
    why = ""


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[Port]:
    its, books = Port(), Books()  # type: ignore[abstract]  # two calls of the contract are enough
    server = grpc.aio.server(interceptors=[AwayGate(lambda: its.why), ErrorAnswers()])
    services.add_StatusServiceServicer_to_server(books, server)
    services.add_LedgerServiceServicer_to_server(books, server)
    number = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with connect.aio_channel(f"127.0.0.1:{number}") as channel:
        its.books, its.status = books, services.StatusServiceStub(channel)  # type: ignore[attr-defined]
        its.ledger = services.LedgerServiceStub(channel)  # type: ignore[attr-defined]
        yield its
    await server.stop(0)


async def test_what_needs_the_store_is_refused_and_the_status_is_told(port: Port) -> None:
    port.why = "the database db/books hangs"
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await port.ledger.Check(pb.Empty())  # type: ignore[attr-defined]
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert refused.value.details() == f"the database db/books hangs{connect.AGAIN}"
    assert (await port.status.Get(pb.Empty())).version == "here"  # type: ignore[attr-defined]


async def test_an_answer_that_the_database_broke_says_so(port: Port) -> None:
    port.books.error = psycopg.OperationalError("server closed the connection")  # type: ignore[attr-defined]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await port.ledger.Check(pb.Empty())  # type: ignore[attr-defined]
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert "does not answer (server closed the connection)" in (refused.value.details() or "")
