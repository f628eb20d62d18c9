"""The static routing table of a client: for switches that ask nobody and only read a file.

The order of the vendors is that of every other door: the same ranking, for each code that any of the plans tells apart.
A file cannot tell callers apart: where plans have origin groups its routes are those of a caller without a number.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from domain.attribution import DirectoryIndex
from domain.decisions import Decision
from domain.directory import Direction, PartnerStatus, Trunk
from domain.ids import PartnerId, SwitchId, TrunkId
from domain.intervals import WIDTH, ColumnPlan, nest
from domain.money import Currency, decimal_text
from domain.policies.rules import GENERIC
from domain.rank_cache import Offer, RankCache
from domain.ranking import Ranked, Ranking
from domain.rates import PlanTable
from domain.routing import RoutedCall, call_to
from domain.world import World


@dataclass(frozen=True, slots=True)
class TableRoute:
    """One vendor of a row, in the order to try them. Prices are decimal text per minute in the vendor's currency."""

    rank: int
    vendor: PartnerId
    trunk: TrunkId
    name: str
    prefix: str
    host: str
    port: int
    transport: str
    price: str
    currency: Currency


@dataclass(frozen=True, slots=True)
class TableRow:
    """A code and its routes; none: calls to it must not go, though a shorter code has routes."""

    code: str
    destination: str
    routes: tuple[TableRoute, ...]


def table_trunks(index: DirectoryIndex, switch: SwitchId, client: str = "") -> list[Trunk]:
    """Return the enabled trunks by which clients come in at a switch, by id: each has a table of its own."""
    found = [
        trunk
        for trunk in index.directory.trunks.values()
        if trunk.direction is Direction.IN
        and trunk.enabled
        and trunk.switch in (None, switch)
        and client in ("", trunk.partner)
        and index.partner_of(trunk).status is PartnerStatus.ACTIVE
    ]
    return sorted(found, key=lambda trunk: trunk.id)


@dataclass(frozen=True, slots=True)
class CodeRanking:
    """A code, a number of which it is the longest code that anything tells apart, and how calls to it are routed.

    `offer` None: they are not sold; `ranking` None too.
    """

    code: str
    number: str
    call: RoutedCall
    offer: Offer | None = None
    ranking: Ranking | None = None


def code_rankings(
    trunk: Trunk, world: World, at_ms: int, wanted: Callable[[str], bool] = lambda number: True
) -> Iterator[CodeRanking]:
    """Yield how calls by a trunk are routed at a moment, code after code as text.

    `wanted`: which codes, by a number of each.
    """
    client, cache = world.index.partner_of(trunk), RankCache()
    plan = trunk.plan or client.sell_plan
    sell = world.plans.get(plan) if plan else None
    if sell is None:
        return
    # the reference book too: what a call really costs depends on its destination's durations, its policies on itself
    more = world.index.statics.codes().union(world.index.volumes.codes(), world.codes.all_codes())
    for code, number in _codes([sell, *cache.candidates(client, GENERIC, world).tables], more):
        if wanted(number):
            call = call_to(number, trunk, world, at_ms)
            found = call.ranked(cache)
            offer, ranking = (None, None) if isinstance(found, Decision) else found
            yield CodeRanking(code, number, call, offer, ranking)


def table_rows(trunk: Trunk, world: World, at_ms: int) -> Iterator[TableRow]:
    """Yield the rows of a trunk's table at a moment, sorted by code as text.

    A code whose routes are those of the next shorter code in the table is left out: a switch takes the longest match.
    """
    above: list[tuple[str, tuple[TableRoute, ...]]] = []
    for one in code_rankings(trunk, world, at_ms):
        code = one.code
        found = one.ranking.routes if one.ranking is not None else ()
        routes = tuple(_route(ranked, rank) for rank, ranked in enumerate(found, 1))
        while above and not code.startswith(above[-1][0]):
            above.pop()
        if routes != (above[-1][1] if above else ()):
            above.append((code, routes))
            yield TableRow(code, world.codes.name_of(one.call.destination), routes)


def _codes(tables: Iterable[PlanTable], more: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each code that some plan, or `more`, tells apart with a number (15 digits) of which it is the longest.

    Sorted as text. A code that longer ones cover wholly has no such number and is left out.
    """
    codes = sorted({code for table in tables for code in _codes_of(table)}.union(more))
    starts, owner, _ = nest(codes)
    first: dict[int, int] = {}
    for start, code in zip(starts, owner, strict=True):
        if code >= 0:
            first.setdefault(code, start)
    for code in sorted(first):
        yield codes[code], f"{first[code]:0{WIDTH}d}"


def _codes_of(table: PlanTable) -> Iterator[str]:
    assert isinstance(table, ColumnPlan), "every plan is columns"
    return (table.code_text(code) for code in range(len(table.columns.codes)))


def _route(ranked: Ranked, rank: int) -> TableRoute:
    trunk = ranked.trunk
    return TableRoute(
        rank=rank,
        vendor=ranked.vendor.id,
        trunk=trunk.id,
        name=trunk.name,
        prefix=trunk.rules.tech_prefix,
        host=trunk.host,
        port=trunk.port,
        transport=trunk.options.transport,
        price=decimal_text(ranked.row.terms.next_price, 4),
        currency=ranked.currency,
    )
