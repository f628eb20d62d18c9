"""Switchboards that tests share, since a start takes longer than most tests: which there are, and when they end.

A plugin of pytest, named in tests/conftest.py; it imports nothing heavy, since tests without Ray load it too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.live.running import Running

BOARDS = ("switchboard", "own_switchboard")
"""Fixtures of switchboards that several files share."""
_started: dict[str, "Running"] = {}


@contextmanager
def _shared(name: str, factory: pytest.TempPathFactory) -> Iterator["Running"]:
    from tests.live.running import running

    with running(factory.mktemp(name)) as board:
        _started[name] = board
        yield board


@pytest.fixture(scope="session")
def switchboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Running"]:
    """One for the whole session. A test takes partners, codes and loopback addresses that no other test has."""
    with _shared("switchboard", tmp_path_factory) as board:
        yield board


@pytest.fixture(scope="session")
def own_switchboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Running"]:
    """One whose parts are killed. Here too a test takes partners, codes and addresses of its own."""
    with _shared("own_switchboard", tmp_path_factory) as board:
        yield board


@pytest.fixture(scope="session")
def mortal(own_switchboard: "Running") -> "Running":
    """The one whose parts are killed, with a client and a vendor."""
    from tests.live.test_kills import furnish

    return furnish(own_switchboard)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of each switchboard one after the other, and in one process where several share the tests.

    Those that many share come first, so that what is shared out last is short.
    """
    live = [item for item in items if item.get_closest_marker("live") or item.get_closest_marker("peers")]
    for item in live:
        if item.get_closest_marker("xdist_group") is None:  # one more would make a group of its own
            item.add_marker(pytest.mark.xdist_group(_board(item) or item.path.name))
    live.sort(key=lambda item: (*BOARDS, "").index(_board(item)))
    chosen = set(live)
    items[:] = [item for item in items if item not in chosen] + live


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Stop a switchboard after its last test: while it does nothing it takes a tenth of a processor."""
    yield
    board = _board(item)
    if board in _started and nextitem is not None and _board(nextitem) != board:
        _started.pop(board).supervisor.stop()


def _board(item: pytest.Item) -> str:
    return next((name for name in BOARDS if name in getattr(item, "fixturenames", ())), "")
