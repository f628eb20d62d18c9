"""The serving process says why it did not start, so that the terminal of `up` can."""

from pathlib import Path

import pytest

from actors.home import Home
from cluster import serve
from domain.errors import BrokenWorldError
from domain.settings import Settings


def test_ray_that_does_not_come_up_in_time_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def times_out(_: Home) -> None:
        raise Exception("The current node timed out during startup.\nThis could happen because of much")

    monkeypatch.setattr(serve, "start_ray", times_out)
    with pytest.raises(BrokenWorldError, match=r"^Ray did not start: The current node timed out during startup\.$"):
        serve._start_ray(Home(tmp_path, Settings()))
