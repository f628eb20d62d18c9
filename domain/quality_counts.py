"""All that is counted of calls: a series for each vendor and client by destination, country and everywhere, and each
destination; the calls that are open; the vendors' minutes by day. Derived from legs, and refilled from them.

For states of routes (domain.route_states): `end` gives the destinations and series a leg counts in, `series` of
`route_key(vendor, destination)` yields the last calls of a route by `calls()`, each to be read by
`domain.quality_calls.outcome_of`.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from sys import intern
from typing import TypeAlias

from domain.calls import Side
from domain.ids import DestinationId, LegId, PartnerId, TrunkId
from domain.quality import DAY_MS, KEPT_DAYS, LegBegun, LegSeen
from domain.quality_calls import can_be_packed, packed, unpacked
from domain.quality_figures import UNKNOWN, Figures
from domain.quality_leaning import leaned
from domain.quality_series import Series, Tally, begins_s, horizon_s
from domain.quality_windows import SPANS, Window

Key: TypeAlias = tuple[Side, str, int | str]
"""Whose calls: the side; the partner, "" for all; the destination, or the country (ISO 3166 alpha-2), "" for all; or a
trunk, or a client's calls of a product to a destination, as `trunk_key` and `product_key` write them."""
TRUNK, PRODUCT = "trunk/", "product/"
"""How what is no country begins."""
PARENT_WINDOW = SPANS["24h"]
"""What figures of few calls lean on is counted over a day."""

FOR_EVER_S = 2**62
SLICE = 5_000
"""Series that are looked at before others may ask something."""
MOST_PARENTS = 50_000
"""Counts of as many series that others lean on are kept at once."""


@dataclass(frozen=True, slots=True)
class SeriesFilled:
    """A series as a task made it from the books: outcomes in order, their charges, rows by tier."""

    key: Key
    calls: "array[int]"
    charges: "array[int]"
    rows: tuple[tuple[int, "array[int]"], ...] = ()


def route_key(vendor: PartnerId, destination: DestinationId) -> Key:
    """Return whose calls those of a vendor to a destination are."""
    return Side.VENDOR, vendor, destination


def trunk_key(side: Side, partner: str, trunk: str) -> Key:
    """Return whose calls those by a trunk are."""
    return side, partner, f"{TRUNK}{trunk}"


def product_key(client: str, product: str | None, destination: DestinationId) -> Key:
    """Return whose calls a client's by trunks of a product ("": of none; None: by any) to a destination are."""
    return Side.CLIENT, client, destination if product is None else f"{PRODUCT}{product}/{destination}"


def keys_of(
    side: Side,
    partner: PartnerId,
    destination: DestinationId,
    country: str,
    trunk: str = "",
    product: str | None = None,
) -> tuple[Key, ...]:
    """Return all series in which a leg counts; the first is that of its partner to its destination.

    `product`: of a client's leg whose trunks are told apart by that.
    """
    keys: list[Key] = [(side, partner, destination), (side, partner, "")]
    if side is Side.VENDOR:
        keys += [(side, "", destination), *([(side, partner, country)] if country else [])]
    elif product is not None:
        keys.append(product_key(partner, product, destination))
    if trunk:
        keys.append(trunk_key(side, partner, trunk))
    return tuple(keys)


class QualityCounts:
    """What is counted. Invariant: a leg counts once in each of its series, whether it was heard or filled in.

    `changed`: destinations of which something was counted since they were last taken from there.
    """

    def __init__(
        self, country_of: Callable[[DestinationId], str], product_of: Callable[[TrunkId], str | None] = lambda _: None
    ) -> None:
        self._country_of, self._product_of = country_of, product_of
        self._series: dict[Key, Series] = {}
        self._open: dict[LegId, tuple[LegBegun, tuple[Key, ...]]] = {}
        self._open_by: dict[Key, dict[LegId, int]] = {}
        self._talk_s: dict[PartnerId, dict[int, int]] = {}
        self._partners: dict[tuple[Side, DestinationId], set[PartnerId]] = {}
        self._parents: dict[Key, Tally] = {}
        self.changed: set[DestinationId] = set()

    def begin(self, leg: LegBegun) -> None:
        """Count an open leg; what is said of it again replaces what was said."""
        self.forget(leg.leg_id)
        keys = self._keys(leg)
        self._open[leg.leg_id] = leg, keys
        for key in keys:
            self._open_by.setdefault(key, {})[leg.leg_id] = leg.setup_ms // 1000 if leg.answered else -1
        self._meet(leg)

    def end(self, leg: LegSeen, now_ms: int) -> None:
        """Count a leg that is over."""
        self.forget(leg.leg_id)
        if not can_be_packed(leg) or leg.setup_ms > now_ms + DAY_MS:
            return
        bits, now_s = packed(leg), now_ms // 1000
        if unpacked(bits).end_s >= horizon_s(now_s):
            for key in self._keys(leg):
                self._series_of(key).add(bits, leg.base_charge, now_s)
            self._meet(leg)
        if leg.side is Side.VENDOR and leg.answered:
            self._talk(leg.partner, leg.setup_ms // DAY_MS, (leg.duration_ms + 500) // 1000)

    def fill(self, filled: Iterable[SeriesFilled]) -> None:
        """Take series that a task made; nothing of them was counted before."""
        for one in filled:
            self._series_of(one.key).fill(one.calls, one.charges, one.rows)
            side, partner, where = one.key
            if partner and isinstance(where, int):
                self._partners.setdefault((side, DestinationId(where)), set()).add(PartnerId(intern(partner)))
                self.changed.add(DestinationId(where))

    def fill_talk(self, vendor: PartnerId, day: int, talk_s: int) -> None:
        """Take the seconds that a vendor's calls of a UTC day lasted."""
        self._talk(vendor, day, talk_s)

    def partners(self, side: Side, destination: DestinationId) -> list[PartnerId]:
        """Return who has calls to a destination, in order of names."""
        return sorted(self._partners.get((side, destination), ()))

    def destinations(self) -> list[DestinationId]:
        """Return the destinations that any calls went to."""
        return sorted({destination for _, destination in self._partners})

    def known_since(self, side: Side, since_s: int) -> Iterator[list[Key]]:
        """Yield whose calls of a side ended since a second, or are open; slice by slice of all that are known."""
        keys, known, still = list(self._series), list(self._series.values()), self._open_by
        for at in range(0, len(keys), SLICE):
            some = zip(keys[at : at + SLICE], known[at : at + SLICE], strict=True)
            yield [key for key, its in some if key[0] is side and (its.newest_s >= since_s or key in still)]
        yield [key for key in still if key[0] is side and key not in self._series]

    def latest_s(self, key: Key) -> int:
        """Return the second of the last that is known of a series: endless while a call is open."""
        series = self._series.get(key)
        return FOR_EVER_S if key in self._open_by else 0 if series is None else series.newest_s

    def open_setups(self, key: Key) -> list[int]:
        """Return when the open answered calls were set up, seconds."""
        return [setup_s for setup_s in self._open_by.get(key, {}).values() if setup_s >= 0]

    def series(self, key: Key) -> Series | None:
        """Return a series; None where nothing is known."""
        return self._series.get(key)

    def goes_on(self, leg_id: LegId) -> bool:
        """Say whether a leg is known as open and answered."""
        found = self._open.get(leg_id)
        return found is not None and found[0].answered

    def tally(self, key: Key, window: Window, now_ms: int) -> Tally:
        """Return the counts of ended calls."""
        series = self._series.get(key)
        return Tally() if series is None else series.tally(window, now_ms // 1000)

    def answers(self, key: Key, window: Window, now_ms: int) -> tuple[int, int]:
        """Return how many calls there were, and how many of them were answered: open answered ones too, as in a row."""
        series, still = self._series.get(key), self.open_calls(key, window, now_ms) if key in self._open_by else 0
        attempts, answered = (0, 0) if series is None else series.answers(window, now_ms // 1000)
        return attempts + still, answered + still

    def open_calls(self, key: Key, window: Window | None = None, now_ms: int = 0) -> int:
        """Return how many calls are open; with a window those that were answered and set up in it."""
        found = self._open_by.get(key, {})
        if window is None:
            return len(found)
        # the last so many calls are those that ended
        return 0 if window.calls else sum(setup_s >= begins_s(window, now_ms // 1000) for setup_s in found.values())

    def begin_turn(self) -> None:
        """Make anew what figures lean on: it is kept while many figures are made at one moment."""
        self._parents.clear()

    def figures(self, key: Key, window: Window, now_ms: int) -> Figures:
        """Return the figures of a series over a window, leaning on its parents where they are of few calls.

        On its own last day, then the destination's, the vendor's in the country, the vendor's everywhere, UNKNOWN; each
        without the calls that are counted nearer, so that no call counts twice. What was counted since `begin_turn`
        may be missing in what it leans on.
        """
        told, day = self.tally(key, window, now_ms), self.tally(key, PARENT_WINDOW, now_ms)
        figures = UNKNOWN
        for wide, near in self._parents_of(key):
            nearer = day if near == key else self._of_a_day(near, now_ms)
            figures = leaned(self._of_a_day(wide, now_ms).without(nearer), figures)
        if window.calls or window.span_ms < PARENT_WINDOW.span_ms:
            figures = leaned(day.without(told), figures)
        return leaned(told, figures, self.open_calls(key, window, now_ms))

    def share(self, vendor: PartnerId, destination: DestinationId, now_ms: int) -> float:
        """Return the vendor's part of the destination's calls of the last hour, open answered ones too, per cent."""
        of_all = self._calls((Side.VENDOR, "", destination), now_ms)
        return 100 * self._calls(route_key(vendor, destination), now_ms) / of_all if of_all else 0

    def _calls(self, key: Key, now_ms: int) -> int:
        """Return the calls that were set up in the last hour, ended or open."""
        hour = SPANS["1h"]
        return self.tally(key, hour, now_ms).attempts + self.open_calls(key, hour, now_ms)

    def minutes(self, vendor: PartnerId, since_day: int) -> float:
        """Return the minutes that a vendor had since a UTC day, by setup."""
        return sum(talk_s for day, talk_s in self._talk_s.get(vendor, {}).items() if day >= since_day) / 60

    def forget_old(self, now_ms: int) -> int:
        """Forget series of which nothing counts any more, and open calls begun before a day ago; return how many."""
        gone = [key for key, series in self._series.items() if series.old(now_ms // 1000)]
        for key in gone:
            del self._series[key]
            side, partner, where = key
            if partner and isinstance(where, int):
                self._part(side, PartnerId(partner), DestinationId(where))
        lost = [leg_id for leg_id, (leg, _) in self._open.items() if leg.setup_ms < now_ms - DAY_MS]
        for leg_id in lost:
            self.forget(leg_id)
        for days in self._talk_s.values():
            for day in [day for day in days if day <= now_ms // DAY_MS - KEPT_DAYS - 1]:
                del days[day]
        return len(gone) + len(lost)

    def country_of(self, destination: DestinationId) -> str:
        """Return the country of a destination; "" where it is not known."""
        return self._country_of(destination)

    def __len__(self) -> int:
        return len(self._series)

    def _keys(self, leg: LegSeen | LegBegun) -> tuple[Key, ...]:
        product = self._product_of(leg.trunk) if leg.side is Side.CLIENT else None
        country = self._country_of(leg.destination)
        return keys_of(leg.side, leg.partner, leg.destination, country, leg.trunk, product)

    def _series_of(self, key: Key) -> Series:
        found = self._series.get(key)
        if found is None:
            side, partner, where = key  # names come anew with each message, and are kept once
            kept = side, intern(partner), where if isinstance(where, int) else intern(where)
            found = self._series[kept] = Series()
        return found

    def _meet(self, leg: LegSeen | LegBegun) -> None:
        self._partners.setdefault((leg.side, leg.destination), set()).add(PartnerId(intern(leg.partner)))
        self.changed.add(leg.destination)

    def _part(self, side: Side, partner: PartnerId, destination: DestinationId) -> None:
        partners = self._partners.get((side, destination), set())
        partners.discard(partner)
        if not partners:
            self._partners.pop((side, destination), None)
        self.changed.add(destination)

    def forget(self, leg_id: LegId) -> None:
        """Forget an open leg, where it is one."""
        found = self._open.pop(leg_id, None)
        if found is None:
            return
        leg, keys = found
        self.changed.add(leg.destination)
        for key in keys:
            known = self._open_by.get(key)
            if known is not None:
                known.pop(leg_id, None)
                if not known:
                    del self._open_by[key]

    def _talk(self, vendor: PartnerId, day: int, talk_s: int) -> None:
        days = self._talk_s.setdefault(vendor, {})
        days[day] = days.get(day, 0) + talk_s

    def _parents_of(self, key: Key) -> list[tuple[Key, Key]]:
        """Return what a series leans on, the farthest first; each with the one whose calls are counted nearer."""
        side, partner, where = key
        if not partner or where == "":
            return []
        everywhere: Key = side, partner, ""
        if side is Side.CLIENT or not isinstance(where, int):
            return [(everywhere, key)]
        country: Key = side, partner, self._country_of(DestinationId(where))
        of_all: Key = side, "", where
        if not country[2]:
            return [(everywhere, key), (of_all, key)]
        return [(everywhere, country), (country, key), (of_all, key)]

    def _of_a_day(self, key: Key, now_ms: int) -> Tally:
        """Return the counts of a day of what others lean on; made once a turn."""
        known = self._parents.get(key)
        if known is None:
            if len(self._parents) >= MOST_PARENTS:
                self._parents.clear()
            known = self._parents[key] = self.tally(key, PARENT_WINDOW, now_ms)
        return known
