"""A plan as it would be had one of its sheets never been: what must be known no longer, and what instead."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.ids import PlanId
from domain.sheets.steps import SheetState
from store.catalog import plan_rows
from store.catalog.bitemporal import FOREVER, Key
from store.catalog.intents import Intents, Line, named, unpack
from store.catalog.replay import Piece, Timelines, replayed, says_the_same
from store.tables import PlanIntentRecord, PlanRecord, PlanVersionRecord, SheetRecord


@dataclass(frozen=True, slots=True)
class Without:
    """Ids of rates that are known no longer, rates that are known instead, and later sheets that have codes with it."""

    ended: list[int]
    added: list[Line]
    followed: tuple[int, ...]


@dataclass(slots=True)
class _Gone:
    """Versions of a plan that count no longer, with what they asked for; `last` is the one that goes now."""

    last: int
    intents: dict[int, Intents]
    names: dict[int, set[Key]]

    def concerned(self, changed: set[Key]) -> set[Key]:
        """Return the keys that may be otherwise without the last: those that it changed, and those that it decides
        besides another that is gone, whose place it may have taken since."""
        mine, intents = self.names[self.last], self.intents[self.last]
        others = set().union(*(names for version, names in self.names.items() if version != self.last))
        return changed | {key for key in others if key in mine or intents.ends_unnamed(key[0])}

    def first(self, keys: set[Key]) -> int:
        """Return the first version that is gone and decided one of the keys: before it all was as it should be."""
        touching = [
            version
            for version, names in self.names.items()
            if self.intents[version].rest_from_ms is not None or not keys.isdisjoint(names)
        ]
        return min(touching, default=self.last)


def without(session: Session, plan: PlanRecord, version: int) -> Without:
    """Return what takes the change of one version back, given those that were taken back before."""
    id_ = PlanId(plan.id)
    gone = _gone(session, id_, version)
    keys = gone.concerned(plan_rows.keys_changed(session, id_, version))
    first = gone.first(keys)
    base: Timelines = defaultdict(list)
    current: dict[Key, dict[Piece, int]] = defaultdict(dict)
    for row in plan_rows.known_since(session, id_, first, keys):
        if row.from_version < first and (row.until_version is None or row.until_version >= first):
            base[row.key].append(row.piece)
        if row.until_version is None:
            current[row.key][row.piece] = row.id
    followed: list[int] = []
    later = _later(session, id_, first, gone, keys, followed)
    ended, added = _difference(current, replayed(base, keys, later))
    return Without(ended, added, tuple(followed))


def _gone(session: Session, plan: PlanId, version: int) -> _Gone:
    undone = select(col(SheetRecord.id)).where(col(SheetRecord.state) == SheetState.UNDONE)
    entry = col(PlanVersionRecord.version)
    query = select(PlanIntentRecord).join(
        PlanVersionRecord,
        (col(PlanVersionRecord.plan) == col(PlanIntentRecord.plan)) & (entry == col(PlanIntentRecord.version)),
    )
    query = query.where(
        col(PlanIntentRecord.plan) == plan, or_(entry == version, col(PlanVersionRecord.sheet).in_(undone))
    )
    intents = {record.version: unpack(record.packed) for record in session.scalars(query)}
    return _Gone(version, intents, {each: named(given.lines) for each, given in intents.items()})


def _later(
    session: Session, plan: PlanId, first: int, gone: _Gone, keys: set[Key], followed: list[int]
) -> Iterator[Intents]:
    """Yield what the versions since the first one asked for that are not gone, one after another.

    Ids of sheets among those after the last one gone go to `followed`, where they have keys with it.
    """
    at = col(PlanIntentRecord.version)
    sheets = select(col(PlanVersionRecord.version), col(PlanVersionRecord.sheet))
    entries = session.execute(sheets.where(col(PlanVersionRecord.plan) == plan))
    of_version = {version: sheet for version, sheet in entries}  # noqa: C416  # dict() would lose the types
    versions = select(at).where(col(PlanIntentRecord.plan) == plan, at >= first).order_by(at)
    for version in session.scalars(versions).all():
        if version in gone.names:
            continue
        packed = session.scalars(
            select(col(PlanIntentRecord.packed)).where(col(PlanIntentRecord.plan) == plan, at == version)
        ).one()
        intents = unpack(packed)
        sheet = of_version.get(version)
        if sheet is not None and version > gone.last and not gone.names[gone.last].isdisjoint(named(intents.lines)):
            followed.append(sheet)
        yield intents


def _difference(current: dict[Key, dict[Piece, int]], wanted: Timelines) -> tuple[list[int], list[Line]]:
    ended: list[int] = []
    added: list[Line] = []
    for key, timeline in wanted.items():
        now = current.get(key, {})
        if says_the_same(now, timeline):
            continue
        stays = set(timeline)
        ended += [id_ for piece, id_ in now.items() if piece not in stays]
        added += [_line(key, piece) for piece in sorted(stays - now.keys())]
    return ended, added


def _line(key: Key, piece: Piece) -> Line:
    return (*key, *piece.terms, piece.since, None if piece.until == FOREVER else piece.until, piece.blocked)
