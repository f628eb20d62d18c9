"""Ranking: real cost over the whole call, the margin guard, and the order of the routes (DESIGN §2, §6).

Everything compared is an exact integer over the same histogram: charge units x exchange rate.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.candidates import Candidate, Candidates, price_at
from domain.causes import Cause
from domain.decisions import NOTHING_READ, LeftOut, Read, per_minute
from domain.directory import Partner, Trunk
from domain.durations import Histogram
from domain.extent import Extent
from domain.formulas.figures import Source
from domain.fx import FxTable
from domain.ids import PartnerId
from domain.losses import AllowedLoss
from domain.margins import MARGIN as MARGIN
from domain.margins import WHOLE_BP, Worth, allowed_by, below_floor, loses_too_much, per_cent, per_min
from domain.money import UNITS_PER_ONE, Currency
from domain.rates import CodeRates, PlanTable, RateRow
from domain.real_costs import RealCosts
from domain.route_standing import RouteStanding
from domain.route_watch import Watch

Priced = tuple[CodeRates, RateRow]

STOPS = "fail-over stops before"
OTHER_TRUNK = "another trunk of the vendor stands before it"
RATE_NAMES = ("price", "connect_fee", "cost", "real_cost", "margin", "margin_pct", "sell_price")
"""The figures of a route that come from its rate, as formulas name them: the order of Ranked.figures."""
_SQUARE = UNITS_PER_ONE * UNITS_PER_ONE
"""Units x exchange rate in one unit of the base currency."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A route but for the number. Costs are base units per real minute, rounded for showing only.

    `figures`: those of RATE_NAMES, for formulas that ask for any; else empty. `allowed`: the allowances without one of
    which a floor would keep it out; `loss`: what a call is expected to lose, base units.
    """

    vendor: Partner
    trunk: Trunk
    row: RateRow
    currency: Currency
    real_cost_per_min: int
    margin_per_min: int
    figures: tuple[float, ...] = ()
    allowed: tuple[AllowedLoss, ...] = ()
    loss: int = 0


@dataclass(frozen=True, slots=True)
class Ranking:
    """What is decided for every number with the same codes. `unprofitable`: the margin guard took the last ones.

    `bids`: all that would do, in order, of which `routes` are as many as the policy lists, one a vendor (`max_routes`;
    none from a too dear one on, `stop_bp`). `all_out`: every vendor was taken out for its quality. `tried`: bids that
    keep not what is promised, and yet may be given calls to try them. `parts`: vendors for which some of the calls are
    drawn (domain.probe_draw). `never`: those of `left_out` that no order brings back. `unmet`: nobody keeps what the
    policy promises. `read`: what formulas asked of the routes. `weights`: those of vendors in a split by a formula.
    `last`: those of `bids` that stand behind all others for their quality, and why.
    """

    revenue_per_min: int
    routes: tuple[Ranked, ...]
    left_out: tuple[LeftOut, ...]
    unprofitable: bool
    bids: tuple[Ranked, ...] = ()
    max_routes: int = 0
    never: tuple[LeftOut, ...] = ()
    unmet: bool = False
    all_out: bool = False
    tried: tuple[Ranked, ...] = ()
    parts: "tuple[Part, ...]" = ()
    read: Read = NOTHING_READ
    stop_bp: int | None = None
    weights: tuple[tuple[str, int], ...] = ()
    last: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A vendor that gets a part of the calls before all others, and the ranking for these calls."""

    vendor: PartnerId
    watch: Watch | None
    standing: RouteStanding
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class Sold:
    """The sell side of a call: what is in force, in which plan, and base units per unit of its currency."""

    found: Priced
    table: PlanTable
    fx: int


def sold_at(
    table: PlanTable, number: str, at_ms: int, fx: FxTable, within: Extent | None = None, origin: str = ""
) -> Sold | tuple[Cause, str]:
    """Return what a plan sells a number for at the moment, or why it does not.

    `within` is narrowed to numbers and moments for which its rates are the same; exchange rates are not looked at.
    `origin`: as PlanTable.rates_at wants it.
    """
    rules = table.rules
    found = price_at(table, number, at_ms, within, origin)
    if found is None:
        whom = f" to callers of {origin}" if origin else ""
        return Cause.NO_RATE, f"plan {rules.plan} does not sell {number}{whom}"
    if found[0].blocked:
        return Cause.BARRED, f"code {found[0].code} of plan {rules.plan}{_for_callers(found[0])}"
    rate = fx.rate_at(rules.currency, at_ms)
    if rate is None:
        return Cause.NO_RATE, f"no exchange rate for {rules.currency}"
    return Sold(found, table, rate)


@dataclass(frozen=True, slots=True)
class _Bid:
    """A candidate with its exact worth over the histogram: `cost` and `price` in units x exchange rate `fx`."""

    candidate: Candidate
    row: RateRow
    currency: Currency
    cost: int
    price: int
    fx: int
    allowed: tuple[AllowedLoss, ...] = ()

    @property
    def order(self) -> tuple[int, int, str, str]:
        """Real cost, then price, then names, so that every door lists the same order."""
        return self.cost, self.price, self.candidate.vendor.id, self.candidate.trunk.id


def rank(
    sold: Sold,
    candidates: Candidates,
    priced: tuple[Priced | None, ...],
    rates: tuple[int | None, ...],
    histogram: Histogram,
    costs: RealCosts,
) -> Ranking:
    """Rank the candidates; `priced` and `rates` (exchange rates, None: unknown) go with candidates.tables.

    Raises nothing; a histogram without seconds is not allowed (QualityBoard.durations never gives one).
    """
    assert histogram.seconds > 0, "costs per minute need minutes"
    seconds, rules = histogram.seconds, candidates.rules
    revenue = costs.over(histogram, sold.found[1].terms, sold.table.rules.seconds) * sold.fx
    bids: list[_Bid] = []
    left_out: list[LeftOut] = []
    unprofitable = False
    for candidate in candidates.trunks:
        table, found, fx = candidates.tables[candidate.table], priced[candidate.table], rates[candidate.table]
        reason = _out(found, fx, table.rules.currency)
        if found is not None and fx is not None and not reason:
            row = found[1]
            cost = costs.over(histogram, row.terms, table.rules.seconds) * fx
            its = Worth(revenue, cost, seconds)
            reason = below_floor(its, rules, candidate.vendor)
            unprofitable = unprofitable or bool(reason)
            allowed = allowed_by(its, rules, candidate.vendor.id) if reason and rules.losses else ()
            if not reason or allowed:
                reason, price = "", row.terms.next_price * fx
                bids.append(_Bid(candidate, row, table.rules.currency, cost, price, fx, allowed))
            elif rules.losses:
                reason += loses_too_much(rules, candidate.vendor.id)
        if reason:
            left_out.append(LeftOut(candidate.vendor.id, candidate.trunk.id, reason))
    worth = _Figures(revenue, histogram, sold) if Source.RATE in rules.sources else None
    ordered = tuple(_ranked(bid, revenue, histogram, worth) for bid in sorted(bids, key=lambda bid: bid.order))
    max_routes, stop_bp, never = rules.max_routes, rules.stop_dearer_bp, (*candidates.left_out, *left_out)
    routes = listed(ordered, max_routes, stop_bp)
    return Ranking(
        revenue_per_min=per_min(revenue, seconds),
        routes=routes,
        left_out=(*never, *cut(ordered, max_routes, stop_bp)),
        unprofitable=unprofitable and not routes,
        bids=ordered if len(ordered) > len(routes) else routes,
        max_routes=max_routes,
        stop_bp=stop_bp,
        never=never,
    )


def worths(
    sold: Sold, candidates: Candidates, priced: Sequence[Priced | None], rates: Sequence[int | None],
    histogram: Histogram, costs: RealCosts,
) -> tuple[Ranked, ...]:  # fmt: skip
    """Return what every candidate with a rate is worth, those too that `rank` leaves out for their margin."""
    revenue = costs.over(histogram, sold.found[1].terms, sold.table.rules.seconds) * sold.fx
    worth, found = _Figures(revenue, histogram, sold), []
    for candidate in candidates.trunks:
        table, at, fx = candidates.tables[candidate.table], priced[candidate.table], rates[candidate.table]
        if at is not None and fx is not None:
            row = at[1]
            cost = costs.over(histogram, row.terms, table.rules.seconds) * fx
            bid = _Bid(candidate, row, table.rules.currency, cost, row.terms.next_price * fx, fx)
            found.append(_ranked(bid, revenue, histogram, worth))
    return tuple(found)


def listed(
    ordered: Iterable[Ranked], max_routes: int, stop_bp: int | None = None, leader: Ranked | None = None
) -> tuple[Ranked, ...]:
    """Return each vendor's first trunk, of as many vendors as the policy lists: none from the first one on that is too
    much dearer than the first of all (`stop_bp`, basis points; None: it may be as dear as it likes).

    `leader`: the first of the policy's order, where a try or a turn may stand before it: that such a one is cheap ends
    no fail-over, so what is too dear is so behind the dearer one of the two.
    """
    firsts: dict[str, Ranked] = {}
    for ranked in ordered:
        firsts.setdefault(ranked.vendor.id, ranked)
    routes = tuple(firsts.values())[:max_routes]
    return routes if stop_bp is None else routes[: _stop(routes, stop_bp, leader)]


def _stop(routes: Sequence[Ranked], stop_bp: int, leader: Ranked | None) -> int:
    """Return the place of the first route that is too dear behind the first one; behind all where there is none."""
    dearest = _beside(routes[0], leader).real_cost_per_min * (WHOLE_BP + stop_bp) if routes else 0
    return next((at for at, one in enumerate(routes) if one.real_cost_per_min * WHOLE_BP > dearest), len(routes))


def _beside(first: Ranked, leader: Ranked | None) -> Ranked:
    """Return the one with which those behind are compared."""
    return first if leader is None or leader.real_cost_per_min <= first.real_cost_per_min else leader


def _out(found: Priced | None, fx: int | None, currency: Currency) -> str:
    if found is None:
        return "no rate"
    if found[0].blocked:
        return f"code {found[0].code} blocked{_for_callers(found[0])}"
    return f"no exchange rate for {currency}" if fx is None else ""


def _for_callers(rates: CodeRates) -> str:
    """Say whose calls a blocked code is blocked for, where it is not all."""
    groups = {row.origin for row in rates.rows if row.blocked}
    return "" if "" in groups else f" for callers of {', '.join(sorted(groups))}"


def cut(
    ordered: Iterable[Ranked], max_routes: int, stop_bp: int | None = None, leader: Ranked | None = None
) -> list[LeftOut]:
    """Return what `listed` leaves out, and why."""
    firsts: list[Ranked] = []
    vendors: set[str] = set()
    cut: list[LeftOut] = []
    for ranked in ordered:
        if ranked.vendor.id in vendors:
            cut.append(LeftOut(ranked.vendor.id, ranked.trunk.id, OTHER_TRUNK))
        else:
            vendors.add(ranked.vendor.id)
            firsts.append(ranked)
    if stop_bp is not None and _stop(firsts[:max_routes], stop_bp, leader) < len(firsts[:max_routes]):
        return cut + cut_off(firsts[0], firsts, stop_bp, leader)
    for rank, late in enumerate(firsts[max_routes:], max_routes + 1):
        cut.append(LeftOut(late.vendor.id, late.trunk.id, f"rank {rank}, the list ends at {max_routes}"))
    return cut


def cut_off(first: Ranked, behind: Sequence[Ranked], stop_bp: int, leader: Ranked | None = None) -> list[LeftOut]:
    """Return those behind a first route that are not tried, from the first too dear one on, and why."""
    first = _beside(first, leader)
    stop = _stop((first, *behind), stop_bp, None) - 1
    return [LeftOut(one.vendor.id, one.trunk.id, _too_dear(first, behind[stop], stop_bp)) for one in behind[stop:]]


def _too_dear(first: Ranked, late: Ranked, stop_bp: int) -> str:
    costs = f"real cost {_cost(late)}, that of {first.vendor.id} {_cost(first)}"
    return f"{STOPS} {late.vendor.id}: {costs}, at most {per_cent(stop_bp)} more"


def _cost(ranked: Ranked) -> str:
    return f"{per_minute(ranked.real_cost_per_min)}/min"


@dataclass(frozen=True, slots=True)
class _Figures:
    """What the figures of RATE_NAMES are reckoned from. Floats: they order, and nothing is charged by them; divided
    from exact integers they keep the order of these."""

    revenue: int
    histogram: Histogram
    sold: Sold

    def figures(self, bid: _Bid) -> tuple[float, ...]:
        """Return them of one bid."""
        seconds, margin = self.histogram.seconds, self.revenue - bid.cost
        return (
            bid.price / _SQUARE,
            bid.row.terms.connect_fee * bid.fx / _SQUARE,
            bid.cost / (self.histogram.calls * _SQUARE),
            bid.cost * 60 / (seconds * _SQUARE),
            margin * 60 / (seconds * _SQUARE),
            100 * margin / self.revenue if self.revenue else 0.0,
            self.sold.found[1].terms.next_price * self.sold.fx / _SQUARE,
        )


def _ranked(bid: _Bid, revenue: int, durations: Histogram, worth: _Figures | None) -> Ranked:
    seconds = durations.seconds
    return Ranked(
        vendor=bid.candidate.vendor,
        trunk=bid.candidate.trunk,
        row=bid.row,
        currency=bid.currency,
        real_cost_per_min=per_min(bid.cost, seconds),
        margin_per_min=per_min(revenue - bid.cost, seconds),
        figures=worth.figures(bid) if worth is not None else (),
        allowed=bid.allowed,
        # a hair too much: what is set aside is never less than what is expected
        loss=max(0, -((revenue - bid.cost) // (durations.calls * UNITS_PER_ONE))) if bid.allowed else 0,
    )
