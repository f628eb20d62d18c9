"""Which files of a data folder a backup copies besides its books, its catalog and its segments."""

from dataclasses import dataclass, field
from pathlib import Path

from store.backups.cut import BOOKS, CATALOG

LEFT_OUT = frozenset((BOOKS, "segments", "staging", "logs", "former", "endpoint.json"))
"""Copied in another way, or of no use to a successor."""
LEFT_OUT_ENDINGS = (".lock", ".log", ".tmp", ".said")
PUBLISHED = "snapshots/current.json"


def files_of(data: Path, place: Path) -> tuple[list[str], list[str]]:
    """Return the names of the files within a data folder, and the links that were not followed, by their full names.

    A link to a file or folder elsewhere counts as what it leads to. It is not followed where it leads nowhere, around
    in a circle, or to where the backups lie.
    """
    found = _Found(data, place.resolve())
    found.look(data, frozenset((data.resolve(), place.resolve())))
    return found.files, found.passed


@dataclass(slots=True)
class _Found:
    """What was found so far. `around`, on the way: the real folders that we are in; none is entered from itself."""

    data: Path
    place: Path
    files: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    def look(self, folder: Path, around: frozenset[Path]) -> None:
        """Look into a folder and all that are in it."""
        try:
            inside = sorted(folder.iterdir())
        except FileNotFoundError:  # it has gone meanwhile
            return
        for path in inside:
            name = path.relative_to(self.data)
            ours = name.parts[0] in LEFT_OUT or name.parts[0].startswith(CATALOG) or str(name) == PUBLISHED
            if ours or path.name.startswith("."):
                continue
            if path.is_dir():
                self._enter(path, around)
            elif path.name.endswith(LEFT_OUT_ENDINGS):
                continue
            elif path.is_file():
                self.files.append(str(name))
            elif path.is_symlink():
                self.passed.append(str(path))

    def _enter(self, path: Path, around: frozenset[Path]) -> None:
        real = path.resolve()
        if real.is_relative_to(self.place) or any(one.is_relative_to(real) for one in around):
            self.passed.append(str(path))
        else:
            self.look(path, around | {real})
