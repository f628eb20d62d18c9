"""The world of a node from its published files, memory-mapped (DESIGN §4.6). Imports neither SQLModel nor Polars."""

from dataclasses import replace
from pathlib import Path

from domain.attribution import DirectoryIndex
from domain.directory import Directory
from domain.ids import DestinationId
from domain.quality_board import QualityBoard
from domain.world import CodeBook, World
from store.directory_file import read_directory
from store.end_users_file import open_end_users
from store.manifest import Manifest
from store.snapshots import MappedCodes, MappedPlan


class NoCodes:
    """The reference book before it is seeded: no number has a destination."""

    def destination_of(self, number: str) -> DestinationId | None:
        """Return None."""
        return None

    def name_of(self, destination: DestinationId) -> str:
        """Return no name."""
        return ""

    def all_codes(self) -> tuple[str, ...]:
        """Return none."""
        return ()


def directory_in(folder: Path, manifest: Manifest) -> Directory:
    """Read the directory that a manifest names, with its end users. Raises BrokenWorldError."""
    directory = read_directory(folder / manifest.directory.name)
    if manifest.end_users is None:
        return directory
    return replace(directory, end_users=open_end_users(folder / manifest.end_users.name))


def load_world(folder: Path, manifest: Manifest, board: QualityBoard) -> World:
    """Open everything that a manifest names. Raises BrokenWorldError where a file is missing or damaged."""
    codes: CodeBook = MappedCodes.open(folder / manifest.codes.name) if manifest.codes else NoCodes()
    return World(
        index=DirectoryIndex(directory_in(folder, manifest)),
        plans={plan: MappedPlan.open(folder / file.name) for plan, file in manifest.plans.items()},
        codes=codes,
        quality=board,
    )
