"""Which route a call tries first: static entries and splits give each its part of the calls; the order stands behind.

What is kept from call to call stays kept: only who is first is drawn for each call. Entries that are first come before
all; a policy's split speaks where none is. Who has had its part "at most" stands behind all others for that call.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from math import lcm

from domain.ids import DestinationId, PartnerId, TrunkId
from domain.policies.rules import Rules
from domain.policies.spread import Contest, Spreader, Sticky, kept_by
from domain.policies.statics import Fixed, Place, Static, StaticId
from domain.quick import quick
from domain.ranking import Part, Ranked, Ranking, cut, listed
from domain.taken import Taken

MAX_SHARE = "max share"
"""How the names of what policies say of shares begin: no entry's name has a space. Another share counts anew."""
MOST_LESS = 16
"""Sets of full trunks for which lots are kept beside those of all."""
MOST_MADE = 256
"""Orders of one ranking that are kept; with many vendors that reach their parts there may be more."""
TOLD = 8
"""Vendors whose shares are told at most: it stands in the record of every call."""


@quick
@dataclass(frozen=True, slots=True)
class Caller:
    """Whose call it is and who calls whom, for counts and for what calls stick to."""

    client: PartnerId
    destination: DestinationId
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A ranking as one call takes it, and what was drawn, in words."""

    ranking: Ranking
    words: str = ""


_Capped = tuple[str, PartnerId]
"""An entry that says "at most", and one of its vendors."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Routes of which one is drawn to be the first: each with its weight and its bids, in their order.

    `contest` is in the order of names, since turns are counted by it and the order of routes changes. `shares`: told of
    it. `moving`: the weights follow the figures of a formula.
    """

    contest: Contest
    bids: tuple[tuple[Ranked, ...], ...]
    capped: tuple[_Capped | None, ...]
    static: bool
    shares: str
    moving: bool = False

    def without(self, over: frozenset[_Capped]) -> "_Group":
        """Return the group without those that have had their part."""
        kept = [place for place, capped in enumerate(self.capped) if capped is None or capped not in over]
        if len(kept) == len(self.capped):
            return self
        contest = tuple([self.contest[place] for place in kept])
        bids, capped = tuple([self.bids[place] for place in kept]), tuple([self.capped[place] for place in kept])
        return _Group(contest, bids, capped, self.static, _shares(contest), self.moving)


class Lots:
    """A ranking, ready to be drawn from: made once for all calls that get the ranking.

    `behind`: vendors that stand last for their quality, whatever entries and splits say of them. Who is on trial has
    its part of the calls by that alone (Ranking.parts), and stands where the order puts it for the others; what an
    entry says of "at most" holds for tries, too.
    """

    __slots__ = (
        "_behind", "_entries", "_fixed", "_less", "_made", "_open", "_tried", "caps", "groups", "order", "ranking",
        "rules",
    )  # fmt: skip

    def __init__(
        self, ranking: Ranking, fixed: Fixed | None, rules: Rules, behind: frozenset[PartnerId] = frozenset()
    ) -> None:
        self.ranking, self.rules, self._behind, self._fixed = ranking, rules, behind, fixed
        tried = tuple(bid for part in ranking.parts for bid in part.ranking.bids if bid.vendor.id == part.vendor)
        bids = {bid.trunk.id: bid for bid in (*ranking.bids, *tried)}.values()
        self._entries = {bid.trunk.id: fixed.of(bid.vendor.id, bid.trunk.id) if fixed else None for bid in bids}
        self._tried = {part.vendor for part in ranking.parts}
        self._less: dict[frozenset[TrunkId], Lots] = {}
        self.caps: dict[_Capped, Static] = {}
        for bid in bids:
            entry = self._cap(bid)
            if entry is not None:
                self.caps[entry.id, bid.vendor.id] = entry
        named = (pair for pair in self._with(Place.FIRST) if pair[1].vendor.id not in self._tried)
        firsts = sorted(named, key=lambda pair: pair[0].priority)
        lasts = sorted(self._with(Place.LAST), key=lambda pair: pair[0].priority)
        put = {bid.trunk.id for _, bid in (*firsts, *lasts)}
        middle = tuple(bid for bid in ranking.bids if bid.trunk.id not in put and bid.vendor.id not in behind)
        bad = (bid for bid in ranking.bids if bid.vendor.id in behind)
        self.order = (*(bid for _, bid in firsts), *middle, *(bid for _, bid in lasts), *bad)
        self.groups = [self._entered(list(group)) for _, group in groupby(firsts, key=lambda pair: pair[0].priority)]
        split = self._split(middle)
        if split is not None:
            self.groups.append(split)
        self._open: dict[frozenset[_Capped], _Group | None] = {}
        self._made: dict[tuple[frozenset[_Capped], int], Ranking] = {}

    def without(self, full: frozenset[TrunkId]) -> "Lots":
        """Return the lots of a call that some trunks are too full for."""
        found = self._less.get(full)
        if found is None:
            ranking = self.ranking
            bids = tuple(bid for bid in ranking.bids if bid.trunk.id not in full)
            routes = listed(bids, ranking.max_routes, ranking.stop_bp)
            if len(self._less) >= MOST_LESS:
                self._less.clear()
            found = Lots(replace(ranking, bids=bids, routes=routes), self._fixed, self.rules, self._behind)
            self._less[full] = found
        return found

    def has_had_its_part(self, part: Part, over: "frozenset[_Capped]") -> bool:
        """Say whether an entry lets the vendor of a part be first no more."""
        return any(self.capped(bid) in over for bid in part.ranking.routes[:1])

    def _with(self, place: Place) -> Iterable[tuple[Static, Ranked]]:
        for bid in self.ranking.bids:
            entry = self._entries[bid.trunk.id]
            if entry is not None and entry.place is place and bid.vendor.id not in self._behind:
                yield entry, bid

    def _entered(self, pairs: Sequence[tuple[Static, Ranked]]) -> _Group:
        bids: dict[Static, list[Ranked]] = {}
        for entry, bid in pairs:
            bids.setdefault(entry, []).append(bid)
        weights = self._weights({entry: its[0].vendor.id for entry, its in bids.items()})
        named = sorted(
            ((_name(entry, its), weights[entry], tuple(its)) for entry, its in bids.items()), key=lambda one: one[0]
        )
        return _group([(name, weight) for name, weight, _ in named], [its for _, _, its in named], self, static=True)

    def _weights(self, vendors: Mapping[Static, PartnerId]) -> dict[Static, int]:
        """Return the weights of entries of one priority: their own, or, where none has any, those of the policy's split
        that names all of their vendors; entries of one vendor share its part."""
        split = self.rules.split
        own = any(entry.weight != 1 for entry in vendors)
        if own or split is None or not all(split.weights.get(vendor) for vendor in vendors.values()):
            return {entry: entry.weight for entry in vendors}
        entries = Counter(vendors.values())
        whole = lcm(*entries.values())
        return {entry: split.weights[vendor] * whole // entries[vendor] for entry, vendor in vendors.items()}

    def _split(self, middle: tuple[Ranked, ...]) -> _Group | None:
        """Return the vendors among whom the policy's split is drawn; None where there is no split, or nobody of it."""
        split = self.rules.split
        if split is None:
            return None
        among = middle if split.weights else listed(middle, self.ranking.max_routes)
        vendors = {bid.vendor.id for bid in among} - self._tried
        by = dict(self.ranking.weights)
        weights = {vendor: by.get(vendor, 0) if split.by else split.weight_of(vendor) for vendor in sorted(vendors)}
        contest = tuple((vendor, weight) for vendor, weight in weights.items() if weight)
        if not contest:
            return None
        bids = [tuple(bid for bid in middle if bid.vendor.id == vendor) for vendor, _ in contest]
        return replace(_group(contest, bids, self, static=False), moving=split.by is not None)

    def capped(self, bid: Ranked) -> _Capped | None:
        """Return what counts a route, where an entry, or else the policy, says how often it may be first."""
        entry = self._cap(bid)
        return (entry.id, bid.vendor.id) if entry is not None else None

    def _cap(self, bid: Ranked) -> Static | None:
        """Return what says how often a route may be first: an entry before the policy, which is as an entry then."""
        entry = self._entries[bid.trunk.id]
        if entry is not None and entry.at_most_bp is not None:
            return entry
        most_bp = self.rules.max_share.get(bid.vendor.id)
        if most_bp is None:
            return None
        return Static(StaticId(f"{MAX_SHARE} {most_bp}"), Place.ANY, vendor=bid.vendor.id, at_most_bp=most_bp)

    def drawn_from(self, over: frozenset[_Capped]) -> _Group | None:
        """Return the group of which one is first, where some have had their parts; None: the order says who is."""
        if over not in self._open:
            left = (group.without(over) for group in self.groups)
            self._open[over] = next((group for group in left if group.contest), None)
        return self._open[over]

    def with_first(self, over: frozenset[_Capped], group: _Group | None, place: int) -> Ranking:
        """Return the ranking with one of a group first, and behind all others who have had their parts."""
        key = over, place if group is not None else -1
        made = self._made.get(key)
        if made is None:
            made = self._arranged(over, group.bids[place] if group is not None else ())
            if len(self._made) >= MOST_MADE:
                self._made.clear()
            self._made[key] = made
        return made

    def _arranged(self, over: frozenset[_Capped], first: tuple[Ranked, ...]) -> Ranking:
        drawn = {bid.trunk.id for bid in first}
        rest = [bid for bid in self.order if bid.trunk.id not in drawn]
        late = [bid for bid in rest if self.capped(bid) in over]
        ordered = (*first, *(bid for bid in rest if self.capped(bid) not in over), *late)
        ranking, known = self.ranking, {bid.trunk.id for bid in ordered}
        out = tuple(one for one in ranking.left_out if one.trunk is None or one.trunk not in known)
        leader = next(iter(ranking.bids), None)
        routes = listed(ordered, ranking.max_routes, ranking.stop_bp, leader)
        shown = (*out, *cut(ordered, ranking.max_routes, ranking.stop_bp, leader))
        return replace(ranking, routes=routes, bids=ordered, left_out=shown)


def draw(
    lots: Lots,
    spreader: Spreader,
    call: Caller,
    over: frozenset[_Capped],
    taken: Taken,
    before: Taken | None = None,
) -> Drawn:
    """Return the ranking as one call takes it, and count it; `over`: those who `had_parts`.

    `before`: what the same question took when it was asked first.
    """
    if not lots.ranking.routes:
        return Drawn(lots.ranking)
    group, place = lots.drawn_from(over), 0
    words: list[str] = []
    if group is not None:
        stuck = _stuck(lots.rules, call, group)
        if len(group.contest) == 1:
            words += _alone(group)
        elif stuck is not None:
            place = stuck[0]
            words.append(f"{group.contest[place][0]} first{_by(group)}{stuck[1]}")
        else:
            place, turns = spreader.take(
                call.client, call.destination, group.contest, taken, before, moving=group.moving
            )
            had = f"its turn, {turns.sent[place]} of {turns.calls} calls"
            words.append(f"{group.contest[place][0]} first{_by(group)}: {had}, {group.shares}")
    ranking = lots.with_first(over, group, place)
    if lots.caps:
        words += count_parts(lots, spreader, call, lots.capped(ranking.routes[0]), over, taken)
    return Drawn(ranking, "; ".join(words))


def undrawn(lots: Lots, call: Caller) -> Drawn:
    """Return the ranking as most calls take it, with the shares instead of a draw: nothing is counted."""
    group = lots.drawn_from(frozenset())
    words: list[str] = []
    place = 0
    if group is not None and lots.ranking.routes:
        stuck = _stuck(lots.rules, call, group)
        if len(group.contest) == 1:
            words += _alone(group)
        elif stuck is not None:
            place = stuck[0]
            words.append(f"{group.contest[place][0]} first{_by(group)}{stuck[1]}")
        else:
            place = max(range(len(group.contest)), key=lambda at: (group.contest[at][1], -at))
            words.append(f"who is first is drawn for each call{_by(group)}: {group.shares}")
    words += [f"{vendor} at most {_percent(entry)} by {_whose(entry)}" for (_, vendor), entry in _some(lots)]
    return Drawn(lots.with_first(frozenset(), group, place) if lots.ranking.routes else lots.ranking, "; ".join(words))


def had_parts(lots: Lots, spreader: Spreader, call: Caller) -> frozenset[_Capped]:
    """Return who has had its part. Where all routes have, the one that is the least beyond it may go all the same."""
    if not lots.caps:
        return frozenset()
    counts = {capped: spreader.at_most(call.client, call.destination, *capped) for capped in lots.caps}
    over = {capped for capped, count in counts.items() if count.over(lots.caps[capped].at_most_bp or 0)}
    if over and all(capped in over for capped in map(lots.capped, lots.order)):
        there = [capped for capped in map(lots.capped, lots.order) if capped is not None]
        if there:
            over.discard(min(there, key=lambda one: (counts[one].sent + 1) * 10**8 // (lots.caps[one].at_most_bp or 1)))
    return frozenset(over)


def count_parts(
    lots: Lots, spreader: Spreader, call: Caller, first: _Capped | None, over: frozenset[_Capped], taken: Taken
) -> list[str]:
    """Count a call for all entries that say how often a vendor may be first; say it of those that it is about."""
    words: list[str] = []
    for capped, entry in lots.caps.items():
        count = spreader.at_most(call.client, call.destination, *capped)
        count.count(first=capped == first)
        taken.add(partial(count.give_back, first=capped == first))
        if (capped in over or capped == first) and len(words) < TOLD:
            had = f"{count.sent} of {count.calls} calls, at most {_percent(entry)}"
            stands = "first" if capped == first else "behind the others"
            words.append(f"{capped[1]} {stands} by {_whose(entry)}: {had}")
    return words


def _alone(group: _Group) -> list[str]:
    """Say who is first where nothing is drawn; where an entry says how often it may be, that is told with its count."""
    return [] if group.capped[0] is not None else [f"{group.contest[0][0]} first{_by(group)}"]


def _stuck(rules: Rules, call: Caller, group: _Group) -> tuple[int, str] | None:
    if rules.sticky is None:
        return None
    number = call.a if rules.sticky is Sticky.CALLER else call.b
    if not number:
        return None  # who does not show a number takes turns
    return kept_by(number, group.contest), f": {rules.sticky} {number} stays with it, {group.shares}"


def _group(
    contest: Sequence[tuple[str, int]], bids: Sequence[tuple[Ranked, ...]], lots: Lots, *, static: bool
) -> _Group:
    capped = tuple([lots.capped(its[0]) for its in bids])
    return _Group(tuple(contest), tuple(bids), capped, static, _shares(contest))


def _shares(contest: Sequence[tuple[str, int]]) -> str:
    total = sum(weight for _, weight in contest)
    told = ", ".join(f"{name} {100 * weight / total:.2f} %" for name, weight in contest[:TOLD])
    more = len(contest) - TOLD
    return f"shares {told}" + (f" and {more} more" if more > 0 else "")


def _by(group: _Group) -> str:
    return " by static entries" if group.static else " by the policy's split"


def _name(entry: Static, bids: Sequence[Ranked]) -> str:
    return bids[0].trunk.id if entry.trunk is not None else bids[0].vendor.id


def _whose(entry: Static) -> str:
    return "the policy's max_share" if entry.id.startswith(MAX_SHARE) else f"static entry {entry.id}"


def _percent(entry: Static) -> str:
    return f"{(entry.at_most_bp or 0) / 100:.2f} %"


def _some(lots: Lots) -> list[tuple[_Capped, Static]]:
    return list(lots.caps.items())[:TOLD]
