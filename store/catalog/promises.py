"""What clients were promised and when, out of policies and the trail; and what became of it: promises that no vendor
kept, and those that were broken.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.ids import DestinationId, PartnerId
from domain.policies.policy import Attachment, Policies, Policy
from domain.sla.breaches import Breach
from domain.sla.history import PolicyState
from domain.sla.report import Unmet, Whose
from domain.sla.unmet import UnmetCount
from store.catalog.engine import Sessions
from store.catalog.policies import load_policies
from store.tables import AuditRecord, BreachRecord, PartnerRecord, PolicyVersionRecord, UnmetRecord
from store.values_json import policy_of, time_profile_of

KEPT_UNMET_DAYS = 100
KEPT_BREACHES = 50_000
"""Older ones are forgotten."""
DAY_MS = 86_400_000


class Promises:
    """Reads what was promised; writes and reads what became of it.

    Invariants: a count of a node's process is written as it stands, so that the same again counts once; of one client,
    product and destination one breach at most is not over.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def states(self, from_ms: int, until_ms: int) -> list[PolicyState]:
        """Return the policies of each moment of a period, in order of time: undone from what they are now, by the trail
        and by their versions."""
        with self._sessions.reading() as session:
            return _states(session, from_ms, until_ms)

    def count_unmet(self, source: str, counts: Iterable[UnmetCount]) -> None:
        """Write what a process of a node has counted so far; `source`: which process."""
        with self._sessions.writing() as session:
            newest = 0
            for one in counts:
                newest = max(newest, one.slot_ms)
                session.merge(
                    UnmetRecord(
                        slot_ms=one.slot_ms,
                        client=one.whose.client,
                        product=one.whose.product,
                        destination=one.whose.destination,
                        source=source,
                        routed=one.counted.routed,
                        refused=one.counted.refused,
                    )
                )
            session.execute(delete(UnmetRecord).where(col(UnmetRecord.slot_ms) < newest - KEPT_UNMET_DAYS * DAY_MS))

    def unmet(self, from_ms: int, until_ms: int) -> list[UnmetCount]:
        """Return what all nodes counted in quarters of an hour that begin in [from, until)."""
        record = UnmetRecord
        keys = (col(record.slot_ms), col(record.client), col(record.product), col(record.destination))
        sums = func.sum(record.routed), func.sum(record.refused)
        query = select(*keys, *sums).where(col(record.slot_ms) >= from_ms, col(record.slot_ms) < until_ms)
        with self._sessions.reading() as session:
            rows = session.execute(query.group_by(*keys).order_by(*keys)).all()
        return [
            UnmetCount(
                slot_ms, Whose(PartnerId(client), product, DestinationId(where)), Unmet(int(routed), int(refused))
            )
            for slot_ms, client, product, where, routed, refused in rows
        ]

    def write(self, breach: Breach) -> Breach:
        """Write a breach that began or ended; return it with its number."""
        with self._sessions.writing() as session:
            record = session.merge(_record(breach))
            session.flush()
            newest = session.scalar(select(func.max(col(BreachRecord.id)))) or 0
            session.execute(delete(BreachRecord).where(col(BreachRecord.id) <= newest - KEPT_BREACHES))
            return _breach(record)

    def standing(self) -> list[Breach]:
        """Return the breaches that are not over."""
        with self._sessions.reading() as session:
            query = select(BreachRecord).where(col(BreachRecord.until_ms).is_(None)).order_by(col(BreachRecord.id))
            return [_breach(record) for record in session.scalars(query)]

    def breaches(
        self, client: str = "", destination: int = 0, *, limit: int = 50, offset: int = 0
    ) -> tuple[list[Breach], int]:
        """Return a page of breaches, the last first, and how many there are."""
        wanted = [col(BreachRecord.client) == client] if client else []
        wanted += [col(BreachRecord.destination) == destination] if destination else []
        query = select(BreachRecord).where(*wanted).order_by(col(BreachRecord.id).desc()).limit(limit).offset(offset)
        with self._sessions.reading() as session:
            total = session.scalar(select(func.count()).select_from(BreachRecord).where(*wanted)) or 0
            return [_breach(record) for record in session.scalars(query)], total


def _states(session: Session, from_ms: int, until_ms: int) -> list[PolicyState]:
    policies = load_policies(session)
    owners = {PartnerId(one.id): one.policy or "" for one in session.scalars(select(PartnerRecord))}
    query = select(AuditRecord).where(
        col(AuditRecord.noun).in_(("policy", "partner")), col(AuditRecord.at_ms) > from_ms
    )
    entries = session.scalars(query.order_by(col(AuditRecord.id).desc())).all()
    found: list[PolicyState] = []
    for entry in entries:
        before = _undone(session, policies, owners, entry)
        if before is None:
            continue
        if entry.at_ms < until_ms:
            found.append(PolicyState(entry.at_ms, policies, owners))
        policies, owners = before
    found.append(PolicyState(from_ms, policies, owners))
    # of changes of one moment the last one counts
    return [one for one, after in zip(found[::-1], [*found[-2::-1], None], strict=True) if _lasts(one, after)]


def _lasts(one: PolicyState, after: PolicyState | None) -> bool:
    return after is None or after.from_ms > one.from_ms


def _undone(
    session: Session, policies: Policies, owners: dict[PartnerId, str], entry: AuditRecord
) -> tuple[Policies, dict[PartnerId, str]] | None:
    """Return policies and owners as they were before a change; None where it changed neither."""
    match entry.noun, entry.action:
        case "partner", "change":
            was, now = ((side or {}).get("policy") or "" for side in (entry.before, entry.after))
            return (policies, owners | {PartnerId(entry.key): was}) if was != now else None
        case "policy", "set" | "back" | "promote" | "remove":
            return replace(policies, named=_without(session, policies.named, entry)), owners
        case "policy", "attach":
            left = [one for one in policies.attached if one != _attachment(entry.after)]
            left += [_attachment(entry.before)] if entry.before else []
            return replace(policies, attached=tuple(left)), owners
        case "policy", "detach":
            return replace(policies, attached=(*policies.attached, _attachment(entry.before))), owners
        case "policy", "set profile" | "remove profile":
            profiles = {name: one for name, one in policies.profiles.items() if name != entry.key}
            if entry.before:
                profiles[entry.key] = time_profile_of(entry.before)
            return replace(policies, profiles=profiles), owners
        case _:
            return None


def _without(session: Session, named: dict[str, Policy], entry: AuditRecord) -> dict[str, Policy]:
    """Return the policies with one of them as it was before a version of it."""
    version = (entry.before or {}).get("version")
    record = session.get(PolicyVersionRecord, (entry.key, version)) if version else None
    others = {name: one for name, one in named.items() if name != entry.key}
    if record is None:
        return others
    return others | {entry.key: policy_of(record.says | {"name": record.policy, "version": record.version})}


def _attachment(plain: Any) -> Attachment:
    return Attachment(
        policy=plain["policy"],
        client=PartnerId(plain["client"]) if plain["client"] else None,
        product=plain["product"],
        destination=DestinationId(plain["destination"]) if plain["destination"] is not None else None,
        profile=plain["profile"],
    )


def _record(breach: Breach) -> BreachRecord:
    return BreachRecord(
        id=breach.number or None,
        client=breach.whose.client,
        product=breach.whose.product,
        destination=breach.whose.destination,
        bucket_ms=breach.bucket_ms,
        bucket_s=breach.bucket_s,
        since_ms=breach.since_ms,
        until_ms=breach.until_ms,
        promise=breach.promise,
        policy=breach.policy,
        why=breach.why,
        over=breach.over,
    )


def _breach(record: BreachRecord) -> Breach:
    assert record.id is not None, "it was written"
    return Breach(
        whose=Whose(PartnerId(record.client), record.product, DestinationId(record.destination)),
        bucket_ms=record.bucket_ms,
        bucket_s=record.bucket_s,
        since_ms=record.since_ms,
        promise=record.promise,
        policy=record.policy,
        why=record.why,
        until_ms=record.until_ms,
        over=record.over,
        number=record.id,
    )
