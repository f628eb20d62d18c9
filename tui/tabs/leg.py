"""The legs of one call side by side, and why it was routed and charged so."""

from textual.content import Content

from domain import q850
from domain.calls import LegState
from domain.lost_ends import told
from domain.rates import Unit
from domain.units import PRICED, quantity_words
from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.calls import story_drill
from tui.tabs.tab import Ask, Drill, Listed, Tab, fields
from tui.widgets.cells import Cell, Column, Row, number, word


def call_drill(key: str, title: str) -> Drill:
    """Return the screen of one call, found by its call key or by the id of a leg, in hex."""
    return Drill(title, (LegTab(key),))


def result(leg: operators_pb2.Leg) -> Cell:
    """Say in a word how a leg ended: not by colour alone."""
    if leg.state == "open":
        return word("talking", "good")
    if leg.HasField("connect_ms"):
        return word("answered" if leg.state == "closed" else leg.state, "good" if leg.state == "closed" else "warn")
    return word(q850.words(leg.cause) or "failed", "warn")


class LegTab(Tab):
    """Client leg first, then each vendor attempt; the leg under the cursor in full, with the reasons."""

    name = "Legs"
    columns = (
        Column("side", 6),
        Column("try", 3, right=True),
        Column("partner", 10, flex=1),
        Column("trunk", 14, above=110),
        Column("setup", 14),
        Column("talked", 7, right=True),
        Column("result", 12),
        Column("price", 8, right=True, point=True),
        Column("charge", 10, right=True, point=True),
    )
    empty = "nothing was reported of this call yet"
    has_why = True
    detail_share = (2, 5)
    detail_below = True

    def __init__(self, key: str) -> None:
        self._key = key
        self._why: list[str] = []

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for the legs of the call and the reasons."""
        reply = await link.ask(lambda services: services.cdrs.Show, operators_pb2.CallRef(call=self._key))
        self._why = list(reply.why)
        legs = sorted(reply.legs, key=lambda leg: (leg.side != "client", leg.attempt))
        summary = None if legs else why_text(self._why)
        return Listed([_row(leg) for leg in legs], len(legs), summary)

    def why(self, row: Row) -> Drill | None:
        """Open the call's story, where it is decided anew, too."""
        leg = row.item
        assert isinstance(leg, operators_pb2.Leg)
        return story_drill(self._key, f"Call {leg.partner} · {leg.b}")

    def detail(self, row: Row) -> Content | None:
        """Show the leg in full and the reasons below it."""
        leg = row.item
        assert isinstance(leg, operators_pb2.Leg)
        return Content.assemble(why_text(self._why), "\n" if self._why else "", _in_full(leg))


def why_text(lines: list[str]) -> Content:
    """Write reasons, one a line, under a head."""
    if not lines:
        return Content("")
    return Content.assemble(("why\n", "bold $accent"), *[(f"{formats.plain(line)}\n", "$foreground") for line in lines])


def _row(leg: operators_pb2.Leg) -> Row:
    return Row(
        leg.leg_id.hex(),
        (
            word(leg.side, "dim"),
            number(str(leg.attempt or 1), leg.attempt),
            word(leg.partner, "strong"),
            word(leg.trunk, "dim"),
            number(formats.stamp(leg.setup_ms), leg.setup_ms),
            number(formats.span(leg.duration_ms), leg.duration_ms),
            result(leg),
            number(formats.price(leg.price_units), leg.price_units),
            number(formats.exact_amount(leg.charge), leg.charge.units, "strong"),
        ),
        leg,
    )


def _when(leg: operators_pb2.Leg) -> str:
    return formats.exact_time(leg.alive_ms) if leg.HasField("alive_ms") else ""


def _in_full(leg: operators_pb2.Leg) -> Content:
    charge = f"{formats.exact_amount(leg.charge)} {leg.charge.currency}"
    if leg.base_charge.currency and leg.base_charge.currency != leg.charge.currency:
        base = f"{formats.exact_amount(leg.base_charge)} {leg.base_charge.currency}"
        charge += f" = {base} at {formats.price(leg.fx_units)}"
    unit = Unit(leg.unit or Unit.SECOND)
    billed = leg.billed_s if unit is Unit.SECOND else leg.billed_volume
    rate = f"{formats.price(leg.price_units)} {PRICED[unit]}"
    pairs = [
        ("leg", f"{leg.side} {leg.partner}, {leg.state}, revision {leg.revision}"),
        ("numbers", f"{leg.a or formats.NOTHING} → {leg.b}"),
        ("destination", f"{leg.destination} ({leg.code})" if leg.code else leg.destination),
        ("trunk", f"{leg.trunk} on {leg.switch_id}"),
        ("setup", formats.exact_time(leg.setup_ms)),
        ("alerting", formats.exact_time(leg.alert_ms) if leg.HasField("alert_ms") else ""),
        ("connected", formats.exact_time(leg.connect_ms) if leg.HasField("connect_ms") else ""),
        ("ended", formats.exact_time(leg.disconnect_ms) if leg.HasField("disconnect_ms") else ""),
        ("lost end", told(LegState(leg.state or LegState.CLOSED), leg.revision, leg.duration_ms, _when(leg))),
        ("talked", f"{leg.duration_ms:,} ms, billed {quantity_words(unit, billed)}"),
        ("moved", f"{leg.volume:,}" if leg.volume else ""),
        ("cause", f"{leg.cause} {q850.words(leg.cause)}, {leg.release} released" if leg.cause else ""),
        ("rate", f"{rate}, {leg.plan} v{leg.plan_version} {leg.rate_type}".strip()),
        ("charge", charge),
        ("kept in", leg.segment or "the book, not sealed yet"),
        ("leg id", leg.leg_id.hex()),
        ("call key", leg.call_key.hex()),
    ]
    return fields(pairs)
