"""`switchboard audit`."""

import json

from protos.operators_pb2 import AuditEntry, AuditPage, AuditQuery
from tests.cli.far_desk import FarDesk

ENTRY = AuditEntry(
    id=7,
    at_ms=1_793_491_200_000,
    who="ada",
    noun="partner",
    key="orbita",
    action="set",
    before='{"status": "active", "name": "Orbita", "credit_limit": 10000000000}',
    after='{"status": "suspended", "name": "Orbita", "credit_limit": 25050000000}',
)


def test_a_change_shows_who_made_it_and_each_value_before_and_after(desk: FarDesk) -> None:
    desk.says("Audit.List", AuditPage(entries=[ENTRY]))
    shown = desk.run("audit", "--noun", "partner", "--key", "orbita", "--who", "ada").stdout.splitlines()
    assert shown[1].split("  ")[-1] == "credit_limit: 100.00 → 250.50, status: active → suspended"
    assert "ada" in shown[1] and "orbita" in shown[1]
    assert desk.asked("Audit.List") == AuditQuery(noun="partner", key="orbita", who="ada", limit=50)


def test_what_was_added_shows_what_it_has(desk: FarDesk) -> None:
    added = AuditEntry(id=1, who="ada", noun="fx", key="EUR", action="set", after='{"rate": 108000000, "source": ""}')
    noted = AuditEntry(id=2, who="ada", noun="ban", key="10.0.0.9", action="lift")
    desk.says("Audit.List", AuditPage(entries=[noted, added]))
    first, second = desk.run("audit").stdout.splitlines()[1:]
    assert first.endswith("10.0.0.9") and second.endswith("rate: 1.08")


def test_one_field_of_a_recipe_is_one_field_and_full_shows_the_rest(desk: FarDesk) -> None:
    recipe = {f"field_{index}": index for index in range(60)}
    before, after = (json.dumps({"recipe": recipe | {"cause_base": base}}) for base in (16, 10))
    desk.says("Audit.List", AuditPage(entries=[AuditEntry(id=1, noun="switch", before=before, after=after)]))
    assert desk.run("audit").stdout.splitlines()[1].endswith("recipe.cause_base: 16 → 10")
    full = desk.run("audit", "--full").stdout
    assert "recipe.cause_base: 16 → 10" in full and "recipe.field_59: 59" in full


def test_json_has_the_values_themselves(desk: FarDesk) -> None:
    desk.says("Audit.List", AuditPage(entries=[ENTRY]))
    [entry] = json.loads(desk.run("audit", "--json").stdout)["entries"]
    assert (entry["before"]["credit_limit"], entry["after"]["status"]) == (10_000_000_000, "suspended")


def test_a_full_page_says_how_to_go_on(desk: FarDesk) -> None:
    desk.says("Audit.List", AuditPage(entries=[ENTRY]))
    assert desk.run("audit", "--limit", "1").stderr == "older ones with --before 7\n"
    assert desk.run("audit", "--limit", "2").stderr == ""


def test_a_long_change_is_cut_in_a_list_and_whole_for_one_thing(desk: FarDesk) -> None:
    desk.says("Audit.List", AuditPage(entries=[AuditEntry(id=1, key="p", after=json.dumps({"name": "n" * 500}))]))
    assert "n" * 500 not in desk.run("audit").stdout
    assert "n" * 500 in desk.run("audit", "--key", "p").stdout


def test_moments_are_told_as_such(desk: FarDesk) -> None:
    desk.says("Audit.List", AuditPage(entries=[AuditEntry(id=1, after='{"at_ms": 1793491200000}')]))
    assert desk.run("audit").stdout.splitlines()[1].endswith("at_ms: 2026-11-01T00:00:00.000Z")
