"""Templates by which sheets are read, in all their versions."""

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import InputError, NotFoundError
from domain.sheets.template import Template
from domain.sheets.template_json import template_json, template_of
from store.catalog import audit
from store.catalog.engine import Sessions
from store.tables import SheetTemplateRecord

NOUN = "sheet-template"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class SavedTemplate:
    """A template and who saved this version of it when (UTC ms). `owner`: a partner, or a plan that nobody has."""

    owner: str
    template: Template
    saved_ms: int
    saved_by: str


class Templates:
    """Keeps templates. A version never changes: sheets say by which one they were read."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def save(self, owner: str, template: Template, *, who: str, at_ms: int) -> Template:
        """Keep a template of an owner under its name; return it with its version: a new one where it is otherwise than
        the newest. Raises InputError for one that cannot be found again."""
        where = f"template {template.name!r} of {owner}"
        if not template.name.strip() or len(template.name) > LONGEST_NAME or not owner:
            raise InputError("it needs a name and an owner", where=where, mend=f"Give up to {LONGEST_NAME} characters.")
        if not any(layout.columns for layout in template.tabs):
            raise InputError("it names no column", where=where, mend="Say what the columns of a tab are.")
        with self._sessions.writing() as session:
            newest = _newest(session, owner, template.name)
            before = template_of(newest.template) if newest is not None and not newest.removed else None
            if before is not None and replace(template, version=before.version) == before:
                return before
            saved = replace(template, version=1 if newest is None else newest.version + 1)
            text = template_json(saved)
            session.add(
                SheetTemplateRecord(
                    owner=owner,
                    name=saved.name,
                    version=saved.version,
                    fingerprint=saved.fingerprint,
                    template=text,
                    saved_ms=at_ms,
                    saved_by=who,
                )
            )
            audit.record(session, who, at_ms, "save", NOUN, f"{owner}/{saved.name}", before=before, after=saved)
            return saved

    def of(self, owner: str) -> list[Template]:
        """Return the templates of an owner, each in its newest version, the one saved last first."""
        return [saved.template for saved in self.list(owner)]

    def like(self, fingerprint: str) -> list[SavedTemplate]:
        """Return the templates of all owners that have a fingerprint, as `list` does."""
        return self._found(col(SheetTemplateRecord.fingerprint) == fingerprint)

    def get(self, owner: str, name: str, version: int = 0) -> SavedTemplate:
        """Return a template; `version` 0: the newest, which may not be removed. Raises NotFoundError."""
        with self._sessions.reading() as session:
            found = session.get(SheetTemplateRecord, (owner, name, version)) if version else None
            if not version:
                found = _newest(session, owner, name)
                found = None if found is not None and found.removed else found
            if found is None:
                raise _missing(owner, name)
            return _saved(found)

    def remove(self, owner: str, name: str, *, who: str, at_ms: int) -> None:
        """Let no more sheet be read by a template; its versions stay for those that were. Raises NotFoundError."""
        with self._sessions.writing() as session:
            newest = _newest(session, owner, name)
            if newest is None or newest.removed:
                raise _missing(owner, name)
            its = (col(SheetTemplateRecord.owner) == owner, col(SheetTemplateRecord.name) == name)
            session.execute(update(SheetTemplateRecord).where(*its).values(removed=True))
            before = template_of(newest.template)
            audit.record(session, who, at_ms, "remove", NOUN, f"{owner}/{name}", before=before)

    def _found(self, *choice: ColumnElement[bool]) -> list[SavedTemplate]:
        owner, name, version = (
            col(column) for column in (SheetTemplateRecord.owner, SheetTemplateRecord.name, SheetTemplateRecord.version)
        )
        last = select(owner, name, func.max(version).label("version")).group_by(owner, name).subquery()
        is_last = (last.c.owner == owner) & (last.c.name == name) & (last.c.version == version)
        query = select(SheetTemplateRecord).join(last, is_last)
        query = query.where(col(SheetTemplateRecord.removed).is_(False), *choice)
        order = (col(SheetTemplateRecord.saved_ms).desc(), owner, name)
        with self._sessions.reading() as session:
            return [_saved(record) for record in session.scalars(query.order_by(*order))]

    def list(self, owner: str = "") -> list[SavedTemplate]:
        """Return all templates, or those of an owner, each in its newest version, the one saved last first."""
        return self._found(col(SheetTemplateRecord.owner) == owner) if owner else self._found()


def _newest(session: Session, owner: str, name: str) -> SheetTemplateRecord | None:
    its = (col(SheetTemplateRecord.owner) == owner, col(SheetTemplateRecord.name) == name)
    query = select(SheetTemplateRecord).where(*its).order_by(col(SheetTemplateRecord.version).desc()).limit(1)
    return session.scalars(query).first()


def _missing(owner: str, name: str) -> NotFoundError:
    return NotFoundError(f"{owner} has no template {name!r}", mend="See `switchboard templates list`.")


def _saved(record: SheetTemplateRecord) -> SavedTemplate:
    return SavedTemplate(record.owner, template_of(record.template), record.saved_ms, record.saved_by)
