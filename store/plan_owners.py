"""Whose a plan is: the partners that have it, by their contract or for one of their trunks."""

from domain.directory import Directory
from domain.ids import PartnerId, PlanId


def owners_of(directory: Directory, plan: PlanId) -> tuple[PartnerId, ...]:
    """Return the partners that buy or sell by a plan, those by contract first, each by id."""
    by_contract = sorted(
        partner.id for partner in directory.partners.values() if plan in (partner.sell_plan, partner.buy_plan)
    )
    by_trunk = sorted(trunk.partner for trunk in directory.trunks.values() if trunk.plan == plan)
    return tuple(dict.fromkeys((*by_contract, *by_trunk)))
