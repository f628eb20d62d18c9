"""The file of a plan is byte for byte what the plain way makes of its rates, however many pieces it is read in."""

import shutil
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from domain.plan_columns import gathered
from domain.plan_patch import patched
from domain.rates import RateRow, Terms, Window
from store.catalog import Catalog
from store.catalog.plan_pieces import pieces
from store.publication import publish
from store.snapshots import write_plan
from store.tables import PlanVersionRecord
from tests.domain.flattened import flattened
from tests.domain.test_plan_patch import plain
from tests.store.catalog.builders import BY, with_plan

WINDOWS = (Window("peak", frozenset({0, 4}), 480, 1080),)
FROM_MS, UNTIL_MS = 4, 12
rates = st.builds(
    lambda code, price, since, length, kind, blocked, origin: RateRow(
        code, Terms(price, price + 1, 30, 6), since, since + length if length else None, kind, blocked, origin=origin
    ),
    st.text("012", min_size=1, max_size=3),
    st.integers(0, 3),
    st.integers(0, 15),
    st.integers(0, 9),
    st.sampled_from(["any", "peak"]),
    st.booleans(),
    st.sampled_from(["", "", "eea", "rest"]),
)
one_each = st.lists(
    rates, min_size=1, max_size=10, unique_by=lambda row: (row.code, row.rate_type, row.origin, row.valid_from_ms)
)
changes = st.lists(one_each, max_size=3)
_numbers = count(1)


@given(changes, st.integers(1, 6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_file_of_a_plan_is_what_the_plain_way_makes(
    sqlite_template: Path, tmp_path: Path, given_changes: list[list[RateRow]], size: int
) -> None:
    folder = tmp_path / f"{next(_numbers)}"
    folder.mkdir()
    catalog = Catalog.open(f"sqlite:///{shutil.copy(sqlite_template, folder / 'catalog.db')}")
    plan = with_plan(catalog, windows=WINDOWS)
    for rows in given_changes:
        catalog.plans.add_rates(plan, rows, **BY)
    found, touching = catalog.plans.rates_touching(plan, FROM_MS, UNTIL_MS)
    with catalog.plans._sessions.reading() as session:
        assert gathered(pieces(session, plan, FROM_MS, UNTIL_MS, size)) == flattened(touching)
    manifest = publish(catalog, folder, who="desk", at_ms=8, before_ms=8 - FROM_MS, ahead_ms=UNTIL_MS - 8)
    whole_from_ms = catalog.plans.whole_from(plan, FROM_MS)
    digest = write_plan(folder / "plainly", flattened(touching), found.rules, found.version, whole_from_ms)
    assert manifest.plans[plan].sha256 == digest
    catalog.close()


@given(st.lists(one_each, min_size=1, max_size=4), st.integers(0, 3), st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_version_is_any_former_one_with_what_changed_since(
    sqlite_template: Path, tmp_path: Path, given_changes: list[list[RateRow]], since: int, old: bool
) -> None:
    folder = tmp_path / f"{next(_numbers)}"
    folder.mkdir()
    catalog = Catalog.open(f"sqlite:///{shutil.copy(sqlite_template, folder / 'catalog.db')}")
    plan = with_plan(catalog, windows=WINDOWS)
    known = [catalog.plans.columns_touching(plan, FROM_MS, UNTIL_MS)]
    for rows in given_changes:
        catalog.plans.add_rates(plan, rows, **BY)
        known.append(catalog.plans.columns_touching(plan, FROM_MS, UNTIL_MS))
    if old:  # versions that were made before they said where their rates begin
        with catalog._sessions.writing() as session:
            session.execute(update(PlanVersionRecord).values(first_rate=None))
    found, columns = known[min(since, len(given_changes))]
    changed = catalog.plans.pieces_changed(plan, found.version, 1_000, FROM_MS, UNTIL_MS)
    assert changed is not None
    assert changed.plan == known[-1][0]
    assert plain(patched(columns, changed.codes, changed.pieces)) == plain(known[-1][1])
    catalog.close()


def test_too_much_to_patch_and_a_plan_that_was_begun_anew_are_read_whole(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    version = catalog.plans.get(plan).version
    catalog.plans.add_rates(plan, [RateRow(code, Terms(1, 1), 0) for code in "123"], **BY)
    assert catalog.plans.pieces_changed(plan, version, 2, FROM_MS, UNTIL_MS) is None
    assert catalog.plans.pieces_changed(plan, version, 3, FROM_MS, UNTIL_MS) is not None
    assert catalog.plans.pieces_changed(plan, version - 1, 3, FROM_MS, UNTIL_MS) is None


def test_both_databases_give_the_same_pieces(catalog: Catalog) -> None:
    plan = with_plan(catalog, windows=WINDOWS)
    alike = [
        RateRow(code, Terms(price, since), since, None, kind, kind == "peak", origin=origin)
        for price, code in enumerate(["1", "12", "2", "9"])
        for since in (0, 7)
        for kind in ("any", "peak")
        for origin in ("", "Eea", "eea", "Zone", "éea")
    ]
    catalog.plans.add_rates(plan, alike, **BY)
    _, columns = catalog.plans.columns_touching(plan, FROM_MS, UNTIL_MS)
    assert columns == flattened(sorted(_pieced(alike), key=lambda row: (row.code, row.rate_type, row.origin)))
    _, nothing = catalog.plans.columns_touching(with_plan(catalog, "sell-b"), FROM_MS, UNTIL_MS)
    assert nothing == gathered([])


def _pieced(rows: list[RateRow]) -> list[RateRow]:
    """Return the rows as they are valid: each until the next one of its kind."""
    return [
        RateRow(row.code, row.terms, row.valid_from_ms, 7 if not row.valid_from_ms else None, row.rate_type,
                row.blocked, origin=row.origin)
        for row in rows
    ]  # fmt: skip
