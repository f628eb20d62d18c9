"""`switchboard losses`: what is entered and seen of allowed losses; and docs/margins.md and docs/failover.md, whose
examples are read as they stand."""

import re
import shlex
from pathlib import Path

import pytest

from domain.failover import failover_of
from domain.losses import PERIODS
from domain.policies.fields import changed_policy
from domain.policies.policy import Policy
from protos.explaining_pb2 import ExplainedRoutes
from protos.losses_pb2 import AllowedLoss, AllowedLossUse, AllowedLossUses
from protos.operators_pb2 import Changed, FieldChanges, Named, PageRequest
from protos.switch_pb2 import Decision, Route
from tests.cli.far_desk import FarDesk

DOCS = Path(__file__).parents[2] / "docs"
PROMO = AllowedLoss(
    id="promo", client="acme", destination="Kenya Mobile", vendor="savanna", budget_units=2_500_000_000, period="day",
    zone="UTC", most_bp=500, from_ms=1_764_547_200_000, why="a promise",
)  # fmt: skip
USE = AllowedLossUse(
    loss=PROMO, period_ms=1_764_547_200_000, lost_units=1_250_000_000, aside_units=5_000_000, open_calls=3,
    state="holds", base_currency="USD", fields={"budget": "25.00", "period": "day"},
)  # fmt: skip


def test_an_allowance_goes_as_it_was_written(desk: FarDesk) -> None:
    desk.says("Losses.Add", Changed(what="allowed loss promo added"))
    words = shlex.split(
        "promo --client acme --destination 'Kenya Mobile' --vendor savanna --budget 25.00 --per day --most-bp 500 "
        "--from 2025-12-01 --why 'a promise'"
    )
    assert "allowed loss promo added" in desk.run("losses", "add", *words).stdout
    assert desk.asked("Losses.Add") == PROMO


@pytest.mark.parametrize("missing", ["--client acme", "--budget 25", "--per day"])
def test_whose_calls_how_much_and_how_often_must_be_said(desk: FarDesk, missing: str) -> None:
    words = "--client acme --budget 25 --per day".replace(missing, "").split()
    said = desk.run("losses", "add", "promo", *words)
    assert (said.exit_code, "Missing option" in said.output) == (2, True)


def test_what_is_lost_and_set_aside_is_shown(desk: FarDesk) -> None:
    desk.says("Losses.List", AllowedLossUses(losses=[USE], total=1))
    said = desk.run("losses", "list", "kenya").stdout
    assert desk.asked("Losses.List") == PageRequest(filter="kenya", limit=50)
    for words in ("of acme, to Kenya Mobile", "25.00 USD", "12.50", "0.05", "holds", "a promise"):
        assert words in said
    desk.says("Losses.Show", USE)
    said = desk.run("losses", "show", "promo").stdout
    for words in ("25.00 USD a day", "0.05 for 3 open calls", "budget"):
        assert words in said
    desk.says("Losses.List", AllowedLossUses())
    assert "no allowed losses: add one" in desk.run("losses", "list").stdout


def test_what_is_counted_by_a_shard_that_is_away_is_not_known(desk: FarDesk) -> None:
    away = AllowedLossUse(loss=PROMO, state="not known", base_currency="USD")
    desk.says("Losses.List", AllowedLossUses(losses=[away], total=1))
    assert "not known" in desk.run("losses", "list").stdout


def test_fields_are_changed_and_an_allowance_is_removed_by_its_name(desk: FarDesk) -> None:
    desk.says("Losses.Set", Changed(what="allowed loss promo: budget 40.00 (was 25.00)"))
    assert "budget 40.00" in desk.run("losses", "set", "promo", "budget=40").stdout
    assert desk.asked("Losses.Set") == FieldChanges(id="promo", values={"budget": "40"})
    desk.says("Losses.Remove", Changed(what="allowed loss promo removed"))
    assert "removed" in desk.run("losses", "remove", "promo").stdout
    assert desk.asked("Losses.Remove") == Named(name="promo")


def test_an_explained_call_tells_by_which_allowance_it_may_lose(desk: FarDesk) -> None:
    route = Route(vendor="savanna", trunk="savanna-out", allowed_loss="promo", expected_loss_units=5_000_000)
    desk.says("Explaining.Explain", ExplainedRoutes(decision=Decision(admitted=True, routes=[route])))
    said = desk.run("route", "--from", "acme", "--to", "254710000001", "--explain").stdout
    assert "promo" in said and "0.050000" in said


@pytest.mark.parametrize(("document", "count"), [("margins.md", 11), ("failover.md", 6)])
def test_the_examples_of_the_documents_are_commands(desk: FarDesk, document: str, count: int) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / document).read_text(), re.DOTALL)
    lines = [line.partition("  #")[0] for block in blocks for line in block.splitlines()]
    assert len(lines) == count
    methods = ("Policies.Set", "Partners.Set", "Switches.Set", "Losses.Add", "Losses.Set", "Losses.Remove")
    for line in lines:
        words = shlex.split(line)[1:]
        for method in methods:
            desk.says(method, Changed(what="done"))
        desk.says("Losses.List", AllowedLossUses())
        desk.says("Losses.Show", USE)
        assert desk.run(*words).exit_code == 0, line
        fields = dict(word.partition("=")[::2] for word in words[3:])
        if words[:2] == ["policies", "set"]:
            changed_policy(Policy("x"), fields)
        elif words[:2] == ["partners", "set"] and "failover" in fields:
            failover_of(fields["failover"])


def test_the_periods_of_the_document_are_those_there_are() -> None:
    row = next(line for line in (DOCS / "margins.md").read_text().splitlines() if line.startswith("| `--budget`"))
    assert all(f"`{period}`" in row for period in PERIODS)
