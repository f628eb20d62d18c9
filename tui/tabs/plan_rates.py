"""The rates of a plan at a moment, as known at one; and all that was ever known of a code."""

from textual.content import Content

from protos import looking_pb2 as pb
from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.moments import Moments
from tui.tabs.tab import Ask, Drill, Listed, Tab, fields
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_TONES: dict[str, Tone] = {"in force": "good", "to come": "warn", "over": "dim"}


class RatesTab(Tab):
    """One row per rate; those to come stand below the ones that they follow."""

    name = "Rates"
    columns = (
        Column("code", 9, whole=True),
        Column("destination", 9, flex=1),
        Column("type", 7, drop=5),
        Column("origin", 7, drop=6),
        Column("rate", 8, right=True, point=True),
        Column("incr.", 6, drop=1),
        Column("from", 10),
        Column("until", 10, drop=4),
        Column("known", 10, drop=3),
        Column("previous", 8, right=True, point=True),
        Column("sheet", 6, flex=1, drop=2),
    )
    empty = "no such rate: clear the filter with Esc, or look at another moment with a"
    every_s = 30.0
    filter_hint = "first digits of a code, or part of a destination"
    has_drill = True
    detail_share = (5, 2)
    detail_below = True

    def __init__(self, plan: operators_pb2.Plan, moments: Moments) -> None:
        self._plan, self._moments = plan, moments

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of rates."""
        query = pb.RatesQuery(
            plan=self._plan.id,
            text=ask.filter,
            valid_at_ms=self._moments.valid_ms,
            known_at_ms=self._moments.known_ms,
            limit=ask.limit,
            offset=ask.offset,
        )
        reply = await link.ask(lambda services: services.looking.Find, query)
        rows = [_rate(one) for one in reply.rates]
        return Listed(rows, reply.total, head(reply.plan, self._moments))

    def detail(self, row: Row) -> Content | None:
        """Show the rate under the cursor whole."""
        return told(known_of(row))

    def enter(self, row: Row) -> Drill | None:
        """Open what was ever known of the code."""
        code = known_of(row).rate.code
        return Drill(f"{self._plan.id} {code}", (HistoryTab(self._plan, code),))


class HistoryTab(Tab):
    """Every row ever known of a code: valid from and until, known from and until, and which sheet brought it."""

    name = "History"
    columns = (
        Column("rate", 8, right=True, point=True),
        Column("type", 6, above=96),
        Column("origin", 7, above=104),
        Column("incr.", 6, above=88),
        Column("valid from", 12),
        Column("until", 12),
        Column("known from", 12),
        Column("until", 12),
        Column("sheet", 10, flex=1),
        Column("", 8, above=86),
    )
    detail_share = (5, 2)
    detail_below = True

    def __init__(self, plan: operators_pb2.Plan, code: str) -> None:
        self._plan, self._code = plan, code

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of them."""
        query = pb.HistoryQuery(plan=self._plan.id, code=self._code, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.looking.History, query)
        return Listed([_known(one, ask.offset + at) for at, one in enumerate(reply.rates)], reply.total)

    def detail(self, row: Row) -> Content | None:
        """Show the row under the cursor whole."""
        return told(known_of(row))


def known_of(row: Row) -> pb.KnownRate:
    """Return the rate of a row of these lists."""
    assert isinstance(row.item, pb.KnownRate)
    return row.item


def head(plan: operators_pb2.Plan, moments: Moments) -> Content:
    """Say in which currency and version it is, and where the reader is in both times."""
    about = f" {plan.currency}, v{plan.version}: "
    travels = moments.valid_ms is not None or moments.known_ms is not None
    return Content.assemble((about, "$dim"), (moments.words(), "bold $warning" if travels else "$foreground"))


def sheet_words(one: pb.KnownRate) -> str:
    """Say which sheet brought a rate."""
    if one.HasField("undoes"):
        return f"undo of {one.undoes}"
    return f"{one.sheet} {one.sheet_file}".strip() if one.HasField("sheet") else "by hand"


def told(one: pb.KnownRate) -> Content:
    """Write a rate in words."""
    rate = one.rate
    first, rest = formats.price(rate.first_price_units), formats.price(rate.next_price_units)
    fees = (
        ("a call", rate.connect_fee_units),
        ("an attempt", rate.attempt_fee_units),
        ("at least", rate.minimum_charge_units),
    )
    price = f"{rest if first == rest else f'{first}, then {rest}'} in {rate.first_s}/{rate.next_s}"
    if rate.blocked:
        price = "blocked: no call is sold by it"
    known = formats.exact_time(rate.known_from_ms)[:19]
    if one.HasField("known_until_ms"):
        known += f" until {formats.exact_time(one.known_until_ms)[:19]}"
    until = f"until {formats.exact_time(rate.valid_until_ms)[:19]} UTC" if rate.HasField("valid_until_ms") else "UTC on"
    previous = formats.price(one.previous_price_units) if one.HasField("previous_price_units") else ""
    whose = f", callers of {rate.origin}" if rate.origin else ""
    return fields(
        [
            ("rate", f"{price}, type {rate.rate_type}{whose}"),
            ("fees", ", ".join(f"{formats.price(units)} {what}" for what, units in fees if units and not rate.blocked)),
            ("valid", f"from {formats.exact_time(rate.valid_from_ms)[:19]} {until}: {_standing(one)}"),
            ("known", f"since {known} UTC"),
            ("previous", previous),
            ("sheet", sheet_words(one)),
        ]
    )


def _standing(one: pb.KnownRate) -> str:
    return f"{one.standing}, blocked" if one.rate.blocked else one.standing


def _price(one: pb.KnownRate) -> Cell:
    units = one.rate.next_price_units
    if one.rate.blocked:
        return number("✕", units, "bad")
    return number(formats.price(units), units, "warn" if one.standing == "to come" else "strong")


def _steps(rate: operators_pb2.Rate) -> Cell:
    return word("" if rate.blocked else f"{rate.first_s}/{rate.next_s}", "dim")


def _rate(one: pb.KnownRate) -> Row:
    rate = one.rate
    before = one.previous_price_units if one.HasField("previous_price_units") else None
    return Row(
        f"{rate.code} {rate.rate_type} {rate.origin} {rate.valid_from_ms}",
        (
            word(rate.code, "strong"),
            word(rate.destination),
            word(rate.rate_type, "dim"),
            word(rate.origin, "dim"),
            _price(one),
            _steps(rate),
            number(formats.day(rate.valid_from_ms), rate.valid_from_ms, _TONES.get(one.standing, "plain")),
            _day(rate.valid_until_ms),
            number(formats.day(rate.known_from_ms), rate.known_from_ms, "dim"),
            number(formats.NOTHING if before is None else formats.price(before), before or 0, "dim"),
            word(sheet_words(one), "dim"),
        ),
        one,
    )


def _known(one: pb.KnownRate, at: int) -> Row:
    rate = one.rate
    return Row(
        f"{at}",
        (
            _price(one),
            word(rate.rate_type, "dim"),
            word(rate.origin, "dim"),
            _steps(rate),
            _time(rate.valid_from_ms),
            _time(rate.valid_until_ms),
            _time(rate.known_from_ms),
            _time(one.known_until_ms),
            word(sheet_words(one), "dim"),
            word("" if one.HasField("known_until_ms") else one.standing, _TONES.get(one.standing, "plain")),
        ),
        one,
    )


def _day(at_ms: int) -> Cell:
    return number(formats.day(at_ms), at_ms or 2**62, "plain" if at_ms else "dim")


def _time(at_ms: int) -> Cell:
    return number(f"{formats.moment(at_ms):%y-%m-%d %H}h" if at_ms else formats.NOTHING, at_ms or 2**62)
