"""The world of a node from its published files, memory-mapped (DESIGN §4.6). Imports neither SQLModel nor Polars."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from domain.attribution import DirectoryIndex
from domain.directory import Directory
from domain.end_users import EndUsers
from domain.errors import BrokenWorldError
from domain.ids import DestinationId, PartnerId
from domain.quality_board import QualityBoard
from domain.world import CodeBook, World
from store.directory_file import read_directory
from store.end_users_file import open_end_users
from store.manifest import Manifest
from store.ported_file import MappedPorted
from store.snapshots import MappedCodes, MappedPlan


class NoCodes:
    """The reference book before it is seeded: no number has a destination."""

    def destination_of(self, number: str) -> DestinationId | None:
        """Return None."""
        return None

    def name_of(self, destination: DestinationId) -> str:
        """Return no name."""
        return ""

    def country_of(self, destination: DestinationId) -> str:
        """Return no country."""
        return ""

    def kind_of(self, destination: DestinationId) -> str:
        """Return no kind."""
        return ""

    def all_codes(self) -> tuple[str, ...]:
        """Return none."""
        return ()


def directory_in(folder: Path, manifest: Manifest) -> Directory:
    """Read the directory that a manifest names, with its end users. Raises BrokenWorldError."""
    directory = read_directory(folder / manifest.directory.name)
    if manifest.end_users is None:
        return directory
    return replace(directory, end_users=_end_users(folder / manifest.end_users.name))


def _end_users(path: Path) -> Mapping[PartnerId, EndUsers]:
    """Return the end users of a file; one that is open already, as most changes leave it, is not opened anew."""
    try:
        found = path.stat()
    except OSError as error:
        raise BrokenWorldError(f"{path} cannot be used: {error}") from error
    return _opened(path, found.st_ino, found.st_mtime_ns)


@lru_cache(maxsize=1)
def _opened(path: Path, _inode: int, _written_ns: int) -> Mapping[PartnerId, EndUsers]:
    return open_end_users(path)


def load_world(folder: Path, manifest: Manifest, board: QualityBoard) -> World:
    """Open everything that a manifest names. Raises BrokenWorldError where a file is missing or damaged."""
    codes: CodeBook = MappedCodes.open(folder / manifest.codes.name) if manifest.codes else NoCodes()
    return World(
        index=DirectoryIndex(directory_in(folder, manifest)),
        plans={plan: MappedPlan.open(folder / file.name) for plan, file in manifest.plans.items()},
        codes=codes,
        quality=board,
        ported={name: MappedPorted(folder / file.name) for name, file in manifest.ported.items()},
    )
