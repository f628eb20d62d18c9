"""What becomes of the mails of notices: taken by our mail server or not, and what came back to them."""

import re
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.notices.replies import Reply, domain_of, is_server_of, speaks_for
from domain.notices.states import UNREACHED, ContactState
from store.catalog import audit
from store.catalog.engine import Sessions
from store.catalog.mail import FAILED, SENT, message_id
from store.catalog.notice_mails import notice_number, told_after
from store.catalog.notice_steps import NOUN, move_contact
from store.tables import MailRecord, NoticeContactRecord, NoticeEventRecord, RateNoticeRecord

SENT_AGAIN = "sent again"
NOTED = "noted"
"""An event of what says nothing new of a contact: a delay, holidays."""
_TOKEN = re.compile(r"[0-9a-f]{32}")
"""What the Message-IDs of our mails begin with."""
_FOR_PEOPLE = (ContactState.ANSWERED, ContactState.REFUSED, *UNREACHED)
_MOVES = {SENT: ContactState.SENT, FAILED: ContactState.FAILED}


@dataclass(frozen=True, slots=True)
class Heard:
    """Which notice a reply is about, and the sha256 of the file that went with it ("": none)."""

    notice: int
    sha256: str


class NoticeReplies:
    """Enters replies to notices.

    Invariant: of one reply there is one event, however often it comes, and what says less than is known moves nothing.
    A reply to a mail that was sent again is another one than the same words about the mail before it.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def take(self, reply: Reply, *, who: str, at_ms: int) -> Heard | None:
        """Enter a reply at the contact whose mail it names first, None where no notice has such a mail."""
        with self._sessions.reading() as session:
            if _contact(session, reply) is None:
                return None
        with self._sessions.writing() as session:
            contact = _contact(session, reply)
            record = session.get(RateNoticeRecord, contact.notice) if contact is not None else None
            if contact is None or record is None:
                return None
            if reply.is_report and contact.message_id not in reply.about:  # another mail has gone to it since
                reply = replace(
                    reply, state=ContactState.SENT, words=f"{reply.state}: {reply.words}, of an earlier mail"
                )
            reply = _believed(session, contact, reply)
            _hear(session, record, contact, reply, who, at_ms)
            return Heard(contact.notice, record.sha256)

    def unread(self, since_ms: int) -> list[tuple[int, str, str]]:
        """Return what came of notices since a moment and is for people to read: notice, its partner and state of each
        contact that answered something, refused, or was not reached; not where newer rates were told since."""
        its, contact = RateNoticeRecord, NoticeContactRecord
        query = select(its, col(contact.state)).join(contact, col(contact.notice) == col(its.id))
        wanted = (col(contact.state).in_(_FOR_PEOPLE), col(contact.at_ms) >= since_ms)
        with self._sessions.reading() as session:
            found = session.execute(query.where(*wanted).order_by(col(its.id), col(contact.address))).all()
            return [(one.id or 0, one.partner, state) for one, state in found if told_after(session, one) is None]


def mailed(session: Session, mail: MailRecord, sender: str, who: str, at_ms: int) -> None:
    """Let the contact that a mail went to come to what became of the mail, in the transaction that marks it.

    `sender`: [mail] sender of now, which its Message-ID has; it may have been another one when the mail was made.
    """
    state = _MOVES.get(mail.state)
    contact = session.scalars(select(NoticeContactRecord).where(col(NoticeContactRecord.mail) == mail.id)).first()
    record = session.get(RateNoticeRecord, contact.notice) if contact is not None else None
    if state is None or contact is None or record is None:
        return
    if state is ContactState.SENT:
        contact.message_id = message_id(mail, sender)
    move_contact(session, record, contact, state, mail.error, who, at_ms)


def _contact(session: Session, reply: Reply) -> NoticeContactRecord | None:
    """Return the contact that the mail went to which a reply names first; one that the mail went to before another."""
    query = select(NoticeContactRecord).where(col(NoticeContactRecord.message_id).in_(reply.about))
    found = {contact.message_id: contact for contact in session.scalars(query)}
    return next((found[one] for one in reply.about if one in found), None) or _of_earlier(session, reply)


def _of_earlier(session: Session, reply: Reply) -> NoticeContactRecord | None:
    tokens = [token for one in reply.about if _TOKEN.fullmatch(token := one[1:].partition("@")[0])]
    mails = {mail.token: mail for mail in session.scalars(select(MailRecord).where(col(MailRecord.token).in_(tokens)))}
    mail = next((mails[token] for token in tokens if token in mails), None)
    number = notice_number(mail.cause) if mail is not None else None
    return session.get(NoticeContactRecord, (number, mail.address)) if mail is not None and number else None


def _believed(session: Session, contact: NoticeContactRecord, reply: Reply) -> Reply:
    """Return what of a reply counts: yes and no only of who may speak for the contacts, and no bounce that a stranger
    has written out."""
    query = select(col(NoticeContactRecord.address)).where(col(NoticeContactRecord.notice) == contact.notice)
    addresses = session.scalars(query).all()
    if reply.is_report:
        domains = [domain_of(contact.message_id.strip("<>")), *map(domain_of, addresses)]
        if reply.by_text is None or reply.state is ContactState.SENT or is_server_of(reply.by_text, domains):
            return reply
        words = f"{reply.state}: {reply.words}, in a mail of {reply.by_text or 'nobody'} that is no report"
        return replace(reply, state=ContactState.SENT, words=words)
    if reply.state in (ContactState.ACCEPTED, ContactState.REFUSED) and not speaks_for(reply.address, addresses):
        return replace(reply, state=ContactState.ANSWERED)
    return reply


def _hear(
    session: Session, record: RateNoticeRecord, contact: NoticeContactRecord, reply: Reply, who: str, at_ms: int
) -> None:
    is_other = not reply.is_report and reply.address not in ("", contact.address.lower())
    words = f"{reply.address}: {reply.words}" if is_other else reply.words
    what = NOTED if reply.state is ContactState.SENT else reply.state.value
    its = (col(NoticeEventRecord.notice) == contact.notice, col(NoticeEventRecord.address) == contact.address)
    since = select(func.max(col(NoticeEventRecord.id))).where(*its, col(NoticeEventRecord.what) == SENT_AGAIN)
    last = session.scalar(since) if contact.message_id in reply.about else None
    same = (col(NoticeEventRecord.what) == what, col(NoticeEventRecord.words) == words)
    known = select(NoticeEventRecord).where(*its, *same, col(NoticeEventRecord.id) > (last or 0))
    if session.scalars(known).first() is not None:
        return  # it came before, perhaps by another way
    if what != NOTED and move_contact(session, record, contact, reply.state, words, who, at_ms):
        return
    if contact.state == what:
        contact.words, contact.at_ms = words, at_ms
    session.add(
        NoticeEventRecord(notice=contact.notice, at_ms=at_ms, address=contact.address, what=what, words=words, who=who)
    )
    after = {"address": contact.address, "what": what, "words": words}
    audit.record(session, who, at_ms, "hear", NOUN, str(contact.notice), after=after)
