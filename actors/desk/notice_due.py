"""What clients have yet to be told of their plans, counted by batch workers and kept while it holds."""

import asyncio
from pathlib import Path

from actors.desk.core import Desk
from actors.notice_work import DueSum, ExportOrder
from domain.days import local_day
from domain.errors import NotFoundError
from domain.notices.form import SheetForm
from store.catalog.notice_values import RateNotice
from store.catalog.rate_clients import RateClient
from store.sheets.folder import NOTICES, SheetFolder

COMPANY = "Switchboard"
"""Who sends sheets, as on invoices."""
RATES, CHANGES = "rates", "changes"
"""The frames of a notice: what the client knows once it has it, and what changes by it."""


class Dues:
    """Counts what is due, one client at a time: such a count reads a whole plan.

    Invariant: what is kept was counted of the plan's version, of the last notice that the client knows, on this day of
    its zone and, where all could be told in time, before that time was over.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._turn = asyncio.Semaphore(1)

    @property
    def folder(self) -> SheetFolder:
        """Return where files and frames of notices are."""
        return SheetFolder(self._desk.home.data, folder=NOTICES)

    async def of(self, client: RateClient, told: RateNotice | None) -> DueSum:
        """Return what a client has yet to be told; `told`: the last notice by which it knows rates of the plan."""
        now_ms = self._desk.now_ms()
        holds = (client.version, told.id if told else 0, client.notice, client.zone, local_day(now_ms, client.zone))
        async with self._turn:
            kept = self._desk.dues.get((client.partner, client.plan))
            if kept is not None and kept[0] == holds and not _over(kept[2], kept[1], now_ms):
                return kept[2]
            due = await self._desk.tasks.due_sum(self.order(client, SheetForm(), told))
            self._desk.dues[client.partner, client.plan] = (holds, now_ms, due)
            return due

    def order(self, client: RateClient, form: SheetForm, told: RateNotice | None) -> ExportOrder:
        """Return what is asked for a client's sheet in a form, as of now."""
        return ExportOrder(
            plan=client.plan,
            form=form,
            at_ms=self._desk.now_ms(),
            zone=client.zone,
            partner=client.partner,
            company=COMPANY,
            told=self.known(told),
            notice=client.notice,
        )

    def known(self, told: RateNotice | None) -> Path | None:
        """Return the file of what a client knows by a notice. Raises NotFoundError where it is gone."""
        if told is None:
            return None
        try:
            return self.folder.part(told.id, RATES)
        except NotFoundError:
            where = f"{told.partner}, plan {told.plan}"
            mend = f"Say what it knows: `switchboard notices told {told.partner} --plan {told.plan} --comment ...`."
            raise NotFoundError(f"what it was told by notice {told.id} is gone", where=where, mend=mend) from None


def _over(due: DueSum, counted_ms: int, now_ms: int) -> bool:
    return due.tell_by_ms is not None and counted_ms <= due.tell_by_ms < now_ms
