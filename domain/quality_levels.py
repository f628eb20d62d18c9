"""At which level the table of quality is read: whose calls make a row."""

from collections.abc import Iterator
from enum import StrEnum

from domain.calls import Side
from domain.quality_counts import Key, QualityCounts


class Level(StrEnum):
    """A partner to a destination, a vendor to a country, a partner everywhere, all vendors to a destination."""

    PAIR = "pair"
    COUNTRY = "country"
    PARTNER = "partner"
    DESTINATION = "destination"


def level_of(key: Key) -> Level:
    """Return the level at which a series is a row."""
    _, partner, where = key
    if not partner:
        return Level.DESTINATION
    if isinstance(where, int):
        return Level.PAIR
    return Level.COUNTRY if where else Level.PARTNER


def keys_at(counts: QualityCounts, side: Side, level: Level) -> Iterator[Key]:
    """Yield whose calls are the rows of a level."""
    return (key for key in counts.all_keys() if key[0] is side and level_of(key) is level)
