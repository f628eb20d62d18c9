"""What tests of whole data folders start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.houses import House, a_house


@pytest.fixture
def files(tmp_path: Path) -> Iterator[House]:
    """A house of SQLite files only."""
    with a_house(tmp_path / "data") as opened:
        yield opened
