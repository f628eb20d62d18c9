"""`switchboard console`: the operators' console on a running switchboard."""

import sys

import typer

from protos.connect import data_folder
from tui.app import run


def command() -> None:
    """Open the console."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        typer.echo(
            "Error: the console needs a terminal for keys and screen, and standard input or output is none: "
            "run it in one, or use the commands (`switchboard status`, …) here",
            err=True,
        )
        raise typer.Exit(2)
    run(str(data_folder()))
