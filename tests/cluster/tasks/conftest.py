"""A data folder for each test, its book on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.tasks.places import Place, a_place


@pytest.fixture
def stored(book_url: str, tmp_path: Path) -> Iterator[Place]:
    """A place whose book is on either database."""
    with a_place(tmp_path, url=book_url) as opened:
        yield opened
