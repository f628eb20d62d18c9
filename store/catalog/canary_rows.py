"""Trials of versions as the catalog keeps them: read in a session that is open already."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.policies.comparing import Guard
from domain.policies.policy import Canary, Policy
from store.tables import CanaryRecord, PolicyVersionRecord
from store.values_json import policy_of


class Outcome(StrEnum):
    """What became of a trial. WORSE: its guard ended it; OVER: its time did; ANOTHER took its place."""

    PROMOTED = "promoted"
    DROPPED = "dropped"
    WORSE = "worse"
    OVER = "over"
    ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class Trial:
    """A version of a policy tried beside the one in force (`against`); calls set up from `counted_ms` on are counted.

    `ended_ms` None: it runs; then nothing is said by `outcome`, `ended_by` and `ended_note`.
    """

    id: int
    canary: Canary
    against: int
    counted_ms: int
    guard: Guard
    who: str
    note: str
    ended_ms: int | None = None
    outcome: Outcome | None = None
    ended_by: str = ""
    ended_note: str = ""


def running(session: Session, policy: str = "") -> list[Trial]:
    """Return the trials that run, of one policy where it is named."""
    query = select(CanaryRecord).where(col(CanaryRecord.ended_ms).is_(None))
    if policy:
        query = query.where(col(CanaryRecord.policy) == policy)
    return [trial_of(session, record) for record in session.scalars(query.order_by(col(CanaryRecord.policy)))]


def canaries_at(session: Session, at_ms: int) -> tuple[Canary, ...]:
    """Return the versions that were tried at a moment."""
    ended = col(CanaryRecord.ended_ms)
    query = select(CanaryRecord).where(col(CanaryRecord.begun_ms) <= at_ms, ended.is_(None) | (ended > at_ms))
    return tuple(trial_of(session, one).canary for one in session.scalars(query.order_by(col(CanaryRecord.policy))))


def trial_of(session: Session, record: CanaryRecord) -> Trial:
    """Read a trial with the version that it is of."""
    assert record.id is not None, "it was written"
    version = session.get_one(PolicyVersionRecord, (record.policy, record.version))
    policy: Policy = policy_of(version.says | {"name": record.policy, "version": record.version})
    return Trial(
        record.id,
        Canary(policy, record.begun_ms, record.share_bp, record.until_ms),
        record.against,
        record.counted_ms,
        Guard(record.guard_asr_bp, record.guard_margin_bp, record.least_calls),
        record.who,
        record.note,
        record.ended_ms,
        Outcome(record.outcome) if record.outcome else None,
        record.ended_by,
        record.ended_note,
    )
