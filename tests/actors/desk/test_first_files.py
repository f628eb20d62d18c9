"""The file of a plan's first rates is a help: whatever becomes of it, what was written is published."""

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from actors.desk import first_files
from actors.desk.core import Desk
from actors.desk.first_files import first_file
from actors.sheet_work import PlanFileOrder
from domain.errors import BrokenWorldError
from domain.ids import PlanId
from store import publication
from store.catalog import Catalog
from store.catalog.intents import Lines
from store.catalog.plan_changes import SheetChange
from tests.domain.builders import row

SELL, NEW = PlanId("sell"), PlanId("buy-new")
BY: dict[str, Any] = {"who": "ada", "at_ms": 1}


async def _applied(desk: Desk, monkeypatch: pytest.MonkeyPatch, make: Any) -> int:
    """Put the first rate into a plan whose file is made so; return the version that is published then."""
    monkeypatch.setattr(publication, "LARGE", 1)
    desk.tasks = SimpleNamespace(plan_file=make)
    desk.catalog.plans.add(replace(desk.catalog.plans.get(SELL).rules, plan=NEW), "buy", **BY)
    change = SheetChange(1, desk.catalog.plans.get(NEW).version, [], Lines.of([("44",)]), b"")

    def order(catalog: Catalog, at_ms: int) -> None:
        catalog.plans.add_rates(NEW, [row("44", "0.1")], who="ada", at_ms=at_ms)

    async with first_file(desk, NEW, change, Path("added")) as file:
        await desk.change(order, file)
    manifest = desk.home.manifest()
    assert manifest is not None
    return manifest.plans[NEW].version


@pytest.mark.parametrize("error", [BrokenWorldError("no room"), ZeroDivisionError("a bug"), OSError("a full disk")])
async def test_whatever_ends_its_making_the_rates_are_published(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def broken(order: PlanFileOrder) -> None:
        raise error

    assert await _applied(desk, monkeypatch, broken) == desk.catalog.plans.get(NEW).version


async def test_while_other_work_has_all_places_nobody_waits_for_it_long(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_files, "WAIT_S", 0.05)
    place = asyncio.Event()

    async def waits(order: PlanFileOrder) -> None:
        await place.wait()
        order.path.write_bytes(b"late")

    assert await _applied(desk, monkeypatch, waits) == desk.catalog.plans.get(NEW).version
    place.set()
    await desk.at_rest(10)
    assert list(desk.home.snapshots.glob("*.first")) == []
