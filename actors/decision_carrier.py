"""Decisions made on a machine that joined, brought to the first one, where operators look for them.

A day file of a node there is copied behind what is here already, whole lines at a time, under a name of its own: it has
a digest of the file's first line, so that a node that is given to another machine goes on in another file. What is here
says how far the copying came; whatever breaks in between, no line is doubled.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from pathlib import Path

from actors.decision_log import DAY_MS, old_days
from domain.errors import InputError

PIECE_BYTES = 2**20
Take = Callable[[str, int, bytes], Awaitable[int]]
"""Appends a piece to a file of the first machine if the file is that long; returns how long the file is now."""


class Carrier:
    """Brings the decision files of one node to the first machine, and deletes those that are `keep_days` old."""

    def __init__(self, folder: Path, node: str, keep_days: int, take: Take) -> None:
        self._folder, self._node, self._keep_days, self._take = folder, node, keep_days, take
        self._there: dict[Path, tuple[str, int, int]] = {}
        """By file: its name there, how long it is there, and how much longer than what of it came from here."""

    async def carry(self, now_ms: int) -> int:
        """Bring what is new, at a moment of business time (UTC ms); return how many bytes that were."""
        before = now_ms // DAY_MS - self._keep_days
        for path in await asyncio.to_thread(old_days, self._folder, before):
            self._there.pop(path, None)
            path.unlink(missing_ok=True)
        return sum([await self._carry(path) for path in sorted(self._folder.glob(f"*-{self._node}.jsonl"))])

    async def _carry(self, path: Path) -> int:
        size, brought = await asyncio.to_thread(os.path.getsize, path), 0
        name, there, shift = self._there.get(path) or await self._found(path, size)
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

    async def _found(self, path: Path, size: int) -> tuple[str, int, int]:
        """Ask how much of a file is there. More than there is here: a power cut took lines here that are safe there."""
        name = await asyncio.to_thread(_name, path)
        if not name:
            return "", 0, 0
        there = await self._take(name, 0, b"")
        self._there[path] = name, there, max(0, there - size)
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


def _lines(path: Path, offset: int) -> bytes:
    """Return whole lines from an offset, a megabyte at most; a line that is longer than that comes in pieces."""
    with path.open("rb") as file:
        file.seek(offset)
        piece = file.read(PIECE_BYTES)
    end = piece.rfind(b"\n") + 1
    return piece if len(piece) == PIECE_BYTES and not end else piece[:end]
