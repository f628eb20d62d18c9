"""What came of switches in the last hour, and how far behind they are, from what nodes and files say."""

from dataclasses import replace

import orjson
from hypothesis import given
from hypothesis import strategies as st

from actors.desk.board import Board
from actors.desk.core import Desk
from actors.desk.sources import Sources
from actors.desk.switch_figures import SwitchFigures
from actors.desk.switch_hours import HOUR_MS, MINUTE_MS
from actors.pulse import Pulse
from protos import operators_pb2 as pb
from store.figures_file import NAME, read_figures, write_figures
from tests.cluster.tasks.places import NOW


def node(name: str = "node-0", **figures: float) -> Pulse:
    """A node's sign of life; `gw_asked=3` is what switch gw asked since its start."""
    said = {f"switch.gw.{figure}": count for figure, count in figures.items()}
    return Pulse(name, "node", 1, 1, 1.0, figures=said)


def counted(*pulses_at: tuple[int, list[Pulse]]) -> SwitchFigures:
    figures = SwitchFigures()
    for at_ms, pulses in pulses_at:
        figures.take(pulses, at_ms)
    return figures


def test_an_hour_is_the_growth_of_all_nodes_counters() -> None:
    figures = counted(
        (NOW, [node(asked=5, reported=3, errors=1), node("node-1", reported=1, parked=1)]),
        (NOW + MINUTE_MS, [node(asked=6, reported=3, errors=2), node("node-1", reported=2, parked=1)]),
    )
    assert figures.hours.last_hour("gw", NOW + MINUTE_MS) == (13, 3)
    assert figures.hours.last_hour("other", NOW) == (0, 0)


def test_what_is_older_than_an_hour_no_longer_counts() -> None:
    figures = counted((NOW, [node(asked=5, errors=5)]))
    assert figures.hours.last_hour("gw", NOW + HOUR_MS - 1) == (10, 5)
    figures.take([node(asked=6, errors=5)], NOW + HOUR_MS)
    assert figures.hours.last_hour("gw", NOW + HOUR_MS) == (1, 0)


def test_a_node_that_was_started_anew_counts_from_nothing() -> None:
    anew = replace(node(asked=700), started_ms=2)
    figures = counted((NOW, [node(asked=500)]), (NOW + MINUTE_MS, [anew]))
    assert figures.hours.last_hour("gw", NOW + MINUTE_MS) == (1200, 0)
    assert figures.switches["gw"].asked == 1200


def test_a_switch_id_with_a_dot_is_one_switch() -> None:
    figures = counted((NOW, [Pulse("node-0", "node", 1, 1, 1.0, figures={"switch.gw.eu.asked": 4.0})]))
    assert figures.hours.last_hour("gw.eu", NOW) == (4, 0)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_restarts_of_desk_and_node_lose_and_double_nothing(steps: list[tuple[bool, bool, int, int]]) -> None:
    figures, asked, refused, total, refusals, started = SwitchFigures(), 0, 0, 0, 0, 1
    for desk_anew, node_anew, more, no in steps:
        if desk_anew:
            kept = orjson.loads(orjson.dumps(figures.plain()))
            figures = SwitchFigures()
            figures.restore(kept)
        if node_anew:
            started, asked, refused = started + 1, 0, 0
        asked, refused, total, refusals = asked + more, refused + no, total + more, refusals + no
        counters = {"switch.gw.asked": float(asked), "refused.no-route": float(refused), "last.gw": float(NOW)}
        figures.take([Pulse("node-0", "node", 1, started, 1.0, figures=counters)], NOW)
    assert figures.switches["gw"].asked == total
    assert (figures.refusals["no-route"], figures.refused_1h) == (refusals, refusals)
    assert figures.hours.last_hour("gw", NOW)[0] == total


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


async def test_a_restart_of_desk_and_nodes_forgets_nothing_of_a_switch(desk: Desk) -> None:
    await desk.publish()
    before = Board(desk)
    before.take([told("node-0", NOW - 9_000, 700)], {}, 0)
    report = pb.CdrImportReport(file_name="DDB-1", rows=9, accepted=6, rejected=1, switch_id="ab")
    desk.sources.count(report, NOW, NOW - 5_000)
    was = {state.switch_id: state for state in before.switches()}
    write_figures(desk.home.data, before.kept())
    desk.sources = Sources()
    after = Board(desk)
    after.restore(read_figures(desk.home.data))
    assert {state.switch_id: state for state in after.switches()} == was
    assert (was["gw"].last_record_ms, was["gw"].lag_ms, was["gw"].reported, was["ab"].reported) == (
        NOW - 9_000,
        700,
        2,
        6,
    )


async def test_figures_that_cannot_be_read_are_begun_anew(desk: Desk) -> None:
    await desk.publish()
    for text in ("", "[]", '{"nodes": {"switches": {"gw": 3}}}', '{"nodes": 7}'):
        (desk.home.data / NAME).write_text(text)
        board = Board(desk)
        board.restore(read_figures(desk.home.data))
        assert {state.reported for state in board.switches()} == {0}


async def test_a_removed_switch_is_forgotten(desk: Desk) -> None:
    await desk.publish()
    board = Board(desk)
    board.take([Pulse("node-0", "node", 1, 1, 1.0, figures={"switch.gone.asked": 4.0})], {}, 0)
    assert "gone" not in board.kept()["nodes"]["switches"]
