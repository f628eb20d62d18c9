"""The keeper of static routing tables: what fails in one keeps no other from being made."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.tables import PAUSE_MS, Tables
from cluster.tasks.route_table import write_route_table
from domain.clock import Clock
from domain.errors import InputError
from domain.ids import SwitchId
from store.table_files import TableState
from tests.cluster.tasks.places import NOW

OURS = "csv"


@pytest.fixture
async def tables(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Tables:
    """Two switches with tables: `b2` by a template that fails, `gw` by ours; the work is done without Ray."""

    async def here(*args: Any) -> TableState:
        return await asyncio.to_thread(write_route_table, desk.home, *args)

    async def known() -> object:
        return desk.world

    monkeypatch.setattr(desk.tasks, "write_route_table", here)
    monkeypatch.setattr(desk, "fresh_world", known)
    folder = desk.home.data / "templates"
    folder.mkdir()
    (folder / "mine.j2").write_text("{% for row in rows %}{{ row.code / 0 }}{% endfor %}")
    for name, template in (("b2", "mine"), ("gw", OURS)):
        switch = desk.catalog.switches.get(SwitchId(name))
        with_table = replace(switch, recipe=replace(switch.recipe, table=template))
        desk.catalog.switches.change(with_table, who="ada", at_ms=NOW)
    await desk.publish()
    await desk.load_world()
    return Tables(desk)


async def test_a_table_that_fails_keeps_no_other_from_being_made(tables: Tables) -> None:
    with pytest.raises(InputError, match="the template fails: TypeError"):
        await tables.keep()
    errors = {state.switch: state.error for state in tables.states()}
    assert set(errors) == {"b2", "gw"}
    assert "TypeError" in errors["b2"]
    assert not errors["gw"]


async def test_a_table_that_failed_waits_before_it_is_tried_again(tables: Tables, desk: Desk) -> None:
    with pytest.raises(InputError):
        await tables.keep()
    await tables.keep()  # nothing is due
    desk.clock = Clock(NOW + PAUSE_MS, 0, 0.0)
    with pytest.raises(InputError):
        await tables.keep()
    (desk.home.data / "templates" / "mine.j2").write_text("{% for row in rows %}{{ row.code }}\n{% endfor %}")
    desk.clock = Clock(NOW + 2 * PAUSE_MS, 0, 0.0)
    await tables.keep()
    assert [state.error for state in tables.states() if state.switch == "b2"] == [""]
