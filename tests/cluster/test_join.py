"""A machine joins, joins again when it lost the first one, and leaves when told: Ray's part stands for itself here."""

import sys
import threading
import time
from pathlib import Path

import pytest

from cluster import join
from cluster.folder import FolderLock
from cluster.join import Joining
from domain.errors import ConflictError, NotFoundError
from store.machine_time import NAME as MACHINE_TIME

pytestmark = pytest.mark.timeout(60)
ENDS = """#!/bin/sh
echo "Ray runtime started."
exit 3
"""
STAYS = """#!/bin/sh
case "$*" in
*cluster.leave*) echo "$*" >> "$SWITCHBOARD_HERE/asked"; echo "second leaves: nothing ran there"; exit 0;;
esac
echo "Ray runtime started."
exec sleep 600
"""
LATER = """#!/bin/sh
case "$*" in
*cluster.twin*) echo "not joined: second has joined already, from 10.0.0.3"; exit 0;;
*cluster.leave*) echo "asked" >> "$SWITCHBOARD_HERE/asked"; exit 0;;
esac
echo "Ray runtime started."
exec sleep 600
"""
REFUSED = """#!/bin/sh
exit 1
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "ray.token").write_text("x" * 64)
    return tmp_path


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join, "AGAIN_S", 0.01)


def ray_is(monkeypatch: pytest.MonkeyPatch, data: Path, script: str) -> None:
    program = data / "ray"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def joining(data: Path) -> Joining:
    return Joining(data, "10.0.0.1:6380", "second", "10.0.0.2", object_store_mb=80)


def run(its: Joining, until: str, times: int = 1) -> list[str]:
    """Run until something was said, then stop it from another thread, as a signal would; return what was said."""
    said: list[str] = []
    heard = threading.Event()

    def hear(text: str) -> None:
        said.append(text)
        if sum(until in its_text for its_text in said) >= times:
            heard.set()

    thread = threading.Thread(target=its.run, args=(hear,))
    thread.start()
    assert heard.wait(30), said
    its.stop()
    thread.join(30)
    assert not thread.is_alive()
    return said


def test_who_has_no_token_is_told_which_file_to_bring(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"the cluster's token is missing.*Copy ray\.token"):
        joining(tmp_path)


def test_one_folder_joins_once(data: Path) -> None:
    joining(data)
    with pytest.raises(ConflictError, match="runs on this data folder already"):
        joining(data)


def test_a_machine_that_leaves_asks_to_be_emptied_before_it_ends(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ray_is(monkeypatch, data, STAYS)
    said = run(joining(data), "joined")
    assert said == ["joined 10.0.0.1:6380 as second", "second leaves: nothing ran there"]
    assert (data / "asked").read_text().split() == ["-m", "cluster.leave", "10.0.0.1:6380", "10.0.0.2", "second"]
    FolderLock(data).release()  # the lock is free again


def test_a_machine_whose_first_one_does_not_answer_leaves_all_the_same(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray_is(monkeypatch, data, STAYS.replace('echo "$*"', "sleep 600; echo"))
    monkeypatch.setattr(join, "LEAVE_S", 0.2)
    assert run(joining(data), "joined")[-1] == "the first machine was asked, and did not answer within 0 s"


def test_who_lost_the_first_machine_joins_the_next_one(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ray_is(monkeypatch, data, ENDS)
    said = run(joining(data), "lost the first machine", times=2)
    assert said[0] == "joined 10.0.0.1:6380 as second"
    assert said[1].startswith("lost the first machine (status 3") and said[2] == said[0]


def test_who_cannot_join_says_so_and_tries_again_and_asks_nobody_when_it_ends(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray_is(monkeypatch, data, REFUSED)
    said = run(joining(data), "cannot join 10.0.0.1:6380 (status 1", times=2)
    assert not [text for text in said if "joined" in text]


def test_the_clock_is_read_once_for_all_that_runs_there(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / MACHINE_TIME).write_text("of another start")
    ray_is(monkeypatch, data, REFUSED)
    run(joining(data), "cannot join")
    assert "offset_ns" in (data / MACHINE_TIME).read_text()


def test_who_is_refused_says_why_once_and_tries_again(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = 'echo x >> "$SWITCHBOARD_HERE/tries"\necho "not joined: the first machine runs another program"\nexit 1\n'
    ray_is(monkeypatch, data, f"#!/bin/sh\n[ -e $SWITCHBOARD_HERE/mended ] && exec sleep 600\n{script}")
    said: list[str] = []
    its = joining(data)
    thread = threading.Thread(target=its.run, args=(said.append,))
    thread.start()
    while not (data / "tries").exists() or len((data / "tries").read_text()) < 6:
        time.sleep(0.01)
    (data / "mended").touch()
    its.stop()
    thread.join(30)
    assert said == ["not joined: the first machine runs another program; tried again"]


def test_who_joined_later_than_another_under_its_name_ends_its_part_and_empties_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray_is(monkeypatch, data, LATER)
    said = run(joining(data), "second has joined already")
    assert said[:2] == [
        "joined 10.0.0.1:6380 as second",
        "not joined: second has joined already, from 10.0.0.3; tried again",
    ]
    assert not (data / "asked").exists()
