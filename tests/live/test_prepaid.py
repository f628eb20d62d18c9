"""Money that is there, and money that is not: nobody talks for more than there is, and a payment counts at once."""

import asyncio
from decimal import Decimal

import pytest

from cluster.demo.switch import Admitted
from domain.calls import ReportKind
from protos import connect
from protos import switch_pb2 as sw
from protos.switch_pb2_grpc import SwitchStub
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import legs, phone, unanswered
from tests.live.running import Running

pytestmark = pytest.mark.live

NUMBER = "254731000001"


@pytest.fixture(scope="module")
def market(switchboard: Running) -> Running:
    """A vendor that costs next to nothing."""
    enter_vendor(switchboard, "prepaid-vendor", "127.0.23.1", Price("254731", "0.0001"))
    return switchboard


def pay(board: Running, client: str, amount: str) -> None:
    board.sb("payments", "add", "--partner", client, "--amount", amount, "--currency", "USD")


async def test_prepaid_stops_at_zero_and_a_payment_lets_the_next_call_go_at_once(market: Running) -> None:
    entry = switch_of("purse", "127.0.33.1", "cisco")
    enter_client(market, entry, Price("254731", "0.60"), "--prepaid")
    async with phone(entry, market.node) as purse:
        assert await purse.ask(NUMBER) == "no-credit"
        pay(market, "purse", "1.00")
        call = purse.new_call()
        admitted = await purse.ask(NUMBER, call)
        assert isinstance(admitted, Admitted) and admitted.granted_s == 100
        assert await purse.ask(NUMBER) == "no-credit", "the first call has all the money"
        await purse.end(*legs(call, NUMBER, admitted.offers[0], 100))
        shown = market.told("partners", "show", "purse")
        assert [Decimal(shown[name]["amount"]) for name in ("owed", "held", "available")] == [0, 0, 0]
        assert await purse.ask(NUMBER) == "no-credit"
        pay(market, "purse", "0.30")
        again = await purse.ask(NUMBER)  # at once: no second try
        assert isinstance(again, Admitted) and again.granted_s == 30
    check = market.told("ledger", "check")
    assert check["differences"] == [] and Decimal(check["cdrs_minus_postings"]["amount"]) == 0


async def test_time_is_granted_by_whole_increments_of_the_money_there_is(market: Running) -> None:
    entry = switch_of("steps", "127.0.33.2", "cisco")
    enter_client(market, entry, Price("254731", "0.025", "30/6"), "--prepaid")
    granted = []
    async with phone(entry, market.node) as steps:
        for payment in ("0.0124", "0.0001", "0.9875"):
            pay(market, "steps", payment)
            call = steps.new_call()
            answer = await steps.ask(NUMBER, call)
            granted.append(answer.granted_s if isinstance(answer, Admitted) else answer)
            if isinstance(answer, Admitted):
                client, _ = legs(call, NUMBER, answer.offers[0], 0)
                assert await steps.tell(ReportKind.STOP, unanswered(client))  # gives the money back
    assert granted == ["no-credit", 30, 2400]


async def test_calls_at_the_same_moment_are_never_promised_the_same_money(market: Running) -> None:
    entry = switch_of("crowd", "127.0.33.3", "plain")
    enter_client(market, entry, Price("254731", "0.60"), "--prepaid")
    pay(market, "crowd", "25.00")  # ten minutes held for each call: four of them and a part
    where = connect.endpoint(market.folder)
    async with connect.aio_channel(where.nodes["node-0"]) as channel:
        stub, token = SwitchStub(channel), connect.metadata(where.token)
        asked = [sw.CallRequest(switch_id=entry.id, call_id=f"c-{n}", called=NUMBER) for n in range(40)]
        answers = await asyncio.gather(*(stub.Authorize(request, metadata=token) for request in asked))
    admitted = [answer for answer in answers if answer.admitted]
    assert {answer.cause for answer in answers if not answer.admitted} == {"no-credit"}
    assert sum(answer.held.units for answer in admitted) == 25 * 10**8
    shown = market.told("partners", "show", "crowd")
    assert Decimal(shown["available"]["amount"]) == 0 and shown["open_calls"] == len(admitted)


async def test_postpaid_stops_at_its_limit_calls_not_yet_invoiced_included(market: Running) -> None:
    entry = switch_of("limit", "127.0.33.4", "cisco")
    enter_client(market, entry, Price("254731", "0.60"), "--credit-limit", "0.50")
    async with phone(entry, market.node) as limit:
        for granted_s, talks_s in ((50, 20), (30, 30)):
            call = limit.new_call()
            answer = await limit.ask(NUMBER, call)
            assert isinstance(answer, Admitted) and answer.granted_s == granted_s
            await limit.end(*legs(call, NUMBER, answer.offers[0], talks_s))
        assert await limit.ask(NUMBER) == "no-credit"
    shown = market.told("partners", "show", "limit")
    assert [Decimal(shown[name]["amount"]) for name in ("owed", "unbilled", "available")] == [
        Decimal("0.5"),
        Decimal("0.5"),
        0,
    ]
