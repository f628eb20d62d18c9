"""What clients have yet to be told of their plans, counted by batch workers and kept while it holds."""

from collections.abc import Hashable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from actors.desk.core import Desk
from actors.notice_work import DueSum, ExportOrder
from domain.days import local_day, midnight_ms
from domain.errors import NotFoundError
from domain.notices.form import SheetForm
from store.catalog.notice_standing import NoticeMark
from store.catalog.notice_values import RateNotice
from store.catalog.rate_clients import Base, RateClient
from store.sheets.folder import NOTICES, SheetFolder

COMPANY = "Switchboard"
"""Who sends sheets, as on invoices."""
RATES, CHANGES = "rates", "changes"
"""The frames of a notice: what the client knows once it has it, and what changes by it."""

Notice = RateNotice | NoticeMark
Holds = tuple[str, int, Hashable]
"""What a count depends on: plan, version, and all else."""


class Dues:
    """Counts what is due, and keeps it: such a count reads a whole plan.

    Invariant: what is kept was counted of the plan's version, of what the client knows, by its notice and zone, and
    nothing has begun or turned late since, nor has another day. Clients for whom all of that is alike share a count.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known = dict[tuple[str, str], tuple[int, str]]()
        """By client and plan the notice by which it knows rates, and the sha256 of what that told, which never changes.
        """

    @property
    def folder(self) -> SheetFolder:
        """Return where files and frames of notices are."""
        return SheetFolder(self._desk.home.data, folder=NOTICES)

    async def of(self, client: RateClient, told: Notice | None, waits: Notice | None = None) -> DueSum:
        """Return what a client has yet to be told; `told`: the last notice by which it knows rates of the plan;
        `waits`: the one that is to tell it, None: none yet.

        Raises NotFoundError where what it knows is gone or cannot be read.
        """
        due = await self._of(self.order(client, SheetForm(), told), client, told)
        waiting = sum(count for at_ms, count in due.begun if waits is not None and at_ms > waits.made_ms)
        return replace(due, late=due.late + waiting)

    async def _of(self, order: ExportOrder, client: RateClient, told: Notice | None) -> DueSum:
        alike = replace(order, partner=None, told=None, at_ms=0)
        known = await self._digest(client, _notice_of(told, client.base))
        holds = (client.plan, client.version, (alike, client.counted, known))
        async with self._desk.counting:
            due = self._kept(holds)
            return due if due is not None else await self._count(holds, replace(order, at_ms=self._desk.now_ms()))

    def _kept(self, holds: Holds) -> DueSum | None:
        """Return what was counted, if that holds now."""
        now_ms = self._desk.now_ms()
        since_ms, until_ms, due = self._desk.dues.get(holds, (0, -1, DueSum()))
        if not since_ms <= now_ms <= until_ms:
            return None
        return replace(due, tell_by_ms=now_ms) if due.at_once else due

    async def _count(self, holds: Holds, order: ExportOrder) -> DueSum:
        due, since_ms = await self._desk.tasks.due_sum(order), order.at_ms
        tomorrow_ms = midnight_ms(local_day(since_ms, order.zone) + timedelta(days=1), order.zone)
        until_ms = min(tomorrow_ms - 1, tomorrow_ms if due.until_ms is None else due.until_ms)
        self._forget(holds, since_ms)
        if due.plan_version == holds[1]:  # else it changed while this was counted
            self._desk.dues[holds] = (since_ms, until_ms, due)
        return due

    def _forget(self, holds: Holds, now_ms: int) -> None:
        """Forget what holds no more, beside what is counted now."""
        for other, (_, until_ms, _due) in list(self._desk.dues.items()):
            if until_ms < now_ms or (other[0] == holds[0] and other[1] < holds[1]):
                del self._desk.dues[other]

    async def _digest(self, client: RateClient, notice: int | None) -> str:
        """Return the sha256 of what a client knows by a notice, "" for none. Raises NotFoundError."""
        if notice is None:
            return ""
        key = (client.partner, client.plan)
        number, digest = self._known.get(key, (None, ""))
        if number != notice:
            data = await self._desk.read(lambda _: self.folder.read(notice, RATES))
            digest = sha256(data).hexdigest()
            self._known[key] = (notice, digest)
        return digest

    def order(self, client: RateClient, form: SheetForm, told: Notice | None) -> ExportOrder:
        """Return what is asked for a client's sheet in a form, as of now."""
        return ExportOrder(
            plan=client.plan,
            form=form,
            at_ms=self._desk.now_ms(),
            zone=client.zone,
            partner=client.partner,
            company=COMPANY,
            **self.known(client.partner, client.plan, told, client.base),
            notice=client.notice,
        )

    def known(self, partner: str, plan: str, told: Notice | None, base: Base | None) -> dict[str, Any]:
        """Return `told` and `base` of an order: what a client knows by a notice of the plan, else by what it left.

        Raises NotFoundError where it is gone.
        """
        notice = _notice_of(told, base)
        if notice is None:
            return {"base": (base.plan, base.version) if base is not None else None}
        try:
            return {"told": self.folder.part(notice, RATES)}
        except NotFoundError:
            where = f"{partner}, plan {plan}"
            mend = f"Say what it knows: `switchboard notices told {partner} --plan {plan} --comment ...`."
            raise NotFoundError(f"what it was told by notice {notice} is gone", where=where, mend=mend) from None


def _notice_of(told: Notice | None, base: Base | None) -> int | None:
    if told is not None:
        return told.id
    return base.notice if base is not None else None
