"""Rate sheets that came: their steps, what was decided about them, how they are read, and names that partners use."""

from typing import Any

from sqlalchemy import Index, Text
from sqlmodel import Field

from store.columns import BigKey, JsonText, UtcMs, Whole
from store.tables.base import CatalogTable


class SheetRecord(CatalogTable, table=True):
    """One sheet. Its bytes and frames are in a folder by its id (store.sheets.folder).

    `plan` and `partner` are names only: what came and what was done with it outlives both. `told` is plain JSON of
    whoever read it: questions, answers, notes, what the checks counted.
    """

    __tablename__ = "sheet"
    __table_args__ = (Index("ix_sheet_plan_received", "plan", "received_ms"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    plan: str
    partner: str
    name: str
    source: str
    sender: str
    subject: str
    sha256: str
    size: int = Field(sa_type=Whole)
    content: str = ""
    received_ms: int = Field(sa_type=UtcMs)
    received_by: str
    effective_ms: int | None = Field(default=None, sa_type=UtcMs)
    state: str = Field(index=True)
    error: str = ""
    template: str = ""
    template_version: int = 0
    rows: int = Field(default=0, sa_type=Whole)
    is_full: bool = False
    blocking: int = 0
    counts: Any = Field(default_factory=dict, sa_type=JsonText, nullable=False)
    told: Any = Field(default_factory=dict, sa_type=JsonText, nullable=False)
    job: int | None = Field(default=None, sa_type=BigKey)
    version: int | None = Field(default=None, sa_type=Whole)
    approved_by: str = ""
    approved_ms: int | None = Field(default=None, sa_type=UtcMs)
    applied_by: str = ""
    applied_ms: int | None = Field(default=None, sa_type=UtcMs)
    ended_by: str = ""
    ended_ms: int | None = Field(default=None, sa_type=UtcMs)


class SheetStepRecord(CatalogTable, table=True):
    """One step of a sheet, as it was done last: domain.sheets.steps.StepDone (moments are machine time)."""

    __tablename__ = "sheet_step"
    sheet: int = Field(primary_key=True, foreign_key="sheet.id", sa_type=BigKey)
    step: str = Field(primary_key=True)
    began_ms: int = Field(sa_type=UtcMs)
    ended_ms: int = Field(sa_type=UtcMs)
    done: int = Field(sa_type=Whole)
    words: str


class SheetCorrectionRecord(CatalogTable, table=True):
    """What an analyst decided about a sheet: domain.sheets.corrections.Corrected."""

    __tablename__ = "sheet_correction"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    sheet: int = Field(foreign_key="sheet.id", index=True, sa_type=BigKey)
    corrected: Any = Field(sa_type=JsonText, nullable=False)


class SheetTemplateRecord(CatalogTable, table=True):
    """One version of a template: domain.sheets.template.Template as JSON. `owner`: whose sheets are read by it.

    One that was removed stays, for the sheets that were read by it.
    """

    __tablename__ = "sheet_template"
    owner: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    fingerprint: str = Field(index=True)
    template: str = Field(sa_type=Text)
    removed: bool = False
    saved_ms: int = Field(sa_type=UtcMs)
    saved_by: str


class NameMapRecord(CatalogTable, table=True):
    """What a partner calls a destination of ours."""

    __tablename__ = "name_map"
    partner: str = Field(primary_key=True, foreign_key="partner.id")
    name: str = Field(primary_key=True)
    destination: int = Field(foreign_key="destination.id", sa_type=BigKey)
