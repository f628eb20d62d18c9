"""Where a policy has calls of the past go: by the rules, filters, margin and order that live calls are decided by.

Decided by the directory as it is now and the rates that held at the call's moment, as they are known now. Limits,
panic orders and who was suspended then are no part of it: a policy is tried, not a day.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Never

from domain.backtests import Choice, Way
from domain.call_figures import call_figures
from domain.causes import Cause
from domain.directory import Partner, Trunk
from domain.ids import DestinationId, PartnerId, PlanId, TrunkId
from domain.policies.drawing import Lots
from domain.policies.policy import Policy
from domain.policies.rules import Rules, rules_of, untold
from domain.rank_cache import RankCache
from domain.ranking import Ranking
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


@dataclass(slots=True)
class Chooser:
    """Decides by a policy that lies over all others, in one world; None: by those that hold."""

    world: World
    policy: Policy | None
    _cache: RankCache = field(default_factory=RankCache)
    _over: dict[Rules, Rules] = field(default_factory=dict)
    """By what holds for calls without the policy."""

    def choice(self, call: PastCall) -> Choice:
        """Return the ways that a call may go, in order, or why there is none."""
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
        ranking = self._cache.routes(
            offer,
            call.destination,
            self.world,
            call.at_ms,
            lambda: call_figures(client, product, call.caller, "none", call.at_ms, self.world.codes),
        )
        if not ranking.routes:
            return Choice(refusal=Cause.NO_MARGIN if ranking.unprofitable else Cause.NO_ROUTE)
        lots = self._cache.lots(offer, ranking, call.destination)
        return Choice(_ways(ranking)) if lots is None else _split(lots)

    def _rules(self, client: Partner, product: str, call: PastCall) -> Rules:
        under = self.world.index.policies.rules_at(client.policy, client.id, product, call.destination, call.at_ms)
        known = self._over.get(under)
        if known is None:
            found = under if self.policy is None else laid_over(under.policies, self.policy)
            known = self._over[under] = untold(found)
        return known


def _ways(ranking: Ranking) -> tuple[Way, ...]:
    ways = ((one.vendor.id, one.trunk.plan or one.vendor.buy_plan, one.trunk.id) for one in ranking.routes)
    return tuple(Way(vendor, plan, trunk) for vendor, plan, trunk in ways if plan is not None)


def _split(lots: Lots) -> Choice:
    """Return the ways of each part of a split; nobody has had its part "at most" yet."""
    group = lots.drawn_from(_NOBODY_OVER)
    if group is None or len(group.contest) == 1:
        return Choice(_ways(lots.with_first(_NOBODY_OVER, group, 0)))
    parts = [lots.with_first(_NOBODY_OVER, group, place) for place in range(len(group.contest))]
    drawn = tuple((weight, _ways(part)) for (_, weight), part in zip(group.contest, parts, strict=True))
    return Choice(drawn[0][1], drawn=drawn)


@lru_cache(maxsize=4096)
def laid_over(under: tuple[Policy, ...], policy: Policy) -> Rules:
    """Return what holds where a policy lies over others; one of its name among them is an older version of it."""
    return rules_of((*(one for one in under if one.name != policy.name), policy))


def sell_plan(client: Partner | None, trunk: Trunk | None) -> PlanId | None:
    """Return the plan that a client's calls of a trunk are sold by."""
    return (trunk.plan if trunk else None) or (client.sell_plan if client else None)
