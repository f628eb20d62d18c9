"""What tests of actors share: an exchange whose books add up when a test is over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actors.builders import assert_true
from tests.actors.exchange import Exchange


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    its = Exchange(tmp_path)
    yield its
    assert_true(*its.shards)
    for shard in its.shards:
        shard.book.close()
