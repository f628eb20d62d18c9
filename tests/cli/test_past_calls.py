"""`switchboard calls explain` and `route --call`; and docs/explaining.md, whose examples are run as they stand."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from actors.desk.explained_messages import explained_message
from domain.directory import Policy
from domain.ids import PartnerId
from domain.policies.explaining import explained, wins_at
from domain.policies.fields import changed_policy
from domain.policies.rules import check
from protos.explaining_pb2 import ExplainedRoutes, LcrTable, PastCall, PastCallQuery, PastRoute, TrialPolicy
from protos.operators_pb2 import CallRef
from protos.switch_pb2 import Decision
from tests.cli.far_desk import FarDesk
from tests.cli.test_route_explained import EXPLAINED
from tests.domain.worlds import UK_MOBILE, Codes, client, incoming, setup, uk_world

DOC = (Path(__file__).parents[2] / "docs" / "explaining.md").read_text()
SAME = PastCall(
    call_key="ab" * 16, at_ms=1_793_491_200_000, decision=1, decisions=1, same=True,
    then_policy="cheap v3", anew_policy="cheap v3", now_policy="cheap v4",
    then_verdict="may go", anew_verdict="may go", now_verdict="refused: no-route, nobody",
    routes=[
        PastRoute(vendor="kestrel", trunk="kestrel-1", then=1, anew=1, now_why="suspended"),
        PastRoute(vendor="bluewire", trunk="bluewire-1", then_why="no rate", anew_why="no rate", now_why="suspended"),
    ],
)  # fmt: skip
OTHER = PastCall(
    decision=2, decisions=3, trial="trial of cheap", anew_verdict="may go",
    differences=["kestrel-1: place 1 then, 2 anew"],
    missing=["trunks as they were then: they are those of now"],
)  # fmt: skip


def test_what_was_what_comes_of_it_anew_and_what_would_be_today_stand_beside_each_other(desk: FarDesk) -> None:
    desk.says("Explaining.Past", SAME)
    said = desk.run("calls", "explain", "5a1e@gw1", "--switch", "gw1").stdout
    assert desk.asked("Explaining.Past") == PastCallQuery(call=CallRef(call="5a1e@gw1", switch_id="gw1"))
    lines = [line.split() for line in said.splitlines()]
    assert "decided anew the same: may go, by cheap v3".split() in lines
    assert "today refused: no-route, nobody, by cheap v4".split() in lines
    assert "1 1 - kestrel kestrel-1 suspended".split() in lines
    assert "- - - bluewire bluewire-1 no rate; suspended".split() in lines
    assert "what differs" not in said and "kept no more" not in said


def test_what_differs_and_what_is_kept_no_more_is_told(desk: FarDesk) -> None:
    desk.says("Explaining.Past", OTHER)
    words = ["--policy", "cheap@3", "--order", "price", "--only", "asr > 1", "--keep", "acd > 2", "--decision", "2"]
    said = desk.run("calls", "explain", "abc", *words).stdout
    trial = TrialPolicy(policy="cheap", order="price", only="asr > 1", keep="acd > 2")
    assert desk.asked("Explaining.Past") == PastCallQuery(call=CallRef(call="abc"), trial=trial, version=3, decision=2)
    for part in (
        *OTHER.differences,
        *OTHER.missing,
        "decision 2 of 3",
        "by trial of cheap: may go",
        "nobody has a rate",
    ):
        assert part in said


def test_route_takes_a_past_call_too_but_no_numbers_besides(desk: FarDesk) -> None:
    desk.says("Explaining.Past", SAME)
    assert json.loads(desk.run("route", "--call", "abc", "--json").stdout)["same"] is True
    assert desk.asked("Explaining.Past") == PastCallQuery(call=CallRef(call="abc"))
    both = desk.run("route", "--call", "abc", "--to", "447911123456")
    assert both.exit_code == 2 and "give --call alone" in both.output


def test_terms_and_winning_prices_are_told_where_they_are_asked_for(desk: FarDesk) -> None:
    full = PastCall()
    full.CopyFrom(SAME)
    full.explained.CopyFrom(EXPLAINED)
    desk.says("Explaining.Past", full)
    said = desk.run("calls", "explain", "abc", "--terms").stdout
    assert desk.asked("Explaining.Past").with_terms
    assert "most asr / price" in said and "0.02383720".rstrip("0") in said
    desk.requests.clear()
    assert "most asr / price" in desk.run("route", "--call", "abc", "--explain").stdout
    assert desk.asked("Explaining.Past") == PastCallQuery(call=CallRef(call="abc"), with_terms=True)


@pytest.mark.parametrize("policy", ["cheap@", "cheap@x", "cheap@-1", "@3"])
def test_a_version_is_a_number(desk: FarDesk, policy: str) -> None:
    said = desk.run("calls", "explain", "abc", "--policy", policy)
    assert said.exit_code == 2 and "cheap@3" in said.output


def test_what_nobody_knows_is_one_line(desk: FarDesk) -> None:
    desk.refuses("Explaining.Past", grpc.StatusCode.NOT_FOUND, "call abc: no decision about it is kept")
    said = desk.run("calls", "explain", "abc")
    assert (said.exit_code, "no decision about it is kept" in said.stderr) == (1, True)


def test_the_examples_of_the_document_are_commands(
    desk: FarDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # one of them writes a file
    blocks = re.findall(r"```sh\n(.*?)```", DOC, re.DOTALL)
    lines = [line.partition("   #")[0] for block in blocks for line in block.splitlines()]
    assert len(lines) == 10
    desk.says("Explaining.Past", SAME)
    desk.says("Explaining.Explain", ExplainedRoutes(decision=Decision(admitted=True)))
    desk.says("Explaining.Table", LcrTable())
    for line in lines:
        assert desk.run(*shlex.split(line)[1:]).exit_code == 0, line
    trials = [one.trial for name in ("Past", "Explain") for one in desk.requests[f"Explaining.{name}"]]
    for trial in trials:
        given = {name: getattr(trial, name) for name in ("order", "only", "keep", "window")}
        check(changed_policy(Policy("trial"), {name: text for name, text in given.items() if text}))


def test_the_explanation_of_the_document_is_what_the_command_says(desk: FarDesk) -> None:
    [example] = re.findall(r"```console\n(.*?)```", DOC, re.DOTALL)
    command, _, shown = example.partition("\n")
    whose = {"partners": [client("callwell")], "trunks": [incoming("callwell-in", "callwell", host="10.0.0.2")]}
    here = uk_world(policies=[Policy("default")], **whose)
    here = replace(here, codes=Codes({"447": (UK_MOBILE, "United Kingdom Mobile")}))
    asked = setup(source="10.0.0.2", caller="")
    found = explained(asked, here)
    message = explained_message(found, asked.at_ms)
    for one, vendor in zip(message.vendors, found.vendors, strict=True):
        assert vendor.trunk is not None
        one.wins_units = wins_at(asked, here, vendor.trunk) or 0
    message.decision.CopyFrom(
        Decision(
            admitted=True, client=PartnerId("callwell"), called="447911123456", destination="United Kingdom Mobile"
        )
    )
    desk.says("Explaining.Explain", message)
    said = desk.run(*shlex.split(command)[2:]).stdout

    def plain(text: str) -> list[list[str]]:
        return [line.split() for line in text.splitlines() if line.strip()]

    assert plain(said) == plain(shown)
