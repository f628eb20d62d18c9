"""`switchboard policies backtest`: calls of the past under another policy, side by side with what happened."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, From, To, checked_period
from cli.progress import progress
from cli.reach import desk
from protos.backtests_pb2 import BacktestMove, BacktestQuery, BacktestResult
from protos.backtests_pb2_grpc import BacktestsServiceStub
from protos.switch_pb2 import Money


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
    client: Annotated[str, typer.Option(help="Only calls of this client.", show_default=False)] = "",
    sample: Annotated[
        float, typer.Option(min=0.01, max=100, metavar="PERCENT", help="So many of the calls, by their ids.")
    ] = 100.0,
    as_json: AsJson = False,
) -> None:
    """Try a policy on past calls: money, minutes, answers to be expected and who is affected, beside what happened."""
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
    )
    result = BacktestResult()
    with desk() as channel, progress("back-test") as tick:
        for step in BacktestsServiceStub(channel).Run(query):
            tick(f"job {step.job}, parts", step.done, step.total)
            if step.HasField("result"):
                result = step.result
    output.answer(result, as_json, _write)


def _write(found: BacktestResult) -> None:
    money = found.money
    share = "" if found.sample_bp == 10_000 else f", {found.sample_bp / 100:g} % of them"
    output.lines([f"{found.words}: {output.when(found.from_ms)} to {output.when(found.until_ms)} UTC{share}"])
    output.table(
        ("", ">as it was", ">as it would be", ">difference"),
        [
            ("calls", output.count(found.calls), output.count(found.calls - _refused(found)), ""),
            ("answered, expected", output.count(found.answered), _answers(found.expected), ""),
            ("minutes", _minutes(found.talk_ms), "", ""),
            _sides("revenue", money.revenue, money.revenue_now),
            _sides("cost", money.cost, money.cost_now),
            _sides("margin", money.margin, money.margin_now),
        ],
        "",
    )
    output.section("vendors")
    output.table(
        "vendor|>calls|>now|>minutes|>now|>answered|>expected|>cost|>now".split("|"),
        (
            (
                one.vendor, output.count(one.calls), output.count(one.calls_now), _minutes(one.talk_ms),
                _minutes(one.talk_now_ms), output.count(one.answered), _answers(one.expected), output.money(one.cost),
                output.money(one.cost_now),
            )
            for one in found.vendors
        ),
        "no vendor had a call",
    )  # fmt: skip
    _write_who(found)
    output.lines([_how(found)])


def _write_who(found: BacktestResult) -> None:
    output.section("clients affected")
    affected = [one for one in found.clients if one.moved or one.refused]
    output.table(
        "client|>calls|>moved|>refused|>margin|>now|>difference".split("|"),
        (
            (
                one.client, output.count(one.calls), output.count(one.moved), output.count(one.refused),
                *_sides("", one.money.margin, one.money.margin_now)[1:],
            )
            for one in affected
        ),
        "none: every call goes as it did",
    )  # fmt: skip
    if found.moves:
        output.section("what moves")
        titles = "destination|from|to|>calls|>answered|>expected|>minutes|>margin|>now|>difference".split("|")
        output.table(titles, (_move(one) for one in found.moves), "")
        output.paged(len(found.moves), found.moves_total, 0)


def _move(one: BacktestMove) -> list[str]:
    return [
        one.destination,
        one.then,
        one.now or f"refused: {one.refused}",
        output.count(one.calls),
        output.count(one.answered),
        _answers(one.expected),
        _minutes(one.talk_ms),
        *_sides("", one.money.margin, one.money.margin_now)[1:],
    ]


def _sides(name: str, before: Money, after: Money) -> tuple[str, str, str, str]:
    change = Money(units=after.units - before.units, currency=after.currency)
    return name, output.money(before), output.money(after), f"{'+' if change.units > 0 else ''}{output.money(change)}"


def _refused(found: BacktestResult) -> int:
    return sum(one.refused for one in found.clients)


def _minutes(talk_ms: int) -> str:
    return f"{talk_ms / 60_000:,.1f}"


def _answers(expected: float) -> str:
    return f"{expected:,.0f}"


def _how(found: BacktestResult) -> str:
    taken = (
        f"; {output.count(found.unknown)} calls without a known vendor or rate are as they were"
        if found.unknown
        else ""
    )
    each = f", {found.cpu_ms * 1000 / found.calls:,.1f} µs a call" if found.calls else ""
    decided = f"{output.count(found.decided)} decisions in {output.count(found.parts)} parts"
    return f"{decided}, {found.cpu_ms / 1000:,.1f} s of processor{each}{taken}"
