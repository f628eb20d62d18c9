"""A running desk of fixed figures for each test, and a pilot that goes on as soon as the console is quiet."""

from collections.abc import AsyncIterator

import pytest
import textual.app
import textual.pilot
from textual._compositor import Compositor
from textual.widgets import Input

from tests.tui.console import not_yet_drawn, quiet, quiet_and_drawn
from tests.tui.desk import Desk


@pytest.fixture(autouse=True)
def no_waiting_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pilots look at what the console has to do; their own way sleeps 20 ms, twice for each key, and again.

    Nor is it drawn after each key and answer, but where a test waits.
    """
    monkeypatch.setattr(textual.app, "wait_for_idle", quiet)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", quiet_and_drawn)
    monkeypatch.setattr(Compositor, "render_update", not_yet_drawn)
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _: None)  # it blinks by the clock: a picture had it or not


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    running = Desk()
    await running.start()
    yield running
    await running.stop()
