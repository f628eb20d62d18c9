"""`switchboard bench`: measure one of the speeds to design for, and print one JSON object."""

from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from cli.reach import fail
from cluster.bench import enum, failover, radius, rating, redirect, restart, route
from cluster.bench.report import Report
from domain.errors import SwitchboardError

NAMES = ("redirect", "enum", "radius", "rating", "route", "failover", "restart")


def command(
    name: Annotated[str, typer.Argument(help="redirect, enum, radius, rating, route, failover or restart.")],
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.1, max=20, help="How long: each step of redirect and enum, the load of radius, rating's scalar part."
        ),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=1, max=20_000, help="redirect, enum: calls a second, instead of rising steps.")
    ] = None,
    calls: Annotated[
        int | None, typer.Option(min=500, max=5_000_000, help="rating: CDRs in the file; route: decisions asked for.")
    ] = None,
) -> None:
    """Measure redirects, ENUM, RADIUS, rating, routing or recovery and print one JSON object."""
    try:
        report = _bench(name, seconds, rate, calls)(_say)
    except (SwitchboardError, OSError) as error:
        fail(str(error))
    typer.echo(report.as_json())


def _bench(
    name: str, seconds: float | None, rate: float | None, calls: int | None
) -> Callable[[Callable[[str], None]], Report]:
    if rate is not None and name not in ("redirect", "enum"):
        _wrong("only redirect and enum take --rate", "--rate")
    if seconds is not None and name == "route":
        _wrong("route asks a fixed number of decisions and takes no --seconds", "--seconds")
    if seconds is not None and name in ("failover", "restart"):
        _wrong(f"{name} lasts as long as it takes and takes no --seconds", "--seconds")
    if calls is not None and name not in ("rating", "route"):
        _wrong("only rating and route take --calls", "--calls")
    match name:
        case "redirect":
            return lambda say: redirect.run(say, seconds or 2.0, rate)
        case "enum":
            return lambda say: enum.run(say, seconds or 2.0, rate)
        case "radius":
            return lambda say: radius.run(say, seconds or 5.0)
        case "rating":
            return lambda say: rating.run(say, seconds or 2.0, rating.Size(calls or rating.CDRS))
        case "route":
            return lambda say: route.run(say, route.Size(calls=calls or route.CALLS))
        case "failover":
            return failover.run
        case "restart":
            return restart.run
        case _:
            return _wrong(f"give {', '.join(NAMES[:-1])} or {NAMES[-1]}", "NAME")


def _wrong(what: str, where: str) -> NoReturn:
    raise typer.BadParameter(what, param_hint=where)


def _say(line: str) -> None:
    typer.echo(line, err=True)
