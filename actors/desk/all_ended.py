"""Whether all calls of some days have ended: what is counted before would lack what they cost."""

import asyncio

from actors.desk.core import Desk
from domain.calls import LegState
from domain.errors import InputError
from domain.ids import EndUserId, PartnerId
from domain.invoicing import InvoicePeriod
from store.book_reader import BookReader


async def all_ended(desk: Desk, partner: PartnerId, period: InvoicePeriod, user: EndUserId | None = None) -> None:
    """Refuse days of which calls of a client, or of an end user of it, have no end yet, or ours alone.

    What they cost later would be on no invoice or bill. Raises InputError.
    """
    going, ours = await asyncio.to_thread(_without_end, desk.reader, partner, period, user)
    if going or ours:
        whose, paper = (partner, "invoice") if user is None else (f"end user {user} of {partner}", "bill")
        raise InputError(
            f"{going} calls of {whose} in these days have not ended, and {ours} were ended by us and wait for "
            f"their real end: what they cost after this {paper} would be in none",
            where=f"{period.first} to {period.last}",
            mend="Wait, or see `switchboard cdrs list --open` and `--partial`; --with-open issues it all the same, "
            "and the balance alone has what comes later.",
        )


def _without_end(
    reader: BookReader, partner: PartnerId, period: InvoicePeriod, user: EndUserId | None
) -> tuple[int, int]:
    """Count a client's legs of a period that are open, and those that were ended by us and wait."""
    found = {LegState.OPEN.value: 0, LegState.PARTIAL.value: 0}
    where = "seq IS NULL AND side = 'client' AND partner = ?"
    where += " AND coalesce(connect_ms, setup_ms) >= ? AND coalesce(connect_ms, setup_ms) < ?"
    args: list[object] = [partner, period.from_ms, period.to_ms]
    if user is not None:
        where, args = f"{where} AND end_user = ?", [*args, user]
    for _, book in reader.every():
        for state, count in book.leg_rows(("state", "count(*)"), f"WHERE {where} GROUP BY state", args):
            found[state] = found.get(state, 0) + count
    return found[LegState.OPEN.value], found[LegState.PARTIAL.value]
