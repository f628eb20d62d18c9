"""`switchboard cash`: money received and paid in a period."""

import typer

from cli import output
from cli.parsing import AsJson, From, To, checked_period
from cli.reach import desk
from protos.operators_pb2 import Cash, Period
from protos.operators_pb2_grpc import FinanceServiceStub

app = typer.Typer(add_completion=False)


@app.command()
def cash(start: From, end: To, as_json: AsJson = False) -> None:
    """Show the cash at the start of a period, what was received and paid, and the cash at its end."""
    from_ms, to_ms = checked_period(start, end)
    with desk() as channel:
        reply = FinanceServiceStub(channel).GetCash(Period(from_ms=from_ms, to_ms=to_ms))
    output.answer(reply, as_json, _write)


def _write(found: Cash) -> None:
    output.pairs(
        [
            ("opening", output.money(found.opening)),
            ("received", output.money(found.received)),
            ("paid", output.money(found.paid)),
            ("closing", output.money(found.closing)),
        ]
    )
    output.section("movements")
    output.table(
        ("time (UTC)", "partner", ">amount", ">base"),
        (
            [output.when(one.at_ms), one.partner, output.money(one.amount), output.money(one.base_amount)]
            for one in found.lines
        ),
        "nothing in this period",
    )
