"""The same first call, and the same kill, with the books and the catalog in a real PostgreSQL."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from cluster.demo.switch import Admitted
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import legs, phone
from tests.live.running import Running, running
from tests.live.waiting import until
from tests.store.postgres import PostgresServer

pytestmark = pytest.mark.live

ENTRY = switch_of("elephant", "127.0.35.1", "cisco")
NUMBER = "254751000001"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[Running]:
    """A switchboard whose books are in a database of its own."""
    with postgres_server.database() as name:
        folder = tmp_path_factory.mktemp("postgres")
        with running(folder, f'\n[store]\nurl = "{postgres_server.url(name)}"\n') as started:
            yield started


async def test_a_first_call_is_charged_and_outlives_a_killed_shard(board: Running) -> None:
    enter_vendor(board, "mahout", "127.0.25.1", Price("254751", "0.03"))
    enter_client(board, ENTRY, Price("254751", "0.06"), "--credit-limit", "100")
    async with phone(ENTRY, board.node) as switch:
        calls = [switch.new_call() for _ in range(2)]
        answers = [await switch.ask(NUMBER, call) for call in calls]
        both = []
        for call, answer in zip(calls, answers, strict=True):
            assert isinstance(answer, Admitted), answer
            both.append(legs(call, NUMBER, answer.offers[0], 60))
            await switch.begin(*both[-1])
        await switch.end(*both[0])
        before = (board.told("partners", "show", "elephant"), board.told("cdrs", "list"))
        killed = board.kill("shard-0")
        await switch.end(*both[0])  # said again, and answered when the next incarnation has looked it up
        until(lambda: board.actor("shard-0")["pid"] != killed, "the shard is back", 150)
        assert board.told("partners", "show", "elephant") == before[0]
        assert board.told("cdrs", "list") == before[1]
        await switch.end(*both[1])
        assert isinstance(await switch.ask(NUMBER), Admitted)
    assert Decimal(board.told("partners", "show", "elephant")["owed"]["amount"]) == Decimal("0.12")
    assert Decimal(board.told("partners", "show", "mahout")["payable"]["amount"]) == Decimal("0.06")
    check = board.told("ledger", "check")
    assert check["differences"] == [] and check["holds_add_up"] and check["balances_add_up"]
    assert not list((board.folder / "books").glob("*.db*")), "nothing of the books is in the folder"
