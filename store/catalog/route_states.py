"""How watched routes stand, kept so that a new quality-0 goes on from there, and the events of that."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import inf

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from domain.ids import DestinationId, PartnerId
from domain.route_book import DRY_RUN, NOT_WATCHED, KeptState, News
from domain.route_states import ORDER_OVER, Measured, RouteEvent, Standing
from domain.route_watch import Action, Measure, Watch
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import DestinationRecord, PartnerRecord, RouteEventRecord, RouteStateRecord

KEPT_EVENTS = 200_000
"""Older events are forgotten; what operators ordered stays in the trail."""
OF_ONE_ORDER = 64
"""Events of one order by hand are written one after the other, one for each state of the route: at most so many."""
_SILENT = Watch()
_BOUNDS = {name for its in Measure for name in (its.value, f"{its.value}_warn")}


@dataclass(frozen=True, slots=True)
class WrittenEvent:
    """An event as it was written; `number` counts them. `watch` None: ordered by hand; `who`: by whom, "" by nobody."""

    number: int
    vendor: PartnerId
    destination: DestinationId
    watch: Watch | None
    event: RouteEvent
    who: str


class RouteStates:
    """Writes and reads states and events. Invariants: a state and the event that led to it are written together, each
    event once; a route without a row is active since ever; the first event of an order tells it, and of its end."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def write(self, news: Sequence[News], process: str) -> list[WrittenEvent]:
        """Write changes as they came from a process of quality-0; return what is to be told of those that were not
        written before."""
        with self._sessions.writing() as session:
            fresh = [_written(session, one, f"{process}:{one.seq}") for one in news]
            newest = session.scalar(select(func.max(col(RouteEventRecord.id)))) or 0
            session.execute(delete(RouteEventRecord).where(col(RouteEventRecord.id) <= newest - KEPT_EVENTS))
            first = min((record.id for record in fresh if record is not None and record.id), default=None)
            if first is None:
                return []
            told = select(RouteEventRecord).where(col(RouteEventRecord.id) >= first, _is_told())
            return [_event(one) for one in session.scalars(told.order_by(col(RouteEventRecord.id)))]

    def order(self, state: KeptState, *, who: str, at_ms: int) -> None:
        """Note an order by hand in the trail, and keep one that lasts. Raises NotFoundError for names.

        The event comes with the news of quality-0.
        """
        with self._sessions.writing() as session:
            checks.existing(session, PartnerRecord, state.vendor, "partner")
            its = checks.existing(session, DestinationRecord, state.destination, "destination").name
            _keep(session, state)
            key = f"{state.vendor} to {its}"
            audit.record(session, who, at_ms, f"order {state.standing}", "route", key, after=state)

    def standing(self) -> list[KeptState]:
        """Return all states that are kept."""
        with self._sessions.reading() as session:
            return [_state(record) for record in session.scalars(select(RouteStateRecord))]

    def events(
        self,
        *,
        vendor: str = "",
        destination: str = "",
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[WrittenEvent], int]:
        """Return a page of events, the last first, and how many there are; `destination`: a part of a name."""
        wanted = [_is_told()]
        if vendor:
            wanted.append(col(RouteEventRecord.vendor) == vendor)
        if destination:
            named = func.lower(col(DestinationRecord.name)).contains(destination.lower(), autoescape=True)
            wanted.append(col(RouteEventRecord.destination).in_(select(col(DestinationRecord.id)).where(named)))
        query = select(RouteEventRecord).where(*wanted).order_by(col(RouteEventRecord.id).desc())
        with self._sessions.reading() as session:
            total = session.scalar(select(func.count()).select_from(RouteEventRecord).where(*wanted)) or 0
            return [_event(one) for one in session.scalars(query.limit(limit).offset(offset))], total


def _is_told() -> ColumnElement[bool]:
    """Select events but those that an earlier one of the same order, or of the same end of one, tells of."""
    its, other = RouteEventRecord, aliased(RouteEventRecord)
    same = [getattr(other, name) == getattr(its, name) for name in ("vendor", "destination", "at_ms", "who")]
    before = col(other.id).between(col(its.id) - OF_ONE_ORDER, col(its.id) - 1)
    ends, ended = (col(one.why).in_((ORDER_OVER, DRY_RUN + ORDER_OVER)) for one in (its, other))
    ordered = and_(col(its.who) != "", col(other.after) == col(its.after))
    by_calls = and_(col(its.who) == "", ~ends)
    return or_(by_calls, ~exists().where(before, *same, or_(ordered, and_(ends, ended))))


def _written(session: Session, news: News, source: str) -> RouteEventRecord | None:
    if session.scalar(select(col(RouteEventRecord.id)).where(col(RouteEventRecord.source) == source)) is not None:
        return None
    event, state = news.event, news.state
    record = RouteEventRecord(
        source=source,
        at_ms=event.at_ms,
        watch=_text(state.watch),
        vendor=state.vendor,
        destination=state.destination,
        before=event.before.value,
        after=event.after.value,
        why=event.why,
        measured=[_plain(one) for one in event.measured],
        until_ms=event.until_ms,
        who=news.who,
    )
    session.add(record)
    session.flush()
    _keep(session, state)
    return record


def _keep(session: Session, state: KeptState) -> None:
    if state.standing is Standing.ACTIVE and (state.watch is None or state.why == NOT_WATCHED):
        place = (_text(state.watch), state.vendor, state.destination)
        record = session.get(RouteStateRecord, place)
        if record is not None:
            session.delete(record)
            session.flush()
        return
    if state.watch is None and state.standing is Standing.PROBING:
        return  # no order that lasts: what calls say of it comes with the watch
    session.merge(
        RouteStateRecord(
            watch=_text(state.watch),
            vendor=state.vendor,
            destination=state.destination,
            standing=state.standing.value,
            since_ms=state.since_ms,
            until_ms=state.until_ms,
            batch=state.batch,
            why=state.why,
        )
    )
    session.flush()


def _state(record: RouteStateRecord) -> KeptState:
    return KeptState(
        _watch(record.watch),
        PartnerId(record.vendor),
        DestinationId(record.destination),
        Standing(record.standing),
        record.since_ms,
        record.why,
        record.until_ms,
        record.batch,
    )


def _event(record: RouteEventRecord) -> WrittenEvent:
    assert record.id is not None, "it was written"
    found = tuple(
        Measured(Measure(name), value, low, inf if high is None else high, calls)
        for name, value, low, high, calls in record.measured
    )
    before, after = Standing(record.before), Standing(record.after)
    event = RouteEvent(record.at_ms, before, after, record.why, found, record.until_ms)
    vendor, destination = PartnerId(record.vendor), DestinationId(record.destination)
    return WrittenEvent(record.id, vendor, destination, _watch(record.watch), event, record.who)


def _plain(one: Measured) -> list[str | float | int | None]:
    """Return a measure as JSON has it: it knows no infinity."""
    return [one.measure.value, one.value, one.low, None if one.high == inf else one.high, one.calls]


def _text(watch: Watch | None) -> str:
    """Return what a watch says beyond the usual, always in the same order; "" for none."""
    if watch is None:
        return ""
    said = {one.name: getattr(watch, one.name) for one in fields(Watch)}
    beyond = {name: value for name, value in said.items() if value != getattr(_SILENT, name)}
    return json.dumps({name: float(value) if name in _BOUNDS else value for name, value in beyond.items()})


def _watch(text: str) -> Watch | None:
    if not text:
        return None
    said = json.loads(text)
    return Watch(**said | ({"action": Action(said["action"])} if "action" in said else {}))
