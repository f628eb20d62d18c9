"""Which routes of a ranking one call takes: who is full is left out, then a try is drawn, then whose turn it is.

Limits filter before anything is drawn, so that nobody's turn passes while he is full. What is counted for the call is
given back where it does not go (domain.taken).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from domain.ids import TrunkId
from domain.policies.drawing import Caller, Lots, count_parts, draw, had_parts, undrawn
from domain.policies.spread import Spreader
from domain.probe_draw import ProbeDraw
from domain.quick import quick
from domain.ranking import Part, Ranked, Ranking, cut, listed
from domain.route_states import Standing
from domain.taken import Taken


@quick
@dataclass(frozen=True, slots=True)
class Chosen:
    """The routes of one call, why the first one is first where that was drawn, and what was counted for it."""

    routes: tuple[Ranked, ...]
    ranking: Ranking
    words: str = ""
    taken: Taken | None = None


def chosen(
    ranking: Ranking,
    lots: Lots | None,
    call: Caller,
    full: Collection[TrunkId] = (),
    probes: ProbeDraw | None = None,
    spreader: Spreader | None = None,
    before: Taken | None = None,
) -> Chosen:
    """Return what one call takes of a ranking, but for trunks that are `full`, and count it.

    `before`: what the same question took when it was asked first: that is given back, and its turn is taken again.

    `lots` None: no turns are taken. `probes` None: nobody is tried; `spreader` None: it is told how calls are split,
    and nothing is counted.
    """
    before = before or None  # what was given back already went to others
    if before is not None:
        before.give_back()
    parts = ranking.parts if probes is not None else ()
    if lots is None and not parts:
        return _chosen(_within(ranking, full, ranking))
    if lots is not None and full:
        lots = lots.without(frozenset(full))
    taken = Taken()
    over = had_parts(lots, spreader, call) if lots is not None and spreader is not None else frozenset()
    if probes is not None and parts:
        open_to = [one for one in parts if _first(one, full) and not (lots and lots.has_had_its_part(one, over))]
        part = probes.drawn(open_to, call.destination, taken)
        if part is not None:
            its, words = _within(part.ranking, full, ranking), [_tries(part)]
            if lots is not None and spreader is not None and lots.caps:
                words += count_parts(lots, spreader, call, lots.capped(its.routes[0]), over, taken)
            return _chosen(its, "; ".join(words), taken)
    if lots is None:
        return _chosen(_within(ranking, full, ranking), taken=taken)
    drawn = undrawn(lots, call) if spreader is None else draw(lots, spreader, call, over, taken, before)
    return _chosen(drawn.ranking, drawn.words, taken)


def tried_bids(ranking: Ranking) -> Iterable[Ranked]:
    """Yield the bids of those that only some calls try: they are not among the ranking's own."""
    for part in ranking.parts:
        yield from (bid for bid in part.ranking.bids if bid.vendor.id == part.vendor)


def _chosen(ranking: Ranking, words: str = "", taken: Taken | None = None) -> Chosen:
    return Chosen(ranking.routes, ranking, words, taken)


def _within(ranking: Ranking, full: Collection[TrunkId], untried: Ranking) -> Ranking:
    """Return a ranking without trunks that are full; `untried`: that of calls which try nothing."""
    if not full:
        return ranking
    left = [bid for bid in ranking.bids if bid.trunk.id not in full]
    leader = next((bid for bid in untried.bids if bid.trunk.id not in full), None)
    most, stop_bp, told = ranking.max_routes, ranking.stop_bp, {out.trunk for out in ranking.left_out}
    late = [out for out in cut(left, most, stop_bp, leader) if out.trunk not in told]
    routes = listed(left, most, stop_bp, leader)
    return replace(ranking, routes=routes, left_out=(*ranking.left_out, *late))


def _first(part: Part, full: Collection[TrunkId]) -> bool:
    """Say whether the part's vendor would be first: it has a trunk that is not full."""
    return any(one.vendor.id == part.vendor and one.trunk.id not in full for one in part.ranking.bids)


def _tries(part: Part) -> str:
    standing = part.standing
    batch = f"its batch {standing.batch}" if standing.batch else "its first batch"
    state = "on trial" if standing.standing is Standing.TRIAL else f"a try of {batch}"
    return f"{part.vendor} first, {state}: {standing.share_bp / 100:.2f} % of the calls"
