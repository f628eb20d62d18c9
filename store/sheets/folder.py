"""The folders of rate sheets: of each its bytes, as they were received or are sent, and frames that belong to it.

Live processes keep and hand out these files and look into none but CHANGE: frames come and go as bytes of Parquet.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from domain.errors import InputError, NotFoundError
from store.files import sync_folder, write_atomically

FOLDER, NOTICES = "sheets", "notices"
"""Of the data folder, of sheets that come and of sheets that we send; backups take both along."""
RAW, PARQUET = "received", ".parquet"
CHANGE, PACKED = "change", ".packed"
"""The part that is no frame: what a sheet does to its plan (store.sheets.change_file)."""
PARTS = 32
"""More parts than this no sheet has."""
PART_TIMES = 8
"""A part is at most so many times as large as a file may be: plain columns are longer than a packed workbook."""
MOST_MB = 500
_MB = 1 << 20
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class SheetFolder:
    """Sheets by id below a data folder. What is written is whole or not there, and only ours to read.

    `most_mb`: of a file (limits.sheet_mb); `folder`: FOLDER, or NOTICES by the ids of notices.
    """

    def __init__(self, data: Path, most_mb: int = MOST_MB, folder: str = FOLDER) -> None:
        self._folder, self._most = data / folder, most_mb * _MB

    def receive(self, sheet: int, data: bytes) -> str:
        """Keep a sheet as it came, durable when this returns; return its sha256 in hex.

        Raises InputError where it is too large, OSError where the disk refuses.
        """
        if len(data) > self._most:
            what = f"it has {len(data) / _MB:,.1f} MB, more than {self._most // _MB}"
            raise InputError(what, where=f"sheet {sheet}", mend="Split it, or raise limits.sheet_mb.")
        return write_atomically(self._made(sheet) / RAW, [data], mode=0o600)

    def raw(self, sheet: int) -> bytes:
        """Return a sheet as it came. Raises NotFoundError."""
        return self._read(sheet, RAW, "its file")

    def keep(self, sheet: int, parts: Mapping[str, bytes]) -> None:
        """Keep parts of a sheet by name, in place of all that were kept before.

        Raises InputError for too many or too large ones; the former ones stay then.
        """
        if len(parts) > PARTS:
            raise InputError(f"it has {len(parts)} parts, more than {PARTS}", where=f"sheet {sheet}")
        for name, data in parts.items():
            _check_name(name)
            if len(data) > self._most * PART_TIMES:
                what = f"its {name} would take {len(data) // _MB:,} MB"
                raise InputError(what, where=f"sheet {sheet}", mend="Split it, or raise limits.sheet_mb.")
        folder = self._made(sheet)
        for name, data in parts.items():
            write_atomically(folder / _file(name), [data], mode=0o600)
        for name in self.parts(sheet) - parts.keys():
            (folder / _file(name)).unlink(missing_ok=True)

    def part(self, sheet: int, name: str) -> Path:
        """Return where a part of a sheet lies. Raises NotFoundError where it has none of that name."""
        _check_name(name)
        path = self._of(sheet) / _file(name)
        if not path.is_file():
            mend = f"It is read anew by `switchboard sheets retry {sheet}`."
            raise NotFoundError(f"there are no {name} of it", where=f"sheet {sheet}", mend=mend)
        return path

    def read(self, sheet: int, name: str) -> bytes:
        """Return the bytes of a part. Raises NotFoundError."""
        return self.part(sheet, name).read_bytes()

    def parts(self, sheet: int) -> set[str]:
        """Return the names of the parts that are kept."""
        found = self._of(sheet).glob("[a-z0-9]*.*")
        return {path.stem for path in found if path.suffix in (PARQUET, PACKED)}

    def sheets(self) -> list[int]:
        """Return the ids of all sheets that have a folder."""
        if not self._folder.is_dir():
            return []
        return sorted(int(path.name) for path in self._folder.iterdir() if path.name.isdecimal())

    def remove(self, sheet: int) -> None:
        """Delete a sheet's folder, if there is one."""
        shutil.rmtree(self._of(sheet), ignore_errors=True)

    def _read(self, sheet: int, name: str, what: str) -> bytes:
        try:
            return (self._of(sheet) / name).read_bytes()
        except FileNotFoundError:
            mend = "Send it again, or put it back from a backup."
            raise NotFoundError(f"{what} is not there any more", where=f"sheet {sheet}", mend=mend) from None

    def _of(self, sheet: int) -> Path:
        return self._folder / str(int(sheet))

    def _made(self, sheet: int) -> Path:
        folder = self._of(sheet)
        if not folder.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(exist_ok=True, mode=0o700)
            sync_folder(self._folder)
        return folder


def sent_file(notice: int) -> str:
    """Return where the file of a notice lies, below the data folder."""
    return f"{NOTICES}/{notice}/{RAW}"


def _file(name: str) -> str:
    return name + (PACKED if name == CHANGE else PARQUET)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name of a part", mend="Use a-z, 0-9, - and _.")
