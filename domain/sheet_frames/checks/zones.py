"""The zone that a sheet names, and how far it is from another."""

import re
from datetime import datetime, timedelta, timezone, tzinfo

from domain.days import zone
from domain.errors import InputError

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-−])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_MOST_MIN = 14 * 60


def zone_of(text: str) -> tzinfo | None:
    """Return the zone meant by an IANA name, an abbreviation that is one, UTC+3 or +03:00; None for another text."""
    plain = text.strip()
    offset = _OFFSET.fullmatch(plain)
    if offset is not None:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        signed = minutes if offset[1] == "+" else -minutes
        return timezone(timedelta(minutes=signed)) if minutes <= _MOST_MIN else None
    try:
        return zone(plain)
    except InputError:
        return None


def apart_min(at: datetime, other: tzinfo) -> int:
    """Return by how many minutes the clocks of another zone are ahead of those of an aware moment's own."""
    theirs, ours = at.astimezone(other).utcoffset(), at.utcoffset()
    assert theirs is not None and ours is not None
    return (theirs - ours) // timedelta(minutes=1)
