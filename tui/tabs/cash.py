"""Cash: what stood in the bank, came in and went out."""

from textual.content import Content

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, number, word
from tui.windows import MONTHS

_BAR = 24


class CashTab(Tab):
    """Payments of a window in the order of time."""

    name = "Cash"
    columns = (
        Column("at", 14),
        Column("partner", 10, flex=1),
        Column("", 4),
        Column("amount", 13, right=True),
        Column("cur", 3),
        Column("in base", 13, right=True),
        Column("", _BAR, above=98),
    )
    empty = "no payments in this window: try another with t"
    windows = MONTHS

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for the window."""
        period = operators_pb2.Period(from_ms=ask.from_ms, to_ms=ask.to_ms)
        reply = await link.ask(lambda services: services.finance.GetCash, period)
        largest = max((abs(line.base_amount.units) for line in reply.lines), default=0)
        rows = [_row(index, line, largest) for index, line in enumerate(reply.lines)]
        return Listed(rows, len(rows), _summary(reply))


def _row(index: int, line: operators_pb2.CashLine, largest: int) -> Row:
    inward = line.amount.units >= 0
    return Row(
        str(index),
        (
            number(formats.stamp(line.at_ms), line.at_ms, "dim"),
            word(line.partner, "strong"),
            word("in" if inward else "out", "good" if inward else "warn"),
            number(formats.amount(line.amount), line.amount.units),
            word(line.amount.currency, "dim"),
            number(formats.amount(line.base_amount), line.base_amount.units, "strong"),
            Cell(formats.bar(abs(line.base_amount.units), largest, _BAR), "good" if inward else "warn", index),
        ),
        line,
    )


def _summary(cash: operators_pb2.Cash) -> Content:
    return Content.assemble(
        (" opening ", "$dim"), (formats.amount(cash.opening), "bold $strong"),
        ("  + received ", "$dim"), (formats.amount(cash.received), "bold $success"),
        ("  − paid ", "$dim"), (formats.amount(cash.paid), "bold $warning"),
        ("  = ", "$dim"), (f"{formats.amount(cash.closing)} {cash.closing.currency}", "bold $strong"),
    )  # fmt: skip
