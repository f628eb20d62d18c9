"""The files of sheets that wait for a plan, as they came, below the folder of sheets."""

from pathlib import Path

from domain.errors import NotFoundError
from store.files import sync_folder, write_atomically
from store.sheets.folder import FOLDER

INBOX = "inbox"


class InboxFolder:
    """Files by the numbers of their items. What is written is whole or not there, and only ours to read."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER / INBOX

    def keep(self, item: int, data: bytes) -> None:
        """Keep a file, durable when this returns. Raises OSError where the disk refuses."""
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync_folder(self._folder.parent)
        write_atomically(self._of(item), [data], mode=0o600)

    def raw(self, item: int) -> bytes:
        """Return a file as it came. Raises NotFoundError."""
        try:
            return self._of(item).read_bytes()
        except FileNotFoundError:
            mend = "Ask for it again, or put it back from a backup."
            raise NotFoundError("its file is not there any more", where=f"item {item}", mend=mend) from None

    def remove(self, item: int) -> None:
        """Delete a file, if it is there."""
        self._of(item).unlink(missing_ok=True)

    def _of(self, item: int) -> Path:
        return self._folder / str(int(item))
