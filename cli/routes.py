"""`switchboard routes`: how calls would be routed by another policy."""

import typer

from cli.route_trials import simulate

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command()(simulate)


@app.callback()
def routes() -> None:
    """Try policies on calls."""
