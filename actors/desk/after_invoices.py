"""What came after invoices: calls of their days that were charged, or charged otherwise, when they had been counted."""

from collections.abc import Sequence

from actors.desk.core import Desk
from actors.desk.finance import transfers_of
from actors.tasks import TrafficRow
from domain.calls import Side
from domain.ledger import TransferKind, posted_of, receivable
from domain.money import Money
from store.catalog.invoices import Invoice

_BESIDE = (TransferKind.ROUNDING, TransferKind.SURCHARGE)


async def came_after(desk: Desk, invoices: Sequence[Invoice]) -> list[Money]:
    """Return for each issued invoice what the calls of its days are charged now, less what it asked for them, exact.

    What it asked for calls is its total without what was posted with it, for rounding and for short calls.
    """
    traffic: dict[tuple[int, int], list[TrafficRow]] = {}
    found: list[Money] = []
    for entry in invoices:
        period = entry.from_ms, entry.to_ms
        if period not in traffic:
            traffic[period] = await desk.tasks.traffic(*period)
        account, number = receivable(entry.partner), entry.number
        posted = await transfers_of(desk, account, ref=number)
        beside = sum(posted_of(posted, kind, number, account)[0] for kind in _BESIDE)
        rows = traffic[period]
        charged = sum(row.charge for row in rows if (row.partner, row.side) == (entry.partner, Side.CLIENT))
        found.append(Money(charged + beside - entry.total.units, entry.total.currency))
    return found
