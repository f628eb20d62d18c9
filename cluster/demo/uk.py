"""The scene of a call to the UK: why Kestrel stands first, and what October would have cost had it always done so."""

from collections.abc import Callable
from dataclasses import dataclass

from cluster.demo.stage import Operator
from cluster.demo.world import BLUEWIRE, CALLWELL, KESTREL, OCTOBER_MS
from domain.errors import BrokenWorldError
from domain.money import decimal_text
from protos import backtests_pb2, explaining_pb2
from protos.backtests_pb2_grpc import BacktestsServiceStub
from protos.explaining_pb2_grpc import ExplainingServiceStub
from protos.operators_pb2 import RouteRequest

NUMBER = "447911123456"
POLICY, BY_PRICE = "default", "price"
"""What the back-test compares: the policy that holds, which is by real cost, with one that looks at prices."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class UkFacts:
    """What was shown: vendors from first to last, what a minute really costs at each, units, and up to which price of
    its own the first one would be first; what October would have cost less, units, and how many calls would have gone
    elsewhere."""

    vendors: tuple[str, ...] = ()
    real_costs: tuple[int, ...] = ()
    wins_up_to: int | None = None
    saved: int | None = None
    moved: int = 0


async def explained_call(operator: Operator, say: Say) -> UkFacts:
    """Explain a call of Callwell's to the UK."""
    request = explaining_pb2.ExplainRequest(call=RouteRequest(client=CALLWELL, to=NUMBER))
    found = await ExplainingServiceStub(operator.channel).Explain(request, metadata=operator.token)
    ranks = sorted((one for one in found.vendors if one.place), key=lambda one: one.place)
    say(f"a call of Callwell's to {NUMBER}, by {found.policy}: {', then '.join(one.text for one in found.terms)}")
    for one in ranks:
        price, real = decimal_text(one.price_units, 4), decimal_text(one.real_cost_units, 4)
        first = f", first up to {decimal_text(one.wins_units)}" if one.HasField("wins_units") else ""
        say(f"  {one.place}. {one.vendor} at {price} really costs {real} a minute{first}")
    return UkFacts(
        tuple(one.vendor for one in ranks),
        tuple(one.real_cost_units for one in ranks),
        ranks[0].wins_units if ranks and ranks[0].HasField("wins_units") else None,
    )


async def october_tried(operator: Operator, told: UkFacts, say: Say) -> UkFacts:
    """Try the policy on October beside one that goes by price; return what was told with what came of it."""
    from_ms, until_ms = OCTOBER_MS
    query = backtests_pb2.BacktestQuery(policy=POLICY, against_order=BY_PRICE, from_ms=from_ms, until_ms=until_ms)
    result = None
    async for step in BacktestsServiceStub(operator.channel).Run(query, metadata=operator.token):
        result = step.result if step.HasField("result") else result
    if result is None:
        raise BrokenWorldError("the back-test of October ended without a result")
    saved = result.money.cost.units - result.money.cost_now.units
    moved = [one for one in result.moves if (one.then, one.now) == (BLUEWIRE, KESTREL)]
    calls = sum(one.calls for one in moved)
    say(f"October by real cost instead of price would have cost {decimal_text(saved)} less:")
    say(
        f"  {calls:,} of {result.calls:,} calls from {BLUEWIRE} to {KESTREL}, {result.cpu_ms / 1000:.1f} s of processor"
    )
    return UkFacts(told.vendors, told.real_costs, told.wins_up_to, saved, calls)
