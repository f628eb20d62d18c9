"""Spreadsheets read in a process of their own, whose memory and time are limited.

A reader that asks for more than there is ends with its process, and not with the worker that called it.
"""

import io
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl

from domain.errors import InputError
from store.sheets.tabs import RawTab

MEMORY_MB = 1_400
"""Of addresses, of which a sheet of a million rows needs 1,200; it then holds 0.8 GB of memory."""
CPU_S = 60
WALL_S = 180
_ROOT = Path(__file__).resolve().parents[2]


def raw_tabs(name: str, data: bytes, memory_mb: int = MEMORY_MB) -> Iterator[RawTab]:
    """Read all tabs as `workbook.raw_tabs` does. Raises InputError, also when they take more memory or time."""
    environment = os.environ | {"PYTHONPATH": str(_ROOT), "POLARS_MAX_THREADS": "1"}
    command = [sys.executable, "-m", "store.sheets.apart", str(memory_mb)]
    with tempfile.TemporaryFile() as answer:
        try:
            packed = _packed(name.encode()) + data
            done = subprocess.run(
                command, input=packed, stdout=answer, stderr=subprocess.DEVNULL, timeout=WALL_S, env=environment
            )
        except subprocess.TimeoutExpired:
            done = None
        if done is None or done.returncode:
            words = "the spreadsheet cannot be read: its cells reach too far, or it is damaged"
            raise InputError(words, where=name, mend="Save the rates alone as xlsx or CSV.")
        answer.seek(0)
        while head := json.loads(_unpacked(answer)):
            if "what" in head:
                raise InputError(head["what"], where=head["where"], mend=head["mend"])
            yield RawTab(head["name"], pl.read_ipc(_unpacked(answer)), head["hidden"], head["blank"])


def main() -> None:
    """Read a name and a file from standard input; write each tab behind a head in JSON, at last an empty head.

    The argument is how much memory may be taken, in MB.
    """
    from store.sheets import workbook  # which imports this module

    name = _unpacked(sys.stdin.buffer).decode()
    data = sys.stdin.buffer.read()
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the libraries print is no part of the answer
    _limit(int(sys.argv[1]))
    try:
        for tab in workbook.raw_tabs(name, data):
            _write(answer, {"name": tab.name, "hidden": tab.hidden, "blank": tab.blank})
            table = io.BytesIO()
            tab.rows.write_ipc(table)
            answer.write(struct.pack("<Q", table.tell()))
            answer.write(table.getbuffer())
    except InputError as error:
        _write(answer, {"what": error.what, "where": error.where, "mend": error.mend})
    else:
        _write(answer, {})
    answer.close()


def _write(answer: BinaryIO, head: object) -> None:
    answer.write(_packed(json.dumps(head).encode()))


def _limit(memory_mb: int) -> None:
    """Let this process grow by no more than this beyond what its libraries have mapped."""
    with open("/proc/self/statm", "rb") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory_mb * 2**20, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _packed(content: bytes) -> bytes:
    return struct.pack("<Q", len(content)) + content


def _unpacked(stream: BinaryIO) -> bytes:
    (size,) = struct.unpack("<Q", stream.read(8))
    return stream.read(size)


if __name__ == "__main__":
    main()
