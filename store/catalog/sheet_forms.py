"""Forms of the sheets that we send, by name; the usual one has none and is not changed."""

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError, InputError
from domain.notices.form import CodesAs, CountryCode, DatesAs, FileKind, OrderBy, Scope, SheetForm
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import ContractRecord, SheetFormRecord
from store.values_json import to_plain

NOUN = "sheet-form"
WHAT = "form of sheets"
SHOWN = 5
_WORDS: Mapping[str, type[StrEnum]] = {
    "file": FileKind,
    "scope": Scope,
    "order": OrderBy,
    "codes": CodesAs,
    "country_code": CountryCode,
    "dates": DatesAs,
}


class SheetForms:
    """Sets and reads forms. Every change names who made it and when (UTC ms) and is audited."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def get(self, name: str) -> SheetForm:
        """Return a form; "": the usual one. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return load_form(session, name)

    def used_by(self) -> dict[str, list[str]]:
        """Return the partners whose contract names a form, by form."""
        query = select(col(ContractRecord.rates_form), col(ContractRecord.partner))
        query = query.where(col(ContractRecord.rates_form) != "").order_by(col(ContractRecord.partner))
        used: dict[str, list[str]] = {}
        with self._sessions.reading() as session:
            for name, partner in session.execute(query):
                used.setdefault(name, []).append(partner)
        return used

    def list(self) -> dict[str, SheetForm]:
        """Return all forms by name, without the usual one."""
        query = select(SheetFormRecord).order_by(col(SheetFormRecord.name))
        with self._sessions.reading() as session:
            return {record.name: sheet_form_of(record.form) for record in session.scalars(query)}

    def set(self, name: str, form: SheetForm, *, who: str, at_ms: int) -> None:
        """Make a form, or give the one of that name other values. Raises InputError."""
        where = f"{WHAT} {name!r}"
        if not name:
            mend = "Give another one a name: `switchboard forms set NAME FIELD=VALUE`."
            raise InputError("the usual form is not changed", mend=mend)
        checks.slug(name, where)
        if form.zone:
            checks.zone(form.zone, where)
        with self._sessions.writing() as session:
            record = session.get(SheetFormRecord, name)
            before = sheet_form_of(record.form) if record is not None else None
            if before == form:
                return
            session.merge(SheetFormRecord(name=name, form=to_plain(form)))
            told = None if before is None else to_plain(before)
            audit.record(session, who, at_ms, "set", NOUN, name, before=told, after=to_plain(form))

    def remove(self, name: str, *, who: str, at_ms: int) -> None:
        """Remove a form that no contract names. Raises NotFoundError, ConflictError."""
        with self._sessions.writing() as session:
            record = checks.existing(session, SheetFormRecord, name, WHAT)
            query = select(col(ContractRecord.partner)).where(col(ContractRecord.rates_form) == name)
            if used := sorted(session.scalars(query)):
                some = ", ".join(used[:SHOWN]) + (f" and {len(used) - SHOWN} more" if len(used) > SHOWN else "")
                mend = f"Give it another first: `switchboard partners set {used[0]} rates_form=`."
                raise ConflictError(f"it is the form of {some}", where=f"{WHAT} {name!r}", mend=mend)
            before = to_plain(sheet_form_of(record.form))
            session.delete(record)
            audit.record(session, who, at_ms, "remove", NOUN, name, before=before)


def load_form(session: Session, name: str) -> SheetForm:
    """Read a form in a session that is open already; "": the usual one. Raises NotFoundError."""
    return sheet_form_of(checks.existing(session, SheetFormRecord, name, WHAT).form) if name else SheetForm()


def sheet_form_of(plain: Mapping[str, Any]) -> SheetForm:
    """Read a SheetForm; what an older version did not write has its default, what is no field any more is left out."""
    known = {field.name for field in fields(SheetForm)}
    read: dict[str, Any] = {name: value for name, value in plain.items() if name in known}
    read |= {name: kind(read[name]) for name, kind in _WORDS.items() if name in read}
    return SheetForm(**read | {"columns": tuple(read.get("columns", ()))})
