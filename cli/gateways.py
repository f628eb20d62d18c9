"""`switchboard gateways`: what the nodes' listeners do, and which strangers are banned."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson
from cli.reach import desk
from protos.operators_pb2 import Empty, Gateway, GatewayStates, Named
from protos.operators_pb2_grpc import GatewaysServiceStub

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Watch the listeners of every node, and lift bans of strangers."
)


@app.command("list")
def list_gateways(as_json: AsJson = False) -> None:
    """List every listener with its packets, errors and how long its answers took (the last 1,024)."""
    output.answer(_states(), as_json, _write)


@app.command()
def bans(as_json: AsJson = False) -> None:
    """List the sources that are banned, why and until when."""
    output.answer(_states(), as_json, _write_bans)


@app.command()
def unban(
    source: Annotated[str, typer.Argument(metavar="ADDRESS", help="Whose ban is lifted.", show_default=False)],
) -> None:
    """Lift the ban of a source on every node."""
    with desk() as channel:
        output.changed(GatewaysServiceStub(channel).Unban(Named(name=source)))


def _states() -> GatewayStates:
    with desk() as channel:
        return GatewaysServiceStub(channel).List(Empty())


def _write(found: GatewayStates) -> None:
    titles = "node|gateway|address|>received|>sent|>errors|>in work|>connections|>p50 ms|>p99 ms|counts"
    output.table(titles.split("|"), (_gateway(one) for one in found.gateways), "no gateways: see `switchboard status`")
    if found.bans:
        who = "1 source is" if len(found.bans) == 1 else f"{output.count(len(found.bans))} sources are"
        output.lines([f"{who} banned: `switchboard gateways bans`"])


def _gateway(one: Gateway) -> list[str]:
    if one.away:
        return [one.node, "away", *[""] * 9]
    counts = (f"{name} {output.count(count)}" for name, count in sorted(one.counts.items()) if count)
    return [
        one.node,
        one.name,
        one.address,
        *(output.count(number) for number in (one.received, one.sent, one.errors, one.in_work, one.connections)),
        f"{one.p50_ms:.1f}" if one.p50_ms else "",
        f"{one.p99_ms:.1f}" if one.p99_ms else "",
        ", ".join(counts),
    ]


def _write_bans(found: GatewayStates) -> None:
    output.table(
        ("node", "source", "reason", "since (UTC)", "until (UTC)", ">packets"),
        (
            [
                ban.node,
                ban.source,
                ban.reason,
                output.when(ban.since_ms),
                output.when(ban.until_ms),
                output.count(ban.packets),
            ]
            for ban in found.bans
        ),
        "nobody is banned",
    )
