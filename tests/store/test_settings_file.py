"""Settings from file and environment, and the sentences that name a fault."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from domain.errors import InputError, NotFoundError
from domain.settings import Settings
from store.settings_file import NAME, load_settings

EXAMPLE = Path(__file__).parents[2] / "switchboard.example.toml"


def faults(data: Path, toml: str) -> list[str]:
    """Return the sentences that a settings file earns, without its path."""
    (data / NAME).write_text(toml)
    with pytest.raises(InputError) as caught:
        load_settings(data)
    return [line.removeprefix(f"{data / NAME}: ") for line in str(caught.value).splitlines()]


def names(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


def test_the_example_holds_every_setting_at_its_default(tmp_path: Path) -> None:
    given: dict[str, Any] = tomllib.loads(EXAMPLE.read_text("utf-8"))
    assert load_settings(tmp_path, EXAMPLE) == Settings()
    assert set(given) | {"shard"} == names(Settings), "shards of other machines are shown in a comment"
    sections = {name: value[0] if isinstance(value, list) else value for name, value in given.items()}
    defaults = {name: value[0] if isinstance(value, tuple) else value for name, value in Settings() if value != ()}
    assert {name: set(keys) for name, keys in sections.items()} == {n: names(type(v)) for n, v in defaults.items()}


def test_the_example_explains_every_setting() -> None:
    keys = [line for line in EXAMPLE.read_text("utf-8").splitlines() if " = " in line and not line.startswith("#")]
    assert len(keys) > 40
    assert [line for line in keys if " # " not in line] == []


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nowhere.toml: there is no such settings file"):
        load_settings(tmp_path, tmp_path / "nowhere.toml")


def test_the_environment_wins_over_the_file_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).write_text("[limits]\nbatch = 10\nqueue = 11\n[money]\nbase_currency = 'EUR'\n")
    monkeypatch.setenv("SWITCHBOARD_LIMITS__BATCH", "12")
    monkeypatch.setenv("SWITCHBOARD_CLOCK__SETTABLE", "true")
    settings = load_settings(tmp_path)
    assert (settings.limits.batch, settings.limits.queue, settings.clock.settable) == (12, 11, True)
    assert settings.money.base_currency == "EUR"


def test_nodes_come_from_the_environment_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_NODE", '[{"name": "a", "sip": "10.0.0.5:5060"}]')
    assert [(node.name, node.sip) for node in load_settings(tmp_path).node] == [("a", "10.0.0.5:5060")]
    monkeypatch.setenv("SWITCHBOARD_NODE", "a,b")
    with pytest.raises(InputError, match=r"environment: .*node.* given as JSON"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("[limits]\nbatch = 0", "limits.batch is 0; allowed is a whole number from 1 to 10000."),
        ("[limits]\nbatch = 'many'", "limits.batch is 'many'; allowed is a whole number from 1 to 10000."),
        ("[clock]\nspeed = -1", "clock.speed is -1; allowed is a number from 0 to 10000."),
        ("[clock]\nsettable = 'perhaps'", "clock.settable is 'perhaps'; allowed is true or false."),
        ("[log]\nlevel = 'loud'", "log.level is 'loud'; allowed is debug or info or warning or error."),
        ("[desk]\nlisten = ''", "desk.listen is ''; allowed is text, not empty."),
        (
            "[[node]]\nsip = 'nonsense'",
            "node[0].sip is 'nonsense'; allowed is host:port, such as 127.0.0.1:5060 or [::1]:5060.",
        ),
        ("[limits]\nbath = 1", "limits.bath is no setting; did you mean batch?"),
        ("[[nodes]]\nsip = ''", "nodes is no setting; did you mean node?"),
        ("limits = 3", "limits is 3; allowed is a section."),
        ("node = []", "at least one [[node]] is needed, else no switch can ask."),
        ("node = 1", "node is 1; allowed is a list of sections."),
        (
            "[[node]]\nname = 'a'\n[[node]]\nname = 'B'",
            "node[1].name is 'B'; allowed is text like ^[a-z0-9][a-z0-9-]{0,31}$.",
        ),
        ("[money]\nbase_currency = 'usd'", "money.base_currency is 'usd'; allowed is text like ^[A-Z]{3}$."),
        (
            "[store]\nurl = 'mysql://bill:secret@db/x'",
            "store.url is 'mysql://bill@db/x'; allowed is empty (SQLite in the data folder) or "
            "postgresql+psycopg://user@host:port/database.",
        ),
    ],
)
def test_a_wrong_setting_names_itself_its_value_and_what_is_allowed(tmp_path: Path, toml: str, sentence: str) -> None:
    assert faults(tmp_path, toml) == [sentence]


def test_every_fault_gets_its_own_sentence(tmp_path: Path) -> None:
    assert len(faults(tmp_path, "[limits]\nbatch = 0\nqueue = 0\n[log]\nlevel = 'x'")) == 3


def test_a_fault_from_the_environment_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_LIMITS__BATCH", "0")
    with pytest.raises(InputError, match=r"^SWITCHBOARD_LIMITS__BATCH: limits.batch is '0'; allowed"):
        load_settings(tmp_path)


def test_listeners_that_clash_are_named(tmp_path: Path) -> None:
    (sentence,) = faults(tmp_path, "[desk]\nlisten = '127.0.0.1:9464'")
    assert sentence.startswith("tcp 127.0.0.1:9464 is given twice")


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (sentence,) = faults(tmp_path, "[limits]\nbatch = \n")
    assert "line 2" in sentence


def test_a_password_comes_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    (tmp_path / NAME).write_text(
        f"[store]\nurl = 'postgresql+psycopg://bill@db/x'\npassword_file = '{tmp_path / 'secret'}'\n"
    )
    assert load_settings(tmp_path).store.full_url() == "postgresql+psycopg://bill:s3cret@db/x"
    monkeypatch.setenv("SWITCHBOARD_STORE__PASSWORD", "other")
    settings = load_settings(tmp_path)
    assert settings.store.full_url() == "postgresql+psycopg://bill:other@db/x"
    assert "other" not in repr(settings)


def test_a_missing_password_file_is_named(tmp_path: Path) -> None:
    (sentence,) = faults(tmp_path, "[store]\npassword_file = '/nowhere/secret'\n")
    assert sentence.startswith("store.password_file /nowhere/secret cannot be read")


def test_a_wrong_password_is_never_shown(tmp_path: Path) -> None:
    (sentence,) = faults(tmp_path, "[store]\npassword = 12345\n")
    assert sentence == "store.password is hidden; allowed is text."
