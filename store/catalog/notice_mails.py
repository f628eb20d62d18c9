"""Which mails of notices are out of date: newer rates were told since, or another mail went to the contact."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.notices.states import NoticeKind
from store.tables import MailRecord, NoticeContactRecord, RateNoticeRecord


def notice_number(cause: str) -> int | None:
    """Return the notice whose mail has this cause."""
    what, _, rest = cause.partition(" ")
    number = rest.partition(" ")[0]
    return int(number) if what == "notice" and number.isdecimal() else None


def told_after(session: Session, record: RateNoticeRecord) -> RateNoticeRecord | None:
    """Return the last notice that told a client newer rates of a plan than one of rates did, None where none has."""
    if record.kind != NoticeKind.RATES:
        return None
    later = select(RateNoticeRecord).where(
        col(RateNoticeRecord.partner) == record.partner,
        col(RateNoticeRecord.plan) == record.plan,
        col(RateNoticeRecord.kind) == NoticeKind.RATES,
        col(RateNoticeRecord.told_ms).is_not(None),
        col(RateNoticeRecord.id) > record.id,
    )
    return session.scalars(later.order_by(col(RateNoticeRecord.id).desc())).first()


def why_stale(session: Session, mail: MailRecord) -> str:
    """Return why a mail must not be sent now, "" where it may."""
    if mail.kind not in list(NoticeKind):
        return ""
    contact = session.scalars(select(NoticeContactRecord).where(col(NoticeContactRecord.mail) == mail.id)).first()
    number = contact.notice if contact is not None else notice_number(mail.cause)
    record = session.get(RateNoticeRecord, number) if number is not None else None
    if record is None:
        return ""
    if contact is None:
        return f"notice {record.id} has sent another mail to that contact since"
    later = told_after(session, record)
    return f"notice {later.id} has told newer rates since" if later is not None else ""
