"""`switchboard routes states|out|in|probe|events`: what an operator enters and sees of watched routes."""

import json
import re
import shlex
from pathlib import Path

import pytest

from domain.directory import Policy
from domain.policies.fields import POLICY_FIELDS, changed_policy
from protos.operators_pb2 import Changed
from protos.routes_pb2 import (
    RouteEventEntry,
    RouteEvents,
    RouteEventsQuery,
    RouteMeasure,
    RouteOrder,
    RouteStateEntry,
    RouteStates,
    RouteStatesQuery,
)
from tests.cli.far_desk import FarDesk

NOON = 1_793_620_800_000
"""2026-11-02 12:00 UTC."""
ASR = RouteMeasure(name="asr", value=25.0, low=17.5, high=34.3, calls=100)
OUT = RouteStateEntry(
    vendor="nordlink", destination=1, destination_name="Kenya Mobile", watch="asr=35", standing="out", since_ms=NOON,
    why="asr 25.0 (17.5–34.3, 100 calls) is beyond 35", measures=[ASR],
)  # fmt: skip


def test_states_are_a_table_with_figures_and_reason(desk: FarDesk) -> None:
    probing = RouteStateEntry(vendor="savanna", destination_name="Kenya", standing="probing", batch=2, since_ms=NOON)
    desk.says("Routes.States", RouteStates(states=[OUT, probing], total=2))
    said = desk.run("routes", "states", "--vendor", "nordlink", "--destination", "ken").stdout
    assert desk.asked("Routes.States") == RouteStatesQuery(vendor="nordlink", destination="ken", limit=50)
    for part in ("nordlink", "Kenya Mobile", "2026-11-02 12:00:00", "asr 25.0 (17.5–34.3) % of 100", "probing 2"):
        assert part in said
    desk.says("Routes.States", RouteStates())
    assert "every watched route stands well" in desk.run("routes", "states").stdout


@pytest.mark.parametrize("order", ["out", "in"])
def test_an_order_goes_with_its_reason_and_end(desk: FarDesk, order: str) -> None:
    desk.says("Routes.Order", Changed(what="nordlink to Kenya Mobile: done"))
    words = (order, "nordlink", "Kenya Mobile", "--until", "2026-11-02T12:00:00Z", "--why", "ticket 7")
    assert "nordlink to Kenya Mobile: done" in desk.run("routes", *words).stdout
    asked = RouteOrder(vendor="nordlink", destination="Kenya Mobile", order=order, until_ms=NOON, why="ticket 7")
    assert desk.asked("Routes.Order") == asked


@pytest.mark.parametrize("order", ["probe", "out", "in"])
def test_an_order_may_have_no_end(desk: FarDesk, order: str) -> None:
    desk.says("Routes.Order", Changed(what="done"))
    desk.run("routes", order, "nordlink", "Kenya", "--why", "mended")
    asked = RouteOrder(vendor="nordlink", destination="Kenya", order=order, why="mended")
    assert desk.asked("Routes.Order") == asked


def test_an_order_needs_a_reason(desk: FarDesk) -> None:
    said = desk.run("routes", "out", "nordlink", "Kenya")
    assert said.exit_code == 2 and "--why" in said.output


def test_events_are_listed_and_followed(desk: FarDesk) -> None:
    event = RouteEventEntry(
        number=3, at_ms=NOON, vendor="nordlink", destination_name="Kenya Mobile", before="active", after="locked-out",
        why="ticket 7", who="noc", watch="by hand",
    )  # fmt: skip
    desk.says("Routes.Events", RouteEvents(events=[event], total=1))
    said = desk.run("routes", "events").stdout
    assert desk.asked("Routes.Events") == RouteEventsQuery(limit=50)
    for part in ("2026-11-02 12:00:00", "active", "locked-out", "ticket 7", "noc"):
        assert part in said
    found = json.loads(desk.run("routes", "events", "--json").stdout)
    assert found["events"][0]["who"] == "noc"
    desk.says("Routes.Watch", event, event)
    lines = desk.run("routes", "events", "--follow", "--vendor", "nordlink").stdout.splitlines()
    assert [line.count("locked-out") for line in lines] == [1, 1]


def test_the_examples_and_fields_of_the_document_are_there(desk: FarDesk) -> None:
    doc = (Path(__file__).parents[2] / "docs" / "routes.md").read_text()
    lines = [
        line.partition("  #")[0]
        for block in re.findall(r"```sh\n(.*?)```", doc, re.DOTALL)
        for line in block.splitlines()
    ]
    assert len(lines) == 9
    for line in lines:
        words = shlex.split(line)[1:]
        desk.says("Policies.Set", Changed(what="done"))
        desk.says("Routes.Order", Changed(what="done"))
        desk.says("Routes.States", RouteStates())
        desk.says("Routes.Events", RouteEvents())
        assert desk.run(*words).exit_code == 0, line
        if words[0] == "policies":
            changed_policy(Policy(words[2]), dict(word.split("=", 1) for word in words[3:]))
    named = {name for name in POLICY_FIELDS if name.startswith("watch_") and not name.endswith("_warn")}
    assert {name for name in named if f"`{name}`" not in doc} == set()
