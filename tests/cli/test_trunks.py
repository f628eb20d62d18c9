"""`switchboard trunks`."""

import json
from pathlib import Path

from protos.operators_pb2 import Changed, Trunk, Trunks
from tests.cli.far_desk import FarDesk


def test_add_sends_an_outgoing_trunk_with_its_rules(desk: FarDesk) -> None:
    desk.says("Trunks.Add", Changed(what="trunk nordlink-1 added"))
    words = "trunks add nordlink-1 --partner nordlink --direction out --host 127.0.0.9 --port 5070 --tech-prefix 99# "
    result = desk.run(*(words + "--strip 1 --add 00 --max-cps 20").split())
    assert (result.exit_code, result.stdout) == (0, "trunk nordlink-1 added\n")
    sent = desk.asked("Trunks.Add")
    assert (sent.direction, sent.host, sent.port, sent.tech_prefix) == ("out", "127.0.0.9", 5070, "99#")
    assert (sent.strip, sent.add, sent.max_cps, sent.HasField("max_calls")) == (1, "00", 20, False)


def test_the_limits_say_how_those_of_outgoing_trunks_are_kept(desk: FarDesk) -> None:
    words = desk.run("trunks", "add", "--help").stdout.replace("│", " ").split()
    assert " ".join(words).count("Of outgoing trunks as far as attempts are reported.") == 2


def test_a_direction_is_in_or_out(desk: FarDesk) -> None:
    result = desk.run(*"trunks add t --partner p --direction both".split())
    assert result.exit_code == 2
    assert "'in', 'out'" in result.stderr


def test_list_shows_where_calls_come_from_and_go(desk: FarDesk) -> None:
    incoming = Trunk(id="orbita-in", partner="orbita", direction="in", port=5060)
    outgoing = Trunk(id="nord-out", partner="nordlink", direction="out", host="10.0.0.1", port=5070, disabled=True)
    desk.says("Trunks.List", Trunks(trunks=[incoming, outgoing]))
    _, first, second = desk.run("trunks", "list").stdout.splitlines()
    assert first.split() == ["orbita-in", "orbita", "in", "any", "enabled"]
    assert second.split() == ["nord-out", "nordlink", "out", "10.0.0.1:5070", "disabled"]
    assert json.loads(desk.run("trunks", "list", "--json").stdout)["trunks"][1]["disabled"] is True


def test_set_takes_fields_rules_and_answers_and_the_password_from_file_or_environment(
    desk: FarDesk, tmp_path: Path
) -> None:
    desk.says("Trunks.Set", Changed(what="trunk t: max_calls 30 (was none)"))
    file = tmp_path / "password"
    file.write_text("hush\n")
    words = ["max_calls=30", "rules.tech_prefix=99", "answers.no-route=503/34 No route"]
    assert desk.run("trunks", "set", "t", *words, "--password-file", str(file)).exit_code == 0
    assert dict(desk.asked("Trunks.Set").values) == {
        "max_calls": "30", "rules.tech_prefix": "99", "answers.no-route": "503/34 No route", "auth_password": "hush",
    }  # fmt: skip
    refused = desk.run("trunks", "set", "t", "auth_password=hush")
    assert refused.exit_code == 2
    assert "--password-file" in refused.stderr and "hush" not in refused.stderr
    assert "no environment variable NOT_THERE" in desk.run("trunks", "set", "t", "--password-env", "NOT_THERE").stderr


def test_a_trunk_is_closed_and_opened_by_a_word(desk: FarDesk) -> None:
    desk.says("Trunks.Set", Changed(what="done"))
    desk.run("trunks", "disable", "t")
    desk.run("trunks", "enable", "t")
    assert [dict(one.values) for one in desk.requests["Trunks.Set"]] == [{"enabled": "false"}, {"enabled": "true"}]


def test_show_marks_options_that_are_not_as_by_default(desk: FarDesk) -> None:
    fields = {"stir": "require-a", "host": "10.0.0.1", "rules.strip": "0", "answers.no-route": "503"}
    one = Trunk(id="t", partner="acme", direction="in", fields=fields, options={"stir": "require-a"})
    desk.says("Trunks.Show", one)
    said = desk.run("trunks", "show", "t").stdout.splitlines()
    assert said[0].split() == ["trunk", "t"]
    assert [row.split() for row in said[5:]] == [
        ["host", "10.0.0.1"], ["rules.strip", "0"], ["*", "stir", "require-a"], ["answers.no-route", "503"],
        ["*", "not", "as", "by", "default"],
    ]  # fmt: skip


def test_remove_names_the_trunk(desk: FarDesk) -> None:
    desk.says("Trunks.Remove", Changed(what="trunk x removed"))
    assert desk.run("trunks", "remove", "x").stdout == "trunk x removed\n"
    assert desk.asked("Trunks.Remove").name == "x"
