"""`switchboard routes`: how calls would be routed by another policy, and how watched routes stand."""

import typer

from cli.route_states import back, events, out, probe, states
from cli.route_tables import table
from cli.route_trials import simulate

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command()(simulate)
app.command()(table)
app.command()(states)
app.command()(out)
app.command("in")(back)
app.command()(probe)
app.command()(events)


@app.callback()
def routes() -> None:
    """Try policies on calls, and see and order which vendors are out for quality."""
