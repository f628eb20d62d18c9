"""Backups beside what is not ours: other folders, links, clocks that were wrong, manifests made up, full disks."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cluster.backups import back_up, drill, restore
from domain.errors import BrokenWorldError, ConflictError, InputError
from store.backups import manifest as manifests
from store.backups.take import SPARE_BYTES, prune
from tests.cluster.houses import House, a_house
from tests.cluster.test_backups import quiet

YEAR_MS = 365 * 86_400_000


@dataclass(frozen=True, slots=True)
class Usage:
    """What a disk has left."""

    free: int


def test_folders_that_are_links_are_copied_and_those_that_cannot_be_are_named(files: House, tmp_path: Path) -> None:
    big, place = tmp_path / "big", tmp_path / "place"
    (big / "2026").mkdir(parents=True)
    (big / "2026" / "INV-1.pdf").write_bytes(b"an invoice")
    (big / "back").symlink_to(files.data)
    (big / "2026" / "again").symlink_to(tmp_path / "second")
    (tmp_path / "second").symlink_to(big)
    place.mkdir()
    for name, target in (("invoices", big), ("gone", tmp_path / "nowhere"), ("copies", place), ("all", tmp_path)):
        (files.data / name).symlink_to(target)
    (files.data / "one.csv").symlink_to(big / "2026" / "INV-1.pdf")
    taken = back_up(files.data, place, quiet)
    assert (taken.folder / "invoices" / "2026" / "INV-1.pdf").read_bytes() == b"an invoice"
    passed = ("all", "copies", "gone", "invoices/2026/again", "invoices/back")
    assert taken.manifest.elsewhere == tuple(str(files.data / name) for name in passed)
    restore(place, tmp_path / "new", quiet)
    assert (tmp_path / "new" / "one.csv").read_bytes() == b"an invoice"
    assert not [path for path in (tmp_path / "new").rglob("*") if path.is_symlink()]


def test_room_is_asked_for_before_anything_is_copied(
    files: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unused(*_: object) -> None:
        raise AssertionError("it was copied")

    (files.data / "large.csv").write_bytes(bytes(10 << 20))
    with monkeypatch.context() as patched:
        patched.setattr("store.backups.cut.SqliteCut.copy", unused)
        for free, work in (
            (SPARE_BYTES + (10 << 20), lambda: back_up(files.data, tmp_path / "place", quiet)),
            (SPARE_BYTES + (20 << 20), lambda: drill(files.data, quiet)),
        ):
            patched.setattr("store.backups.take.shutil.disk_usage", lambda _, free=free: Usage(free))
            with pytest.raises(InputError, match="there is room for"):
                work()
    assert manifests.whole(tmp_path / "place") == []
    assert not list((tmp_path / "place").glob(".*.partial"))


def test_what_a_killed_backup_left_is_cleared_away_by_the_next(files: House, tmp_path: Path) -> None:
    left = tmp_path / "place" / ".2026-11-02T00-00-00-000Z.partial"
    left.mkdir(parents=True)
    assert manifests.whole(tmp_path / "place") == []
    somebody_s = tmp_path / "place" / ".copy.partial"
    somebody_s.mkdir()
    back_up(files.data, tmp_path / "place", quiet)
    assert not left.exists() and somebody_s.exists()


def test_only_backups_of_ours_are_deleted_linked_and_counted(files: House, tmp_path: Path) -> None:
    place = tmp_path / "place"
    first = back_up(files.data, place, quiet)
    with a_house(tmp_path / "other data") as other:
        theirs = [back_up(other.data, place, quiet) for _ in range(2)]
    for name in ("0-web-app", "2020-01-01T00-00-00-000Z"):
        (place / name).mkdir()
        (place / name / "manifest.json").write_text('{"name": "an app"}')
    (place / "2020-01-02T00-00-00-000Z").mkdir()
    assert theirs[0].manifest.linked == 0
    its = manifests.installation_of(files.data)
    assert manifests.newest(place, its, theirs[1].manifest.at_ms) == (first.manifest.at_ms, ())
    second = back_up(files.data, place, quiet, keep=1)
    assert second.gone == (first.folder,)
    assert prune(place, 1, "") == []
    assert sorted(path.name for path in place.iterdir()) == sorted([
        ".lock", "0-web-app", "2020-01-01T00-00-00-000Z", "2020-01-02T00-00-00-000Z",
        *(taken.folder.name for taken in (*theirs, second)),
    ])  # fmt: skip
    with pytest.raises(ConflictError, match=f"backups of 2 switchboards.*{theirs[1].folder.name}"):
        restore(place, tmp_path / "new", quiet)
    restore(second.folder, tmp_path / "new", quiet)
    assert manifests.installation_of(tmp_path / "new") == its


def test_a_backup_of_the_future_is_never_the_newest_and_costs_no_other_one(
    files: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, its = tmp_path / "place", manifests.installation_of(files.data)
    past = [back_up(files.data, place, quiet) for _ in range(2)]
    now_ms = past[1].manifest.at_ms
    with monkeypatch.context() as patched:
        patched.setattr("store.backups.cut.time.time_ns", lambda: (now_ms + YEAR_MS) * 1_000_000)
        ahead = back_up(files.data, place, quiet)
    assert manifests.newest(place, its, now_ms) == (now_ms, (ahead.folder.name,))
    assert prune(place, 1, its) == [past[0].folder]
    assert manifests.whole(place) == [past[1].folder, ahead.folder]
    with pytest.raises(ConflictError, match="is of the future"):
        restore(place, tmp_path / "new", quiet)


@pytest.mark.parametrize("path", ["../x.sh", "/tmp/x.sh", "received/../../x.sh", "received//x.sh", ".", ""])
def test_a_manifest_that_names_a_file_outside_of_its_backup_is_refused(files: House, tmp_path: Path, path: str) -> None:
    taken = back_up(files.data, tmp_path / "place", quiet)
    entry = replace(next(file for file in taken.manifest.files if file.path == "token"), path=path, mode=0o4755)
    manifests.write(taken.folder, replace(taken.manifest, files=(*taken.manifest.files, entry)))
    with pytest.raises(BrokenWorldError, match="lies outside of the backup"):
        restore(taken.folder, tmp_path / "into" / "new", quiet)
    assert not (tmp_path / "into").exists()


def test_a_backup_with_a_link_in_it_is_refused(files: House, tmp_path: Path) -> None:
    taken = back_up(files.data, tmp_path / "place", quiet)
    (taken.folder / "received").rename(tmp_path / "elsewhere")
    (taken.folder / "received").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BrokenWorldError, match=r"received/sheet\.csv is a link"):
        restore(taken.folder, tmp_path / "new", quiet)


def test_what_is_restored_runs_as_nobody_else_and_is_the_owner_s_alone(files: House, tmp_path: Path) -> None:
    taken = back_up(files.data, tmp_path / "place", quiet)
    entries = tuple(replace(file, mode=0o6777) if file.path == "token" else file for file in taken.manifest.files)
    manifests.write(taken.folder, replace(taken.manifest, files=entries))
    restore(taken.folder, tmp_path / "new", quiet)
    assert (tmp_path / "new" / "token").stat().st_mode & 0o7777 == 0o700


def test_a_former_manifest_that_names_a_file_twice_with_one_sum_can_be_read(files: House, tmp_path: Path) -> None:
    taken = back_up(files.data, tmp_path / "place", quiet)
    [entry] = [file for file in taken.manifest.files if file.path == "switchboard.toml"]
    for content, may in ((entry.sha256, True), ("0" * 64, False)):
        twice = replace(entry, mode=0o600, sha256=content)
        manifests.write(taken.folder, replace(taken.manifest, files=(*taken.manifest.files, twice)))
        if may:
            restore(taken.folder, tmp_path / "new", quiet)
        else:
            with pytest.raises(BrokenWorldError, match=r"switchboard\.toml twice"):
                restore(taken.folder, tmp_path / "newer", quiet)
