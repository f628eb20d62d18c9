"""`switchboard fx`: exchange rates to the base currency."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, At, Currency, amount
from cli.reach import business_now, desk
from domain.money import decimal_text
from protos.operators_pb2 import Empty, FxRate, FxRates
from protos.operators_pb2_grpc import FxServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Set and list exchange rates to the base currency.")


@app.command("set")
def set_rate(
    currency: Currency,
    rate: Annotated[
        int,
        typer.Option(
            parser=amount, metavar="RATE", help="What one unit is worth in the base currency.", show_default=False
        ),
    ],
    at: At = None,
    source: Annotated[str, typer.Option(help="Where the rate is from.", show_default=False)] = "",
) -> None:
    """Set what one unit of a currency is worth in the base currency from a moment on."""
    with desk() as channel:
        start = business_now(channel) if at is None else at
        entry = FxRate(currency=currency, from_ms=start, rate_units=rate, source=source)
        output.changed(FxServiceStub(channel).Set(entry))


@app.command("list")
def list_rates(as_json: AsJson = False) -> None:
    """List all exchange rates with their dates."""
    with desk() as channel:
        reply = FxServiceStub(channel).List(Empty())
    output.answer(reply, as_json, _write)


def _write(found: FxRates) -> None:
    output.table(
        ("currency", "from (UTC)", f">{found.base_currency}", "source"),
        ([fx.currency, output.when(fx.from_ms), decimal_text(fx.rate_units), fx.source] for fx in found.rates),
        f"no exchange rates: everything is in {found.base_currency}",
    )
