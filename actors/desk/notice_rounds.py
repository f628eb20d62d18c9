"""Notices made by themselves: for the clients whose rates changed, by whatever way, and for whom sheets came from."""

import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import structlog

from actors.desk.core import Desk
from actors.desk.notice_answers import Answers
from actors.desk.notice_making import Making, no_contact, outdated
from actors.desk.notice_view import View
from actors.desk.repeating import repeat
from actors.home import machine_ms
from actors.tokens import caller
from domain.errors import SwitchboardError
from domain.notices.states import NoticeKind, NoticesMode, NoticeState
from domain.sheets.steps import Step, StepDone
from store.catalog import Catalog
from store.catalog.notice_standing import NoticeMark
from store.catalog.notice_values import RateNotice, WantedNotices
from store.catalog.plans import BUY
from store.catalog.rate_clients import TO_BE_TOLD, RateClient
from store.catalog.sheet_values import Sheet
from store.mail_texts import moment

LOOK_S = 1.0
ANYWAY_S = 60.0
"""So often everything is looked at though nothing was changed: time goes by."""
AHEAD_MS = 48 * 3_600_000
"""So long before somebody must be told at the latest there is an alarm."""
UNREAD_MS = 7 * 86_400_000
"""So long what came of a notice is an alarm, unless somebody deals with it."""
SHOWN, MOST = 5, 1_000


class NoticeRounds:
    """Looks for what changed, and makes the notices that contracts ask for.

    Invariants: what is made is in the catalog, and up to which version of its plan; so that whoever ends in between,
    all is made up for, and nothing is made twice. What waits says what is due by plan and contract as they are now;
    else it is superseded, by what is due then if anything is. Without approval nothing goes to a client that was told
    nothing of the plan before. Clients that nobody ever told anything get a notice when their plan changes, or is
    another one, not because there are notices at all.
    """

    def __init__(self, desk: Desk, alarm: Callable[[str, str, str], None]) -> None:
        """`alarm` is given (key, text, severity), an empty text ends it."""
        self._desk, self._alarm, self._making = desk, alarm, Making(desk)
        self._answers = Answers(desk, self._making)
        self._view, self._next_s = View(desk, self._making), 0.0
        self._since_ms: int | None = None

    def repeated(self) -> Coroutine[Any, Any, None]:
        """Return the work that is repeated."""
        return repeat("notices of rates", self.look, self._alarm, every_s=LOOK_S, first_s=LOOK_S)

    async def look(self) -> None:
        """Make what is due, where anything changed since the last look or some time went by."""
        if self._view.seen >= 0 and not await self._view.named() and time.monotonic() < self._next_s:
            return
        self._next_s = 0.0  # a round that fails is repeated
        changed = await self.round()
        self._next_s = 0.0 if changed else time.monotonic() + ANYWAY_S

    async def round(self) -> bool:
        """Make what is due, write into sheets who is told of them, and say who must be told soon; return whether
        anything was changed meanwhile, by whomever: that is for another round."""
        if self._since_ms is None:
            now_ms = self._desk.now_ms()
            self._since_ms = await self._desk.write(lambda catalog: catalog.rate_clients.since(now_ms))
        since_ms = self._since_ms
        view = self._view
        await view.look()
        failed = await self._renew_all(view.clients)
        changed = await view.look()
        clients = view.clients
        for client in clients:
            upto = view.of(client).dealt_with
            if _has_news(client, upto, since_ms) and (why := await self._tried(self._tell(client))):
                failed[client.plan] = why
        for number in await self._desk.read(lambda catalog: catalog.rate_clients.untold(since_ms)):
            sheet = await self._desk.read(partial(_sheet, number))
            if sheet.plan not in failed and (why := await self._tried(self._say(sheet))):
                failed[sheet.plan] = why
        failed |= await self._send_all(clients)
        self._alarm("notices not made", "; ".join(f"{plan}: {why}" for plan, why in failed.items())[:500], "error")
        changed = await view.look() or changed
        await self._warn(view.clients)
        await self._warn_of_contacts(view.clients)
        return changed

    async def _tried(self, work: Coroutine[Any, Any, None]) -> str:
        """Do work for one of many; return why it failed, "" where it did not: it keeps no other from its own."""
        try:
            await work
        except SwitchboardError as error:
            structlog.get_logger().warning("notice not made", error=str(error))
            return str(error)
        except Exception as error:  # a damaged file, a worker that died: whatever it is, it is this one's alone
            structlog.get_logger().exception("notice not made")
            return f"{type(error).__name__}: {error}"
        return ""

    async def _tell(self, client: RateClient) -> None:
        """Make the notice of a client whose rates changed since it was last told, or offered to be."""
        if (await self._making.dues.of(client, self._view.of(client).told)).changes:
            await self._make(client, news=True)

    async def _make(self, client: RateClient, *, news: bool) -> RateNotice | None:
        name, form = await self._making.form(client, "", {})
        auto = client.mode is NoticesMode.AUTO
        return await self._making.make(client, name, form, news=news, by_itself=auto)

    async def _renew_all(self, clients: Sequence[RateClient]) -> dict[str, str]:
        """Supersede what waits and is out of date; return why that failed, by plan."""
        by_key = {(str(client.partner), str(client.plan)): client for client in clients}
        failed = {}
        for notice in self._view.queued():
            client = by_key.get((notice.partner, notice.plan))
            why = outdated(notice, client)
            if why and (error := await self._tried(self._renew(client, notice, why))):
                failed[notice.plan] = error
        return failed

    async def _renew(self, client: RateClient | None, notice: NoticeMark, why: str) -> None:
        """Make what is due now in the place of a notice that is out of date."""
        wanted = client is not None and client.mode is not NoticesMode.OFF and bool(client.contacts)
        if client is not None and wanted and await self._make(client, news=False) is not None:
            return
        who, now_ms = caller(), self._desk.now_ms()
        await self._desk.write(lambda catalog: catalog.rate_notices.supersede(notice.id, why, who=who, at_ms=now_ms))

    async def _send_all(self, clients: Sequence[RateClient]) -> dict[str, str]:
        """Send what waits and goes out by itself, as contracts say, where nothing is late; return why that failed.

        It is looked for anew each time: whoever ended between making and sending, it goes out all the same.
        """
        auto = {(client.partner, client.plan) for client in clients if client.mode is NoticesMode.AUTO}
        failed = {}
        for notice in await self._desk.read(_by_itself):
            its_rates = notice.kind is NoticeKind.RATES
            if its_rates and (notice.based_on is None or (notice.partner, notice.plan) not in auto):
                continue
            if error := await self._tried(self._send(notice)):
                failed[notice.plan] = error
        return failed

    async def _send(self, notice: RateNotice) -> None:
        if not await self._making.late(notice):
            await self._making.approve([notice.id], 0, "by its contract (rates_notices=auto)")

    async def _say(self, sheet: Sheet) -> None:
        """Write into the last step of an applied sheet who is told of it; answer whom a sheet of a buy plan is from."""
        plans = {plan.id: plan for plan in await self._desk.read(lambda catalog: catalog.plans.list())}
        plan = plans.get(sheet.plan)
        if plan is None:
            words = f"nobody is {TO_BE_TOLD}: the plan is gone"
        elif plan.side == BUY:
            words = await self._answers.of(sheet)
        else:
            words = await self._clients_of(sheet, current=plan.version == sheet.version)
        now_ms = machine_ms()
        await self._desk.write(
            lambda catalog: catalog.sheets.say(sheet.id, StepDone(Step.NOTIFY, now_ms, now_ms, 0, words))
        )

    async def _clients_of(self, sheet: Sheet, *, current: bool) -> str:
        """Say which clients are told of a sheet of a sell plan."""
        wanted = WantedNotices(kind=NoticeKind.RATES, sheet=sheet.id)
        notices = await self._desk.read(lambda catalog: catalog.rate_notices.list(wanted, limit=MOST))
        clients = await self._desk.read(lambda catalog: catalog.rate_clients.list(plan=sheet.plan))
        silent = [client.partner for client in clients if no_contact(client) and client.mode is not NoticesMode.OFF]
        named = ", ".join(f"{one.partner} (notice {one.id})" for one in reversed(notices[-SHOWN:]))
        more = f" and {len(notices) - SHOWN} more" if len(notices) > SHOWN else ""
        count = f"{len(notices)} client{'' if len(notices) == 1 else 's'}"
        words = f"{count} {TO_BE_TOLD}: {named}{more}" if notices else f"nobody is {TO_BE_TOLD}"
        if not notices and not current:
            words += " but of what changed after it too"
        return words + (f"; without a contact: {', '.join(silent[:SHOWN])}" if silent else "")

    async def _warn(self, clients: Sequence[RateClient]) -> None:
        """Keep an alarm while a client that was told rates before, or has a notice, must be told soon and is not."""
        now_ms, soon = self._desk.now_ms(), list[tuple[int, str, bool]]()
        for client in clients:
            its = self._view.of(client)
            last = its.told
            if client.mode is NoticesMode.OFF or not (last or its.queued or its.unreached):
                continue
            if last is not None and last.plan_version >= client.version:
                continue  # it knows the plan as it is
            try:
                due = await self._making.dues.of(client, last, its.queued)
            except Exception:
                structlog.get_logger().exception("what is due is not counted", partner=client.partner, plan=client.plan)
                continue  # `notices due` says it; the others' alarm comes all the same
            if due.changes and due.tell_by_ms is not None and due.tell_by_ms <= now_ms + AHEAD_MS:
                soon.append((due.tell_by_ms, client.partner, due.at_once))
        late = any(at_ms < now_ms for at_ms, _, _ in soon)
        self._alarm("rates", _soon(sorted(soon)), "error" if late else "warning")

    async def _warn_of_contacts(self, clients: Sequence[RateClient]) -> None:
        """Keep an alarm while there are answers and bounces that nobody has dealt with, and one for clients whose
        rates are other than they know, and who have no contact."""
        since_ms = self._desk.now_ms() - UNREAD_MS
        unread = await self._desk.read(lambda catalog: catalog.notice_replies.unread(since_ms))
        said = dict.fromkeys(f"{partner} {state} notice {number}" for number, partner, state in unread)
        words = ", ".join(list(said)[:SHOWN]) + (f" and {len(said) - SHOWN} more" if len(said) > SHOWN else "")
        mend = "read it with `switchboard notices show`, enter what it means with `switchboard notices answer`"
        self._alarm("notices answered", f"rates: {words}; {mend}" if said else "", "warning")
        silent = [
            client.partner
            for client in clients
            if not client.contacts and _wants(client, self._view.of(client).told, self._since_ms or 0)
        ]
        names = ", ".join(list(dict.fromkeys(silent))[:SHOWN])
        text = f"rates: nobody can be told for {names}: `switchboard partners set PARTNER rates_emails=...`"
        self._alarm("rates without contact", text if silent else "", "warning")


def _has_news(client: RateClient, upto: int, since_ms: int) -> bool:
    """Say whether a client's plan has changed since notices were made for it (`upto` which version, 0: none)."""
    if client.mode is NoticesMode.OFF or not client.contacts or client.version <= upto:
        return False
    return bool(upto) or client.known_ms >= since_ms or client.moved


def _wants(client: RateClient, last: NoticeMark | None, since_ms: int) -> bool:
    """Say whether a client is to hear of its plan, by the contract and the last notice that told it any of it."""
    if client.mode is NoticesMode.OFF:
        return False
    if last is None:
        return client.mode is NoticesMode.AUTO or client.known_ms >= since_ms or client.moved
    return last.plan_version < client.version


def _soon(soon: Sequence[tuple[int, str, bool]]) -> str:
    """Return the text of the alarm about clients that must be told soon, each with its moment, and whether that is now
    for what holds already; "" for none."""
    if not soon:
        return ""
    names = list(dict.fromkeys(partner for _, partner, _ in soon))
    named = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    count = f"{len(names)} client{'' if len(names) == 1 else 's'}"
    by_ms, _, at_once = soon[0]
    when = "at once" if at_once else f"by {moment(by_ms)}"
    return f"rates: {count} must be told {when}: {named}; see `switchboard notices due`"


def _sheet(number: int, catalog: Catalog) -> Sheet:
    return catalog.sheets.get(number)


def _by_itself(catalog: Catalog) -> list[RateNotice]:
    """Return what waits and is to be sent without approval, the oldest first."""
    return catalog.rate_notices.list(WantedNotices(state=NoticeState.QUEUED, by_itself=True), limit=MOST)[::-1]
