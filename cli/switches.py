"""`switchboard switches`: the machines that ask us and report to us."""

from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson
from cli.reach import desk
from protos.operators_pb2 import Empty, SwitchEntries, SwitchEntry
from protos.operators_pb2_grpc import SwitchesServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Add and list the switches that ask and report.")


@app.command()
def add(
    switch: Annotated[str, typer.Argument(metavar="SWITCH", help="Its short name.", show_default=False)],
    address: Annotated[str, typer.Option(help="The address its packets come from.", show_default=False)],
    recipe: Annotated[str, typer.Option(help="What kind of switch it is.", show_default=False)],
    secret: Annotated[
        str | None,
        typer.Option(envvar="SWITCHBOARD_SECRET", help="RADIUS shared secret; better by file.", show_default=False),
    ] = None,
    secret_file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A file that holds the secret alone.", show_default=False),
    ] = None,
    require_message_authenticator: Annotated[
        bool, typer.Option("--require-message-authenticator", help="Drop RADIUS requests without one.")
    ] = False,
) -> None:
    """Add a switch with its recipe, its address and its secret."""
    if secret_file is not None:
        secret = secret_file.read_text().strip()
    entry = SwitchEntry(
        id=switch,
        address=address,
        recipe=recipe,
        secret=secret or "",
        require_message_authenticator=require_message_authenticator,
    )
    with desk() as channel:
        output.changed(SwitchesServiceStub(channel).Add(entry))


@app.command("list")
def list_switches(as_json: AsJson = False) -> None:
    """List switches; their secrets are never shown."""
    with desk() as channel:
        reply = SwitchesServiceStub(channel).List(Empty())
    for entry in reply.switches:
        entry.ClearField("secret")
    output.answer(reply, as_json, _write)


def _write(found: SwitchEntries) -> None:
    output.table(
        ("switch", "address", "recipe", "message-authenticator"),
        (
            [one.id, one.address, one.recipe, "required" if one.require_message_authenticator else "optional"]
            for one in found.switches
        ),
        "no switches: add one with `switchboard switches add`",
    )
