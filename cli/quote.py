"""`switchboard quote`: what a call would cost by a plan."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, At
from cli.reach import business_now, desk
from domain.money import decimal_text
from protos.operators_pb2 import QuoteReply, QuoteRequest
from protos.operators_pb2_grpc import RoutingServiceStub

app = typer.Typer(add_completion=False)


@app.command()
def quote(
    plan: Annotated[str, typer.Option(help="The plan to charge by.", show_default=False)],
    to: Annotated[str, typer.Option(metavar="NUMBER", help="The number called.", show_default=False)],
    seconds: Annotated[int, typer.Option(min=0, max=10_000_000, help="How long it talks.", show_default=False)],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Quote a call by a plan: matched code, billed seconds, amount and its breakdown."""
    with desk() as channel:
        moment = business_now(channel) if at is None else at
        reply = RoutingServiceStub(channel).Quote(QuoteRequest(plan=plan, to=to, at_ms=moment, seconds=seconds))
    output.answer(reply, as_json, lambda found: _write(found, plan, moment, seconds))


def _write(found: QuoteReply, plan: str, moment: int, seconds: int) -> None:
    output.pairs(
        [
            ("plan", f"{plan}, version {found.plan_version}"),
            ("at", f"{output.when(moment)} UTC" if moment else ""),
            ("code", f"{found.code} {found.destination}".strip()),
            ("rate type", found.rate_type),
            ("seconds", f"{output.count(seconds)}, billed {output.count(found.billed_s)}"),
            ("amount", output.money(found.charge)),
        ]
    )
    output.section("breakdown")
    output.table(
        ("part", ">from s", ">seconds", ">price", "rate type"),
        (
            [part.what, str(part.from_s), str(part.seconds), decimal_text(part.price_units, 4), part.rate_type]
            for part in found.parts
        ),
        "nothing is charged",
    )
    if found.explanation:
        output.section("explanation")
        output.lines(found.explanation)
