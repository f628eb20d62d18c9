"""One switch, two nodes, one book: whatever is sent where and how often, a leg is one leg (facts: radius §4, §6)."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from actors.decision_log import DecisionLog
from actors.gateways.radius_work import RadiusWork
from actors.node import Node
from domain.attribution import DirectoryIndex
from domain.causes import ParkCause
from domain.directory import NumberRules, Switch
from domain.money import units_of
from domain.recipes import CISCO, GNUGK
from domain.wire.radius_packet import Attribute, Code, encode_request
from domain.wire.radius_time import format_time
from tests.actors.builders import money
from tests.actors.exchange import LIMITS, Exchange, at_loopback
from tests.domain.builders import NOON
from tests.domain.detail_file import records
from tests.domain.wire.radius_bytes import SECRET, Named, attributes
from tests.domain.worlds import SWITCH, client, incoming, uk_world
from tests.shared_data import shared_file


class TwoNodes:
    """A listener's work at each of two nodes, for a switch that fails over from one to the other."""

    def __init__(self, exchange: Exchange, switch: Switch) -> None:
        world = exchange.node.world
        assert world is not None
        directory = replace(world.index.directory, switches={SWITCH: switch})
        its = replace(world, index=DirectoryIndex(directory))
        self.switch, self.now_ms = switch, NOON + 62_500
        other = Node(exchange.node.books, LIMITS, DecisionLog(exchange.folder, "node-1"), lambda: self.now_ms)
        exchange.node.now_ms = lambda: self.now_ms
        self.nodes = (exchange.node, other)
        for node in self.nodes:
            node.enter(its)
        self.work = [RadiusWork(node, "acct", authorizes=False, accounts=True) for node in self.nodes]

    async def tell(self, at: int, *named: Named, more: Sequence[Attribute] = (), number: int = 1) -> bool:
        """Send a record to a node; whether it was answered."""
        data = encode_request(Code.ACCOUNTING_REQUEST, number, [*attributes(*named), *more], SECRET, prove=False)
        packet = self.work[at].proved(data, self.switch, SECRET)
        assert packet is not None
        return await self.work[at].reply(packet, self.switch, SECRET) is not None


def parked(exchange: Exchange) -> list[str]:
    return [row[0] for row in exchange.shards[0].book.driver.query("SELECT cause FROM parked")]


def record(status: int, delay_s: int = 0, **changed: str | int) -> tuple[Named, ...]:
    """A Cisco record of a minute's call; a Stop by its status."""
    said: dict[str, str | int] = {
        "Acct-Status-Type": status, "Acct-Session-Id": "s1", "h323-conf-id": "1 2 3 4", "h323-call-origin": "answer",
        "Calling-Station-Id": "12025550100", "Called-Station-Id": "447911123456", "Acct-Delay-Time": delay_s,
        "h323-setup-time": format_time(NOON - 5_000), "h323-connect-time": format_time(NOON),
    }  # fmt: skip
    if status == STOP:
        said |= {"Acct-Session-Time": 60, "h323-disconnect-cause": "10"}
    return tuple((said | {name.replace("_", "-"): value for name, value in changed.items()}).items())


START, STOP = 1, 2


@pytest.fixture
def nodes(exchange: Exchange) -> TwoNodes:
    return TwoNodes(at_loopback(exchange), Switch(SWITCH, "127.0.0.1", CISCO, SECRET.decode()))


async def test_the_same_records_through_two_nodes_with_growing_delays_are_one_leg_and_one_posting(
    exchange: Exchange, nodes: TwoNodes
) -> None:
    for number, (at, status, delay_s) in enumerate(
        [(0, START, 0), (1, START, 3), (0, STOP, 0), (1, STOP, 2), (0, STOP, 9), (1, START, 12)]
    ):
        assert await nodes.tell(at, *record(status, delay_s), number=number)
        nodes.now_ms += 2_000
    assert money(exchange.shards[0]) == (units_of("0.0294"), 0, 0)
    assert exchange.shards[0].book.driver.query("SELECT count(*), max(duration_ms) FROM leg") == [(1, 60_000)]
    assert parked(exchange) == []


async def test_a_second_stop_that_says_otherwise_is_flagged_at_whatever_node(
    exchange: Exchange, nodes: TwoNodes
) -> None:
    assert await nodes.tell(0, *record(STOP))
    assert await nodes.tell(1, *record(STOP, Acct_Session_Time=61))
    assert await nodes.tell(0, *record(STOP, Acct_Session_Time=61), number=2)
    assert money(exchange.shards[0])[0] == units_of("0.0294")
    assert parked(exchange) == [ParkCause.DIFFERS]


async def test_a_record_is_not_answered_while_its_book_cannot_keep_it_and_counted_once_when_it_can(
    exchange: Exchange, nodes: TwoNodes
) -> None:
    turn, exchange.books[0].turn = exchange.books[0].turn, None
    assert not await nodes.tell(0, *record(STOP))
    exchange.books[0].turn = turn
    assert await nodes.tell(1, *record(STOP, 4), number=2)
    assert money(exchange.shards[0])[0] == units_of("0.0294")


async def test_the_gatekeepers_sample_is_one_call_of_nine_seconds_and_one_stale_start(exchange: Exchange) -> None:
    detail = records(shared_file("cdr/cisco_radius/detail").read_text())
    in_2005 = 1_134_142_506_000  # when the second of them came: 9 December 2005, 15:35:06 UTC
    its_world = uk_world(
        partners=[client(credit_limit=units_of("100"))],
        trunks=[incoming(host="127.0.0.1", rules=NumberRules(add="44791112"))],
    )
    exchange.opens(seen=its_world)
    nodes = TwoNodes(exchange, Switch(SWITCH, "127.0.0.1", replace(GNUGK, zone="Europe/Kyiv"), SECRET.decode()))
    nodes.now_ms = in_2005
    for again in range(3):
        for at, attributes_of_one in enumerate(detail):
            assert await nodes.tell((at + again) % 2, more=attributes_of_one, number=again)
    asked = "SELECT duration_ms, cause, state FROM leg ORDER BY state"
    assert exchange.shards[0].book.driver.query(asked) == [(9_000, 16, "closed"), (0, 0, "open")]
    assert parked(exchange) == []
