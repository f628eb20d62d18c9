"""What the catalog says of notices of rates, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from domain.notices.form import SheetForm
from domain.notices.states import UNREACHED, ContactState, NoticeKind, NoticeState
from store.catalog.sheet_forms import sheet_form_of
from store.tables import NoticeContactRecord, NoticeEventRecord, RateNoticeRecord


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to be. `contacts`: (address, name) of each; `plan_version`: up to which it tells; `sheet`: by which the
    plan came to it. `counts`: changes by kind; moments are UTC ms of business time. `based_on`: the notice that it was
    compared with, None: none; `made_of`: RateClient.made_of; `by_itself`: it is sent without approval, once it may be.
    """

    kind: NoticeKind
    partner: str
    plan: str
    plan_version: int
    contacts: tuple[tuple[str, str], ...] = ()
    sheet: int | None = None
    form_name: str = ""
    form: SheetForm = field(default_factory=SheetForm)
    subject: str = ""
    body: str = ""
    file_name: str = ""
    sha256: str = ""
    size: int = 0
    rows: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    late: int = 0
    first_ms: int | None = None
    tell_by_ms: int | None = None
    based_on: int | None = None
    made_of: str = ""
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class NoticeContact:
    """One contact of a notice. `mail`: the one that went to it last, `message_id` of it once it is known."""

    address: str
    name: str
    state: ContactState
    words: str
    mail: int | None
    message_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class NoticeEvent:
    """What happened to a notice: to one contact or (address "") to all of it."""

    at_ms: int
    address: str
    what: str
    words: str
    who: str


@dataclass(frozen=True, slots=True)
class RateNotice:
    """A notice with its contacts; fields as in NewNotice. `told_ms`: since when it counts as told, None: not at all."""

    id: int
    kind: NoticeKind
    partner: str
    plan: str
    plan_version: int
    sheet: int | None
    state: NoticeState
    form_name: str
    form: SheetForm
    subject: str
    body: str
    file_name: str
    sha256: str
    size: int
    rows: int
    counts: Mapping[str, int]
    late: int
    first_ms: int | None
    tell_by_ms: int | None
    made_ms: int
    made_by: str
    told_ms: int | None
    based_on: int | None
    made_of: str
    by_itself: bool
    contacts: tuple[NoticeContact, ...]

    @property
    def reached(self) -> bool:
        """Whether somebody has it, or may yet get it."""
        return any(contact.state not in UNREACHED for contact in self.contacts)


@dataclass(frozen=True, slots=True)
class WantedNotices:
    """Which notices? Empty texts match all; `by_itself`: only what is sent without approval."""

    partner: str = ""
    plan: str = ""
    state: str = ""
    kind: str = ""
    sheet: int | None = None
    by_itself: bool = False


def notice_of(record: RateNoticeRecord, contacts: Sequence[NoticeContactRecord]) -> RateNotice:
    """Read a notice."""
    otherwise = {"kind", "state", "form", "contacts"}
    plain = {each.name: getattr(record, each.name) for each in fields(RateNotice) if each.name not in otherwise}
    return RateNotice(
        **plain,
        kind=NoticeKind(record.kind),
        state=NoticeState(record.state),
        form=sheet_form_of(record.form),
        contacts=tuple(_contact(one) for one in contacts),
    )


def event_of(record: NoticeEventRecord) -> NoticeEvent:
    """Read an event."""
    return NoticeEvent(record.at_ms, record.address, record.what, record.words, record.who)


def _contact(record: NoticeContactRecord) -> NoticeContact:
    plain = {each.name: getattr(record, each.name) for each in fields(NoticeContact) if each.name != "state"}
    return NoticeContact(**plain, state=ContactState(record.state))
