"""Questions that come again to another node of the same books: they are answered as the first time."""

from dataclasses import replace

import pytest

from actors.node import Node
from domain.attribution import DirectoryIndex
from domain.decisions import Decision
from domain.directory import Policy, Recipe, Switch
from domain.money import units_of
from domain.world import World
from tests.actors.exchange import Exchange
from tests.domain.worlds import SWITCH, client, uk_world


def two_nodes(exchange: Exchange, seen: World) -> tuple[Node, Node]:
    """Return two nodes that ask the books of an exchange."""
    first = exchange.opens(seen=seen).node
    second = Node(first.books, first.limits, first.log, first.now_ms)
    second.enter(seen)
    return first, second


async def asked(exchange: Exchange, node: Node, call: str) -> Decision:
    exchange.node = node
    return (await exchange.ask(call)).decision


@pytest.mark.parametrize("calls", [6, 12])
async def test_it_gets_the_same_vendor_and_takes_no_turn_there(exchange: Exchange, calls: int) -> None:
    split = Policy("default", split="bluewire:1, kestrel:1")
    seen = uk_world(partners=[client(credit_limit=units_of("100"))], policies=[split])
    first, second = two_nodes(exchange, seen)
    own = [(await asked(exchange, second, f"own{number}")).routes[0].vendor for number in range(calls // 2)]
    for number in range(5):
        before = await asked(exchange, first, f"c{number}")
        again = await asked(exchange, second, f"c{number}")
        assert again.routes == before.routes, "marks and all"
    own += [(await asked(exchange, second, f"own{calls + number}")).routes[0].vendor for number in range(calls // 2)]
    assert sorted(own) == ["bluewire"] * (calls // 2) + ["kestrel"] * (calls // 2), "its own calls have their parts"


async def test_its_record_says_why_that_vendor_is_first(exchange: Exchange) -> None:
    split = Policy("default", split="bluewire:1, kestrel:1")
    seen = uk_world(partners=[client(credit_limit=units_of("100"))], policies=[split])
    first, second = two_nodes(exchange, seen)
    await asked(exchange, second, "own")
    before = await asked(exchange, first, "c")
    again = await asked(exchange, second, "c")
    assert again.drawn == f"{before.routes[0].vendor} first, as the same question was answered before"
    assert any(again.drawn in line for line in exchange.written(again.call_key)[-1])


async def test_a_switch_that_asks_for_each_attempt_gets_the_same_vendor_and_then_another_one(
    exchange: Exchange,
) -> None:
    split = Policy("default", split="bluewire:1, kestrel:1")
    seen = uk_world(partners=[client(credit_limit=units_of("100"))], policies=[split])
    its = Switch(SWITCH, "127.0.0.1", Recipe("generic", asks_again=True))
    directory = replace(seen.index.directory, switches={SWITCH: its})
    first, second = two_nodes(exchange, replace(seen, index=DirectoryIndex(directory)))
    await asked(exchange, second, "own")
    for number in range(4):
        before = await asked(exchange, first, f"c{number}")
        again = await asked(exchange, second, f"c{number}")
        assert len(again.routes) == 1 and again.routes == before.routes, "marks and all"
        assert again.left_out == before.left_out
        then = (await exchange.ask(f"c{number}", attempt=2, last_cause=34)).decision
        assert {before.routes[0].vendor, then.routes[0].vendor} == {"bluewire", "kestrel"}
