"""Deciding about a call: trunk, partner, number, sell rate, then buy rates: filter, rank, margin guard (DESIGN §2)."""

from collections import OrderedDict

from domain.attribution import caller_of
from domain.calls import CallSetup
from domain.candidates import Candidates, candidates_for, price_at
from domain.causes import Cause
from domain.decisions import Decision, LeftOut, Route, SellRate
from domain.directory import Partner, PartnerStatus, Trunk
from domain.ids import CallKey, DestinationId, PartnerId, call_key
from domain.numbers import dial, normalise
from domain.ranking import MARGIN, Priced, Ranked, Ranking, Sold, rank
from domain.rates import PlanTable
from domain.real_costs import RealCosts
from domain.targets import Target, mark_of
from domain.world import NO_DESTINATION, World

RowKey = tuple[str, str, int, bool] | None
"""What tells one row in force from another within a plan version: code, rate type, valid from; and if it is blocked."""
Key = tuple[PartnerId, PlanTable, DestinationId, int, RowKey, tuple[RowKey, ...]]


class RankCache:
    """Rankings that hold for every number with the same codes, and what they were made from, for one World at a time.

    Invariant: nothing kept was made from another World than the last one asked for; at most `limit` rankings.
    """

    def __init__(self, limit: int = 50_000) -> None:
        self._limit = limit
        self._world: World | None = None
        self._candidates: dict[PartnerId, Candidates] = {}
        self._rankings: OrderedDict[Key, Ranking] = OrderedDict()
        self._costs = RealCosts()

    def candidates(self, client: Partner, world: World) -> Candidates:
        """Return the client's candidates in this world."""
        self._enter(world)
        known = self._candidates.get(client.id)
        if known is None:
            known = self._candidates[client.id] = candidates_for(client, world.index, world.plans)
        return known

    def ranking(
        self, client: Partner, sold: Sold, b: str, destination: DestinationId, at_ms: int, world: World
    ) -> Ranking:
        """Return the ranking for a number: one look-up per buy plan, and no more if these codes were ranked before."""
        candidates, fx = self.candidates(client, world), world.index.fx
        priced = tuple([price_at(bought, b, at_ms) for bought in candidates.tables])
        rows = tuple([_row_key(found) for found in priced])
        key = (client.id, sold.table, destination, fx.epoch(at_ms), _row_key(sold.found), rows)
        known = self._rankings.get(key)
        if known is None:
            if len(self._rankings) >= self._limit:
                self._rankings.popitem(last=False)  # to forget all at once would stop the calls for its time
            rates = tuple(fx.rate_at(bought.rules.currency, at_ms) for bought in candidates.tables)
            histogram = world.quality.durations(destination)
            known = self._rankings[key] = rank(sold, candidates, priced, rates, histogram, self._costs)
        return known

    def _enter(self, world: World) -> None:
        if self._world is not world:
            self._world = world
            self._candidates.clear()
            self._rankings.clear()


def decide(setup: CallSetup, world: World, cache: RankCache | None = None) -> Decision:
    """Decide whether a call may go and where. Pure: the cache changes how long it takes, never the outcome.

    Limits and money are not looked at here: the client's shard refuses by them when the hold is placed.
    """
    trunk = world.index.incoming_trunk(setup.switch, setup.source, setup.called, setup.trunk_hint)
    if trunk is None:
        named = f", trunk {setup.trunk_hint}" if setup.trunk_hint else ""
        return _refused(
            setup, world, Cause.UNKNOWN_TRUNK, f"no trunk of switch {setup.switch} for source {setup.source}{named}"
        )
    call = _Call(setup, world, trunk, world.index.partner_of(trunk))
    if call.client.status is not PartnerStatus.ACTIVE:
        return call.refused(Cause.SUSPENDED)
    b = normalise(setup.called, trunk.rules)
    if b is None:
        return call.refused(Cause.BAD_NUMBER, "not 5 to 15 digits by the rules of the trunk")
    call.b, call.destination = b, world.codes.destination_of(b) or NO_DESTINATION
    sold = call.sell_side()
    if not isinstance(sold, Sold):
        return call.refused(*sold)
    ranking = (cache or RankCache()).ranking(call.client, sold, b, call.destination, setup.at_ms, world)
    return call.routed(sold, ranking)


class _Call:
    """One call on its way through the decision, and what is known of it so far."""

    __slots__ = ("b", "client", "destination", "setup", "trunk", "world")

    def __init__(self, setup: CallSetup, world: World, trunk: Trunk, client: Partner) -> None:
        self.setup, self.world, self.trunk, self.client = setup, world, trunk, client
        self.b, self.destination = setup.called, NO_DESTINATION

    def sell_side(self) -> Sold | tuple[Cause, str]:
        """Return what the client pays for the number now, or why it is not sold."""
        plan = self.trunk.plan or self.client.sell_plan
        table = self.world.plans.get(plan) if plan else None
        if table is None:
            return Cause.NO_RATE, f"plan {plan} has no rates" if plan else "no sell plan"
        found = price_at(table, self.b, self.setup.at_ms)
        if found is None:
            return Cause.NO_RATE, f"plan {plan} does not sell {self.b}"
        if found[0].blocked:
            return Cause.BARRED, f"code {found[0].code} of plan {plan}"
        fx = self.world.index.fx.rate_at(table.rules.currency, self.setup.at_ms)
        if fx is None:
            return Cause.NO_RATE, f"no exchange rate for {table.rules.currency}"
        return Sold(found, table, fx)

    def routed(self, sold: Sold, ranking: Ranking) -> Decision:
        """Return the ranking with this call's numbers put in, or the refusal that an empty one means."""
        rules, row = sold.table.rules, sold.found[1]
        sell = SellRate(
            rules.plan, sold.table.version, row.code, row.rate_type, row.terms, rules.currency, ranking.revenue_per_min
        )
        if not ranking.routes:
            cause = Cause.NO_MARGIN if ranking.unprofitable else Cause.NO_ROUTE
            detail = MARGIN if ranking.unprofitable else "no vendor may carry it"
            return self._decision(sell=sell, left_out=ranking.left_out, refusal=cause, detail=detail)
        routes = tuple([_route(ranked, position, self.b) for position, ranked in enumerate(ranking.routes, 1)])
        return self._decision(sell=sell, routes=routes, left_out=ranking.left_out)

    def refused(self, cause: Cause, detail: str = "") -> Decision:
        """Return the refusal of a call whose trunk is known."""
        return self._decision(refusal=cause, detail=detail)

    def _decision(
        self,
        sell: SellRate | None = None,
        routes: tuple[Route, ...] = (),
        left_out: tuple[LeftOut, ...] = (),
        refusal: Cause | None = None,
        detail: str = "",
    ) -> Decision:
        setup, world = self.setup, self.world
        return Decision(
            at_ms=setup.at_ms,
            call_key=_key_of(setup),
            switch=setup.switch,
            attempt=setup.attempt,
            a=caller_of(setup.caller, self.trunk.rules),
            b=self.b,
            base_currency=world.index.directory.base_currency,
            client=self.client.id,
            trunk=self.trunk.id,
            destination=self.destination,
            destination_name=world.codes.name_of(self.destination),
            sell=sell,
            routes=routes,
            left_out=left_out,
            refusal=refusal,
            detail=detail,
        )


def _refused(setup: CallSetup, world: World, cause: Cause, detail: str) -> Decision:
    return Decision(
        at_ms=setup.at_ms,
        call_key=_key_of(setup),
        switch=setup.switch,
        attempt=setup.attempt,
        a=setup.caller,
        b=setup.called,
        base_currency=world.index.directory.base_currency,
        refusal=cause,
        detail=detail,
    )


def _key_of(setup: CallSetup) -> CallKey:
    return call_key(setup.switch, setup.call_id) if setup.call_id else CallKey(b"")


def _row_key(found: Priced | None) -> RowKey:
    if found is None:
        return None
    rates, row = found
    return row.code, row.rate_type, row.valid_from_ms, row.blocked or (len(rates.rows) > 1 and rates.blocked)


def _route(ranked: Ranked, position: int, b: str) -> Route:
    trunk = ranked.trunk
    target = Target(trunk.id, trunk.host, trunk.port, dial(b, trunk.rules), mark_of(trunk.id, position))
    return Route(
        vendor=ranked.vendor.id,
        trunk=trunk.id,
        target=target,
        code=ranked.row.code,
        terms=ranked.row.terms,
        currency=ranked.currency,
        real_cost_per_min=ranked.real_cost_per_min,
        margin_per_min=ranked.margin_per_min,
    )
