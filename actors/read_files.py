"""Contents of files that are asked for every second and change once a month: read again when they have changed."""

import time
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

YOUNG_NS = 2_000_000_000
"""A file that was changed so shortly ago may be changed again within the grain of its times: it is read anew."""
Mark = tuple[int, int, int, int]


class ReadFiles:
    """What was read, by path. Invariant: as much is kept as was asked for last, since nothing else bounds it."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Mark, bytes, bytes]] = {}

    def read(self, path: Path) -> tuple[bytes, bytes]:
        """Return the contents of a file and their sha256. Raises OSError. Blocks."""
        found = path.stat()
        mark = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        known = self._known.get(path)
        if known is not None and known[0] == mark:
            return known[1], known[2]
        content = path.read_bytes()
        digest = sha256(content).digest()
        if abs(time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns)) > YOUNG_NS:
            self._known[path] = mark, content, digest
        return content, digest

    def keep(self, paths: Iterable[Path]) -> None:
        """Forget all files but these."""
        self._known = {path: self._known[path] for path in paths if path in self._known}
