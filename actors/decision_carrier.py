"""Decisions made on a machine that joined, brought to the first one, where operators look for them.

A day file of a node there is copied behind what is here already, whole lines at a time, under a name of its own: it has
a digest of the file's first line, so that a node that is given to another machine goes on in another file. What is here
says how far the copying came; whatever breaks in between, no line is doubled.

A power cut there may take lines that are safe here: what is written there afterwards has other places in the two
files. By how much they differ can be told only by the length that the file had before anything was written behind the
cut; so both are kept beside it, that length until the first machine has answered.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from pathlib import Path

from actors.decision_log import DAY_MS, old_days
from domain.errors import InputError
from store.files import write_atomically

PIECE_BYTES = 2**20
Take = Callable[[str, int, bytes], Awaitable[int]]
"""Appends a piece to a file of the first machine if the file is that long; returns how long the file is now."""


class Carrier:
    """Brings the decision files of one node to the first machine, and deletes those that are `keep_days` old."""

    def __init__(self, folder: Path, node: str, keep_days: int, take: Take) -> None:
        self._folder, self._node, self._keep_days, self._take = folder, node, keep_days, take
        self._there: dict[Path, tuple[str, int, int]] = {}
        """By file: its name there, how long it is there, and how much longer than what of it came from here."""
        self._begun = False

    def begin(self) -> None:
        """Note how long the files are before this process writes to any: what is missing then, a power cut took.

        Blocks. Without it, the first `carry` does so.
        """
        for path in self._files():
            if name := _name(path):
                shift, length = _kept(path, name)
                size = path.stat().st_size
                _keep(path, name, shift, size if length is None else min(length, size))
        self._begun = True

    async def carry(self, now_ms: int) -> int:
        """Bring what is new, at a moment of business time (UTC ms); return how many bytes that were."""
        if not self._begun:
            await asyncio.to_thread(self.begin)
        before = now_ms // DAY_MS - self._keep_days
        for path in await asyncio.to_thread(old_days, self._folder, before):
            self._there.pop(path, None)
            path.unlink(missing_ok=True)
            _beside(path).unlink(missing_ok=True)
        return sum([await self._carry(path) for path in self._files()])

    def _files(self) -> list[Path]:
        found = ((path, *path.name.partition("-")) for path in self._folder.glob("*.jsonl"))
        return sorted(path for path, day, _, rest in found if day.isdecimal() and rest == f"{self._node}.jsonl")

    async def _carry(self, path: Path) -> int:
        size, brought = await asyncio.to_thread(os.path.getsize, path), 0
        name, there, shift = self._there.get(path) or await self._found(path)
        while name and there - shift < size:
            piece = await asyncio.to_thread(_lines, path, there - shift)
            if not piece:
                break
            now_there = await self._take(name, there, piece)
            if now_there != there + len(piece):  # another incarnation of the node was at work: asked again
                self._there.pop(path, None)
                return brought
            there, brought = now_there, brought + len(piece)
            self._there[path] = name, there, shift
        return brought

    async def _found(self, path: Path) -> tuple[str, int, int]:
        """Ask how much of a file is there; the first answer after a start tells what a power cut took of it here."""
        name = await asyncio.to_thread(_name, path)
        if not name:
            return "", 0, 0
        there = await self._take(name, 0, b"")
        shift, length = await asyncio.to_thread(_kept, path, name)
        if length is not None:
            shift = max(shift, there - length)
            await asyncio.to_thread(_keep, path, name, shift, None)
        self._there[path] = name, there, shift
        return self._there[path]


def take_piece(folder: Path, name: str, offset: int, piece: bytes) -> int:
    """Append a piece to a file that is `offset` bytes long; return how long it is now. Blocks.

    Raises InputError for a name that is none of a decision file; OSError, and then nothing is appended.
    """
    if Path(name).name != name or not name.endswith(".jsonl") or not name.partition("-")[0].isdecimal():
        raise InputError(f"{name!r} is no file of decisions")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("ab", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size != offset:
            return size
        try:
            written = file.write(piece)
            if written != len(piece):
                raise OSError(f"{name}: {written} of {len(piece)} bytes were written")
        except OSError:
            file.truncate(size)
            raise
        return size + len(piece)


def _name(path: Path) -> str:
    """Return what a file is called there; "" while it has no whole line."""
    with path.open("rb") as file:
        line = file.readline()
    return f"{path.stem}.{blake2b(line, digest_size=6).hexdigest()}.jsonl" if line.endswith(b"\n") else ""


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.stem}.shift")


def _kept(path: Path, name: str) -> tuple[int, int | None]:
    """Return by how much a file is longer there than what of it came from here, 0 where nothing was lost here.

    And how long it was at the start that the first machine has not answered since; None: it has.
    """
    try:
        its_name, shift, length = _beside(path).read_text().split()
    except (OSError, ValueError):
        return 0, None
    if its_name != name or not shift.isdecimal():
        return 0, None
    return int(shift), int(length) if length.isdecimal() else None


def _keep(path: Path, name: str, shift: int, length: int | None) -> None:
    said = f"{name} {shift} {'-' if length is None else length}\n"
    write_atomically(_beside(path), [said.encode()], mode=0o600)


def _lines(path: Path, offset: int) -> bytes:
    """Return whole lines from an offset, a megabyte at most; a line that is longer than that comes in pieces."""
    with path.open("rb") as file:
        file.seek(offset)
        piece = file.read(PIECE_BYTES)
    end = piece.rfind(b"\n") + 1
    return piece if len(piece) == PIECE_BYTES and not end else piece[:end]
