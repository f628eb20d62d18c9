"""`switchboard policies`: what is asked, what is shown; and docs/policies.md, whose examples are read as they stand."""

import re
import shlex
from pathlib import Path

import grpc
import pytest

from actors.desk.formula_checks import tried
from cli.fields import assignments
from cli.main import noun
from domain.directory import Policy
from domain.formulas.program import condition_of, order_of
from domain.policies.fields import changed_policy
from domain.policies.library import LIBRARY, ready
from protos.operators_pb2 import Changed, Empty, FieldChanges
from protos.policies_pb2 import (
    FormulaCheck,
    FormulaQuery,
    FormulaTerm,
    PolicyBack,
    PolicyChange,
    PolicyFigure,
    PolicyPlace,
    PolicyProfile,
    PolicyProfiles,
    PolicyRef,
    RoutePolicies,
    RoutePolicy,
)
from tests.cli.far_desk import FarDesk

DOC = (Path(__file__).parents[2] / "docs" / "policies.md").read_text()
COMMANDS = [
    line.partition("   #")[0]
    for block in re.findall(r"```sh\n(.*?)```", DOC, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("switchboard policies")
]
CHEAP = RoutePolicy(
    name="cheap",
    version=3,
    values={"order": "price", "max_routes": "3"},
    at_ms=1_793_491_200_000,
    who="ada",
    note="as sold",
    clients=2,
    places=[PolicyPlace(policy="cheap", client="acme", profile="evening")],
    attached=8,
)


def test_a_policy_is_set_by_the_names_of_its_fields(desk: FarDesk) -> None:
    desk.says("Policies.Set", Changed(what="policy cheap v1 added"))
    words = (
        "policies",
        "set",
        "cheap",
        "order=price, then asr*acd/pdd_p50",
        "only=",
        "--ready",
        "top-3",
        "--note",
        "why",
    )
    assert desk.run(*words).stdout == "policy cheap v1 added\n"
    values = {"order": "price, then asr*acd/pdd_p50", "only": ""}
    assert desk.asked("Policies.Set") == PolicyChange(name="cheap", values=values, ready="top-3", note="why")


def test_what_is_said_stands_apart_from_what_is_left_to_others(desk: FarDesk) -> None:
    desk.says("Policies.Get", CHEAP)
    said = desk.run("policies", "show", "cheap", "--version", "3").stdout
    assert desk.asked("Policies.Get") == PolicyRef(name="cheap", version=3)
    assert "cheap v3" in said and "2 clients" in said and "client acme, at evening" in said
    assert re.search(r"^\* +order +price$", said, re.MULTILINE)
    assert re.search(r"^ +keep *$", said, re.MULTILINE)


def test_lists_say_what_each_says_and_where_it_holds(desk: FarDesk) -> None:
    page = RoutePolicies(policies=[CHEAP, RoutePolicy(name="default", version=1)], total=3)
    desk.says("Policies.List", page)
    desk.says("Policies.Versions", page)
    shown = desk.run("policies", "list")
    assert (
        "order price; max_routes 3" in shown.stdout and "2 by contract; client acme, at evening; 7 more" in shown.stdout
    )
    assert "more with --offset 2" in shown.stderr
    assert "as sold" in desk.run("policies", "versions", "cheap").stdout


def test_places_are_named_and_versions_counted(desk: FarDesk) -> None:
    for method in ("Attach", "Detach", "Back"):
        desk.says(f"Policies.{method}", Changed(what="done"))
    desk.run("policies", "attach", "cheap", "--client", "acme", "--destination", "Kenya", "--product", "gold")
    assert desk.asked("Policies.Attach") == PolicyPlace(
        policy="cheap", client="acme", destination="Kenya", product="gold"
    )
    desk.run("policies", "detach", "--profile", "evening")
    assert desk.asked("Policies.Detach") == PolicyPlace(profile="evening")
    desk.run("policies", "back", "cheap", "--note", "sorry")
    assert desk.asked("Policies.Back") == PolicyBack(name="cheap", note="sorry")


def test_profiles_are_listed_or_set(desk: FarDesk) -> None:
    desk.says("Policies.SetProfile", Changed(what="set"))
    desk.says("Policies.Profiles", PolicyProfiles(profiles=[PolicyProfile(name="evening", zone="UTC", now=True)]))
    desk.run("policies", "profiles", "evening", "zone=Europe/Paris")
    assert desk.asked("Policies.SetProfile") == FieldChanges(id="evening", values={"zone": "Europe/Paris"})
    assert "yes" in desk.run("policies", "profiles").stdout
    assert desk.asked("Policies.Profiles") == Empty()


def test_a_formula_is_told_term_by_term_and_a_wrong_one_is_pointed_at(desk: FarDesk) -> None:
    term = FormulaTerm(text="asr * acd", column=13, direction="most", worth=6300)
    asked = [PolicyFigure(name="asr(1h)", example="42", words="answers")]
    desk.says("Policies.Check", FormulaCheck(kind="order", terms=[term], figures=asked))
    right = desk.run("policies", "check", "price, then asr * acd")
    assert right.exit_code == 0 and "the most" in right.stdout and "6300" in right.stdout and "asr(1h)" in right.stdout
    assert desk.asked("Policies.Check") == FormulaQuery(text="price, then asr * acd", field="order")
    desk.says("Policies.Check", FormulaCheck(error="'prise' in column 7 is no figure", column=7, mend="Say price."))
    wrong = desk.run("policies", "check", "least prise")
    assert wrong.exit_code == 1
    assert wrong.stdout.splitlines()[:3] == ["least prise", "      ^", "'prise' in column 7 is no figure"]


def test_what_the_desk_refuses_is_one_line(desk: FarDesk) -> None:
    desk.refuses("Policies.Set", grpc.StatusCode.INVALID_ARGUMENT, "policy p, order: 'x' in column 1 is no figure")
    result = desk.run("policies", "set", "p", "order=x")
    assert (result.exit_code, "in column 1" in result.stderr) == (1, True)


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_manual_is_one(line: str) -> None:
    words = shlex.split(line)
    group = noun("policies")
    context = group.make_context("policies", words[2:], resilient_parsing=False)
    name, command, rest = group.resolve_command(context, words[2:])  # type: ignore[attr-defined]
    inner = command.make_context(name, rest)
    if name == "set":
        begun = ready(inner.params["ready"]).policy if inner.params["ready"] else Policy("p")
        changed_policy(begun, assignments(inner.params["words"] or [], {}))
    if name == "check":
        assert not tried(inner.params["formula"], inner.params["field"]).error


def test_every_formula_of_the_manual_can_be_read() -> None:
    formulas = re.findall(r"^\| `([^`]+)` \| (order|only|keep) \|", DOC, re.MULTILINE)
    assert len(formulas) > 5
    for text, field in formulas:
        order_of(text) if field == "order" else condition_of(text)


def test_the_manual_names_every_ready_policy_and_field() -> None:
    assert [one.policy.name for one in LIBRARY if f"`{one.policy.name}`" not in DOC] == []
    fields = ("order", "only", "keep", "unmet", "window", "vendors", "max_routes", "min_margin", "min_margin_bp")
    assert [name for name in fields if f"`{name}`" not in DOC] == []
