"""`switchboard up`: run a switchboard on the data folder until it is stopped."""

import signal
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from cli.parsing import Data
from cli.reach import fail
from cluster.ports import wait_until_free
from cluster.up import Supervisor
from domain.errors import SwitchboardError
from domain.listeners import Listener, listeners_of
from protos.connect import DEFAULT_DATA


def command(
    data: Data = Path(DEFAULT_DATA),
    config: Annotated[
        Path | None, typer.Option(help="Settings file; default: switchboard.toml in the data folder.")
    ] = None,
) -> None:
    """Run the switchboard of a data folder until Ctrl-C or SIGTERM."""
    try:
        supervisor = Supervisor(data, config)
        wait_until_free(supervisor.home.settings)
    except SwitchboardError as error:
        fail(str(error))

    def stop(_: int, __: FrameType | None) -> None:
        typer.echo("stopping: nodes take no more calls, books are closed", err=True)
        supervisor.stop()

    supervisor.on_waiting = lambda why: typer.echo(f"waiting: {why}", err=True)
    supervisor.on_retry = lambda why: typer.echo(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z: {why}", err=True)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    typer.echo(f"starting on {data.absolute()} (log: {data.absolute() / 'switchboard.log'})", err=True)
    code = supervisor.run(lambda: _say_where(supervisor))
    if supervisor.failed:
        fail(supervisor.failed)
    raise typer.Exit(code)


def _say_where(supervisor: Supervisor) -> None:
    found = listeners_of(supervisor.home.settings)
    owner = max(len(one.owner) for one in found)
    lines = [f"  {one.owner:<{owner}}  {one.door:<15}  {one.transport:<8}  {_place(one)}" for one in found]
    typer.echo("\n".join(["ready:", *lines, "Ctrl-C stops it."]), err=True)


def _place(one: Listener) -> str:
    any_port = ", any free port: see `switchboard status`" if one.address.endswith(":0") else ""
    return f"http://{one.address}/metrics" if one.setting == "metrics" else f"{one.address}{any_port}"
