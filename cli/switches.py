"""`switchboard switches`: the machines that ask us and report to us."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.fields import assignments, in_order, secret_of, write_fields
from cli.parsing import AsJson
from cli.reach import desk
from domain.switch_fields import RECIPE_FIELDS, SWITCH_FIELDS
from protos.operators_pb2 import Empty, FieldChanges, Named, SwitchEntries, SwitchEntry, SwitchState
from protos.operators_pb2_grpc import SwitchesServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Add, change, show, list and remove the switches that ask and report.",
)
SECRET = "SWITCHBOARD_SECRET"  # noqa: S105  the name of a variable
SECRETS = {"secret": "--secret-file"}

Id = Annotated[str, typer.Argument(metavar="SWITCH", help="Its short name.", show_default=False)]
SecretFile = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="A file that holds the secret alone.", show_default=False),
]


@app.command()
def add(
    switch: Id,
    recipe: Annotated[str, typer.Option(help="What kind of switch it is.", show_default=False)],
    address: Annotated[str, typer.Option(help="The address its packets come from.", show_default=False)] = "",
    secret_file: SecretFile = None,
    require_message_authenticator: Annotated[
        bool, typer.Option("--require-message-authenticator", help="Drop RADIUS requests without one.")
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="What it does otherwise than its kind; may be repeated."),
    ] = None,
) -> None:
    """Add a switch with its recipe, its address and its RADIUS secret: that of the file, or of $SWITCHBOARD_SECRET."""
    secret = secret_of(secret_file, SECRET if SECRET in os.environ else "")
    entry = SwitchEntry(
        id=switch,
        address=address,
        recipe=recipe,
        secret=secret or "",
        require_message_authenticator=require_message_authenticator,
        settings=assignments(settings or [], SECRETS),
    )
    with desk() as channel:
        output.changed(SwitchesServiceStub(channel).Add(entry))


@app.command("set")
def set_fields(
    switch: Id,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FIELD=VALUE]...", help="See `switches show` for the fields.", show_default=False),
    ] = None,
    secret_file: SecretFile = None,
) -> None:
    """Change fields of a switch or of its recipe: address=192.0.2.11 recipe=sip302 cause_base=10 zone=Europe/Kyiv."""
    values = assignments(words or [], SECRETS)
    if secret_file is not None:
        values["secret"] = secret_of(secret_file, "") or ""
    if not values:
        raise typer.BadParameter("give FIELD=VALUE or --secret-file")
    with desk() as channel:
        output.changed(SwitchesServiceStub(channel).Set(FieldChanges(id=switch, values=values)))


@app.command()
def remove(switch: Id) -> None:
    """Remove a switch that no trunk, call, record or user refers to."""
    with desk() as channel:
        output.changed(SwitchesServiceStub(channel).Remove(Named(name=switch)))


@app.command()
def show(switch: Id, as_json: AsJson = False) -> None:
    """Show every field of a switch; those that differ from its recipe are marked."""
    with desk() as channel:
        reply = SwitchesServiceStub(channel).Show(Named(name=switch))
    reply.ClearField("secret")
    output.answer(reply, as_json, _write_one)


@app.command("list")
def list_switches(as_json: AsJson = False) -> None:
    """List switches: when the last record came, how long after its call ended, and the share of errors (unreadable or
    unproved packets and parked reports) in the last hour, else ever since it was added.
    """
    with desk() as channel:
        reply = SwitchesServiceStub(channel).List(Empty())
    for entry in reply.switches:
        entry.ClearField("secret")
    output.answer(reply, as_json, _write)


def _write_one(entry: SwitchEntry) -> None:
    undo = f"differs from the recipe {entry.recipe}; `switches set {entry.id} recipe={entry.recipe}` undoes all of it"
    write_fields(in_order(entry.fields, SWITCH_FIELDS + RECIPE_FIELDS), entry.settings, undo)


def _write(found: SwitchEntries) -> None:
    titles = "switch|address|recipe|last record (UTC)|>age|>lag|>asked|>reported|>errors|own settings"
    output.table(
        titles.split("|"),
        (_switch(one, found.now_ms) for one in found.switches),
        "no switches: add one with `switchboard switches add`",
    )


def _switch(one: SwitchEntry, now_ms: int) -> list[str]:
    state = one.state
    return [
        one.id,
        one.address or "any",
        one.recipe + (f" ({state.equipment})" if state.equipment else ""),
        output.when(state.last_record_ms) or "never",
        output.clock(max(0, now_ms - state.last_record_ms) // 1000) if state.last_record_ms else "",
        output.clock(state.lag_ms // 1000) if state.HasField("lag_ms") else "",
        output.count(state.asked),
        output.count(state.reported),
        _errors(state),
        " ".join(f"{name}={value}" for name, value in sorted(one.settings.items())),
    ]


def _errors(state: SwitchState) -> str:
    """Return the share of errors in the last hour, or ever since where nothing came in the last hour."""
    wrong, heard = state.errors_1h, state.heard_1h
    if not heard:
        wrong, heard = state.errors + state.parked, state.asked + state.reported + state.errors
    return f"{100 * wrong / heard:.1f} %" if heard else ""
