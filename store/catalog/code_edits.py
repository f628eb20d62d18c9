"""How the reference book changes within a transaction: entries of codes are never overwritten, only known no longer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.code_times import CodeDifference, Difference, Times, belonging, differences, owner_at
from domain.codes import NO_COUNTRY, CodeEntry, CodeSeed, Destination
from domain.errors import InputError, NotFoundError
from domain.ids import DestinationId
from store.catalog import audit, checks
from store.catalog.bulk import insert_rows
from store.tables import CodeRecord, DestinationRecord, FormerNameRecord, ReferenceVersionRecord

SHOWN = 50
"""So many codes of a change are named in its audit entry."""


@dataclass(frozen=True, slots=True)
class BookChange:
    """What a change of the book did: its version after it, destinations and codes added, codes moved and ended."""

    version: int
    destinations: int
    codes: int
    moved: int
    ended: int = 0
    found: tuple[CodeDifference, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Edit:
    """From a moment on a code belongs to a destination; None: to none."""

    code: str
    destination: int | None
    from_ms: int


def enter(
    session: Session, codes: Sequence[CodeSeed], source: str, who: str, at_ms: int, *, ours_stay: bool = False
) -> BookChange:
    """Enter what metadata says: store.catalog.codes.Codes.enter."""
    for one in codes:
        checks.digits(one.code, f"destination {one.name}")
    now = version_of(session)
    kept = _changed_by_others(session, source) if ours_stay else set()
    codes = [one for one in codes if one.code not in kept]
    ids, fresh = placed(session, codes, at_ms)
    known_now = times(session, now)
    since = at_ms if now else 0
    edits = []
    for one in codes:
        owner = owner_at(known_now.get(one.code, ()), at_ms)
        if owner != ids[one.name]:
            edits.append(Edit(one.code, ids[one.name], since if owner is None else at_ms))
    return apply(session, edits, source, who, at_ms, fresh=fresh, known_now=known_now)


def apply(
    session: Session,
    edits: Iterable[Edit],
    source: str,
    who: str,
    at_ms: int,
    *,
    fresh: int = 0,
    known_now: Mapping[str, Times] | None = None,
) -> BookChange:
    """Make edits in their order, with one version and one audit entry for all; where nothing changes, none.

    fresh: how many destinations were made for them. known_now: what is known, where that was read already.
    """
    version = version_of(session)
    before = times(session, version) if known_now is None else known_now
    after: dict[str, Times] = {}
    for edit in edits:
        was = after.get(edit.code, before.get(edit.code, ()))
        owner = None if edit.destination is None else DestinationId(edit.destination)
        after[edit.code] = belonging(was, edit.code, owner, edit.from_ms)
    changed = {code: its for code, its in after.items() if its != before.get(code, ())}
    if not (changed or fresh):
        return BookChange(version, 0, 0, 0)
    _write(session, before, changed, version + 1)
    session.add(ReferenceVersionRecord(version=version + 1, known_ms=at_ms, source=source, who=who))
    found = differences({code: before.get(code, ()) for code in changed}, changed)
    added, moved, ended = _counts(found)
    change = BookChange(version + 1, fresh, added, moved, ended, tuple(found))
    return _recorded(session, change, source, who, at_ms)


def placed(session: Session, codes: Sequence[CodeSeed], at_ms: int) -> tuple[dict[str, int], int]:
    """Return the id of each destination named, by names that they have or had, and how many had to be added.

    Ids are given once and for ever.
    """
    former = select(col(FormerNameRecord.name), col(FormerNameRecord.destination))
    ids = {name: id_ for name, id_ in session.execute(former.order_by(col(FormerNameRecord.until_version)))}  # noqa: C416
    known_names = session.execute(select(col(DestinationRecord.name), col(DestinationRecord.id)))
    ids |= {name: id_ for name, id_ in known_names}  # noqa: C416  # dict() would lose the types
    alike = {name.casefold(): id_ for name, id_ in ids.items()}  # "kenya" makes no second Kenya
    ids |= {
        one.name: alike[one.name.casefold()] for one in codes if one.name not in ids and one.name.casefold() in alike
    }
    wanted = {one.name: one for one in codes if one.name not in ids}
    for name in wanted:
        _check_name(name)
    first = (session.scalar(select(func.max(col(DestinationRecord.id)))) or 0) + 1
    rows = [
        (number, name, wanted[name].country or _country(session, wanted[name].code, at_ms), wanted[name].kind)
        for number, name in enumerate(sorted(wanted), first)
    ]
    insert_rows(session, "destination", ("id", "name", "country", "kind"), rows)
    return ids | {name: number for number, name, _, _ in rows}, len(rows)


def rename(session: Session, name: str, new: str, who: str, at_ms: int) -> BookChange:
    """Give a destination another name; it keeps its codes, and is found by the former name too. Raises ConflictError
    where another has that name."""
    record = named(session, name)
    new = new.strip()
    _check_name(new)
    version = version_of(session)
    if record.name == new:
        return BookChange(version, 0, 0, 0)
    taken = session.scalar(select(DestinationRecord).where(col(DestinationRecord.name) == new))
    if taken is not None:
        raise InputError(f"there is already a destination {new!r}", mend="Move its codes, or choose another name.")
    session.add(FormerNameRecord(destination=record.id, until_version=version + 1, name=record.name))
    source = f"{record.name} is named {new}"
    audit.record(session, who, at_ms, "rename", "codes", str(record.id), before=record.name, after=new)
    record.name = new
    session.add(ReferenceVersionRecord(version=version + 1, known_ms=at_ms, source=source, who=who))
    return BookChange(version + 1, 0, 0, 0)


def named(session: Session, name: str) -> DestinationRecord:
    """Return a destination by its name, else by one that it had last, else whatever case it is written in.

    Raises NotFoundError, which names a near one.
    """
    found = session.scalar(select(DestinationRecord).where(col(DestinationRecord.name) == name.strip()))
    if found is None:
        former = select(FormerNameRecord).where(col(FormerNameRecord.name) == name.strip())
        its = session.scalars(former.order_by(col(FormerNameRecord.until_version).desc())).first()
        found = session.get(DestinationRecord, its.destination) if its else None
    if found is None:
        records = {one.name.casefold(): one for one in session.scalars(select(DestinationRecord))}
        found = records.get(name.strip().casefold())
        if found is None:
            near = get_close_matches(name.strip().casefold(), records, 1)
            mend = f"Did you mean {records[near[0]].name}?" if near else "See `switchboard codes list`."
            raise NotFoundError(f"there is no destination {name!r}", mend=mend)
    return found


def destination_of(record: DestinationRecord, name: str = "") -> Destination:
    """Return the value of a record, by its own or another name."""
    return Destination(DestinationId(record.id), name or record.name, record.country, record.kind)


def version_of(session: Session, wanted: int | None = None) -> int:
    """Return the newest version of the book (0: it is empty), or the one that is wanted. Raises NotFoundError."""
    newest = session.scalar(select(func.max(col(ReferenceVersionRecord.version)))) or 0
    if wanted is not None and not 0 <= wanted <= newest:
        mend = f"They go from 1 to {newest}: `switchboard codes versions`."
        raise NotFoundError(f"the reference book has no version {wanted}", mend=mend)
    return newest if wanted is None else wanted


def known(version: int) -> ColumnElement[bool]:
    """Say which entries a version knows."""
    until = col(CodeRecord.until_version)
    return and_(col(CodeRecord.from_version) <= version, or_(until.is_(None), until > version))


def valid(at_ms: int) -> ColumnElement[bool]:
    """Say which entries are valid at a moment."""
    until = col(CodeRecord.valid_until_ms)
    return and_(col(CodeRecord.valid_from_ms) <= at_ms, or_(until.is_(None), until > at_ms))


def lasting(at_ms: int) -> ColumnElement[bool]:
    """Say which entries are valid at a moment or later."""
    until = col(CodeRecord.valid_until_ms)
    return or_(until.is_(None), until > at_ms)


def entries(session: Session, version: int, *choice: ColumnElement[bool]) -> list[CodeEntry]:
    """Return the entries that a version knows."""
    query = select(
        col(CodeRecord.code),
        col(CodeRecord.destination),
        col(CodeRecord.valid_from_ms),
        col(CodeRecord.valid_until_ms),
    )
    rows = session.execute(query.where(known(version), *choice))
    return [CodeEntry(code, DestinationId(owner), since, until) for code, owner, since, until in rows]


def times(session: Session, version: int) -> dict[str, Times]:
    """Return where each code belongs over time, as a version knows it."""
    found: dict[str, Times] = {}
    for entry in sorted(entries(session, version), key=lambda entry: entry.valid_from_ms):
        found[entry.code] = (*found.get(entry.code, ()), entry)
    return found


def _write(session: Session, before: Mapping[str, Times], after: Mapping[str, Times], version: int) -> None:
    """Know other entries of some codes from a version on."""
    gone = {entry for code, its in after.items() for entry in set(before.get(code, ())) - set(its)}
    ids = [id_ for id_, entry in _known_rows(session, version - 1, {one.code for one in gone}) if entry in gone]
    if ids:
        on_postgres = session.connection().dialect.name == "postgresql"
        chosen = "= ANY(:ids)" if on_postgres else "IN (SELECT value FROM json_each(:ids))"
        given: Any = ids if on_postgres else orjson.dumps(ids).decode()
        session.execute(
            text(f"UPDATE code SET until_version = :version WHERE id {chosen}"), {"version": version, "ids": given}
        )
    columns = ("code", "destination", "valid_from_ms", "valid_until_ms", "from_version")
    new = [entry for code, its in after.items() for entry in its if entry not in set(before.get(code, ()))]
    rows = [(one.code, one.destination, one.valid_from_ms, one.valid_until_ms, version) for one in new]
    insert_rows(session, "code", columns, rows)


def _known_rows(session: Session, version: int, codes: set[str]) -> Iterable[tuple[int, CodeEntry]]:
    query = select(CodeRecord).where(known(version))
    if len(codes) <= 500:
        query = query.where(col(CodeRecord.code).in_(codes))
    for one in session.scalars(query):
        entry = CodeEntry(one.code, DestinationId(one.destination), one.valid_from_ms, one.valid_until_ms)
        yield one.id or 0, entry


def _changed_by_others(session: Session, source: str) -> set[str]:
    """Return the codes that another source than this one entered, moved or ended."""
    theirs = select(col(ReferenceVersionRecord.version)).where(col(ReferenceVersionRecord.source) != source)
    columns = col(CodeRecord.from_version), col(CodeRecord.until_version)
    touched = or_(*(column.in_(theirs) for column in columns))
    return set(session.scalars(select(col(CodeRecord.code)).where(touched)))


def _recorded(session: Session, change: BookChange, source: str, who: str, at_ms: int) -> BookChange:
    told = {name: getattr(change, name) for name in ("version", "destinations", "codes", "moved", "ended")}
    names = {one.id: one.name for one in session.scalars(select(DestinationRecord))} if change.found else {}
    lines = [
        f"{one.code} {one.kind}: {names.get(one.before or 0, 'none')} -> {names.get(one.after or 0, 'none')}"
        for one in change.found[:SHOWN]
    ]
    audit.record(session, who, at_ms, "enter-codes", "codes", source, after=told | {"first": lines})
    return change


def _counts(found: Sequence[CodeDifference]) -> tuple[int, int, int]:
    kinds = (Difference.ADDED, Difference.MOVED, Difference.ENDED)
    added, moved, ended = (len({one.code for one in found if one.kind is kind}) for kind in kinds)
    return added, moved, ended


def _country(session: Session, code: str, at_ms: int) -> str:
    """Return the country of the longest shorter code; NO_COUNTRY where there is none."""
    shorter = [code[:length] for length in range(1, len(code))]
    query = select(col(DestinationRecord.country)).join(
        CodeRecord, col(DestinationRecord.id) == col(CodeRecord.destination)
    )
    query = query.where(col(CodeRecord.code).in_(shorter), known(version_of(session)), valid(at_ms))
    return session.scalars(query.order_by(func.length(col(CodeRecord.code)).desc())).first() or NO_COUNTRY


def _check_name(name: str) -> None:
    if not name.strip() or name != name.strip() or len(name) > 120 or any(sign < " " for sign in name):
        mend = "Give up to 120 characters, without blanks around."
        raise InputError(f"{name!r} is no name of a destination", mend=mend)
