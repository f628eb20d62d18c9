"""`switchboard users`: who may call the switchboard, and as what."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson
from cli.reach import desk, fail
from domain.users import Role
from protos.operators_pb2 import Empty, Named, UserEntries, UserEntry, UserToken
from protos.operators_pb2_grpc import UsersServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Add, change and list users, and give them tokens.")

Name = Annotated[str, typer.Argument(metavar="USER", help="Its short name.", show_default=False)]


@app.command()
def add(
    user: Name,
    role: Annotated[Role, typer.Option(help="What it may do.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Add a user and print its token, which is shown this once: give it by SWITCHBOARD_TOKEN or in `authorization`."""
    with desk() as channel:
        reply = UsersServiceStub(channel).Add(UserEntry(name=user, role=role))
    output.answer(reply, as_json, lambda made: _show(made, f"user {user} added, role {role}"))


@app.command("set")
def set_user(
    user: Name,
    role: Annotated[Role | None, typer.Option(help="What it may do from now on.", show_default=False)] = None,
    enabled: Annotated[
        bool | None,
        typer.Option("--enabled/--disabled", help="Let it call, or put it out at once.", show_default=False),
    ] = None,
) -> None:
    """Change the role or the state of a user; its token stays the same."""
    if role is None and enabled is None:
        raise typer.BadParameter("give --role, --enabled or --disabled")
    with desk() as channel:
        users = UsersServiceStub(channel)
        entry = next((one for one in users.List(Empty()).users if one.name == user), None)
        if entry is None:
            fail(f"there is no user {user!r}: see `switchboard users list`")
        if role is not None:
            entry.role = role
        if enabled is not None:
            entry.disabled = not enabled
        output.changed(users.Set(entry))


@app.command()
def token(user: Name, as_json: AsJson = False) -> None:
    """Give a user another token and print it this once; the former one is void at once."""
    with desk() as channel:
        reply = UsersServiceStub(channel).NewToken(Named(name=user))
    output.answer(reply, as_json, lambda made: _show(made, f"user {user} has another token"))


@app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List users; their tokens are never shown."""
    with desk() as channel:
        reply = UsersServiceStub(channel).List(Empty())
    output.answer(reply, as_json, _write)


def _show(made: UserToken, what: str) -> None:
    output.lines([f"{what}; its token, shown this once:", made.token])


def _write(found: UserEntries) -> None:
    output.table(
        ("user", "role", "state"),
        ([one.name, one.role, "disabled" if one.disabled else "enabled"] for one in found.users),
        "no users but the admin, whose token is in the data folder: add one with `switchboard users add`",
    )
