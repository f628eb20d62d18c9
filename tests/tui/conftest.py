"""A running desk of fixed figures for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.tui.desk import Desk


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    running = Desk()
    await running.start()
    yield running
    await running.stop()
