"""Notices made and approved: the file is written once, kept, and mailed as it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
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
from domain.notices.shown import INCREASE, KINDS, RAISING
from domain.notices.states import NoticeKind, NoticeState
from domain.notices.words import raising_words, status_word
from store.catalog import Catalog
from store.catalog.notice_standing import NoticeMark, Standing
from store.catalog.notice_values import NewNotice, RateNotice, WantedNotices
from store.catalog.rate_clients import RateClient
from store.mail_texts import RatesTold, mail_text, moment

MOST = 10_000
"""More notices than that are not approved at once."""


class Making:
    """Makes and approves notices. Invariant: what was approved is in the catalog together with its mails."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self.dues = desk, Dues(desk)

    async def look_who(self) -> None:
        """Write down who was given which plan since the last look, before anything is compared with what they know."""
        now_ms = self._desk.now_ms()
        await self._desk.write(lambda catalog: catalog.rate_clients.seen(now_ms))

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
        by_itself: bool = False,
    ) -> RateNotice | None:
        """Make a notice that waits, against what the client knows; None where nothing is due, unless `even`.

        Who was never told anything of the plan gets all rates. `news`: None also where a notice was made for the plan
        as it is. `by_itself`: it is sent without approval, once it may be. Raises InputError where the client has no
        contact.
        """
        check_contacts(client)
        async with self._desk.telling:
            if news and await self._dealt_with(client) >= client.version:
                return None
            return await self._make(client, form_name, form, comment, even=even, by_itself=by_itself)

    async def _make(
        self, client: RateClient, form_name: str, form: SheetForm, comment: str, *, even: bool, by_itself: bool
    ) -> RateNotice | None:
        told = await self._told(client)
        if not even and not (await self.dues.of(client, told)).changes:
            return None
        form = _full(form) if told is None else form
        written = await self._desk.tasks.write_sheet(self.dues.order(client, form, told))
        version, plan = written.due.plan_version, client.plan
        currency = (await self._desk.read(lambda catalog: catalog.plans.get(plan))).rules.currency
        sheet = await self._desk.read(lambda catalog: catalog.rate_clients.brought_by(plan, version))
        subject, body = self._mail(client, form, written, currency, comment, anew=told is None and client.base is None)
        based_on = told.id if told else None
        mail = {"subject": subject, "body": body, "sheet": sheet, "contacts": client.contacts}
        new = _new(client, form_name, form, written, **mail, based_on=based_on, by_itself=by_itself)
        who, now_ms = caller(), self._desk.now_ms()

        def order(catalog: Catalog, keep: Callable[[int], None]) -> RateNotice:
            last = catalog.rate_notices.last_told(client.partner, plan)
            if (last.id if last else None) != based_on:
                where = f"{client.partner}, plan {plan}"
                raise ConflictError("it was told something else meanwhile", where=where, mend="Make it again.")
            return catalog.rate_notices.make(new, keep, who=who, at_ms=now_ms)

        return await self._kept(written, order)

    async def told_otherwise(self, client: RateClient, comment: str, version: int | None = None) -> RateNotice:
        """Enter that a client knows the rates of a plan in a version, None: the one that `client` names, though not by
        a notice. What has changed after an earlier one is due from then on.

        Raises ConflictError where the plan has changed since the newest was asked for.
        """
        async with self._desk.telling:
            return await self._told_otherwise(client, comment, version)

    async def _told_otherwise(self, client: RateClient, comment: str, version: int | None) -> RateNotice:
        form = SheetForm(file=FileKind.CSV)
        told, write = await self._told(client), self._desk.tasks.write_sheet
        try:
            written = await write(replace(self.dues.order(client, form, told), version=version))
        except NotFoundError:  # what it knew before may be gone, or damaged: that is what this mends
            written = await write(replace(self.dues.order(replace(client, base=None), form, None), version=version))
        if written.due.plan_version != (version or client.version):
            where = f"{client.partner}, plan {client.plan}"
            mend = "Ask what the client knows, and say it again."
            raise ConflictError("the plan has just changed", where=where, mend=mend)
        new = _new(client, "", form, written, subject=f"{client.plan}: known otherwise", body=comment)
        who, now_ms = caller(), self._desk.now_ms()

        def order(catalog: Catalog, keep: Callable[[int], None]) -> RateNotice:
            return catalog.rate_notices.told_otherwise(new, keep, who=who, at_ms=now_ms)

        return await self._kept(written, order)

    async def approve(
        self, numbers: Sequence[int], late_seen: int, comment: str, *, up_to: int = 0
    ) -> list[RateNotice]:
        """Put the mails of notices on their way: where none is named of all that wait with a number `up_to` this one.

        Raises ConflictError where changes in them are told too late, and not so many were seen, and for what is out of
        date: a notice of plan, zone, days and form as they are now comes by itself in its place.
        """
        notices = await self._desk.read(lambda catalog: _waiting(catalog, numbers, up_to))
        _check_seen({notice.id: await self.late(notice) for notice in notices}, late_seen)
        sender, who, now_ms = self._desk.home.settings.mail.sender, caller(), self._desk.now_ms()

        def order(catalog: Catalog) -> list[RateNotice]:
            approve, contacts = catalog.rate_notices.approve, [_contacts(catalog, notice) for notice in notices]
            return [
                approve(notice.id, sender, comment, contacts=its, who=who, at_ms=now_ms)
                for notice, its in zip(notices, contacts, strict=True)
            ]

        return await self._desk.whole(self._desk.write(order))

    async def late(self, notice: RateNotice) -> int:
        """Return how many changes of a notice that waits come too late for their notice, if it is sent now."""
        if notice.kind is not NoticeKind.RATES:
            return 0
        client = await self._desk.read(lambda catalog: _client(catalog, notice))
        told = await self._desk.read(lambda catalog: catalog.rate_notices.last_told(notice.partner, notice.plan))
        if client is None or outdated(notice, client):
            return notice.late
        return max(notice.late, (await self.dues.of(client, told, notice)).late)

    async def _dealt_with(self, client: RateClient) -> int:
        standing = await self._desk.read(lambda catalog: catalog.rate_notices.standing((client.partner,)))
        return standing.get((client.partner, client.plan), Standing()).dealt_with

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
        zone = form.zone or client.zone
        day = local_day(first_ms, zone).isoformat() if first_ms is not None else ""
        day += f" ({zone})" if day and zone != "UTC" else ""
        shown = [kind for kind in KINDS if kind != "unchanged" and kinds.get(kind)]
        told = RatesTold(
            at=moment(self._desk.now_ms()),
            name=client.name,
            plan=client.plan,
            currency=currency,
            file=written.file_name,
            rows=written.rows,
            changes=tuple((_kind_words(kind, kinds, form.language), kinds[kind]) for kind in shown),
            first="" if anew else day,
            anew=anew,
            comment=comment.strip(),
        )
        return mail_text(self._desk.home.data, f"rates-{form.language}", told)


def _kind_words(kind: str, kinds: Mapping[str, int], language: str) -> str:
    """Return what changes of a kind are called in a mail; of increases also how many are new or closed codes."""
    raising = kinds.get(RAISING, 0) if kind == INCREASE else 0
    return status_word(kind, language) + (f" ({raising_words(raising, language)})" if raising else "")


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
        made_of=client.made_of,
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


def outdated(notice: RateNotice | NoticeMark, client: RateClient | None) -> str:
    """Return why a notice that waits says what is not so any more, "" where it does not; `client`: who it is for."""
    if client is None:
        return f"{notice.partner} is not sold plan {notice.plan} any more"
    if client.version != notice.plan_version:
        return f"plan {notice.plan} has changed since (version {client.version}, not {notice.plan_version})"
    return "" if client.made_of == notice.made_of else "zone, days of notice or form have changed since"


def _is_outdated(notice: RateNotice, clients: Mapping[tuple[str, str], RateClient]) -> bool:
    return notice.kind is NoticeKind.RATES and bool(outdated(notice, clients.get((notice.partner, notice.plan))))


def _client(catalog: Catalog, notice: RateNotice) -> RateClient | None:
    return next(iter(catalog.rate_clients.list(notice.partner, notice.plan)), None)


def _contacts(catalog: Catalog, notice: RateNotice) -> tuple[tuple[str, str], ...] | None:
    """Return to whom a notice that waits goes if it is sent now; None: to whom it was made for.

    Raises ConflictError where it is out of date, InputError where nobody is to get it any more.
    """
    if notice.kind is not NoticeKind.RATES:
        return None
    client = _client(catalog, notice)
    why = outdated(notice, client)
    if client is None or why:
        mend = "See what is due: `switchboard notices due`; what waits now: `switchboard notices list --state queued`."
        raise ConflictError(why, where=f"notice {notice.id}", mend=mend)
    check_contacts(client)
    return client.contacts


def waiting(catalog: Catalog) -> list[RateNotice]:
    """Return all notices that wait and are not out of date, in their order."""
    found = catalog.rate_notices.list(WantedNotices(state=NoticeState.QUEUED), limit=MOST)[::-1]
    clients = {(str(one.partner), str(one.plan)): one for one in catalog.rate_clients.list()}
    return [one for one in found if not _is_outdated(one, clients)]


def _waiting(catalog: Catalog, numbers: Sequence[int], up_to: int) -> list[RateNotice]:
    """Return notices by number, else all that wait up to one, in their order. Raises ConflictError for one that does
    not."""
    if not numbers:
        return [one for one in waiting(catalog) if one.id <= up_to]
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
