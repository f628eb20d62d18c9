"""`switchboard quote`: what a call would cost by a plan."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, At
from cli.reach import business_now, desk
from domain.money import decimal_text
from domain.rates import Unit
from domain.units import STEP, quantity_words
from protos.operators_pb2 import QuoteReply, QuoteRequest
from protos.operators_pb2_grpc import RoutingServiceStub

app = typer.Typer(add_completion=False)


@app.command()
def quote(
    plan: Annotated[str, typer.Option(help="The plan to charge by.", show_default=False)],
    to: Annotated[str, typer.Option(metavar="NUMBER", help="The number called.", show_default=False)],
    seconds: Annotated[
        int | None, typer.Option(min=0, max=10_000_000, help="How long it lasts.", show_default=False)
    ] = None,
    octets: Annotated[
        list[int] | None,
        typer.Option(min=0, max=2**53, help="What a session moves; may be given for each way.", show_default=False),
    ] = None,
    events: Annotated[int | None, typer.Option(min=0, max=2**31, help="How many messages.", show_default=False)] = None,
    caller: Annotated[
        str, typer.Option("--from", metavar="NUMBER", help="The caller, where prices depend on it.", show_default=False)
    ] = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Quote a call, session or message by a plan: matched code, what is billed, amount and its breakdown."""
    if seconds is None and not octets and events is None:
        raise typer.BadParameter("give --seconds, --octets or --events, as the plan is sold")
    with desk() as channel:
        moment = business_now(channel) if at is None else at
        ask = QuoteRequest(plan=plan, to=to, at_ms=moment, seconds=seconds or 0, octets=octets or [], events=events)
        ask.caller = caller
        reply = RoutingServiceStub(channel).Quote(ask)
    output.answer(reply, as_json, lambda found: _write(found, plan, moment, ask))


def _write(found: QuoteReply, plan: str, moment: int, ask: QuoteRequest) -> None:
    unit = Unit(found.unit or "second")
    if unit is Unit.SECOND:
        used = "seconds", f"{output.count(ask.seconds)}, billed {output.count(found.billed_s)}"
    elif unit is Unit.MEGABYTE:
        used = "octets", f"{output.count(sum(ask.octets))}, billed {quantity_words(unit, found.billed_volume)}"
    else:
        used = "billed", quantity_words(unit, found.billed_volume)
    output.pairs(
        [
            ("plan", f"{plan}, version {found.plan_version}"),
            ("at", f"{output.when(moment)} UTC" if moment else ""),
            ("code", f"{found.code} {found.destination}".strip()),
            ("rate type", found.rate_type),
            ("callers", found.origin),
            used,
            ("amount", output.money(found.charge)),
        ]
    )
    output.section("breakdown")
    output.table(
        ("part", f">from {STEP[unit]}", ">seconds" if unit is Unit.SECOND else f">{STEP[unit]}", ">price", "rate type"),
        (
            [part.what, str(part.from_s), str(part.seconds), decimal_text(part.price_units, 4), part.rate_type]
            for part in found.parts
        ),
        "nothing is charged",
    )
    if found.explanation:
        output.section("explanation")
        output.lines(found.explanation)
