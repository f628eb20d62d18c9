"""`switchboard payments`: money that came in or went out."""

from secrets import token_hex
from typing import Annotated

import typer

from cli import output
from cli.fate import fate
from cli.parsing import At, Currency, amount
from cli.reach import business_now, desk
from protos.operators_pb2 import Payment, PaymentMistake
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
    reference: Annotated[
        str,
        typer.Option(help="The bank's or the partner's: one is posted once. By default a new one.", show_default=False),
    ] = "",
) -> None:
    """Post a payment from a partner, or with --out to one."""
    given = reference or token_hex(6)
    with desk() as channel:
        payment = Payment(
            partner=partner,
            amount=Money(units=paid, currency=currency),
            outgoing=outgoing,
            at_ms=business_now(channel) if at is None else at,
            reference=given,
        )
        with fate(given):
            reply = PaymentsServiceStub(channel).Add(payment)
    output.changed(reply)
    if not reference:
        output.lines([f"reference {given}"])


@app.command("take-back")
def take_back(
    partner: Annotated[str, typer.Option(help="Whose payment it was.", show_default=False)],
    reference: Annotated[str, typer.Option(help="Its reference, as the statement shows it.", show_default=False)],
    why: Annotated[str, typer.Option(help="What the mistake was; it stands in the statement.", show_default=False)],
    outgoing: Annotated[bool, typer.Option("--out/--in", help="It was one that we paid, or one that came in.")] = False,
) -> None:
    """Post a payment that was a mistake the other way; both stay in the ledger."""
    mistake = PaymentMistake(partner=partner, reference=reference, outgoing=outgoing, why=why)
    with desk() as channel:
        output.changed(PaymentsServiceStub(channel).TakeBack(mistake))
