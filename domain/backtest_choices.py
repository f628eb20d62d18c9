"""Where a policy has calls of the past go: by the rules, filters, margin and order that live calls are decided by.

Decided by the directory as it is now and the rates that held at the call's moment, as they are known now. Limits,
panic orders and who was suspended then are no part of it: a policy is tried, not a day.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import Never

from domain.backtests import Choice, Way
from domain.call_figures import call_figures
from domain.causes import Cause
from domain.directory import Partner, Trunk
from domain.ids import DestinationId, PartnerId, PlanId, TrunkId
from domain.policies.arranging import CallFigures, reader
from domain.policies.drawing import Lots
from domain.policies.policy import Policy
from domain.policies.rules import Rules, rules_of, untold
from domain.rank_cache import Offer, RankCache
from domain.ranking import Ranked, Ranking, listed
from domain.rates import Unit
from domain.world import World

_NOBODY_OVER = frozenset[Never]()


@dataclass(frozen=True, slots=True)
class PastCall:
    """What decides about a call: `number` is that by which it is routed and rated, `at_ms` dates it. `dialled`: of one
    that has moved, by which vendors are paid who are not told of it; else ""."""

    client: PartnerId
    trunk: TrunkId
    number: str
    caller: str
    destination: DestinationId
    at_ms: int
    dialled: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """What holds for a kind of calls whatever is known of quality: by whom they may go, and what formulas may ask about
    the call itself. `made`: by the order of the bids, what was decided in it."""

    offer: Offer
    destination: DestinationId
    at_ms: int
    figures: Callable[[], tuple[CallFigures, int, int]]
    made: dict[tuple[int, ...], Choice] = field(default_factory=dict)


@dataclass(slots=True)
class Chooser:
    """Decides by a policy that lies over all others, in one world; None: by those that hold.

    Worlds that differ by their quality alone may follow one another: what was `offered` in one holds in all.
    """

    world: World
    policy: Policy | None
    _cache: RankCache = field(default_factory=RankCache)
    _over: dict[Rules, Rules] = field(default_factory=dict)
    """By what holds for calls without the policy."""

    def choice(self, call: PastCall) -> Choice:
        """Return the ways that a call may go, in order, or why there is none."""
        return self.chosen(self.offered(call))

    def offered(self, call: PastCall) -> Offered | Choice:
        """Return by whom a call may go, or why nobody has it, whatever is known of quality."""
        directory = self.world.index.directory
        client, trunk = directory.partners.get(call.client), directory.trunks.get(call.trunk)
        plan = sell_plan(client, trunk)
        table = self.world.plans.get(plan) if plan else None
        if client is None or table is None or table.rules.unit is not Unit.SECOND:
            return Choice(refusal=Cause.NO_RATE)
        product = trunk.options.product if trunk else ""
        rules = self._rules(client, product, call)
        statics = self.world.index.statics.of(client.id, product, call.destination)
        asked = (call.number, call.destination, call.at_ms, self.world)
        offer = self._cache.offer(client, table, *asked, rules, call.caller, statics, call.dialled)
        if isinstance(offer, tuple):
            return Choice(refusal=offer[0])
        told = partial(call_figures, client, product, call.caller, "none", call.at_ms, self.world.codes)
        return Offered(offer, call.destination, call.at_ms, cache(told))

    def chosen(self, offered: Offered | Choice) -> Choice:
        """Return what is decided about a call of a kind, by what is known of quality in the world as it is."""
        if isinstance(offered, Choice):
            return offered
        offer, destination = offered.offer, offered.destination
        if _only_sorts(offer):
            return self._sorted(offered)
        ranking = self._cache.routes(offer, destination, self.world, offered.at_ms, offered.figures)
        if not ranking.routes:
            return _nowhere(ranking)
        lots = self._cache.lots(offer, ranking, destination)
        return Choice(_ways(ranking.routes)) if lots is None else _split(lots)

    def _sorted(self, offered: Offered) -> Choice:
        """Return what an order alone decides, as policies.arranging has it: few orders of the same bids come."""
        ranking, rules, known = (
            offered.offer.ranking,
            offered.offer.rules,
            self.world.quality.figures(offered.destination),
        )
        assert rules.order is not None
        readers = [reader(asked, rules, known, offered.figures()[0]) for asked in rules.order.asked]
        keys = [rules.order.key([read(bid) for read in readers]) for bid in ranking.bids]
        order = tuple(sorted(range(len(keys)), key=keys.__getitem__))
        made = offered.made.get(order)
        if made is None:
            bids = [ranking.bids[place] for place in order]
            routes = listed(bids, ranking.max_routes, ranking.stop_bp)
            made = offered.made[order] = Choice(_ways(routes)) if routes else _nowhere(ranking)
        return made

    def _rules(self, client: Partner, product: str, call: PastCall) -> Rules:
        under = self.world.index.policies.rules_at(client.policy, client.id, product, call.destination, call.at_ms)
        known = self._over.get(under)
        if known is None:
            found = under if self.policy is None else laid_over(under.policies, self.policy)
            known = self._over[under] = untold(found)
        return known


def _only_sorts(offer: Offer) -> bool:
    """Say whether an order alone decides between the routes of an offer."""
    rules = offer.rules
    else_ = rules.only, rules.keep, rules.split, offer.fixed
    return rules.order is not None and not rules.max_share and all(one is None for one in else_)


def _nowhere(ranking: Ranking) -> Choice:
    return Choice(refusal=Cause.NO_MARGIN if ranking.unprofitable else Cause.NO_ROUTE)


def _ways(routes: Iterable[Ranked]) -> tuple[Way, ...]:
    ways = ((one.vendor.id, one.trunk.plan or one.vendor.buy_plan, one.trunk.id) for one in routes)
    return tuple(Way(vendor, plan, trunk) for vendor, plan, trunk in ways if plan is not None)


def _split(lots: Lots) -> Choice:
    """Return the ways of each part of a split; nobody has had its part "at most" yet."""
    group = lots.drawn_from(_NOBODY_OVER)
    if group is None or len(group.contest) == 1:
        return Choice(_ways(lots.with_first(_NOBODY_OVER, group, 0).routes))
    parts = [lots.with_first(_NOBODY_OVER, group, place) for place in range(len(group.contest))]
    drawn = tuple((weight, _ways(part.routes)) for (_, weight), part in zip(group.contest, parts, strict=True))
    return Choice(drawn[0][1], drawn=drawn)


@lru_cache(maxsize=4096)
def laid_over(under: tuple[Policy, ...], policy: Policy) -> Rules:
    """Return what holds where a policy lies over others; one of its name among them is an older version of it."""
    return rules_of((*(one for one in under if one.name != policy.name), policy))


def sell_plan(client: Partner | None, trunk: Trunk | None) -> PlanId | None:
    """Return the plan that a client's calls of a trunk are sold by."""
    return (trunk.plan if trunk else None) or (client.sell_plan if client else None)
