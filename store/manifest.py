"""The manifest: which files hold directory, end users, reference book and each plan, as one small JSON file.

Nodes read it when they start, so they come up without the desk. Names are relative to the manifest's folder.
Imports neither SQLModel nor Polars.
"""

from dataclasses import dataclass, field
from pathlib import Path

import orjson

from domain.errors import BrokenWorldError
from domain.ids import PlanId
from store.files import write_atomically
from store.values_json import to_json

FILE_NAME = "current.json"


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """A published file: its name in the folder, the version of what it holds, its sha256 in hex."""

    name: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in force. `version` grows by one with each publication; `codes` is None until the book is seeded,
    `end_users` until a partner has any. `ported`: the moved numbers of each source by its name."""

    version: int
    published_ms: int
    directory: SnapshotFile
    codes: SnapshotFile | None
    plans: dict[PlanId, SnapshotFile]
    end_users: SnapshotFile | None = None
    ported: dict[str, SnapshotFile] = field(default_factory=dict)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the manifest in force: the files that it names must be in the folder already."""
    write_atomically(folder / FILE_NAME, [to_json(manifest)])


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a folder; None before the first publication. Raises BrokenWorldError if it is unreadable."""
    path = folder / FILE_NAME
    try:
        plain = orjson.loads(path.read_bytes())
        return Manifest(
            version=plain["version"],
            published_ms=plain["published_ms"],
            directory=SnapshotFile(**plain["directory"]),
            codes=SnapshotFile(**plain["codes"]) if plain["codes"] else None,
            plans={PlanId(plan): SnapshotFile(**file) for plan, file in plain["plans"].items()},
            end_users=SnapshotFile(**plain["end_users"]) if plain.get("end_users") else None,
            ported={name: SnapshotFile(**file) for name, file in plain.get("ported", {}).items()},
        )
    except FileNotFoundError:
        return None
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BrokenWorldError(f"{path} is no manifest: {error}") from error
