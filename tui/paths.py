"""Paths of files that readers type: completed as they go, with `~`, and as terminals paste them."""

import asyncio
from pathlib import Path

from textual.suggester import Suggester

from tui.link import LinkError

_QUOTES = "'\""


class FileSuggester(Suggester):
    """Completes a path to the first file or folder that goes on so; hidden ones only where their dot is typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the path in whole, None where nothing begins so."""
        try:
            return await asyncio.to_thread(_completed, value)
        except (OSError, RuntimeError, ValueError):  # no such folder, no such user, no path at all
            return None


def _completed(text: str) -> str | None:
    """Return the path in whole. Raises OSError, RuntimeError, ValueError."""
    folder, sign, begun = text.rpartition("/")
    found = Path((folder + sign) or ".").expanduser().iterdir()
    hidden = begun.startswith(".")
    names = [one for one in found if one.name.startswith(begun) and one.name.startswith(".") == hidden]
    first = min(names, key=lambda one: one.name, default=None)
    return f"{folder}{sign}{first.name}{'/' if first.is_dir() else ''}" if first else None


def file_at(text: str) -> Path:
    """Return a file that is there; quotes of a pasted path are not of it. Raises LinkError."""
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES else text
    try:
        file = Path(bare).expanduser()
        if bare and file.is_file():
            return file
    except (OSError, RuntimeError, ValueError):
        pass
    raise LinkError(f"there is no file {bare!r} on the machine of this console")
