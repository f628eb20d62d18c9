"""Routes that are out are left out or put last; those that are tried stand first for their part of the calls.

The first is worked out once with the order of the routes, the second drawn anew for each call (domain.probe_draw).
"""

from dataclasses import replace

from domain.decisions import LeftOut
from domain.ids import PartnerId
from domain.policies.rules import Rules
from domain.quality_figures import DestinationFigures
from domain.ranking import Part, Ranked, Ranking, cut, listed
from domain.route_standing import RouteStanding

ALL_OUT = "every vendor is out"


def placed(ranking: Ranking, rules: Rules, known: DestinationFigures) -> Ranking:
    """Return the ranking as it is for calls that try nothing, with the parts that some calls are drawn for."""
    held = {bid.vendor.id: known.standing(rules.watch, bid.vendor.id) for bid in (*ranking.bids, *ranking.tried)}
    found = {vendor: standing for vendor, standing in held.items() if standing is not None}
    if not found:
        return ranking
    told = list(ranking.left_out[: len(ranking.left_out) - len(cut(ranking.bids, ranking.max_routes, ranking.stop_bp))])
    untried = _with(ranking, found, told, None)
    leader = next(iter(untried.bids), None)
    parts = tuple(
        Part(vendor, rules.watch, standing, _with(ranking, found, told, vendor, leader))
        for vendor, standing in found.items()
        if standing.share_bp
    )
    return replace(untried, parts=parts)


def _with(
    ranking: Ranking,
    found: dict[PartnerId, RouteStanding],
    told: list[LeftOut],
    first: PartnerId | None,
    leader: Ranked | None = None,
) -> Ranking:
    front: list[Ranked] = []
    behind: list[Ranked] = []
    middle: list[Ranked] = []
    left_out: list[LeftOut] = []
    last: list[LeftOut] = []
    front += (bid for bid in ranking.tried if bid.vendor.id == first)
    for bid in ranking.bids:
        vendor = bid.vendor.id
        standing = found.get(vendor)
        if vendor == first:
            front.append(bid)
        elif standing is None or standing.stays:
            middle.append(bid)
        elif standing.last:
            behind.append(bid)
            last.append(LeftOut(vendor, bid.trunk.id, standing.why))
        else:
            left_out.append(LeftOut(vendor, bid.trunk.id, standing.why))
    bids = (*front, *middle, *behind)
    routes = listed(bids, ranking.max_routes, ranking.stop_bp, leader)
    first_trunks = {bid.trunk.id for bid in front}  # who is tried need not keep what left it out
    told = [out for out in told if out.trunk not in first_trunks]
    shown = (*told, *left_out, *cut(bids, ranking.max_routes, ranking.stop_bp, leader))
    all_out = not bids and not ranking.unmet
    return replace(ranking, routes=routes, left_out=shown, bids=bids, all_out=all_out, last=tuple(last))
