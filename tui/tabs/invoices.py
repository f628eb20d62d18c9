"""Invoices, and the lines of one."""

from textual.content import Content

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Drill, Listed, Tab
from tui.widgets.cells import Column, Row, number, word


class InvoicesTab(Tab):
    """All invoices, or those of one partner."""

    name = "Invoices"
    columns = (
        Column("number", 14, flex=1),
        Column("partner", 9),
        Column("from", 10),
        Column("to", 10, above=92),
        Column("issued", 10, above=104),
        Column("due", 10),
        Column("total", 12, right=True),
        Column("cur", 3),
        Column("state", 9),
    )
    empty = "no invoices yet: `switchboard invoices issue` makes one"
    every_s = 10.0
    has_drill = True

    def __init__(self, partner: str = "") -> None:
        self._partner = partner
        self.filter_hint = "" if partner else "part of a partner's name or of a number"

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of invoices."""
        page = operators_pb2.PageRequest(filter=self._partner or ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.invoices.List, page)
        return Listed([_row(invoice) for invoice in reply.invoices], reply.total)

    def enter(self, row: Row) -> Drill | None:
        """Open the invoice's lines."""
        invoice = row.item
        assert isinstance(invoice, operators_pb2.Invoice)
        return Drill(f"Invoice {invoice.number}", (InvoiceLinesTab(invoice),))


class InvoiceLinesTab(Tab):
    """The lines of one invoice, as it was issued: nothing is asked again."""

    name = "Lines"
    columns = (
        Column("destination", 16, flex=1),
        Column("price", 9, right=True),
        Column("calls", 9, right=True),
        Column("minutes", 11, right=True),
        Column("amount", 13, right=True),
    )
    empty = "this invoice has no lines"

    def __init__(self, invoice: operators_pb2.Invoice) -> None:
        self._invoice = invoice

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Return the lines that came with the invoice."""
        invoice = self._invoice
        rows = [_line(index, line) for index, line in enumerate(invoice.lines)]
        rows += [_fee(len(rows) + index, fee) for index, fee in enumerate(invoice.fees)]
        summary = Content.assemble(
            (" total ", "$dim"), (f"{formats.amount(invoice.total)} {invoice.total.currency}", "bold $strong"),
            (f"   {invoice.partner}, {formats.day(invoice.from_ms)} to {formats.day(invoice.to_ms - 1)}", "$dim"),
            (f"   {invoice.state}   {invoice.pdf_file}", "$dim"),
        )  # fmt: skip
        return Listed(rows, len(rows), summary)


def _row(invoice: operators_pb2.Invoice) -> Row:
    return Row(
        invoice.number,
        (
            word(invoice.number, "strong"),
            word(invoice.partner),
            number(formats.day(invoice.from_ms), invoice.from_ms, "dim"),
            number(formats.day(invoice.to_ms - 1), invoice.to_ms, "dim"),
            number(formats.day(invoice.issued_ms), invoice.issued_ms, "dim"),
            number(formats.day(invoice.due_ms), invoice.due_ms),
            number(formats.amount(invoice.total), invoice.total.units, "strong"),
            word(invoice.total.currency, "dim"),
            word(invoice.state, "hue"),
        ),
        invoice,
    )


def _fee(index: int, fee: operators_pb2.InvoiceFee) -> Row:
    return Row(
        str(index),
        (
            word(f"{fee.what}: {fee.arithmetic}", "strong"),
            number(formats.price(fee.price_units), fee.price_units),
            number(formats.count(fee.calls), fee.calls),
            word(""),
            number(formats.amount(fee.amount), fee.amount.units, "strong"),
        ),
        fee,
    )


def _line(index: int, line: operators_pb2.InvoiceLine) -> Row:
    return Row(
        str(index),
        (
            word(line.destination, "strong"),
            number(formats.price(line.price_units), line.price_units),
            number(formats.count(line.calls), line.calls),
            number(formats.minutes(line.billed_s), line.billed_s),
            number(formats.amount(line.amount), line.amount.units, "strong"),
        ),
        line,
    )
