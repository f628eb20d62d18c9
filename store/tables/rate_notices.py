"""Notices of rates: forms of the sheets that we send, what was sent to whom, and what became of it."""

from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from store.columns import BigKey, JsonText, UtcMs, Whole
from store.tables.base import CatalogTable


class SheetFormRecord(CatalogTable, table=True):
    """A form of the sheets that we send: domain.notices.form.SheetForm."""

    __tablename__ = "sheet_form"
    name: str = Field(primary_key=True)
    form: Any = Field(sa_type=JsonText, nullable=False)


class RateNoticeRecord(CatalogTable, table=True):
    """One notice. Its file and frames are in a folder by its id (store.sheets.folder, beside those of sheets).

    `partner` and `plan` are names only: what was told outlives both. `plan_version`: up to which it tells; `form`
    as it was then. `counts`: changes by kind. `told_ms`: since when it counts as told, NULL: it does not.
    `based_on`: the notice that it was compared with; `made_of`: what it was made by beside the plan
    (store.catalog.rate_clients); `by_itself`: it is sent without approval as soon as that may be.
    """

    __tablename__ = "rate_notice"
    __table_args__ = (Index("ix_rate_notice_partner", "partner", "plan"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    kind: str
    partner: str
    plan: str
    plan_version: int = Field(sa_type=Whole)
    sheet: int | None = Field(default=None, sa_type=BigKey)
    state: str = Field(index=True)
    form_name: str = ""
    form: Any = Field(default_factory=dict, sa_type=JsonText, nullable=False)
    subject: str = ""
    body: str = ""
    file_name: str = ""
    sha256: str = ""
    size: int = Field(default=0, sa_type=Whole)
    rows: int = Field(default=0, sa_type=Whole)
    counts: Any = Field(default_factory=dict, sa_type=JsonText, nullable=False)
    late: int = 0
    first_ms: int | None = Field(default=None, sa_type=UtcMs)
    tell_by_ms: int | None = Field(default=None, sa_type=UtcMs)
    made_ms: int = Field(sa_type=UtcMs)
    made_by: str
    told_ms: int | None = Field(default=None, sa_type=UtcMs)
    based_on: int | None = Field(default=None, sa_type=BigKey, index=True)
    made_of: str = ""
    by_itself: bool = False


class RateClientRecord(CatalogTable, table=True):
    """Since when a client is sold a plan (`from_ms`), and what it knew then: a notice of the plan that it left, or a
    plan as it was in a version; base_plan "": nothing."""

    __tablename__ = "rate_client"
    partner: str = Field(primary_key=True)
    plan: str = Field(primary_key=True)
    from_ms: int = Field(sa_type=UtcMs)
    base_notice: int | None = Field(default=None, sa_type=BigKey)
    base_plan: str = ""
    base_version: int = Field(default=0, sa_type=Whole)


class NoticeContactRecord(CatalogTable, table=True):
    """One contact that a notice goes to, and how far it came: domain.notices.states.ContactState.

    `message_id`: of the mail that went to it last, with < and >.
    """

    __tablename__ = "rate_notice_contact"
    notice: int = Field(primary_key=True, foreign_key="rate_notice.id", sa_type=BigKey)
    address: str = Field(primary_key=True)
    name: str = ""
    state: str
    words: str = ""
    mail: int | None = Field(default=None, sa_type=BigKey, index=True)
    message_id: str = Field(default="", index=True)
    at_ms: int = Field(sa_type=UtcMs)


class NoticeEventRecord(CatalogTable, table=True):
    """What happened to a notice, in order: made, approved, sent, bounced and so on; of one contact, or ("") of all."""

    __tablename__ = "rate_notice_event"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    notice: int = Field(foreign_key="rate_notice.id", index=True, sa_type=BigKey)
    at_ms: int = Field(sa_type=UtcMs)
    address: str = ""
    what: str
    words: str = ""
    who: str = ""
