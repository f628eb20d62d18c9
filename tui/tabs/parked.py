"""Records that could not be attributed or rated: kept, never guessed, with the raw record beside the cause."""

from collections import Counter

from textual.content import Content

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.call_filter import parted
from tui.tabs.tab import Ask, Listed, Tab, fields
from tui.widgets.cells import Column, Row, number, word

_OUTCOMES = ("charged", "duplicate", "differing", "still_parked")


class ParkedTab(Tab):
    """One row per parked record."""

    name = "Parked"
    columns = (
        Column("received", 14),
        Column("cause", 22),
        Column("detail", 20, flex=1),
    )
    empty = "nothing is parked: every record was attributed and rated"
    every_s = 5.0
    filter_hint = "part of a cause or of the record, or call:ID (Call-ID, conf-id, Acct-Session-Id)"
    detail_share = (1, 1)
    has_retry = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of the queue."""
        words, call = parted(ask.filter)
        page = operators_pb2.ParkedQuery(filter=words, limit=ask.limit, offset=ask.offset, call=call)
        reply = await link.ask(lambda services: services.cdrs.Parked, page)
        return Listed([_row(record) for record in reply.records], reply.total)

    def detail(self, row: Row) -> Content | None:
        """Show cause and raw record together."""
        record = row.item
        assert isinstance(record, operators_pb2.ParkedRecord)
        head = fields([
            ("cause", record.cause), ("detail", record.detail), ("received", formats.exact_time(record.received_ms)),
            ("park id", record.park_id.hex()), ("call key", record.call_key.hex()),
        ])  # fmt: skip
        return Content.assemble(head, ("\nas received\n", "bold $accent"), (formats.plain(record.raw), "$foreground"))

    async def retry(self, link: Link, row: Row | None) -> str:
        """Have one record charged again, or all that mending can help."""
        request = operators_pb2.RetryRequest(park_ids=[bytes.fromhex(row.key)] if row else [])
        total: Counter[str] = Counter()
        while True:
            report = await link.ask(lambda services: services.cdrs.Retry, request)
            total.update({name: getattr(report, name) for name in ("retried", *_OUTCOMES)})
            if not report.next:
                return _said(total, dict(report.causes))
            request.after = report.next


def _said(total: Counter[str], causes: dict[str, int]) -> str:
    if not total["retried"]:
        return "nothing to retry: what differs or cannot be read needs a person"
    if total["retried"] == 1 and total["still_parked"]:
        return f"still parked: {', '.join(causes)}"
    outcomes = (f"{total[name]:,} {name.replace('_', ' ')}" for name in _OUTCOMES if total[name])
    return f"{total['retried']:,} retried: {', '.join(outcomes)}"


def _row(record: operators_pb2.ParkedRecord) -> Row:
    return Row(
        record.park_id.hex(),
        (
            number(formats.stamp(record.received_ms), record.received_ms, "dim"),
            word(record.cause, "warn"),
            word(record.detail),
        ),
        record,
    )
