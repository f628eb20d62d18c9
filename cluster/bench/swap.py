"""`bench swap`: how long it takes until every node decides by what was changed, and what calls notice of it.

A carrier's sheet of a million codes makes a plan; its next ones change 1,000 prices each; then a policy gets versions.
Calls are asked for at an even rate all the time; their times while something is put into force stand beside those of a
quiet time.
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cluster.bench import rate_sheets
from cluster.bench.rate_import import CALLS_PER_S, PLAN, QUIET_S, approve, calling, checked, furnished, shown, steps_ms
from cluster.bench.rate_sheets import Row
from cluster.bench.redirect import Load, loading
from cluster.bench.report import Floor, Report, Value, percentile
from cluster.bench.stand import AT_MS, Stand, stand
from cluster.demo.stage import Operator
from domain.errors import BrokenWorldError
from protos.operators_pb2 import PlanPageRequest
from protos.operators_pb2_grpc import PlansServiceStub
from protos.policies_pb2 import PolicyChange
from protos.policies_pb2_grpc import PoliciesServiceStub

ROWS, CHANGED = 1_000_000, 1_000
RATE_CHANGES, POLICY_CHANGES = 3, 10
FLOORS = (
    Floor("new_plan_live_s", at_most=10),
    Floor("rates_live_s_most", at_most=2),
    Floor("policy_live_s_most", at_most=2),
)
_DAY_MS = 86_400_000
_TODAY_MS = AT_MS // _DAY_MS * _DAY_MS


@dataclass(slots=True)
class Swapped:
    """Changes of one kind: seconds from the order until each was live everywhere, and calls' times meanwhile, ms."""

    live_s: list[float] = field(default_factory=list)
    calls_ms: list[float] = field(default_factory=list)


def run(say: Callable[[str], None], rows: int = ROWS) -> Report:
    """Measure. Raises BrokenWorldError when a price that was changed is not the plan's afterwards."""
    load_before = os.getloadavg()[0]
    with stand(say) as its, loading(its.sip, 1.0) as load:
        sheet = rate_sheets.first_sheet(asyncio.run(furnished(its)), rows, _TODAY_MS)
        load(CALLS_PER_S)
        quiet = [one for _ in range(QUIET_S) for one in load(CALLS_PER_S).times_ms]
        new = Swapped()
        _sheet(its, load, "first.csv", sheet, new, say)
        changes = Swapped()
        for at in range(RATE_CHANGES):
            before = sheet
            sheet, _ = rate_sheets.second_sheet(before, _TODAY_MS, _TODAY_MS, changed=CHANGED / rows)
            _sheet(its, load, f"change-{at + 1}.csv", sheet, changes, say)
            asyncio.run(_check(its, before, sheet))
        policies = _policies(its, load)
    workload: dict[str, Value] = {
        "rows": rows,
        "changed_rows": CHANGED,
        "rate_changes": RATE_CHANGES,
        "policy_changes": POLICY_CHANGES,
        "calls_per_s": CALLS_PER_S,
        "door": "SIP over UDP, 302, a hold for each call",
        "live": "from the order to apply a checked sheet, or change a policy, until every node has read the outcome",
    }
    return Report("swap", workload, _figures(quiet, new, changes, policies), FLOORS, load_before)


def _sheet(
    its: Stand, load: Load, name: str, rows: Sequence[Row], swapped: Swapped, say: Callable[[str], None]
) -> None:
    say(f"{name}: {len(rows):,} rows are read and checked")
    ready = asyncio.run(checked(its, name, rate_sheets.as_csv(rows)))
    with calling(load) as meanwhile:
        swapped.live_s.append(asyncio.run(approve(its, ready)))
    swapped.calls_ms += meanwhile
    steps = steps_ms(asyncio.run(shown(its, ready.sheet.id)))
    say(
        f"live {swapped.live_s[-1]:.2f} s after the order, of it {steps['apply']:,.0f} ms to the catalog, "
        f"{steps['notify']:,.0f} to the nodes"
    )


def _policies(its: Stand, load: Load) -> Swapped:
    swapped = Swapped()
    with calling(load) as meanwhile:
        for at in range(POLICY_CHANGES):
            swapped.live_s.append(asyncio.run(_ordered(its, f"real_cost + {at} * 0.00001 * pdd_p50")))
    swapped.calls_ms += meanwhile
    return swapped


async def _ordered(its: Stand, formula: str) -> float:
    operator = Operator(its.folder)
    change = PolicyChange(name="default", values={"order": f"least {formula}"}, note="measured")
    try:
        began = time.perf_counter()
        await PoliciesServiceStub(operator.channel).Set(change, metadata=operator.token)
        return time.perf_counter() - began
    finally:
        await operator.close()


async def _check(its: Stand, before: Sequence[Row], after: Sequence[Row]) -> None:
    """Compare a rate that was changed, the first one, with the plan. Raises BrokenWorldError."""
    row = next(new for old, new in zip(before, after, strict=True) if old.price != new.price)
    operator = Operator(its.folder)
    try:
        asked = PlanPageRequest(plan=PLAN, filter=row.code, valid_at_ms=AT_MS, limit=200)
        found = await PlansServiceStub(operator.channel).Show(asked, metadata=operator.token)
    finally:
        await operator.close()
    units = [rate.next_price_units for rate in found.rates if rate.code == row.code]
    if units != [row.price * 10_000]:
        raise BrokenWorldError(f"{row.code} was changed to {row.price * 10_000}, the plan says {units}")


def _figures(quiet: list[float], new: Swapped, changes: Swapped, policies: Swapped) -> dict[str, Value]:
    figures: dict[str, Value] = {
        "new_plan_live_s": round(max(new.live_s), 2),
        "rates_live_s": [round(one, 2) for one in changes.live_s],
        "rates_live_s_most": round(max(changes.live_s), 2),
        "policy_live_s_most": round(max(policies.live_s), 3),
    }
    for name, times in (
        ("quiet", quiet),
        ("new_plan", new.calls_ms),
        ("rates", changes.calls_ms),
        ("policy", policies.calls_ms),
    ):
        figures[f"call_ms_p50_{name}"] = round(percentile(times, 50), 2)
        figures[f"call_ms_p99_{name}"] = round(percentile(times, 99), 2)
        figures[f"call_ms_most_{name}"] = round(max(times), 2)
    return figures
