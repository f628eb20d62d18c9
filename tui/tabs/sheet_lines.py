"""What a rate sheet says, line by line, and the rows that do not go in."""

from textual.content import Content

from protos import sheets_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.sheet_words import Opened, head, row_text
from tui.tabs.tab import Ask, Listed, Tab, fields
from tui.widgets.cells import Column, Row, number, word


class LinesTab(Tab):
    """One row per code of a row, as it was read."""

    name = "Lines"
    columns = (
        Column("row", 7, right=True),
        Column("tab", 10, above=120),
        Column("code", 11),
        Column("destination", 12, flex=1),
        Column("type", 8, above=104),
        Column("origin", 8, above=112),
        Column("first", 9, right=True, above=92, point=True),
        Column("price", 9, right=True, point=True),
        Column("incr.", 7),
        Column("from", 11),
        Column("said", 9, above=84),
    )
    empty = "no lines here: clear the filter with Esc"
    filter_hint = "254 (first digits of a code)"

    def __init__(self, opened: Opened, code: str = "") -> None:
        self._opened, self._code = opened, code

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of lines."""
        sheet = await self._opened.hear(link)
        self.every_s = self._opened.every_s
        code = ask.filter.strip() or self._code
        query = pb.SheetRowsQuery(id=sheet.id, code=code, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.sheets.Lines, query)
        return Listed([_line(one, ask.offset + at) for at, one in enumerate(reply.lines)], reply.total, head(sheet))


class RejectsTab(Tab):
    """One row per row that does not go in, with the raw row beside it; `m` mends the cell."""

    name = "Rejects"
    columns = (
        Column("row", 7, right=True),
        Column("tab", 10, above=92),
        Column("column", 12),
        Column("value", 14, flex=1),
        Column("check", 5),
        Column("why", 24, flex=3),
    )
    empty = "every row goes in"
    filter_hint = "R09 (a check)"
    detail_share = (3, 2)
    detail_below = True

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of rejects."""
        sheet = await self._opened.hear(link)
        self.every_s = self._opened.every_s
        check = ask.filter.strip().upper()
        query = pb.SheetRowsQuery(id=sheet.id, check=check, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.sheets.Rejects, query)
        rows = [_reject(one, ask.offset + at) for at, one in enumerate(reply.rejects)]
        return Listed(rows, reply.total, head(sheet))

    def detail(self, row: Row) -> Content | None:
        """Show the reason, and the row as it stood."""
        reject = reject_of(row)
        place = f"{row_text(reject.tab, reject.row)}, column {reject.column}"
        about = fields([("where", place), ("value", reject.value), ("check", reject.check)])
        raw = ("as it stood\n", "bold $accent"), (formats.plain(reject.raw), "$foreground")
        return Content.assemble((f"{formats.plain(reject.reason)}\n", "bold $strong"), about, *raw)


def reject_of(row: Row) -> pb.SheetReject:
    """Return the reject of a row."""
    assert isinstance(row.item, pb.SheetReject)
    return row.item


def _line(one: pb.SheetLine, at: int) -> Row:
    ends = "closed" if one.closed else "blocked" if one.blocked else ""
    terms = one.terms if one.HasField("terms") else None
    return Row(
        f"{at} {one.code}",
        (
            number(str(one.row), one.row, "dim"),
            word(one.tab, "dim"),
            word(one.code, "strong"),
            word(one.name),
            word(one.rate_type, "dim"),
            word(one.origin, "dim"),
            number(formats.price(terms.first_price_units) if terms else formats.NOTHING, one.terms.first_price_units),
            number(
                ends or (formats.price(terms.next_price_units) if terms else formats.NOTHING),
                one.terms.next_price_units,
                "warn" if ends else "strong",
            ),
            word(f"{terms.first_s}/{terms.next_s}" if terms else ""),
            number(formats.stamp(one.from_ms)[:11], one.from_ms),
            word(one.status, "dim"),
        ),
        one,
    )


def _reject(one: pb.SheetReject, at: int) -> Row:
    return Row(
        f"{at} {one.tab} {one.row} {one.column}",
        (
            number(str(one.row), one.row, "dim"),
            word(one.tab, "dim"),
            word(one.column),
            word(one.value, "strong"),
            word(one.check, "warn"),
            word(one.reason),
        ),
        one,
    )
