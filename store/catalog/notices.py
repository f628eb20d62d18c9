"""Notices of books, entered once: the audit trail, the mails, and the number up to which a book was heard."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from domain.credit import Notice, NoticeKind
from store.catalog import audit, mail
from store.catalog.engine import Sessions
from store.catalog.mail import Draft
from store.tables import HouseRecord

WHO = "switchboard"
"""Who it was in the audit trail, when nobody asked."""
NOUN = "credit"
_ACTIONS = {
    NoticeKind.WARNED: "warn",
    NoticeKind.LOW_BALANCE: "warn",
    NoticeKind.SUSPENDED: "suspend",
    NoticeKind.REINSTATED: "reinstate",
}


class Entered:
    """Enters notices. Invariant: a notice is in the trail, and its mails on their way, exactly when its number is not
    above the one that was heard last of its book; all in one transaction."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def last(self, book: int) -> int:
        """Return the number of the last notice that was entered of a book, 0: none."""
        with self._sessions.reading() as session:
            return _last(session, book)

    def enter(self, book: int, notices: Sequence[tuple[int, Notice]], drafts: Sequence[Draft], *, at_ms: int) -> int:
        """Enter notices of a book with their mails; return the last number. Those that were entered change nothing."""
        with self._sessions.writing() as session:
            last = _last(session, book)
            for number, notice in notices:
                if number > last:
                    _note(session, notice)
                    last = number
            mail.add(session, drafts, at_ms)
            session.merge(HouseRecord(name=_name(book), value=str(last)))
            return last


def _note(session: Session, notice: Notice) -> None:
    after = {"kind": notice.kind.value, "owed": notice.owed, "limit": notice.limit, "currency": notice.currency}
    if notice.percent:
        after["percent"] = notice.percent
    if notice.text:
        after["text"] = notice.text
    audit.record(session, WHO, notice.at_ms, _ACTIONS[notice.kind], NOUN, notice.partner, after=after)


def _name(book: int) -> str:
    return f"notices-{book}"


def _last(session: Session, book: int) -> int:
    found = session.get(HouseRecord, _name(book))
    return int(found.value) if found is not None else 0
