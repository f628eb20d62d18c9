"""A machine joins only the switchboard of its own program, under a name that is meant for it and free."""

import re
import socket
from pathlib import Path

import pytest

from actors.program import PACKAGES, digest_of, program
from cluster.greeting import Greeting, Present, earlier, refusal

OURS = Greeting("same", ("first", "second", "third"))


@pytest.mark.parametrize(
    ("greeting", "machine", "why"),
    [
        (OURS, "second", ""),
        (None, "second", "not ready yet"),
        (Greeting("other", OURS.machines), "second", "another program.*Install the same on both"),
        (OURS, "first", "is the first machine itself"),
        (OURS, "fourth", r"do not name fourth \(they name: second, third\)"),
        (Greeting("same", ("first",)), "second", "they name: none"),
    ],
)
def test_who_may_join_and_why_not(greeting: Greeting | None, machine: str, why: str) -> None:
    assert re.search(why or "^$", refusal(greeting, machine, (), "same"))


def test_one_name_joins_once_and_again_when_its_former_part_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        present = Present("second", "127.0.0.1", there.getsockname()[1])
        assert "second has joined already, from 127.0.0.1" in refusal(OURS, "second", [present], "same")
        assert refusal(OURS, "third", [present], "same") == ""
    assert refusal(OURS, "second", [present], "same") == "", "the cluster names it for some seconds more"


def test_a_greeting_is_read_as_it_was_written() -> None:
    assert Greeting.unpack(OURS.pack()) == OURS


@pytest.mark.parametrize(
    "said", [b"", b"hello", b"[]", b"7", b"{}", b'{"program": "same"}', b'{"program": 1, "machines": 2}']
)
def test_a_greeting_of_another_shape_is_that_of_another_program(said: bytes) -> None:
    assert "another program" in refusal(Greeting.unpack(said), "second", (), "same")


def test_of_two_that_joined_at_once_under_one_name_exactly_the_later_one_finds_the_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        port = there.getsockname()[1]
        parts = [
            Present("second", "127.0.0.1", port, "second-b", 7),
            Present("second", "127.0.0.1", port, "second-a", 8),
            Present("second", "127.0.0.1", port, "second-c", 8),
            Present("third", "127.0.0.1", port, "third-a", 1),
        ]
        found = {one.name: earlier(parts, one.name) for one in parts}
        assert {name for name, former in found.items() if former is None} == {"second-b", "third-a"}
        assert earlier(parts, "second-z") is None, "the cluster does not know us yet"
    assert earlier(parts, "second-a") is None, "the former one is gone, and named for some seconds more"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_line_of_a_program_counts_and_nothing_else(tmp_path: Path, package: str) -> None:
    for name in PACKAGES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "value.py").write_text("a: int\nb: int\n")
    before = digest_of(tmp_path)
    (tmp_path / package / "notes.txt").write_text("x")
    assert digest_of(tmp_path) == before
    (tmp_path / package / "value.py").write_text("b: int\na: int\n")
    assert digest_of(tmp_path) != before
    assert len(program()) == 64
