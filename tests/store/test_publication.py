"""What the catalog holds becomes files, the manifest names them, and nodes can start from them alone."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from domain.directory import PartnerStatus
from domain.errors import BrokenWorldError
from domain.ids import PartnerId
from domain.rates import PlanTable, RateRow, Terms
from store.catalog import Catalog
from store.catalog.codes import CodeSeed
from store.directory_file import read_directory
from store.manifest import FILE_NAME, read_manifest
from store.publication import BEFORE_MS, publish
from store.snapshots import MappedCodes, MappedPlan
from tests.store.catalog.builders import AT, BY, DAY, partner, rate, switch, trunk, with_plan


@pytest.fixture
def catalog(sqlite_template: Path, tmp_path: Path) -> Iterator[Catalog]:
    made = Catalog.open(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'catalog.db')}")
    made.partners.add(partner(), **BY)
    made.switches.add(switch(), **BY)
    made.trunks.add(trunk(), **BY)
    plan = with_plan(made)
    made.plans.add_rates(plan, [rate(price=246), rate(price=234, since=AT + 9 * DAY)], **BY)
    made.codes.enter([CodeSeed("254", "Kenya", "KE")], "test", **BY)
    yield made
    made.close()


def price(folder: Path, at_ms: int, plan: str = "sell-a") -> int | None:
    manifest = read_manifest(folder)
    assert manifest is not None
    found = MappedPlan.open(folder / manifest.plans[plan].name).rates_at("254799", at_ms)  # type: ignore[index]  # PlanId
    return found.rows[0].terms.next_price if found else None


def test_all_that_a_node_needs_is_in_the_files_that_the_manifest_names(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    manifest = publish(catalog, folder, who="desk", at_ms=AT)
    assert read_manifest(folder) == manifest
    assert read_directory(folder / manifest.directory.name) == catalog.directory()
    assert manifest.codes is not None
    codes = MappedCodes.open(folder / manifest.codes.name)
    assert codes.name_of(codes.destination_of("254799") or 0) == "Kenya"  # type: ignore[arg-type]  # 0: none
    assert (price(folder, AT), price(folder, AT + 9 * DAY)) == (246, 234)
    for file in (manifest.directory, manifest.codes, *manifest.plans.values()):
        assert sha256((folder / file.name).read_bytes()).hexdigest() == file.sha256


def test_secrets_are_for_the_owner_of_the_file_alone(catalog: Catalog, tmp_path: Path) -> None:
    manifest = publish(catalog, tmp_path, who="desk", at_ms=AT)
    assert (tmp_path / manifest.directory.name).stat().st_mode & 0o777 == 0o600


def test_only_what_changed_is_written_anew(catalog: Catalog, tmp_path: Path) -> None:
    first = publish(catalog, tmp_path, who="desk", at_ms=AT)
    assert publish(catalog, tmp_path, who="desk", at_ms=AT + 1) == first
    catalog.partners.set_status(PartnerId("orbita"), PartnerStatus.SUSPENDED, who="ada", at_ms=AT + 2)
    second = publish(catalog, tmp_path, who="desk", at_ms=AT + 3)
    assert second.version == first.version + 1
    assert second.directory != first.directory
    assert (second.plans, second.codes) == (first.plans, first.codes)
    assert (tmp_path / first.directory.name).exists()


def test_files_that_were_lost_are_made_anew(catalog: Catalog, tmp_path: Path) -> None:
    publish(catalog, tmp_path / "lost", who="desk", at_ms=AT)
    publish(catalog, tmp_path / "new", who="desk", at_ms=AT + 1)
    assert price(tmp_path / "new", AT) == 246


def test_a_plan_put_back_stays_until_a_newer_change(catalog: Catalog, tmp_path: Path) -> None:
    publish(catalog, tmp_path, who="desk", at_ms=AT)
    with_price = {"who": "ada", "at_ms": AT + 1}
    catalog.plans.add_rates(catalog.plans.list()[0].id, [rate(price=999)], **with_price)  # type: ignore[arg-type]  # mixed
    publish(catalog, tmp_path, who="desk", at_ms=AT + 2)
    assert price(tmp_path, AT) == 999
    catalog.snapshots.roll_back("plan", "sell-a", 2, who="ada", at_ms=AT + 3)
    publish(catalog, tmp_path, who="desk", at_ms=AT + 2 * DAY)
    assert price(tmp_path, AT) == 246
    catalog.plans.add_rates(catalog.plans.list()[0].id, [rate(price=300)], who="ada", at_ms=AT + 5)
    publish(catalog, tmp_path, who="desk", at_ms=AT + 2 * DAY + 1)
    assert price(tmp_path, AT) == 300


def test_a_large_plan_is_published_by_what_changed_and_looks_as_far_ahead_as_before(
    catalog: Catalog, tmp_path: Path
) -> None:
    plan = catalog.plans.list()[0].id
    catalog.plans.add_rates(plan, [rate(f"33{at}", price=at) for at in range(100, 200)], **BY)
    whole = publish(catalog, tmp_path, who="desk", at_ms=AT)
    catalog.plans.add_rates(plan, [rate("33150", price=7), rate("3315", price=8)], who="ada", at_ms=AT + 1)
    found = publish(catalog, tmp_path, who="desk", at_ms=AT + 2, large=50)
    opened, rest = (MappedPlan.open(tmp_path / one.plans[plan].name) for one in (found, whole))
    assert {number: _price_of(opened, number) for number in ("33150", "33151", "33159", "33149", "33998")} == {
        "33150": 7, "33151": 151, "33159": 159, "33149": 149, "33998": None,
    }  # fmt: skip
    assert (opened.version, _price_of(opened, "331580"), _price_of(rest, "33150")) == (rest.version + 1, 158, 150)
    entry = catalog.snapshots.in_force("plan", plan)
    assert entry is not None
    assert entry.published_ms == AT
    publish(catalog, tmp_path, who="desk", at_ms=AT + DAY, large=50)
    assert catalog.snapshots.in_force("plan", plan).published_ms == AT + DAY  # type: ignore[union-attr]  # it is


def test_a_plan_published_by_what_changed_says_of_which_time_it_lacks_rates(catalog: Catalog, tmp_path: Path) -> None:
    plan = catalog.plans.list()[0].id
    catalog.plans.add_rates(plan, [rate(f"33{at}", price=at) for at in range(100, 200)], **BY)
    publish(catalog, tmp_path, who="desk", at_ms=AT, large=50)
    ended = ("35", 20), ("36", 10), ("37", 1)
    past = [RateRow(code, Terms(1, 1), AT - 30 * DAY, AT - days * DAY) for code, days in ended]
    catalog.plans.add_rates(plan, past, who="ada", at_ms=AT + 1)
    found = publish(catalog, tmp_path, who="desk", at_ms=AT + 2, large=50)
    opened = MappedPlan.open(tmp_path / found.plans[plan].name)
    assert opened.whole_from_ms == AT - 10 * DAY == catalog.plans.whole_from(plan, AT + 2 - BEFORE_MS)
    catalog.plans.add_rates(plan, [rate("33150", price=7)], who="ada", at_ms=AT + 3)
    found = publish(catalog, tmp_path, who="desk", at_ms=AT + 4, large=50)
    opened = MappedPlan.open(tmp_path / found.plans[plan].name)
    assert opened.whole_from_ms == AT - 10 * DAY, "what it is made of lacks them, too"


def _price_of(plan: PlanTable, number: str) -> int | None:
    found = plan.rates_at(number, AT)
    return found.rows[0].terms.next_price if found else None


def test_rows_far_from_now_are_left_out_until_their_time_comes(catalog: Catalog, tmp_path: Path) -> None:
    plan = catalog.plans.list()[0].id
    catalog.plans.add_rates(plan, [rate(price=777, since=AT + 20 * DAY)], **BY)
    publish(catalog, tmp_path, who="desk", at_ms=AT)
    assert price(tmp_path, AT + 21 * DAY) is None
    publish(catalog, tmp_path, who="desk", at_ms=AT + 7 * DAY)
    assert price(tmp_path, AT + 21 * DAY) == 777
    publish(catalog, tmp_path, who="desk", at_ms=AT + 13 * DAY)
    assert price(tmp_path, AT) is None


def test_a_change_leaves_the_files_of_other_plans_to_their_time(catalog: Catalog, tmp_path: Path) -> None:
    first = publish(catalog, tmp_path, who="desk", at_ms=AT)
    catalog.partners.set_status(PartnerId("orbita"), PartnerStatus.SUSPENDED, who="ada", at_ms=AT + 2)
    changed = publish(catalog, tmp_path, who="desk", at_ms=AT + 2 * DAY, renew=False)
    assert (changed.plans, changed.directory != first.directory) == (first.plans, True)
    renewed = publish(catalog, tmp_path, who="desk", at_ms=AT + 2 * DAY + 1)
    assert (renewed.plans != first.plans, renewed.directory) == (True, changed.directory)


@pytest.mark.parametrize("days", [15, -4])
def test_a_clock_that_left_the_window_is_followed_at_once(catalog: Catalog, tmp_path: Path, days: int) -> None:
    publish(catalog, tmp_path, who="desk", at_ms=AT + 20 * DAY)
    assert price(tmp_path, AT) is None
    publish(catalog, tmp_path, who="desk", at_ms=AT + (20 + days) * DAY, renew=False)
    assert price(tmp_path, AT + (20 + days) * DAY) == 234


def test_what_cannot_be_read_is_a_broken_world(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    (tmp_path / FILE_NAME).write_text("{}")
    with pytest.raises(BrokenWorldError, match="no manifest"):
        read_manifest(tmp_path)
    with pytest.raises(BrokenWorldError, match="no directory file"):
        read_directory(tmp_path / "none.json")


def test_what_nodes_import_brings_in_neither_sqlmodel_nor_polars() -> None:
    heavy = "{'sqlmodel', 'sqlalchemy', 'polars', 'pydantic'}"
    code = f"import sys, store.snapshots, store.directory_file, store.manifest; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_change_of_origin_groups_is_published_with_the_rates_that_are_for_them(
    catalog: Catalog, tmp_path: Path
) -> None:
    plan = catalog.plans.list()[0].id
    catalog.plans.add_rates(plan, [rate(price=99, origin="EEA")], **BY)
    publish(catalog, tmp_path, who="desk", at_ms=AT)
    catalog.origins.set(plan, "EEA", ["33"], 0, **BY)
    manifest = publish(catalog, tmp_path, who="desk", at_ms=AT + 1)
    found = MappedPlan.open(tmp_path / manifest.plans[plan].name)
    assert found.version == catalog.plans.get(plan).version
    assert found.callers is not None
    groups = [found.callers.group_of(caller, AT) for caller in ("33612345678", "12025550100")]
    assert groups == ["EEA", ""]
    prices = [found.rates_at("254799", AT, None, group) for group in groups]
    assert [rates.rows[0].terms.next_price if rates else None for rates in prices] == [99, 246]
