"""The settings in a backup are those that its switchboard ran with; a restore leaves those to run with."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.home import Home
from cluster.backups import FILES, back_up, drill, restore
from cluster.tasks.backup_steps import backup_steps
from domain.ids import PartnerId
from domain.placement import Orders
from domain.settings import ClusterSettings, StoreSettings
from store.backups import manifest as manifests
from store.catalog import Catalog
from store.placement_file import write_orders
from store.settings_file import load_settings
from tests.cluster.houses import House, a_house
from tests.cluster.test_backups import quiet
from tests.store.postgres import PostgresServer


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
    *_, damaged = backup_steps(home, place, 7)
    assert damaged == []
    return manifests.chosen(place, time.time_ns() // 1_000_000)


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


SECOND = """
# ours
[money]
base_currency = "USD"
[desk]
listen = "127.0.0.1:50999"
[cluster]
machine = "hq"
address = "10.0.0.1"
[[shard]]
name = "shard-1"
machine = "second"
[[node]]
name = "node-0"
sip = "10.0.0.1:5060"
machine = "hq"
[[node]]
name = "node-1"
machine = "second"
[store]
books = 2
seen_days = 5
"""


@pytest.fixture
def two_machines(tmp_path: Path, postgres_url: str) -> Iterator[House]:
    """A house whose settings and orders name a second machine."""
    with a_house(tmp_path / "data", postgres_url, books=2) as house:
        (house.data / "switchboard.toml").write_text(f'{SECOND}url = "{postgres_url}"\n')
        pinned = Orders().pinned(PartnerId("orbita"), 1)
        orders = pinned.moved("shard-1", "second").moved("shard-0", "second")
        write_orders(house.data, orders)
        catalog = Catalog.open(house.home.catalog_url(), may_migrate=False)
        catalog.placement.put(orders)
        catalog.close()
        yield house


def test_a_drill_of_two_machines_is_as_good_as_one_of_one(two_machines: House) -> None:
    assert [check for check in drill(two_machines.data, quiet).checks if not check.holds] == []


def test_files_of_a_backup_of_two_machines_are_for_one(
    two_machines: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(two_machines.data, tmp_path / "place", quiet)
    monkeypatch.setenv("SWITCHBOARD_CLUSTER__ADDRESS", "10.0.0.1")
    done = restore(tmp_path / "place", tmp_path / "new", quiet, store_url=FILES)
    assert [check for check in done.checks if not check.holds] == []
    monkeypatch.delenv("SWITCHBOARD_CLUSTER__ADDRESS")
    home = Home(tmp_path / "new", load_settings(tmp_path / "new"))
    assert home.settings.machines() == ["first"] and home.settings.cluster == ClusterSettings()
    assert [(node.name, node.sip) for node in home.settings.node] == [("node-0", "10.0.0.1:5060")]
    assert (home.settings.store.books, home.settings.store.seen_days) == (2, 5)
    assert home.settings.desk.listen == "127.0.0.1:50999"
    assert [home.machine_of(name) for name in ("shard-0", "shard-1", "node-0")] == ["first"] * 3
    before = two_machines.home.orders()
    assert home.orders() == Orders(before.epoch + 1, before.pins), (
        "newer than what the catalog knows, pins as they were"
    )
    assert (home.data / "switchboard.toml").stat().st_mode & 0o777 == 0o600


def test_settings_of_two_machines_stay_where_the_copy_goes_into_a_database(
    two_machines: House, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    back_up(two_machines.data, tmp_path / "place", quiet)
    with postgres_server.database() as name:
        restore(tmp_path / "place", tmp_path / "new", quiet, store_url=postgres_server.url(name))
        home = Home(tmp_path / "new", load_settings(tmp_path / "new"))
        assert home.settings.machines() == ["hq", "second"] and home.orders() == two_machines.home.orders()
        assert "# ours" in (tmp_path / "new" / "switchboard.toml").read_text()
