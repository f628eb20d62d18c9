"""`switchboard policies canary` and its kin: what is asked, what is shown; and docs/canaries.md, as it stands."""

import json
import re
import shlex
from pathlib import Path

import grpc
import pytest

from domain.policies.fields import changed_policy
from domain.policies.policy import Policy
from protos.operators_pb2 import Changed
from protos.policies_pb2 import ArmsQuery, Canaries, CanariesQuery, CanaryEnd, CanaryOrder, PolicyRef, RoutePolicy
from tests.cli.far_desk import FarDesk
from tests.tui.routing_figures import CANARY, COMPARISON, OVER

DOC = (Path(__file__).parents[2] / "docs" / "canaries.md").read_text()


def row(said: str, *head: str) -> list[str]:
    return next(line.split()[len(head) :] for line in said.splitlines() if line.split()[: len(head)] == list(head))


def test_a_version_is_tried_as_it_was_written(desk: FarDesk) -> None:
    desk.says("Canaries.Begin", Changed(what="policy cheap v4 is tried"))
    words = "--share 12.5 --until 2026-12-01T06:00:00Z --worse-asr 2.5 --worse-margin 0 --least 50 --note why".split()
    said = desk.run("policies", "canary", "cheap", "order=price, then asr", "only=", *words)
    assert said.stdout == "policy cheap v4 is tried\n"
    assert desk.asked("Canaries.Begin") == CanaryOrder(
        policy="cheap", values={"order": "price, then asr", "only": ""}, share_bp=1_250, until_ms=1_796_104_800_000,
        guard_asr_bp=250, guard_margin_bp=0, least_calls=50, note="why",
    )  # fmt: skip


def test_what_is_not_said_is_left_to_the_desk(desk: FarDesk) -> None:
    desk.says("Canaries.Begin", Changed(what="done"))
    desk.run("policies", "canary", "cheap", "--version", "3")
    assert desk.asked("Canaries.Begin") == CanaryOrder(policy="cheap", version=3)


@pytest.mark.parametrize(
    "words",
    [["--share", "0"], ["--share", "100"], ["--version", "0"], ["--least", "19"], ["--until", "soon"], ["order"]],
)
def test_what_cannot_be_is_told_before_anybody_is_asked(desk: FarDesk, words: list[str]) -> None:
    assert desk.run("policies", "canary", "cheap", *words).exit_code == 2
    assert desk.requests == {}


def test_trials_are_a_table_with_what_became_of_them(desk: FarDesk) -> None:
    desk.says("Canaries.List", Canaries(canaries=[CANARY, OVER], total=5))
    said = desk.run("policies", "canaries", "--all", "--limit", "2")
    assert desk.asked("Canaries.List") == CanariesQuery(all=True, limit=2)
    assert row(said.stdout, f"{CANARY.id}")[:4] == [CANARY.policy, f"{CANARY.version}", "10", "%"]
    assert f"{OVER.outcome} by {OVER.ended_by}" in said.stdout and "more with --offset 2" in said.stderr
    desk.says("Canaries.List", Canaries())
    assert "no version is tried: `switchboard policies canary" in desk.run("policies", "canaries", "cheap").stdout


def test_both_arms_stand_beside_each_other(desk: FarDesk) -> None:
    desk.says("Canaries.Compare", COMPARISON)
    said = desk.run("policies", "compare", CANARY.policy, "--trial", "7").stdout
    assert desk.asked("Canaries.Compare") == ArmsQuery(policy=CANARY.policy, id=7, fresh=True)
    assert "v3 in force" in said and "v4 canary" in said
    assert row(said, "attempts") == ["19,813", "2,207"]
    [asr] = [one for one in COMPARISON.differences if one.what == "asr"]
    assert f"{asr.difference.value:+.1f}" in row(said, "ASR", "%") and asr.verdict in row(said, "ASR", "%")
    told = json.loads(desk.run("policies", "compare", CANARY.policy, "--json").stdout)
    assert (told["tried"]["calls"], told["tried"]["canary"], told["current"]["version"]) == (2_007, True, 3)


def test_it_is_promoted_or_dropped_with_a_note(desk: FarDesk) -> None:
    for method in ("Promote", "Drop"):
        desk.says(f"Canaries.{method}", Changed(what=f"{method} done"))
        assert desk.run("policies", method.lower(), "cheap", "--note", "why").stdout == f"{method} done\n"
        assert desk.asked(f"Canaries.{method}") == CanaryEnd(policy="cheap", note="why")
    desk.refuses("Canaries.Drop", grpc.StatusCode.NOT_FOUND, "policy cheap: no version of it is tried")
    refused = desk.run("policies", "drop", "cheap")
    assert (refused.exit_code, "no version of it is tried" in refused.stderr) == (1, True)


def test_the_examples_of_the_document_are_commands(desk: FarDesk) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", DOC, re.DOTALL)
    lines = [line.partition("   #")[0] for block in blocks for line in block.splitlines()]
    assert len(lines) == 8
    for line in lines:
        words = shlex.split(line)[1:]
        for method in ("Begin", "Promote", "Drop"):
            desk.says(f"Canaries.{method}", Changed(what="done"))
        desk.says("Canaries.List", Canaries())
        desk.says("Canaries.Compare", COMPARISON)
        desk.says("Policies.Get", RoutePolicy(name="cheap", version=3))
        desk.requests.clear()
        assert desk.run(*words).exit_code == 0, line
        for order in desk.requests.get("Canaries.Begin", []):
            changed_policy(Policy("cheap"), dict(order.values))
        for asked in desk.requests.get("Policies.Get", []):
            assert asked == PolicyRef(name="cheap", at_ms=1_795_176_000_000)
