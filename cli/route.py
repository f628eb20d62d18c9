"""`switchboard route`: where a call would go, and why not elsewhere."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, At, Attestation
from cli.past_calls import explain
from cli.rank_tables import write_explained
from cli.reach import desk
from domain.money import decimal_text
from protos.explaining_pb2 import ExplainRequest
from protos.explaining_pb2_grpc import ExplainingServiceStub
from protos.operators_pb2 import RouteRequest
from protos.operators_pb2_grpc import RoutingServiceStub
from protos.switch_pb2 import Decision, Route

app = typer.Typer(add_completion=False)


@app.command()
def route(
    to: Annotated[str, typer.Option(metavar="NUMBER", help="The number called.", show_default=False)] = "",
    call: Annotated[
        str, typer.Option(metavar="ID", help="A call of the past, anew: `calls explain`.", show_default=False)
    ] = "",
    client: Annotated[
        str,
        typer.Option("--from", metavar="PARTNER", help="Who sends it; with --trunk its owner.", show_default=False),
    ] = "",
    trunk: Annotated[
        str,
        typer.Option(metavar="NAME", help="By which incoming trunk; else the first open one.", show_default=False),
    ] = "",
    rn: Annotated[
        str, typer.Option("--rn", metavar="NUMBER", help="Its routing number, if it was ported.", show_default=False)
    ] = "",
    caller: Annotated[str, typer.Option(metavar="NUMBER", help="The calling number.", show_default=False)] = "",
    attestation: Attestation = "",
    at: At = None,
    explained: Annotated[
        bool,
        typer.Option(
            "--explain", help="Show every figure and term of the order, and the price at which each would be first."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a call's routes in order with cost, price and margin, and every vendor left out with its reason."""
    if call and (to or client or trunk or caller or rn or attestation):
        raise typer.BadParameter("a past call has its numbers: give --call alone")
    if call:
        explain(call, terms=explained, as_json=as_json)
        return
    if not to:
        raise typer.BadParameter("give --to NUMBER, or --call ID")
    if not (client or trunk):
        raise typer.BadParameter("give --from or --trunk")
    ask = RouteRequest(
        client=client, to=to, caller=caller, at_ms=at or 0, trunk=trunk, routing_number=rn, attestation=attestation
    )
    with desk() as channel:
        if explained:
            output.answer(ExplainingServiceStub(channel).Explain(ExplainRequest(call=ask)), as_json, write_explained)
            return
        reply = RoutingServiceStub(channel).Explain(ask)
    output.answer(reply, as_json, _write)


def _write(found: Decision) -> None:
    why = f", {found.detail}" if found.detail else ""
    verdict = "may go" if found.admitted else f"refused: {found.cause}{why}"
    sold = f"{decimal_text(found.sell_price_units, 4)} {found.sell_currency} a minute by code {found.code}"
    output.pairs(
        [
            ("call", f"{found.client} to {found.called}: {verdict}"),
            ("destination", found.destination),
            ("sold at", f"{sold}, plan version {found.sell_plan_version}" if found.code else ""),
        ]
    )
    output.section("routes, a minute")
    output.table(
        (">#", "vendor", "trunk", "code", ">price", "currency", ">real cost", ">margin", "dial", "at"),
        (_route(place, one) for place, one in enumerate(found.routes, 1)),
        "none",
    )
    if found.stands_last:
        output.section("last for their quality")
        output.table(("vendor", "trunk", "why"), ([one.vendor, one.trunk, one.reason] for one in found.stands_last), "")
    if found.left_out:
        output.section("left out")
        output.table(("vendor", "trunk", "reason"), ([one.vendor, one.trunk, one.reason] for one in found.left_out), "")
    if found.explanation:
        output.section("explanation")
        output.lines(found.explanation)


def _route(place: int, one: Route) -> list[str]:
    return [
        str(place),
        one.vendor,
        one.trunk,
        one.code,
        decimal_text(one.price_units, 4),
        one.currency,
        decimal_text(one.real_cost_units, 4),
        decimal_text(one.margin_units, 4),
        one.user,
        f"{one.host}:{one.port}",
    ]
