"""`switchboard cdrs` tells of legs that were closed by us, and closes them by hand."""

import json

from protos.operators_pb2 import CdrExplanation, CdrPage, CloseLostReport, CloseLostRequest, Leg
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

CLOSED_MS = 1_761_998_400_000
OURS = Leg(side="client", state="partial", switch_id="gw1", duration_ms=300_000, alive_ms=CLOSED_MS)


def test_list_asks_for_those_that_we_closed(desk: FarDesk) -> None:
    desk.says("Cdrs.List", CdrPage(legs=[OURS], total=1))
    assert "partial" in desk.run("cdrs", "list", "--partial").stdout
    assert desk.asked("Cdrs.List").partial_only


def test_a_leg_says_that_we_closed_it_and_when_its_real_end_came(desk: FarDesk) -> None:
    real = Leg(side="client", state="closed", revision=1, duration_ms=320_000, alive_ms=CLOSED_MS)
    desk.says("Cdrs.Show", CdrExplanation(legs=[OURS, real]))
    shown = desk.run("cdrs", "show", "00").stdout
    assert "closed by us on 2025-11-01T12:00:00.000Z, at its last sign of life; its real end has not come" in shown
    assert "its real end came on 2025-11-01T12:00:00.000Z" in shown


def test_lost_ends_are_closed_by_hand(desk: FarDesk) -> None:
    charged = Money(units=3_000_000, currency="USD")
    desk.says("Cdrs.CloseLost", CloseLostReport(found=2, closed=1, charged=charged, legs=[OURS], faults=["leg 00: no"]))
    result = desk.run("cdrs", "close-lost", "--switch", "gw1")
    assert desk.asked("Cdrs.CloseLost") == CloseLostRequest(switch_id="gw1")
    assert result.stdout.splitlines()[-2:] == ["1 of 2 silent legs closed, 0.03 USD", "leg 00: no"]
    tried = desk.run("cdrs", "close-lost", "--dry-run")
    assert desk.requests["Cdrs.CloseLost"][-1] == CloseLostRequest(dry_run=True)
    assert "1 of 2 silent legs would be closed" in tried.stdout
    assert json.loads(desk.run("cdrs", "close-lost", "--json").stdout)["closed"] in (1, "1")


def test_where_none_can_be_closed_the_command_fails(desk: FarDesk) -> None:
    desk.says("Cdrs.CloseLost", CloseLostReport(found=1, faults=["leg 00: no-rate"]))
    assert desk.run("cdrs", "close-lost").exit_code == 1
