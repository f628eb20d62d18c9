"""The folder of rate sheets."""

from hashlib import sha256
from pathlib import Path

import pytest

from domain.errors import InputError, NotFoundError
from store.sheets.folder import PARTS, SheetFolder


def test_a_sheet_is_kept_as_it_came_and_for_our_eyes_only(tmp_path: Path) -> None:
    folder = SheetFolder(tmp_path)
    assert folder.receive(7, b"Code;Rate\n") == sha256(b"Code;Rate\n").hexdigest()
    assert folder.raw(7) == b"Code;Rate\n"
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes == {"sheets": 0o700, "7": 0o700, "received": 0o600}
    assert folder.sheets() == [7]


def test_parts_that_are_kept_replace_all_that_were(tmp_path: Path) -> None:
    folder = SheetFolder(tmp_path)
    folder.keep(7, {"lines": b"one", "rejects": b"two"})
    folder.keep(7, {"lines": b"three", "changes": b"four", "change": b"five"})
    assert folder.parts(7) == {"lines", "changes", "change"}
    assert (folder.read(7, "change"), folder.part(7, "change").suffix) == (b"five", ".packed"), "it is no frame"
    folder.keep(7, {"lines": b"three", "changes": b"four"})
    assert folder.parts(7) == {"lines", "changes"}
    assert (folder.read(7, "lines"), folder.part(7, "changes").read_bytes()) == (b"three", b"four")
    with pytest.raises(NotFoundError, match="sheet 7: there are no rejects of it"):
        folder.part(7, "rejects")
    folder.remove(7)
    assert (folder.parts(7), folder.sheets()) == (set(), [])


def test_what_is_too_large_too_much_or_named_oddly_is_refused(tmp_path: Path) -> None:
    folder = SheetFolder(tmp_path, most_mb=1)
    with pytest.raises(InputError, match=r"it has 1\.0 MB, more than 1\. Split it, or raise limits\.sheet_mb"):
        folder.receive(1, bytes((1 << 20) + 1))
    folder.keep(1, {"lines": b"kept"})
    for parts, words in (
        ({"lines": bytes((8 << 20) + 1)}, "its lines would take 8 MB"),
        ({f"p{number}": b"" for number in range(PARTS + 1)}, "33 parts"),
        ({"../lines": b""}, "no name of a part"),
    ):
        with pytest.raises(InputError, match=words):
            folder.keep(1, parts)
    assert folder.read(1, "lines") == b"kept"
    with pytest.raises(NotFoundError, match="its file is not there any more"):
        folder.raw(1)
