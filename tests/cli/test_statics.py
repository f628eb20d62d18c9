"""`switchboard statics`: what an operator enters and sees of static entries."""

import re
import shlex
from pathlib import Path

import pytest

from domain.policies.policy import Policy
from domain.policies.rules import check
from protos.operators_pb2 import Changed, FieldChanges, Named, PageRequest
from protos.statics_pb2 import StaticEntries, StaticEntry
from tests.cli.far_desk import FarDesk

DOC = (Path(__file__).parents[2] / "docs" / "statics.md").read_text()
SIXTY = StaticEntry(
    id="k60", place="first", client="orbita", code="25471", vendor="kestrel", priority=1, weight=60, at_most_bp=1_250
)


def test_an_entry_goes_as_it_was_written(desk: FarDesk) -> None:
    desk.says("Statics.Add", Changed(what="static entry k60 added"))
    words = "k60 --place first --vendor kestrel --client orbita --code 25471 --weight 60 --at-most 12.5".split()
    assert "static entry k60 added" in desk.run("statics", "add", *words).stdout
    assert desk.asked("Statics.Add") == SIXTY


def test_entries_are_a_table(desk: FarDesk) -> None:
    barred = StaticEntry(id="no", place="never", destination="Kenya", priority=1, weight=1)
    lone = StaticEntry(id="t", place="last", trunk="k-out", product="gold", priority=2, weight=1)
    desk.says("Statics.List", StaticEntries(entries=[SIXTY, barred, lone], total=3))
    said = desk.run("statics", "list", "k").stdout
    assert desk.asked("Statics.List") == PageRequest(filter="k", limit=50)
    for line in ("client orbita, code 25471", "12.50 %", "any vendor", "to Kenya", "trunk k-out", "product gold"):
        assert line in said
    desk.says("Statics.List", StaticEntries())
    assert "no static entries: add one" in desk.run("statics", "list").stdout


def test_an_entry_is_removed_by_its_name(desk: FarDesk) -> None:
    desk.says("Statics.Remove", Changed(what="static entry k60 removed"))
    assert "removed" in desk.run("statics", "remove", "k60").stdout
    assert desk.asked("Statics.Remove") == Named(name="k60")


def test_fields_of_an_entry_are_changed(desk: FarDesk) -> None:
    desk.says("Statics.Set", Changed(what="static entry k60: weight 40 (was 60)"))
    assert "weight 40" in desk.run("statics", "set", "k60", "weight=40", "at-most=30").stdout
    assert desk.asked("Statics.Set") == FieldChanges(id="k60", values={"weight": "40", "at_most": "30"})


@pytest.mark.parametrize("percent", ["0", "100", "x", "12.345", "nan"])
def test_a_share_that_cannot_be_is_told(desk: FarDesk, percent: str) -> None:
    said = desk.run("statics", "add", "e", "--vendor", "kestrel", "--at-most", percent)
    assert said.exit_code == 2 and "per cent" in said.output


def test_the_examples_of_the_documents_are_commands(desk: FarDesk) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", DOC, re.DOTALL)
    lines = [line.partition("  #")[0] for block in blocks for line in block.splitlines()]
    assert len(lines) == 14
    for line in lines:
        words = shlex.split(line)[1:]
        for method in ("Policies.Set", "Statics.Add", "Statics.Set", "Statics.Remove"):
            desk.says(method, Changed(what="done"))
        desk.says("Statics.List", StaticEntries())
        assert desk.run(*words).exit_code == 0, line
        if words[0] == "policies":
            field, _, value = words[3].partition("=")
            check(Policy("shared", split=value) if field == "split" else Policy("shared", sticky=value))
