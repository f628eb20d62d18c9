"""Bills of end users: counted once, after their calls have ended, with the list of just the calls they count."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from secrets import token_hex

from actors.desk.all_ended import all_ended
from actors.desk.core import Desk
from actors.tasks import UserBillQuery
from actors.tokens import caller
from domain.directory import Partner
from domain.errors import InputError, SwitchboardError
from domain.ids import EndUserId
from domain.invoicing import CallRow, InvoicePeriod, InvoiceSums, invoice_period
from domain.money import Money
from domain.user_bills import Bill, UserUsage, bill_lines
from protos import end_users_pb2 as pb
from store.bill_file import FOLDER, read_calls
from store.catalog import Catalog
from store.catalog.end_users import where


@dataclass(frozen=True, slots=True)
class MadeBill:
    """A bill with its calls, as far as they are asked for; `later`: what came after it was issued."""

    bill: Bill
    partner: Partner
    period: InvoicePeriod
    later: Money
    calls: list[CallRow]


class UserBills:
    """Issues bills one after the other, and shows them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._issuing = asyncio.Lock()  # who asks twice gets the one bill and leaves one list of calls

    async def make(self, partner: Partner, request: pb.EndUserBillRequest) -> MadeBill:
        """Issue what is asked for, or show it again as it was issued; or show a draft. Raises InputError."""
        user = EndUserId(request.id)
        period = invoice_period(_day(request.first_day), _day(request.last_day), partner.zone)
        query = UserBillQuery(partner.id, period.from_ms, period.to_ms, user, listed=request.calls)
        if request.draft:
            cut = await self._desk.tasks.user_bill(query)
            draft = Bill("", user, period.from_ms, period.to_ms, 0, self._sums(partner, cut.usages))
            return MadeBill(draft, partner, period, Money(0, partner.currency), cut.calls)
        bill = await self._desk.whole(self._issued(partner, period, query, with_open=request.with_open))
        now = self._sums(partner, (await self._desk.tasks.user_bill(replace(query, listed=False))).usages)
        later = Money(sum(line.charge for line in now.lines) - bill.total.units, partner.currency)
        path = self._folder / (bill.calls_file or "-")
        calls = await asyncio.to_thread(read_calls, path, bill.number) if request.calls else []
        return MadeBill(bill, partner, period, later, calls)

    @property
    def _folder(self) -> Path:
        return self._desk.home.data / FOLDER

    async def _issued(self, partner: Partner, period: InvoicePeriod, query: UserBillQuery, *, with_open: bool) -> Bill:
        """Count after all has ended, list what is counted, then give it a number."""
        desk, user = self._desk, query.user
        async with self._issuing:
            known = await desk.read(lambda catalog: catalog.end_user_bills.of(partner.id, user, period))
            if known is not None:
                return known
            about = where(partner.id, user)
            if not user:
                raise InputError("calls of nobody are on the partner's invoice", where=about, mend="Ask for a draft.")
            if period.to_ms > desk.now_ms():
                what = f"{period.last} is not over in {period.zone}"
                raise InputError(what, where=about, mend="Choose days that are over, or give --draft.")
            if not with_open:
                await all_ended(desk, partner.id, period, user)
            file = self._folder / f"{partner.id}-{token_hex(8)}.json"
            try:
                cut = await desk.tasks.user_bill(replace(query, listed=False, file=file))
                sums = self._sums(partner, cut.usages)
                if not sums.lines:
                    raise InputError("no charged calls in that period", where=about, mend="Choose another period.")
            except BaseException:
                file.unlink(missing_ok=True)
                raise
            who, now_ms = caller(), desk.now_ms()
            return await self._numbered(
                file,
                lambda catalog: catalog.end_user_bills.issue(
                    partner.id, user, period, sums, file.name, who=who, at_ms=now_ms
                ),
            )

    async def _numbered(self, file: Path, issue: Callable[[Catalog], Bill]) -> Bill:
        """Give a bill its number. Its list is deleted only where it is known that no bill names it."""
        try:
            bill = await self._issue(issue)
        except InputError:
            await asyncio.to_thread(file.unlink, missing_ok=True)
            raise
        if bill.calls_file != file.name:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        return bill

    async def _issue(self, issue: Callable[[Catalog], Bill]) -> Bill:
        """Ask once more where an answer is lost: the bill may be there all the same, and is returned as it is."""
        try:
            return await self._desk.write(issue)
        except SwitchboardError:
            raise
        except Exception:
            return await self._desk.write(issue)

    def _sums(self, partner: Partner, usages: Iterable[UserUsage]) -> InvoiceSums:
        found = list(usages)
        names = {one.destination: self._desk.name_of(one.destination) for one in found}
        return bill_lines(partner.currency, found, names)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no day", where="period", mend="Write it like 2026-10-31.") from None
