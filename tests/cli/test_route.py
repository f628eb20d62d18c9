"""`switchboard route`."""

import json

from protos.operators_pb2 import RouteRequest
from protos.switch_pb2 import Decision, LeftOut, Route
from tests.cli.far_desk import FarDesk

KESTREL = Route(
    vendor="kestrel",
    trunk="kestrel-1",
    host="127.0.0.9",
    port=5060,
    user="99447911123456",
    price_units=2_460_000,
    currency="USD",
    real_cost_units=2_460_000,
    margin_units=480_000,
    code="447",
)
ADMITTED = Decision(
    admitted=True,
    routes=[KESTREL],
    client="callwell",
    called="447911123456",
    destination="UK Mobile",
    code="447",
    sell_price_units=2_940_000,
    sell_currency="USD",
    sell_plan_version=2,
    left_out=[LeftOut(vendor="bluewire", trunk="bluewire-1", reason="no margin: costs 0.0248, sold at 0.0240")],
    explanation=["2 vendors have a rate"],
)
WORDS = "route --from callwell --to 447911123456".split()


def test_routes_are_shown_in_order_and_the_left_out_with_their_reasons(desk: FarDesk) -> None:
    desk.says("Routing.Explain", ADMITTED)
    result = desk.run(*WORDS, "--caller", "442012345678")
    assert desk.asked("Routing.Explain") == RouteRequest(client="callwell", to="447911123456", caller="442012345678")
    assert result.exit_code == 0
    route = next(line.split() for line in result.stdout.splitlines() if line.split()[:1] == ["1"])
    assert route == "1 kestrel kestrel-1 447 0.0246 USD 0.0246 0.0048 99447911123456 127.0.0.9:5060".split()
    assert "bluewire-1  no margin: costs 0.0248, sold at 0.0240" in result.stdout
    assert "0.0294 USD a minute by code 447, plan version 2" in result.stdout


def test_who_stands_last_for_its_quality_is_told_with_why(desk: FarDesk) -> None:
    last = LeftOut(vendor="kestrel", trunk="kestrel-1", reason="out since noon: asr 10.0")
    desk.says("Routing.Explain", Decision(admitted=True, routes=[KESTREL], stands_last=[last]))
    told = desk.run(*WORDS).stdout.partition("last for their quality")[2]
    assert "kestrel-1  out since noon: asr 10.0" in told


def test_the_trunk_and_the_routing_number_go_with_the_question(desk: FarDesk) -> None:
    desk.says("Routing.Explain", ADMITTED)
    desk.run(*"route --trunk callwell-in --to 447911123456 --rn 447700".split())
    sent = desk.asked("Routing.Explain")
    assert (sent.client, sent.trunk, sent.routing_number) == ("", "callwell-in", "447700")
    assert desk.run("route", "--to", "447911123456").exit_code == 2


def test_a_call_that_would_be_refused_names_its_cause(desk: FarDesk) -> None:
    desk.says("Routing.Explain", Decision(cause="no-credit", client="callwell", called="447911123456"))
    result = desk.run(*WORDS)
    assert result.exit_code == 0
    assert "callwell to 447911123456: refused: no-credit" in result.stdout
    poor = "no money: balance -12.00 USD, credit limit 10.00, held for open calls 0.60: -2.60 is left"
    desk.says("Routing.Explain", Decision(cause="no-credit", client="a", called="4479", detail=poor, routes=[KESTREL]))
    said = desk.run(*WORDS).stdout
    assert f"a to 4479: refused: no-credit, {poor}" in said and "kestrel-1" in said


def test_a_route_as_json_has_prices_as_decimal_strings(desk: FarDesk) -> None:
    desk.says("Routing.Explain", ADMITTED)
    shown = json.loads(desk.run(*WORDS, "--json").stdout)
    route = shown["routes"][0]
    assert (shown["admitted"], route["price"], route["real_cost"], route["margin"]) == (
        *(True, "0.0246", "0.0246", "0.0048"),
    )
    assert shown["left_out"][0]["reason"].startswith("no margin")


def test_a_route_needs_a_client_and_a_number(desk: FarDesk) -> None:
    assert desk.run("route", "--to", "447911123456").exit_code == 2
    assert desk.run("route", "--from", "callwell").exit_code == 2
