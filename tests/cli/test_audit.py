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
    before='{"status": "active", "name": "Orbita", "credit_limit": 100}',
    after='{"status": "suspended", "name": "Orbita", "credit_limit": 250}',
)


def test_a_change_shows_who_made_it_and_each_value_before_and_after(desk: FarDesk) -> None:
    desk.says("Audit.List", AuditPage(entries=[ENTRY]))
    shown = desk.run("audit", "--noun", "partner", "--key", "orbita", "--who", "ada").stdout.splitlines()
    assert shown[1].split("  ")[-1] == "credit_limit: 100 → 250, status: active → suspended"
    assert "ada" in shown[1] and "orbita" in shown[1]
    assert desk.asked("Audit.List") == AuditQuery(noun="partner", key="orbita", who="ada", limit=50)


def test_what_was_added_shows_what_it_has(desk: FarDesk) -> None:
    added = AuditEntry(id=1, who="ada", noun="fx", key="EUR", action="set", after='{"rate": 1, "source": ""}')
    noted = AuditEntry(id=2, who="ada", noun="ban", key="10.0.0.9", action="lift")
    desk.says("Audit.List", AuditPage(entries=[noted, added]))
    first, second = desk.run("audit").stdout.splitlines()[1:]
    assert first.endswith("10.0.0.9") and second.endswith("rate: 1")


def test_json_has_the_values_themselves(desk: FarDesk) -> None:
    desk.says("Audit.List", AuditPage(entries=[ENTRY]))
    [entry] = json.loads(desk.run("audit", "--json").stdout)["entries"]
    assert (entry["before"]["credit_limit"], entry["after"]["status"]) == (100, "suspended")


def test_a_full_page_says_how_to_go_on(desk: FarDesk) -> None:
    desk.says("Audit.List", AuditPage(entries=[ENTRY]))
    assert desk.run("audit", "--limit", "1").stderr == "older ones with --before 7\n"
    assert desk.run("audit", "--limit", "2").stderr == ""
