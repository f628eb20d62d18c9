"""What the catalog says of rate sheets, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from domain.ids import PlanId
from domain.sheets.corrections import Corrected, Correction, Stated
from domain.sheets.former import Former
from domain.sheets.steps import SheetState, Step, StepDone
from store.tables import SheetRecord, SheetStepRecord
from store.values_json import to_plain


@dataclass(frozen=True, slots=True)
class NewSheet:
    """A sheet as it comes. `source`: by which way (file, folder, mail); `effective_ms`: for rows without a date."""

    plan: PlanId
    partner: str
    name: str
    sha256: str
    size: int
    source: str = "file"
    sender: str = ""
    subject: str = ""
    received_ms: int | None = None
    effective_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a sheet once it is read; what is None stays as it was.

    `content`: a digest of what it says; `full`: it names all codes; `blocking`: findings that keep it from approval;
    `told` is plain JSON of whoever reads sheets.
    """

    content: str | None = None
    template: str | None = None
    template_version: int | None = None
    rows: int | None = None
    full: bool | None = None
    blocking: int | None = None
    counts: Mapping[str, int] | None = None
    told: Mapping[str, Any] | None = None
    job: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet. Moments are UTC ms of business time. `version`: that of the plan by which it went in.

    `ended_by`: who cancelled it or took it back, and when.
    """

    id: int
    plan: PlanId
    partner: str
    name: str
    source: str
    sender: str
    subject: str
    sha256: str
    size: int
    received_ms: int
    received_by: str
    effective_ms: int | None
    state: SheetState
    error: str
    content: str
    template: str
    template_version: int
    rows: int
    full: bool
    blocking: int
    counts: Mapping[str, int]
    told: Mapping[str, Any]
    job: int | None
    version: int | None
    approved_by: str
    approved_ms: int | None
    applied_by: str
    applied_ms: int | None
    ended_by: str
    ended_ms: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sheets? Empty: all. `text`: a part of the names of file, plan or partner, or of the sender."""

    state: str = ""
    plan: str = ""
    partner: str = ""
    text: str = ""


def put(record: SheetRecord, facts: Facts) -> None:
    """Write what is given of the facts into a record."""
    for each in fields(facts):
        value = getattr(facts, each.name)
        if value is not None:
            name = "is_full" if each.name == "full" else each.name
            setattr(record, name, to_plain(value) if each.name in ("counts", "told") else value)


def corrected_of(plain: Mapping[str, Any]) -> Corrected:
    """Read a Corrected."""
    these = tuple(Stated(**each) for each in plain.get("these", ()))
    return Corrected(**{**plain, "kind": Correction(plain["kind"]), "these": these})


def step_of(record: SheetStepRecord) -> StepDone:
    """Read a step."""
    return StepDone(Step(record.step), record.began_ms, record.ended_ms, record.done, record.words)


def sheet_of(record: SheetRecord) -> Sheet:
    """Read a sheet."""
    assert record.id is not None
    plain = {each.name: getattr(record, each.name) for each in fields(Sheet) if each.name not in _OTHERWISE}
    read = {"state": SheetState(record.state), "full": record.is_full, "plan": PlanId(record.plan)}
    return Sheet(**plain | read)


def former_of(record: SheetRecord) -> Former:
    """Read a sheet as one that came before."""
    assert record.id is not None
    return Former(
        id=record.id,
        name=record.name,
        received_ms=record.received_ms,
        sha256=record.sha256,
        content=record.content,
        rows=record.rows,
        full=record.is_full,
        applied=record.state == SheetState.APPLIED,
    )


_OTHERWISE = ("state", "full", "plan")
