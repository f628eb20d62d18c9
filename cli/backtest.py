"""`switchboard policies backtest`: calls of the past under another policy or rates, side by side with what happened."""

from enum import StrEnum
from typing import Annotated

import typer

from cli import output
from cli.backtest_file import File, may_be_written, save
from cli.backtest_rates import Dealt, Tried, rates_tried
from cli.backtest_tables import write
from cli.downloads import Force
from cli.parsing import AsJson, From, To, checked_period
from cli.progress import progress
from cli.reach import desk
from protos.backtests_pb2 import BacktestQuery, BacktestResult
from protos.backtests_pb2_grpc import BacktestsServiceStub


class Knowing(StrEnum):
    """Which quality formulas are given."""

    THEN = "then"
    NOW = "now"


def backtest(
    start: From,
    end: To,
    policy: Annotated[
        str, typer.Argument(metavar="[POLICY]", help="Its name; or give --order.", show_default=False)
    ] = "",
    order: Annotated[
        str, typer.Option(metavar="FORMULA", help="Try this order, as in `policies set`.", show_default=False)
    ] = "",
    against: Annotated[
        str,
        typer.Option(
            metavar="POLICY", help="Move only calls for which it says otherwise. Default: all.", show_default=False
        ),
    ] = "",
    against_order: Annotated[
        str, typer.Option(metavar="FORMULA", help="The same with an order.", show_default=False)
    ] = "",
    plan: Annotated[
        list[str] | None,
        typer.Option(metavar="PLAN=SHEET", help="As if a sheet held: its number, or a file.", show_default=False),
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(metavar="PLAN:CODE=PRICE", help="As if a code had this price of a minute.", show_default=False),
    ] = None,
    sell: Annotated[
        list[str] | None,
        typer.Option(metavar="CLIENT=PLAN", help="As if a client were sold by this plan.", show_default=False),
    ] = None,
    buy: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR=PLAN", help="As if a vendor were paid by this plan.", show_default=False),
    ] = None,
    quality: Annotated[
        Knowing, typer.Option(help="As nodes knew it at the time, or as the whole period is known now.")
    ] = Knowing.THEN,
    client: Annotated[str, typer.Option(help="Only calls of this client.", show_default=False)] = "",
    sample: Annotated[
        float, typer.Option(min=0.01, max=100, metavar="PERCENT", help="So many of the calls, by their ids.")
    ] = 100.0,
    file: File = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Try a policy or rates on past calls: money, minutes, capacity and who is affected, beside what happened."""
    may_be_written(file, force=force)
    from_ms, until_ms = checked_period(start, end)
    query = BacktestQuery(
        policy=policy,
        order=order,
        against=against,
        against_order=against_order,
        from_ms=from_ms,
        until_ms=until_ms,
        client=client,
        sample_bp=round(sample * 100),
        quality=quality,
        by_client=file is not None,
    )
    tried = Tried(plan or [], rate or [], Dealt(sell or [], buy or []))
    with desk() as channel, progress("back-test") as tick, rates_tried(channel, tried, tick) as (rates, plans):
        query.rates.extend(rates)
        query.plans.extend(plans)
        result = BacktestResult()
        for step in BacktestsServiceStub(channel).Run(query):
            tick(f"job {step.job}, {step.what or 'done'}", step.done, step.total)
            if step.HasField("result"):
                result = step.result
    if file is None:
        output.answer(result, as_json, write)
    else:
        output.lines([save(file, result)])
