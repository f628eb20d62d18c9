"""What a decision tells of how it came about: what the call is sold at, who is left out, why nobody is left."""

from domain.decisions import LeftOut, SellRate
from domain.policies.arranging import NOBODY_KEEPS
from domain.policies.choosing import Chosen
from domain.policies.placing import ALL_OUT
from domain.ranking import Ranking, Sold


def sell_rate(sold: Sold, revenue_per_min: int) -> SellRate:
    """Return what a call is sold at; `revenue_per_min`: base units per real minute."""
    rules, row = sold.table.rules, sold.found[1]
    return SellRate(
        plan=rules.plan,
        plan_version=sold.table.version,
        code=row.code,
        rate_type=row.rate_type,
        terms=row.terms,
        currency=rules.currency,
        revenue_per_min=revenue_per_min,
        unit=rules.unit,
        origin=row.origin,
    )


def all_left_out(found: Chosen, full: tuple[LeftOut, ...]) -> tuple[LeftOut, ...]:
    """Return who is left out, by limits too: a trunk that stands in the list now is not among them."""
    told = {ranked.trunk.id for ranked in found.routes} | {out.trunk for out in full}
    return (*(out for out in found.ranking.left_out if out.trunk is None or out.trunk not in told), *full)


def why_none(ranking: Ranking) -> str:
    """Say why a ranking has no routes, where nobody is full and nobody was below a floor."""
    return NOBODY_KEEPS if ranking.unmet else ALL_OUT if ranking.all_out else "no vendor may carry it"
