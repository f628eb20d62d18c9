"""`switchboard pnl`: revenue, cost and margin of a period."""

import typer

from cli import output
from cli.parsing import AsJson, From, To, checked_period
from cli.reach import desk
from domain.money import decimal_text, half_away
from protos.operators_pb2 import Period, Pnl
from protos.operators_pb2_grpc import FinanceServiceStub

app = typer.Typer(add_completion=False)


@app.command()
def pnl(start: From, end: To, as_json: AsJson = False) -> None:
    """Show revenue, cost and margin of a period, and each partner's part."""
    from_ms, to_ms = checked_period(start, end)
    with desk() as channel:
        reply = FinanceServiceStub(channel).GetPnl(Period(from_ms=from_ms, to_ms=to_ms))
    output.answer(reply, as_json, _write)


def _write(found: Pnl) -> None:
    revenue, margin = found.revenue.units, found.margin.units
    # hundredths of a per cent, at the scale of money: 24.09 % is 24.09 units of one
    share = f" ({decimal_text(half_away(margin * 10_000, revenue) * 1_000_000)} %)" if revenue > 0 else ""
    output.pairs(
        [
            ("revenue", output.money(found.revenue)),
            ("cost", output.money(found.cost)),
            ("margin", output.money(found.margin) + share),
        ]
    )
    output.section("by partner")
    output.table(
        ("partner", "side", ">amount", ">base"),
        ([one.partner, one.side, output.money(one.amount), output.money(one.base_amount)] for one in found.lines),
        "nothing in this period",
    )
