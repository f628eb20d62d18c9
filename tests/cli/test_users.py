"""`switchboard users`."""

import json

from protos.operators_pb2 import Changed, UserEntries, UserEntry, UserToken
from tests.cli.far_desk import FarDesk


def test_add_prints_the_token_this_once(desk: FarDesk) -> None:
    desk.says("Users.Add", UserToken(name="ada", token="t0p"))
    added = desk.run("users", "add", "ada", "--role", "rates")
    assert added.stdout.splitlines() == ["user ada added, role rates; its token, shown this once:", "t0p"]
    assert desk.asked("Users.Add") == UserEntry(name="ada", role="rates")
    assert json.loads(desk.run("users", "add", "bob", "--role", "viewer", "--json").stdout)["token"] == "t0p"


def test_a_role_that_is_none_is_wrong_usage(desk: FarDesk) -> None:
    assert desk.run("users", "add", "ada", "--role", "god").exit_code == 2
    assert desk.run("users", "set", "ada").exit_code == 2


def test_set_changes_what_is_given_and_keeps_the_rest(desk: FarDesk) -> None:
    desk.says("Users.List", UserEntries(users=[UserEntry(name="ada", role="rates", disabled=True)]))
    desk.says("Users.Set", Changed(what="user ada is finance, disabled"))
    assert desk.run("users", "set", "ada", "--role", "finance").stdout == "user ada is finance, disabled\n"
    assert desk.asked("Users.Set") == UserEntry(name="ada", role="finance", disabled=True)


def test_set_of_nobody_says_where_to_look(desk: FarDesk) -> None:
    desk.says("Users.List", UserEntries())
    refused = desk.run("users", "set", "ada", "--disabled")
    assert (refused.exit_code, refused.stderr) == (1, "Error: there is no user 'ada': see `switchboard users list`\n")


def test_another_token_is_printed_this_once(desk: FarDesk) -> None:
    desk.says("Users.NewToken", UserToken(name="ada", token="t1p"))
    assert desk.run("users", "token", "ada").stdout.splitlines()[-1] == "t1p"


def test_users_are_listed_with_role_and_state(desk: FarDesk) -> None:
    desk.says("Users.List", UserEntries(users=[UserEntry(name="ada", role="rates", disabled=True)]))
    assert desk.run("users", "list").stdout.splitlines()[1].split() == ["ada", "rates", "disabled"]
