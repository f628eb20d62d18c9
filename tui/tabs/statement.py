"""A partner's statement: opening, every movement, closing."""

from textual.content import Content

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, number, word
from tui.windows import MONTHS


class StatementTab(Tab):
    """Lines in the order of time; the last balance is the closing one."""

    name = "Statement"
    columns = (
        Column("date", 14),
        Column("what", 20, flex=1),
        Column("amount", 14, right=True),
        Column("balance", 14, right=True),
    )
    empty = "nothing moved in this window: try another with t"
    windows = MONTHS

    def __init__(self, balance: operators_pb2.PartnerBalance) -> None:
        self._balance = balance

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for the statement of the window."""
        request = operators_pb2.StatementRequest(partner=self._balance.partner.id, from_ms=ask.from_ms, to_ms=ask.to_ms)
        reply = await link.ask(lambda services: services.finance.GetStatement, request)
        rows = [_row(index, line) for index, line in enumerate(reply.lines)]
        return Listed(rows, len(rows), self._summary(reply))

    def _summary(self, statement: operators_pb2.Statement) -> Content:
        partner = self._balance.partner
        terms = "prepaid" if partner.prepaid else f"limit {formats.limit(partner.credit_limit_units)}"
        return Content.assemble(
            (" opening ", "$dim"), (formats.amount(statement.opening), "bold $strong"),
            ("   closing ", "$dim"), (formats.amount(statement.closing), "bold $strong"),
            (f" {statement.closing.currency}   ", "$dim"), (f"{statement.account}  {partner.status}, {terms}", "$dim"),
        )  # fmt: skip


def _row(index: int, line: operators_pb2.StatementLine) -> Row:
    return Row(
        str(index),
        (
            number(formats.stamp(line.at_ms), line.at_ms, "dim"),
            word(line.what),
            number(formats.amount(line.amount), line.amount.units),
            number(formats.amount(line.balance), line.balance.units, "strong"),
        ),
        line,
    )
