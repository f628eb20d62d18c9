"""What happens to notices of rates, in a session that is open: contacts come to states, and notices count or do not."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.notices.form import Scope
from domain.notices.states import UNREACHED, ContactState, NoticeKind, NoticeState, may_follow
from store.catalog import audit
from store.catalog.notice_mails import told_after
from store.catalog.sheet_forms import sheet_form_of
from store.tables import NoticeContactRecord, NoticeEventRecord, RateNoticeRecord

NOUN = "rate-notice"
AFTER_ANOTHER = "what it was compared with is not what the client knows any more"


def move_contact(
    session: Session,
    record: RateNoticeRecord,
    contact: NoticeContactRecord,
    state: ContactState,
    words: str,
    who: str,
    at_ms: int,
    *,
    by_hand: bool = False,
) -> bool:
    """Let a contact come to a state, in a session that is open; return whether that says more than was known.

    `by_hand`: somebody says so, who may also take back what was known.
    """
    before = ContactState(contact.state)
    if not by_hand and not may_follow(state, before):
        return False
    contact.state, contact.words, contact.at_ms = state, words, at_ms
    add_event(session, record, state.value, who, at_ms, address=contact.address, words=words)
    told = {"address": contact.address, "state": before.value}, {"address": contact.address, "state": state.value}
    audit.record(session, who, at_ms, state.value, NOUN, str(record.id), before=told[0], after=told[1])
    settle(session, record, who, at_ms)
    return True


def settle(session: Session, record: RateNoticeRecord, who: str, at_ms: int) -> None:
    """Let a notice that was sent count as told exactly while a contact has it or may yet get it."""
    session.flush()
    reached = any(contact.state not in UNREACHED for contact in contacts_of(session, record.id or 0))
    if reached == (record.state == NoticeState.APPROVED):
        return
    record.state = NoticeState.APPROVED if reached else NoticeState.FAILED
    words = "" if reached else "nobody was reached: the client does not know it"
    add_event(session, record, record.state, who, at_ms, words=words)
    if record.kind == NoticeKind.RATES:
        supersede_others(session, record, AFTER_ANOTHER, who, at_ms)
    _count(session, record, who, at_ms)


def _count(session: Session, record: RateNoticeRecord, who: str, at_ms: int) -> None:
    """Let a notice that was sent count as told or not, and with it those of changes only that go on from it."""
    base = session.get(RateNoticeRecord, record.based_on) if _on_another(record) else None
    counts = record.state == NoticeState.APPROVED and (base is None or base.told_ms is not None)
    if counts == (record.told_ms is not None):
        return
    later = told_after(session, record)
    before_ms = (later.told_ms or at_ms) - 1 if later is not None else at_ms  # what the client knows is the later one
    record.told_ms = min(at_ms, before_ms) if counts else None
    if record.state == NoticeState.APPROVED and base is not None:
        words = f"notice {base.id}, which its changes go on from, " + ("counts again" if counts else "reached nobody")
        add_event(session, record, "counts" if counts else "does not count", who, at_ms, words=words)
    session.flush()
    following = select(RateNoticeRecord).where(col(RateNoticeRecord.based_on) == record.id)
    for one in session.scalars(following.order_by(col(RateNoticeRecord.id))).all():
        if _on_another(one):
            _count(session, one, who, at_ms)


def _on_another(record: RateNoticeRecord) -> bool:
    """Whether a notice tells what has changed since another one, not all rates."""
    return record.based_on is not None and sheet_form_of(record.form).scope is Scope.CHANGES


def supersede_others(session: Session, but: RateNoticeRecord, words: str, who: str, at_ms: int) -> None:
    """Let notices of a partner and plan that wait be sent never, `but` one."""
    queued = select(RateNoticeRecord).where(
        col(RateNoticeRecord.partner) == but.partner,
        col(RateNoticeRecord.plan) == but.plan,
        col(RateNoticeRecord.kind) == NoticeKind.RATES,
        col(RateNoticeRecord.state) == NoticeState.QUEUED,
        col(RateNoticeRecord.id) != but.id,
    )
    for record in session.scalars(queued).all():
        supersede(session, record, words, who, at_ms)


def supersede(session: Session, record: RateNoticeRecord, words: str, who: str, at_ms: int) -> None:
    """Let a notice that waits be sent never; `words`: why."""
    record.state = NoticeState.SUPERSEDED
    add_event(session, record, "superseded", who, at_ms, words=words)
    audit.record(session, who, at_ms, "supersede", NOUN, str(record.id), after=trail_of(record))


def supersede_answers(session: Session, sheet: int, who: str, at_ms: int) -> None:
    """Let answers that wait, and say that a sheet is in force, be sent never: it is taken back."""
    its = (
        col(RateNoticeRecord.kind) == NoticeKind.ANSWER,
        col(RateNoticeRecord.sheet) == sheet,
        col(RateNoticeRecord.state) == NoticeState.QUEUED,
    )
    for record in session.scalars(select(RateNoticeRecord).where(*its)).all():
        supersede(session, record, "the sheet is taken back", who, at_ms)


def add_event(
    session: Session, record: RateNoticeRecord, what: str, who: str, at_ms: int, *, address: str = "", words: str = ""
) -> None:
    """Write down what happened to a notice, or (`address`) to one of its contacts."""
    session.add(NoticeEventRecord(notice=record.id or 0, at_ms=at_ms, address=address, what=what, words=words, who=who))
    session.flush()


def trail_of(record: RateNoticeRecord) -> dict[str, object]:
    """Return what the trail says of a notice."""
    names = ("kind", "partner", "plan", "plan_version", "sheet", "state", "counts", "late", "file_name")
    return {name: getattr(record, name) for name in names}


def contacts_of(session: Session, number: int) -> list[NoticeContactRecord]:
    """Return the contacts of a notice, by address."""
    query = select(NoticeContactRecord).where(col(NoticeContactRecord.notice) == number)
    return list(session.scalars(query.order_by(col(NoticeContactRecord.address))))
