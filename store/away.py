"""Whether an error says that what holds the truth is away for now: the database is gone, the disk takes nothing more.

Such an error passes by itself: nothing is acknowledged meanwhile, and who meets it tries again at an even pace. Any
other error of a store is a broken world. Imports no SQLAlchemy, as shards use this: its errors are known by what they
wrap.
"""

import errno
import os
import sqlite3
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

AGAIN_S = 1.0
"""How long who met such an error waits before it tries again."""
ROOM_BYTES = 8 * 2**20
"""Free space without which a book does not begin: its journal alone grows to half of that."""
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_SQLITE_FULL = ("database or disk is full", "disk i/o error", "unable to open database file", "readonly database")
_REFUSED = ("28", "3D")
"""Classes of SQLSTATE that say that we are not let in (password, no such database): waiting mends nothing."""


class AwayError(Exception):
    """The store is away for now; the text is one sentence: what is away, where, how it is mended."""


def away(error: BaseException | None, where: str = "") -> str:
    """Return in a sentence what is away, "" where the error says something else; `where` names folder or database."""
    seen = 0
    while error is not None and seen < 8:
        inner = getattr(error, "orig", None) or getattr(error, "cause", None)  # of SQLAlchemy, of Ray
        if isinstance(inner, BaseException):
            error, seen = inner, seen + 1  # first: Ray's error is one of the inner kind too, and says a whole traceback
            continue
        found = str(error) if isinstance(error, AwayError) else _sentence(error, where)
        if found:
            return found
        error, seen = error.__cause__, seen + 1
    return ""


def refused(error: BaseException) -> bool:
    """Say whether a database lets nobody in by what the settings name: waiting would be for ever."""
    state = getattr(getattr(error, "orig", None) or error, "sqlstate", None)
    said = str(error)
    return bool(state and state.startswith(_REFUSED)) or any(
        word in said for word in ("password authentication failed", "does not exist", "no pg_hba.conf entry")
    )


def require_room(folder: Path) -> None:
    """Raise AwayError where the disk of a folder has not the room that a book needs to begin."""
    free = free_bytes(folder)
    if free < ROOM_BYTES:
        raise AwayError(f"{full(folder)} ({free // 2**20} MB left, {ROOM_BYTES // 2**20} MB are needed to go on)")


def free_bytes(folder: Path) -> int:
    """Return how much the disk of a folder still takes from us."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def disk_of(folder: Path) -> str:
    """Name the disk of a folder: where it is mounted."""
    place = folder.absolute()
    while not place.is_mount() and place != place.parent:
        place = place.parent
    return str(place)


def full(folder: Path | str) -> str:
    """Say that the disk of a folder is full."""
    return f"the disk {disk_of(Path(folder))} of {folder} is full: free space on it, and all goes on by itself"


def database_named(url: str) -> str:
    """Name a database for a sentence, without user and password: host and name."""
    parts = urlsplit(url)
    host = parts.hostname or "".join(parse_qs(parts.query).get("host", ["this machine"]))
    return f"{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _sentence(error: BaseException, where: str) -> str:
    first, *_ = str(error).strip().splitlines() or [type(error).__name__]
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        if isinstance(error, psycopg.errors.DiskFull):
            return f"the disk of the database {where} is full: free space there".replace("  ", " ")
        return f"the database {where} does not answer ({first[:160]})".replace("  ", " ")
    if isinstance(error, sqlite3.Error) and any(word in str(error).lower() for word in _SQLITE_FULL):
        return full(where) if where and "full" in first else f"the disk of {where or 'the data folder'} fails: {first}"
    if isinstance(error, OSError) and error.errno in _FULL:
        return full(where or error.filename or ".")
    return ""
