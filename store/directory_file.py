"""The directory as one JSON file, which nodes and tasks read. It holds the switches' secrets: mode 0600.

Imports neither SQLModel nor Polars.
"""

from dataclasses import replace
from pathlib import Path

import orjson

from domain.directory import Directory
from domain.errors import BrokenWorldError
from store.files import write_atomically
from store.values_json import directory_of, to_json


def write_directory(path: Path, directory: Directory) -> str:
    """Write the directory but its end users, whole or not at all; return the file's sha256 in hex."""
    return write_atomically(path, [to_json(replace(directory, end_users={}))], mode=0o600)


def read_directory(path: Path) -> Directory:
    """Read a directory. Raises BrokenWorldError when the file is missing or is not one."""
    try:
        return directory_of(orjson.loads(path.read_bytes()))
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenWorldError(f"{path} is no directory file: {error}") from error
