"""Which folders of notices are needed no more: of those that were given up long ago, and told nobody anything."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import col

from domain.notices.states import NoticeState
from store.catalog.engine import Sessions
from store.tables import NoticeEventRecord, RateClientRecord, RateNoticeRecord

GIVEN_UP = (NoticeState.SUPERSEDED, NoticeState.CANCELLED)


class NoticeFolders:
    """Says whose file and frames may go; the notices and their history stay."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def unneeded(self, before_ms: int) -> Sequence[int]:
        """Return superseded and cancelled notices to which nothing has happened since a moment (UTC ms), but those that
        a notice was compared with, or a client's plan begins with. What waits, failed or was told is never among them.
        """
        notice = col(RateNoticeRecord.id)
        based_on, base = col(RateNoticeRecord.based_on), col(RateClientRecord.base_notice)
        last = select(func.max(col(NoticeEventRecord.at_ms))).where(col(NoticeEventRecord.notice) == notice)
        query = select(notice).where(
            col(RateNoticeRecord.state).in_(GIVEN_UP),
            col(RateNoticeRecord.told_ms).is_(None),
            func.coalesce(last.scalar_subquery(), col(RateNoticeRecord.made_ms)) < before_ms,
            notice.not_in(select(based_on).where(based_on.is_not(None))),
            notice.not_in(select(base).where(base.is_not(None))),
        )
        with self._sessions.reading() as session:
            return [number for number in session.scalars(query) if number is not None]
