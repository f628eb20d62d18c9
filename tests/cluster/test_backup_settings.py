"""The settings in a backup are those that its switchboard ran with; a restore leaves those to run with."""

from pathlib import Path

import pytest

from actors.home import Home
from cluster.backups import back_up, restore
from cluster.tasks.backup_steps import backup_steps
from domain.settings import StoreSettings
from store.backups import manifest as manifests
from store.settings_file import load_settings
from tests.cluster.houses import House
from tests.cluster.test_backups import quiet


def test_a_settings_file_elsewhere_takes_the_place_of_the_folder_s_and_spoils_no_earlier_backup(
    files: House, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "ours.toml"
    elsewhere.write_text("[store]\nseen_days = 7\n")
    first = back_up(files.data, tmp_path / "place", quiet)
    second = back_up(files.data, tmp_path / "place", quiet, config=elsewhere)
    for taken, seen_days in ((first, 5), (second, 7)):
        manifests.verify(taken.folder, taken.manifest, quiet)
        restore(taken.folder, tmp_path / f"of {seen_days}", quiet)
        assert load_settings(tmp_path / f"of {seen_days}").store.seen_days == seen_days
    assert [file.path for file in second.manifest.files].count("switchboard.toml") == 1


def taken_by_the_desk(home: Home, place: Path) -> Path:
    """Take a backup as the desk's task does."""
    *_, name = backup_steps(home, place, 7)
    return place / str(name)


def test_the_desk_s_own_backups_have_the_settings_that_are_in_force(
    files: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file elsewhere, of the environment, and of a file that has gone since."""
    config = tmp_path / "etc" / "ours.toml"
    config.parent.mkdir()
    config.write_text('# of the trade\n[store]\nseen_days = 7\npassword = "kept"\n')
    home = Home(files.data, load_settings(files.data, config), config=config)
    folder = taken_by_the_desk(home, tmp_path / "place")
    assert (folder / "switchboard.toml").read_bytes() == config.read_bytes()
    with monkeypatch.context() as patched:
        patched.setenv("SWITCHBOARD_STORE__PARTIAL_DAYS", "9")
        patched.setenv("SWITCHBOARD_STORE__URL", "")
        folder = taken_by_the_desk(home, tmp_path / "place")
    store = load_settings(folder).store
    assert (store.seen_days, store.partial_days, store.password.get_secret_value()) == (7, 9, "kept")
    config.write_text("[store\n")
    folder = taken_by_the_desk(home, tmp_path / "place")
    assert load_settings(folder).store.seen_days == 7
    restore(folder, tmp_path / "new", quiet)


def test_a_password_of_the_environment_stays_there(
    files: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_STORE__PASSWORD", "hidden-one")
    monkeypatch.setenv("SWITCHBOARD_STORE__PARTIAL_DAYS", "9")
    taken = back_up(files.data, tmp_path / "place", quiet)
    monkeypatch.delenv("SWITCHBOARD_STORE__PARTIAL_DAYS")
    assert "hidden" not in (taken.folder / "switchboard.toml").read_text()
    assert load_settings(taken.folder).store.partial_days == 9


def test_the_password_of_another_database_is_written_for_who_starts_next(
    files: House, tmp_path: Path, postgres_url: str
) -> None:
    given = postgres_url.replace("@", ":o'ne%22@", 1) if "@" in postgres_url else ""
    assert given, "the server of the tests trusts a user without a password, and any with one"
    back_up(files.data, tmp_path / "place", quiet)
    restore(tmp_path / "place", tmp_path / "new", quiet, store_url=given)
    settings = load_settings(tmp_path / "new")
    assert settings.store.full_url() == StoreSettings(url=given).full_url()
    assert (settings.store.seen_days, settings.money.base_currency) == (5, "USD")
    assert (tmp_path / "new" / "switchboard.toml").stat().st_mode & 0o777 == 0o600
