"""Notices made and approved: the file is written once, kept, and mailed as it is."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from actors.desk.core import Desk
from actors.desk.notice_due import CHANGES, RATES, Dues
from actors.notice_work import WrittenSheet
from actors.tokens import caller
from domain.days import local_day
from domain.errors import ConflictError, InputError, NotFoundError
from domain.money import Currency
from domain.notices.form import FileKind, Scope, SheetForm
from domain.notices.form_fields import changed_form
from domain.notices.shown import KINDS
from domain.notices.states import NoticeKind, NoticeState
from domain.notices.words import status_word
from store.catalog import Catalog
from store.catalog.notice_values import NewNotice, RateNotice, WantedNotices
from store.catalog.rate_clients import RateClient
from store.mail_texts import RatesTold, mail_text, moment

MOST = 10_000
"""More notices than that are not approved at once."""


class Making:
    """Makes and approves notices. Invariant: what was approved is in the catalog together with its mails."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self.dues = desk, Dues(desk)

    async def form(self, client: RateClient, name: str, values: Mapping[str, str]) -> tuple[str, SheetForm]:
        """Return a form by name, else the client's, with some of its fields otherwise. Raises InputError."""
        chosen = name or client.form
        form = await self._desk.read(lambda catalog: catalog.sheet_forms.get(chosen))
        return chosen, changed_form(form, values, f"form {chosen or 'usual'}")

    async def make(
        self,
        client: RateClient,
        form_name: str,
        form: SheetForm,
        *,
        comment: str = "",
        even: bool = False,
        news: bool = False,
    ) -> RateNotice | None:
        """Make a notice that waits, against what the client was told last; None where nothing is due, unless `even`.

        Who was never told anything gets all rates. `news`: None also where a notice was made for the plan as it is.
        Raises InputError where the client has no contact.
        """
        check_contacts(client)
        async with self._desk.telling:
            if news and await self._dealt_with(client) >= client.version:
                return None
            return await self._make(client, form_name, form, comment, even=even)

    async def _make(
        self, client: RateClient, form_name: str, form: SheetForm, comment: str, *, even: bool
    ) -> RateNotice | None:
        told = await self._told(client)
        if not even and not (await self.dues.of(client, told)).changes:
            return None
        form = _full(form) if told is None else form
        written = await self._desk.tasks.write_sheet(self.dues.order(client, form, told))
        version, plan = written.due.plan_version, client.plan
        currency = (await self._desk.read(lambda catalog: catalog.plans.get(plan))).rules.currency
        sheet = await self._desk.read(lambda catalog: catalog.rate_clients.brought_by(plan, version))
        subject, body = self._mail(client, form, written, currency, comment, anew=told is None)
        new = _new(client, form_name, form, written, contacts=client.contacts, sheet=sheet, subject=subject, body=body)
        who, now_ms = caller(), self._desk.now_ms()

        def order(catalog: Catalog, keep: Callable[[int], None]) -> RateNotice:
            last = catalog.rate_notices.last_told(client.partner, plan)
            if (last.id if last else 0) != (told.id if told else 0):
                where = f"{client.partner}, plan {plan}"
                raise ConflictError("it was told something else meanwhile", where=where, mend="Make it again.")
            return catalog.rate_notices.make(new, keep, who=who, at_ms=now_ms)

        return await self._kept(written, order)

    async def told_otherwise(self, client: RateClient, comment: str) -> RateNotice:
        """Enter that a client knows the rates of a plan as they are now, though not by a notice."""
        form = SheetForm(file=FileKind.CSV)
        told, write = await self._told(client), self._desk.tasks.write_sheet
        try:
            written = await write(self.dues.order(client, form, told))
        except NotFoundError:  # what it knew before may be gone, or damaged: that is what this mends
            written = await write(self.dues.order(client, form, None))
        new = _new(client, "", form, written, subject=f"{client.plan}: known otherwise", body=comment)
        who, now_ms = caller(), self._desk.now_ms()

        def order(catalog: Catalog, keep: Callable[[int], None]) -> RateNotice:
            return catalog.rate_notices.told_otherwise(new, keep, who=who, at_ms=now_ms)

        return await self._kept(written, order)

    async def approve(self, numbers: Sequence[int], late_seen: int, comment: str) -> list[RateNotice]:
        """Put the mails of notices on their way: of all that wait where none is named.

        Raises ConflictError where changes in them are told too late, and not so many were seen.
        """
        notices = await self._desk.read(lambda catalog: _waiting(catalog, numbers))
        _check_seen({notice.id: await self.late(notice) for notice in notices}, late_seen)
        sender, who, now_ms = self._desk.home.settings.mail.sender, caller(), self._desk.now_ms()

        def order(catalog: Catalog) -> list[RateNotice]:
            approve = catalog.rate_notices.approve
            return [approve(notice.id, sender, comment, who=who, at_ms=now_ms) for notice in notices]

        return await self._desk.whole(self._desk.write(order))

    async def late(self, notice: RateNotice) -> int:
        """Return how many changes of a notice that waits come too late for their notice, if it is sent now."""
        if notice.kind is not NoticeKind.RATES:
            return 0
        clients = await self._desk.read(lambda catalog: catalog.rate_clients.list(notice.partner, notice.plan))
        told = await self._desk.read(lambda catalog: catalog.rate_notices.last_told(notice.partner, notice.plan))
        if len(clients) != 1 or clients[0].version != notice.plan_version:
            return notice.late
        return (await self.dues.of(clients[0], told)).late

    async def _dealt_with(self, client: RateClient) -> int:
        dealt = await self._desk.read(lambda catalog: catalog.rate_notices.dealt_with())
        return dealt.get((client.partner, client.plan), 0)

    async def _told(self, client: RateClient) -> RateNotice | None:
        return await self._desk.read(lambda catalog: catalog.rate_notices.last_told(client.partner, client.plan))

    async def _kept(
        self, written: WrittenSheet, order: Callable[[Catalog, Callable[[int], None]], RateNotice]
    ) -> RateNotice:
        """Enter a notice together with its file and frames."""
        folder = self.dues.folder

        def keep(number: int) -> None:
            folder.receive(number, written.data)
            folder.keep(number, {RATES: written.rates, CHANGES: written.changes})

        return await self._desk.whole(self._desk.write(lambda catalog: order(catalog, keep)))

    def _mail(
        self,
        client: RateClient,
        form: SheetForm,
        written: WrittenSheet,
        currency: Currency,
        comment: str,
        *,
        anew: bool,
    ) -> tuple[str, str]:
        kinds, first_ms = written.due.kinds, written.due.first_ms
        day = local_day(first_ms, form.zone or client.zone).isoformat() if first_ms is not None else ""
        shown = [kind for kind in KINDS if kind != "unchanged" and kinds.get(kind)]
        told = RatesTold(
            at=moment(self._desk.now_ms()),
            name=client.name,
            plan=client.plan,
            currency=currency,
            file=written.file_name,
            rows=written.rows,
            changes=tuple((status_word(kind, form.language), kinds[kind]) for kind in shown),
            first="" if anew else day,
            anew=anew,
            comment=comment.strip(),
        )
        return mail_text(self._desk.home.data, f"rates-{form.language}", told)


def check_contacts(client: RateClient) -> None:
    """Raise InputError for a client that nobody can be told for."""
    if why := no_contact(client):
        raise InputError(why.partition(":")[0], mend=f"Name one:{why.partition(':')[2]}.")


def no_contact(client: RateClient) -> str:
    """Return that a client has no contact and how to name one, "" where it has some."""
    command = f"`switchboard partners set {client.partner} rates_emails=...`"
    return "" if client.contacts else f"{client.partner} has no contact for rates: {command}"


def _full(form: SheetForm) -> SheetForm:
    return changed_form(form, {"scope": Scope.FULL.value}, "form")


def _new(client: RateClient, form_name: str, form: SheetForm, written: WrittenSheet, **more: Any) -> NewNotice:
    return NewNotice(
        kind=NoticeKind.RATES,
        partner=client.partner,
        plan=client.plan,
        plan_version=written.due.plan_version,
        form_name=form_name,
        form=form,
        file_name=written.file_name,
        sha256=sha256(written.data).hexdigest(),
        size=len(written.data),
        rows=written.rows,
        counts=written.due.kinds,
        late=written.due.late,
        first_ms=written.due.first_ms,
        tell_by_ms=written.due.tell_by_ms,
        **more,
    )


def _waiting(catalog: Catalog, numbers: Sequence[int]) -> list[RateNotice]:
    """Return notices by number, else all that wait, in their order. Raises ConflictError for one that does not."""
    if not numbers:
        return catalog.rate_notices.list(WantedNotices(state=NoticeState.QUEUED), limit=MOST)[::-1]
    found = [catalog.rate_notices.get(number) for number in sorted(set(numbers))]
    for notice in found:
        if notice.state is not NoticeState.QUEUED:
            mend = f"Only what is queued can be: `switchboard notices show {notice.id}`."
            raise ConflictError(f"it is {notice.state}", where=f"notice {notice.id}", mend=mend)
    return found


def _check_seen(late: Mapping[int, int], seen: int) -> None:
    """Raise ConflictError while changes are told too late and it is not said that so many were seen."""
    total = sum(late.values())
    if not total or total == seen:
        return
    where = ", ".join(f"notice {number}" for number, count in late.items() if count)
    words = "1 change is" if total == 1 else f"{total:,} changes are"
    said = f"{words} told too late and {seen:,} seen" if seen else f"{words} told too late and must be acknowledged"
    named = " ".join(str(number) for number in late)
    mend = f"Look at them, `switchboard notices changes`, then `switchboard notices approve {named} --late {total}`."
    raise ConflictError(said, where=where, mend=mend)
