"""`switchboard switches`."""

from pathlib import Path

from protos.operators_pb2 import Changed, SwitchEntries, SwitchEntry
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


def test_list_shows_no_secret_even_if_one_is_sent(desk: FarDesk) -> None:
    desk.says("Switches.List", SwitchEntries(switches=[SwitchEntry(id="gw1", recipe="cisco", secret="hush")]))
    for words in (["switches", "list"], ["switches", "list", "--json"]):
        result = desk.run(*words)
        assert "gw1" in result.stdout and "hush" not in result.stdout


def test_a_secret_file_that_is_not_there_is_wrong_usage(desk: FarDesk) -> None:
    result = desk.run(*"switches add gw1 --address 127.0.0.2 --recipe cisco --secret-file /no/file".split())
    assert result.exit_code == 2
    assert "does not exist" in result.stderr
