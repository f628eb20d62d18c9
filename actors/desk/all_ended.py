"""Whether all calls of some days have ended and are charged: what is counted before would lack what they cost."""

import asyncio

from actors.desk.core import Desk
from domain.attribution import DirectoryIndex
from domain.calls import LegState
from domain.causes import FOR_A_PERSON, ParkCause
from domain.errors import InputError
from domain.ids import EndUserId, PartnerId
from domain.invoicing import InvoicePeriod
from domain.parking import DAY_MS, awaits
from store.book_reader import BookReader

_PAGE = 2_000
_MENDABLE = tuple(cause for cause in ParkCause if cause not in FOR_A_PERSON)


async def all_ended(desk: Desk, partner: PartnerId, period: InvoicePeriod, user: EndUserId | None = None) -> None:
    """Refuse days of which calls of a client, or of an end user of it, have no end yet, or ours alone, or are parked.

    What they cost later would be on no invoice or bill. Raises InputError.
    """
    whose, paper = (partner, "invoice") if user is None else (f"end user {user} of {partner}", "bill")
    days = f"{period.first} to {period.last}"
    anyway = f"--with-open issues the {paper} all the same, and the balance alone has what comes later."
    going, ours = await asyncio.to_thread(_without_end, desk.reader, partner, period, user)
    if going or ours:
        raise InputError(
            f"{going} calls of {whose} in these days have not ended, and {ours} were ended by us and wait for "
            f"their real end: what they cost after this {paper} would be in none",
            where=days,
            mend=f"Wait, or see `switchboard cdrs list --open` and `--partial`; {anyway}",
        )
    parked = await _parked(desk, partner, period, user)
    if parked:
        raise InputError(
            f"{parked} parked records may be calls of {whose} in these days: what they cost after this {paper} "
            "would be in none",
            where=days,
            mend="See `switchboard cdrs parked`, mend what they lack, such as a rate or a trunk, and "
            f"`switchboard cdrs retry`; {anyway}",
        )


async def _parked(desk: Desk, partner: PartnerId, period: InvoicePeriod, user: EndUserId | None) -> int:
    """Count the parked records that may be calls of a client, or of an end user of it, in a period."""
    if desk.world is not None:
        index = desk.world.index
    else:
        index = DirectoryIndex(await desk.read(lambda catalog: catalog.directory()))
    span_ms = period.from_ms, period.to_ms

    def count() -> int:
        found = 0
        for _, book in desk.reader.every():
            after = (period.from_ms - DAY_MS, b"")  # no record is there before its call, but for a wrong clock
            while page := book.parked_after(after, _PAGE, _MENDABLE):
                found += sum(awaits(record, partner, span_ms, index, user) for record in page)
                after = page[-1].received_ms, page[-1].park_id
        return found

    return await asyncio.to_thread(count)


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
