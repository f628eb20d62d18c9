"""The command `bench`: wrong usage is told before anything is started."""

import json

import pytest
from typer.testing import CliRunner

from cli.main import app


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "give redirect, enum, radius, rating, route, quality, failover, restart, soak, import, swap or"),
        (["rating", "--rate", "100"], "only redirect, enum and soak take --rate"),
        (["route", "--seconds", "2"], "takes no --seconds"),
        (["radius", "--calls", "600"], "only rating, route and backtest take --calls"),
        (["redirect", "--seconds", "60"], "redirect takes 20 s at most"),
        (["radius", "--beside", "kamailio"], "only redirect takes --beside"),
        (["failover", "--seconds", "2"], "takes no --seconds"),
        (["backtest", "--seconds", "2"], "takes no --seconds"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_measured(words: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["bench", *words], env={"COLUMNS": "200"})
    assert result.exit_code == 2 and said in result.output


def test_standard_output_is_one_json_object_and_progress_goes_elsewhere() -> None:
    result = CliRunner().invoke(app, ["bench", "rating", "--seconds", "0.1", "--calls", "500"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["bench"] == "rating"
    assert "rating in frames" in result.stderr
