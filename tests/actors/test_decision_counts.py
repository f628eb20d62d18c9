"""Decisions counted from their day files, once each, however often and with however long pauses it is counted."""

from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
from hypothesis import given
from hypothesis import strategies as st

from actors.decision_counts import DecisionCounts, count_decisions
from domain.policies.comparing import Decided

DAY_MS = 86_400_000
DAY = 20_000
NOON = DAY * DAY_MS + DAY_MS // 2
TITLES = ("default v1 + cheap v3", "default v1 + cheap v4 (canary)", "default v1", "cheap-2 v3 + other v4 (canary)")


def line(at_ms: int, title: str = TITLES[0], refused: str = "", key: str = "ab", door: str = "sip") -> bytes:
    why = ["orbita by orbita-in: 1 to 2", f"policy {title}", *([f"refused: {refused}, no"] if refused else [])]
    asked = {"door": door, "switch": "sw", "caller": 'a "policy cheap v9" b'}
    return orjson.dumps({"key": key, "at_ms": at_ms, "why": why, "asked": asked}) + b"\n"


def count(folder: Path, until_ms: int, known: DecisionCounts | None = None) -> DecisionCounts:
    return count_decisions(folder, "cheap", NOON, until_ms, known)


def test_each_arm_has_its_decisions_and_refusals(tmp_path: Path) -> None:
    rows = [
        line(NOON - 1), line(NOON), line(NOON + 1, TITLES[1]), line(NOON + 2, TITLES[1], "no-route"),
        line(NOON + 3, refused="no-profitable-route"), line(NOON + 4, refused="over-cps"), line(NOON + 5, TITLES[2]),
        line(NOON + 6, TITLES[3]), orjson.dumps({"key": "ab", "at_ms": NOON + 7, "why": ["ended: x"]}) + b"\n",
        line(NOON + 50),
    ]  # fmt: skip
    (tmp_path / f"{DAY}-node-0.jsonl").write_bytes(b"".join(rows))
    found = count(tmp_path, NOON + 50)
    assert (found.current, found.tried) == (Decided(3, 2, 1), Decided(2, 1, 1))
    assert count(tmp_path, NOON + 60, found).current == Decided(4, 2, 1), "what came later is counted later"


def test_switches_that_ask_by_number_are_known(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}-node-0.jsonl").write_bytes(line(NOON, key="", door="enum") + line(NOON + 1, door="enum"))
    assert count(tmp_path, NOON + 9).by_number == {"sw"}


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 2)), max_size=30), st.integers(1, 90))
def test_counted_piece_by_piece_it_is_as_counted_at_once(rows: list[tuple[int, bool, int]], cut: int) -> None:
    with TemporaryDirectory() as name:
        folder, known = Path(name), None
        for place, (title, refused, node) in enumerate(rows):
            path = folder / f"{DAY + (place > 20)}-node-{node}.jsonl"
            at_ms = NOON + place + (DAY_MS if place > 20 else 0)
            text = line(at_ms, TITLES[title], "no-route" if refused else "")
            before = path.read_bytes() if path.exists() else b""
            path.write_bytes(before + text[:cut])  # it is in the making when somebody counts
            known = count(folder, NOON + 2 * DAY_MS, known)
            path.write_bytes(before + text)
            known = count(folder, NOON + 2 * DAY_MS, known)
        whole = count(folder, NOON + 2 * DAY_MS)
        if known is not None:
            assert (known.current, known.tried) == (whole.current, whole.tried)
        assert whole.tried.decided == sum(title == 1 for title, _, _ in rows)
