"""At which level the table of quality is read: whose calls make a row."""

from collections.abc import Iterator
from enum import StrEnum

from domain.calls import Side
from domain.ids import DestinationId
from domain.quality_counts import PRODUCT, TRUNK, Key, QualityCounts


class Level(StrEnum):
    """A partner to a destination, a vendor to a country, a partner everywhere, all vendors to a destination, a partner
    by one of its trunks, a client's calls of a product to a destination."""

    PAIR = "pair"
    COUNTRY = "country"
    PARTNER = "partner"
    DESTINATION = "destination"
    TRUNK = "trunk"
    PRODUCT = "product"


def level_of(key: Key) -> Level:
    """Return the level at which a series is a row."""
    _, partner, where = key
    if not partner:
        return Level.DESTINATION
    if isinstance(where, int):
        return Level.PAIR
    if where.startswith(TRUNK):
        return Level.TRUNK
    if where.startswith(PRODUCT):
        return Level.PRODUCT
    return Level.COUNTRY if where else Level.PARTNER


def keys_at(counts: QualityCounts, side: Side, level: Level, since_s: int = 0) -> Iterator[list[Key]]:
    """Yield whose calls are the rows of a level, those without any since a second left out, slice by slice."""
    for some in counts.known_since(side, since_s):
        yield [key for key in some if level_of(key) is level]


def names_of(key: Key) -> tuple[DestinationId, str, str, str]:
    """Return the destination, country, trunk and product of a row; 0 and "" where it has none."""
    where, nowhere = key[2], DestinationId(0)
    match level_of(key):
        case Level.PAIR | Level.DESTINATION:
            return DestinationId(int(where)), "", "", ""
        case Level.TRUNK:
            return nowhere, "", str(where).removeprefix(TRUNK), ""
        case Level.PRODUCT:
            product, _, destination = str(where).removeprefix(PRODUCT).rpartition("/")
            return DestinationId(int(destination)), "", "", product
        case _:
            return nowhere, str(where), "", ""
