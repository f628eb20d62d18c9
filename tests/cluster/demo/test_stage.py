"""The demo's folder: emptied only where the demo made it, never under a running switchboard."""

from pathlib import Path

import pytest

from cluster.demo.stage import KEPT, fresh_folder
from cluster.demo.story import tell
from cluster.folder import LOCK_FILE, FolderLock
from domain.errors import ConflictError, InputError
from domain.settings import Settings
from store.settings_file import NAME, load_settings


def test_a_folder_with_books_of_others_is_refused_and_stays_whole(tmp_path: Path) -> None:
    book = tmp_path / "books" / "book-0.db"
    book.parent.mkdir()
    book.write_bytes(b"money")
    with pytest.raises(ConflictError, match="did not write"):
        fresh_folder(tmp_path)
    assert book.read_bytes() == b"money"
    assert [path.name for path in tmp_path.iterdir()] == ["books"]


def test_the_demo_empties_its_own_folder_but_for_october_and_the_lock(tmp_path: Path) -> None:
    fresh_folder(tmp_path)
    lock = (tmp_path / LOCK_FILE).stat().st_ino
    for name in ("books", KEPT):
        (tmp_path / name).mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / KEPT)
    (tmp_path / "token").write_text("old")
    fresh_folder(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".demo", KEPT, LOCK_FILE, NAME}
    assert (tmp_path / LOCK_FILE).stat().st_ino == lock
    assert load_settings(tmp_path).clock.settable


def test_a_folder_of_a_demo_that_left_no_mark_is_the_demos(tmp_path: Path) -> None:
    (tmp_path / KEPT).mkdir()
    (tmp_path / "books").mkdir()
    with pytest.raises(ConflictError):
        fresh_folder(tmp_path)
    (tmp_path / NAME).write_text("# The demo's settings; written anew by each run.\n")
    assert not (fresh_folder(tmp_path) / "books").exists()


def test_a_folder_in_use_is_not_emptied(tmp_path: Path) -> None:
    (fresh_folder(tmp_path) / "books").mkdir()
    lock = FolderLock(tmp_path)
    with pytest.raises(ConflictError, match="runs on this data folder"):
        fresh_folder(tmp_path)
    assert (tmp_path / "books").is_dir()
    lock.release()


def test_a_fresh_folder_keeps_its_books_in_itself(tmp_path: Path) -> None:
    assert load_settings(fresh_folder(tmp_path)).store == Settings().store


async def test_the_demo_refuses_a_database_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_STORE__URL", "postgresql+psycopg://sb@db/production")
    with pytest.raises(InputError, match="SWITCHBOARD_STORE__URL"):
        await tell(tmp_path, lambda line: None)
