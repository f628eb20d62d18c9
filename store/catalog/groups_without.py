"""Origin groups of a plan as they would be had some of its sheets never been.

As rates are (store.catalog.without): what was before the first sheet that is gone, and all later changes that are not
gone put over it, one after another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.origin_lists import overruled
from domain.origins import OriginCode
from domain.points import OPEN_MS
from domain.sheets.steps import SheetState
from store.catalog.intents import GroupAsked, unpack
from store.catalog.origins import load_origins
from store.tables import OriginCodeRecord, PlanIntentRecord, PlanVersionRecord, SheetRecord


@dataclass(frozen=True, slots=True)
class GroupsWithout:
    """All codes of a plan's groups without a version, and which groups of that one were `changed` since."""

    codes: tuple[OriginCode, ...]
    changed: tuple[str, ...]


def groups_without(session: Session, plan: str, version: int) -> GroupsWithout | None:
    """Return what takes back what one version of a plan asked of groups, given those taken back before; None: nothing.

    Later changes stay as they were asked for; where one gave a group a code that now is another's, too, it keeps it.
    """
    asked = _asked(session, plan)
    if version not in asked:
        return None
    gone = {version} | (_undone(session, plan) & asked.keys())
    first = min(gone)
    codes = load_origins(session, plan, first - 1)
    for later in sorted(asked.keys() - gone):
        if later > first:
            for group in asked[later]:
                codes = overruled(codes, _codes(group), {group.group: group.since_ms})
    since = {one.group for later in asked.keys() - gone if later > version for one in asked[later]}
    return GroupsWithout(codes, tuple(sorted(since & {one.group for one in asked[version]})))


def _codes(asked: GroupAsked) -> list[OriginCode]:
    return [OriginCode(asked.group, *span) for span in asked.spans]


def _asked(session: Session, plan: str) -> Mapping[int, tuple[GroupAsked, ...]]:
    """What each version asked of groups. Of versions older than what is kept of it: all that they made of a group."""
    touched = _touched(session, plan)
    if not touched:
        return {}
    kept = session.execute(
        select(col(PlanIntentRecord.version), col(PlanIntentRecord.packed)).where(col(PlanIntentRecord.plan) == plan)
    )
    found = {version: groups for version, packed in kept if (groups := unpack(packed).groups)}
    undoing = col(PlanVersionRecord.undoes).is_not(None)
    taken_back = set(
        session.scalars(select(col(PlanVersionRecord.version)).where(col(PlanVersionRecord.plan) == plan, undoing))
    )
    for version, names in touched.items():
        if version not in found and version not in taken_back:
            found[version] = _made_of(load_origins(session, plan, version), names)
    return found


def _made_of(codes: Iterable[OriginCode], groups: Iterable[str]) -> tuple[GroupAsked, ...]:
    spans: dict[str, list[tuple[str, int, int | None]]] = {group: [] for group in sorted(groups)}
    for one in codes:
        if one.group in spans:
            spans[one.group].append((one.code, one.valid_from_ms, one.valid_until_ms))
    return tuple(GroupAsked(group, -OPEN_MS, tuple(each)) for group, each in spans.items())


def _touched(session: Session, plan: str) -> dict[int, set[str]]:
    """By version the groups of which it came to know, or to know no longer, a code."""
    touched: dict[int, set[str]] = {}
    for one in session.scalars(select(OriginCodeRecord).where(col(OriginCodeRecord.plan) == plan)):
        for version in (one.from_version, one.until_version):
            if version is not None:
                touched.setdefault(version, set()).add(one.origin)
    return touched


def _undone(session: Session, plan: str) -> set[int]:
    undone = select(col(SheetRecord.id)).where(col(SheetRecord.state) == SheetState.UNDONE)
    its = col(PlanVersionRecord.plan) == plan, col(PlanVersionRecord.sheet).in_(undone)
    return set(session.scalars(select(col(PlanVersionRecord.version)).where(*its)))
