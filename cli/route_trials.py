"""`switchboard routes simulate`: how a call would be routed if a policy lay over those that hold."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, At, Attestation
from cli.rank_tables import write_explained
from cli.reach import desk
from protos.explaining_pb2 import ExplainRequest, TrialPolicy
from protos.explaining_pb2_grpc import ExplainingServiceStub
from protos.operators_pb2 import RouteRequest


def simulate(
    to: Annotated[str, typer.Option(metavar="NUMBER", help="The number called.", show_default=False)],
    client: Annotated[str, typer.Option("--from", metavar="PARTNER", help="Who sends it.", show_default=False)],
    trunk: Annotated[
        str,
        typer.Option(metavar="NAME", help="By which incoming trunk; else the first open one.", show_default=False),
    ] = "",
    caller: Annotated[str, typer.Option(metavar="NUMBER", help="The calling number.", show_default=False)] = "",
    attestation: Attestation = "",
    policy: Annotated[
        str, typer.Option(metavar="NAME", help="A policy to lay over those that hold.", show_default=False)
    ] = "",
    order: Annotated[
        str, typer.Option(metavar="FORMULA", help='Such as "price, then asr * acd / pdd_p50".', show_default=False)
    ] = "",
    only: Annotated[
        str, typer.Option(metavar="CONDITION", help="Who may carry it, such as asr > 30.", show_default=False)
    ] = "",
    keep: Annotated[
        str, typer.Option(metavar="CONDITION", help="What is promised, such as asr >= 35.", show_default=False)
    ] = "",
    window: Annotated[
        str,
        typer.Option(
            metavar="WINDOW", help="Over which figures are counted: 5m, 1h, 24h, 100 calls.", show_default=False
        ),
    ] = "",
    vendors: Annotated[
        str, typer.Option(metavar="NAMES", help="Only these vendors, with commas between.", show_default=False)
    ] = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show how a call would be routed by another policy, with every figure and term; nothing is changed."""
    names = [name.strip() for name in vendors.split(",") if name.strip()]
    trial = TrialPolicy(policy=policy, order=order, only=only, keep=keep, window=window, vendors=names)
    call = RouteRequest(client=client, to=to, caller=caller, at_ms=at or 0, trunk=trunk, attestation=attestation)
    with desk() as channel:
        reply = ExplainingServiceStub(channel).Explain(ExplainRequest(call=call, trial=trial))
    output.answer(reply, as_json, write_explained)
