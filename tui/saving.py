"""Files that the switchboard sends, written on the machine of the console."""

from collections.abc import Sequence
from pathlib import Path

from protos.notices_pb2 import ExportChunk
from tui import formats
from tui.link import LinkError


def place(text: str, folder: Path) -> Path | None:
    """Read where a file is to be written, a name alone in `folder`; None where nothing is said.

    Raises LinkError for a file that is there: nothing is written over.
    """
    if not text.strip():
        return None
    path = folder / Path(text.strip()).expanduser()
    if path.is_dir():
        raise LinkError(f"{path} is a folder: name the file too")
    return _free(path)


def write(pieces: Sequence[ExportChunk], path: Path | None, folder: Path) -> str:
    """Write a file that came in pieces, by its own name in `folder` where no place is given; say what was written.

    Raises LinkError, OSError.
    """
    if not pieces:
        raise LinkError("the switchboard sent no file")
    head = pieces[0]
    target = path or _free(folder / Path(head.file_name).name)  # a name from elsewhere is never a path
    partial = target.with_name(f"{target.name}.part")
    try:
        with partial.open("wb") as stream:
            stream.writelines(piece.data for piece in pieces)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return f"{formats.count(head.rows)} rows in {target}"


def _free(path: Path) -> Path:
    if path.exists():
        raise LinkError(f"{path} is there already: give it another name")
    return path
