"""Files that are either whole or not there: written aside, fsynced, renamed, and the folder fsynced after them."""

import os
from collections.abc import Collection, Iterable
from hashlib import sha256
from itertools import count
from pathlib import Path
from shutil import rmtree

_numbers = count(1)
"""Threads of a process may write the same file at once: each does so aside, under a name of its own."""


def write_atomically(path: Path, parts: Iterable[bytes | memoryview], *, mode: int = 0o644) -> str:
    """Write the parts to `path`, durable when this returns; give back their sha256 in hex.

    A reader sees the former file or the new one, never a piece. Raises OSError when the disk refuses.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.{next(_numbers)}.tmp")
    digest = sha256()
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.write(part)
                digest.update(part)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make renames inside the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_folders_but(folder: Path, kept: Collection[str]) -> None:
    """Remove the folders in a folder but those of these names; one that is not there has none."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and path.name not in kept:
            rmtree(path, ignore_errors=True)
