"""`switchboard bench`: measure one of the speeds to design for, and print one JSON object."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cli.reach import fail
from cluster.bench import (
    backtest,
    enum,
    failover,
    quality,
    radius,
    rate_import,
    rating,
    redirect,
    restart,
    route,
    soak,
    swap,
)
from cluster.bench.backtest_calls import Calls
from cluster.bench.rate_import import Form
from cluster.bench.report import Report
from domain.errors import SwitchboardError

NAMES = (
    "redirect", "enum", "radius", "rating", "route", "quality", "failover", "restart", "soak", "import", "swap",
    "backtest")  # fmt: skip
LONGEST_S = 20


def command(
    name: Annotated[str, typer.Argument(help=f"{', '.join(NAMES[:-1])} or {NAMES[-1]}.")],
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=3600,
            help="How long: each step of redirect and enum, the load of radius and soak, rating's scalar part.",
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            min=1, max=20_000, help="redirect, enum, soak: calls a second; without it, rising steps (soak: 40)."
        ),
    ] = None,
    calls: Annotated[
        int | None,
        typer.Option(
            min=500,
            max=20_000_000,
            help="rating: CDRs in the file; route: decisions asked for; backtest: calls, kept for the next time.",
        ),
    ] = None,
    beside: Annotated[
        Path | None, typer.Option(help="redirect: this kamailio too, as a static redirector, by turns.", metavar="PATH")
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(min=1_000, max=rate_import.MOST_ROWS, help="import, swap: rows of the sheet."),
    ] = None,
    form: Annotated[Form | None, typer.Option(help="import: the file's form.")] = None,
) -> None:
    """Measure redirects, ENUM, RADIUS, rating, routing, quality, recovery, a long run, imports, changes; print JSON."""
    if form is not None and name != "import":
        _wrong("only import takes --form", "--form")
    if rows is not None and name not in ("import", "swap"):
        _wrong("only import and swap take --rows", "--rows")
    try:
        if name == "import" and (seconds, rate, calls, beside) == (None,) * 4:
            report = rate_import.run(_say, rows or rate_import.ROWS, form or Form.XLSX)
        elif name == "swap" and (seconds, rate, calls, beside) == (None,) * 4:
            report = swap.run(_say, rows or swap.ROWS)
        else:
            report = _bench(name, seconds, rate, calls, beside)(_say)
    except (SwitchboardError, OSError) as error:
        fail(str(error))
    typer.echo(report.as_json())


def _bench(
    name: str, seconds: float | None, rate: float | None, calls: int | None, beside: Path | None
) -> Callable[[Callable[[str], None]], Report]:
    if rate is not None and name not in ("redirect", "enum", "soak"):
        _wrong("only redirect, enum and soak take --rate", "--rate")
    if beside is not None and name != "redirect":
        _wrong("only redirect takes --beside", "--beside")
    if seconds is not None and name == "route":
        _wrong("route asks a fixed number of decisions and takes no --seconds", "--seconds")
    if seconds is not None and seconds > LONGEST_S and name != "soak":
        _wrong(f"{name} takes {LONGEST_S} s at most", "--seconds")
    if seconds is not None and name in ("failover", "restart", "import", "swap", "quality", "backtest"):
        _wrong(f"{name} lasts as long as it takes and takes no --seconds", "--seconds")
    if calls is not None and name not in ("rating", "route", "backtest"):
        _wrong("only rating, route and backtest take --calls", "--calls")
    match name:
        case "redirect":
            return lambda say: redirect.run(say, seconds or 2.0, rate, beside)
        case "enum":
            return lambda say: enum.run(say, seconds or 2.0, rate)
        case "radius":
            return lambda say: radius.run(say, seconds or 5.0)
        case "rating":
            return lambda say: rating.run(say, seconds or 2.0, rating.Size(calls or rating.CDRS))
        case "route":
            return lambda say: route.run(say, route.Size(calls=calls or route.CALLS))
        case "quality":
            return quality.run
        case "backtest":
            return lambda say: backtest.run(say, Calls(calls or Calls().calls))
        case "failover":
            return failover.run
        case "restart":
            return restart.run
        case "soak":
            return lambda say: soak.run(say, seconds or soak.SECONDS, rate or soak.PER_S)
        case _:
            return _wrong(f"give {', '.join(NAMES[:-1])} or {NAMES[-1]}", "NAME")


def _wrong(what: str, where: str) -> NoReturn:
    raise typer.BadParameter(what, param_hint=where)


def _say(line: str) -> None:
    typer.echo(line, err=True)
