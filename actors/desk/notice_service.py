"""Operators' service of notices of rates."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc
import structlog

from actors.desk.core import Desk
from actors.desk.notice_due import CHANGES, COMPANY
from actors.desk.notice_making import Making, no_contact, waiting
from actors.desk.notice_messages import due_message, notice_message, pieces, whole_notice
from actors.desk.sheet_rows import change_page
from actors.notice_work import DueSum, ExportOrder
from actors.tokens import caller
from domain.errors import ConflictError, InputError, NotFoundError, SwitchboardError
from domain.ids import PartnerId, PlanId
from domain.notices.form_fields import changed_form
from domain.notices.states import UNREACHED, ContactState, NoticeKind, NoticesMode, NoticeState
from protos import notices_pb2 as pb
from protos import notices_pb2_grpc as services
from protos.operators_pb2 import Changed
from protos.sheets_pb2 import ChangePage
from store.catalog import Catalog
from store.catalog.notice_values import RateNotice, WantedNotices
from store.catalog.rate_clients import RateClient

Context = grpc.aio.ServicerContext[Any, Any]
NO_NOTICES = "its contract asks for none (rates_notices=off)"
FOREVER_MS = 2**62


class NoticesService(services.NoticesServiceServicer):
    """Exports sheets, says who must be told what, makes, sends and shows notices."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._making = desk, Making(desk)

    async def Export(self, request: pb.ExportQuery, context: Context) -> AsyncIterator[pb.ExportChunk]:
        """Write a sheet of a plan, for a client or for nobody; nobody is told."""
        written = await self._desk.tasks.write_sheet(await self._order(request))
        async for piece in pieces(written.file_name, written.rows, written.due.kinds, written.data):
            yield piece

    async def Due(self, request: pb.DueQuery, context: Context) -> pb.DueNotices:
        """Say who must be told what, and by when; who must be told first comes first."""
        clients = await self._clients(request.partner, request.plan)
        told = await self._desk.read(lambda catalog: catalog.rate_notices.told())
        queued = await self._desk.read(lambda catalog: catalog.rate_notices.queued())
        found = []
        for client in clients:
            key, off = (client.partner, client.plan), client.mode is NoticesMode.OFF
            if off and not request.all:
                continue
            due, words = await self._due(client, told.get(key), queued.get(key))
            if due.changes or words or request.all:
                words = words or (NO_NOTICES if off else no_contact(client))
                found.append(due_message(client, due, told.get(key), queued.get(key), words))
        found.sort(key=lambda one: one.tell_by_ms if one.HasField("tell_by_ms") else FOREVER_MS)
        return pb.DueNotices(due=found, now_ms=self._desk.now_ms())

    async def Make(self, request: pb.NoticeOrder, context: Context) -> pb.NoticePage:
        """Make notices for all to whom something is due, or of one partner or plan; they wait for approval.

        A client for whom it fails keeps no other from its notice: the answer says who and why. Raises what went wrong
        where nothing else came of it.
        """
        await self._making.look_who()
        clients = await self._clients(request.partner, request.plan)
        if not request.partner:
            clients = [one for one in clients if one.contacts and one.mode is not NoticesMode.OFF]
        made, failed = [], {}
        for client in clients:
            try:
                name, form = await self._making.form(client, request.form, request.values)
                notice = await self._making.make(client, name, form, comment=request.comment, even=request.even)
            except SwitchboardError as error:
                failed[f"{client.partner}, plan {client.plan}"] = error
            else:
                made += [notice] if notice is not None else []
        if len(failed) == 1 and not made:
            raise next(iter(failed.values()))
        left_out = [f"{who}: {error}" for who, error in failed.items()]
        return pb.NoticePage(notices=[notice_message(one) for one in made], total=len(made), left_out=left_out)

    async def List(self, request: pb.NoticeQuery, context: Context) -> pb.NoticePage:
        """List notices, newest first."""
        wanted = WantedNotices(request.partner, request.plan, request.state, request.kind)
        _check_word("state", request.state, NoticeState)
        _check_word("kind", request.kind, NoticeKind)
        most, offset = self._desk.page(request.limit), request.offset
        found = await self._desk.read(lambda catalog: catalog.rate_notices.list(wanted, limit=most, offset=offset))
        total = await self._desk.read(lambda catalog: catalog.rate_notices.count(wanted))
        return pb.NoticePage(notices=[notice_message(one) for one in found], total=total)

    async def Show(self, request: pb.NoticeRef, context: Context) -> pb.RateNotice:
        """Show a notice with its mail, contacts and history."""
        notice = await self._notice(request.id)
        return whole_notice(notice, await self._desk.read(lambda catalog: catalog.rate_notices.events(notice.id)))

    async def Changes(self, request: pb.NoticeRowsQuery, context: Context) -> ChangePage:
        """Show what changes by a notice, against what the client knew."""
        notice = await self._notice(request.id)
        if notice.kind is not NoticeKind.RATES:
            mend = f"See `switchboard sheets changes {notice.sheet}`."
            raise NotFoundError("an answer changes nothing", where=f"notice {notice.id}", mend=mend)
        path, most = self._making.dues.folder.part(notice.id, CHANGES), self._desk.page(request.limit)
        page = await self._desk.tasks.notice_changes(path, request.kind, request.code, most, request.offset)
        return change_page(page)

    async def File(self, request: pb.NoticeRef, context: Context) -> AsyncIterator[pb.ExportChunk]:
        """Return the file as it is or was sent."""
        notice = await self._notice(request.id)
        if not notice.file_name:
            raise NotFoundError("it has no file", where=f"notice {notice.id}")
        data = await self._desk.read(lambda _: self._making.dues.folder.raw(notice.id))
        async for piece in pieces(notice.file_name, notice.rows, notice.counts, data):
            yield piece

    async def Approve(self, request: pb.NoticeApproval, context: Context) -> Changed:
        """Send notices, of those that the caller has seen; the answer names what was made since."""
        if not request.ids and not request.up_to:
            raise InputError("no notice is named", mend="Name them, or the highest number that you have seen.")
        up_to = request.up_to
        sent = await self._making.approve(request.ids, request.late_seen, request.comment, up_to=up_to)
        since = [one for one in await self._desk.read(waiting) if one.id > up_to] if up_to else []
        left = f"; made since, and left: {_named(since)}" if since else ""
        if not sent:
            return Changed(what=f"no notice waits for approval{left}")
        mails = _mails(sum(len(one.contacts) for one in sent))
        return Changed(what=f"approved: {_named(sent)}; {mails}{self._kept()}{left}")

    async def Cancel(self, request: pb.NoticeRef, context: Context) -> Changed:
        """Send a notice that waits never."""
        who, now_ms = caller(), self._desk.now_ms()
        await self._desk.write(lambda catalog: catalog.rate_notices.cancel(request.id, who=who, at_ms=now_ms))
        return Changed(what=f"notice {request.id} is cancelled; nobody is told by it")

    async def Resend(self, request: pb.NoticeResend, context: Context) -> Changed:
        """Send a notice again to a contact, or to all that were not reached."""
        notice = await self._notice(request.id)
        addresses = [request.address.strip()] if request.address else _unreached(notice)
        if not addresses:
            mend = "Name the contact that it is to go to again."
            raise ConflictError("all of its contacts were reached", where=f"notice {notice.id}", mend=mend)
        sender, who, now_ms = self._desk.home.settings.mail.sender, caller(), self._desk.now_ms()
        await self._desk.write(
            lambda catalog: catalog.rate_notices.resend(notice.id, addresses, sender, who=who, at_ms=now_ms)
        )
        return Changed(what=f"notice {notice.id} goes again to {', '.join(addresses)}{self._kept()}")

    async def Told(self, request: pb.ToldOtherwise, context: Context) -> Changed:
        """Write down that a client knows rates otherwise."""
        if not request.partner:
            raise InputError("no partner is named", mend="Say which client knows its rates.")
        await self._making.look_who()  # what is told before it is known who has the plan tells nothing
        clients = await self._clients(request.partner, request.plan)
        at_ms = request.at_ms if request.HasField("at_ms") else None
        versions = [await self._version(client, at_ms) for client in clients]
        told = self._making.told_otherwise
        made = [await told(client, request.comment, at) for client, at in zip(clients, versions, strict=True)]
        named = ", ".join(f"{one.plan} version {one.plan_version} (notice {one.id})" for one in made)
        return Changed(what=f"{request.partner} knows {named}")

    async def Answer(self, request: pb.NoticeAnswer, context: Context) -> Changed:
        """Write down what a contact said, or what became of its mail."""
        _check_word("state", request.state, ContactState)
        state = ContactState(request.state) if request.state else ContactState.WAITING
        if state is ContactState.WAITING:
            raise InputError("no state is given", mend="Give accepted, refused, answered, delivered or bounced.")
        who, now_ms = caller(), self._desk.now_ms()

        def order(catalog: Catalog) -> RateNotice:
            hear = catalog.rate_notices.hear
            return hear(request.id, request.address, state, request.comment, who=who, at_ms=now_ms)

        notice = await self._desk.write(order)
        its = next(one.state for one in notice.contacts if one.address == request.address)
        return Changed(what=f"notice {notice.id}: {request.address} {its.value}")

    async def _version(self, client: RateClient, at_ms: int | None) -> int | None:
        """Return the version of a client's plan as of a moment, None: the newest. Raises InputError for none."""
        if at_ms is None:
            return None
        where = f"{client.partner}, plan {client.plan}"
        if at_ms > self._desk.now_ms():
            raise InputError("that moment is to come", where=where, mend="Leave it out: what is known now.")
        version = await self._desk.read(lambda catalog: catalog.plan_changes.version_at(client.plan, at_ms))
        if version is None:
            mend = "Give a later moment, or leave it out: what is known now."
            raise InputError("there was no such plan then", where=where, mend=mend)
        return version if version != client.version else None

    async def _order(self, request: pb.ExportQuery) -> ExportOrder:
        """Return what is asked for a sheet. Raises InputError, NotFoundError."""
        plan, partner = PlanId(request.plan), PartnerId(request.partner) if request.partner else None
        name, zone, told, base = request.form, "", None, None
        rules = (await self._desk.read(lambda catalog: catalog.plans.get(plan))).rules
        if partner is not None:
            terms = await self._desk.read(lambda catalog: catalog.partners.terms(partner))
            told = await self._desk.read(lambda catalog: catalog.rate_notices.last_told(partner, plan))
            clients = await self._desk.read(lambda catalog: catalog.rate_clients.list(partner, plan))
            base = clients[0].base if clients else None
            name, zone = name or terms.contract.rates_form, terms.partner.zone
        notice = await self._desk.read(lambda catalog: catalog.rate_terms.notice(plan, partner))
        form = await self._desk.read(lambda catalog: catalog.sheet_forms.get(name))
        return ExportOrder(
            plan=plan,
            form=changed_form(form, request.values, f"form {name or 'usual'}"),
            at_ms=request.at_ms if request.HasField("at_ms") else self._desk.now_ms(),
            zone=zone or rules.zone,
            partner=partner,
            company=COMPANY,
            **self._making.dues.known(request.partner, plan, told, base),
            notice=notice,
        )

    async def _clients(self, partner: str, plan: str) -> list[RateClient]:
        """Return clients with their plans. Raises NotFoundError, and InputError where a partner named has no plan."""
        if partner:
            await self._desk.read(lambda catalog: catalog.partners.get(PartnerId(partner)))
        if plan:
            await self._desk.read(lambda catalog: catalog.plans.get(PlanId(plan)))
        clients = await self._desk.read(lambda catalog: catalog.rate_clients.list(partner, plan))
        if partner and not clients:
            which = f"is not sold anything by plan {plan}" if plan else "has no sell plan"
            raise InputError(f"{partner} {which}", mend="Give it one: `switchboard plans assign`.")
        return clients

    async def _due(self, client: RateClient, told: RateNotice | None, queued: RateNotice | None) -> tuple[DueSum, str]:
        """Return what is due to a client, and why that cannot be told where its former notice is gone or damaged."""
        try:
            return await self._making.dues.of(client, told, queued), ""
        except SwitchboardError as error:
            return DueSum(), str(error)
        except Exception as error:
            structlog.get_logger().exception("what is due is not counted", partner=client.partner, plan=client.plan)
            return DueSum(), f"it cannot be counted: {type(error).__name__}: {error}"

    async def _notice(self, number: int) -> RateNotice:
        return await self._desk.read(lambda catalog: catalog.rate_notices.get(number))

    def _kept(self) -> str:
        host = self._desk.home.settings.mail.host
        return "" if host else "; no mail server is set ([mail] host): they wait"


def _unreached(notice: RateNotice) -> list[str]:
    return [one.address for one in notice.contacts if one.state in UNREACHED]


def _named(notices: Sequence[RateNotice]) -> str:
    return ", ".join(f"{one.id} to {one.partner}" for one in notices)


def _mails(count: int) -> str:
    return f"{count} mail{' is' if count == 1 else 's are'} on the way"


def _check_word(what: str, text: str, words: type[NoticeState] | type[NoticeKind] | type[ContactState]) -> None:
    if text and text not in list(words):
        raise InputError(f"there is no {what} {text!r}", mend=f"Give one of {', '.join(words)}.")
