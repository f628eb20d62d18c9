"""Staging files on their way to a shard on a machine that joined: tasks write them on the first one, books read them.

They are asked for in pieces, whose whole is checked, and forgotten when the block is in its book. Whatever breaks
between, the import is done again and gives nothing twice.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Protocol

from actors.home import Home
from domain.errors import InputError
from store.machine_time import MACHINE

FOLDER = "staging"
AGAIN = "Import its CDR file again."
PIECE_BYTES = 4 * 2**20
MOST_BYTES = 2**30
"""A block of 20,000 rows has some 10 MB; what is larger by far is none."""
STAGED_S = 3_600.0
"""A staging file this old belongs to an import that has ended: blocks are taken in seconds."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a staging file is: its size in bytes, and its sha256 in hex."""

    size: int
    sha256: str


class Source(Protocol):
    """Where staging files come from."""

    async def stage(self, name: str) -> Stage:
        """Return what a staging file is. Raises InputError where it is not there."""
        ...

    async def stage_piece(self, name: str, offset: int) -> bytes:
        """Return up to PIECE_BYTES of a staging file from an offset; nothing behind its end."""
        ...


class Staged:
    """The desk's side: the staging files of the first machine."""

    def __init__(self, home: Home) -> None:
        self._folder = home.data / FOLDER

    async def stage(self, name: str) -> Stage:
        """Return what a staging file is. Raises InputError where it is not there."""
        path = self._path(name)
        try:
            return await asyncio.to_thread(_stage, path)
        except FileNotFoundError:
            raise InputError("the staging file is not there", where=f"{path}", mend=AGAIN) from None

    async def stage_piece(self, name: str, offset: int) -> bytes:
        """Return a piece of a staging file. Raises OSError where it is not there."""
        return await asyncio.to_thread(_piece, self._path(name), offset)

    def _path(self, name: str) -> Path:
        assert name == Path(name).name, "a file of the folder of stages itself"
        return self._folder / name


@asynccontextmanager
async def brought(home: Home, source: Source, stage: str) -> AsyncIterator[Path]:
    """Yield a staging file of the first machine on the machine of `home`; what was copied is deleted afterwards.

    On the first machine that is the file itself. Raises InputError where it is not there, came damaged or is larger
    than any block, and what the way raises.
    """
    if not home.joined:
        yield Path(stage)
        return
    name = Path(stage).name
    folder = home.data / FOLDER
    await asyncio.to_thread(_make_ready, folder)
    path = folder / f"{os.getpid()}-{time.monotonic_ns()}-{name}"
    try:
        await _copy(source, name, path)
        yield path
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


def left_behind(folder: Path) -> Iterable[Path]:
    """Return the staging files of imports that have ended, however they did."""
    # by the machine's clock, as the times of files are; one that was set forward makes no file old
    before_s = min(time.time(), MACHINE.now_ms() / 1000) - STAGED_S
    return [path for path in folder.glob("*") if path.is_file() and path.stat().st_mtime < before_s]


async def _copy(source: Source, name: str, path: Path) -> None:
    """Write a staging file piece by piece: never more than one of them in memory. A power cut may lose it."""
    its = await source.stage(name)
    if its.size > MOST_BYTES:
        raise InputError(f"it has {its.size} bytes, and a block {MOST_BYTES} at most", where=name, mend=AGAIN)
    digest, done = sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while done < its.size and (piece := await source.stage_piece(name, done)):
            digest.update(piece)
            await asyncio.to_thread(file.write, piece)
            done += len(piece)
    if digest.hexdigest() != its.sha256:
        what = f"it came damaged from the first machine: its sha256 is not {its.sha256}"
        raise InputError(what, where=name, mend=AGAIN)


def _make_ready(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in left_behind(folder):
        path.unlink(missing_ok=True)


def _stage(path: Path) -> Stage:
    with path.open("rb") as file:
        return Stage(path.stat().st_size, file_digest(file, "sha256").hexdigest())


def _piece(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(PIECE_BYTES)
