"""Profit and loss of a window, by partner and side."""

from textual.content import Content

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, number, word
from tui.windows import MONTHS

_BAR = 24


class PnlTab(Tab):
    """Revenue by client and cost by vendor, each with its share of the larger side as a bar."""

    name = "P&L"
    columns = (
        Column("partner", 12, flex=1),
        Column("side", 7),
        Column("amount", 13, right=True),
        Column("cur", 3),
        Column("in base", 13, right=True),
        Column("of revenue", 10, right=True, above=92),
        Column("", _BAR),
    )
    empty = "no revenue and no cost in this window: try another with t"
    windows = MONTHS

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for the window."""
        period = operators_pb2.Period(from_ms=ask.from_ms, to_ms=ask.to_ms)
        reply = await link.ask(lambda services: services.finance.GetPnl, period)
        rows = [_row(index, line, reply.revenue.units) for index, line in enumerate(reply.lines)]
        return Listed(rows, len(rows), _summary(reply))


def _row(index: int, line: operators_pb2.PnlLine, revenue_units: int) -> Row:
    income = line.side == "client"
    return Row(
        f"{line.side} {line.partner}",
        (
            word(line.partner, "strong"),
            word("revenue" if income else "cost", "good" if income else "warn"),
            number(formats.amount(line.amount), line.amount.units),
            word(line.amount.currency, "dim"),
            number(formats.amount(line.base_amount), line.base_amount.units, "strong"),
            number(formats.ratio(abs(line.base_amount.units), revenue_units), abs(line.base_amount.units), "dim"),
            Cell(formats.bar(abs(line.base_amount.units), revenue_units, _BAR), "good" if income else "warn", index),
        ),
        line,
    )


def _summary(pnl: operators_pb2.Pnl) -> Content:
    return Content.assemble(
        (" revenue ", "$dim"), (formats.amount(pnl.revenue), "bold $success"),
        ("   cost ", "$dim"), (formats.amount(pnl.cost), "bold $warning"),
        ("   margin ", "$dim"), (formats.amount(pnl.margin), "bold $strong"),
        (f"  {formats.ratio(pnl.margin.units, pnl.revenue.units)}  {pnl.revenue.currency}", "$foreground"),
    )  # fmt: skip
