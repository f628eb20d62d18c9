"""Operators' service of end users: who they are, what they use, and their bills."""

import asyncio
from collections.abc import AsyncIterator, Collection
from secrets import token_hex
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.end_user_bills import UserBills
from actors.desk.end_user_messages import bill_parts, sum_message, user_message
from actors.desk.field_changes import changed
from actors.desk.shards import Away, ask_shard, away_messages
from actors.desk.uploads import receive
from actors.tokens import caller
from domain.days import local_day, midnight_ms
from domain.directory import Partner
from domain.end_user_fields import changed_end_user, end_user_texts, new_end_user
from domain.end_user_rows import GivenUser, WrongRow, read_end_users
from domain.end_users import EndUser, EndUserUse
from domain.errors import ConflictError, InputError
from domain.ids import EndUserId, PartnerId
from domain.limits import Period
from domain.money import decimal_text
from domain.user_bills import UserTotal, totals
from protos import end_users_pb2 as pb
from protos import end_users_pb2_grpc as services
from protos.operators_pb2 import Changed, ImportChunk, RejectedRow
from store.book_reader import BookReader
from store.catalog import Catalog
from store.catalog.end_users import Imported, TopUp, where

Context = grpc.aio.ServicerContext[Any, Any]
MOST_REJECTS = 200


class EndUsersService(services.EndUsersServiceServicer):
    """Adds, changes, imports, removes, shows and lists end users, adds up their usage, and bills it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._bills = UserBills(desk)

    async def Add(self, request: pb.EndUserFields, context: Context) -> Changed:
        """Add an end user."""
        partner = PartnerId(request.partner)
        user = new_end_user(request.id, dict(request.values), where(request.partner, request.id))
        await self._desk.change_together(
            lambda catalog, at_ms: catalog.end_users.add(partner, user, who=caller(), at_ms=at_ms)
        )
        return Changed(what=f"end user {user.id} of {partner} added")

    async def Set(self, request: pb.EndUserFields, context: Context) -> Changed:
        """Change fields of an end user."""
        partner, user, texts = PartnerId(request.partner), EndUserId(request.id), dict(request.values)
        about = where(partner, user)
        if not texts:
            raise InputError("nothing to change is given", where=about, mend="Give FIELD=VALUE; `show` lists fields.")

        def order(catalog: Catalog, at_ms: int) -> tuple[EndUser, EndUser]:
            before = catalog.end_users.get(partner, user)
            after = changed_end_user(before, texts, about)
            catalog.end_users.change(partner, after, who=caller(), at_ms=at_ms)
            return before, after

        before, after = await self._desk.change_together(order)
        return changed(about, end_user_texts(before), end_user_texts(after), texts)

    async def TopUp(self, request: pb.EndUserTopUp, context: Context) -> Changed:
        """Let an end user spend more: his limit for ever grows, once by a reference.

        Raises ConflictError where that reference is posted with another sum.
        """
        partner, user = PartnerId(request.partner), EndUserId(request.id)
        top_up = TopUp(request.units, request.reference or token_hex(6))
        after, new = await self._desk.change_together(
            lambda catalog, at_ms: catalog.end_users.top_up(partner, user, top_up, who=caller(), at_ms=at_ms)
        )
        terms = await self._desk.read(lambda catalog: catalog.partners.get(partner))
        most = "what he likes" if after.max_units is None else f"{decimal_text(after.max_units)} {terms.currency}"
        known = "" if new else ": this reference is posted already"
        return Changed(what=f"{where(partner, user)} may spend {most} in all{known}")

    async def Import(self, request_iterator: AsyncIterator[ImportChunk], context: Context) -> pb.EndUserImportReport:
        """Take a CSV file of end users: wrong rows are listed, the others go in together."""
        head, data = await receive(request_iterator, self._desk.home.settings.limits.sheet_mb)
        partner = PartnerId(head.partner)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"this is not UTF-8 ({error})", where=head.file_name, mend="Save it as UTF-8.") from None
        rows = await asyncio.to_thread(lambda: list(read_end_users(text.splitlines(keepends=True), head.file_name)))
        given = [row for row in rows if isinstance(row, GivenUser)]

        def order(catalog: Catalog, at_ms: int) -> Imported:
            who, dry_run = caller(), head.dry_run
            return catalog.end_users.import_all(
                partner, given, who=who, at_ms=at_ms, dry_run=dry_run, unread=len(rows) - len(given)
            )

        if head.dry_run:
            done = await self._desk.read(lambda catalog: order(catalog, self._desk.now_ms()))
        else:
            done = await self._desk.change_together(order)
        wrong = sorted([*done.wrong, *(row for row in rows if isinstance(row, WrongRow))], key=lambda row: row.row)
        rejects = [RejectedRow(row=row.row, reason=row.why, raw=row.raw) for row in wrong[:MOST_REJECTS]]
        return pb.EndUserImportReport(
            rows=len(rows), added=done.added, changed=done.changed, rejects=rejects, wrong=len(wrong)
        )

    async def Remove(self, request: pb.EndUserRef, context: Context) -> Changed:
        """Remove an end user without open calls."""
        partner, user, reader = PartnerId(request.partner), EndUserId(request.id), self._desk.reader

        def order(catalog: Catalog, at_ms: int) -> None:
            open_calls = _open_calls(reader, partner, user)
            if open_calls:
                mend = "Wait for their end, or suspend him: `switchboard end-users set … status=suspended`."
                many = "an open call" if open_calls == 1 else f"{open_calls} open calls"
                raise ConflictError(f"he has {many}", where=where(partner, user), mend=mend)
            catalog.end_users.remove(partner, user, who=caller(), at_ms=at_ms)

        await self._desk.change_together(order)
        return Changed(what=f"{where(partner, user)} removed; what he used stays in the CDRs")

    async def Show(self, request: pb.EndUserRef, context: Context) -> pb.EndUser:
        """Show an end user with what he uses now, and what the CDRs say of today and of his period."""
        partner, name = await self._partner(request.partner), EndUserId(request.id)
        user = await self._desk.read(lambda catalog: catalog.end_users.get(partner.id, name))
        message = (await self._messages(partner, [user]))[0]
        message.fields.update(end_user_texts(user))
        now_ms = self._desk.now_ms()
        today_ms = midnight_ms(local_day(now_ms, partner.zone), partner.zone)
        periods = [(message.today, today_ms)]
        if user.period is not Period.EVER:  # which is all history: what is used of it his limit says
            periods.append((message.period, user.period.begins_ms(now_ms, partner.zone)))
        for sum_, from_ms in periods:
            found = totals(await self._desk.tasks.user_traffic(partner.id, from_ms, now_ms + 1, name))
            sum_.CopyFrom(sum_message(found[0] if found else UserTotal(name), partner.currency, from_ms, now_ms))
        bills = await self._desk.read(lambda catalog: catalog.end_user_bills.list(partner.id, name))
        message.bills.extend(bill.number for bill in bills)
        return message

    async def Fields(self, request: pb.EndUserRef, context: Context) -> pb.EndUserFields:
        """Show the fields of an end user, as Set takes them."""
        partner, name = PartnerId(request.partner), EndUserId(request.id)
        user = await self._desk.read(lambda catalog: catalog.end_users.get(partner, name))
        return pb.EndUserFields(partner=partner, id=name, values=end_user_texts(user))

    async def List(self, request: pb.EndUserQuery, context: Context) -> pb.EndUserPage:
        """List end users of a partner with what they use now."""
        partner, most = await self._partner(request.partner), self._desk.page(request.limit)
        users, total = await self._desk.read(
            lambda catalog: catalog.end_users.find(partner.id, request.filter, limit=most, offset=request.offset)
        )
        return pb.EndUserPage(users=await self._messages(partner, users), total=total)

    async def Usage(self, request: pb.UserUsageQuery, context: Context) -> pb.UserUsagePage:
        """Add up what the end users of a partner used, and what is nobody's."""
        partner, to_ms = await self._partner(request.partner), request.to_ms or 2**62
        found = totals(await self._desk.tasks.user_traffic(partner.id, request.from_ms, to_ms))
        page = found[request.offset : request.offset + self._desk.page(request.limit)]
        whole = UserTotal(
            EndUserId(""),
            *(sum(getattr(one, name) for one in found) for name in ("attempts", "answered", "billed_s", "charge")),
        )
        said = {one.end_user: sum_message(one, partner.currency, request.from_ms, request.to_ms) for one in page}
        return pb.UserUsagePage(
            lines=[pb.UserUsageLine(id=user, sum=sum_) for user, sum_ in said.items()],
            total=len(found),
            whole=sum_message(whole, partner.currency, request.from_ms, request.to_ms),
        )

    async def Bill(self, request: pb.EndUserBillRequest, context: Context) -> AsyncIterator[pb.EndUserBillPart]:
        """Issue a bill for days that are over, or show it again as it was issued; or show a draft."""
        partner = await self._partner(request.partner)
        name = await self._name(partner.id, EndUserId(request.id))
        made = await self._bills.make(partner, request)
        for part in bill_parts(made.bill, name, partner, made.period, made.later, made.calls):
            yield part

    async def _partner(self, name: str) -> Partner:
        return await self._desk.read(lambda catalog: catalog.partners.get(PartnerId(name)))

    async def _name(self, partner: PartnerId, user: EndUserId) -> str:
        """Return an end user's name; of one that is gone or that is nobody, none."""
        try:
            return (await self._desk.read(lambda catalog: catalog.end_users.get(partner, user))).name
        except InputError:
            return ""

    async def _messages(self, partner: Partner, users: Collection[EndUser]) -> list[pb.EndUser]:
        uses = await self._uses(partner.id, [user.id for user in users])
        named = self._desk.world.index.directory.limits if self._desk.world else ()
        limits = {limit.id: limit for limit in named if limit.client == partner.id and limit.end_user}
        messages = []
        for user in users:
            use = None if isinstance(uses, Away) else uses.get(user.id)
            messages.append(user_message(user, partner, use, limits, self._desk.name_of))
            if isinstance(uses, Away):
                messages[-1].away.extend(away_messages([uses]))
        return messages

    async def _uses(self, partner: PartnerId, users: list[EndUserId]) -> dict[EndUserId, EndUserUse] | Away:
        """Return what end users use now, from their partner's shard."""
        return await user_uses(self._desk, partner, users) if users else {}


async def user_uses(desk: Desk, partner: PartnerId, users: list[EndUserId]) -> dict[EndUserId, EndUserUse] | Away:
    """Return what end users of a partner use now."""
    placement = desk.home.placement
    shard = placement.shard_of_book(placement.book_of_partner(partner))
    return await ask_shard(desk, shard, lambda actor: actor.user_uses.remote(partner, users))


def _open_calls(reader: BookReader, partner: PartnerId, user: EndUserId) -> int:
    """Count the calls of an end user that are asked for or run."""
    asked = (
        "SELECT call_key FROM hold WHERE partner = ? AND end_user = ? "
        "UNION SELECT call_key FROM leg WHERE partner = ? AND end_user = ? AND state = 'open'"
    )
    found: set[bytes] = set()
    for _, book in reader.every():
        found |= {bytes(key) for (key,) in book.rows(asked, (partner, user) * 2)}
    return len(found)
