"""Who may be asked to carry a call, before any price: eligibility first (DESIGN §2), as far as no number is needed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.attribution import DirectoryIndex
from domain.decisions import LeftOut
from domain.directory import Direction, Partner, PartnerStatus, Portability, Trunk
from domain.extent import Extent
from domain.ids import PartnerId, PlanId
from domain.panic import NOTHING, Panic
from domain.policies.policy import Loops
from domain.policies.rules import Rules
from domain.policies.statics import Fixed
from domain.profiles import rate_type_at, same_type
from domain.rates import ANY_TIME, CodeRates, PlanTable, Service, Unit
from domain.rates import RateRow as RateRow
from domain.rating import row_for
from domain.units import PRICED

OWN_CALL = "the call comes from it"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enabled trunk of a vendor that may be used; `table` is the index of its buy plan in Candidates.tables."""

    vendor: Partner
    trunk: Trunk
    table: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """The trunks that a client's calls may take, their plans (each once, so looked up once), and who is left out.

    `told`: of each plan whether its trunks are told where a moved number is; one of which some are stands there twice.
    """

    rules: Rules
    trunks: tuple[Candidate, ...]
    tables: tuple[PlanTable, ...]
    left_out: tuple[LeftOut, ...]
    told: tuple[bool, ...] = ()

    def numbers(self, number: str, dialled: str) -> tuple[str, ...]:
        """Return by which number each plan is asked: one whose trunks are not told of the move, by the dialled one."""
        return tuple([number if told else dialled for told in self.told])


def candidates_for(
    client: Partner, rules: Rules, index: DirectoryIndex, plans: Mapping[PlanId, PlanTable], panic: Panic = NOTHING
) -> Candidates:
    """Return the candidates of a client under some rules: a trunk that is out never stands in the way of another."""
    trunks_of: dict[PartnerId, list[Trunk]] = {}
    for trunk in sorted(index.directory.trunks.values(), key=lambda trunk: trunk.id):
        if trunk.direction is Direction.OUT:
            trunks_of.setdefault(trunk.partner, []).append(trunk)
    chosen: list[Candidate] = []
    left_out: list[LeftOut] = []
    positions: dict[tuple[PlanId, bool], int] = {}
    for vendor in sorted(index.directory.partners.values(), key=lambda partner: partner.id):
        trunks = trunks_of.get(vendor.id, [])
        if not (trunks or vendor.buy_plan):
            continue
        if vendor.id == client.id and rules.loops is Loops.REFUSE:
            left_out.append(LeftOut(vendor.id, None, OWN_CALL))
            continue
        reason = _vendor_out(vendor, rules, trunks, panic)
        if reason:
            left_out.append(LeftOut(vendor.id, None, reason))
            continue
        for trunk in trunks:
            plan = trunk.plan or vendor.buy_plan
            reason = _trunk_out(trunk, plan, plans, panic)
            if reason or plan is None:
                left_out.append(LeftOut(vendor.id, trunk.id, reason))
            else:
                told = trunk.options.portability is Portability.HAND_ON
                chosen.append(Candidate(vendor, trunk, positions.setdefault((plan, told), len(positions))))
    tables = tuple(plans[plan] for plan, _ in positions)
    return Candidates(rules, tuple(chosen), tables, tuple(left_out), tuple(told for _, told in positions))


def allowed(candidates: Candidates, fixed: Fixed) -> Candidates:
    """Return the candidates but those that static entries bar for a number."""
    reasons = [(one, fixed.barred(one.vendor.id, one.trunk.id)) for one in candidates.trunks]
    if not any(reason for _, reason in reasons):
        return candidates
    barred = tuple(LeftOut(one.vendor.id, one.trunk.id, reason) for one, reason in reasons if reason)
    kept = tuple(one for one, reason in reasons if not reason)
    return replace(candidates, trunks=kept, left_out=(*candidates.left_out, *barred))


def price_at(
    table: PlanTable, number: str, at_ms: int, within: Extent | None = None, origin: str = ""
) -> tuple[CodeRates, RateRow] | None:
    """Return the longest code of a plan that begins the number and its row for the moment's rate type, or None.

    `within` is narrowed to numbers and moments that get the same answer. `origin`: as PlanTable.rates_at wants it.
    """
    rates, rules = table.rates_at(number, at_ms, within, origin), table.rules
    if rates is None:
        return None
    if rules.windows and within is not None:
        within.narrow_moments(*same_type(rules, at_ms))
    row = row_for(rates, rate_type_at(rules, at_ms) if rules.windows else ANY_TIME)
    return (rates, row) if row is not None else None


def _vendor_out(vendor: Partner, rules: Rules, trunks: list[Trunk], panic: Panic) -> str:
    dropped = panic.vendor(vendor.id)
    if dropped is not None:
        return dropped.sentence()
    if rules.vendors and vendor.id not in rules.vendors:
        return f"not among the vendors of {rules.title}"
    if vendor.status is not PartnerStatus.ACTIVE:
        return "suspended"
    return "" if trunks else "no outgoing trunk"


def _trunk_out(trunk: Trunk, plan: PlanId | None, plans: Mapping[PlanId, PlanTable], panic: Panic) -> str:
    dropped = panic.trunk(trunk.id)
    if dropped is not None:
        return dropped.sentence()
    if not trunk.enabled:
        return "trunk disabled"
    if trunk.options.service is not Service.VOICE:
        return f"trunk carries {trunk.options.service}"
    if plan is None:
        return "no buy plan"
    if plan not in plans:
        return f"plan {plan} has no rates"
    unit = plans[plan].rules.unit
    return "" if unit is Unit.SECOND else f"plan {plan} is sold {PRICED[unit]}"
