"""Mail on its way: one row to one address, until the mail server has taken it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import token_hex

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError, NotFoundError
from domain.ids import PartnerId
from domain.notices.states import NoticeKind
from store.catalog import audit
from store.catalog.engine import Sessions
from store.tables import MailRecord

WAITING, SENT, FAILED = "waiting", "sent", "failed"
STATES = (WAITING, SENT, FAILED)
LONGEST_ERROR = 500
_OF_NOTICES = col(MailRecord.kind).in_(list(NoticeKind))


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail to be. `cause` says what it is for and to whom: of one cause there is one mail, ever.

    `kind`: for those of domain.notices.states.NoticeKind the mail server is asked to report what became of them.
    `files`: that go with it, each its name and its path below the data folder; they are read when it is sent.
    """

    cause: str
    kind: str
    address: str
    subject: str
    body: str
    partner: PartnerId | None = None
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail. `made_ms` is business time, `next_ms` (when it is tried next) machine time; both UTC ms."""

    id: int
    cause: str
    kind: str
    address: str
    subject: str
    body: str
    partner: PartnerId | None
    state: str
    made_ms: int
    tries: int
    next_ms: int
    error: str
    files: tuple[tuple[str, str], ...] = ()
    token: str = ""


def message_id(mail: Mail | MailRecord, sender: str) -> str:
    """Return the Message-ID of a mail, with < and >: the same however often it is sent, and no one's guess: who names
    it has got it.

    `sender`: [mail] sender, of which it has the domain.
    """
    mark = mail.token or f"mail-{mail.id}"  # mail of older builds has no token, and nobody answers it
    return f"<{mark}@{sender.rpartition('@')[2] or 'switchboard'}>"


def add(session: Session, drafts: Sequence[Draft], at_ms: int) -> list[Mail]:
    """Put mails on their way in a transaction that is open, and return them in this order; one whose cause is known is
    there already, as it was."""
    causes = [draft.cause for draft in drafts]
    query = select(MailRecord).where(col(MailRecord.cause).in_(causes))
    known = {row.cause: row for row in session.scalars(query)}
    for draft in drafts:
        if draft.cause not in known:
            known[draft.cause] = _record(draft, at_ms)
            session.add(known[draft.cause])
    session.flush()
    return [_mail(known[cause]) for cause in causes]


Marked = Callable[[Session, MailRecord, str, str, int], None]
"""What else follows from what became of a mail, in the same transaction: of the mail, its sender, by whom, and when."""


Stale = Callable[[Session, MailRecord], str]
"""Says why a mail must not be sent again, "" where it may."""


class Mails:
    """Adds, marks and reads mail."""

    def __init__(self, sessions: Sessions, marked: Marked, stale: Stale) -> None:
        self._sessions, self._marked, self._stale = sessions, marked, stale

    def add(self, draft: Draft, *, at_ms: int) -> Mail:
        """Put a mail on its way and return it; the one of the same cause where there is one."""
        with self._sessions.writing() as session:
            return add(session, [draft], at_ms)[0]

    def due(self, now_ms: int, most: int) -> list[Mail]:
        """Return the mails that are to be tried now (machine time), those that have waited longest first."""
        query = select(MailRecord).where(col(MailRecord.state) == WAITING, col(MailRecord.next_ms) <= now_ms)
        query = query.order_by(col(MailRecord.next_ms), col(MailRecord.id)).limit(most)
        with self._sessions.reading() as session:
            return [_mail(row) for row in session.scalars(query)]

    def mark(
        self, mail: int, state: str, *, sender: str, who: str, at_ms: int, error: str = "", next_ms: int = 0
    ) -> None:
        """Write down what became of a try by an envelope sender, at a moment of business time; `next_ms`: when the next
        one is (machine time)."""
        with self._sessions.writing() as session:
            row = session.get(MailRecord, mail)
            if row is not None:
                row.state, row.error = state, error[:LONGEST_ERROR]
                row.tries, row.next_ms = row.tries + 1, next_ms
                self._marked(session, row, sender, who, at_ms)

    def put_off(self, mails: Sequence[int], error: str) -> None:
        """Write down why mails still wait: the mail server took none, which counts for no try."""
        with self._sessions.writing() as session:
            waits = (col(MailRecord.id).in_(mails), col(MailRecord.state) == WAITING)
            session.execute(update(MailRecord).where(*waits).values(error=error[:LONGEST_ERROR]))

    def failed_since(self, at_ms: int) -> int:
        """Return how many mails made since a moment (business time) were given up."""
        wanted = (col(MailRecord.state) == FAILED, col(MailRecord.made_ms) >= at_ms)
        with self._sessions.reading() as session:
            return session.scalar(select(func.count()).select_from(MailRecord).where(*wanted)) or 0

    def notices_waiting(self, before_ms: int) -> int:
        """Return how many mails of notices have waited since before a moment of business time."""
        wanted = (col(MailRecord.state) == WAITING, col(MailRecord.made_ms) < before_ms, _OF_NOTICES)
        with self._sessions.reading() as session:
            return session.scalar(select(func.count()).select_from(MailRecord).where(*wanted)) or 0

    def retry(self, mail: int | None, *, who: str, at_ms: int) -> int:
        """Try one again that was given up, or all of them (None) but what is out of date; return how many.

        Raises NotFoundError, and ConflictError for one that was sent, or is out of date.
        """
        with self._sessions.writing() as session:
            if mail is None:
                found = list(session.scalars(select(MailRecord).where(col(MailRecord.state) == FAILED)))
                rows = [row for row in found if not self._stale(session, row)]
            else:
                rows = [_given_up(session, mail)]
                if why := self._stale(session, rows[0]):
                    mend = "See `switchboard notices list`: send the newest again."
                    raise ConflictError(f"it is out of date: {why}", where=f"mail {mail}", mend=mend)
            for row in rows:
                row.state, row.tries, row.next_ms = WAITING, 0, 0
                audit.record(session, who, at_ms, "retry", "mail", str(row.id), after={"address": row.address})
            return len(rows)

    def get(self, mail: int) -> Mail:
        """Return a mail. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _mail(_known(session, mail))

    def list(self, text: str = "", *, limit: int = 200, offset: int = 0) -> list[Mail]:
        """Return mails, newest first: of a state, or with a text in address, partner or subject."""
        query = select(MailRecord).where(*_wanted(text)).order_by(col(MailRecord.id).desc())
        with self._sessions.reading() as session:
            return [_mail(row) for row in session.scalars(query.limit(limit).offset(offset))]

    def count(self, text: str = "") -> int:
        """Return how many mails there are, filtered as in `list`."""
        query = select(func.count()).select_from(MailRecord).where(*_wanted(text))
        with self._sessions.reading() as session:
            return session.scalar(query) or 0

    def forget(self, before_ms: int) -> int:
        """Forget mails that were made before a moment of business time, but those of notices that wait: their clients
        count as told. Return how many."""
        old = (col(MailRecord.made_ms) < before_ms, or_(col(MailRecord.state) != WAITING, ~_OF_NOTICES))
        with self._sessions.reading() as session:
            count = session.scalar(select(func.count()).select_from(MailRecord).where(*old)) or 0
        if count:
            with self._sessions.writing() as session:
                session.execute(delete(MailRecord).where(*old))
        return count


def _known(session: Session, mail: int) -> MailRecord:
    row = session.get(MailRecord, mail)
    if row is None:
        raise NotFoundError(f"there is no mail {mail}", mend="See `switchboard mail list`.")
    return row


def _given_up(session: Session, mail: int) -> MailRecord:
    row = _known(session, mail)
    if row.state == SENT:
        raise ConflictError(f"mail {mail} to {row.address} was sent", mend="Only what failed or waits can be retried.")
    return row


def _wanted(text: str) -> list[ColumnElement[bool]]:
    if not text:
        return []
    if text in STATES:
        return [col(MailRecord.state) == text]
    columns = (MailRecord.address, MailRecord.partner, MailRecord.subject)
    return [or_(*(func.lower(col(column)).contains(text.lower(), autoescape=True) for column in columns))]


def _record(draft: Draft, at_ms: int) -> MailRecord:
    return MailRecord(
        cause=draft.cause,
        partner=draft.partner,
        kind=draft.kind,
        address=draft.address,
        subject=draft.subject,
        body=draft.body,
        state=WAITING,
        made_ms=at_ms,
        tries=0,
        next_ms=0,
        error="",
        files=[list(file) for file in draft.files],
        token=token_hex(16),
    )


def _mail(row: MailRecord) -> Mail:
    assert row.id is not None
    return Mail(
        id=row.id,
        cause=row.cause,
        kind=row.kind,
        address=row.address,
        subject=row.subject,
        body=row.body,
        partner=PartnerId(row.partner) if row.partner else None,
        state=row.state,
        made_ms=row.made_ms,
        tries=row.tries,
        next_ms=row.next_ms,
        error=row.error,
        files=tuple((name, path) for name, path in row.files),
        token=row.token,
    )
