"""`switchboard rates`: rates brought into plans, and looked at."""

import typer

from cli import rate_looks
from cli.rate_import import import_rates

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def rates() -> None:
    """Bring rates into plans; look at them in two times, beside other plans, vendors and costs."""


app.command("import")(import_rates)
for look in (
    rate_looks.show,
    rate_looks.history,
    rate_looks.at,
    rate_looks.compare,
    rate_looks.vendors,
    rate_looks.margin,
):
    app.command()(look)
