"""The `switchboard` command: finds the module of a noun when it is asked for, so that a command starts fast.

A noun's module in this package is named like it and offers `app`. The modules of HEAVY reach Ray or Textual and offer
a function `command`; the list of commands does not import them.
"""

import os
from importlib import import_module
from typing import Annotated, Any

import typer

# Typer carries its own Click and has no public name for the two.
from typer._click import Command, Context
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command as built

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # a failed handshake is told in our own words, once

HEAVY = {
    "up": "Start the switchboard on a data folder and keep it running.",
    "join": "Join a switchboard as another machine and stay part of it.",
    "demo": "Play the three-minute story on real sockets and check its figures.",
    "console": "Open the terminal console on a running switchboard.",
    "bench": "Measure redirects, RADIUS, rating or routing and print one JSON object.",
    "backup": "Copy everything of a switchboard, while it runs or when it is stopped.",
    "restore": "Make a data folder of a backup, check its books, and say what to do next. Overwrites nothing.",
    "drill": "Take a backup, restore it elsewhere, and compare every row with the original. Starts nothing.",
}
TOGETHER = {"backup": "backup", "restore": "backup", "drill": "backup"}
"""Commands of HEAVY whose module has several: the module; the function is named like the command."""
PANELS = {
    "Run": ("up", "join", "demo", "console", "status", "cluster", "users", "audit", "jobs", "mail", "bench"),
    "Partners and plans": (
        "partners",
        "end-users",
        "switches",
        "trunks",
        "limits",
        "gateways",
        "codes",
        "plans",
        "rates",
        "sheets",
        "templates",
        "notices",
        "forms",
        "quote",
    ),
    "Keep": ("backup", "restore", "drill"),
    "Calls": (
        "panic",
        "policies",
        "commitments",
        "swaps",
        "route",
        "routes",
        "statics",
        "losses",
        "ported",
        "tables",
        "calls",
        "cdrs",
        "quality",
        "sla",
        "rerating",
        "traffic",
    ),
    "Money": ("payments", "openings", "fx", "ledger", "pnl", "cash", "statement", "invoices"),
}
FIRST = ("--data", "--desk", "--ca")
"""Options of the command itself that people put behind a noun too."""
WITHOUT = ("up", "join", "demo", "restore", "bench")
"""Commands that ask no switchboard, or whose own help says where its data is."""
WHICH = (
    "The switchboard that is asked: --data FOLDER, else $SWITCHBOARD_DATA, else ./switchboard-data; "
    "--desk HOST:PORT for one elsewhere."
)
PANEL_OF = {name: panel for panel, names in PANELS.items() for name in names}


def noun(name: str) -> Command:
    """Build the command or group of a noun from the `app` of its module."""
    app: typer.Typer = import_module(f"cli.{name.replace('-', '_')}").app
    app.info.name = name
    return _placed(name, built(app))


def heavy(name: str) -> Command:
    """Build a command of HEAVY from the function of its module: `command`, or its own name in a module of several."""
    app = typer.Typer(add_completion=False)
    module = import_module(f"cli.{TOGETHER.get(name, name)}")
    app.command(name)(getattr(module, name if name in TOGETHER else "command"))
    return _placed(name, built(app))


def _placed(name: str, command: Command) -> Command:
    assert isinstance(command, TyperCommand | TyperGroup), "Typer builds its own classes"
    command.name = name
    command.rich_help_panel = PANEL_OF[name]
    if name not in WITHOUT:
        for one in [command, *(command.commands.values() if isinstance(command, TyperGroup) else ())]:
            one.epilog = WHICH
    return command


class Nouns(TyperGroup):
    """All commands by name, each built when first asked for; the options of FIRST may stand anywhere on the line."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # Bare entries give the order, the suggestions after a typing error and the help of the heavy ones.
        for name in PANEL_OF:
            self.add_command(_placed(name, TyperCommand(name, help=HEAVY.get(name))))

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return the noun's command or group; of a heavy one only its name and help."""
        if cmd_name in PANEL_OF and cmd_name not in HEAVY:
            return noun(cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Return the command that is about to run: here the heavy ones are imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, heavy(name) if name in HEAVY else command, rest

    def invoke(self, ctx: Context) -> Any:
        """Run the command; of a word that a parser refuses its reason is told, not how Pydantic begins it."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Bring the options of FIRST to the front, where this group reads them."""
        return super().parse_args(ctx, options_first(args))


def options_first(args: list[str]) -> list[str]:
    """Move `--data X`, `--data=X` and their like to the front of the arguments; what follows `--` stays as it is."""
    end = args.index("--") if "--" in args else len(args)
    front: list[str] = []
    rest: list[str] = []
    words = iter(args[:end])
    for word in words:
        if word in FIRST:
            front += [word, *[value for value in [next(words, None)] if value is not None]]
        elif word.startswith(tuple(f"{option}=" for option in FIRST)):
            front.append(word)
        else:
            rest.append(word)
    return front + rest + args[end:]


app = typer.Typer(
    cls=Nouns,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals may hold secrets
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # 20 ms that no other command needs

        typer.echo(f"switchboard {version('switchboard')}")
        raise typer.Exit


@app.callback()
def switchboard(
    data: Annotated[
        str | None,
        typer.Option(help="The data folder; else $SWITCHBOARD_DATA, else ./switchboard-data.", show_default=False),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            "--desk",
            metavar="HOST:PORT",
            help="A switchboard elsewhere, with the token in $SWITCHBOARD_TOKEN; else $SWITCHBOARD_ADDRESS.",
            show_default=False,
        ),
    ] = None,
    ca: Annotated[
        str | None,
        typer.Option(
            metavar="PEM",
            help="Who signed its certificate, or `system`: speak TLS; else $SWITCHBOARD_CA.",
            show_default=False,
        ),
    ] = None,
    asked_version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Run and ask the switchboard and billing house of a wholesale voice carrier."""
    # into the environment, so that all that this command starts finds the same one
    for name, given in (("SWITCHBOARD_DATA", data), ("SWITCHBOARD_ADDRESS", address), ("SWITCHBOARD_CA", ca)):
        if given is not None:
            os.environ[name] = given


def main() -> None:
    """Run the command of this process's arguments. Exit codes: 0 done, 1 refused or failed, 2 wrong usage."""
    app(prog_name="switchboard")


if __name__ == "__main__":
    main()
