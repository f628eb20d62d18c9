"""The file of a plan's first rates is what publication makes of the catalog, whatever the sheet says."""

import shutil
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.home import Home
from actors.sheet_work import PlanFileOrder
from cluster.tasks.plan_file import pieces, plan_file
from domain.plan_columns import gathered
from domain.rates import RateRow
from domain.settings import Settings
from domain.sheet_frames.asked import ASKED, shared
from domain.sheet_frames.columns import RATES
from store.catalog import Catalog
from store.catalog.intents import Intents, Lines, pack, unpack
from store.publication import Prepared, publish
from store.snapshots import write_plan
from tests.store.catalog.builders import BY, with_plan
from tests.store.catalog.test_plan_pieces import FROM_MS, UNTIL_MS, WINDOWS, one_each

TERMS = (0, 1, 1, 0, 0, 0, 0, 0)
_numbers = count(1)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "catalog.db"
    Catalog.open(f"sqlite:///{path}").close()
    return path


@given(one_each, st.integers(1, 6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_made_beforehand_is_the_one_that_the_catalog_would_give(
    empty: Path, tmp_path: Path, rows: list[RateRow], size: int
) -> None:
    folder = tmp_path / f"{next(_numbers)}"
    folder.mkdir()
    catalog = Catalog.open(f"sqlite:///{shutil.copy(empty, folder / 'catalog.db')}")
    plan = with_plan(catalog, windows=WINDOWS)
    catalog.plans.add_rates(plan, rows, **BY)
    known = catalog.plan_changes.rates_frame_columns(plan)
    rates = pl.DataFrame(dict(known.columns), schema=RATES).sample(fraction=1, shuffle=True, seed=size)
    found, columns = catalog.plans.columns_touching(plan, FROM_MS, UNTIL_MS)
    assert gathered(pieces(rates, FROM_MS, UNTIL_MS, size)) == columns
    rates.write_parquet(folder / "added.parquet")
    order = PlanFileOrder(
        folder / "added.parquet", folder / "first", found.rules, found.version, from_ms=FROM_MS, until_ms=UNTIL_MS
    )
    plan_file(Home(folder, Settings()), order)
    ready = Prepared(plan, found.version, folder / "first")
    made = publish(
        catalog, folder / "a", who="desk", prepared=ready, at_ms=8, before_ms=8 - FROM_MS, ahead_ms=UNTIL_MS - 8
    )
    plain = publish(catalog, folder / "b", who="desk", at_ms=8, before_ms=8 - FROM_MS, ahead_ms=UNTIL_MS - 8)
    assert made.plans[plan].sha256 == plain.plans[plan].sha256
    catalog.close()


def test_what_was_prepared_for_another_version_is_left_aside(empty: Path, tmp_path: Path) -> None:
    catalog = Catalog.open(f"sqlite:///{shutil.copy(empty, tmp_path / 'catalog.db')}")
    plan = with_plan(catalog)
    there = tmp_path / "there"
    write_plan(there, gathered([]), catalog.plans.get(plan).rules, 99)
    for version, path in ((1, tmp_path / "none"), (99, there)):
        prepared = Prepared(plan, version, path)
        manifest = publish(catalog, tmp_path / f"{version}", who="desk", at_ms=8, prepared=prepared)
        assert manifest.plans[plan].version == 1
    catalog.close()


@pytest.mark.parametrize("rows", [0, 1, 40])
def test_lines_that_share_their_columns_are_the_same_lines(rows: int) -> None:
    lines = [
        (f"{44 + row}", "any" if row % 3 else "peak", "", row % 2, *TERMS, 5, None if row % 5 else 9, False)
        for row in range(rows)
    ]
    frame = pl.DataFrame(lines, schema={name: RATES[name] for name in ASKED}, orient="row")
    found = Lines(*shared(frame))
    assert list(found) == lines == list(Lines.of(lines))
    assert len(found) == rows and len(found.tails) == len(set(found.tails)) <= 12
    assert unpack(pack(Intents(found, 7))) == unpack(pack(Intents(lines, 7))) == Intents(lines, 7)
