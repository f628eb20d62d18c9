"""Versions of a plan: each change of its rules or rates makes one, in one order of knowledge."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.ids import PlanId
from store.catalog import rates
from store.catalog.intents import Line, Lines
from store.catalog.snapshots import PLAN
from store.tables import PlanIntentRecord, PlanRecord, PlanVersionRecord, RateRecord, SnapshotRecord


@dataclass(frozen=True, slots=True)
class RatesChange:
    """What a change of rates did: the plan's version after it and from when it is known, and rows by what became of
    them (`unchanged` ones said what was known already). Without effect the version stays."""

    version: int
    known_ms: int
    added: int
    ended: int
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """What a version of a plan is made by: the sheet that brought it, or (`undoes`) that it takes back."""

    sheet: int | None = None
    undoes: int | None = None


BY_HAND = Made()


def first_version(session: Session, plan: PlanId) -> int:
    """Return the version with which a plan begins: behind all that was published under its name."""
    last = func.max(col(SnapshotRecord.answers))
    query = select(last).where(col(SnapshotRecord.kind) == PLAN, col(SnapshotRecord.name) == plan)
    return (session.scalar(query) or 0) + 1


def next_version(
    session: Session, record: PlanRecord, at_ms: int, *, added: int = 0, ended: int = 0, made: Made = BY_HAND
) -> int:
    """Raise a plan's version; return from when on it is known: never before the one that it follows."""
    last = session.get_one(PlanVersionRecord, (record.id, record.version))
    known_ms = max(at_ms, last.known_ms)
    record.version += 1
    entry = PlanVersionRecord(plan=record.id, version=record.version, known_ms=known_ms, added=added, ended=ended)
    entry.sheet, entry.undoes = made.sheet, made.undoes
    entry.first_rate = (session.scalar(select(func.max(col(RateRecord.id)))) or 0) + 1
    session.add(entry)
    session.flush()
    return known_ms


def write(
    session: Session,
    record: PlanRecord,
    ended: Sequence[int],
    added: Sequence[Line] | Lines,
    asked: bytes | None,
    at_ms: int,
    made: Made = BY_HAND,
) -> RatesChange:
    """Make a version in which rows (by id) are known no longer and others are; `asked`: what was asked for, packed."""
    plan = PlanId(record.id)
    known_ms = next_version(session, record, at_ms, added=len(added), ended=len(ended), made=made)
    rates.end(session, plan, ended, known_ms, record.version)  # before the insert: what is known now is unique
    rates.insert(session, plan, added, known_ms, record.version)
    if asked is not None:
        session.add(PlanIntentRecord(plan=plan, version=record.version, packed=asked))
    return RatesChange(record.version, known_ms, len(added), len(ended))
