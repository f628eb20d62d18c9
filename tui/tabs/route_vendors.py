"""The vendors of a destination from first to last, how each stands and how it went: the courses of ASR and ACD."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from protos import explaining_pb2, looking_pb2, operators_pb2
from protos import quality_pb2 as pb
from protos import route_tree_pb2 as tree
from tui import formats
from tui.link import Link
from tui.tabs.quality_cells import delay, ended_of, percent, talk
from tui.tabs.route_states import course_of
from tui.tabs.route_tab import Route, RouteTab, standing_cell, standing_words
from tui.tabs.route_tree import Whose
from tui.tabs.tab import Ask, Drill, Listed
from tui.widgets.cells import Cell, Column, Row, Tone, number, word
from tui.widgets.sparkline import sparkline
from tui.windows import QUALITY

MOST = 40
"""Vendors whose courses are drawn."""
POINTS = 24
_COURSES = {"7d": ("7d", "7 days"), "5m": ("1h", "an hour"), "15m": ("1h", "an hour")}
_DAY = ("24h", "24 hours")
"""Over how long a course is drawn, by the window of the figures, and what is said of it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A vendor by a trunk, or by its plan where no client is chosen. `place` 0: out; `reason`: why that, or last."""

    vendor: str
    trunk: str = ""
    place: int = 0
    reason: str = ""
    price_units: int | None = None
    currency: str = ""
    cost_units: int | None = None
    margin_units: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known of a vendor there."""

    offer: Offer
    quality: pb.QualityRow
    course: Sequence[pb.QualityStretch]


class VendorsTab(RouteTab):
    """One row per vendor and trunk: by rank for the client that is chosen, else by price; then those that are out.

    The courses of all vendors have one scale, from 0 to the highest of them.
    """

    name = "Vendors"
    empty = "no vendor has a rate for it, and none had calls there"
    every_s = 5.0
    windows = QUALITY
    has_drill = True
    has_why = True
    detail_below = True
    detail_rows = 5

    def __init__(self, node: tree.RouteNode, whose: Whose) -> None:
        self.node, self.whose = node, whose
        self.columns = _columns(_DAY[1])
        self._now_ms, self._said = 0, ""
        self._seen: dict[str, Seen] = {}

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask who may carry it, how they stand, and how they went."""
        named = pb.QualityRequest(destination=self.node.title, window=ask.window, limit=200)
        offers, quality = await asyncio.gather(
            self._offers(link), link.ask(lambda services: services.quality.List, named)
        )
        self._now_ms = quality.now_ms
        rows = {one.partner: one for one in quality.rows}
        known = [*offers, *(Offer(vendor) for vendor in rows if vendor not in {one.vendor for one in offers})]
        window, words = _COURSES.get(ask.window, _DAY)
        courses = await self._courses(link, window, dict.fromkeys(one.vendor for one in known))
        seen = [Seen(one, rows.get(one.vendor, pb.QualityRow()), courses.get(one.vendor, ())) for one in known]
        tops = tuple(max(_known(its, seen), default=0.0) for its in (asr_of, acd_of))
        self.columns = _columns(words, *tops)
        return Listed([self._row(one, *tops) for one in seen], len(seen), self._summary(seen))

    def route(self, row: Row) -> Route:
        """Return the route of a row."""
        return Route(vendor_of(row), self.node.title)

    def detail(self, row: Row) -> Content | None:
        """Tell why it stands so, and draw how it went."""
        seen = self._seen.get(row.key)
        return None if seen is None else _detail(seen)

    def enter(self, row: Row) -> Drill | None:
        """Lead to how it went, why its calls failed, and what happened to it."""
        return course_of(self.route(row))

    async def _offers(self, link: Link) -> list[Offer]:
        """Return who may carry it: as a call of the client is decided, else all that have a rate, by their price."""
        if not self.node.number:
            return []
        if self.whose.client:
            call = operators_pb2.RouteRequest(client=self.whose.client, to=self.node.number)
            request = explaining_pb2.ExplainRequest(call=call, without_prices=True)
            found = await link.ask(lambda services: services.explaining.Explain, request)
            self._said = _decided(found)
            return [_ranked(one) for one in found.vendors]
        query = looking_pb2.VendorsQuery(text=self.node.number, limit=1)
        page = await link.ask(lambda services: services.looking.Vendors, query)
        offers = page.codes[0].offers if page.codes else ()
        known = bool(offers) and all(one.HasField("real_cost_units") for one in offers)
        self._said = f"by {'real cost' if known else 'price'}, a minute"
        return [_offered(place, one) for place, one in enumerate(offers, 1)]

    async def _courses(
        self, link: Link, window: str, vendors: Iterable[str]
    ) -> Mapping[str, Sequence[pb.QualityStretch]]:
        keys = [pb.QualityKey(partner=vendor, destination=self.node.destination) for vendor in vendors][:MOST]
        request = pb.QualityCoursesRequest(keys=keys, window=window)
        reply = await link.ask(lambda services: services.quality.Courses, request)
        return {one.key.partner: one.stretches[-POINTS:] for one in reply.courses}

    def _row(self, seen: Seen, asr_top: float, acd_top: float) -> Row:
        its, one = seen.offer, seen.quality
        ended = ended_of(one.causes)
        state = standing_cell(one.standing, one.since_ms, self._now_ms)
        if not one.standing and not its.place and its.reason:
            state = word("○ left out", "warn")
        key = f"{its.vendor} {its.trunk}"
        self._seen[key] = seen
        return Row(
            key,
            (
                number(str(its.place) if its.place else formats.NOTHING, its.place or 999, "dim"),
                word(its.vendor, "strong" if its.place else "plain"),
                word(its.trunk, "dim"),
                _price(its.price_units),
                word(its.currency, "dim"),
                _price(its.cost_units),
                _price(its.margin_units, "bad" if (its.margin_units or 0) < 0 else "good"),
                word(sparkline([asr_of(one) for one in seen.course], asr_top), "hue"),
                number(percent(one.answered, one.attempts), one.answered * 1000 // max(1, one.attempts), "strong"),
                word(sparkline([acd_of(one) for one in seen.course], acd_top), "hue"),
                talk(one.talk_s, ended),
                delay(one.pdd_p50_s if one.HasField("pdd_p50_s") else None),
                number(formats.count(one.attempts), one.attempts, "plain" if one.attempts else "dim"),
                state,
            ),
            one if one.partner else pb.QualityRow(partner=its.vendor),
        )

    def _summary(self, seen: Sequence[Seen]) -> Content:
        away = len({one.offer.vendor for one in seen if one.quality.out})
        return Content.assemble(
            (f" {formats.plain(self.node.title)}", "bold $primary"), (f"  {self.whose.words()}", "bold $strong"),
            (f"  {formats.plain(self._said)}", "$dim"),
            (f"   ✕ {away} out" if away else "", "bold $error"),
        )  # fmt: skip


def _columns(words: str, asr_top: float = 0.0, acd_top: float = 0.0) -> tuple[Column, ...]:
    asr = f" 0–{asr_top:.0f}" if asr_top else ""
    acd = f" 0–{formats.span(round(acd_top) * 1000)}" if acd_top else ""
    return (
        Column("#", 2, right=True),
        Column("vendor", 9, flex=1),
        Column("trunk", 10, flex=1, above=130, drop=9),
        Column("price", 7, right=True, point=True, drop=3),
        Column("cur", 3, drop=8),
        Column("real cost", 7, right=True, point=True, drop=6),
        Column("margin", 7, right=True, point=True, drop=7),
        Column(f"ASR{asr}, {words}", POINTS, whole=True),
        Column("ASR", 4, right=True),
        Column(f"ACD{acd}, {words}", POINTS, whole=True, drop=2),
        Column("ACD", 5, right=True),
        Column("PDD", 4, right=True, drop=5),
        Column("calls", 5, right=True),
        Column("state", 6, whole=True),
    )


def _known(its: Callable[[pb.QualityStretch], float | None], seen: Iterable[Seen]) -> Iterator[float]:
    """Yield all values of a course that are known."""
    values = (its(stretch) for one in seen for stretch in one.course)
    return (value for value in values if value is not None)


def vendor_of(row: Row) -> str:
    """Return the vendor of a row."""
    assert isinstance(row.item, pb.QualityRow)
    return row.item.partner


def asr_of(one: pb.QualityStretch) -> float | None:
    """Return the ASR of a stretch; none of no calls."""
    return 100 * one.answered / one.attempts if one.attempts else None


def acd_of(one: pb.QualityStretch) -> float | None:
    """Return the mean talk of a stretch, seconds; none where no answered call is over."""
    return one.talk_s / one.ended_answered if one.ended_answered else None


def _ranked(one: explaining_pb2.VendorRank) -> Offer:
    if not one.rated:
        return Offer(one.vendor, one.trunk, one.place, one.reason)
    return Offer(
        one.vendor, one.trunk, one.place, one.reason, one.price_units, one.currency, one.real_cost_units,
        one.margin_units,
    )  # fmt: skip


def _offered(place: int, one: looking_pb2.VendorOffer) -> Offer:
    cost = one.real_cost_units if one.HasField("real_cost_units") else None
    return Offer(one.vendor, one.plan, place, "", one.price_units, one.currency, cost)


def _decided(found: explaining_pb2.ExplainedRoutes) -> str:
    if found.decision.cause:
        return f"refused: {found.decision.cause}"
    order = ", then ".join(f"{'most' if term.most else 'least'} {term.text}" for term in found.terms)
    return f"{found.policy}: {order}" if order else found.policy


def _price(units: int | None, tone: Tone = "plain") -> Cell:
    return number(formats.NOTHING, 0, "dim") if units is None else number(formats.price(units), units, tone)


def _detail(seen: Seen) -> Content:
    one, parts = seen.quality, list[tuple[str, str]]()
    if one.standing:
        until = f", until {formats.stamp(one.until_ms)}Z" if one.HasField("until_ms") else ""
        parts += [(f"{standing_words(one.standing)} since {formats.stamp(one.since_ms)}Z{until}: ", "bold $strong")]
        parts += [(f"{formats.plain(one.why)}\n", "$foreground")]
    if seen.offer.reason:
        parts += [("" if seen.offer.place else "left out: ", "$dim")]  # who stands last says so itself
        parts += [(f"{formats.plain(seen.offer.reason)}\n", "$warning")]
    elif not one.standing:
        parts += [("● in: nothing is against it\n", "$success")]
    parts += _curve("ASR", [asr_of(its) for its in seen.course], "%")
    parts += _curve("ACD", [acd_of(its) for its in seen.course], "s")
    parts += _curve("calls", [float(its.attempts) for its in seen.course], "")
    return Content.assemble(*parts)


def _curve(name: str, values: Sequence[float | None], unit: str) -> list[tuple[str, str]]:
    known = [value for value in values if value is not None]
    said = f"{min(known):,.0f} to {max(known):,.0f} {unit}".rstrip() if known else "no calls then"
    now = f", now {known[-1]:,.0f}" if known and values[-1] is not None else ""
    return [(f"{name:<6}", "$dim"), (sparkline(values), "$primary"), (f"  {said}{now}\n", "$foreground")]
