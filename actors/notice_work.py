"""What is asked of batch workers about sheets that we send, and what they answer: plain values, for live actors load no
Polars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domain.ids import PartnerId, PlanId
from domain.notices.form import SheetForm
from domain.notices.shown import changes_of
from domain.sheets.terms import Notice


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """A sheet of a plan to write as a client gets it. `partner` None: for nobody, to whom nothing was told.

    `told`: the Parquet file of what the client knows (domain.sheet_frames.columns.RATES without `id`), None: what
    `base`, a plan in a version, was, and nothing where that is None too;
    `notice`: days that changes must be told before, counted in `zone`; dates are of the form's zone, else of that one.
    `at_ms`: as of when, UTC ms of business time: rates that ended by then are left out.
    `version`: the plan as it was known in that one, None: as it is known now.
    """

    plan: PlanId
    form: SheetForm
    at_ms: int
    zone: str = "UTC"
    partner: PartnerId | None = None
    company: str = ""
    told: Path | None = None
    base: tuple[PlanId, int] | None = None
    version: int | None = None
    notice: Notice = field(default_factory=Notice)


@dataclass(frozen=True, slots=True)
class DueSum:
    """What a client has yet to be told of a plan. `kinds`: how many changes of each kind (new, increase, decrease,
    closed, blocked, unchanged), and domain.notices.shown.RAISING; `first_ms`: when the first of them begins;
    `tell_by_ms`: the last moment at which all of them can be told in time, None: there are none; `late`: how many
    cannot any more. Moments are UTC ms.
    `at_once`: `tell_by_ms` is now, as something holds already; `until_ms`: the last moment, on this day of the zone, at
    which this holds, None: all day. `begun`: when numbers began that the client knows no price of, too early for their
    notice, and how many: they are late for a notice that was made before.
    """

    kinds: Mapping[str, int] = field(default_factory=dict)
    first_ms: int | None = None
    tell_by_ms: int | None = None
    late: int = 0
    plan_version: int = 0
    at_once: bool = False
    until_ms: int | None = None
    begun: Sequence[tuple[int, int]] = ()

    @property
    def changes(self) -> int:
        """How many rates differ from what the client knows."""
        return changes_of(self.kinds)


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """A sheet as it is sent. `rows`: of the file. `rates`: Parquet of what the client knows once it has it; `changes`:
    Parquet with the columns of domain.sheet_frames.columns.CHANGES, against what it knew before."""

    file_name: str
    data: bytes
    rows: int
    due: DueSum
    rates: bytes
    changes: bytes


@dataclass(frozen=True, slots=True)
class AnswerOrder:
    """What to tell whose sheet was applied; `parts`: the folder's Parquet files of the sheet by name; `zone`: of its
    contract."""

    sheet: int
    plan: PlanId
    file_name: str
    parts: Mapping[str, Path]
    zone: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """The mail of an answer, and a CSV of rows that did not go in or were moved, each with its reason; b"": none."""

    subject: str
    text: str
    file_name: str = ""
    data: bytes = b""
    rows: int = 0
