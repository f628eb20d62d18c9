"""Backups: whole or not there, of one moment, linked to earlier ones, put back into nothing but emptiness."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.backups import FILES, back_up, drill, restore, verify
from domain.errors import BrokenWorldError, ConflictError, InputError, NotFoundError
from store.backups import manifest as manifests
from store.backups.cut import Cut, open_cut
from store.backups.put_back import EPOCH_LEAP
from store.book import Book
from store.catalog import Catalog
from store.settings_file import load_settings
from store.sheets.folder import FOLDER, NOTICES, SheetFolder
from tests.cluster.houses import House, a_house
from tests.cluster.tasks.places import BY
from tests.store.postgres import PostgresServer


def quiet(step: str, done: int, total: int) -> None:
    """Show no progress."""


@pytest.fixture
def postgres_books(postgres_url: str) -> str:
    """A database without tables: a backup takes every book that it finds."""
    return postgres_url


@pytest.fixture
def house(tmp_path: Path, book_url: str) -> Iterator[House]:
    """A house on SQLite, then on PostgreSQL, whose books are open for writing."""
    with a_house(tmp_path / "data", book_url) as opened:
        yield opened


def test_a_drill_compares_every_row_with_the_original(house: House) -> None:
    done = drill(house.data, quiet)
    assert [check for check in done.checks if not check.holds] == []
    found = {check.what: check.found for check in done.checks}
    assert found["book 0: segment"] == "1 rows, legs 4"
    assert found["book 0: leg"].startswith("2 rows, charge ")
    assert found["segments: sums and sha256"] == "1 right"
    assert found["trial balance"] == "0.00 USD"
    assert done.folder is None


def test_a_drill_says_what_differs(files: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_row_less(cut: object, folder: Path, tick: object) -> None:
        honest(cut, folder, tick)  # type: ignore[arg-type]
        with sqlite3.connect(folder / "books" / "book-0.db") as db:
            db.execute("UPDATE leg SET charge = charge + 1 WHERE side = 'client'")

    from store.backups.cut import SqliteCut

    honest = SqliteCut.copy
    monkeypatch.setattr(SqliteCut, "copy", one_row_less)
    differing = {check.what for check in drill(files.data, quiet).checks if not check.holds}
    assert differing == {"book 0: leg", "CDRs minus postings", "differences"}


def test_what_comes_after_the_moment_is_not_in_the_copy(house: House, tmp_path: Path) -> None:
    """Legs that are sealed and recorded while the copy is written are in it as they were before."""
    with open_cut(house.data, house.home.settings.store.full_url(), 1) as cut:
        house.calls("c4")
        house.seal()
        (tmp_path / "copy").mkdir()
        cut.copy(tmp_path / "copy", quiet)
    with sqlite3.connect(tmp_path / "copy" / "books" / "book-0.db") as copy:
        assert copy.execute("SELECT count(*), sum(seq) FROM leg").fetchone() == (2, 5 + 6)
        assert copy.execute("SELECT count(*) FROM segment").fetchone() == (1,)


def test_a_copy_under_traffic_and_sealing_has_every_leg_once(house: House, tmp_path: Path) -> None:
    ending = threading.Event()
    failed: list[BaseException] = []

    def copy() -> None:
        try:
            for at in range(4):
                back_up(house.data, tmp_path / "place", quiet)
                restored = restore(tmp_path / "place", tmp_path / f"again {at}", quiet, store_url=FILES)
                assert [check for check in restored.checks if not check.holds] == []
        except BaseException as error:
            failed.append(error)
        finally:
            ending.set()

    thread = threading.Thread(target=copy)
    thread.start()
    calls = 0
    while not ending.is_set() or calls < 100:
        house.calls(*(f"t{calls + at}" for at in range(20)))
        calls += 20
        house.seal()
    thread.join()
    assert failed == []


def test_books_are_copied_at_one_moment_while_they_send_postings_to_each_other(tmp_path: Path) -> None:
    """What one book counts up before the other is never ahead of it in a copy by more than the one step under way."""
    with a_house(tmp_path / "data", books=2) as house:
        first, second = (shard.book.driver for shard in house.shards)
        ending = threading.Event()

        def step() -> None:
            number = 0
            while not ending.is_set():
                number += 1
                for driver in (first, second):
                    driver.begin(durable=False)
                    driver.run(
                        "INSERT INTO book VALUES ('step', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                        (number,),
                    )
                    driver.commit()

        thread = threading.Thread(target=step)
        thread.start()
        try:
            for _ in range(50):
                with open_cut(house.data, "", 2) as cut:
                    steps = [_step(cut, book) for book in (0, 1)]
                assert steps[0] - steps[1] in (0, 1)
        finally:
            ending.set()
            thread.join()


def _step(cut: Cut, book: int) -> int:
    return sum(row[0] for row in cut.stream(book, "SELECT value FROM book WHERE name = 'step'"))


def test_a_second_backup_links_what_the_first_one_has(files: House, tmp_path: Path) -> None:
    one = back_up(files.data, tmp_path / "place", quiet)
    files.seal()
    two = back_up(files.data, tmp_path / "place", quiet)
    segments = [sorted((each.folder / "segments").rglob("*.parquet")) for each in (one, two)]
    assert [len(found) for found in segments] == [1, 2]
    assert segments[0][0].samefile(segments[1][0])
    assert (one.folder / "received/sheet.csv").samefile(two.folder / "received/sheet.csv")
    three = back_up(files.data, tmp_path / "place", quiet, keep=1)
    assert three.gone == (one.folder, two.folder)
    assert manifests.whole(tmp_path / "place") == [three.folder]
    manifests.verify(three.folder, three.manifest, quiet)


def test_a_bit_that_flipped_in_a_backup_is_in_no_later_one(files: House, tmp_path: Path) -> None:
    one = back_up(files.data, tmp_path / "place", quiet)
    [segment] = (one.folder / "segments").rglob("*.parquet")
    for path in (segment, one.folder / "received/sheet.csv"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    two = back_up(files.data, tmp_path / "place", quiet)
    manifests.verify(two.folder, two.manifest, quiet)
    names = sorted([f"{segment.relative_to(one.folder)}", "received/sheet.csv"])
    assert sorted(two.damaged) == [f"{one.folder.name}/{name}" for name in names]
    found = verify(tmp_path / "place", quiet)
    assert [(each.folder, each.wrong) for each in found] == [
        (one.folder, tuple(f"{name} is damaged" for name in names)),
        (two.folder, ()),
    ]
    three = back_up(files.data, tmp_path / "place", quiet)
    assert three.damaged == () and three.manifest.linked > 1


def test_a_backup_has_settings_secrets_and_files_and_leaves_out_logs(files: House, tmp_path: Path) -> None:
    taken = back_up(files.data, tmp_path / "place", quiet)
    paths = {file.path for file in taken.manifest.files}
    assert {"switchboard.toml", "secret", "token", "clock.json", "received/sheet.csv", "catalog.db"} <= paths
    assert not [path for path in paths if "log" in path.split("/")[0] and path != "catalog.db"]
    assert taken.folder.stat().st_mode & 0o777 == 0o700
    assert (taken.folder / "token").stat().st_mode & 0o777 == 0o600
    its = manifests.installation_of(files.data)
    assert manifests.newest(tmp_path / "place", its, taken.manifest.at_ms) == (taken.manifest.at_ms, ())


@pytest.mark.parametrize("folder", [FOLDER, NOTICES])
def test_a_backup_has_rate_sheets_as_they_came_or_were_sent_and_what_was_read(
    files: House, tmp_path: Path, folder: str
) -> None:
    sheets = SheetFolder(files.data, folder=folder)
    sheets.receive(12, b"Code;Rate\n44;0.01\n")
    sheets.keep(12, {"lines": b"PAR1", "findings": b"PAR1"})
    back_up(files.data, tmp_path / "place", quiet)
    restore(tmp_path / "place", tmp_path / "again", quiet)
    again = SheetFolder(tmp_path / "again", folder=folder)
    assert (again.sheets(), again.raw(12), again.parts(12)) == ([12], sheets.raw(12), {"lines", "findings"})
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "again" / folder / "12").iterdir()} == {0o600}


@pytest.mark.parametrize("harm", ["damaged", "missing"])
def test_a_failed_backup_leaves_nothing(files: House, tmp_path: Path, harm: str) -> None:
    [segment] = files.home.segments.rglob("*.parquet")
    segment.write_bytes(b"not it") if harm == "damaged" else segment.unlink()
    with pytest.raises(BrokenWorldError, match=harm):
        back_up(files.data, tmp_path / "place", quiet)
    assert [path.name for path in (tmp_path / "place").iterdir()] == [".lock"]
    assert manifests.whole(tmp_path / "place") == []


def test_a_place_in_the_data_folder_is_refused(files: House) -> None:
    with pytest.raises(InputError, match="data folder itself"):
        back_up(files.data, files.data / "backups", quiet)


def test_a_missing_book_is_told_and_not_passed_over(files: House, tmp_path: Path) -> None:
    (files.home.books / "book-0.db").rename(tmp_path / "book-0.db")
    with pytest.raises(NotFoundError, match=r"book-0\.db: is missing"):
        back_up(files.data, tmp_path / "place", quiet)


def test_a_restore_goes_into_an_empty_folder_only(files: House, tmp_path: Path) -> None:
    back_up(files.data, tmp_path / "place", quiet)
    with pytest.raises(ConflictError, match="is not empty"):
        restore(tmp_path / "place", files.data, quiet)
    (tmp_path / "empty").mkdir()
    done = restore(tmp_path / "place", tmp_path / "empty", quiet)
    assert [check for check in done.checks if not check.holds] == []
    assert load_settings(tmp_path / "empty") == load_settings(files.data)
    with pytest.raises(NotFoundError, match="there is no backup"):
        restore(tmp_path / "nowhere", tmp_path / "new", quiet)


@pytest.mark.parametrize("begins", ["writes", "restores"])
def test_who_begins_in_the_folder_meanwhile_is_not_written_over(
    files: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begins: str
) -> None:
    place, to, refused = tmp_path / "place", tmp_path / "new", []
    back_up(files.data, place, quiet)

    def begin(*_: object) -> list[object]:
        monkeypatch.undo()
        if begins == "writes":
            to.mkdir()
            (to / "catalog.db").write_text("another's")
        else:
            with pytest.raises(ConflictError, match="another restore to this folder is under way"):
                restore(place, to, quiet)
            refused.append(to)
        return []

    monkeypatch.setattr("cluster.books_proof.prove_folder", begin)
    if begins == "writes":
        with pytest.raises(ConflictError, match="is not empty"):
            restore(place, to, quiet)
        assert [path.name for path in to.iterdir()] == ["catalog.db"]
        assert (to / "catalog.db").read_text() == "another's"
    else:
        assert restore(place, to, quiet).folder == to
        assert refused and (to / "books" / "book-0.db").is_file()
    assert not list(tmp_path.glob(".new.restoring"))


@pytest.mark.parametrize("name", ["books/book-0.db", "token", "manifest.json"])
def test_a_damaged_backup_is_refused_before_anything_is_written(files: House, tmp_path: Path, name: str) -> None:
    taken = back_up(files.data, tmp_path / "place", quiet)
    content = bytearray((taken.folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (taken.folder / name).write_bytes(content)
    with pytest.raises(BrokenWorldError, match=f"{name} is|manifest of a backup"):
        restore(taken.folder, tmp_path / "new", quiet)
    assert not (tmp_path / "new").exists()


def test_who_still_writes_to_the_original_cannot_write_to_the_copy(house: House, tmp_path: Path) -> None:
    back_up(house.data, tmp_path / "place", quiet)
    restore(tmp_path / "place", tmp_path / "new", quiet, store_url=FILES)
    book = Book.open("", tmp_path / "new" / "books", 0)
    house.shards[0].book.load()  # however often it begins anew
    assert book.load().epoch > house.shards[0].book.epoch + EPOCH_LEAP - 10
    book.close()


def test_a_database_becomes_files_and_files_become_a_database(
    tmp_path: Path, postgres_url: str, postgres_server: PostgresServer
) -> None:
    with a_house(tmp_path / "data", postgres_url) as house, postgres_server.database() as name:
        other = postgres_server.url(name)
        place = tmp_path / "place"
        back_up(house.data, place, quiet)
        with pytest.raises(ConflictError, match="the database has a switchboard already"):
            restore(place, tmp_path / "same", quiet)
        assert not (tmp_path / "same").exists()
        as_files = restore(place, tmp_path / "files", quiet, store_url=FILES)
        assert load_settings(tmp_path / "files").store.url == ""
        assert load_settings(tmp_path / "files").store.seen_days == 5
        back_up(tmp_path / "files", tmp_path / "place of files", quiet)
        as_database = restore(tmp_path / "place of files", tmp_path / "database", quiet, store_url=other)
        assert [check for done in (as_files, as_database) for check in done.checks if not check.holds] == []
        assert load_settings(tmp_path / "database").store.url == other
        assert not (tmp_path / "database" / "catalog.db").exists()
        again = drill(tmp_path / "database", quiet)
        first = drill(house.data, quiet)
        assert [(each.what, each.found) for each in again.checks] == [(each.what, each.found) for each in first.checks]
        catalog = Catalog.open(other, may_migrate=False)
        assert catalog.jobs.add("seal", {}, **BY) > 1, "ids go on behind those that were copied"
        catalog.close()


def test_a_restore_that_fails_leaves_the_database_empty(
    tmp_path: Path, files: House, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(files.data, tmp_path / "place", quiet)

    def broken(*_: object) -> None:
        raise BrokenWorldError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("cluster.books_proof.prove_folder", broken)
        with pytest.raises(BrokenWorldError):
            restore(tmp_path / "place", tmp_path / "new", quiet, store_url=postgres_url)
    assert not list(tmp_path.glob("*new*"))
    done = restore(tmp_path / "place", tmp_path / "new", quiet, store_url=postgres_url)
    assert [check for check in done.checks if not check.holds] == []


@pytest.mark.parametrize("work", ["backup", "drill"])
def test_a_database_that_is_away_is_named_and_nothing_is_left(files: House, tmp_path: Path, work: str) -> None:
    settings = files.data / "switchboard.toml"
    url = "postgresql+psycopg://ours:hush@127.0.0.1:1/books"
    settings.write_text(settings.read_text().replace("[store]", f'[store]\nurl = "{url}"'))
    with pytest.raises(InputError, match=r"the database 127\.0\.0\.1:1/books does not answer.*try again") as raised:  # noqa: PT012
        if work == "backup":
            back_up(files.data, tmp_path / "place", quiet)
        else:
            drill(files.data, quiet)
    assert "hush" not in str(raised.value)
    assert not (tmp_path / "place").exists()
