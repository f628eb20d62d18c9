"""Deciding as if one vendor's price were another: how far it would have had to go down, or could have gone up."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.candidates import Candidates
from domain.durations import Histogram
from domain.ids import DestinationId, TrunkId
from domain.money import half_away
from domain.rank_cache import Call, Offer, RankCache
from domain.ranking import Priced, Ranked, Ranking, Sold, worths
from domain.rates import Terms
from domain.world import World

PARTS = (0, 75, 50, 90, 25, 10)
"""Per cent of a price that are tried for one that wins, before it is found to the last digit."""
DEAREST = 10**15
"""No price is above it (10^-8 of a unit a minute): a vendor that would win even so wins at any."""


@dataclass(frozen=True, slots=True)
class Bidding:
    """What the ranking of one call was made of."""

    sold: Sold
    candidates: Candidates
    priced: tuple[Priced | None, ...]
    rates: tuple[int | None, ...]
    durations: Histogram


class Repriced(RankCache):
    """What a decision takes as its cache, in which one trunk may have another price. It keeps nothing for long.

    `bidding`: that of the last call that came as far, at the prices that are published; `ranking`: what its rules made
    of the last offer.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bidding: Bidding | None = None
        self.ranking: Ranking | None = None
        self._other: tuple[TrunkId, Terms] | None = None

    def reprice(self, trunk: TrunkId, terms: Terms) -> None:
        """Decide from now on as if this trunk's rate had these terms, and all others their own."""
        self._other = trunk, terms
        self._shelves.clear()
        self._kept.clear()
        self._gone.clear()

    def worths(self) -> tuple[Ranked, ...]:
        """Return what each vendor with a rate is worth for the last call."""
        found = self.bidding
        if found is None:
            return ()
        return worths(found.sold, found.candidates, found.priced, found.rates, found.durations, self._costs)

    def routes(self, offer: Offer, destination: DestinationId, world: World, at_ms: int, call: Call) -> Ranking:
        """Return what the rules make of an offer, and keep it in mind."""
        self.ranking = super().routes(offer, destination, world, at_ms, call)
        return self.ranking

    def _rank(
        self,
        sold: Sold,
        candidates: Candidates,
        priced: tuple[Priced | None, ...],
        rates: tuple[int | None, ...],
        durations: Histogram,
    ) -> Ranking:
        if self._other is None:
            self.bidding = Bidding(sold, candidates, priced, rates, durations)
            return super()._rank(sold, candidates, priced, rates, durations)
        trunk, terms = self._other
        own = next(one.table for one in candidates.trunks if one.trunk.id == trunk)
        found = priced[own]
        assert found is not None, "only a trunk that has a rate gets another"
        # a table of its own for this trunk: others may buy by the same plan, and keep their price
        tables = (*candidates.tables, candidates.tables[own])
        trunks = [replace(one, table=len(tables) - 1) if one.trunk.id == trunk else one for one in candidates.trunks]
        other = replace(candidates, trunks=tuple(trunks), tables=tables)
        row = found[0], replace(found[1], terms=terms)
        return super()._rank(sold, other, (*priced, row), (*rates, rates[own]), durations)


def at_price(terms: Terms, price: int) -> Terms | None:
    """Return the terms with another price of a minute, the first interval's in proportion; fees stay.

    None where only the first interval is priced, so that there is no price of a minute to be changed.
    """
    if terms.next_price:
        return replace(terms, first_price=half_away(terms.first_price * price, terms.next_price), next_price=price)
    return None if terms.first_price else replace(terms, first_price=price, next_price=price)


def dearest(wins: Callable[[int], bool], present: int) -> int | None:
    """Return the price at which it wins and with one unit more does not, None where no price that is tried wins.

    Of a price that wins it is how far it may go up, at most DEAREST. Decides some fifty times.
    """
    if wins(present):
        wanted, beyond = present, max(1, 2 * present)
        while wins(beyond):
            if beyond >= DEAREST:
                return None
            wanted, beyond = beyond, 2 * beyond
    else:
        tried = [present * part // 100 for part in PARTS]
        found = next((price for price in tried if price < present and wins(price)), None)
        if found is None:
            return None
        wanted, beyond = found, present
    while beyond - wanted > 1:
        middle = (wanted + beyond) // 2
        wanted, beyond = (middle, beyond) if wins(middle) else (wanted, middle)
    return wanted
