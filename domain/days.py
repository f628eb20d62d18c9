"""Calendar days in a zone as UTC milliseconds. Zones belong to contracts and plans; inside, time is UTC (DESIGN §6)."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.errors import InputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return the IANA zone of that name. Raises InputError when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(f"there is no zone {name!r}", mend="Give an IANA name such as Europe/Berlin or UTC.") from None


def local_ms(local: datetime, zone_name: str) -> int:
    """Return the UTC ms of a wall-clock moment in a zone.

    A moment that the clocks skip becomes the one at which they jump; of one that comes twice, the first is meant.
    """
    return (local.replace(tzinfo=zone(zone_name)).astimezone(UTC) - _EPOCH) // _MS


def midnight_ms(day: date, zone_name: str) -> int:
    """Return the UTC ms at which a day begins in a zone, also where clocks jump at midnight."""
    return local_ms(datetime(day.year, day.month, day.day), zone_name)  # noqa: DTZ001 - its zone is beside it


def local_time(at_ms: int, zone_name: str) -> datetime:
    """Return the moment (UTC ms) as an aware local time, to the millisecond."""
    return (_EPOCH + at_ms * _MS).astimezone(zone(zone_name))


def local_day(at_ms: int, zone_name: str) -> date:
    """Return the day of a moment (UTC ms) in a zone."""
    return local_time(at_ms, zone_name).date()


def day_that_begins(at_ms: int, zone_name: str, where: str) -> date:
    """Return the day that begins at a moment (UTC ms) in a zone. Raises InputError where none does: never rounded."""
    local = local_time(at_ms, zone_name)
    day = local.date()
    if midnight_ms(day, zone_name) == at_ms:
        return day
    near = [local_time(midnight_ms(one, zone_name), "UTC") for one in (day, day + timedelta(days=1))]
    told = " or ".join(f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in near)
    raise InputError(
        f"{local_time(at_ms, 'UTC'):%Y-%m-%dT%H:%M:%SZ} is {local:%H:%M:%S} on {day} in {zone_name}, no midnight",
        where=where,
        mend=f"Give a day such as {day}, or a moment at which one begins there: {told}.",
    )


def whole_days_ms(first: date, last: date, zone_name: str) -> tuple[int, int]:
    """Return the days first to last, both within, as a half-open interval of UTC ms. Days may have 23 or 25 hours."""
    if last < first:
        raise InputError(f"{last} is before {first}", where="period", mend="Give the first day, then the last.")
    return midnight_ms(first, zone_name), midnight_ms(last + timedelta(days=1), zone_name)
