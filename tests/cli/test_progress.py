"""Progress of long work: on stderr, and only where it is a terminal."""

import contextlib
import os
import pty
import subprocess
from pathlib import Path

import pytest

from cli.progress import CHUNK_BYTES, chunks, progress
from protos.operators_pb2 import CdrImportProgress, CdrImportReport, ImportChunk
from tests.cli.far_desk import FarDesk
from tests.cli.test_main import SWITCHBOARD


def test_a_terminal_sees_a_bar_and_the_output_stays_clean(desk: FarDesk, tmp_path: Path) -> None:
    file = tmp_path / "[day].csv"
    file.write_text("x")
    desk.says("Cdrs.Import", CdrImportProgress(step="rating", rows=9, report=CdrImportReport(file_name="day", rows=9)))
    ours, theirs = pty.openpty()
    command = [SWITCHBOARD, "--data", str(tmp_path), "cdrs", "import", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=os.environ | {"TERM": "xterm"}) as done:
        os.close(theirs)
        drawn = read_all(ours)
        assert done.stdout
        printed = done.stdout.read()
    os.close(ours)
    assert done.returncode == 0
    assert "[day].csv: rating" in drawn
    assert printed.startswith(b"day: 9 rows") and b"rating" not in printed


def read_all(terminal: int) -> str:
    pieces = []
    with contextlib.suppress(OSError):  # Linux ends a terminal that all have left with EIO
        while piece := os.read(terminal, 65536):
            pieces.append(piece)
    return b"".join(pieces).decode()


def test_what_is_no_terminal_sees_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with progress("work") as tick:
        tick("half", 1, 2)
    assert capfd.readouterr() == ("", "")


def test_an_empty_file_is_sent_as_its_name_alone(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    head = ImportChunk(file_name="empty.csv")
    assert list(chunks(head, empty, lambda step, done, total: None)) == [head]


def test_the_bytes_sent_are_told_with_the_whole(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(CHUNK_BYTES + 1))
    told: list[tuple[str, int, int]] = []
    list(chunks(ImportChunk(), file, lambda step, done, total: told.append((step, done, total))))
    assert told == [("sending", CHUNK_BYTES, CHUNK_BYTES + 1), ("sending", CHUNK_BYTES + 1, CHUNK_BYTES + 1)]
