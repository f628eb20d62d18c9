"""Notices of rates: who was told what and when, and how far each contact's mail came."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import fields

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Mapped, Session
from sqlmodel import col

from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PartnerId
from domain.mail_addresses import is_mail_address
from domain.notices.states import ContactState, NoticeKind, NoticeState
from domain.sheets.steps import SheetState
from store.catalog import audit, mail
from store.catalog.engine import Sessions
from store.catalog.notice_mails import told_after
from store.catalog.notice_standing import Standing, read_standing
from store.catalog.notice_steps import (
    NOUN,
    add_event,
    contacts_of,
    move_contact,
    settle,
    supersede,
    supersede_others,
    trail_of,
)
from store.catalog.notice_values import NewNotice, NoticeEvent, RateNotice, WantedNotices, event_of, notice_of
from store.sheets.folder import sent_file
from store.tables import (
    NoticeContactRecord,
    NoticeEventRecord,
    RateClientRecord,
    RateNoticeRecord,
    SheetRecord,
)
from store.values_json import to_plain

ALL = WantedNotices()


class RateNotices:
    """Makes, sends and reads notices. Every change names who made it and when (UTC ms), is audited and leaves an event.

    Invariants: of a partner and plan one notice at most waits, made against what the client knew last. A notice counts
    as told exactly while somebody has it, or may yet get it, and, where it holds changes only, while what it was
    compared with counts. What was told before a client left a plan tells it nothing once it is given it again.
    `sender` is [mail] sender: Message-IDs have its domain.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def make(self, new: NewNotice, keep: Callable[[int], None], *, who: str, at_ms: int) -> RateNotice:
        """Enter a notice that waits for approval; one of the same partner and plan that waits is superseded by it.

        `keep` is given its number and keeps its file: where it raises there is no notice. Raises InputError where
        nobody would get it, ConflictError for an answer about a sheet that is not in force.
        """
        with self._sessions.writing() as session:
            record = _entered(session, new, NoticeState.QUEUED, who, at_ms)
            where = f"notice {record.id}"
            _check_in_force(session, record)
            if not new.contacts:
                raise InputError("it has no contact", where=where, mend="Give one, or say that it was told otherwise.")
            for address, name in new.contacts:
                _add_contact(session, record, address, name, at_ms)
            keep(record.id or 0)
            return _read(session, record)

    def told_otherwise(self, new: NewNotice, keep: Callable[[int], None], *, who: str, at_ms: int) -> RateNotice:
        """Enter that a client knows rates by another way than mail of ours; a notice that waits is superseded."""
        with self._sessions.writing() as session:
            record = _entered(session, new, NoticeState.TOLD, who, at_ms)
            record.told_ms = at_ms
            keep(record.id or 0)
            return _read(session, record)

    def approve(
        self,
        number: int,
        sender: str,
        comment: str = "",
        *,
        contacts: Sequence[tuple[str, str]] | None = None,
        who: str,
        at_ms: int,
    ) -> RateNotice:
        """Put the mails of a notice that waits on their way: to `contacts` of now, None: those of its making.

        Raises NotFoundError, ConflictError: also for an answer about a sheet that is not in force any more.
        """
        with self._sessions.writing() as session:
            record = _record(session, number)
            _check_waits(record)
            _check_in_force(session, record)
            record.state, record.told_ms = NoticeState.APPROVED, at_ms
            if contacts is not None:
                _readdress(session, record, contacts, who, at_ms)
            add_event(session, record, "approved", who, at_ms, words=comment)
            _send(session, record, contacts_of(session, number), sender, at_ms)
            audit.record(session, who, at_ms, "approve", NOUN, str(number), after=trail_of(record))
            return _read(session, record)

    def cancel(self, number: int, *, who: str, at_ms: int) -> RateNotice:
        """Send a notice that waits never. Raises NotFoundError, ConflictError."""
        with self._sessions.writing() as session:
            record = _record(session, number)
            _check_waits(record)
            record.state = NoticeState.CANCELLED
            add_event(session, record, "cancelled", who, at_ms)
            audit.record(session, who, at_ms, "cancel", NOUN, str(number), after=trail_of(record))
            return _read(session, record)

    def supersede(self, number: int, words: str, *, who: str, at_ms: int) -> None:
        """Let a notice that waits be sent never, for it is out of date; one that waits no more stays as it is."""
        with self._sessions.writing() as session:
            record = _record(session, number)
            if record.state == NoticeState.QUEUED:
                supersede(session, record, words, who, at_ms)

    def resend(self, number: int, addresses: Sequence[str], sender: str, *, who: str, at_ms: int) -> RateNotice:
        """Send a notice again to some contacts; an address that is none yet becomes one. It counts as told again.

        Raises NotFoundError, InputError for what is no address, ConflictError for one that was never sent, or of whose
        plan the client was told newer rates since, and for an answer about a sheet that is not in force any more.
        """
        with self._sessions.writing() as session:
            record = _record(session, number)
            if record.state not in (NoticeState.APPROVED, NoticeState.FAILED):
                mend = "Only what was approved is sent again."
                raise ConflictError(f"it is {record.state}", where=f"notice {number}", mend=mend)
            _check_in_force(session, record)
            if later := told_after(session, record):
                mend = f"Send that one again, or `switchboard notices make --partner {record.partner} --even`."
                said = f"notice {later.id} has told newer rates since"
                raise ConflictError(said, where=f"notice {number}", mend=mend)
            chosen = []
            for address in dict.fromkeys(addresses):
                contact = session.get(NoticeContactRecord, (number, address))
                contact = contact or _add_contact(session, record, address, "", at_ms)
                contact.state, contact.words, contact.at_ms = ContactState.WAITING, "", at_ms
                chosen.append(contact)
                add_event(session, record, "sent again", who, at_ms, address=address)
            _send(session, record, chosen, sender, at_ms)
            settle(session, record, who, at_ms)
            after = trail_of(record) | {"addresses": list(addresses)}
            audit.record(session, who, at_ms, "resend", NOUN, str(number), after=after)
            return _read(session, record)

    def hear(
        self, number: int, address: str, state: ContactState, words: str = "", *, who: str, at_ms: int
    ) -> RateNotice:
        """Write down what somebody knows of a contact's mail, or what the contact said: any state after any other.

        Raises NotFoundError for a contact that it has not, ConflictError for a notice that was not sent.
        """
        with self._sessions.writing() as session:
            record = _record(session, number)
            contact = session.get(NoticeContactRecord, (number, address))
            if contact is None:
                its = ", ".join(one.address for one in contacts_of(session, number)) or "none"
                raise NotFoundError(
                    f"{address} is none of its contacts", where=f"notice {number}", mend=f"It has {its}."
                )
            if record.state not in (NoticeState.APPROVED, NoticeState.FAILED):
                raise ConflictError(
                    f"it is {record.state}", where=f"notice {number}", mend="It was not sent to anybody."
                )
            move_contact(session, record, contact, state, words, who, at_ms, by_hand=True)
            return _read(session, record)

    def get(self, number: int) -> RateNotice:
        """Return a notice. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _read(session, _record(session, number))

    def events(self, number: int) -> tuple[NoticeEvent, ...]:
        """Return what happened to a notice, in order."""
        query = select(NoticeEventRecord).where(col(NoticeEventRecord.notice) == number)
        with self._sessions.reading() as session:
            return tuple(event_of(one) for one in session.scalars(query.order_by(col(NoticeEventRecord.id))))

    def list(self, wanted: WantedNotices = ALL, *, limit: int = 200, offset: int = 0) -> list[RateNotice]:
        """Return notices, newest first."""
        query = select(RateNoticeRecord).where(*_choice(wanted)).order_by(col(RateNoticeRecord.id).desc())
        with self._sessions.reading() as session:
            return _read_all(session, list(session.scalars(query.limit(limit).offset(offset))))

    def count(self, wanted: WantedNotices = ALL) -> int:
        """Return how many notices there are, chosen as in `list`."""
        with self._sessions.reading() as session:
            return session.scalar(select(func.count()).select_from(RateNoticeRecord).where(*_choice(wanted))) or 0

    def told(self) -> dict[tuple[str, str], RateNotice]:
        """Return the last notice by which each client knows rates, by partner and plan."""
        return self._last(_counts(), col(RateNoticeRecord.told_ms))

    def last_told(self, partner: str, plan: str) -> RateNotice | None:
        """Return the last notice by which a client knows the rates of a plan, None where it was never told any."""
        its = (col(RateNoticeRecord.partner) == partner, col(RateNoticeRecord.plan) == plan)
        found = self._last(_counts(), col(RateNoticeRecord.told_ms), *its)
        return found.get((partner, plan))

    def queued(self) -> dict[tuple[str, str], RateNotice]:
        """Return the notices of rates that wait, by partner and plan."""
        return self._last(col(RateNoticeRecord.state) == NoticeState.QUEUED, col(RateNoticeRecord.id))

    def standing(self, partners: Collection[str] | None = None) -> dict[tuple[str, str], Standing]:
        """Return how clients stand with notices of rates, by partner and plan, of some partners or (None) of all."""
        with self._sessions.reading() as session:
            return read_standing(session, partners)

    def partners_of(self, numbers: Collection[int]) -> set[str]:
        """Return whom some notices are for."""
        query = select(col(RateNoticeRecord.partner)).distinct().where(col(RateNoticeRecord.id).in_(numbers))
        with self._sessions.reading() as session:
            return set(session.scalars(query))

    def _last(
        self, which: ColumnElement[bool], by: Mapped[int | None], *its: ColumnElement[bool]
    ) -> dict[tuple[str, str], RateNotice]:
        latest = (by.desc(), col(RateNoticeRecord.id).desc())
        nth = func.row_number().over(partition_by=[RateNoticeRecord.partner, RateNoticeRecord.plan], order_by=latest)
        ranked = select(col(RateNoticeRecord.id), nth.label("nth")).outerjoin(RateClientRecord, _ITS_CLIENT)
        found = ranked.where(which, col(RateNoticeRecord.kind) == NoticeKind.RATES, *its).subquery()
        query = select(RateNoticeRecord).join(found, col(RateNoticeRecord.id) == found.c.id).where(found.c.nth == 1)
        with self._sessions.reading() as session:
            last = session.scalars(query.order_by(col(RateNoticeRecord.id))).all()
            return {(one.partner, one.plan): one for one in _read_all(session, last)}


_ITS_CLIENT = and_(
    col(RateClientRecord.partner) == col(RateNoticeRecord.partner),
    col(RateClientRecord.plan) == col(RateNoticeRecord.plan),
)


def _counts() -> ColumnElement[bool]:
    told_ms = col(RateNoticeRecord.told_ms)
    return and_(told_ms.is_not(None), _since_it_has_the_plan(told_ms))


def _since_it_has_the_plan(at_ms: Mapped[int] | Mapped[int | None]) -> ColumnElement[bool]:
    """Whether a moment is not before the client was given the plan; RateClientRecord is joined, by _ITS_CLIENT."""
    return or_(col(RateClientRecord.from_ms).is_(None), at_ms >= col(RateClientRecord.from_ms))


def _entered(session: Session, new: NewNotice, state: NoticeState, who: str, at_ms: int) -> RateNoticeRecord:
    plain = {each.name: getattr(new, each.name) for each in fields(NewNotice) if each.name not in ("contacts", "kind")}
    plain |= {"form": to_plain(new.form), "counts": dict(new.counts)}
    record = RateNoticeRecord(**plain, kind=new.kind, state=state, made_ms=at_ms, made_by=who)
    session.add(record)
    session.flush()
    if new.kind is NoticeKind.RATES:
        supersede_others(session, record, f"by notice {record.id}", who, at_ms)
    add_event(session, record, "made" if state is NoticeState.QUEUED else state.value, who, at_ms)
    action = "make" if state is NoticeState.QUEUED else "tell-otherwise"
    audit.record(session, who, at_ms, action, NOUN, str(record.id), after=trail_of(record))
    return record


def _readdress(
    session: Session, record: RateNoticeRecord, contacts: Sequence[tuple[str, str]], who: str, at_ms: int
) -> None:
    """Let a notice that waits go to other contacts than those of its making."""
    its = contacts_of(session, record.id or 0)
    if {one.address for one in its} == {address for address, _ in contacts}:
        return
    for one in its:
        session.delete(one)
    session.flush()
    for address, name in contacts:
        _add_contact(session, record, address, name, at_ms)
    words = ", ".join(address for address, _ in contacts)
    add_event(session, record, "readdressed", who, at_ms, words=words)


def _add_contact(
    session: Session, record: RateNoticeRecord, address: str, name: str, at_ms: int
) -> NoticeContactRecord:
    if not is_mail_address(address):
        raise InputError(f"{address!r} is no mail address", where=f"notice {record.id}", mend="Give a@b.c.")
    contact = NoticeContactRecord(
        notice=record.id or 0, address=address, name=name, state=ContactState.WAITING, words="", at_ms=at_ms
    )
    session.add(contact)
    session.flush()
    return contact


def _send(
    session: Session, record: RateNoticeRecord, contacts: Sequence[NoticeContactRecord], sender: str, at_ms: int
) -> None:
    """Put a mail to each contact on its way, with the file."""
    number = record.id or 0
    nth = session.scalar(select(func.count()).where(col(NoticeEventRecord.notice) == number)) or 0
    drafts = [
        mail.Draft(
            cause=f"notice {number} {nth} {contact.address}",
            kind=record.kind,
            address=contact.address,
            subject=record.subject,
            body=record.body,
            partner=PartnerId(record.partner),
            files=((record.file_name, sent_file(number)),) if record.file_name else (),
        )
        for contact in contacts
    ]
    for contact, sent in zip(contacts, mail.add(session, drafts, at_ms), strict=True):
        contact.mail, contact.message_id = sent.id, mail.message_id(sent, sender)


def _check_waits(record: RateNoticeRecord) -> None:
    if record.state != NoticeState.QUEUED:
        mend = f"Only what is queued can be: `switchboard notices show {record.id}`."
        raise ConflictError(f"it is {record.state}", where=f"notice {record.id}", mend=mend)


def _check_in_force(session: Session, record: RateNoticeRecord) -> None:
    """Raise ConflictError for an answer that says of a sheet that it is in force, and it is not."""
    if record.kind != NoticeKind.ANSWER or record.sheet is None:
        return
    state = session.scalar(select(col(SheetRecord.state)).where(col(SheetRecord.id) == record.sheet))
    if state != SheetState.APPLIED:
        where, said = f"notice {record.id}", f"sheet {record.sheet}, which it says is in force, is {state or 'gone'}"
        raise ConflictError(said, where=where, mend=f"Cancel it: `switchboard notices cancel {record.id}`.")


def _record(session: Session, number: int) -> RateNoticeRecord:
    record = session.get(RateNoticeRecord, number)
    if record is None:
        raise NotFoundError(f"there is no notice {number}", mend="See `switchboard notices list`.")
    return record


def _read(session: Session, record: RateNoticeRecord) -> RateNotice:
    session.flush()
    return notice_of(record, contacts_of(session, record.id or 0))


def _read_all(session: Session, records: Sequence[RateNoticeRecord]) -> list[RateNotice]:
    numbers = [record.id for record in records]
    query = select(NoticeContactRecord).where(col(NoticeContactRecord.notice).in_(numbers))
    by_notice: dict[int, list[NoticeContactRecord]] = {}
    for contact in session.scalars(query.order_by(col(NoticeContactRecord.address))):
        by_notice.setdefault(contact.notice, []).append(contact)
    return [notice_of(record, by_notice.get(record.id or 0, [])) for record in records]


def _choice(wanted: WantedNotices) -> list[ColumnElement[bool]]:
    pairs = (
        (RateNoticeRecord.partner, wanted.partner),
        (RateNoticeRecord.plan, wanted.plan),
        (RateNoticeRecord.state, wanted.state),
        (RateNoticeRecord.kind, wanted.kind),
    )
    choice = [col(column) == value for column, value in pairs if value]
    if wanted.sheet is not None:
        choice.append(col(RateNoticeRecord.sheet) == wanted.sheet)
    if wanted.by_itself:
        choice.append(col(RateNoticeRecord.by_itself).is_(True))
    return choice
