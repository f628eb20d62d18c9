"""Decisions of a machine that joined come to the first one: every line once, whatever breaks on the way."""

import asyncio
import os
from pathlib import Path

import pytest

from actors import decision_carrier
from actors.decision_carrier import Carrier, take_piece
from actors.decision_log import DAY_MS, DecisionLog, decisions_of_day
from domain.errors import InputError
from domain.ids import CallKey

TODAY = 20_000
NOW = TODAY * DAY_MS
KEY = CallKey(bytes(16))
FILE = f"{TODAY}-node-1.jsonl"


class Line:
    """A way to the first machine that may be cut before a piece arrives, or before its answer comes back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cut = ""

    async def take(self, name: str, offset: int, piece: bytes) -> int:
        if self.cut == "before":
            raise ValueError("no actor has that name")
        size = await asyncio.to_thread(take_piece, self.folder, name, offset, piece)
        if self.cut == "after" and piece:
            raise TimeoutError
        return size


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path / "first")


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "second"


def decide(there: Path, *words: str, day: int = TODAY) -> None:
    log = DecisionLog(there, "node-1")
    for word in words:
        log.note(KEY, day * DAY_MS, word)
    log.flush()


def carrier(there: Path, line: Line) -> Carrier:
    return Carrier(there, "node-1", 7, line.take)


def known(line: Line, day: int = TODAY) -> list[str]:
    return [logged.why[0] for logged in decisions_of_day(line.folder, KEY.hex(), day)]


async def test_decisions_are_found_at_the_first_machine(there: Path, line: Line) -> None:
    its = carrier(there, line)
    assert await its.carry(NOW) == 0
    decide(there, "one", "two")
    assert await its.carry(NOW) > 0
    decide(there, "three")
    await its.carry(NOW)
    assert known(line) == ["one", "two", "three"]
    assert await its.carry(NOW) == 0


async def test_a_node_whose_name_ends_like_anothers_carries_its_own_files_only(there: Path, line: Line) -> None:
    decide(there, "one")
    for name in ("eu-node-1", "5-node-1"):
        other = DecisionLog(there, name)
        other.note(KEY, NOW, "of another")
        other.flush()
    its = carrier(there, line)
    await its.carry(NOW)
    assert known(line) == ["one"]
    assert len([name for name in os.listdir(there) if name.endswith(".shift")]) == 1


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_what_is_cut_on_the_way_comes_once(there: Path, line: Line, cut: str) -> None:
    its = carrier(there, line)
    decide(there, "one")
    await its.carry(NOW)
    decide(there, "two")
    line.cut = cut
    with pytest.raises((ValueError, TimeoutError)):
        await its.carry(NOW)
    line.cut = ""
    await its.carry(NOW)
    await its.carry(NOW)
    assert known(line) == ["one", "two"]


async def test_the_next_incarnation_goes_on_where_the_former_came_to(there: Path, line: Line) -> None:
    decide(there, "one")
    await carrier(there, line).carry(NOW)
    decide(there, "two")
    await carrier(there, line).carry(NOW)
    assert known(line) == ["one", "two"]


async def test_a_line_that_is_being_written_waits_for_its_end(there: Path, line: Line) -> None:
    decide(there, "one")
    path = there / FILE
    whole = path.read_bytes()
    its = carrier(there, line)
    path.write_bytes(whole[:-5])
    assert await its.carry(NOW) == 0
    path.write_bytes(whole + whole[:9])
    assert await its.carry(NOW) == len(whole)
    assert known(line) == ["one"]


async def test_long_files_come_in_pieces_of_whole_lines(
    there: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision_carrier, "PIECE_BYTES", 100)
    words = [str(number) for number in range(40)]
    decide(there, *words, "x" * 300, "last")
    await carrier(there, line).carry(NOW)
    assert known(line) == [*words, "x" * 300, "last"]


async def test_what_a_power_cut_took_there_is_still_here_and_later_lines_follow(there: Path, line: Line) -> None:
    decide(there, "one", "two")
    await carrier(there, line).carry(NOW)
    path = there / FILE
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    its = carrier(there, line)
    await its.carry(NOW)
    decide(there, "three")
    await its.carry(NOW)
    assert known(line) == ["one", "two", "three"]


def cut_power(there: Path, lines: int) -> None:
    """Leave so many lines of today's file."""
    path = there / FILE
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:lines]))


@pytest.mark.parametrize("carried_meanwhile", [0, 1, 2])
async def test_what_follows_a_power_cut_comes_once_whenever_the_node_is_started_anew(
    there: Path, line: Line, carried_meanwhile: int
) -> None:
    decide(there, "one", "two")
    await carrier(there, line).carry(NOW)
    cut_power(there, 1)
    its = carrier(there, line)
    its.begin()
    words = ["a longer one by far than what was lost", "x", "y"]
    for number, word in enumerate(words):  # the first machine may be away from the first one on
        decide(there, word)
        if number < carried_meanwhile:
            await its.carry(NOW)
    if not carried_meanwhile:
        await its.carry(NOW)
    for word in ("z", "last"):
        decide(there, word)
        await carrier(there, line).carry(NOW)
    assert known(line) == ["one", "two", *words, "z", "last"]


async def test_a_first_machine_that_is_away_over_many_starts_misses_nothing(there: Path, line: Line) -> None:
    decide(there, "one", "two")
    await carrier(there, line).carry(NOW)
    cut_power(there, 1)
    line.cut = "before"
    for word in ("three, which is longer", "four"):
        its = carrier(there, line)
        its.begin()
        decide(there, word)
        with pytest.raises(ValueError, match="no actor"):
            await its.carry(NOW)
    line.cut = ""
    await carrier(there, line).carry(NOW)
    assert known(line) == ["one", "two", "three, which is longer", "four"]


async def test_two_power_cuts_of_one_day_are_told_apart(there: Path, line: Line) -> None:
    decide(there, "one", "two", "three")
    await carrier(there, line).carry(NOW)
    cut_power(there, 2)
    its = carrier(there, line)
    its.begin()
    decide(there, "four", "five")
    await its.carry(NOW)
    cut_power(there, 3)  # five is gone here
    its = carrier(there, line)
    its.begin()
    decide(there, "six", "seven")
    await its.carry(NOW)
    assert known(line) == ["one", "two", "three", "four", "five", "six", "seven"]


async def test_a_node_that_is_given_to_another_machine_goes_on_in_another_file(
    there: Path, line: Line, tmp_path: Path
) -> None:
    decide(there, "one")
    await carrier(there, line).carry(NOW)
    decide(tmp_path / "third", "two")
    await carrier(tmp_path / "third", line).carry(NOW)
    assert sorted(known(line)) == ["one", "two"]


async def test_old_days_are_deleted_there_and_not_brought(there: Path, line: Line) -> None:
    decide(there, "old", day=TODAY - 8)
    decide(there, "last of seven", day=TODAY - 7)
    await carrier(there, line).carry(NOW)
    assert known(line, TODAY - 8) == [] and known(line, TODAY - 7) == ["last of seven"]
    assert {name.strip(".").partition("-")[0] for name in os.listdir(there)} == {f"{TODAY - 7}"}
    await carrier(there, line).carry(NOW + DAY_MS)
    assert os.listdir(there) == [], "nor what is kept beside them"


def test_a_piece_that_does_not_follow_is_not_taken(tmp_path: Path) -> None:
    assert take_piece(tmp_path, "1-node-1.a.jsonl", 0, b"one\n") == 4
    assert take_piece(tmp_path, "1-node-1.a.jsonl", 0, b"one\n") == 4
    assert take_piece(tmp_path, "1-node-1.a.jsonl", 9, b"two\n") == 4
    assert (tmp_path / "1-node-1.a.jsonl").read_bytes() == b"one\n"


@pytest.mark.parametrize("name", ["../1-node-1.jsonl", "secret", "x-node.jsonl", "1-node-1.txt"])
def test_no_other_file_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        take_piece(tmp_path, name, 0, b"x")
