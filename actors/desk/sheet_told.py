"""What is told of a sheet beside what the catalog has columns for: plain JSON in the catalog, a value here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from actors.sheet_work import Asked, CheckSum, Digest
from domain.sheets.findings import Severity
from domain.sheets.template import Template
from domain.sheets.template_json import template_json, template_of
from store.catalog.sheet_values import Sheet

HOUR_MS = 3_600_000
FRESH_MS = 24 * HOUR_MS
"""So long at most after it was read a sheet is applied as it was found."""


@dataclass(frozen=True, slots=True)
class Told:
    """`wanted`: the template that was asked for by name; `answers`: by the keys of questions; `template`: by which it
    was read; `known`: that one was saved before; `plan_version`: of the plan that it was compared with;
    `week`, `rest_from_ms`, `read_ms`, `due_ms`: see Digest; `by`: who answered questions or pointed at columns;
    `learned`: what it teaches was kept once it was applied."""

    wanted: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    questions: tuple[Asked, ...] = ()
    notes: tuple[str, ...] = ()
    checks: tuple[CheckSum, ...] = ()
    template: Template | None = None
    known: bool = False
    plan_version: int = 0
    week: tuple[int, int] | None = None
    rest_from_ms: int | None = None
    read_ms: int = 0
    due_ms: int | None = None
    by: tuple[str, ...] = ()
    learned: bool = False

    @property
    def warnings(self) -> int:
        """How many warnings are open; those accepted one by one are not."""
        return sum(one.open for one in self.checks if one.severity == Severity.WARN.value)

    def aged(self, now_ms: int) -> str:
        """Return why what was found can be true no longer by the clock, "" where it still counts.

        `now_ms`: UTC ms of business time.
        """
        if self.due_ms is not None and self.due_ms <= now_ms:
            return "a change of it that lay ahead when it was read has begun since"
        return f"it was read more than {FRESH_MS // HOUR_MS} hours ago" if now_ms - self.read_ms > FRESH_MS else ""

    def said_by(self, who: str) -> "Told":
        """Return it with one more who says how the sheet is read."""
        return self if who in self.by else replace(self, by=(*self.by, who))

    def after(self, digest: Digest) -> "Told":
        """Return what is told after a digestion."""
        return replace(
            self,
            questions=digest.questions,
            notes=digest.notes,
            checks=digest.checks,
            template=digest.template,
            known=digest.known,
            plan_version=digest.plan_version,
            week=digest.week,
            rest_from_ms=digest.rest_from_ms,
            read_ms=digest.read_ms,
            due_ms=digest.due_ms,
        )

    def plain(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "wanted": self.wanted,
            "answers": dict(self.answers),
            "questions": [asdict(one) for one in self.questions],
            "notes": list(self.notes),
            "checks": [asdict(one) for one in self.checks],
            "template": None if self.template is None else template_json(self.template),
            "known": self.known,
            "plan_version": self.plan_version,
            "week": None if self.week is None else list(self.week),
            "rest_from_ms": self.rest_from_ms,
            "read_ms": self.read_ms,
            "due_ms": self.due_ms,
            "by": list(self.by),
            "learned": self.learned,
        }


def told_of(sheet: Sheet) -> Told:
    """Read what is told of a sheet."""
    plain = dict(sheet.told)
    if not plain:
        return Told()
    template = plain["template"]
    return Told(
        wanted=plain["wanted"],
        answers=plain["answers"],
        questions=tuple(Asked(**one | {"choices": tuple(one["choices"])}) for one in plain["questions"]),
        notes=tuple(plain["notes"]),
        checks=tuple(CheckSum(**one) for one in plain["checks"]),
        template=None if template is None else template_of(template),
        known=plain["known"],
        plan_version=plain["plan_version"],
        week=(plain["week"][0], plain["week"][1]) if plain["week"] else None,
        rest_from_ms=plain.get("rest_from_ms"),
        read_ms=plain.get("read_ms", 0),
        due_ms=plain.get("due_ms"),
        by=tuple(plain.get("by", ())),
        learned=plain.get("learned", False),
    )
