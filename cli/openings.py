"""`switchboard openings`: balances from before the first day."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import At, Currency, units
from cli.reach import business_now, desk
from protos.operators_pb2 import Opening
from protos.operators_pb2_grpc import OpeningsServiceStub
from protos.switch_pb2 import Money

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def openings() -> None:
    """State balances from before the first day."""


@app.command("set")
def set_opening(
    account: Annotated[str, typer.Option(help="Such as bank or receivable:orbita.", show_default=False)],
    debit: Annotated[
        int,
        typer.Option(
            "--amount", parser=units, metavar="AMOUNT", help="Debit balance; credit is negative.", show_default=False
        ),
    ],
    currency: Currency,
    at: At = None,
) -> None:
    """State the opening balance of a ledger account."""
    with desk() as channel:
        opening = Opening(
            account=account,
            amount=Money(units=debit, currency=currency),
            at_ms=business_now(channel) if at is None else at,
        )
        output.changed(OpeningsServiceStub(channel).Set(opening))
