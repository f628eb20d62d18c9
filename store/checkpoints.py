"""Checkpoints of a book in a SQLite file, beside its writer: few commits wait until the disk has what others wrote.

A commit writes to the WAL alone, and SQLite lets every one that finds 1,000 pages there copy them into the file: the
calls of a whole batch waited for that once a second, 10 to 60 ms (docs/benchmarks.md).
"""

import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

EVERY_S = 0.5
MOST_PAGES = 8_000
"""Pages of the WAL (32 MB) at which a commit copies what is left after all, and the WAL is begun anew."""


_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))


def is_safe(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Say whether this SQLite may copy pages over one connection while another one commits.

    Others may take pages for copied that are not, if a commit begins the WAL anew in that very moment: what was
    committed is lost then, or the file malformed (sqlite.org/wal.html, "The WAL-Reset Bug").
    """
    return version >= _FIXED[-1] or any(fixed <= version < (3, fixed[1] + 1) for fixed in _FIXED)


class Checkpoints:
    """Copies pages of the WAL into the file while commits go on (SQLite, "PRAGMA wal_checkpoint": PASSIVE).

    Invariant: what is durable stays so, since SQLite itself brings the WAL to the disk before a page is copied, and the
    file before the WAL is begun anew. It is not begun anew as long as there is always something new in it: that
    happens in a commit, which then finds little left to copy.
    """

    def __init__(self, path: Path) -> None:
        self.written = False
        """A commit sets it."""
        self._path = path
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"checkpoints {path.stem}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End; the writer's connection is to be the last one, which leaves no WAL."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as db:
            while not self._over.wait(EVERY_S):
                if self.written:
                    self.written = False
                    with suppress(sqlite3.Error):  # such as a full disk: a commit tries it, too
                        db.execute("PRAGMA wal_checkpoint(PASSIVE)")
