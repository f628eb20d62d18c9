"""`switchboard switches`."""

from pathlib import Path

import pytest

from protos.operators_pb2 import Changed, SwitchEntries, SwitchEntry, SwitchState
from tests.cli.far_desk import FarDesk


def test_add_takes_the_secret_from_a_file_and_never_prints_it(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("Switches.Add", Changed(what="switch gw1 added"))
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    words = "switches add gw1 --address 127.0.0.2 --recipe cisco --require-message-authenticator --secret-file"
    result = desk.run(*words.split(), str(secret))
    assert result.stdout == "switch gw1 added\n"
    assert desk.asked("Switches.Add") == SwitchEntry(
        id="gw1", address="127.0.0.2", recipe="cisco", secret="hush", require_message_authenticator=True
    )


def test_add_takes_the_secret_from_the_environment_and_from_no_command_line(
    desk: FarDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.says("Switches.Add", Changed(what="switch gw1 added"))
    words = "switches add gw1 --address 127.0.0.2 --recipe cisco".split()
    assert desk.run(*words, "--secret", "hush").exit_code == 2
    monkeypatch.setenv("SWITCHBOARD_SECRET", "hush")
    assert desk.run(*words).exit_code == 0
    assert desk.asked("Switches.Add").secret == "hush"


def test_list_shows_no_secret_even_if_one_is_sent(desk: FarDesk) -> None:
    desk.says("Switches.List", SwitchEntries(switches=[SwitchEntry(id="gw1", recipe="cisco", secret="hush")]))
    for words in (["switches", "list"], ["switches", "list", "--json"]):
        result = desk.run(*words)
        assert "gw1" in result.stdout and "hush" not in result.stdout


def test_a_secret_file_that_is_not_there_is_wrong_usage(desk: FarDesk) -> None:
    result = desk.run(*"switches add gw1 --address 127.0.0.2 --recipe cisco --secret-file /no/file".split())
    assert result.exit_code == 2
    assert "does not exist" in result.stderr


def test_add_takes_what_the_switch_does_otherwise_than_its_kind(desk: FarDesk) -> None:
    desk.says("Switches.Add", Changed(what="switch gw2 added"))
    words = "switches add gw2 --address 127.0.0.3 --recipe cisco --set cause_base=10 --set zone=Europe/Kyiv"
    assert desk.run(*words.split()).exit_code == 0
    assert dict(desk.asked("Switches.Add").settings) == {"cause_base": "10", "zone": "Europe/Kyiv"}


def test_set_takes_fields_by_words_and_the_secret_by_file_only(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("Switches.Set", Changed(what="switch gw1: cause_base 10 (was 16), secret given anew"))
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    result = desk.run("switches", "set", "gw1", "cause-base=10", "--secret-file", str(secret))
    assert result.stdout == "switch gw1: cause_base 10 (was 16), secret given anew\n"
    assert dict(desk.asked("Switches.Set").values) == {"cause_base": "10", "secret": "hush"}
    refused = desk.run("switches", "set", "gw1", "secret=hush")
    assert refused.exit_code == 2
    assert "--secret-file" in refused.stderr and "hush" not in refused.stderr


def test_set_without_anything_to_set_is_wrong_usage(desk: FarDesk) -> None:
    assert desk.run("switches", "set", "gw1").exit_code == 2
    assert desk.run("switches", "set", "gw1", "cause_base").exit_code == 2


def test_show_marks_what_differs_from_the_recipe(desk: FarDesk) -> None:
    fields = {"zone": "UTC", "address": "127.0.0.2", "cause_base": "10", "recipe": "cisco", "new_field": "1"}
    desk.says("Switches.Show", SwitchEntry(id="gw1", recipe="cisco", fields=fields, settings={"cause_base": "10"}))
    _, *rows, undo = desk.run("switches", "show", "gw1").stdout.splitlines()
    assert [row.split() for row in rows] == [
        ["address", "127.0.0.2"], ["recipe", "cisco"], ["*", "cause_base", "10"], ["zone", "UTC"], ["new_field", "1"],
    ]  # fmt: skip
    assert undo.startswith("* differs from the recipe cisco")


def test_list_shows_the_last_record_its_age_its_lag_and_the_share_of_errors(desk: FarDesk) -> None:
    state = SwitchState(last_record_ms=1_000, lag_ms=61_000, asked=90, reported=5, errors=4, parked=1, equipment="tdm")
    quiet = SwitchEntry(id="gw2", recipe="sip302", settings={"cause_base": "16"})
    heard = SwitchEntry(id="gw1", address="10.0.0.1", recipe="cisco", state=state)
    desk.says("Switches.List", SwitchEntries(switches=[heard, quiet], now_ms=66_000))
    _, first, second = desk.run("switches", "list").stdout.splitlines()
    assert first.split() == "gw1 10.0.0.1 cisco (tdm) 1970-01-01 00:00:01 1:05 1:01 90 5 5.1 %".split()
    assert second.split() == "gw2 any sip302 never 0 0 cause_base=16".split()


def test_the_share_of_errors_is_that_of_the_last_hour_where_anything_came_in_it(desk: FarDesk) -> None:
    state = SwitchState(last_record_ms=1_000, asked=900, errors=100, heard_1h=50, errors_1h=1)
    desk.says("Switches.List", SwitchEntries(switches=[SwitchEntry(id="gw1", recipe="cisco", state=state)]))
    assert "2.0 %" in desk.run("switches", "list").stdout


def test_remove_names_the_switch(desk: FarDesk) -> None:
    desk.says("Switches.Remove", Changed(what="switch x removed"))
    assert desk.run("switches", "remove", "x").stdout == "switch x removed\n"
    assert desk.asked("Switches.Remove").name == "x"
