"""Five books by two shards in PostgreSQL: whichever is killed (SIGKILL) under traffic, the books agree in the end.

The client's money lives in one book, the vendor's in another, and calls are at home in all five, so that most of what
a call does is carried from one book to another.
"""

import json
from collections.abc import Iterator

import pytest

from domain.ids import PartnerId
from domain.placement import Placement
from tests.live import test_kills as kills
from tests.live.market import Price, enter_client, enter_vendor
from tests.live.running import Running, running
from tests.live.waiting import until
from tests.store.postgres import PostgresServer

pytestmark = [pytest.mark.live, pytest.mark.torture]

PLACEMENT = Placement(books=5, shards=2)
STORE = '\n[store]\nbooks = 5\nshards = 2\nurl = "{url}"\n'


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[Running]:
    """A client and a vendor whose books are of different shards."""
    shards = {PLACEMENT.shard_of_book(PLACEMENT.book_of_partner(PartnerId(name))) for name in ("mortal", "undertaker")}
    assert len(shards) == 2
    with postgres_server.database() as name:
        settings = STORE.format(url=postgres_server.url(name))
        with running(tmp_path_factory.mktemp("two-shards"), settings) as board:
            enter_vendor(board, "undertaker", "127.0.24.1", Price("254741", "0.03"))
            enter_client(board, kills.ENTRY, Price("254741", "0.06"), "--credit-limit", "100000")
            yield board


@pytest.mark.parametrize("name", PLACEMENT.shard_names)
async def test_a_killed_shard_delivers_and_takes_each_posting_once(
    market: Running, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    back = kills.another_process(market, name)
    await kills.break_under_traffic(market, lambda: market.kill(name), back, capsys)
    until(lambda: waiting(market) == 0, "nothing waits for another book")


def waiting(board: Running) -> int:
    """Return how many postings wait for another book."""
    return int(sum(actor["figures"].get("outbox", 0) for actor in board.told("status")["actors"]))


@pytest.mark.parametrize(("name", "books"), [("shard-0", [0, 2, 4]), ("shard-1", [1, 3])])
def test_each_shard_has_its_books(market: Running, name: str, books: list[int]) -> None:
    lines = (market.folder / "logs" / f"{name}.log").read_text().splitlines()
    assert [json.loads(line)["books"] for line in lines if '"started"' in line][-1] == books
