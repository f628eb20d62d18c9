"""`switchboard calls`: calls that may be running now, one call's story, and its end."""

from enum import StrEnum
from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, AtSwitch, Limit, OfCall, Offset
from cli.past_calls import explain
from cli.reach import desk
from protos.operators_pb2 import CallQuery, CallRef, CallStory, OpenCall, OpenCalls
from protos.operators_pb2_grpc import CallsServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List, show and end the calls that may be running.")

Id = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The id that its switch shows: Call-ID, h323-conf-id, Acct-Session-Id, call_id of gRPC; or a call key, "
        "hold id or leg id in hex, or 8 digits or more of it.",
        show_default=False,
    ),
]
_EXACT = "exactly, or its beginning and *"


class State(StrEnum):
    """How far a call is."""

    ASKED = "asked"
    STARTED = "started"


@app.command("list")
def list_calls(
    number: Annotated[str, typer.Argument(metavar="[NUMBER]", help="Part of A or B.", show_default=False)] = "",
    client: Annotated[str, typer.Option(help=f"Of this client: {_EXACT}.", show_default=False)] = "",
    vendor: Annotated[str, typer.Option(help="With this vendor now.", show_default=False)] = "",
    trunk: Annotated[str, typer.Option(help="That came by this trunk.", show_default=False)] = "",
    destination: Annotated[str, typer.Option(help="To destinations with this in their name.", show_default=False)] = "",
    switch: Annotated[str, typer.Option(help="That this switch has.", show_default=False)] = "",
    state: Annotated[State | None, typer.Option(help="Only these.", show_default=False)] = None,
    call: OfCall = "",
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List the calls that may be running, oldest first, with age, parties and money held."""
    query = CallQuery(
        number=number,
        client=client,
        vendor=vendor,
        trunk=trunk,
        destination=destination,
        switch_id=switch,
        state=state or "",
        limit=limit,
        offset=offset,
        call=CallRef(call=call, switch_id=switch) if call else None,
    )
    with desk() as channel:
        reply = CallsServiceStub(channel).Find(query)

    def write(page: OpenCalls) -> None:
        _write(page)
        output.paged(len(page.calls), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def show(call: Id, switch: AtSwitch = "", as_json: AsJson = False) -> None:
    """Tell one call from its request to its postings, while it runs and after."""
    with desk() as channel:
        reply = CallsServiceStub(channel).Story(CallRef(call=call, switch_id=switch))
    output.answer(reply, as_json, _write_story)


app.command()(explain)


@app.command()
def end(call: Id, switch: AtSwitch = "") -> None:
    """End a call: its switch is told to disconnect it, where it can be told."""
    with desk() as channel:
        output.changed(CallsServiceStub(channel).Disconnect(CallRef(call=call, switch_id=switch)))


def _write(page: OpenCalls) -> None:
    output.table(
        (
            ">age",
            "state",
            "client",
            "trunk",
            "from",
            "to",
            "destination",
            "vendor",
            ">pdd ms",
            ">held",
            ">ends in",
            ">hold",
            "call",
        ),
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
        *_ends(call, now_ms),
        call.call_key.hex(),
    ]


def _ends(call: OpenCall, now_ms: int) -> tuple[str, str]:
    """Return what is left of the time that the switch was told, and of the hold where that is another moment."""
    left = output.clock(max(0, call.limit_ms - now_ms) // 1000) if call.HasField("limit_ms") else ""
    lapse = output.clock(max(0, call.expires_ms - now_ms) // 1000) if call.expires_ms else ""
    return left, "" if lapse == left else lapse


def _write_story(story: CallStory) -> None:
    output.pairs(
        [
            ("call", story.call_key),
            ("state", story.state),
            ("switch", story.switch_id),
            ("client", story.client),
            ("from", story.a),
            ("to", story.b),
        ]
    )
    typer.echo()
    for line in story.lines:
        at = output.iso(line.at_ms)[11:23] if line.at_ms else ""
        output.lines([f"{at:12}  {line.kind:9} {line.text}"])
        output.lines(f"{'':24}{detail}" for detail in line.details)
