"""`switchboard payments`: money that came in or went out."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import At, Currency, amount
from cli.reach import business_now, desk
from protos.operators_pb2 import Payment
from protos.operators_pb2_grpc import PaymentsServiceStub
from protos.switch_pb2 import Money

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def payments() -> None:
    """Post payments from and to partners."""


@app.command()
def add(
    partner: Annotated[str, typer.Option(help="Who pays or is paid.", show_default=False)],
    paid: Annotated[
        int, typer.Option("--amount", parser=amount, metavar="AMOUNT", help="Such as 7500.00.", show_default=False)
    ],
    currency: Currency,
    outgoing: Annotated[bool, typer.Option("--out/--in", help="We pay the partner, or it pays us.")] = False,
    at: At = None,
    reference: Annotated[str, typer.Option(help="The bank's or the partner's reference.", show_default=False)] = "",
) -> None:
    """Post a payment from a partner, or with --out to one."""
    with desk() as channel:
        payment = Payment(
            partner=partner,
            amount=Money(units=paid, currency=currency),
            outgoing=outgoing,
            at_ms=business_now(channel) if at is None else at,
            reference=reference,
        )
        output.changed(PaymentsServiceStub(channel).Add(payment))
