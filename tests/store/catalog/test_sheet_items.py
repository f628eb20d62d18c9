"""What came by itself is entered once, as a sheet or to wait for its plan."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import ConflictError, NotFoundError
from domain.ids import PlanId
from store.catalog import Catalog
from store.catalog.sheet_items import Arrival, ItemState
from tests.store.catalog.builders import AT, BY, with_plan

ONE = Arrival("k1", "mail", "mail", "a.csv", "rates@kestrel.example", "New rates", 7, AT - 5, sha256="aa")


class Kept(dict[str, Any]):
    def __call__(self, key: str, item: int, sheet: int | None) -> None:
        self[key] = item, sheet


def test_a_file_is_entered_once_and_waits_for_a_plan(catalog: Catalog) -> None:
    kept = Kept()
    both = [ONE, replace(ONE, key="k2", sha256="", words="it has no file")]
    first, second = catalog.sheet_items.enter(both, kept, **BY)
    assert (first.state, second.state, kept) == (ItemState.WAITING, ItemState.REFUSED, {"k1": (first.id, None)})
    assert (first.received_ms, first.came_ms, second.words) == (AT - 5, BY["at_ms"], "it has no file")
    assert catalog.sheet_items.enter([*both, ONE], kept, **BY) == []
    assert [one.id for one in catalog.sheet_items.list("waiting")] == [first.id]
    assert catalog.sheet_items.sums()["mail"].counts == {ItemState.WAITING: 1, ItemState.REFUSED: 1}


def test_with_its_plan_it_is_a_sheet_at_once(catalog: Catalog) -> None:
    plan, kept = with_plan(catalog), Kept()
    (item,) = catalog.sheet_items.enter([replace(ONE, plan=plan, partner="kestrel")], kept, **BY)
    assert item.state is ItemState.TAKEN and kept == {"k1": (item.id, item.sheet)}
    sheet = catalog.sheets.get(item.sheet or 0)
    assert (sheet.plan, sheet.partner, sheet.source, sheet.sender) == (plan, "kestrel", "mail", ONE.sender)
    assert (sheet.received_ms, sheet.name, sheet.sha256) == (AT - 5, "a.csv", "aa")


def test_what_cannot_be_kept_is_not_entered(catalog: Catalog) -> None:
    def full(key: str, item: int, sheet: int | None) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        catalog.sheet_items.enter([replace(ONE, plan=with_plan(catalog))], full, **BY)
    assert catalog.sheet_items.count() == catalog.sheets.count() == 0


def test_what_waits_is_taken_once_or_dismissed(catalog: Catalog) -> None:
    plan, kept = with_plan(catalog), Kept()
    first, second = catalog.sheet_items.enter([ONE, replace(ONE, key="k2")], kept, **BY)
    number = catalog.sheet_items.take(first.id, plan, "kestrel", kept, **BY)
    assert kept["k1"] == (first.id, number) and catalog.sheet_items.get(first.id).sheet == number
    with pytest.raises(ConflictError, match=f"it is sheet {number} of {plan}"):
        catalog.sheet_items.take(first.id, plan, "kestrel", kept, **BY)
    with pytest.raises(NotFoundError, match="nowhere"):
        catalog.sheet_items.take(second.id, PlanId("nowhere"), "", kept, **BY)
    catalog.sheet_items.dismiss(second.id, **BY)
    with pytest.raises(ConflictError, match="it is dismissed"):
        catalog.sheet_items.take(second.id, plan, "", kept, **BY)
    with pytest.raises(NotFoundError, match="no item 99"):
        catalog.sheet_items.dismiss(99, **BY)
    assert catalog.sheet_items.count("waiting") == 0
