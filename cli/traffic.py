"""`switchboard traffic`: attempts, answers and minutes of a period."""

import typer

from cli import output
from cli.parsing import AsJson, From, To, checked_period
from cli.reach import desk
from protos.operators_pb2 import Period, Traffic, TrafficLine
from protos.operators_pb2_grpc import FinanceServiceStub

app = typer.Typer(add_completion=False)


@app.command()
def traffic(start: From, end: To, as_json: AsJson = False) -> None:
    """Show attempts, answers, minutes and money of a period by partner, side and destination."""
    from_ms, to_ms = checked_period(start, end)
    with desk() as channel:
        reply = FinanceServiceStub(channel).GetTraffic(Period(from_ms=from_ms, to_ms=to_ms))
    output.answer(reply, as_json, _write)


def _write(found: Traffic) -> None:
    output.table(
        "partner|side|destination|>attempts|>answered|>ASR %|>ACD|>minutes|>billed s|>charge|>base".split("|"),
        (_line(one) for one in found.lines),
        "no traffic in this period",
    )


def _line(one: TrafficLine) -> list[str]:
    return [
        one.partner,
        one.side,
        one.destination,
        output.count(one.attempts),
        output.count(one.answered),
        f"{100 * one.answered / one.attempts:.2f}" if one.attempts else "",
        output.clock(one.seconds // one.answered) if one.answered else "",
        f"{one.seconds / 60:,.1f}",
        output.count(one.billed_s),
        output.money(one.charge),
        output.money(one.base_charge),
    ]
