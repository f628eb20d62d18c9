"""`switchboard partners fees`: what contracts ask for the short calls of a period."""

from typing import Annotated

import typer

from cli import output
from cli.invoices import First, Last, UntilNow, days_asked
from cli.parsing import AsJson
from cli.progress import progress
from cli.reach import desk
from domain.money import decimal_text
from protos.operators_pb2 import PartnerFees, ShortCallFee
from protos.operators_pb2_grpc import InvoicesServiceStub

_SIDES = {"client": "we charge", "vendor": "it charges"}


def fees(
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's short name.", show_default=False)],
    start: First,
    end: Last,
    until_now: UntilNow = False,
    post: Annotated[
        bool, typer.Option("--post", help="Post what it charges us as a vendor; again: what has changed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the contract asks for short calls of whole days; what we charge goes on the invoice."""
    if post and as_json:
        raise typer.BadParameter("--json is for what is shown: leave it out with --post")
    ask = days_asked(partner, start, end, until_now)
    with desk() as channel, progress(f"fees of {partner}"):
        stub = InvoicesServiceStub(channel)
        changed = stub.PostFees(ask) if post else None
        reply = None if post else stub.Fees(ask)
    if changed is not None:
        output.changed(changed)
    if reply is not None:
        output.answer(reply, as_json, _write)


def _write(found: PartnerFees) -> None:
    output.pairs(
        [
            ("partner", found.partner),
            ("period (UTC)", f"{output.when(found.from_ms)} until {output.when(found.to_ms)}"),
            ("posted", output.money(found.posted) if found.posted.units else ""),
        ]
    )
    output.section("short calls")
    output.table(
        ("", "of", ">answered", ">short", ">free", ">charged", ">fee", ">amount"),
        (_row(fee) for fee in found.fees),
        f"no fee: set one with `switchboard partners set {found.partner} short_sell.fee=0.01`",
    )
    for fee in found.fees:
        output.lines([f"{_of(fee)}: {fee.arithmetic}"])


def _row(fee: ShortCallFee) -> list[str]:
    counts = (output.count(count) for count in (fee.answered, fee.short, fee.free, fee.charged))
    side = _SIDES.get(fee.side, fee.side)
    return [side, fee.group or "all", *counts, decimal_text(fee.fee.units, 4), output.money(fee.amount)]


def _of(fee: ShortCallFee) -> str:
    return f"{_SIDES.get(fee.side, fee.side)}{f', {fee.group}' if fee.group else ''}"
