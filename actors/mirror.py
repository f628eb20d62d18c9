"""What is published, on a machine that joined: copied from the desk, checked, durable, and only then in force.

Files lie on the disk of each machine, never in the object store alone (DESIGN §4.6): a node there starts without the
desk, from what it had last. The desk's side is Published, the other one Mirror.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import structlog
from ray.exceptions import RayError

from actors.carried import carried, forget
from actors.home import SECRET_FILE, Home
from actors.program import OtherProgramError, program
from actors.read_files import ReadFiles
from domain.errors import BrokenWorldError
from protos.connect import TOKEN_FILE
from store import clock_file, manifest, placement_file, users_file
from store.clock_file import read_clock
from store.files import write_atomically
from store.manifest import SnapshotFile, read_manifest
from store.panic_file import to_copy

PIECE_BYTES = 4 * 2**20
EVERY_S = 1.0
PATIENCE_S = 2.0
"""How long who copies besides other work stands still for it: the desk may hang, and clocks and boards go on."""
SMALL = (clock_file.NAME, placement_file.NAME, SECRET_FILE, TOKEN_FILE, users_file.NAME)
"""Files of the data folder that every machine needs, whole."""
OPEN = (clock_file.NAME, placement_file.NAME)
"""What others of a machine may read; all else holds secrets."""
LOCK, MANIFEST = "mirror.lock", "snapshots/" + manifest.FILE_NAME


@dataclass(frozen=True, slots=True)
class News:
    """What is published now: `stamp` tells whether it changed, `small` has files by their names in the data folder.

    `program`: which program publishes it (actors.program).
    Its text has no contents: there are secrets among them.
    """

    stamp: str
    small: dict[str, bytes] = field(repr=False)
    program: str = ""


class Source(Protocol):
    """Where published files come from."""

    async def news(self, stamp: str) -> News | None:
        """Return what is published; None where its stamp is still that one."""
        ...

    async def piece(self, name: str, offset: int) -> bytes:
        """Return up to PIECE_BYTES of a snapshot file from an offset; nothing behind its end."""
        ...


class Published:
    """The desk's side: reads what is in the data folder of the first machine."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._files = ReadFiles()
        self._reading = asyncio.Lock()
        self._program = program()  # of the files that this process was made of: others may be installed meanwhile
        self.left_out: tuple[Path, ...] = ()
        """Files that were too large, or too many, to go over."""

    async def news(self, stamp: str) -> News | None:
        """Return what is published; None where its stamp is still that one."""
        async with self._reading:  # one at a time: what is known of the files is for all who ask
            found = await asyncio.to_thread(self._read)
        return None if found.stamp == stamp else found

    async def piece(self, name: str, offset: int) -> bytes:
        """Return a piece of a file in the folder of snapshots. Raises OSError where it is not there."""
        assert "/" not in name, "a file of the folder of snapshots itself"
        return await asyncio.to_thread(_piece, self._home.snapshots / name, offset)

    def _read(self) -> News:
        carry = carried(self._home)
        self.left_out = carry.left_out
        paths = {name: self._home.data / name for name in (*sorted(SMALL), MANIFEST)} | carry.files
        found = {name: its for name, path in paths.items() if (its := self._content(path)) is not None}
        self._files.keep(paths.values())
        found |= {name: (content, sha256(content).digest()) for name, content in to_copy(self._home.data).items()}
        stamp = sha256(self._program.encode())
        for name, (_, digest) in found.items():
            stamp.update(b"%s " % name.encode() + digest)
        return News(stamp.hexdigest(), {name: content for name, (content, _) in found.items()}, self._program)

    def _content(self, path: Path) -> tuple[bytes, bytes] | None:
        try:
            return self._files.read(path)
        except FileNotFoundError:
            return None
        except OSError:
            if path.parent == self._home.data:
                raise  # one of ours
            return None


class Mirror:
    """Keeps a machine's data folder as the first machine's is, as far as nodes and shards read it.

    Invariants: a manifest is written when every file that it names is here, whole and durable; a file has its own name
    only when its sha256 was found right. Several processes of a machine take turns, by a lock.
    """

    def __init__(self, home: Home, source: Source) -> None:
        self._home, self._source = home, source
        self._program = program()
        self._stamp = ""
        self._begun: asyncio.Task[bool] | None = None
        self.other_program = False
        """Whether the first machine runs another program by now: what was published before is in force."""

    async def refresh(self) -> bool:
        """Copy what changed; return whether anything did.

        Raises BrokenWorldError where a file comes damaged, OtherProgramError where the first machine runs another one.
        """
        if await self._source.news(self._stamp) is None:  # asked before it is our turn: nobody waits for a desk that
            self.other_program = False  # hangs behind who asks it; what has our stamp is of our program
            return False
        async with (
            self._alone()
        ):  # and asked within: what another process asked for before us is never put over what is newer
            news = await self._source.news(self._stamp)
            if news is None:
                return False
            if news.program != self._program:
                raise OtherProgramError("this machine runs another program than the first one: install the same here")
            for name, content in news.small.items():
                if name != MANIFEST:
                    await asyncio.to_thread(_put, self._home.data / name, content, 0o644 if name in OPEN else 0o600)
            forget(self._home.data, set(news.small))
            if MANIFEST in news.small:
                await self._snapshots(news.small[MANIFEST])
        self._stamp, self.other_program = news.stamp, False
        return True

    async def begin(self) -> None:
        """Copy what is published; return when that is done, or at once where there is something from before.

        Raises OtherProgramError where the first machine runs another program: nothing is in force here yet.
        """
        while not await self._tried() and read_clock(self._home.data) is None:  # noqa: ASYNC110  another machine's
            await asyncio.sleep(EVERY_S)

    async def try_refresh(self, wait_s: float | None = PATIENCE_S) -> bool:
        """Copy what changed, where the desk can be reached; what was published before stays in force else.

        Returns after `wait_s` at most (None: when all is copied); what is not done then goes on besides.
        """
        try:
            async with asyncio.timeout(wait_s):
                former = self._begun is not None and await asyncio.shield(self._begun)  # it may have asked too early
                self._begun = asyncio.create_task(self._kept())
                return await asyncio.shield(self._begun) or former
        except TimeoutError:
            return False

    async def _kept(self) -> bool:
        """Copy what changed; another program's is not read, and what is here stays in force."""
        try:
            return await self._tried()
        except OtherProgramError as error:
            if not self.other_program:
                structlog.get_logger().error("not copied", why=f"{error}")
            self.other_program = True
            return False

    async def _tried(self) -> bool:
        try:
            return await self.refresh()
        except (RayError, ValueError, OSError, TimeoutError):
            return False
        except BrokenWorldError as error:  # copied again the next time
            structlog.get_logger().warning("not copied", why=f"{error}")
            return False

    async def _snapshots(self, content: bytes) -> None:
        folder = self._home.snapshots
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f".wanted.{os.getpid()}"
        aside.mkdir(exist_ok=True)
        try:
            (aside / manifest.FILE_NAME).write_bytes(content)
            wanted = read_manifest(aside)
        finally:
            (aside / manifest.FILE_NAME).unlink(missing_ok=True)
            aside.rmdir()
        assert wanted is not None, "it was just written"
        former = read_manifest(folder)
        for file in _files(wanted):
            if not (folder / file.name).exists():
                await self._fetch(folder, file)
        await asyncio.to_thread(_put, folder / manifest.FILE_NAME, content, 0o644)
        _forget(folder, {file.name for its in (former, wanted) if its for file in _files(its)})

    async def _fetch(self, folder: Path, file: SnapshotFile) -> None:
        """Copy one file: written aside, checked, fsynced, renamed."""
        pieces: list[bytes] = []
        digest = sha256()
        while piece := await self._source.piece(file.name, sum(map(len, pieces))):
            pieces.append(piece)
            digest.update(piece)
        if digest.hexdigest() != file.sha256:
            raise BrokenWorldError(f"{file.name} came damaged from the first machine: its sha256 is not {file.sha256}")
        mode = 0o600 if file.name.endswith(".json") else 0o644  # the directory holds secrets of switches
        await asyncio.to_thread(write_atomically, folder / file.name, pieces, mode=mode)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        self._home.data.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._home.data / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _files(its: manifest.Manifest) -> Iterator[SnapshotFile]:
    yield its.directory
    if its.codes is not None:
        yield its.codes
    if its.end_users is not None:
        yield its.end_users
    yield from its.plans.values()
    yield from its.ported.values()


def _forget(folder: Path, needed: set[str]) -> None:
    """Delete files that neither this publication nor the one before names; who has one mapped keeps it."""
    for path in folder.iterdir():
        if path.is_file() and path.name not in needed and path.name != manifest.FILE_NAME and path.name[0] != ".":
            path.unlink(missing_ok=True)


def _put(path: Path, content: bytes, mode: int) -> None:
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, [content], mode=mode)


def _piece(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(PIECE_BYTES)
