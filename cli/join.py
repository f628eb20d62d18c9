"""`switchboard join`: make this machine part of a switchboard that runs on another one."""

import signal
import socket
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from cli.parsing import Data
from cli.reach import fail
from cluster.join import Joining
from domain.errors import SwitchboardError
from domain.settings import host_port
from protos.connect import DEFAULT_DATA


def command(
    head: Annotated[
        str, typer.Argument(metavar="HOST:PORT", help="cluster.address and cluster.port of the first machine.")
    ],
    machine: Annotated[
        str,
        typer.Option("--machine", help="The name that [[node]] and [[shard]] give this machine.", show_default=False),
    ],
    data: Data = Path(DEFAULT_DATA),
    address: Annotated[
        str,
        typer.Option(help="An IP address of this machine that the first one reaches; else the one that leads there."),
    ] = "",
    object_store_mb: Annotated[int, typer.Option(help="Shared memory of Ray on this machine, MB.", min=80)] = 80,
) -> None:
    """Join a switchboard as another machine, until Ctrl-C or SIGTERM; the token is DATA/ray.token of the first one."""
    try:
        host, port = host_port(head)
        ours = address or _address_towards(host, port)
        joining = Joining(data, head, machine, ours, object_store_mb=object_store_mb)
    except ValueError as error:
        fail(f"{head}: {error}")
    except (SwitchboardError, OSError) as error:
        fail(str(error))

    def stop(_: int, __: FrameType | None) -> None:
        typer.echo("leaving", err=True)
        joining.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    typer.echo(f"joining {head} as {machine}, reached at {ours} (log: {joining.data / 'switchboard.log'})", err=True)
    raise typer.Exit(joining.run(lambda text: typer.echo(text, err=True)))


def _address_towards(host: str, port: int) -> str:
    """Return the address of ours from which packets go to a host; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, port))
        return str(probe.getsockname()[0])
