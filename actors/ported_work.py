"""What live actors may ask of batch workers about moved numbers: files of millions of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PortedOrder:
    """A file that was received, what was known before it (None: nothing), whether it is laid over that (else it takes
    its place), and where what comes of it is written. `prefixes`: of the numbers that are looked up here, none: any."""

    received: Path
    file_name: str
    base: Path | None
    target: Path
    changes: bool = False
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PortedReject:
    """A row that did not go in: its number in the file, its text, and why."""

    row: int
    raw: str
    why: str


@dataclass(frozen=True, slots=True)
class PortedBuilt:
    """What was written: how many numbers, of them new, moved on, and gone since what was known before; `wrong` rows,
    the first of them as `rejects`; the file's sha256 in hex."""

    numbers: int
    added: int
    changed: int
    removed: int
    rows: int
    wrong: int
    rejects: tuple[PortedReject, ...]
    sha256: str


class PortedWork(Protocol):
    """The part of actors.tasks.Tasks that is about moved numbers."""

    async def build_ported(self, order: PortedOrder) -> PortedBuilt:
        """Read a file of moved numbers and write what nodes map. Raises InputError where it is none."""
        ...
