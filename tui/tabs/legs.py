"""CDRs: the legs of a window of time, as charged."""

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.call_filter import parted
from tui.tabs.calls import story_drill
from tui.tabs.leg import call_drill, result
from tui.tabs.tab import Ask, Drill, Listed, Tab
from tui.widgets.cells import Column, Row, number, word
from tui.windows import RECENT, Window


class LegsTab(Tab):
    """One row per leg, newest first as the source gives them."""

    name = "CDRs"
    columns = (
        Column("setup", 14),
        Column("side", 6),
        Column("partner", 9),
        Column("A", 14, above=105),
        Column("B", 14),
        Column("destination", 9, flex=1),
        Column("code", 7, above=120),
        Column("talked", 7, right=True),
        Column("result", 10, above=92),
        Column("price", 8, right=True, above=112, point=True),
        Column("charge", 10, right=True),
    )
    empty = "no CDRs here: widen the window with t, or clear the filter with Esc"
    every_s = 5.0
    windows: tuple[Window, ...] = RECENT
    filter_hint = (
        "orbita 2547 answered (or client, vendor, open, partial), or call:ID (Call-ID, conf-id; switch:NAME before it)"
    )
    has_why = True
    has_drill = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of legs."""
        return listed_legs(await link.ask(lambda services: services.cdrs.List, query(ask)))

    def enter(self, row: Row) -> Drill | None:
        """Open all legs of the call with the reasons."""
        leg = row.item
        assert isinstance(leg, operators_pb2.Leg)
        return call_drill(leg.call_key.hex(), f"Call {leg.partner} · {leg.b}")

    def why(self, row: Row) -> Drill | None:
        """Open the call's story, from its request to its postings."""
        leg = row.item
        assert isinstance(leg, operators_pb2.Leg)
        return story_drill(leg.call_key.hex(), f"Call {leg.partner} · {leg.b}")


def listed_legs(page: operators_pb2.CdrPage) -> Listed:
    """Return the rows of a page."""
    return Listed([_row(leg) for leg in page.legs], page.total)


def query(ask: Ask) -> operators_pb2.CdrQuery:
    """Read the words of a filter: a side, "answered", "open", "partial" (closed by us: no end came), digits of a
    number, or else a partner; call:ID is the last, and then the window does not matter.
    """
    words, call = parted(ask.filter)
    found = operators_pb2.CdrQuery(limit=ask.limit, offset=ask.offset, call=call)
    if call is None:
        found.from_ms, found.to_ms = ask.from_ms, ask.to_ms
    for each in words.lower().split():
        if each in ("client", "vendor"):
            found.side = each
        elif each == "answered":
            found.answered_only = True
        elif each == "open":
            found.open_only = True
        elif each == "partial":
            found.partial_only = True
        elif each.lstrip("+").isdecimal():
            found.number = each.lstrip("+")
        else:
            found.partner = each
    return found


def _row(leg: operators_pb2.Leg) -> Row:
    return Row(
        leg.leg_id.hex(),
        (
            number(formats.stamp(leg.setup_ms), leg.setup_ms, "dim"),
            word(leg.side, "plain" if leg.side == "client" else "hue"),
            word(leg.partner, "strong"),
            word(leg.a, "dim"),
            word(leg.b),
            word(leg.destination),
            word(leg.code, "dim"),
            number(formats.span(leg.duration_ms) if leg.HasField("connect_ms") else formats.NOTHING, leg.duration_ms),
            result(leg),
            number(formats.price(leg.price_units), leg.price_units, "dim"),
            number(formats.fixed_amount(leg.charge, 4), leg.charge.units, "strong" if leg.charge.units else "dim"),
        ),
        leg,
    )
