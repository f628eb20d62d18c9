"""A power cut, as far as files can tell: a data folder as the disk would have it, with what was not synced lost.

SQLite's WAL (file format §4): a header of 32 octets, then frames of 24 octets and a page; a frame whose second word is
not 0 ends a transaction. Transactions without money are not synced (synchronous=NORMAL): the last of them may be lost.
Those with money are (FULL), and with them all before. What a checkpoint has copied into the database was synced first.
"""

import shutil
import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

_HEADER, _FRAME_HEADER = 32, 24
_BACKFILLED_AT = 96
"""Where the -shm file says how many frames a checkpoint has copied (file format §4.5, WalCkptInfo)."""
_MONEY = ("leg", "parked", "transfer", "segment", "outbox", "inbox", "book")


@dataclass(frozen=True, slots=True)
class Wal:
    """A log as it lies on the disk: octets of a frame, and after which frames (counted from 1) transactions end."""

    path: Path
    frame: int
    commits: tuple[int, ...]
    frames: int

    def size(self, frames: int) -> int:
        """Return the length of the file with that many frames."""
        return _HEADER + frames * self.frame


def read_wal(path: Path) -> Wal | None:
    """Read where a log's transactions end; None where it is empty. Frames of an older round (other salts) are none."""
    data = path.read_bytes() if path.exists() else b""
    if len(data) < _HEADER:
        return None
    page, salts = struct.unpack(">8xI4x8s", data[:24])
    frame, commits, at = _FRAME_HEADER + page, list[int](), 0
    while len(data) >= _HEADER + (at + 1) * frame:
        start = _HEADER + at * frame
        _, size, its_salts = struct.unpack(">II8s", data[start : start + 16])
        if its_salts != salts:
            break
        at += 1
        if size:
            commits.append(at)
    return Wal(path, frame, tuple(commits), at)


def cut_power(database: Path, *, torn: bool = False) -> int:
    """Cut the log of a copied database (its -shm still beside it) at its last synced transaction; return how many
    transactions are lost. `torn`: half of the next frame is on the disk."""
    log, shm = Path(f"{database}-wal"), Path(f"{database}-shm")
    wal = read_wal(log)
    copied = struct.unpack("=I", shm.read_bytes()[_BACKFILLED_AT : _BACKFILLED_AT + 4])[0] if shm.exists() else 0
    shm.unlink(missing_ok=True)
    if wal is None:
        return 0
    kept = _last_synced(database, wal, copied)
    with log.open("r+b") as file:
        file.seek(wal.size(kept))
        torn_frame = file.read(wal.frame // 2) or bytes(wal.frame // 2)
        file.truncate(wal.size(kept))
        if torn:
            file.seek(wal.size(kept))
            file.write(torn_frame)
    return sum(commit > kept for commit in wal.commits)


def _last_synced(database: Path, wal: Wal, copied: int) -> int:
    """Return after which frame the last transaction with money ends: the last that changed anything of money."""
    ends = [end for end in wal.commits if end > copied]
    if not ends:
        return max([end for end in wal.commits if end <= copied], default=0)
    now = _money(database, wal, ends[-1])
    for end, before in zip(ends[::-1], [*ends[-2::-1], None], strict=True):
        then = None if before is None else _money(database, wal, before)
        if then != now:
            return end
    return copied


def _money(database: Path, wal: Wal, frames: int) -> list[object]:
    """Return what a database says of money when its log ends after so many frames."""
    trial = database.with_name("trial.db")
    shutil.copyfile(database, trial)
    Path(f"{trial}-wal").write_bytes(wal.path.read_bytes()[: wal.size(frames)])
    try:
        with closing(sqlite3.connect(trial)) as db:
            return [db.execute(f"SELECT count(*), {_MARK[table]} FROM {table}").fetchone() for table in _MONEY]
    finally:
        for name in ("", "-wal", "-shm"):
            Path(f"{trial}{name}").unlink(missing_ok=True)


_MARK = {
    "leg": "sum(rowid % 1000003), max(rowid), count(seq), sum(charge)",
    "parked": "sum(rowid % 1000003)",
    "transfer": "sum(amount)",
    "segment": "sum(last_seq)",
    "outbox": "sum(number)",
    "inbox": "sum(number)",
    "book": "sum(value)",
}
"""What tells two states of a table apart; a leg that is replaced gets another rowid."""
