"""Answers to whom a sheet came from: what of it went in, what did not and why."""

from hashlib import sha256

from actors.desk.core import Desk
from actors.desk.notice_making import Making
from actors.notice_work import AnswerOrder
from actors.tokens import caller
from domain.ids import PartnerId
from domain.mail_addresses import is_mail_address
from domain.notices.form import SheetForm
from domain.notices.states import NoticeKind, NoticesMode
from domain.partner_fields import Agreement
from store.catalog import Catalog
from store.catalog.notice_values import NewNotice, RateNotice, WantedNotices
from store.catalog.rate_clients import TO_BE_TOLD
from store.catalog.sheet_values import Sheet
from store.sheets.folder import SheetFolder


class Answers:
    """Makes the answer to an applied sheet of a buy plan: one, ever.

    Anybody can write a sender into a mail: an answer to one that nobody named as a contact waits for approval.
    """

    def __init__(self, desk: Desk, making: Making) -> None:
        self._desk, self._making = desk, making

    async def of(self, sheet: Sheet) -> str:
        """Make the answer to a sheet, as its owner's contract wants it; return what came of that in words."""
        wanted = WantedNotices(kind=NoticeKind.ANSWER, sheet=sheet.id)
        found = await self._desk.read(lambda catalog: catalog.rate_notices.list(wanted, limit=1))
        if found:
            return _said(found[0])
        if not sheet.partner:
            return f"nobody is {TO_BE_TOLD}: the plan has no owner"
        partner = PartnerId(sheet.partner)
        terms = await self._desk.read(lambda catalog: catalog.partners.terms(partner))
        addresses = _contacts(terms) or ([sheet.sender] if is_mail_address(sheet.sender) else [])
        if terms.contract.rates_notices is NoticesMode.OFF:
            return f"nobody is {TO_BE_TOLD}: the contract of {partner} asks for no notices"
        if not addresses:
            return f"nobody is {TO_BE_TOLD}: {partner} has no contact for rates"
        notice = await self._made(sheet, terms, addresses)
        return _said(notice)

    async def _made(self, sheet: Sheet, terms: Agreement, addresses: list[str]) -> RateNotice:
        name = terms.contract.rates_form
        form: SheetForm = await self._desk.read(lambda catalog: catalog.sheet_forms.get(name))
        order = self._order(sheet, form, terms.partner.zone)
        answer = await self._desk.tasks.sheet_answer(order)
        new = NewNotice(
            kind=NoticeKind.ANSWER,
            partner=sheet.partner,
            plan=sheet.plan,
            plan_version=sheet.version or 0,
            contacts=tuple((address, "") for address in dict.fromkeys(addresses)),
            sheet=sheet.id,
            form_name=name,
            form=form,
            subject=answer.subject,
            body=answer.text,
            file_name=answer.file_name,
            sha256=sha256(answer.data).hexdigest() if answer.data else "",
            size=len(answer.data),
            rows=answer.rows,
            counts=sheet.counts,
            by_itself=terms.contract.rates_notices is NoticesMode.AUTO and bool(_contacts(terms)),
        )
        who, now_ms, folder = caller(), self._desk.now_ms(), self._making.dues.folder

        def keep(number: int) -> None:
            if answer.data:
                folder.receive(number, answer.data)

        def put(catalog: Catalog) -> RateNotice:
            return catalog.rate_notices.make(new, keep, who=who, at_ms=now_ms)

        return await self._desk.write(put)

    def _order(self, sheet: Sheet, form: SheetForm, zone: str) -> AnswerOrder:
        folder = SheetFolder(self._desk.home.data)
        return AnswerOrder(
            sheet=sheet.id,
            plan=sheet.plan,
            file_name=sheet.name,
            parts={name: folder.part(sheet.id, name) for name in sorted(folder.parts(sheet.id))},
            zone=form.zone or zone,
            language=form.language,
        )


def _contacts(terms: Agreement) -> list[str]:
    """Return whom a partner named as its contacts: for rates, else for billing."""
    return list(terms.rates_emails or terms.emails)


def _said(notice: RateNotice) -> str:
    named = ", ".join(contact.address for contact in notice.contacts)
    return f"{TO_BE_TOLD} what went in: {named} (notice {notice.id})"
