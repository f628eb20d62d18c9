"""The routes of a client, destination after destination: all vendors side by side from best to worst, with margin.

Codes of a destination to which calls are routed and sold alike stand in one row.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.decisions import why_behind
from domain.directory import Trunk
from domain.ids import PartnerId, TrunkId
from domain.money import Currency
from domain.quality_figures import Figures
from domain.ranking import Ranked
from domain.route_table import CodeRanking, code_rankings
from domain.world import World

COUNTRY_LETTERS = 2
_NONE = Currency("")


@dataclass(frozen=True, slots=True)
class LcrVendor:
    """A vendor of a row. `place`: 1 the best; 0: it is out, and has no price.

    `reason`: why it is out, or stands behind the others for its quality.
    `price`: units of `currency` a minute; `cost`, `margin`: base units a real minute. `quality`: over the window of the
    policy, None where that is not counted.
    """

    place: int
    vendor: PartnerId
    trunk: TrunkId | None
    reason: str = ""
    price: int = 0
    currency: Currency = _NONE
    cost: int = 0
    margin: int = 0
    quality: Figures | None = None


@dataclass(frozen=True, slots=True)
class LcrRow:
    """Codes of one destination and who carries their calls. `sold`: units of `currency` a minute."""

    destination: str
    codes: tuple[str, ...]
    sold: int
    currency: Currency
    policy: str
    vendors: tuple[LcrVendor, ...]


@dataclass(slots=True)
class _Group:
    first: CodeRanking
    codes: list[str] = field(default_factory=list)


def lcr_rows(trunk: Trunk, world: World, at_ms: int, text: str = "", most: int = 0) -> tuple[list[LcrRow], int]:
    """Return the rows by destination, `most` of them at most (0: all), and how many there are.

    `text`: first digits of codes, a country (two letters), or a part of the destination's name; "" is all.
    """
    groups: dict[tuple[object, ...], _Group] = {}
    for one in code_rankings(trunk, world, at_ms, _wanted(text, world)):
        if one.offer is not None and one.code.startswith(text if text.isdigit() else ""):
            groups.setdefault(_alike(one), _Group(one)).codes.append(one.code)
    names = {key: world.codes.name_of(group.first.call.destination) for key, group in groups.items()}
    chosen = sorted(groups, key=lambda key: (names[key].casefold(), groups[key].codes[0]))
    rows = [_row(groups[key], names[key], world) for key in chosen[: most or None]]
    return rows, len(groups)


def _wanted(text: str, world: World) -> Callable[[str], bool]:
    if not text or text.isdigit():
        return lambda number: number.startswith(text)
    said, codes = text.casefold(), world.codes

    def named(number: str) -> bool:
        destination = codes.destination_of(number)
        if destination is None:
            return False
        if len(said) == COUNTRY_LETTERS:
            return codes.country_of(destination).casefold() == said
        return said in codes.name_of(destination).casefold()

    return named


def _alike(one: CodeRanking) -> tuple[object, ...]:
    """Return what is the same of two codes where they stand in one row."""
    assert one.offer is not None and one.ranking is not None, "only what is sold is compared"
    sold = one.offer.sold
    bids = tuple((bid.trunk.id, bid.row.terms) for bid in one.ranking.routes)
    return one.call.destination, sold.found[1].terms, bids, one.ranking.left_out, one.ranking.last


def _row(group: _Group, name: str, world: World) -> LcrRow:
    one = group.first
    assert one.offer is not None and one.ranking is not None and one.call.rules is not None, "it is sold"
    known, window = world.quality.figures(one.call.destination), one.call.rules.window
    behind = why_behind(one.ranking.last)
    vendors = [
        _vendor(place, bid, behind.get(bid.trunk.id, ""), known.vendors.get(bid.vendor.id, {}).get(window))
        for place, bid in enumerate(one.ranking.routes, 1)
    ]
    vendors += [LcrVendor(0, out.vendor, out.trunk, out.reason) for out in one.ranking.left_out]
    sold = one.offer.sold
    return LcrRow(
        name, tuple(group.codes), sold.found[1].terms.next_price, sold.table.rules.currency, one.call.rules.title,
        tuple(vendors),
    )  # fmt: skip


def _vendor(place: int, bid: Ranked, reason: str, quality: Figures | None) -> LcrVendor:
    price, cost, margin = bid.row.terms.next_price, bid.real_cost_per_min, bid.margin_per_min
    return LcrVendor(place, bid.vendor.id, bid.trunk.id, reason, price, bid.currency, cost, margin, quality)
