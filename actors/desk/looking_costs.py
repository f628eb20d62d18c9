"""Real costs of vendors' offers: what their increments make of the calls that a destination is known for."""

from collections.abc import Mapping, Sequence

from actors.desk.core import Desk
from actors.look_work import CodeOffers, Row
from domain.fx import FxTable
from domain.grants import real_cost_per_minute
from domain.money import UNITS_PER_ONE, half_away
from domain.rates import Terms
from store.catalog.plans import Plan

TERMS = tuple(Terms.__dataclass_fields__)


async def real_costs(
    desk: Desk, page: Sequence[CodeOffers], plans: Mapping[str, Plan], at_ms: int
) -> dict[tuple[str, str, str], int]:
    """Return the real cost of a minute in base currency by first code, vendor and plan.

    Only of destinations of which as many answered calls are known as the ranking of routes asks for.
    """
    world = await desk.fresh_world()
    if world is None:
        return {}
    directory, board = world.index.directory, world.quality
    fx = FxTable(directory.base_currency, directory.fx)
    found: dict[tuple[str, str, str], int] = {}
    for group in page:
        destination = world.codes.destination_of(group.codes[0])
        known = board.histograms.get(destination) if destination is not None else None
        if known is None or known.calls < board.min_calls or not known.seconds:
            continue
        for offer in group.offers:
            plan = plans[str(offer["plan"])]
            rate = fx.rate_at(plan.rules.currency, at_ms)
            if rate is not None:
                charge, seconds = real_cost_per_minute(terms_of(offer), plan.rules.seconds, known.bins)
                key = (group.codes[0], str(offer["vendor"]), plan.id)
                found[key] = half_away(charge * 60 * rate, seconds * UNITS_PER_ONE)
    return found


def terms_of(row: Row) -> Terms:
    """Return the terms of a row."""
    return Terms(**{name: whole(row[name]) for name in TERMS})


def whole(value: object) -> int:
    """Return a whole number of a row."""
    assert isinstance(value, int), "frames have whole numbers only"
    return value
