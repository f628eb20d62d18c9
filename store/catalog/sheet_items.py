"""Files that came by themselves from folders and the mailbox: each is entered once, and becomes a sheet or waits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError, NotFoundError
from domain.ids import PlanId
from store.catalog import audit
from store.catalog.engine import Sessions
from store.catalog.sheet_values import NewSheet
from store.catalog.sheets import received
from store.tables import SheetItemRecord

NOUN = "sheet-item"
LONGEST_WORDS = 1_000


class ItemState(StrEnum):
    """What became of a file. WAITING: nobody knows its plan yet; TAKEN: it is a sheet; REFUSED: nothing to read in it;
    DISMISSED: somebody said that it is not wanted."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file as it comes. `key` is the same whenever it is found again; `way`: folder or mail; `partner`: of the plan.

    With a plan it becomes a sheet, else it waits; with `words` and no `sha256` it had nothing that could be read.
    """

    key: str
    source: str
    way: str
    name: str
    sender: str
    subject: str
    size: int
    received_ms: int
    sha256: str = ""
    words: str = ""
    plan: PlanId | None = None
    partner: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A file that came. Moments are UTC ms of business time; `received_ms`: notice counts from there."""

    id: int
    source: str
    way: str
    name: str
    sender: str
    subject: str
    sha256: str
    size: int
    received_ms: int
    came_ms: int
    state: ItemState
    words: str
    plan: str
    sheet: int | None


@dataclass(frozen=True, slots=True)
class SourceSums:
    """How many files of a source became what, and when the last one came."""

    counts: dict[ItemState, int]
    last_ms: int


Keep = Callable[[str, int, int | None], None]
"""Makes the bytes of an arrival durable, by its key, the item's id, and the sheet's where it becomes one."""


class SheetItems:
    """Enters and reads what came.

    Invariant: what is TAKEN has its sheet, entered in the same transaction; of one key there is one item, ever.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def enter(self, arrivals: Sequence[Arrival], keep: Keep, *, who: str, at_ms: int) -> list[Item]:
        """Enter what came together, all or nothing; return what was not known yet. Raises NotFoundError for a plan."""
        entered = []
        with self._sessions.writing() as session:
            keys = [arrival.key for arrival in arrivals]
            known = set(session.scalars(select(col(SheetItemRecord.key)).where(col(SheetItemRecord.key).in_(keys))))
            for arrival in arrivals:
                if arrival.key not in known:
                    known.add(arrival.key)
                    entered.append(_enter(session, arrival, keep, who, at_ms))
        return entered

    def take(self, item: int, plan: PlanId, partner: str, keep: Keep, *, who: str, at_ms: int) -> int:
        """Make a sheet of an item that waits; return its number. Raises ConflictError otherwise."""
        with self._sessions.writing() as session:
            record = _record(session, item)
            _check(record, (ItemState.WAITING,))
            number = received(session, _sheet(record, plan, partner), who, at_ms)
            record.state, record.plan, record.sheet, record.words = ItemState.TAKEN, plan, number, ""
            audit.record(session, who, at_ms, "take", NOUN, str(item), after={"plan": plan, "sheet": number})
            keep(record.key, item, number)
            return number

    def dismiss(self, item: int, *, who: str, at_ms: int) -> None:
        """Say that an item is not wanted. Raises ConflictError for one that is a sheet."""
        with self._sessions.writing() as session:
            record = _record(session, item)
            _check(record, (ItemState.WAITING, ItemState.REFUSED))
            before, record.state = record.state, ItemState.DISMISSED
            audit.record(session, who, at_ms, "dismiss", NOUN, str(item), before=before, after=record.state)

    def get(self, item: int) -> Item:
        """Return an item. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _item(_record(session, item))

    def list(self, state: str = "", *, limit: int = 200, offset: int = 0) -> list[Item]:
        """Return items, newest first."""
        query = select(SheetItemRecord).where(*_choice(state)).order_by(col(SheetItemRecord.id).desc())
        with self._sessions.reading() as session:
            return [_item(record) for record in session.scalars(query.limit(limit).offset(offset))]

    def count(self, state: str = "") -> int:
        """Return how many there are, chosen as in `list`."""
        with self._sessions.reading() as session:
            query = select(func.count()).select_from(SheetItemRecord).where(*_choice(state))
            return session.scalar(query) or 0

    def sums(self) -> dict[str, SourceSums]:
        """Return what became of the files of each source."""
        columns = col(SheetItemRecord.source), col(SheetItemRecord.state)
        query = select(*columns, func.count(), func.max(SheetItemRecord.came_ms)).group_by(*columns)
        sums: dict[str, SourceSums] = {}
        with self._sessions.reading() as session:
            for source, state, count, last_ms in session.execute(query):
                its = sums.get(source, SourceSums({}, 0))
                sums[source] = SourceSums(its.counts | {ItemState(state): count}, max(its.last_ms, last_ms))
        return sums


def _enter(session: Session, arrival: Arrival, keep: Keep, who: str, at_ms: int) -> Item:
    plain = {each.name: getattr(arrival, each.name) for each in fields(arrival) if each.name != "partner"}
    state = ItemState.WAITING if arrival.sha256 else ItemState.REFUSED
    plain |= {"plan": arrival.plan or "", "words": arrival.words[:LONGEST_WORDS], "came_ms": at_ms, "state": state}
    record = SheetItemRecord(**plain)
    session.add(record)
    session.flush()
    assert record.id is not None
    if arrival.sha256:
        if arrival.plan is not None:
            record.state = ItemState.TAKEN
            record.sheet = received(session, _sheet(record, arrival.plan, arrival.partner), who, at_ms)
        keep(arrival.key, record.id, record.sheet)
    session.flush()
    return _item(record)


def _sheet(record: SheetItemRecord, plan: PlanId, partner: str) -> NewSheet:
    return NewSheet(
        plan=plan,
        partner=partner,
        name=record.name,
        sha256=record.sha256,
        size=record.size,
        source=record.way,
        sender=record.sender,
        subject=record.subject,
        received_ms=record.received_ms,
    )


def _record(session: Session, item: int) -> SheetItemRecord:
    record = session.get(SheetItemRecord, item)
    if record is None:
        raise NotFoundError(f"there is no item {item}", mend="See `switchboard sheets inbox`.")
    return record


def _check(record: SheetItemRecord, states: Sequence[ItemState]) -> None:
    if record.state in states:
        return
    its = f"it is sheet {record.sheet} of {record.plan}" if record.sheet else f"it is {record.state}"
    raise ConflictError(its, where=f"item {record.id}", mend="See `switchboard sheets inbox`.")


def _choice(state: str) -> list[ColumnElement[bool]]:
    return [col(SheetItemRecord.state) == state] if state else []


def _item(record: SheetItemRecord) -> Item:
    assert record.id is not None
    plain = {each.name: getattr(record, each.name) for each in fields(Item) if each.name != "state"}
    return Item(**plain, state=ItemState(record.state))
