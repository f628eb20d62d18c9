"""A running desk of fixed figures for each test, and a pilot that goes on as soon as the console is quiet."""

from collections.abc import AsyncIterator

import pytest
import textual.app
import textual.pilot
from textual.widgets import Input

from tests.tui.console import quiet
from tests.tui.desk import Desk


@pytest.fixture(autouse=True)
def no_waiting_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pilots look at what the console has to do; their own way sleeps 20 ms, twice for each key, and again."""
    for module in (textual.app, textual.pilot):
        monkeypatch.setattr(module, "wait_for_idle", quiet)
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _: None)  # it blinks by the clock: a picture had it or not


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    running = Desk()
    await running.start()
    yield running
    await running.stop()
