"""Decisions are kept in day files, and found by call."""

from dataclasses import replace
from pathlib import Path

from structlog.testing import capture_logs

from actors.decision_log import DAY_MS, UNWRITTEN, DecisionLog, read_decisions
from domain.decisions import Decision, explain
from domain.ids import CallKey
from domain.routing import decide
from tests.domain.builders import NOON
from tests.domain.call_builders import key_of
from tests.domain.worlds import setup, uk_world

ANY = decide(setup(), uk_world())
DAY = NOON // DAY_MS


def about(call: str, at_ms: int = NOON) -> Decision:
    return replace(ANY, call_key=key_of(call), at_ms=at_ms)


def test_decisions_about_a_call_are_found_once_they_are_written(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path, "node-0")
    for call in ("c1", "c2", "c1"):
        log.add(about(call))
    assert read_decisions(tmp_path, key_of("c1"), range(DAY, DAY + 1)) == []
    assert log.flush() == 3
    assert log.flush() == 0
    assert read_decisions(tmp_path, key_of("c1"), range(DAY, DAY + 1)) == [explain(about("c1"))] * 2
    assert read_decisions(tmp_path, key_of("c3"), range(DAY, DAY + 1)) == []


def test_what_the_disk_does_not_take_in_time_is_counted_as_lost(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path, "node-0")
    for _ in range(UNWRITTEN + 3):
        log.add(ANY)
    assert log.lost == 3
    assert (log.flush(UNWRITTEN + 3), log.flush()) == (UNWRITTEN, 0)


def test_a_disk_that_takes_nothing_loses_decisions_and_stops_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "decisions"
    folder.write_text("in the way of the folder")
    log = DecisionLog(folder, "node-0")
    for call in ("c1", "c2"):
        log.add(about(call))
        with capture_logs() as said:
            assert log.flush() == 1
        assert [line["event"] for line in said] == (["decisions not written"] if call == "c1" else [])
    assert log.lost == 2
    folder.unlink()
    log.add(about("c3"))
    assert (log.flush(), log.lost) == (1, 2)
    assert read_decisions(folder, key_of("c3"), range(DAY, DAY + 1)) == [explain(about("c3"))]


def test_decisions_go_to_the_file_of_their_day_and_node(tmp_path: Path) -> None:
    for node in ("node-0", "node-1"):
        log = DecisionLog(tmp_path, node)
        log.add(about("c1"))
        log.add(about("c1", NOON + DAY_MS))
        log.flush()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"{day}-{node}.jsonl" for day in (DAY, DAY + 1) for node in ("node-0", "node-1")}
    assert len(read_decisions(tmp_path, key_of("c1"), range(DAY, DAY + 2))) == 4
    assert len(read_decisions(tmp_path, key_of("c1"), range(DAY, DAY + 1))) == 2


def test_a_line_cut_short_by_a_crash_costs_no_other_line(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path, "node-0")
    log.add(about("c1"))
    log.flush()
    path = tmp_path / f"{DAY}-node-0.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:70])
    log.add(about("c1"))
    log.add(about("c1"))
    log.flush()
    assert len(read_decisions(tmp_path, key_of("c1"), range(DAY, DAY + 1))) == 2


def test_a_call_without_a_key_matches_no_other(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path, "node-0")
    log.add(about("c1"))
    log.flush()
    assert read_decisions(tmp_path, CallKey(b""), range(DAY, DAY + 1)) == []
