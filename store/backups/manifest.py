"""What a backup holds: one JSON file in its folder, written last, that names every file with its sha256.

A folder without a manifest, or with one that is cut short, is no backup. Times are UTC ms.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

import orjson

from domain.errors import BrokenWorldError, NotFoundError
from store.files import write_atomically

NAME = "manifest.json"
FORMAT = 1
PIECE_BYTES = 1 << 20

Tick = Callable[[str, int, int], None]
"""Called with a step, how much of it is done, and how much there is (0: not known)."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file: its path within the backup, and what its bytes must be. `mode` are the permissions it had."""

    path: str
    size: int
    sha256: str
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class BookEntry:
    """One book as it was copied: its schema, and the epoch of its writer at that moment."""

    number: int
    schema: int
    epoch: int


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """A whole backup. Books and catalog are as of one moment: `at_ms` by the machine, `business_ms` by our clock.

    `store`: what the books were copied from, sqlite or postgresql; in the backup they are SQLite files either way.
    `elsewhere`: files outside the data folder that the settings name and that are not in the backup.
    """

    product: str
    at_ms: int
    business_ms: int
    store: str
    catalog_schema: str
    books: tuple[BookEntry, ...]
    files: tuple[FileEntry, ...]
    elsewhere: tuple[str, ...] = ()
    linked: int = 0
    took_ms: int = 0
    format: int = field(default=FORMAT)

    @property
    def size(self) -> int:
        """Return how many bytes its files have, whether they are shared with another backup or not."""
        return sum(file.size for file in self.files)


def write(folder: Path, manifest: BackupManifest) -> None:
    """Write it, with a sum of itself."""
    said = asdict(manifest)
    text = orjson.dumps({"sum": _sum(said), **said}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    write_atomically(folder / NAME, [text], mode=0o600)


def read(folder: Path) -> BackupManifest:
    """Read it. Raises NotFoundError where there is none, BrokenWorldError where it is damaged or of a newer kind."""
    path = folder / NAME
    try:
        said = orjson.loads(path.read_bytes())
        given = said.pop("sum")
        if said["format"] > FORMAT:
            raise BrokenWorldError(f"{path} is of a newer program: restore it with that one")
        if given != _sum(said):
            raise BrokenWorldError(f"{path} is damaged: it is not as it was written")
        return BackupManifest(**said | {
            "books": tuple(BookEntry(**one) for one in said["books"]),
            "files": tuple(FileEntry(**one) for one in said["files"]),
            "elsewhere": tuple(said["elsewhere"]),
        })  # fmt: skip
    except FileNotFoundError:
        raise NotFoundError(
            "there is no backup", where=str(folder), mend="Name a folder with a manifest.json."
        ) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenWorldError(f"{path} is no manifest of a backup: {error}") from error


def whole(place: Path) -> list[Path]:
    """Return the backups of a place, the oldest first: their names are their moments."""
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if not path.name.startswith(".") and (path / NAME).is_file())


def newest_ms(place: Path) -> int:
    """Return the moment of the newest backup of a place, UTC ms by the machine; 0: there is none that can be read."""
    for folder in reversed(whole(place)):
        try:
            return read(folder).at_ms
        except (BrokenWorldError, NotFoundError, OSError):
            continue
    return 0


def chosen(given: Path) -> Path:
    """Return the backup that is meant: the folder itself, or the newest one of a place. Raises NotFoundError."""
    if (given / NAME).is_file():
        return given
    found = whole(given)
    if not found:
        raise NotFoundError(
            "there is no backup", where=str(given), mend="Name a backup, or the folder that holds them."
        )
    return found[-1]


def verify(folder: Path, manifest: BackupManifest, tick: Tick) -> None:
    """Read every file and compare it. Raises BrokenWorldError that names all that are missing or differ."""
    wrong: list[str] = []
    done, total = 0, manifest.size
    for entry in manifest.files:
        path = folder / entry.path
        if not path.is_file():
            wrong.append(f"{entry.path} is missing")
        elif sha256_of(path) != entry.sha256:
            wrong.append(f"{entry.path} is damaged")
        done += entry.size
        tick("verifying", done, total)
    if wrong:
        more = f" and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise BrokenWorldError(f"the backup {folder} cannot be used: {', '.join(wrong[:10])}{more}. Take another one")


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _sum(said: dict[str, object]) -> str:
    return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
