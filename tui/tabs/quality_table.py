"""How calls go now: a row for each vendor or client to each destination, or for more than that."""

from dataclasses import dataclass

from textual.content import Content

from domain.codes import country_words
from protos import quality_pb2 as pb
from tui import formats
from tui.link import Link
from tui.screens.live_lists import live
from tui.tabs.quality_cells import FIGURES, figure_cells, of_row
from tui.tabs.quality_periods import BucketsTab, CausesTab, Period
from tui.tabs.route_tab import Route, RouteTab, away_cell, standing_cell, standing_words
from tui.tabs.tab import Ask, Drill, Listed
from tui.widgets.cells import Column, Row, word
from tui.windows import QUALITY

SORTS = ("attempts", "state", "asr", "ner", "acd", "pdd", "short", "open", "minutes", "cost", "name")
_EMPTY = "no calls here: widen the window with t, or clear the filter with Esc"


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the table: its name on the screen, a short one, and how the source calls it."""

    name: str
    brief: str
    level: str
    side: str = "vendor"


PAIR = Level("Routes", "Routes", "pair")
CLIENT = Level("Clients", "Clients", "pair", "client")
COUNTRY = Level("Countries", "Ctry", "country")
VENDOR = Level("Vendors", "Vendors", "partner")
TRUNK = Level("Trunks", "Trunks", "trunk")
DESTINATION = Level("Destinations", "Dest.", "destination")
LEVELS = (PAIR, CLIENT, COUNTRY, VENDOR, TRUNK, DESTINATION)


class QualityTab(RouteTab):
    """One level of the table; states are of routes, so clients and trunks have none.

    `partner`, `destination`, `text`: of one only, where another row led here.
    """

    empty = _EMPTY
    every_s = 1.0
    windows = QUALITY
    sorts = SORTS
    filter_hint = "parts of names, a country, digits of a number, or how a route stands: kestrel ke out"
    has_drill = True
    detail_below = True
    detail_rows = 3

    def __init__(self, level: Level, partner: str = "", destination: str = "", text: str = "") -> None:
        self.level, self._partner, self._destination, self._text = level, partner, destination, text
        self.name, self.brief = level.name, level.brief
        self._now_ms = 0
        state = () if level in (CLIENT, TRUNK) else (Column("state", 8, whole=True),)
        self.columns = (*_named(level), *FIGURES, *state)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page, sorted over all pages."""
        digits = [one.lstrip("+") for one in ask.filter.split() if one.lstrip("+").isdecimal()]
        words = [self._text, *(one for one in ask.filter.split() if not one.lstrip("+").isdecimal())]
        request = pb.QualityRequest(
            side=self.level.side, level=self.level.level, partner=self._partner, window=ask.window, sort=ask.sort,
            destination=digits[0] if digits else self._destination, text=" ".join(filter(None, words)),
            limit=ask.limit, offset=ask.offset,
        )  # fmt: skip
        reply = await link.ask(lambda services: services.quality.List, request)
        self._now_ms = reply.now_ms
        return Listed([self._row(one) for one in reply.rows], reply.total)

    def route(self, row: Row) -> Route | None:
        """Return the route of a row of vendor by destination."""
        one = quality_of(row)
        is_route = self.level is PAIR and bool(one.destination_name)
        return Route(one.partner, one.destination_name) if is_route else None

    def detail(self, row: Row) -> Content | None:
        """Tell how a route stands and why, what formulas read of it, and how its calls ended."""
        return _detail(quality_of(row), self._now_ms)

    def enter(self, row: Row) -> Drill | None:
        """Lead to how it went over time and why calls failed, and to what it is made of."""
        one = quality_of(row)
        if self.level is COUNTRY:
            return live(
                f"{one.partner} in {country_words(one.country)}",
                QualityTab(PAIR, one.partner, text=f"country:{one.country}"),
            )
        period = Period(self.level.side, one.partner, one.destination_name, one.trunk)
        wide = self.level in (VENDOR, DESTINATION)
        first = (QualityTab(PAIR, one.partner, one.destination_name),) if wide else ()
        return live(period.title, *first, BucketsTab(period), CausesTab(period))

    def _row(self, one: pb.QualityRow) -> Row:
        state = (
            away_cell(one.out) if self.level is not PAIR else standing_cell(one.standing, one.since_ms, self._now_ms)
        )
        if self.level in (CLIENT, TRUNK):
            state = word("")  # states are of routes: of vendors to destinations, by whichever trunk
        names = {
            "vendor": word(one.partner, "strong"),
            "client": word(one.partner, "strong"),
            "destination": word(place_of(one)),
            "country": word(country_words(one.country)),
            "trunk": word(one.trunk),
        }
        cells = [names[column.title] for column in _named(self.level)]
        return Row(
            f"{one.partner} {one.destination} {one.country} {one.trunk}",
            (*cells, *figure_cells(of_row(one)), state),
            one,
        )


def quality_of(row: Row) -> pb.QualityRow:
    """Return what a row was made of."""
    assert isinstance(row.item, pb.QualityRow)
    return row.item


def place_of(one: pb.QualityRow) -> str:
    """Return the destination of a row in words."""
    return one.destination_name or (f"{one.destination}" if one.destination else "not in the book")


def _named(level: Level) -> tuple[Column, ...]:
    partner = Column(level.side, 8, flex=1)
    match level.level:
        case "pair":
            return partner, Column("destination", 13, flex=2)
        case "country":
            return partner, Column("country", 7, whole=True)
        case "trunk":
            return partner, Column("trunk", 10, flex=1)
        case "partner":
            return (partner,)
        case _:
            return (Column("destination", 13, flex=2),)


def _detail(one: pb.QualityRow, now_ms: int) -> Content:
    its, parts = one.figures, list[tuple[str, str]]()
    if one.standing:
        until = f", until {formats.stamp(one.until_ms)}Z" if one.HasField("until_ms") else ""
        since = f"{standing_words(one.standing)} since {formats.stamp(one.since_ms)}Z{until}: "
        parts += [(since, "bold $strong"), (f"{formats.plain(one.why)}\n", "$foreground")]
    bounds = f"{its.asr_low:.1f}–{its.asr_high:.1f}" if one.attempts else formats.NOTHING
    parts += [("ASR 95 % ", "$dim"), (bounds, "$foreground"), ("   formulas read ", "$dim")]
    read = f"ASR {its.asr:.1f}  NER {its.ner:.1f}  ACD {its.acd_s:.0f} s  PDD {its.pdd_p50_s:.1f} s"
    parts += [(read, "$foreground"), ("\n", "")]
    causes = "  ".join(
        f"{cause.cause_class} {cause.calls:,}" for cause in sorted(one.causes, key=lambda its: -its.calls)
    )
    parts += [("ended ", "$dim"), (formats.plain(causes) or formats.NOTHING, "$foreground")]
    return Content.assemble(*parts)
