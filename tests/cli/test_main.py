"""Finding commands, their help, and the data folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.testing import CliRunner

from cli.main import HEAVY, PANEL_OF, app, noun, options_first
from protos.operators_pb2 import Board, Status
from tests.cli.far_desk import FarDesk

SWITCHBOARD = str(Path(sys.executable).with_name("switchboard"))
NOUNS = [name for name in PANEL_OF if name not in HEAVY]


def run_process(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SWITCHBOARD, *words], capture_output=True, text=True, env=os.environ | {"COLUMNS": "200"} | environment
    )


def test_help_lists_every_command_without_importing_the_heavy_ones() -> None:
    script = (
        "import sys, typer.testing; from cli.main import app; "
        "print(typer.testing.CliRunner().invoke(app, ['--help']).output); "
        "print('heavy:', [name for name in ('ray', 'textual', 'cli.up', 'cli.console') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert [name for name in PANEL_OF if f" {name} " not in shown] == []
    assert "heavy: []" in shown


def test_a_command_imports_no_other_noun_and_no_heavy_library() -> None:
    script = (
        "import sys; from cli.main import noun; noun('status'); "
        "print([m for m in ('ray', 'polars', 'textual', 'sqlmodel', 'cli.cdrs', 'rich') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


@pytest.mark.parametrize("name", NOUNS)
def test_every_help_text_is_one_good_sentence(name: str) -> None:
    command = noun(name)
    inner = list(command.commands.values()) if isinstance(command, TyperGroup) else []
    for one in [command, *inner]:
        text = (one.help or "").strip()
        assert text.endswith(".") and text[0].isupper() and "\n\n" not in text, f"{name} {one.name}: {text!r}"
        assert len(text) > 15


@pytest.mark.parametrize("name", NOUNS)
def test_every_option_says_what_it_is_for(name: str) -> None:
    command = noun(name)
    inner = list(command.commands.values()) if isinstance(command, TyperGroup) else [command]
    silent = [parameter.name for one in inner for parameter in one.params if not getattr(parameter, "help", None)]
    assert silent == []


def test_the_data_folder_and_its_variable_stand_in_the_help_of_what_runs_on_it() -> None:
    for name in ("up", "join"):
        said = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}).stdout
        assert "--data" in said and "SWITCHBOARD_DATA" in said and "switchboard-data" in said, name
    for words in (["partners", "list"], ["status"], ["backup"]):
        said = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"}).stdout
        assert "--data FOLDER, else $SWITCHBOARD_DATA, else ./switchboard-data" in said, words


def test_an_unknown_command_is_wrong_usage_and_the_nearest_is_named() -> None:
    result = CliRunner().invoke(app, ["consol"])
    assert result.exit_code == 2
    assert "Did you mean 'console'?" in result.stderr


def test_why_a_word_cannot_be_read_is_told_in_our_words_alone() -> None:
    result = CliRunner().invoke(app, ["payments", "add", "--amount", "-5"])
    assert result.exit_code == 2
    assert "'--amount': -5 is not above zero" in " ".join(result.stderr.split())


def test_no_command_is_wrong_usage_and_shows_the_help() -> None:
    assert CliRunner().invoke(app, []).exit_code == 2


def test_the_version_is_printed() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, "switchboard 0.1.0\n")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["status", "--data", "d"], ["--data", "d", "status"]),
        (["codes", "find", "--data=d", "447"], ["--data=d", "codes", "find", "447"]),
        (["--data", "d", "status"], ["--data", "d", "status"]),
        (["codes", "find", "--", "--data", "d"], ["codes", "find", "--", "--data", "d"]),
        (["status", "--data"], ["--data", "status"]),
    ],
)
def test_the_data_option_may_stand_anywhere_before_a_double_dash(given: list[str], expected: list[str]) -> None:
    assert options_first(given) == expected


def test_the_data_option_wins_over_the_environment(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("Status.Get", Status(version="0.1.0", board=Board(cps=1)))
    shown = run_process("status", "--data", str(tmp_path), SWITCHBOARD_DATA="/nowhere")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("switchboard    0.1.0\n")


def test_the_exit_codes_of_the_process_are_0_1_and_2(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("Status.Get", Status())
    assert run_process("status", SWITCHBOARD_DATA=str(tmp_path)).returncode == 0
    assert run_process("status", SWITCHBOARD_DATA=str(tmp_path / "none")).returncode == 1
    assert run_process("status", "--nonsense", SWITCHBOARD_DATA=str(tmp_path)).returncode == 2


def test_the_console_without_a_terminal_is_wrong_usage_and_ends() -> None:
    result = CliRunner().invoke(app, ["console"])
    assert result.exit_code == 2
    assert "the console needs a terminal" in result.stderr
