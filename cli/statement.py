"""`switchboard statement`: a partner's account line by line."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, OpenFrom, OpenTo, checked_period
from cli.reach import desk
from protos.operators_pb2 import Statement, StatementRequest
from protos.operators_pb2_grpc import FinanceServiceStub

app = typer.Typer(add_completion=False)


@app.command()
def statement(
    whose: Annotated[str, typer.Argument(metavar="PARTNER", help="Whose account.", show_default=False)] = "",
    partner: Annotated[str, typer.Option(help="The same, as an option.", show_default=False)] = "",
    start: OpenFrom = None,
    end: OpenTo = None,
    as_json: AsJson = False,
) -> None:
    """Show a partner's opening balance, every movement and the closing balance of a period."""
    if bool(whose) == bool(partner):
        raise typer.BadParameter("name the partner, once", param_hint="PARTNER")
    from_ms, to_ms = checked_period(start, end)
    with desk() as channel:
        ask = StatementRequest(partner=whose or partner, from_ms=from_ms, to_ms=to_ms)
        reply = FinanceServiceStub(channel).GetStatement(ask)
    output.answer(reply, as_json, _write)


def _write(found: Statement) -> None:
    output.pairs([("partner", found.partner), ("account", found.account)])
    output.table(
        ("time (UTC)", "what", ">amount", ">balance"),
        [
            ["", "opening", "", output.money(found.opening)],
            *(
                [output.when(one.at_ms), one.what, output.money(one.amount), output.money(one.balance)]
                for one in found.lines
            ),
            ["", "closing", "", output.money(found.closing)],
        ],
        "",
    )
