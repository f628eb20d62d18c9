"""Traffic by partner, side and destination: attempts, ASR, ACD, minutes, charges."""

from domain.rates import Service, Unit
from domain.units import quantity_words
from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, number, word
from tui.windows import MONTHS


class TrafficTab(Tab):
    """Sums of legs; ASR on the vendors' side counts attempts, on the clients' side calls."""

    name = "Traffic"
    columns = (
        Column("partner", 9),
        Column("side", 6),
        Column("destination", 12, flex=1),
        Column("attempts", 9, right=True),
        Column("answered", 9, right=True, above=100),
        Column("ASR", 7, right=True),
        Column("ACD", 6, right=True),
        Column("minutes", 10, right=True),
        Column("charge", 11, right=True),
        Column("in base", 11, right=True, above=112),
    )
    empty = "no traffic in this window: try another with t"
    windows = MONTHS

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for the sums of the window."""
        period = operators_pb2.Period(from_ms=ask.from_ms, to_ms=ask.to_ms)
        reply = await link.ask(lambda services: services.finance.GetTraffic, period)
        return Listed([_row(line) for line in reply.lines], len(reply.lines))


def _row(line: operators_pb2.TrafficLine) -> Row:
    # sessions and messages are no calls: they have no answer ratio and no mean length
    calls = line.service in ("", Service.VOICE)
    acd_ms = line.seconds * 1000 // line.answered if calls and line.answered else 0
    ratio = formats.ratio(line.answered, line.attempts) if calls else formats.NOTHING
    unit = Unit(line.unit or "second")
    used = formats.minutes(line.seconds) if unit is Unit.SECOND else quantity_words(unit, line.billed_volume)
    return Row(
        f"{line.side} {line.partner} {line.destination} {line.service} {line.unit}",
        (
            word(line.partner, "strong"),
            word(line.side, "plain" if line.side == "client" else "hue"),
            word(line.destination),
            number(formats.count(line.attempts), line.attempts),
            number(formats.count(line.answered), line.answered),
            number(ratio, line.answered * 10_000 // max(1, line.attempts) if calls else -1),
            number(formats.span(acd_ms) if acd_ms else formats.NOTHING, acd_ms),
            number(used, line.seconds),
            number(f"{formats.amount(line.charge)}", line.charge.units, "strong"),
            number(formats.amount(line.base_charge), line.base_charge.units),
        ),
        line,
    )
