"""A sheet as a message of the contract: what the catalog has of it, and the steps of one that is being read."""

from collections.abc import Sequence

from actors.desk import values
from actors.desk.sheet_told import Told, told_of
from actors.sheet_work import CheckSum
from domain.money import Currency
from domain.sheets.findings import RULES, Check
from domain.sheets.headings import Meaning
from domain.sheets.steps import SheetState, StepDone
from protos import sheets_pb2 as pb
from store.catalog.sheet_values import Sheet

OWN_COUNTS = ("lines", "codes", "rejects", "rejected", "implicit", "findings")


def sheet_message(sheet: Sheet) -> pb.Sheet:
    """Return a sheet as lists show it."""
    counts = dict(sheet.counts)
    return pb.Sheet(
        id=sheet.id,
        plan=sheet.plan,
        partner=sheet.partner,
        file_name=sheet.name,
        sha256=sheet.sha256,
        size=sheet.size,
        sender=sheet.sender,
        subject=sheet.subject,
        received_ms=sheet.received_ms,
        effective_ms=sheet.effective_ms,
        sent_by=sheet.received_by,
        state=sheet.state.value,
        words=sheet.error,
        template=sheet.template,
        template_version=sheet.template_version,
        rows=sheet.rows,
        kinds={kind: count for kind, count in counts.items() if kind not in OWN_COUNTS},
        blocking=sheet.blocking,
        approved_by=sheet.approved_by,
        version=sheet.version or 0,
        lines=counts.get("lines", 0),
        codes=counts.get("codes", 0),
        rejects=counts.get("rejects", 0),
        rejected=counts.get("rejected", 0),
        implicit=counts.get("implicit", 0),
        findings=counts.get("findings", 0),
    )


def listed_message(sheet: Sheet, side: str, currency: Currency | None, steps: Sequence[StepDone]) -> pb.Sheet:
    """Return a sheet as pages show it: with sums of its checks and the money of a week, and the step that runs.

    `side`, `currency`: of its plan, "" and None where that is gone.
    """
    message = sheet_message(sheet)
    message.side = side
    message.steps.extend(_step(one) for one in steps[-1:])
    if currency is not None:
        _put_sums(message, sheet, currency)
    return message


def whole_message(sheet: Sheet, side: str, currency: Currency, steps: Sequence[StepDone], corrections: int) -> pb.Sheet:
    """Return a sheet with its steps, what the checks say, and what is asked."""
    message, told = sheet_message(sheet), told_of(sheet)
    message.side = side
    message.corrections = corrections
    message.steps.extend(_step(one) for one in steps)
    _put_sums(message, sheet, currency)
    if sheet.state is not SheetState.WORKING:
        message.notes.extend(told.notes)
        message.columns.update(_columns(told))
    if sheet.state is SheetState.ASKING:
        message.questions.extend(_questions(told))
    return message


def _step(one: StepDone) -> pb.SheetStep:
    return pb.SheetStep(
        step=one.step.value, began_ms=one.began_ms, ended_ms=one.ended_ms, count=one.count, words=one.words
    )


def _put_sums(message: pb.Sheet, sheet: Sheet, currency: Currency) -> None:
    """Set what the checks say and the money of a week; what was said before a sheet is read anew is said no more."""
    told = told_of(sheet)
    if sheet.state is SheetState.WORKING:
        return
    message.warnings = told.warnings
    message.checks.extend(_check(one, currency) for one in told.checks)
    if told.week is not None:
        message.week_before.CopyFrom(values.money(told.week[0], currency))
        message.week_after.CopyFrom(values.money(told.week[1], currency))


def _check(one: CheckSum, currency: Currency) -> pb.CheckCount:
    rule = RULES[Check(one.check)]
    message = pb.CheckCount(check=one.check, severity=one.severity, rule=rule, count=one.count, open=one.open)
    if one.money is not None:
        message.money.CopyFrom(values.money(one.money, currency))
    return message


def _columns(told: Told) -> dict[str, str]:
    tabs = () if told.template is None else told.template.tabs
    return {
        one.heading: "" if one.meaning is Meaning.UNUSED else one.meaning.value
        for tab in tabs
        for one in tab.columns
        if one.heading
    }


def _questions(told: Told) -> list[pb.SheetQuestion]:
    return [
        pb.SheetQuestion(
            key=one.key,
            tab=one.tab,
            about=one.about,
            words=one.words,
            choices=one.choices,
            answer=told.answers.get(one.key, ""),
        )
        for one in told.questions
    ]
