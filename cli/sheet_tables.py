"""How rate sheets are shown: one with its steps and checks, and pages of what it has."""

from collections.abc import Iterable, Sequence

from cli import output
from domain.money import decimal_text
from protos.sheets_pb2 import (
    ChangePage,
    CheckCount,
    FindingPage,
    ImplicitPage,
    LinePage,
    RejectPage,
    Sheet,
    SheetChange,
    SheetQuestion,
    SheetStep,
    SheetTerms,
)

KINDS = ("new", "increase", "decrease", "unchanged", "closed", "blocked", "callers")
WHOLE = "whole sheet"
LISTED = 10_000
"""So many findings of a check are listed at most."""
NO_TAB = "-"
"""How the only tab of a file without tabs is called."""


def write_sheet(sheet: Sheet) -> None:
    """Print a sheet: what it is, its steps, what changes, what the checks say, what is asked."""
    output.pairs(
        [
            ("sheet", f"{sheet.id}  {sheet.file_name}"),
            ("plan", f"{sheet.plan} ({sheet.side})" if sheet.side else sheet.plan),
            ("state", f"{sheet.state}: {sheet.words}" if sheet.words else sheet.state),
            ("from", sheet.sender),
            ("subject", sheet.subject),
            ("received", f"{output.when(sheet.received_ms)} UTC, by {sheet.sent_by}"),
            ("template", f"{sheet.template}, version {sheet.template_version}" if sheet.template else ""),
            ("rows", _rows(sheet)),
            ("changes", kinds_text(sheet)),
            ("implicit", output.count(sheet.implicit) if sheet.implicit else ""),
            ("findings", _findings(sheet)),
            (
                "a week's calls",
                f"{output.money(sheet.week_before)} → {output.money(sheet.week_after)}"
                if sheet.HasField("week_after")
                else "",
            ),
            ("corrected", output.count(sheet.corrections) if sheet.corrections else ""),
            ("approved by", sheet.approved_by),
            ("plan version", str(sheet.version) if sheet.version else ""),
        ]
    )
    output.lines(sheet.notes)
    if sheet.steps:
        output.section("steps")
        output.table(("step", ">count", ">ms", "what"), map(_step, sheet.steps), "")
    if sheet.checks:
        _write_checks(sheet.checks)
    write_questions(sheet.id, sheet.questions)


def write_questions(sheet: int, questions: Sequence[SheetQuestion]) -> None:
    """Print what must be answered, and how."""
    if not questions:
        return
    output.section("questions")
    for number, one in enumerate(questions, 1):
        output.lines([f"{number}. {one.key}: {one.words}" + (f" ({one.tab})" if one.tab else "")])
        output.lines(f"     {place}: {choice}" for place, choice in enumerate(one.choices, 1))
    output.lines([f"Answer by number or in words: switchboard sheets answer {sheet} 1=1"])


def kinds_text(sheet: Sheet) -> str:
    """Write how many changes there are of each kind."""
    kinds = [kind for kind in KINDS if sheet.kinds.get(kind)]
    return ", ".join(f"{output.count(sheet.kinds[kind])} {kind}" for kind in kinds)


def blocking_text(sheet: Sheet) -> str:
    """Write what keeps a sheet from approval: findings that block it, and warnings that it must count."""
    one = "1 finding blocks the approval"
    many = f"{output.count(sheet.blocking)} findings block the approval"
    text = (one if sheet.blocking == 1 else many) if sheet.blocking else "nothing blocks the approval"
    return f"{text}; approve it with --warnings {sheet.warnings}" if sheet.warnings else text


def write_list(sheets: Iterable[Sheet]) -> None:
    """Print a page of sheets."""
    output.table(
        (">sheet", "plan", "file", "received (UTC)", "state", "changes", ">findings", ">open blocking", "why"),
        (
            [
                str(one.id),
                one.plan,
                one.file_name,
                output.when(one.received_ms),
                one.state,
                kinds_text(one),
                output.count(one.findings),
                output.count(one.blocking),
                one.words,
            ]
            for one in sheets
        ),
        "no sheets: send one with `switchboard sheets send`",
    )


def write_findings(page: FindingPage) -> None:
    """Print a page of findings."""
    output.table(
        ("key", "check", "", "standing", "tab", ">row", "code", "value", ">a week", "what"),
        (
            [
                one.key,
                one.check,
                one.severity,
                one.standing,
                one.tab or NO_TAB,
                str(one.row) if one.row else WHOLE,
                one.code,
                one.value,
                output.money(one.money) if one.HasField("money") else "",
                one.words,
            ]
            for one in page.findings
        ),
        "no findings",
    )


def write_changes(page: ChangePage) -> None:
    """Print a page of the comparison."""
    output.table(
        ("code", "name", "type", "origin", "kind", ">old", ">new", "increments", "from (UTC)", "said", "tab", ">row"),
        (
            [
                one.code,
                one.name,
                one.rate_type,
                one.origin,
                one.kind,
                _price(one.old) if one.HasField("old") else "",
                "blocked" if one.blocked else _price(one.terms) if one.HasField("terms") else "",
                _increments(one),
                output.when(one.from_ms),
                one.status,
                one.tab or NO_TAB,
                str(one.row) if one.row else "",
            ]
            for one in page.changes
        ),
        "no changes",
    )


def write_implicit(page: ImplicitPage) -> None:
    """Print a page of implicit changes."""
    output.table(
        ("check", "numbers", "type", "origin", "from (UTC)", "old code", ">old", "new code", ">new", "tab", ">row"),
        (
            [
                one.check,
                f"{one.number}…",
                one.rate_type,
                one.origin,
                output.when(one.at_ms),
                one.old_code,
                decimal_text(one.old_price_units),
                one.new_code,
                decimal_text(one.new_price_units),
                one.tab or NO_TAB,
                str(one.row) if one.row else "",
            ]
            for one in page.implicit
        ),
        "no implicit changes",
    )


def write_lines(page: LinePage) -> None:
    """Print a page of what the sheet says."""
    output.table(
        ("tab", ">row", "code", "name", "type", "origin", ">first", ">next", "increments", "from (UTC)", "status"),
        (
            [
                one.tab or NO_TAB,
                str(one.row),
                one.code,
                one.name,
                one.rate_type,
                one.origin,
                decimal_text(one.terms.first_price_units) if one.HasField("terms") else "",
                _line_price(one.closed, one.blocked, one.terms),
                f"{one.terms.first_s}/{one.terms.next_s}" if one.HasField("terms") else "",
                output.when(one.from_ms),
                one.status,
            ]
            for one in page.lines
        ),
        "no lines",
    )


def write_rejects(page: RejectPage) -> None:
    """Print a page of rows that do not go in."""
    output.table(
        ("tab", ">row", "column", "value", "check", "why", "as it stood"),
        (
            [one.tab or NO_TAB, str(one.row), one.column, one.value, one.check, one.reason, one.raw]
            for one in page.rejects
        ),
        "no rejects",
    )


def _rows(sheet: Sheet) -> str:
    if not sheet.rows:
        return ""
    return f"{output.count(sheet.rows)}, {output.count(sheet.lines)} lines, {output.count(sheet.rejects)} rejects"


def _findings(sheet: Sheet) -> str:
    if not sheet.findings:
        return ""
    return f"{output.count(sheet.findings)}; {blocking_text(sheet)}"


def _step(one: SheetStep) -> list[str]:
    took = output.count(one.ended_ms - one.began_ms) if one.ended_ms else "…"
    return [one.step, output.count(one.count) if one.count else "", took, one.words]


def write_accepted(checks: Iterable[CheckCount]) -> None:
    """Print the checks whose findings were accepted, how many, and what they mean a week."""
    rows = [[one.check, output.count(one.open), _money(one), one.rule] for one in checks]
    output.table(("check", ">found", ">a week", "rule"), rows, "")


def _write_checks(checks: Sequence[CheckCount]) -> None:
    output.section("what the checks say")
    rows = [
        [one.check, one.severity, _capped(one.count), output.count(one.open), _money(one), one.rule] for one in checks
    ]
    output.table(("check", "", ">found", ">open", ">a week", "rule"), rows, "")
    if any(one.count > LISTED for one in checks):
        output.lines(
            [f"Of one check {output.count(LISTED)} findings are listed; the last one says how many there are."]
        )


def _capped(count: int) -> str:
    """Write how many findings a check has, of which LISTED at most are listed, and one for the rest."""
    return f"{output.count(LISTED)}+" if count > LISTED else output.count(count)


def _money(one: CheckCount) -> str:
    return output.money(one.money) if one.HasField("money") else ""


def _price(terms: SheetTerms) -> str:
    return decimal_text(terms.next_price_units)


def _line_price(closed: bool, blocked: bool, terms: SheetTerms) -> str:
    return "closed" if closed else "blocked" if blocked else _price(terms)


def _increments(one: SheetChange) -> str:
    new = f"{one.terms.first_s}/{one.terms.next_s}" if one.HasField("terms") else ""
    old = f"{one.old.first_s}/{one.old.next_s}" if one.HasField("old") else ""
    return f"{old} → {new}" if old and new and old != new else new or old
