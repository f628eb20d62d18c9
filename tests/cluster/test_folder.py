"""A data folder is made ready once, and keeps what was fixed then."""

import os
from pathlib import Path

import pytest

from actors.home import SECRET_FILE, Home
from cluster.folder import prepare
from domain.errors import InputError
from domain.settings import Settings, StoreSettings
from protos.connect import TOKEN_FILE


def test_token_and_secret_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    made = [_prepared(tmp_path) for _ in range(2)]
    assert made[0] == made[1]
    for name in (TOKEN_FILE, SECRET_FILE):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize("left", ["", "\n", "cut"])
def test_a_token_or_secret_that_was_cut_off_is_made_anew(tmp_path: Path, left: str) -> None:
    for name in (TOKEN_FILE, SECRET_FILE):
        (tmp_path / name).write_text(left)
    token, secret = _prepared(tmp_path)
    assert len(token) >= 40
    assert len(secret) == 32


def _prepared(data: Path) -> tuple[str, bytes]:
    """Make a folder ready; return its token and secret."""
    home = Home(data, Settings())
    prepare(home)
    return (data / TOKEN_FILE).read_text().strip(), home.node_secret()


def test_nobody_else_reads_what_a_former_program_left_open(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
        for folder in (data / "decisions", data / "books", elsewhere):
            folder.mkdir(parents=True)
        (data / "segments").symlink_to(elsewhere)
        left = [data / "books" / "book-0.db", data / "books" / "book-0.lock", data / "limits.json"]
        for path in left:
            path.touch()
        _prepared(data)
    finally:
        os.umask(before)
    for path in (data, data / "decisions", data / "books", elsewhere, *left):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_folder_keeps_its_number_of_books(tmp_path: Path) -> None:
    for _ in range(2):
        prepare(Home(tmp_path, Settings()))
    with pytest.raises(InputError, match=r"store\.books"):
        prepare(Home(tmp_path, Settings(store=StoreSettings(books=2))))
