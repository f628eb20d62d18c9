"""`switchboard calls`: calls that may be running now."""

import typer

from cli import output
from cli.parsing import AsJson, Filter, Limit, Offset
from cli.reach import desk
from protos.operators_pb2 import OpenCall, OpenCalls, PageRequest
from protos.operators_pb2_grpc import CallsServiceStub

app = typer.Typer(add_completion=False)


@app.command()
def calls(as_json: AsJson = False, filter: Filter = "", limit: Limit = 50, offset: Offset = 0) -> None:
    """List the calls that may be running, with age, parties and money held."""
    with desk() as channel:
        reply = CallsServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))

    def write(page: OpenCalls) -> None:
        _write(page)
        output.paged(len(page.calls), page.total, offset)

    output.answer(reply, as_json, write)


def _write(page: OpenCalls) -> None:
    output.table(
        (">age", "state", "client", "trunk", "from", "to", "destination", "vendor", ">pdd ms", ">held"),
        (_call(call, page.now_ms) for call in page.calls),
        "no open calls",
    )


def _call(call: OpenCall, now_ms: int) -> list[str]:
    return [
        output.clock(max(0, now_ms - call.since_ms) // 1000),
        "talking" if call.started else "asked",
        call.client,
        call.trunk,
        call.a,
        call.b,
        call.destination,
        call.vendor,
        str(call.pdd_ms) if call.pdd_ms else "",
        output.money(call.held),
    ]
