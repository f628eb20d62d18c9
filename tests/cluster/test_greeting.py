"""A machine joins only the switchboard of its own program, under a name that is meant for it and free."""

import re
import socket
from pathlib import Path

import pytest

from actors.program import PACKAGES, digest_of, program
from cluster.greeting import Greeting, Present, refusal

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
