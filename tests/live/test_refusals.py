"""Each reason for which a call may not go has its own cause, at every door and in the explanation."""

import time

import pytest

from actors.decision_log import DAY_MS, read_decisions
from cluster.demo.world import SwitchEntry
from domain.causes import SIP_STATUS, Cause
from domain.ids import CallKey, call_key, normal_conf_id
from protos import connect
from protos import switch_pb2 as sw
from protos.switch_pb2_grpc import SwitchStub
from tests.live.market import Price, enter_plan, enter_switch, enter_vendor, switch_of
from tests.live.phone import phone
from tests.live.running import Running
from tests.live.waiting import until

pytestmark = pytest.mark.live

SIP = switch_of("refused-sip", "127.0.32.1", "sip302")
RADIUS = switch_of("refused-radius", "127.0.32.2", "cisco")
GRPC = switch_of("refused-grpc", "127.0.32.3", "plain")
CLIENTS = {
    "8801": ("ref-ordinary", ("--credit-limit", "10")),
    "8802": ("ref-suspended", ("--credit-limit", "10")),
    "8803": ("ref-poor", ("--prepaid",)),
    "8804": ("ref-full", ("--credit-limit", "10", "--max-calls", "0")),
    "8805": ("ref-hasty", ("--credit-limit", "10", "--max-cps", "0")),
}
"""Tech prefix, by which every switch tells the clients apart: client and its terms."""
REFUSED = {
    "882254700000001": Cause.UNKNOWN_TRUNK,
    "880225470022000001": Cause.SUSPENDED,
    "8801254": Cause.BAD_NUMBER,
    "8801254709000001": Cause.BARRED,
    "880112125550100": Cause.NO_RATE,
    "880325470033000001": Cause.NO_CREDIT,
    "8801254708000001": Cause.NO_ROUTE,
    "8801254707000001": Cause.NO_MARGIN,
    "880425470044000001": Cause.OVER_CALLS,
    "880525470055000001": Cause.OVER_CPS,
}
"""What is dialled, and why it may not go."""


@pytest.fixture(scope="module")
def market(switchboard: Running) -> Running:
    """Clients that must be refused, each for its own reason; one vendor that would take their calls."""
    board = switchboard
    sold = [Price("254700", "0.10"), Price("254709", "blocked"), Price("254708", "0.10"), Price("254707", "0.01")]
    enter_plan(board, "ref-sell", "sell", *sold)
    enter_vendor(board, "ref-vendor", "127.0.22.1", Price("254700", "0.05"), Price("254707", "0.05"))
    for prefix, (client, terms) in CLIENTS.items():
        board.sb("partners", "add", client, "--currency", "USD", "--sell-plan", "ref-sell", *terms)
        words = ("--partner", client, "--direction", "in", "--tech-prefix", prefix)
        board.sb("trunks", "add", f"{client}-in", *words)
    board.sb("partners", "suspend", "ref-suspended")
    for entry in (SIP, RADIUS, GRPC):
        enter_switch(board, entry)
    return board


def assert_explained(board: Running, entry: SwitchEntry, call_ids: dict[str, bytes]) -> None:
    """Check that the node has written down of each call (by what was dialled) that it was refused, and why."""
    today = time.time_ns() // 1_000_000 // DAY_MS
    for dialled, call_id in call_ids.items():
        key = call_key(entry.id, call_id)

        def written(key: CallKey = key) -> list[list[str]]:
            return read_decisions(board.folder / "decisions", key, range(today - 1, today + 2))

        (lines,) = until(written, "the decision is in the day's file", 60)
        assert any(line.startswith(f"refused: {REFUSED[dialled]}") for line in lines), lines


async def test_a_refusal_over_sip_has_the_answer_of_its_cause(market: Running) -> None:
    async with phone(SIP, market.node) as switch:
        calls = {dialled: switch.new_call() for dialled in REFUSED}
        answers = {dialled: await switch.ask(dialled, call) for dialled, call in calls.items()}
    told = {dialled: SIP_STATUS[cause] for dialled, cause in REFUSED.items()}
    assert answers == {dialled: f"{status} {reason}" for dialled, (status, reason, _) in told.items()}
    assert_explained(market, SIP, {dialled: call.encode() for dialled, call in calls.items()})


async def test_a_refusal_over_radius_names_its_cause(market: Running) -> None:
    async with phone(RADIUS, market.node) as switch:
        calls = {dialled: switch.new_call() for dialled in REFUSED}
        answers = {dialled: await switch.ask(dialled, call) for dialled, call in calls.items()}
    assert answers == {dialled: cause.value for dialled, cause in REFUSED.items()}
    assert_explained(market, RADIUS, {dialled: normal_conf_id(call) for dialled, call in calls.items()})


async def test_a_refusal_over_grpc_names_its_cause_and_explains_it(market: Running) -> None:
    where = connect.endpoint(market.folder)
    token = connect.metadata(where.token)
    found, told = {}, {}
    async with connect.aio_channel(where.nodes["node-0"]) as channel:
        for dialled in REFUSED:
            request = sw.CallRequest(switch_id=GRPC.id, call_id=dialled, caller="254722000001", called=dialled)
            decision = await SwitchStub(channel).Authorize(request, metadata=token)
            found[dialled] = decision.cause
            told[dialled] = any(f"refused: {decision.cause}" in line for line in decision.explanation)
            assert not decision.admitted and not decision.routes and not decision.granted_s
    assert found == {dialled: cause.value for dialled, cause in REFUSED.items()}
    assert all(told.values()), told


def test_refusals_hold_no_money(market: Running) -> None:
    for client, _ in CLIENTS.values():
        shown = market.told("partners", "show", client)
        assert (shown["held"]["amount"], shown["open_calls"]) == ("0.00", 0), client
