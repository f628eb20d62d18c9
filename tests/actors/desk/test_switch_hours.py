"""What came of switches in the last hour, and how far behind they are, from what nodes and files say."""

from actors.desk.board import Board
from actors.desk.core import Desk
from actors.desk.switch_hours import HOUR_MS, MINUTE_MS, SwitchHours
from actors.pulse import Pulse
from protos import operators_pb2 as pb
from tests.cluster.tasks.places import NOW


def node(name: str = "node-0", **figures: float) -> Pulse:
    """A node's sign of life; `gw_asked=3` is what switch gw asked since its start."""
    said = {f"switch.gw.{figure}": count for figure, count in figures.items()}
    return Pulse(name, "node", 1, 1, 1.0, figures=said)


def test_an_hour_is_the_growth_of_all_nodes_counters() -> None:
    hours = SwitchHours()
    hours.take([node(asked=5, reported=3, errors=1), node("node-1", reported=1, parked=1)], NOW)
    hours.take([node(asked=6, reported=3, errors=2), node("node-1", reported=2, parked=1)], NOW + MINUTE_MS)
    assert hours.last_hour("gw", NOW + MINUTE_MS) == (13, 3)
    assert hours.last_hour("other", NOW) == (0, 0)


def test_what_is_older_than_an_hour_no_longer_counts() -> None:
    hours = SwitchHours()
    hours.take([node(asked=5, errors=5)], NOW)
    assert hours.last_hour("gw", NOW + HOUR_MS - 1) == (10, 5)
    hours.take([node(asked=6, errors=5)], NOW + HOUR_MS)
    assert hours.last_hour("gw", NOW + HOUR_MS) == (1, 0)


def test_a_node_that_was_started_anew_counts_from_nothing() -> None:
    hours = SwitchHours()
    hours.take([node(asked=500)], NOW)
    hours.take([node(asked=2)], NOW + MINUTE_MS)
    assert hours.last_hour("gw", NOW + MINUTE_MS) == (502, 0)


def test_a_switch_id_with_a_dot_is_one_switch() -> None:
    hours = SwitchHours()
    hours.take([Pulse("node-0", "node", 1, 1, 1.0, figures={"switch.gw.eu.asked": 4.0})], NOW)
    assert hours.last_hour("gw.eu", NOW) == (4, 0)


def told(name: str, last_ms: int, lag_ms: int) -> Pulse:
    figures = {"switch.gw.reported": 2.0, "switch.gw.parked": 1.0, "last.gw": float(last_ms), "lag.gw": float(lag_ms)}
    return Pulse(name, "node", 1, 1, 1.0, figures=figures)


async def state(desk: Desk, *pulses: Pulse) -> pb.SwitchState:
    await desk.publish()
    board = Board(desk)
    board.take(pulses, {}, 0)
    return next(one for one in board.switches() if one.switch_id == "gw")


async def test_the_lag_is_that_of_the_last_record_at_whatever_node(desk: Desk) -> None:
    its = await state(desk, told("node-0", NOW - 9_000, 700), told("node-1", NOW - 4_000, 120_000))
    assert (its.lag_ms, its.last_record_ms) == (120_000, NOW - 4_000)
    assert (its.reported, its.parked, its.heard_1h, its.errors_1h) == (4, 2, 4, 2)


async def test_a_switch_of_which_no_end_came_has_no_lag(desk: Desk) -> None:
    assert not (await state(desk)).HasField("lag_ms")


async def test_files_of_a_switch_count_with_what_it_told_live(desk: Desk) -> None:
    report = pb.CdrImportReport(file_name="DDB-1", rows=9, accepted=6, parked=2, rejected=1, switch_id="gw")
    desk.sources.count(report, NOW, NOW - 86_400_000)
    its = await state(desk, told("node-0", NOW - 9_000, 700))
    assert (its.lag_ms, its.last_record_ms) == (86_400_000, NOW)
    assert (its.reported, its.errors, its.parked) == (10, 1, 3)
