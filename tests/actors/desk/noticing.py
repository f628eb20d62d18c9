"""A desk that tells rates: batch work without Ray, and the notices service with a client that has contacts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from actors.desk.core import Desk
from actors.desk.notice_rounds import NoticeRounds
from actors.desk.notice_service import NoticesService
from domain.contract import Contract
from domain.ids import PartnerId, PlanId
from domain.notices.states import NoticesMode
from domain.rates import RateRow
from protos import notices_pb2 as pb
from store.catalog.notice_values import RateNotice
from tests.actors.desk.test_sheets import Digesting
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import row

NOBODY: Any = None
ANN, BOB = "ann@orbita.example", "bob@orbita.example"
DAY_MS = 86_400_000


class Noticing(Digesting):
    """Every task without Ray, in a thread."""

    async def _run(self, module: str, function: str, *given: Any, **more: Any) -> Any:
        work = getattr(import_module(f"cluster.tasks.{module}"), function)
        return await asyncio.to_thread(work, self.home, *given)


class Teller:
    """The notices service and the rounds of one desk."""

    def __init__(self, desk: Desk) -> None:
        (desk.home.data / "snapshots").mkdir(exist_ok=True)
        desk.tasks = Noticing(desk.home)
        self.desk, self.alarms = desk, dict[str, str]()
        self.begin()

    def begin(self) -> None:
        """Let the desk begin anew: what it had in memory is gone."""
        self.desk.dues.clear()
        self.service = NoticesService(self.desk)
        self.rounds = NoticeRounds(self.desk, self.alarm)

    def alarm(self, key: str, text: str, severity: str) -> None:
        self.alarms[key] = text

    def contacts(
        self, partner: str, *emails: str, mode: NoticesMode = NoticesMode.ASK, billing: Sequence[str] = ()
    ) -> None:
        """Give a partner contacts for rates, and say how notices are made for it."""
        terms = self.desk.catalog.partners.terms(PartnerId(partner))
        contract = replace(terms.contract, rates_notices=mode)
        self.desk.catalog.partners.change(terms.partner, contract, list(billing), None, list(emails), **BY)

    def rate(self, *rates: RateRow, plan: str = "sell") -> None:
        """Let a plan have other rates from now on."""
        self.desk.catalog.plans.add_rates(PlanId(plan), rates, who="ada", at_ms=self.desk.now_ms())

    def raised(self, price: str = "0.2", days: int = 10, plan: str = "sell") -> None:
        """Let calls to Kenya cost another price from a day on."""
        self.rate(row("254", price, valid_from_ms=NOW + days * DAY_MS), plan=plan)

    def posted(self) -> None:
        """Let all mail be gone: sent, and forgotten."""
        for mail in self.desk.catalog.mail.list():
            self.desk.catalog.mail.mark(mail.id, "sent", sender="us@ours.example", **BY)
        self.desk.catalog.mail.forget(self.desk.now_ms() + 1)

    def notices(self, **wanted: Any) -> list[RateNotice]:
        """Return all notices, the oldest first."""
        return self.desk.catalog.rate_notices.list(**wanted)[::-1]

    async def made(self, **order: Any) -> list[pb.RateNotice]:
        return list((await self.service.Make(pb.NoticeOrder(**order), NOBODY)).notices)

    async def approved(self, *ids: int, late_seen: int = 0, up_to: int = 0) -> str:
        """Approve notices, without numbers all that wait now."""
        seen = up_to or max((one.id for one in self.notices()), default=1) * (not ids)
        order = pb.NoticeApproval(ids=ids, late_seen=late_seen, up_to=seen)
        return (await self.service.Approve(order, NOBODY)).what

    async def told(self, **order: Any) -> RateNotice:
        """Tell a client, by default Orbita all of its plan."""
        (notice,) = await self.made(**({"partner": "orbita", "plan": "sell", "even": True} | order))
        await self.approved(notice.id, late_seen=notice.late)
        return self.desk.catalog.rate_notices.get(notice.id)

    async def due(self, **query: Any) -> list[pb.DueNotice]:
        return list((await self.service.Due(pb.DueQuery(**query), NOBODY)).due)


async def whole(chunks: AsyncIterator[pb.ExportChunk]) -> tuple[pb.ExportChunk, bytes]:
    """Return a file that comes in pieces, and what its first piece says."""
    found = [chunk async for chunk in chunks]
    return found[0], b"".join(chunk.data for chunk in found)


def contract_of(desk: Desk, partner: str) -> Contract:
    return desk.catalog.partners.contract(PartnerId(partner))
