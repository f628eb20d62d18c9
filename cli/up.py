"""`switchboard up`: run a switchboard on the data folder until it is stopped."""

import signal
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from cli.reach import fail
from cluster.up import Supervisor
from domain.errors import SwitchboardError
from protos.connect import data_folder


def command(
    config: Annotated[
        Path | None, typer.Option(help="Settings file; default: switchboard.toml in the data folder.")
    ] = None,
) -> None:
    """Run the switchboard until Ctrl-C or SIGTERM."""
    data = data_folder()
    try:
        supervisor = Supervisor(data, config)
    except SwitchboardError as error:
        fail(str(error))

    def stop(_: int, __: FrameType | None) -> None:
        typer.echo("stopping: nodes take no more calls, books are closed", err=True)
        supervisor.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    typer.echo(f"starting on {data.absolute()} (log: {data.absolute() / 'switchboard.log'})", err=True)
    code = supervisor.run(lambda: _say_where(supervisor))
    if supervisor.failed:
        fail(supervisor.failed)
    raise typer.Exit(code)


def _say_where(supervisor: Supervisor) -> None:
    settings = supervisor.home.settings
    lines = [f"  operators' gRPC  {settings.desk.listen}"]
    if settings.desk.metrics:
        lines.append(f"  metrics          http://{settings.desk.metrics}/metrics")
    for node in settings.node:
        for door, address in (
            ("SIP", node.sip),
            ("RADIUS auth", node.radius_auth),
            ("RADIUS acct", node.radius_acct),
            ("Switch gRPC", node.grpc),
        ):
            if address:
                lines.append(f"  {node.name} {door:<16} {address}")
    typer.echo("\n".join(["ready:", *lines, "Ctrl-C stops it."]), err=True)
