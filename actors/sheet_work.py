"""What is asked of batch workers about rate sheets, and what they answer: plain values, for live actors load no
Polars."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from domain.ids import PlanId
from domain.rates import PlanRules, Unit
from domain.sheets.corrections import Corrected
from domain.sheets.steps import SheetState, Step, StepDone
from domain.sheets.template import Template

LINES, REJECTS, CHANGES, IMPLICIT, FINDINGS, ADDED, ORIGINS, LEFT_OUT, LEAKS, MOVES = (
    "lines", "rejects", "changes", "implicit", "findings", "added", "origins", "leftout", "leaks", "moves",
)  # fmt: skip
"""The parts of a digested sheet: each a Parquet file with the columns of domain.sheet_frames.columns; ORIGINS have
`from_ms` besides. MOVES are rows like CHANGES, of callers. One more is no frame: store.sheets.folder.CHANGE."""


@dataclass(frozen=True, slots=True)
class DigestOrder:
    """A sheet to read, compare with its plan and check. `template`: by its name, "" the one that fits; `answers`: by
    the keys of questions asked before. Moments are UTC ms of business time."""

    sheet: int
    plan: PlanId
    name: str
    data: bytes
    received_ms: int
    now_ms: int
    effective_ms: int | None = None
    sender: str = ""
    subject: str = ""
    template: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    corrections: tuple[Corrected, ...] = ()


@dataclass(frozen=True, slots=True)
class Underway:
    """A step that runs, and how far it is; `total` 0: not known."""

    step: Step
    began_ms: int
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a sheet, and by which key it is answered."""

    key: str
    tab: str
    about: str
    words: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckSum:
    """What a check found: how often, how many are open, and their money a week (units; None: not known)."""

    check: str
    severity: str
    count: int
    open: int
    money: int | None


@dataclass(frozen=True, slots=True)
class Digest:
    """What became of a sheet. `state` is CHECKED, ASKING or REFUSED; `words` say why it is refused.

    `template`: by which it was read; `known`: that is one that was saved before. `content`: a digest of what it says,
    whatever its form. `codes`: how many different ones its lines have; `rejected`: rows that do not go in.
    `parts`: Parquet files by name. `plan_version`: of the plan that it was compared with.
    `week`: what the calls of a week cost before and after it, units; None: there were none.
    `rest_from_ms`: from when codes end that it does not name, None: they stay. `read_ms`: as of when it was read;
    `due_ms`: when the first of its changes begins that lay ahead then, None: none did.
    """

    state: SheetState
    words: str = ""
    template: Template | None = None
    known: bool = False
    questions: tuple[Asked, ...] = ()
    notes: tuple[str, ...] = ()
    rows: int = 0
    lines: int = 0
    codes: int = 0
    rejects: int = 0
    rejected: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    implicit: int = 0
    checks: tuple[CheckSum, ...] = ()
    blocking: int = 0
    content: str = ""
    full: bool = False
    plan_version: int = 0
    week: tuple[int, int] | None = None
    rest_from_ms: int | None = None
    read_ms: int = 0
    due_ms: int | None = None
    parts: Mapping[str, bytes] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Return what is counted of it, by name; changes by their kind."""
        findings = sum(one.count for one in self.checks)
        own = {
            "lines": self.lines,
            "codes": self.codes,
            "rejects": self.rejects,
            "rejected": self.rejected,
            "implicit": self.implicit,
            "findings": findings,
        }
        return own | dict(self.kinds)


DigestStep = Underway | StepDone | Digest
"""What a digestion tells, in this order: steps as they go on and end, at last the digest."""


@dataclass(frozen=True, slots=True)
class RowsQuery:
    """A page of a part of a digested sheet. What is empty matches all; `code`: first digits; `codes`: whole ones;
    `open`: open findings only; `rejects`: findings only of rows that these REJECTS of the same check leave out.
    `columns`: of these, of all where none is named; `behind`: a part of the same columns whose rows follow."""

    file: Path
    check: str = ""
    kind: str = ""
    code: str = ""
    open: bool = False
    keys: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    rejects: Path | None = None
    columns: tuple[str, ...] = ()
    behind: Path | None = None
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Rows of a frame, and how many the question found."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    total: int

    def named(self) -> Iterator[dict[str, object]]:
        """Yield each row by the names of its columns."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))


@dataclass(frozen=True, slots=True)
class PreviewQuery:
    """Which sheet to look into, and by what it is read: without a template one is proposed from its headings."""

    name: str
    data: bytes
    unit: Unit
    rate_types: tuple[str, ...] = ()
    currency: str = ""
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class TabPreview:
    """The first rows of a tab as text; `total`: how many it has."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    total: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class SheetLook:
    """How a sheet begins, and the template by which it is read or would be: a layout for each tab, in their order."""

    tabs: tuple[TabPreview, ...]
    template: Template


@dataclass(frozen=True, slots=True)
class PlanFileOrder:
    """A plan file to make of a frame of RATES, all that a plan has in a version: those that are valid at some moment of
    [from, until)."""

    added: Path
    path: Path
    rules: PlanRules
    version: int
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class BookQuery:
    """Where the parts of an applied sheet are, for what the reference book learns from it."""

    changes: Path
    findings: Path
    now_ms: int


@dataclass(frozen=True, slots=True)
class BookNews:
    """`unknown`: codes that the book lacks, what the sheet calls them, from when on (UTC ms). `names`: what the sheet
    calls destinations of ours, where that is clear."""

    unknown: tuple[tuple[str, str, int], ...]
    names: Mapping[str, str]
