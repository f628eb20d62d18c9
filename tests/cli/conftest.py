"""A desk for each test of the commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.far_desk import FarDesk, start


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[FarDesk]:
    far, server = start(tmp_path)
    yield far
    server.stop(None)
