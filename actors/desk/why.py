"""Why a leg was charged as it was: rated again from the version of its plan, with the sum in words."""

from actors.desk.core import Desk
from actors.tasks import FoundLeg
from domain.causes import ParkCause
from domain.errors import NotFoundError
from domain.ids import PlanId
from domain.intervals import ColumnPlan, flatten
from domain.rating import explain, rate
from domain.units import measured


async def charge_lines(desk: Desk, found: FoundLeg) -> list[str]:
    """Rate the leg again with the version that it was charged from, and say how it adds up."""
    leg = found.leg
    head = f"{leg.side} leg {leg.leg_id.hex()} of {leg.partner} by {leg.trunk}, attempt {leg.attempt}:"
    if not leg.plan or not leg.code:
        return [head, f"  not charged: cause {leg.cause}"]
    try:
        plan = await desk.read(lambda catalog: catalog.plans.get(PlanId(leg.plan)))
        known_ms = await desk.read(lambda catalog: catalog.plans.known_ms_of(plan.id, leg.plan_version))
    except NotFoundError as error:
        return [head, f"  it cannot be rated again: {error.what}"]
    number = leg.routing_number or leg.b  # a ported number was rated by where it is now
    rows = await desk.read(lambda catalog: catalog.plans.rates_for(plan.id, number, known_ms))
    codes = await desk.read(lambda catalog: catalog.origins.of(plan.id, leg.plan_version))
    charge = rate(
        ColumnPlan(flatten(rows), plan.rules, leg.plan_version, origin_codes=codes),
        number,
        leg.connect_ms,
        leg.setup_ms,
        leg.duration_ms,
        measured(plan.rules.unit, leg.service, leg.volume),
        leg.a,
    )
    if isinstance(charge, ParkCause):
        return [head, f"  plan {plan.id} version {leg.plan_version} has no rate for it any more"]
    ported = [f"  ported: rated by {number}"] if leg.routing_number else []
    return [head, *ported, *(f"  {line}" for line in explain(charge))]
