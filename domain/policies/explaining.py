"""Why routes stand as they do: every vendor with each figure, what each term of the formula is worth, and its place.

It agrees with `decide`, since it is told of what was decided: the decision is made first, and looked at then.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from domain.calls import CallSetup
from domain.decisions import Decision, why_behind
from domain.extent import Extent
from domain.formulas.program import Asked, Key, Order, Value, order_of
from domain.formulas.tree import Direction
from domain.ids import PartnerId, TrunkId
from domain.limit_gate import LimitGate
from domain.loss_gate import LossGate
from domain.money import Currency
from domain.policies.arranging import reader
from domain.policies.repricing import Repriced, at_price, dearest
from domain.policies.rules import Rules
from domain.quality_figures import DestinationFigures
from domain.quantities.reading import with_volumes
from domain.ranking import Ranked
from domain.routing import RoutedCall, asked, decide
from domain.world import World

PLAIN_ORDER = order_of("real_cost, price")
"""What vendors are sorted by where no formula is written; there it is compared in whole units."""


@dataclass(frozen=True, slots=True)
class TermText:
    """One term of the order as it is written; `most`: more is better."""

    text: str
    most: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """What a vendor's rate is: `price` units of `currency` a minute; `cost` and `margin` base units a real minute.

    `figures`: in the order of Explained.asked; `worth`: of each term; `key`: what is compared, the least first.
    """

    code: str
    price: int
    currency: Currency
    cost: int
    margin: int
    figures: tuple[Value, ...]
    worth: tuple[float, ...]
    key: Key


@dataclass(frozen=True, slots=True)
class Explained:
    """One vendor: by which trunk (None: out as a whole), its place (1 the first, 0: out), what it offers.

    `reason`: why it is out, or stands behind the others for its quality.
    """

    vendor: PartnerId
    trunk: TrunkId | None
    place: int
    reason: str
    offered: Offered | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with everything that it was made from. `vendors`: the routes in order, then who is left out. `unmet`:
    nobody keeps what is promised. `only`, `keep` and `window` as the policies say it.

    Without terms there is nothing but the decision: the call never came so far that routes were looked for.
    """

    decision: Decision
    only: str = ""
    keep: str = ""
    window: str = ""
    terms: tuple[TermText, ...] = ()
    asked: tuple[Asked, ...] = ()
    vendors: tuple[Explained, ...] = ()
    unmet: bool = False


def explained(
    setup: CallSetup, world: World, gate: LimitGate | None = None, losses: LossGate | None = None
) -> Explanation:
    """Decide about a call, and tell why each vendor stands where it does."""
    call, cache = asked(setup, world), Repriced()
    if isinstance(call, Decision):
        return Explanation(call)
    call.losses = losses
    return explained_call(call, cache, call.offered(cache, gate))


def explained_call(call: RoutedCall, cache: Repriced, decision: Decision) -> Explanation:
    """Tell why each vendor stands where it does in what a call was decided with a cache."""
    rules = call.rules
    if rules is None:
        return Explanation(decision)
    order = rules.order or PLAIN_ORDER
    named = tuple(dict.fromkeys([*rules.asked, *map(rules.windowed, order.asked)]))
    known = _known(call, rules)
    figures = call.figures()[0]
    readers = [reader(one, rules, known, figures) for one in named]
    places = {one: named.index(rules.windowed(one)) for one in order.asked}
    offers: dict[TrunkId | None, Offered] = {}
    for ranked in cache.worths():
        values = tuple([read(ranked) for read in readers])
        offers[ranked.trunk.id] = _offered(ranked, values, order, [values[places[one]] for one in order.asked])
    unmet = cache.ranking is not None and cache.ranking.unmet
    said = (rules.only.text if rules.only else "", rules.keep.text if rules.keep else "", str(rules.window))
    return Explanation(decision, *said, term_texts(order), named, tuple(_vendors(decision, offers)), unmet)


def wins_at(
    setup: CallSetup, world: World, trunk: TrunkId, gate: LimitGate | None = None, losses: LossGate | None = None
) -> int | None:
    """Return the dearest price of a minute, in units of its currency, at which the trunk stands first for the call.

    Found by deciding with other prices: with the one told it wins, with one unit more it does not. None where no price
    brings it there, or where it would stand first at any.
    """
    return winning_price(lambda cache: decide(setup, world, cache, gate, losses=losses), Repriced(), trunk)


def winning_price(decided: Callable[[Repriced], Decision], cache: Repriced, trunk: TrunkId) -> int | None:
    """Return the same for a call that is decided with whatever cache it is given; this one is used up."""
    decided(cache)
    terms = next((one.row.terms for one in cache.worths() if one.trunk.id == trunk), None)
    if terms is None:
        return None
    present = terms

    def wins(price: int) -> bool:
        other = at_price(present, price)
        if other is None:
            return False
        cache.reprice(trunk, other)
        routes = decided(cache).routes
        return bool(routes) and routes[0].trunk == trunk

    return dearest(wins, present.next_price)


def term_texts(order: Order) -> tuple[TermText, ...]:
    """Return the terms of an order as they are written, without commas and `least` or `most`."""
    starts = [term.column - 1 for term in order.terms]
    ends = [*starts[1:], len(order.text)]
    texts = []
    for term, start, end in zip(order.terms, starts, ends, strict=True):
        text = order.text[start:end].rstrip().removesuffix("then").rstrip(" ,\n\t")
        first, _, rest = text.partition(" ")
        texts.append(TermText(rest if first.lower() in ("least", "most") else text, term.direction is Direction.MOST))
    return tuple(texts)


def _known(call: RoutedCall, rules: Rules) -> DestinationFigures:
    """Return what formulas read about a call's destination, commitments and swaps that it counts for included."""
    world, where = call.world, call.destination
    known = world.quality.figures(where)
    if not rules.asks_volumes:
        return known
    volumes = world.index.volumes.beginning(call.rated, Extent())
    return with_volumes(known, volumes, world.quality.volumes, where, world.codes.country_of(where))


def _offered(ranked: Ranked, values: tuple[Value, ...], order: Order, given: Sequence[Value]) -> Offered:
    return Offered(
        code=ranked.row.code,
        price=ranked.row.terms.next_price,
        currency=ranked.currency,
        cost=ranked.real_cost_per_min,
        margin=ranked.margin_per_min,
        figures=values,
        worth=order.worth(given),
        key=order.key(given),
    )


def _vendors(decision: Decision, offers: dict[TrunkId | None, Offered]) -> Iterator[Explained]:
    behind = why_behind(decision.last)
    for place, route in enumerate(decision.routes, 1):
        yield Explained(route.vendor, route.trunk, place, behind.get(route.trunk, ""), offers.get(route.trunk))
    for out in decision.left_out:
        yield Explained(out.vendor, out.trunk, 0, out.reason, offers.get(out.trunk))
