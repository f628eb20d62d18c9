"""Files are read row by row: what cannot be read is told with its reason, and never lost."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.tasks.cdr_file import COLUMNS, Batch, read_batches
from domain.errors import InputError
from tests.cluster.tasks.places import Row, moment, write_rows
from tests.domain.builders import NOON

HEADER = ",".join(COLUMNS)
GOOD: Row = dict.fromkeys(COLUMNS, "") | {
    "switch": "sw", "call_id": "c1", "side": "client", "attempt": "1", "session_id": "s1", "a": "1", "b": "2",
    "setup": moment(NOON), "disconnect": moment(NOON + 7), "duration_ms": "0", "cause": "17", "release_side": "callee",
}  # fmt: skip


def read(folder: Path, text: str) -> Batch:
    path = folder / "calls.csv"
    path.write_text(text, "utf-8", newline="")
    [batch] = read_batches(path)
    return batch


def row_of(folder: Path, **fields: str) -> dict[str, object]:
    [batch] = read_batches(write_rows(folder / "calls.csv", [GOOD | fields]))
    assert batch.rejects == []
    return batch.frame.row(0, named=True)


def reason_of(folder: Path, **fields: str) -> str:
    [batch] = read_batches(write_rows(folder / "calls.csv", [GOOD, GOOD | fields]))
    [(number, reason, raw)] = batch.rejects
    assert (number, batch.frame.height) == (3, 1) and raw.count(",") >= 17
    return reason


def test_a_row_is_read_into_typed_columns(tmp_path: Path) -> None:
    row = row_of(tmp_path)
    assert (row["row"], row["setup_ms"], row["disconnect_ms"]) == (2, NOON, NOON + 7)
    assert (row["connect_ms"], row["duration_ms"], row["cause"], row["remote"]) == (None, 0, 17, "")


def test_a_row_of_a_switch_whose_legs_are_known_by_tags_needs_its_branch(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "calls.csv", [GOOD, GOOD | {"branch": "a/b"}, GOOD | {"switch": "other"}])
    [batch] = read_batches(path, tagged=["sw"])
    [(number, reason, _)] = batch.rejects
    assert (number, reason.partition(":")[0]) == (2, "no branch")
    assert batch.frame["branch"].to_list() == ["a/b", ""]


def test_what_a_row_leaves_empty_has_its_default(tmp_path: Path) -> None:
    row = row_of(tmp_path, attempt="", remote_port="", cause="", release_side="", duration_ms="")
    assert [row[name] for name in ("attempt", "remote_port", "cause", "release_side", "duration_ms")] == [
        1, 0, 0, "unknown", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "ms"), [("2025-11-01T12:00:00Z", 0), ("2025-11-01T12:00:00.5Z", 500), ("2025-11-01T12:00:00.1239Z", 123)]
)
def test_moments_have_any_number_of_decimals(tmp_path: Path, text: str, ms: int) -> None:
    assert row_of(tmp_path, setup=text)["setup_ms"] == NOON + ms


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"setup": "soon"}, "setup soon is no moment"),
        ({"connect": "2025-11-01 12:00:00"}, "connect 2025-11-01 12:00:00 is no moment"),
        ({"disconnect": "2025-02-30T12:00:00Z"}, "is no moment"),
        ({"setup": "2025-11-01T12:00:00+01:00"}, "is no moment"),
        ({"side": "both"}, "side both is none of client, vendor"),
        ({"release_side": "nobody"}, "release_side nobody is none of"),
        ({"cause": "0x10"}, "cause 0x10 is no number from 0 to 127"),
        ({"cause": "128"}, "cause 128 is no number"),
        ({"remote_port": "70000"}, "remote_port 70000 is no number from 0 to 65535"),
        ({"attempt": "0"}, "attempt 0 is no number"),
        ({"duration_ms": "1.5"}, "duration_ms 1.5 is no number"),
        ({"duration_ms": "99999999999999999999"}, "is no number"),
        ({"switch": " "}, "no switch"),
        ({"call_id": ""}, "no call_id"),
        ({"session_id": ""}, "no session_id"),
    ],
)
def test_a_wrong_row_is_refused_with_its_number_and_reason(tmp_path: Path, fields: Row, reason: str) -> None:
    assert reason in reason_of(tmp_path, **fields)


def test_columns_may_stand_in_any_order_and_letters(tmp_path: Path) -> None:
    names = sorted(COLUMNS, reverse=True)
    text = ",".join(names).upper() + ",more\r\n" + ",".join(GOOD[name] for name in names) + ",x\r\n"
    assert read(tmp_path, "\ufeff" + text).frame["call_id"].to_list() == ["c1"]


def test_quoted_fields_may_hold_commas_and_quotes(tmp_path: Path) -> None:
    assert row_of(tmp_path, a='O"Neil, Anne')["a"] == 'O"Neil, Anne'


@pytest.mark.parametrize("line", ["a,b,c", ",".join("x" * 19), f'"{",".join("x" * 18)}', 'x"y,z'])
def test_a_row_with_another_number_of_fields_is_refused(tmp_path: Path, line: str) -> None:
    batch = read(tmp_path, f"{HEADER}\n{line}\n\n{','.join(GOOD.values())}")
    assert [(number, raw) for number, _, raw in batch.rejects] == [(2, line)]
    assert (batch.frame["row"].to_list(), batch.rows) == ([4], 2)


def test_letters_that_are_not_utf_8_are_refused(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "calls.csv", [GOOD])
    path.write_bytes(path.read_bytes().replace(b",c1,", b",c\xff,"))
    [batch] = read_batches(path)
    assert [reason for _, reason, _ in batch.rejects] == ["this is not UTF-8"]


@pytest.mark.parametrize(
    ("header", "told"),
    [("", "no column is named switch"), (HEADER.replace("connect,", "conect,", 1), "connect"), (f"{HEADER},b", "one")],
)
def test_a_file_without_its_columns_is_refused_as_a_whole(tmp_path: Path, header: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read(tmp_path, f"{header}\n{','.join(GOOD.values())}\n")


def test_a_long_file_comes_in_batches(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "calls.csv", [GOOD | {"session_id": f"s{at}"} for at in range(7)])
    batches = list(read_batches(path, 3))
    assert [batch.rows for batch in batches] == [3, 3, 1]
    assert [number for batch in batches for number in batch.frame["row"]] == list(range(2, 9))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=8))
def test_no_line_is_lost_and_none_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    text = "\n".join([HEADER, ",".join(GOOD.values()), *lines])
    batch = read(tmp_path_factory.mktemp("any"), text)
    expected = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[1:] if line.strip()]
    assert batch.rows == len(expected) == batch.frame.height + len(batch.rejects)
