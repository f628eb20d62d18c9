"""What was decided about one call and holds for others, so that most calls need one look-up in place of all plans'."""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from domain.candidates import Candidates, allowed, candidates_for, price_at
from domain.causes import Cause
from domain.directory import Partner
from domain.durations import PRIOR, Histogram
from domain.extent import Extent
from domain.fx import FxTable
from domain.ids import DestinationId, PartnerId
from domain.origins import JoinedCallers
from domain.policies.arranging import CallFigures, arranged
from domain.policies.drawing import Lots
from domain.policies.placing import placed
from domain.policies.rules import GENERIC, Rules
from domain.policies.statics import NO_STATICS, Fixed, Statics
from domain.quality_board import QualityBoard
from domain.quality_figures import DestinationFigures
from domain.quantities.figures import VolumeFigures
from domain.quantities.reading import with_volumes
from domain.quantities.volumes import Volume
from domain.quick import quick
from domain.ranking import Priced, Ranking, Sold, rank, sold_at
from domain.rates import PlanTable
from domain.real_costs import RealCosts
from domain.world import World

_Whose = tuple[PartnerId, PlanTable, tuple[str, ...], Rules, Statics]
"""The client, what it is sold by, the origin groups of the callers (see RankCache._groups), rules, static entries."""
Call = Callable[[], tuple[CallFigures, int, int]]
"""What a formula may ask about the call, and since and until when its hour is the same."""
_ANY: tuple[str, ...] = ()
"""The groups of a caller where no plan tells callers apart."""
MOST_LOTS = 2_000
"""Offers whose lots are kept: each has an order of the routes for each vendor that may be first, a few kilobytes."""
MOST_DESTINATIONS = 128
"""Destinations of one offer whose orders are kept: a plan's code may cover many of the reference book."""
GONE_AT_ONCE = 4
"""Offers that are forgotten for each that is made: to forget all at once would stop the calls for its time."""


class _Arranged:
    """The order of an offer's routes to one destination as it was last worked out: by which figures, since and until
    when it holds; and the lots that its calls draw."""

    __slots__ = ("known", "lots", "ranking", "since_ms", "until_ms", "volumes")

    def __init__(self) -> None:
        self.known: DestinationFigures | None = None
        self.volumes: VolumeFigures | None = None
        self.ranking: Ranking | None = None
        self.lots: Lots | None = None
        self.since_ms = self.until_ms = 0


@quick
@dataclass(frozen=True, slots=True)
class Offer:
    """What a call is sold for and by whom it may go, from `since_ms` until `until_ms`.

    `ranking` is by real cost, before the formulas of the rules: `RankCache.routes` gives what they make of it. `fixed`:
    what static entries say of its routes. `orders`: what was worked out for each destination that its numbers have.
    `volumes`: commitments and swaps whose code fits its numbers, where the rules ask for them.
    """

    sold: Sold
    ranking: Ranking
    since_ms: int
    until_ms: int
    rules: Rules
    fixed: Fixed | None
    orders: dict[DestinationId, _Arranged]
    volumes: tuple[Volume, ...] = ()

    def order(self, destination: DestinationId) -> _Arranged:
        """Return what is kept of the order for a destination; the oldest makes room."""
        found = self.orders.get(destination)
        if found is None:
            if len(self.orders) >= MOST_DESTINATIONS:
                del self.orders[next(iter(self.orders))]
            found = self.orders[destination] = _Arranged()
        return found


class _Shelf:
    """Offers to one client by the digits that numbers begin with; `lengths` are how many digits that may be.

    `durations` are those that the client's calls are reckoned with.
    """

    __slots__ = ("durations", "lengths", "offers", "whose")

    def __init__(self, durations: Histogram, whose: _Whose) -> None:
        self.durations, self.whose = durations, whose
        self.offers: dict[str, Offer] = {}
        self.lengths: tuple[int, ...] = ()

    def find(self, number: str, at_ms: int) -> Offer | None:
        """Return what is known for a number at a moment."""
        offers = self.offers
        for digits in self.lengths:
            offer = offers.get(number[:digits])
            if offer is not None and offer.since_ms <= at_ms < offer.until_ms:
                return offer
        return None

    def put(self, digits: str, offer: Offer) -> None:
        """Keep an offer for all numbers that begin so."""
        self.offers[digits] = offer
        if len(digits) not in self.lengths:
            self.lengths = (*self.lengths, len(digits))


class RankCache:
    """Offers that hold for every number with the same codes in all plans, and what they were made from.

    Invariants: nothing kept was made from another directory, other plans or other panic orders than those of the world
    last asked for; what was made over durations that its board has no more is forgotten, four offers for each that is
    made; an offer kept under some digits is what every number that begins with them would get at each moment of its
    time; at most `limit` offers are kept, those that are to be forgotten among them, each known once; at most MOST_LOTS
    of them with what their calls draw.
    """

    def __init__(self, limit: int = 50_000) -> None:
        self._limit = limit
        self._world: World | None = None
        self._candidates: dict[tuple[PartnerId, Rules], Candidates] = {}
        self._callers: dict[tuple[PlanTable, ...], JoinedCallers | None] = {}
        """By the buy plans of some client; None: none of them tells callers apart."""
        self._shelves: dict[Histogram, dict[_Whose, _Shelf]] = {}
        self._kept: OrderedDict[tuple[_Shelf, str], None] = OrderedDict()
        """Where each offer stands, the oldest first."""
        self._gone: list[_Shelf] = []
        """Shelves of durations that no board has any more: nobody finds them, and their offers go by and by."""
        self._costs = RealCosts()
        self._with_lots: deque[_Arranged] = deque()
        """Those whose lots were made, the oldest first."""

    def candidates(self, client: Partner, rules: Rules, world: World) -> Candidates:
        """Return the client's candidates under some rules in this world."""
        self._enter(world)
        known = self._candidates.get((client.id, rules))
        if known is None:
            known = candidates_for(client, rules, world.index, world.plans, world.panic)
            self._candidates[client.id, rules] = known
        return known

    def routes(self, offer: Offer, destination: DestinationId, world: World, at_ms: int, call: Call) -> Ranking:
        """Return the offer's ranking as its rules want it now.

        What was worked out holds until another figure of the destination comes or, where the rules ask for the time,
        the hour is over; where they ask who calls, nothing is kept.
        """
        rules, known = offer.rules, world.quality.figures(destination)
        if not rules.arranges and not known.standings:
            return offer.ranking
        last, volumes = offer.order(destination), world.quality.volumes if rules.asks_volumes else None
        same = last.known is known and last.volumes is volumes
        if last.ranking is not None and same and last.since_ms <= at_ms < last.until_ms:
            return last.ranking
        figures, since_ms, until_ms = call()
        full = known
        if volumes:
            full = with_volumes(known, offer.volumes, volumes, destination, world.codes.country_of(destination))
        ranking = arranged(offer.ranking, rules, full, figures) if rules.arranges else offer.ranking
        if known.standings:
            ranking = placed(ranking, rules, known)
        if not rules.asks_caller:
            last.known, last.volumes, last.ranking = known, volumes, ranking
            last.since_ms, last.until_ms = since_ms, until_ms
        return ranking

    def lots(self, offer: Offer, ranking: Ranking, destination: DestinationId) -> Lots | None:
        """Return what is drawn of an offer's routes, as `routes` gave them; None: nothing is."""
        rules = offer.rules
        if offer.fixed is None and rules.split is None and not rules.max_share:
            return None
        last = offer.order(destination)
        lots = last.lots
        if lots is None or lots.ranking is not ranking:
            behind = frozenset([one.vendor for one in ranking.last])
            lots = last.lots = Lots(ranking, offer.fixed, rules, behind)
            if len(self._with_lots) >= MOST_LOTS:
                self._with_lots.popleft().lots = None
            self._with_lots.append(last)
        return lots

    def offer(
        self,
        client: Partner,
        table: PlanTable,
        number: str,
        destination: DestinationId,
        at_ms: int,
        world: World,
        rules: Rules = GENERIC,
        caller: str = "",
        statics: Statics = NO_STATICS,
        dialled: str = "",
    ) -> Offer | tuple[Cause, str]:
        """Return what a plan sells a number for and the ranking of who may carry it, or why it is not sold.

        `caller`: A after normalisation, by which plans with origin groups price the call. `dialled`: that of a number
        that has moved, by which vendors are paid who are not told of it; where there are such, nothing is kept.
        """
        self._enter(world)
        durations = world.quality.durations(destination)
        keeps = not dialled or all(self.candidates(client, rules, world).told)
        shelf, known = None, None
        if keeps:  # where callers matter nothing is kept for any caller, so that others need not ask whether they do
            shelf, known = self._find(durations, (client.id, table, _ANY, rules, statics), number, at_ms)
        if known is not None:
            return known
        candidates = self.candidates(client, rules, world)
        groups = self._groups(candidates.tables, table, caller, at_ms)
        if groups and keeps:
            shelf, known = self._find(durations, (client.id, table, groups, rules, statics), number, at_ms)
            if known is not None:
                return known
        within = Extent()
        sold = sold_at(table, number, at_ms, world.index.fx, within, groups[0] if groups else "")
        if not isinstance(sold, Sold):
            return sold
        fixed = statics.fixed(number, within)
        candidates = candidates if fixed is None else allowed(candidates, fixed)
        numbers = candidates.numbers(number, dialled or number)
        ranking = self._ranked(candidates, sold, numbers, durations, at_ms, world.index.fx, within, groups[1:])
        volumes = world.index.volumes.beginning(number, within) if rules.asks_volumes else ()
        offer = Offer(sold, ranking, within.since_ms, within.until_ms, rules, fixed, {}, volumes)
        digits = within.beginning(number) if keeps else None
        if digits is not None:
            self._keep(shelf or _Shelf(durations, (client.id, table, groups, rules, statics)), digits, offer)
        return offer

    def _find(self, durations: Histogram, whose: _Whose, number: str, at_ms: int) -> tuple[_Shelf | None, Offer | None]:
        shelves = self._shelves.get(durations)
        shelf = shelves.get(whose) if shelves is not None else None
        # what is no number may begin like one
        known = shelf.find(number, at_ms) if shelf is not None and number.isascii() and number.isdigit() else None
        return shelf, known

    def _groups(self, tables: tuple[PlanTable, ...], table: PlanTable, caller: str, at_ms: int) -> tuple[str, ...]:
        """Return the caller's origin group in the sell plan and in each buy plan; _ANY where none has groups."""
        if tables not in self._callers:
            each = [bought.callers for bought in tables]
            self._callers[tables] = JoinedCallers(each) if any(each) else None
        bought = self._callers[tables]
        if bought is None and table.callers is None:
            return _ANY
        sold = "" if table.callers is None else table.callers.group_of(caller, at_ms)
        return (sold, *(bought.groups_of(caller, at_ms) if bought is not None else ("",) * len(tables)))

    def _ranked(
        self,
        candidates: Candidates,
        sold: Sold,
        numbers: tuple[str, ...],
        durations: Histogram,
        at_ms: int,
        fx: FxTable,
        within: Extent,
        origins: tuple[str, ...],
    ) -> Ranking:
        origins = origins or ("",) * len(candidates.tables)
        asked = zip(candidates.tables, numbers, origins, strict=True)
        priced = tuple([price_at(bought, number, at_ms, within, origin) for bought, number, origin in asked])
        rates = tuple([fx.rate_at(bought.rules.currency, at_ms) for bought in candidates.tables])
        within.narrow_moments(*fx.same_rates(at_ms))
        return self._rank(sold, candidates, priced, rates, durations)

    def _rank(
        self,
        sold: Sold,
        candidates: Candidates,
        priced: tuple[Priced | None, ...],
        rates: tuple[int | None, ...],
        durations: Histogram,
    ) -> Ranking:
        return rank(sold, candidates, priced, rates, durations, self._costs)

    def _keep(self, shelf: _Shelf, digits: str, offer: Offer) -> None:
        place = shelf, digits
        self._forget_gone()  # and so there is room while any are left
        if place not in self._kept and len(self._kept) >= self._limit:
            self._forget_oldest()
        self._kept[place] = None
        self._kept.move_to_end(place)  # an offer whose time was over may have stood there: this one is new
        self._shelves.setdefault(shelf.durations, {})[shelf.whose] = shelf
        shelf.put(digits, offer)

    def _forget_gone(self) -> None:
        for _ in range(GONE_AT_ONCE):
            if not self._gone:
                return
            shelf = self._gone[-1]
            digits, _ = shelf.offers.popitem()
            del self._kept[shelf, digits]
            if not shelf.offers:
                self._gone.pop()

    def _forget_oldest(self) -> None:
        (shelf, digits), _ = self._kept.popitem(last=False)
        del shelf.offers[digits]
        if not shelf.offers:
            shelves = self._shelves[shelf.durations]
            del shelves[shelf.whose]
            if not shelves:
                del self._shelves[shelf.durations]

    def _enter(self, world: World) -> None:
        known = self._world
        if known is world:
            return
        self._world = world
        if known and known.quality is not world.quality:
            self._enter_board(world.quality)
        if known and known.index is world.index and known.plans is world.plans and known.panic is world.panic:
            return  # only the durations are others, and each offer is kept by those that it was made with
        self._candidates.clear()
        self._callers.clear()
        self._shelves.clear()
        self._gone.clear()
        self._kept.clear()
        self._with_lots.clear()

    def _enter_board(self, board: QualityBoard) -> None:
        """Forget what was made over durations that changed: boards come each second, and nobody asks for it again."""
        live = {PRIOR, *board.histograms.values()}
        self._costs.forget_all_but(live)
        for durations in self._shelves.keys() - live:
            self._gone += self._shelves.pop(durations).values()
