"""`switchboard trunks`: points of interconnection."""

from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.fields import assignments, in_order, secret_of, write_fields
from cli.parsing import AsJson, Filter, Limit, Offset
from cli.reach import desk
from domain.directory import Direction
from domain.switch_fields import TRUNK_NAMES
from protos.operators_pb2 import FieldChanges, Named, PageRequest, Trunk, Trunks
from protos.operators_pb2_grpc import TrunksServiceStub

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Add, change, show, list and remove points of interconnection."
)
SECRETS = {"auth_password": "--password-file or --password-env"}

OUTGOING = "Of outgoing trunks as far as attempts are reported."

Id = Annotated[str, typer.Argument(metavar="TRUNK", help="Its short name.", show_default=False)]
PasswordFile = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="A file that holds auth_password alone.", show_default=False),
]
PasswordEnv = Annotated[
    str, typer.Option(metavar="NAME", help="The environment variable that holds auth_password.", show_default=False)
]


@app.command()
def add(
    trunk: Id,
    partner: Annotated[str, typer.Option(help="Whose it is.", show_default=False)],
    direction: Annotated[Direction, typer.Option(help="As seen from us.", show_default=False)],
    host: Annotated[str, typer.Option(help="In: where calls come from, else any; out: where they go.")] = "",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Out: where calls go.")] = 5060,
    name: Annotated[str, typer.Option(help="The trunk group as the switch names it.", show_default=False)] = "",
    switch: Annotated[str, typer.Option(help="In: the only switch that sees it.", show_default=False)] = "",
    plan: Annotated[str, typer.Option(help="Its own plan, before the partner's.", show_default=False)] = "",
    tech_prefix: Annotated[str, typer.Option(help="Put before numbers to tell partners apart.")] = "",
    country: Annotated[str, typer.Option(help="Country code of national numbers, such as 254.")] = "",
    national_prefix: Annotated[str, typer.Option(help="What begins national numbers, such as 0.")] = "",
    strip: Annotated[int, typer.Option(min=0, max=32, help="Digits to take off at last.")] = 0,
    add_digits: Annotated[str, typer.Option("--add", metavar="DIGITS", help="Digits to put in front at last.")] = "",
    max_calls: Annotated[
        int | None, typer.Option(min=0, max=1_000_000, help=f"Most calls at a time. {OUTGOING}", show_default=False)
    ] = None,
    max_cps: Annotated[
        int | None, typer.Option(min=0, max=1_000_000, help=f"Most new calls a second. {OUTGOING}", show_default=False)
    ] = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Add it, but let no call go.")] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Any other field of `trunks show`; may be repeated."),
    ] = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = "",
) -> None:
    """Add an incoming or outgoing trunk of a partner with its number rules and limits."""
    entry = Trunk(
        id=trunk,
        partner=partner,
        direction=direction,
        host=host,
        port=port,
        name=name,
        switch_id=switch,
        plan=plan,
        tech_prefix=tech_prefix,
        country=country,
        national_prefix=national_prefix,
        strip=strip,
        add=add_digits,
        max_calls=max_calls,
        max_cps=max_cps,
        disabled=disabled,
        options=_values(settings, password_file, password_env),
    )
    with desk() as channel:
        output.changed(TrunksServiceStub(channel).Add(entry))


@app.command("set")
def set_fields(
    trunk: Id,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FIELD=VALUE]...", help="See `trunks show` for the fields.", show_default=False),
    ] = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = "",
) -> None:
    """Change fields of a trunk: max_calls=30 rules.tech_prefix=99 stir=require-a answers.no-route="503/34 No route"."""
    values = _values(words, password_file, password_env)
    if not values:
        raise typer.BadParameter("give FIELD=VALUE or --password-file")
    _set(trunk, values)


@app.command()
def enable(trunk: Id) -> None:
    """Let new calls go by a trunk again."""
    _set(trunk, {"enabled": "true"})


@app.command()
def disable(trunk: Id) -> None:
    """Close a trunk to new calls; those that run go on."""
    _set(trunk, {"enabled": "false"})


@app.command()
def remove(trunk: Id) -> None:
    """Remove a trunk that no call, record or posting refers to."""
    with desk() as channel:
        output.changed(TrunksServiceStub(channel).Remove(Named(name=trunk)))


@app.command()
def show(trunk: Id, as_json: AsJson = False) -> None:
    """Show every field of a trunk; options that are not as they are by default are marked."""
    with desk() as channel:
        reply = TrunksServiceStub(channel).Show(Named(name=trunk))
    output.answer(reply, as_json, _write_one)


@app.command("list")
def list_trunks(as_json: AsJson = False, filter: Filter = "", limit: Limit = 50, offset: Offset = 0) -> None:
    """List trunks, a page at a time."""
    with desk() as channel:
        reply = TrunksServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))
    output.answer(reply, as_json, _write)


def _values(words: list[str] | None, file: Path | None, variable: str) -> dict[str, str]:
    values = assignments(words or [], SECRETS)
    password = secret_of(file, variable)
    return values if password is None else values | {"auth_password": password}


def _set(trunk: str, values: dict[str, str]) -> None:
    with desk() as channel:
        output.changed(TrunksServiceStub(channel).Set(FieldChanges(id=trunk, values=values)))


def _write_one(one: Trunk) -> None:
    output.pairs([("trunk", one.id), ("partner", one.partner), ("direction", one.direction)])
    typer.echo()
    write_fields(in_order(one.fields, TRUNK_NAMES), one.options, "not as by default")


def _write(found: Trunks) -> None:
    output.table(
        ("trunk", "partner", "direction", "address", "prefix", "switch", "plan", ">calls", ">cps", "state"),
        (
            [
                one.id,
                one.partner,
                one.direction,
                f"{one.host}:{one.port}" if one.direction == Direction.OUT else one.host or "any",
                one.tech_prefix,
                one.switch_id,
                one.plan,
                str(one.max_calls) if one.HasField("max_calls") else "",
                str(one.max_cps) if one.HasField("max_cps") else "",
                "disabled" if one.disabled else "enabled",
            ]
            for one in found.trunks
        ),
        "no trunks: add one with `switchboard trunks add`",
    )
