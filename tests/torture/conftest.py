"""The boards of the torture: on files with one book, and on PostgreSQL with two books on two shards."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.live.waiting import until
from tests.store.postgres import PostgresServer
from tests.torture.books import Books
from tests.torture.doors import PLAIN, Manner
from tests.torture.house import SETTINGS, House, house
from tests.torture.trade import furnish
from tests.torture.traffic import Traffic
from tests.torture.truth import Truth

SEED = int(os.environ.get("SWITCHBOARD_TORTURE_SEED", "20261122"))
"""From it come the calls and the moments of the hurts; give another to hurt at others."""
TIMES = int(os.environ.get("SWITCHBOARD_TORTURE_TIMES", "3"))
"""How often each thing is killed."""


FILE, POSTGRES = "one-book-in-a-file", "two-books-in-postgresql"


@dataclass(slots=True)
class Tortured:
    """A switchboard and all that was ever told to it."""

    board: House
    truth: Truth

    def traffic(self, manner: Manner = PLAIN, **options: object) -> Traffic:
        """Return traffic that has yet to be entered."""
        return Traffic(self.board, self.truth, seed=SEED, manner=manner, **options)  # type: ignore[arg-type]

    async def compare(self) -> None:
        """Compare the books with the truth."""
        await Books(self.board, self.truth).compare()

    async def until_alive(self, *names: str, within_s: float = 150.0) -> None:
        """Return when these actors answer again (none named: all)."""
        await asyncio.to_thread(until, lambda: self.board.alive(*names), "what was killed is back", within_s)


@pytest.fixture(scope="session", params=[FILE, POSTGRES])
def tortured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tortured]:
    """Both kinds of store in turn; each is hurt by all tests, and its truth is that of all of them."""
    folder = tmp_path_factory.mktemp("torture")
    if request.param == FILE:
        with house(folder) as board:
            furnish(board)
            yield Tortured(board, Truth())
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as name:
        settings = f'{SETTINGS}books = 2\nurl = "{server.url(name)}"\n'
        with house(folder, settings) as board:
            furnish(board)
            yield Tortured(board, Truth())


on_files = pytest.mark.parametrize("tortured", [FILE], indirect=True)
"""For what has nothing to do with the kind of store, or with files alone."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Start each board once, also where two processes share the tests: all of a board go to the same one.

    First come tests that need neither, then all on files, then all on PostgreSQL. By itself pytest goes by the place of
    a parameter in its list, where one board may be named alone.
    """
    for item in items:
        grouped = item.get_closest_marker("xdist_group")  # one more would make a group of its own
        if grouped is None and item.get_closest_marker("torture"):
            item.add_marker(pytest.mark.xdist_group(str(_board(item) or item.path.name)))
    yield
    order: list[object] = [None, FILE, POSTGRES]
    items.sort(key=lambda item: order.index(_board(item)))


def _board(item: pytest.Item) -> object:
    return (
        item.callspec.params.get("tortured")
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else None
    )
