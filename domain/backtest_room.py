"""How many calls at once, and a second, a back-test needs of vendors, trunks and limits, and where that is too many.

A call is open from its setup to its end at each vendor that is tried. What is needed is told as if nobody were held
up: those that come while a limit is full are counted; where they go on to, backtest_overflow says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.directory import Direction, Directory
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.limits import Limit
from domain.profiles import boundaries

HOUR_MS = 3_600_000


class Room(StrEnum):
    """What holds calls."""

    VENDOR = "vendor"
    TRUNK = "trunk"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Bound:
    """So much a vendor, trunk or limit takes, None: no bound. What is named (None, "": any) says which calls count;
    `limit`: one that holds in a part of the week alone."""

    room: Room
    name: str
    vendor: PartnerId | None = None
    trunk: TrunkId | None = None
    client: PartnerId | None = None
    destination: DestinationId | None = None
    code: str = ""
    max_calls: int | None = None
    max_cps: int | None = None
    limit: Limit | None = None
    trunk_in: TrunkId | None = None

    @property
    def bounded(self) -> bool:
        """Say whether it takes no more than so much."""
        return self.max_calls is not None or self.max_cps is not None

    def holds(self, at_ms: int) -> bool:
        """Say whether it is to be kept at a moment."""
        return self.limit is None or self.limit.holds(at_ms)

    def counts(self, vendor: PartnerId, trunk: TrunkId, call: "Counted") -> bool:
        """Return whether a call counts at a vendor's trunk."""
        named = (self.vendor, self.trunk, self.client, self.trunk_in, self.destination)
        its = (vendor, trunk, call.client, call.trunk, call.destination)
        return all(one in (None, of) for one, of in zip(named, its, strict=True)) and call.b.startswith(self.code)

    def edges(self, from_ms: int, until_ms: int) -> list[tuple[int, bool]]:
        """Return from when on the bound is to be kept, or is not, beginning with `from_ms`."""
        if self.limit is None or self.limit.part is None:
            return [(from_ms, True)]
        moments = (from_ms, *boundaries(self.limit.part, from_ms, until_ms))
        return [(at_ms, self.limit.holds(at_ms)) for at_ms in moments]


class Counted(NamedTuple):
    """What limits look at of a call: whose it is, by which trunk it came, and the number (`b`) that was dialled."""

    client: PartnerId
    trunk: TrunkId
    destination: DestinationId
    b: str


class HourKey(NamedTuple):
    """What is used, in which hour (UTC ms)."""

    room: Room
    name: str
    hour_ms: int


class Use(NamedTuple):
    """The most calls at once and in one second, and how many came while the bound was met, each as it was and as it
    would be (`…_now`) if nobody went on."""

    calls: int = 0
    calls_now: int = 0
    cps: int = 0
    cps_now: int = 0
    over: int = 0
    over_now: int = 0
    fast: int = 0
    fast_now: int = 0

    def plus(self, other: "Use") -> "Use":
        """Return the use of two parts of one hour: no call is in both, and the most is that of either."""
        peaks = (max(one, its) for one, its in zip(self[:4], other[:4], strict=True))
        return Use(*peaks, *(one + its for one, its in zip(self[4:], other[4:], strict=True)))

    @property
    def broken(self) -> bool:
        """Say whether more came than may."""
        return bool(self.over_now or self.fast_now)


@dataclass(frozen=True, slots=True)
class RoomSums:
    """What a vendor, trunk or limit is used in all: `use` of all hours, `hours` those in which its bound would be
    broken, `peak_ms` the hour in which most calls at once would be."""

    bound: Bound
    use: Use
    peak_ms: int
    hours: tuple[tuple[int, Use], ...]


def bounds_of(directory: Directory) -> list[Bound]:
    """Return all that back-tests look at: every vendor, its trunks, and the limits that name one of these."""
    out = [trunk for trunk in directory.trunks.values() if trunk.direction is Direction.OUT]
    vendors = sorted({trunk.partner for trunk in out})
    found = [Bound(Room.VENDOR, vendor, vendor=vendor) for vendor in vendors]
    found += [
        Bound(
            Room.TRUNK, trunk.id, vendor=trunk.partner, trunk=trunk.id, max_calls=trunk.max_calls, max_cps=trunk.max_cps
        )
        for trunk in sorted(out, key=lambda trunk: trunk.id)
    ]
    names = {trunk.id for trunk in out}
    for limit in directory.limits:
        named = limit.vendor is not None or limit.trunk in names
        if limit.enabled and named and (limit.max_calls is not None or limit.max_cps is not None):
            trunk, trunk_in = (limit.trunk, None) if limit.trunk in names else (None, limit.trunk)
            found.append(
                Bound(
                    Room.LIMIT, limit.id, limit.vendor, trunk, limit.client, limit.destination, limit.code,
                    limit.max_calls, limit.max_cps, limit, trunk_in,
                )
            )  # fmt: skip
    return found


def added(one: Mapping[HourKey, Use], other: Mapping[HourKey, Use]) -> Mapping[HourKey, Use]:
    """Return the use of two parts, which are of different moments."""
    if not one or not other:
        return one or other
    summed = dict(one)
    for key, use in other.items():
        summed[key] = summed[key].plus(use) if key in summed else use
    return summed


def meets_bounds(uses: Mapping[HourKey, Use]) -> bool:
    """Say whether calls come that find no room."""
    return any(use.broken for use in uses.values())


def rooms(uses: Mapping[HourKey, Use], bounds: Iterable[Bound]) -> list[RoomSums]:
    """Return what is used of each, those that are broken first, then the fullest."""
    by_name: dict[tuple[Room, str], list[tuple[int, Use]]] = {}
    for key, use in uses.items():
        by_name.setdefault((key.room, key.name), []).append((key.hour_ms, use))
    found = []
    for bound in bounds:
        hours = sorted(by_name.get((bound.room, bound.name), ()))
        if not hours:
            continue
        use = Use()
        for _, each in hours:
            use = use.plus(each)
        peak_ms = max(hours, key=lambda hour: (hour[1].calls_now, -hour[0]))[0]
        found.append(RoomSums(bound, use, peak_ms, tuple(one for one in hours if one[1].broken)))
    return sorted(found, key=_worst)


def _worst(one: RoomSums) -> tuple[bool, int, float, str, str]:
    full = one.use.calls_now / one.bound.max_calls if one.bound.max_calls else 0.0
    return not one.use.broken, -one.use.over_now - one.use.fast_now, -full, one.bound.room, one.bound.name
