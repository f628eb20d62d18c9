"""Plans beside each other: another plan, all vendors, what a sell plan earns."""

import re
from collections.abc import Iterable

from textual.content import Content

from domain.differing import KINDS
from domain.money import decimal_text
from protos import looking_pb2 as pb
from tui import formats
from tui.link import Link
from tui.moments import Moments, said
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_FROM = re.compile(r"(?P<text>.*?)\s*\bfrom (?P<caller>\+?[0-9]+)", re.IGNORECASE)
"""A filter that names who calls."""
_KIND_TONES: dict[str, Tone] = {"dearer": "bad", "cheaper": "good", "missing": "warn", "extra": "hue"}


class CompareTab(Tab):
    """Codes whose numbers cost otherwise by the second plan."""

    name = "By code"
    columns: tuple[Column, ...] = (
        Column("code", 10),
        Column("destination", 12, flex=1),
        Column("type", 6, above=100),
        Column("origin", 7, above=110),
        Column("first", 9, right=True, point=True),
        Column("second", 9, right=True, point=True),
        Column("difference", 10, right=True, point=True),
        Column("increments", 13, above=92),
        Column("", 8),
    )
    empty = "nothing differs"
    filter_hint = f"first digits or part of a destination; and one of {' '.join(KINDS)}"
    by_destination = False

    def __init__(self, plan: str, other: str, moments: Moments) -> None:
        self._plan, self._other, self._moments = plan, other, moments

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of what differs."""
        words = ask.filter.split()
        kinds = [word_ for word_ in words if word_.lower() in KINDS]
        query = pb.CompareQuery(
            plan=self._plan,
            other=self._other,
            at_ms=self._moments.valid_ms,
            text=" ".join(one for one in words if one not in kinds),
            kind=kinds[0].lower() if kinds else "",
            by_destination=self.by_destination,
            limit=ask.limit,
            offset=ask.offset,
        )
        page = await link.ask(lambda services: services.looking.Compare, query)
        counts = ", ".join(f"{page.kinds[kind]:,} {kind}" for kind in KINDS if page.kinds[kind])
        first = f" {page.currency}, {said(page.at_ms)}: "
        summary = Content.assemble((first, "$dim"), (counts or "nothing differs", "$foreground"))
        return Listed(self.rows(page), page.total, summary)

    def rows(self, page: pb.PlanDifferences) -> list[Row]:
        """Write a page."""
        return [_difference(one) for one in page.differences]


class DestinationsTab(CompareTab):
    """Destinations in which numbers cost otherwise by the second plan, those with most first."""

    name = "By destination"
    columns = (
        Column("destination", 16, flex=1),
        *(Column(kind, 7, right=True) for kind in KINDS),
        Column("rise", 8, right=True, point=True),
        Column("fall", 8, right=True, point=True),
    )
    by_destination = True

    def rows(self, page: pb.PlanDifferences) -> list[Row]:
        """Write a page."""
        return [
            Row(
                one.destination,
                (
                    word(one.destination, "strong"),
                    *(_count(getattr(one, kind), _KIND_TONES.get(kind, "plain")) for kind in KINDS),
                    _price(one.rise_units if one.HasField("rise_units") else None),
                    _price(one.fall_units if one.HasField("fall_units") else None),
                ),
                one,
            )
            for one in page.destinations
        ]


class OffersTab(Tab):
    """All vendors side by side for each code, best first."""

    name = "By code"
    columns: tuple[Column, ...] = (
        Column("codes", 10, flex=1),
        Column("destination", 10, flex=1, above=96),
        Column("#", 2, right=True),
        Column("vendor", 10, flex=1),
        Column("price", 8, right=True, point=True),
        Column("above best", 10, right=True, point=True),
        Column("real cost", 9, right=True, point=True),
        Column("incr.", 6),
        Column("code", 8, above=76),
        Column("own price", 14, right=True, above=104),
    )
    empty = "no vendor has a route there"
    filter_hint = "a destination, a code or a number; and from NUMBER, for who calls"

    def __init__(self, text: str, moments: Moments) -> None:
        self._text, self._moments = text, moments

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of codes."""
        text = ask.filter.strip() or self._text
        query = pb.VendorsQuery(at_ms=self._moments.valid_ms, limit=ask.limit, offset=ask.offset)
        asked = _FROM.fullmatch(text)
        query.text = (asked["text"] or self._text) if asked else text
        if asked:
            query.caller = asked["caller"]
        page = await link.ask(lambda services: services.looking.Vendors, query)
        return self.listed(page, f"{query.text} from {query.caller}" if asked else text)

    def listed(self, page: pb.VendorPage, text: str) -> Listed:
        """Write a page: a line for each offer."""
        rows = [
            _offer(group, rank, offer) for group in page.codes for rank, offer in enumerate(group.offers, 1)
        ]  # fmt: skip
        return Listed(rows, page.total if page.total > len(page.codes) else len(rows), _vendors_head(page, text))


class VendorsTab(OffersTab):
    """Each vendor over all the codes: how often it is best, and than whom it is dearer for how many codes."""

    name = "Vendors"
    columns = (
        Column("vendor", 12, flex=1),
        Column("plan", 12, flex=1, above=84),
        Column("codes", 6, right=True),
        Column("best", 6, right=True),
        Column("from", 9, right=True, point=True),
        Column("to", 9, right=True, point=True),
        Column("dearer than (codes)", 22, flex=2),
    )
    empty = "no vendor has a buy plan of calls"

    def listed(self, page: pb.VendorPage, text: str) -> Listed:
        """Write all vendors."""
        return Listed([_vendor(one) for one in page.vendors], len(page.vendors), _vendors_head(page, text))


class MarginTab(Tab):
    """A sell plan beside the best that vendors ask, a minute in base currency, those under water first."""

    name = "Margin"
    columns = (
        Column("code", 10),
        Column("destination", 10, flex=1),
        Column("price", 8, right=True, point=True),
        Column("cost", 8, right=True, point=True),
        Column("margin", 9, right=True, point=True),
        Column("%", 8, right=True),
        Column("vendor", 10, flex=1),
        Column("code", 8, above=88),
        Column("sold", 6, above=100),
        Column("bought", 6, above=108),
        Column("vendors", 7, right=True, above=116),
    )
    empty = "nothing is sold there"
    filter_hint = "first digits of a code; and under, for what is sold below cost"

    def __init__(self, plan: str, moments: Moments) -> None:
        self._plan, self._moments = plan, moments

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of codes."""
        words = ask.filter.lower().split()
        query = pb.MarginQuery(
            plan=self._plan,
            code=next((one for one in words if one != "under"), ""),
            under_water="under" in words,
            at_ms=self._moments.valid_ms,
            limit=ask.limit,
            offset=ask.offset,
        )
        page = await link.ask(lambda services: services.looking.Margin, query)
        under = (f"{page.under:,} under water", "bold $error" if page.under else "$foreground")
        summary = Content.assemble(
            (f" {page.base_currency}, {said(page.at_ms)}: of {page.codes:,} codes ", "$dim"),
            under,
            (f", {page.unserved:,} without a vendor", "$foreground"),
            *_left_out(page.without),
        )
        return Listed([_margin(one) for one in page.margins], page.total, summary)


def _difference(one: pb.PlanDifference) -> Row:
    ours = one.price_units if one.HasField("price_units") else None
    theirs = one.other_price_units if one.HasField("other_price_units") else None
    change = None if ours is None or theirs is None else theirs - ours
    own, other = f"{one.first_s}/{one.next_s}", f"{one.other_first_s}/{one.other_next_s}"
    terms = own if theirs is None or own == other else other if ours is None else f"{own} {other}"
    return Row(
        f"{one.code} {one.rate_type} {one.origin}",
        (
            word(one.code, "strong"),
            word(one.destination),
            word(one.rate_type, "dim"),
            word(one.origin, "dim"),
            _price(ours),
            _price(theirs),
            _price(change, _KIND_TONES.get(one.kind, "plain")),
            word(terms, "dim"),
            word(one.kind, _KIND_TONES.get(one.kind, "plain")),
        ),
        one,
    )


def _offer(group: pb.VendorCodes, rank: int, one: pb.VendorOffer) -> Row:
    best = min(offer.base_price_units for offer in group.offers)
    codes = " ".join(group.codes[:3]) + (f" +{len(group.codes) - 3}" if len(group.codes) > 3 else "")
    above = one.base_price_units - best
    return Row(
        f"{group.codes[0]} {one.vendor} {one.plan}",
        (
            word(codes, "strong" if rank == 1 else "dim"),
            word(group.destination, "plain" if rank == 1 else "dim"),
            number(str(rank), rank, "dim"),
            word(one.vendor, "good" if rank == 1 else "plain"),
            _price(one.base_price_units, "strong"),
            _price(above or None, "warn"),
            _price(one.real_cost_units if one.HasField("real_cost_units") else None),
            word(f"{one.first_s}/{one.next_s}", "dim"),
            word(one.own_code, "dim"),
            number(f"{formats.price(one.price_units)} {one.currency}", one.price_units, "dim"),
        ),
        one,
    )


def _vendor(one: pb.VendorSum) -> Row:
    dearer = sorted(one.dearer_than.items(), key=lambda each: (-each[1], each[0]))
    words = ", ".join(f"{name} {codes:,}" for name, codes in dearer)
    callers = _by_caller(one)
    return Row(
        f"{one.vendor} {one.plan}",
        (
            word(one.vendor, "strong"),
            word(one.plan, "dim"),
            _count(one.codes),
            _count(one.best, "good"),
            _price(one.lowest_units if one.codes else None),
            _price(one.highest_units if one.codes else None),
            word(
                "; ".join(filter(None, (words, callers))) if one.codes else callers or "no route",
                "plain" if one.codes or callers else "dim",
            ),
        ),
        one,
    )


def _by_caller(one: pb.VendorSum) -> str:
    """Tell the prices of groups where there is none for any caller."""
    each = [
        f"{price.origin} {formats.price(price.lowest_units)}"
        + (f"–{formats.price(price.highest_units)}" if price.highest_units > price.lowest_units else "")
        for price in one.by_caller
    ]
    return f"by caller: {', '.join(each)}" if each else ""


def _vendors_head(page: pb.VendorPage, text: str) -> Content:
    codes = f"{page.all_codes:,} code{'' if page.all_codes == 1 else 's'}"
    words = f" {formats.plain(text)}, {codes}, a minute in {page.base_currency}, {said(page.at_ms)}"
    return Content.assemble((words, "$foreground"), *_left_out(page.without))


def _left_out(without: Iterable[str]) -> list[tuple[str, str]]:
    return [(f"\n left out: {formats.plain(words)}", "$warning") for words in without]


def _margin(one: pb.CodeMargin) -> Row:
    served = one.HasField("cost_units")
    tone: Tone = "bad" if served and one.margin_units < 0 else "good" if served else "warn"
    percent = decimal_text(one.margin_bp * 1_000_000, 2) if one.HasField("margin_bp") else formats.NOTHING
    return Row(
        one.code,
        (
            word(one.code, "strong"),
            word(one.destination),
            _price(one.price_units, "strong"),
            _price(one.cost_units if served else None),
            _price(one.margin_units if served else None, tone),
            number(percent, one.margin_bp, tone),
            word(one.vendor or "no vendor", "plain" if served else "warn"),
            word(one.buy_code, "dim"),
            word(f"{one.first_s}/{one.next_s}", "dim"),
            word(f"{one.buy_first_s}/{one.buy_next_s}" if served else "", "dim"),
            number(str(one.vendors), one.vendors, "dim"),
        ),
        one,
    )


def _price(units: int | None, tone: Tone = "plain") -> Cell:
    return number(formats.NOTHING, 0, "dim") if units is None else number(formats.price(units), units, tone)


def _count(count: int, tone: Tone = "plain") -> Cell:
    return number(formats.count(count) if count else formats.NOTHING, count, tone if count else "dim")
