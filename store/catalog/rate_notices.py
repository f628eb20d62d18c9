"""Notices of rates: who was told what and when, and how far each contact's mail came."""

from collections.abc import Callable, Sequence
from dataclasses import fields

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Mapped, Session
from sqlmodel import col

from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PartnerId
from domain.mail_addresses import is_mail_address
from domain.notices.states import UNREACHED, ContactState, NoticeKind, NoticeState, may_follow
from store.catalog import audit, mail
from store.catalog.engine import Sessions
from store.catalog.notice_values import NewNotice, NoticeEvent, RateNotice, WantedNotices, event_of, notice_of
from store.sheets.folder import sent_file
from store.tables import NoticeContactRecord, NoticeEventRecord, RateNoticeRecord
from store.values_json import to_plain

NOUN = "rate-notice"
ALL = WantedNotices()
AFTER_ANOTHER = "what it was compared with is not what the client knows any more"


class RateNotices:
    """Makes, sends and reads notices. Every change names who made it and when (UTC ms), is audited and leaves an event.

    Invariants: of a partner and plan one notice at most waits, made against what the client knew last; a notice counts
    as told exactly while somebody has it, or may yet get it. `sender` is [mail] sender: Message-IDs have its domain.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def make(self, new: NewNotice, keep: Callable[[int], None], *, who: str, at_ms: int) -> RateNotice:
        """Enter a notice that waits for approval; one of the same partner and plan that waits is superseded by it.

        `keep` is given its number and keeps its file: where it raises there is no notice. Raises InputError where
        nobody would get it.
        """
        with self._sessions.writing() as session:
            record = _entered(session, new, NoticeState.QUEUED, who, at_ms)
            where = f"notice {record.id}"
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

    def approve(self, number: int, sender: str, comment: str = "", *, who: str, at_ms: int) -> RateNotice:
        """Put the mails of a notice that waits on their way. Raises NotFoundError, ConflictError."""
        with self._sessions.writing() as session:
            record = _record(session, number)
            _check_waits(record)
            record.state, record.told_ms = NoticeState.APPROVED, at_ms
            _event(session, record, "approved", who, at_ms, words=comment)
            _send(session, record, _contacts(session, number), sender, at_ms)
            audit.record(session, who, at_ms, "approve", NOUN, str(number), after=_told(record))
            return _read(session, record)

    def cancel(self, number: int, *, who: str, at_ms: int) -> RateNotice:
        """Send a notice that waits never. Raises NotFoundError, ConflictError."""
        with self._sessions.writing() as session:
            record = _record(session, number)
            _check_waits(record)
            record.state = NoticeState.CANCELLED
            _event(session, record, "cancelled", who, at_ms)
            audit.record(session, who, at_ms, "cancel", NOUN, str(number), after=_told(record))
            return _read(session, record)

    def resend(self, number: int, addresses: Sequence[str], sender: str, *, who: str, at_ms: int) -> RateNotice:
        """Send a notice again to some contacts; an address that is none yet becomes one. It counts as told again.

        Raises NotFoundError, InputError for what is no address, ConflictError for one that was never sent.
        """
        with self._sessions.writing() as session:
            record = _record(session, number)
            if record.state not in (NoticeState.APPROVED, NoticeState.FAILED):
                mend = "Only what was approved is sent again."
                raise ConflictError(f"it is {record.state}", where=f"notice {number}", mend=mend)
            chosen = []
            for address in dict.fromkeys(addresses):
                contact = session.get(NoticeContactRecord, (number, address))
                contact = contact or _add_contact(session, record, address, "", at_ms)
                contact.state, contact.words, contact.at_ms = ContactState.WAITING, "", at_ms
                chosen.append(contact)
                _event(session, record, "sent again", who, at_ms, address=address)
            _send(session, record, chosen, sender, at_ms)
            settle(session, record, who, at_ms)
            after = _told(record) | {"addresses": list(addresses)}
            audit.record(session, who, at_ms, "resend", NOUN, str(number), after=after)
            return _read(session, record)

    def hear(
        self, number: int, address: str, state: ContactState, words: str = "", *, who: str, at_ms: int
    ) -> RateNotice:
        """Write down what became of a contact's mail, or what the contact said; what says less than is known changes
        nothing. Raises NotFoundError for a contact that it has not, ConflictError for a notice that was not sent."""
        with self._sessions.writing() as session:
            record = _record(session, number)
            contact = session.get(NoticeContactRecord, (number, address))
            if contact is None:
                its = ", ".join(one.address for one in _contacts(session, number)) or "none"
                raise NotFoundError(
                    f"{address} is none of its contacts", where=f"notice {number}", mend=f"It has {its}."
                )
            if record.state not in (NoticeState.APPROVED, NoticeState.FAILED):
                raise ConflictError(
                    f"it is {record.state}", where=f"notice {number}", mend="It was not sent to anybody."
                )
            move_contact(session, record, contact, state, words, who, at_ms)
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
        return self._last(col(RateNoticeRecord.told_ms).is_not(None), col(RateNoticeRecord.told_ms))

    def last_told(self, partner: str, plan: str) -> RateNotice | None:
        """Return the last notice by which a client knows the rates of a plan, None where it was never told any."""
        its = (col(RateNoticeRecord.partner) == partner, col(RateNoticeRecord.plan) == plan)
        found = self._last(col(RateNoticeRecord.told_ms).is_not(None), col(RateNoticeRecord.told_ms), *its)
        return found.get((partner, plan))

    def queued(self) -> dict[tuple[str, str], RateNotice]:
        """Return the notices of rates that wait, by partner and plan."""
        return self._last(col(RateNoticeRecord.state) == NoticeState.QUEUED, col(RateNoticeRecord.id))

    def dealt_with(self) -> dict[tuple[str, str], int]:
        """Return up to which version of each plan notices of rates were made for each partner; superseded ones do not
        count."""
        columns = (col(RateNoticeRecord.partner), col(RateNoticeRecord.plan))
        query = select(*columns, func.max(col(RateNoticeRecord.plan_version))).group_by(*columns)
        counts = (col(RateNoticeRecord.state) != NoticeState.SUPERSEDED, col(RateNoticeRecord.kind) == NoticeKind.RATES)
        with self._sessions.reading() as session:
            return {(partner, plan): version for partner, plan, version in session.execute(query.where(*counts))}

    def _last(
        self, which: ColumnElement[bool], by: Mapped[int | None], *its: ColumnElement[bool]
    ) -> dict[tuple[str, str], RateNotice]:
        query = select(RateNoticeRecord).where(which, col(RateNoticeRecord.kind) == NoticeKind.RATES, *its)
        with self._sessions.reading() as session:
            last: dict[tuple[str, str], RateNoticeRecord] = {}
            for record in session.scalars(query.order_by(by, col(RateNoticeRecord.id))):
                last[record.partner, record.plan] = record
            return {(one.partner, one.plan): one for one in _read_all(session, list(last.values()))}


def move_contact(
    session: Session,
    record: RateNoticeRecord,
    contact: NoticeContactRecord,
    state: ContactState,
    words: str,
    who: str,
    at_ms: int,
) -> bool:
    """Let a contact come to a state, in a session that is open; return whether that says more than was known."""
    before = ContactState(contact.state)
    if not may_follow(state, before):
        return False
    contact.state, contact.words, contact.at_ms = state, words, at_ms
    _event(session, record, state.value, who, at_ms, address=contact.address, words=words)
    told = {"address": contact.address, "state": before.value}, {"address": contact.address, "state": state.value}
    audit.record(session, who, at_ms, state.value, NOUN, str(record.id), before=told[0], after=told[1])
    settle(session, record, who, at_ms)
    return True


def settle(session: Session, record: RateNoticeRecord, who: str, at_ms: int) -> None:
    """Let a notice that was sent count as told exactly while a contact has it or may yet get it."""
    session.flush()
    reached = any(contact.state not in UNREACHED for contact in _contacts(session, record.id or 0))
    if reached == (record.state == NoticeState.APPROVED):
        return
    record.state = NoticeState.APPROVED if reached else NoticeState.FAILED
    record.told_ms = at_ms if reached else None
    words = "" if reached else "nobody was reached: the client does not know it"
    _event(session, record, record.state, who, at_ms, words=words)
    if record.kind == NoticeKind.RATES:
        _supersede(session, record, AFTER_ANOTHER, who, at_ms)


def _entered(session: Session, new: NewNotice, state: NoticeState, who: str, at_ms: int) -> RateNoticeRecord:
    plain = {each.name: getattr(new, each.name) for each in fields(NewNotice) if each.name not in ("contacts", "kind")}
    plain |= {"form": to_plain(new.form), "counts": dict(new.counts)}
    record = RateNoticeRecord(**plain, kind=new.kind, state=state, made_ms=at_ms, made_by=who)
    session.add(record)
    session.flush()
    if new.kind is NoticeKind.RATES:
        _supersede(session, record, f"by notice {record.id}", who, at_ms)
    _event(session, record, "made" if state is NoticeState.QUEUED else state.value, who, at_ms)
    action = "make" if state is NoticeState.QUEUED else "tell-otherwise"
    audit.record(session, who, at_ms, action, NOUN, str(record.id), after=_told(record))
    return record


def _supersede(session: Session, but: RateNoticeRecord, words: str, who: str, at_ms: int) -> None:
    """Let notices of a partner and plan that wait be sent never, `but` one."""
    queued = select(RateNoticeRecord).where(
        col(RateNoticeRecord.partner) == but.partner,
        col(RateNoticeRecord.plan) == but.plan,
        col(RateNoticeRecord.kind) == NoticeKind.RATES,
        col(RateNoticeRecord.state) == NoticeState.QUEUED,
        col(RateNoticeRecord.id) != but.id,
    )
    for record in session.scalars(queued).all():
        record.state = NoticeState.SUPERSEDED
        _event(session, record, "superseded", who, at_ms, words=words)
        audit.record(session, who, at_ms, "supersede", NOUN, str(record.id), after=_told(record))


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


def notice_number(cause: str) -> int | None:
    """Return the notice whose mail has this cause."""
    what, _, rest = cause.partition(" ")
    number = rest.partition(" ")[0]
    return int(number) if what == "notice" and number.isdecimal() else None


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


def _event(
    session: Session, record: RateNoticeRecord, what: str, who: str, at_ms: int, *, address: str = "", words: str = ""
) -> None:
    session.add(NoticeEventRecord(notice=record.id or 0, at_ms=at_ms, address=address, what=what, words=words, who=who))
    session.flush()


def _told(record: RateNoticeRecord) -> dict[str, object]:
    """Return what the trail says of a notice."""
    names = ("kind", "partner", "plan", "plan_version", "sheet", "state", "counts", "late", "file_name")
    return {name: getattr(record, name) for name in names}


def _check_waits(record: RateNoticeRecord) -> None:
    if record.state != NoticeState.QUEUED:
        mend = f"Only what is queued can be: `switchboard notices show {record.id}`."
        raise ConflictError(f"it is {record.state}", where=f"notice {record.id}", mend=mend)


def _record(session: Session, number: int) -> RateNoticeRecord:
    record = session.get(RateNoticeRecord, number)
    if record is None:
        raise NotFoundError(f"there is no notice {number}", mend="See `switchboard notices list`.")
    return record


def _contacts(session: Session, number: int) -> list[NoticeContactRecord]:
    query = select(NoticeContactRecord).where(col(NoticeContactRecord.notice) == number)
    return list(session.scalars(query.order_by(col(NoticeContactRecord.address))))


def _read(session: Session, record: RateNoticeRecord) -> RateNotice:
    session.flush()
    return notice_of(record, _contacts(session, record.id or 0))


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
    return choice
