"""The watcher of certificates outlives whatever is wrong with their folder."""

from collections.abc import Generator
from pathlib import Path, PosixPath

from actors.identities import Identities


class BrokenDisk(PosixPath):
    def glob(self, pattern: str, **_: object) -> Generator[Path, None, None]:  # type: ignore[override]
        raise OSError(5, "Input/output error")


async def test_a_folder_that_cannot_be_read_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    watcher = Identities(BrokenDisk(tmp_path), 60)
    (told,) = await watcher.refresh()
    assert "Input/output error" in told
    assert await watcher.refresh() == ()
    assert watcher.verify(["a.b.c;info=<https://h/x>"], 0)
