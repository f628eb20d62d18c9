"""Rate sheets that a desk for tests tells of: one of each state that matters, and what is in the checked one."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from domain.money import units_of
from domain.sheets.findings import RULES, Check
from protos import operators_pb2 as op
from protos import sheets_pb2 as pb
from tests.tui.figures import NOW_MS, money, ms
from tests.tui.sheet_leak_figures import LEAKS
from tests.tui.sheet_template_figures import TEMPLATE, preview
from tests.tui.wide_figures import wide_change, wide_sheet

DONE = (
    ("receive", 61_440, 2, "61,440 bytes"),
    ("detect", 1_304, 41, "xlsx, 2 tabs"),
    ("map", 9, 3, "template savanna, version 2"),
    ("parse", 1_290, 212, "3 rejects"),
    ("normalise", 1_804, 1, "1,801 codes"),
    ("compare", 1_731, 180, "12 new, 301 increase, 44 decrease, 1,370 unchanged, 4 closed"),
    ("check", 36, 95, "9 open"),
    ("impact", 41_022, 130, "calls of the last 7 days"),
)


def _steps(count: int, *, running: bool = False) -> list[pb.SheetStep]:
    began, steps = NOW_MS - 60_000, []
    for step, dealt, took_ms, words in DONE[:count]:
        steps.append(pb.SheetStep(step=step, began_ms=began, ended_ms=began + took_ms, count=dealt, words=words))
        began += took_ms
    if running:
        steps.append(pb.SheetStep(step=DONE[count][0], began_ms=began, count=731))
    return steps


def _check(check: Check, severity: str, count: int, still: int, lost: str = "") -> pb.CheckCount:
    return pb.CheckCount(
        check=check.value,
        severity=severity,
        rule=RULES[check],
        count=count,
        open=still,
        money=money(lost) if lost else None,
    )


CHECKS = (
    _check(Check.BAD_PRICE, "B", 3, 3),
    _check(Check.PRICE_JUMP, "W", 4, 4, "-212.40"),
    _check(Check.SHORT_INCREASE, "B", 2, 2, "-61.22"),
    _check(Check.UNKNOWN_CODE, "I", 6, 6),
)
KINDS = {"new": 12, "increase": 301, "decrease": 44, "unchanged": 1_370, "closed": 4}


def sheets() -> list[pb.Sheet]:
    sheet = pb.Sheet
    return [
        sheet(
            id=7,
            plan="nordlink-buy",
            partner="nordlink",
            side="buy",
            file_name="Nordlink 2026-11.csv",
            size=2_118_004,
            received_ms=NOW_MS - 9_000,
            sent_by="ana",
            state="working",
            steps=_steps(3, running=True),
        ),
        sheet(
            id=6,
            plan="kestrel-buy",
            partner="kestrel",
            side="buy",
            file_name="kestrel_premium.xls",
            size=88_064,
            received_ms=NOW_MS - 620_000,
            sent_by="ana",
            state="asking",
            words="2 questions to answer",
            steps=_steps(3),
            questions=[
                pb.SheetQuestion(
                    key="price",
                    tab="Rates",
                    about="price",
                    choices=['column D "New" (0.031, 0.04)', 'column E "Premium" (0.036, 0.05)'],
                    words="Two columns could hold the price. Which one does?",
                ),
                pb.SheetQuestion(
                    key="dates",
                    about="dates",
                    choices=["day first", "month first"],
                    words="03/04/2026: is the day or the month first?",
                ),
            ],
        ),
        sheet(
            id=5,
            plan="savanna-buy",
            partner="savanna",
            side="buy",
            file_name="savanna 2026-11-02.xlsx",
            size=61_440,
            sender="rates@savanna.example",
            subject="Rate amendment November",
            received_ms=NOW_MS - 3_600_000,
            sent_by="ana",
            state="checked",
            template="savanna",
            template_version=2,
            rows=1_304,
            lines=1_801,
            rejects=3,
            kinds=KINDS,
            implicit=2,
            findings=15,
            blocking=5,
            steps=_steps(8),
            checks=CHECKS,
            notes=["The decimal mark is a point.", "Days stand before months in its dates."],
            week_before=money("18204.11"),
            week_after=money("18965.40"),
        ),
        sheet(
            id=4,
            plan="savanna-buy",
            partner="savanna",
            side="buy",
            file_name="savanna 2026-10-01.xlsx",
            size=60_416,
            received_ms=NOW_MS - 32 * 86_400_000,
            sent_by="ana",
            state="applied",
            template="savanna",
            template_version=2,
            rows=1_301,
            lines=1_790,
            kinds={"unchanged": 1_788, "new": 2},
            steps=_steps(8),
            approved_by="ben",
            version=12,
        ),
        sheet(
            id=3,
            plan="kestrel-buy",
            partner="kestrel",
            side="buy",
            file_name="tariffs.sxc",
            size=9_004,
            received_ms=NOW_MS - 40 * 86_400_000,
            sent_by="ana",
            state="refused",
            steps=_steps(1),
            words="R01: an OpenOffice 1 spreadsheet cannot be read; save it as xlsx or csv",
        ),
        wide_sheet(),
    ]


def shown(ref: pb.SheetRef) -> pb.Sheet:
    return next(sheet for sheet in sheets() if sheet.id == ref.id)


def listed(query: pb.SheetQuery) -> pb.SheetPage:
    found = [one for one in sheets() if query.plan in ("", one.plan) and query.state in ("", one.state)]
    return pb.SheetPage(sheets=found, total=len(found))


def terms(price: str, first_s: int = 60, next_s: int = 1, fee: str = "0") -> pb.SheetTerms:
    return pb.SheetTerms(
        first_price_units=units_of(price),
        next_price_units=units_of(price),
        first_s=first_s,
        next_s=next_s,
        connect_fee_units=units_of(fee),
    )


def findings(query: pb.SheetRowsQuery) -> pb.FindingPage:
    one = pb.SheetFinding
    found = [
        one(
            key="R28:Rates:114:254722::",
            check="R28",
            severity="B",
            tab="Rates",
            row=114,
            column="Effective",
            code="254722",
            value="2026-11-04",
            money=money("-40.10"),
            standing="open",
            words="254722 becomes dearer on 2026-11-04, 2 days after receipt; 7 are agreed.",
        ),
        one(
            key="R28:Rates:131:25578::",
            check="R28",
            severity="B",
            tab="Rates",
            row=131,
            column="Effective",
            code="25578",
            value="2026-11-05",
            money=money("-21.12"),
            standing="open",
            words="25578 becomes dearer on 2026-11-05, 3 days after receipt; 7 are agreed.",
        ),
        one(
            key="R28:Rates:100114:254722123456::",
            check="R28",
            severity="B",
            tab="Rates",
            row=100_114,
            column="Effective",
            code="254722123456",
            value="2026-11-06T00:00:00+03:00",
            money=money("-100021.12"),
            standing="accepted",
            words="254722123456 becomes dearer on 2026-11-05, 3 days after receipt; 7 are agreed.",
        ),
    ]
    found = [each for each in found if each.check == query.check and each.code.startswith(query.code)]
    return pb.FindingPage(findings=found, total=len(found))


def changes(query: pb.SheetRowsQuery) -> pb.ChangePage:
    one, at = pb.SheetChange, ms("2026-11-04T00:00:00")
    rest: Any = {"said_ms": at, "from_ms": at, "earliest_ms": ms("2026-11-09T00:00:00"), "tab": "Rates"}
    found = [
        one(
            code="254722",
            name="Kenya Mobile Safaricom",
            kind="increase",
            status="increase",
            row=114,
            old=terms("0.0700"),
            terms=terms("0.0750", fee="0.005"),
            **rest,
        ),
        one(
            code="2557",
            name="Tanzania Mobile",
            kind="decrease",
            row=130,
            old=terms("0.21", 1),
            terms=terms("0.195"),
            **rest,
        ),
        one(
            code="25578",
            name="Tanzania Mobile Airtel",
            kind="new",
            status="new",
            row=131,
            terms=terms("0.2225"),
            **rest,
        ),
        one(code="882", name="International networks", kind="closed", old=terms("3.5"), **rest),
        wide_change(rest),
    ]
    found = [each for each in found if query.kind in ("", each.kind) and each.code.startswith(query.code)]
    return pb.ChangePage(changes=found, total=len(found))


def implicit(query: pb.SheetRowsQuery) -> pb.ImplicitPage:
    one = pb.SheetImplicit(
        check="R31",
        number="25578",
        at_ms=ms("2026-11-04T00:00:00"),
        old_code="2557",
        new_code="25578",
        old_price_units=units_of("0.21"),
        new_price_units=units_of("0.2225"),
        tab="Rates",
        row=131,
    )
    found = [one] if one.number.startswith(query.code) else []
    return pb.ImplicitPage(implicit=found, total=len(found))


def lines(query: pb.SheetRowsQuery) -> pb.LinePage:
    one, at = pb.SheetLine, ms("2026-11-04T00:00:00")
    found = [
        one(
            tab="Rates",
            row=114,
            code="254722",
            name="Kenya Mobile Safaricom",
            terms=terms("0.075"),
            from_ms=at,
            status="increase",
            currency="USD",
        ),
        one(
            tab="Rates", row=130, code="2557", name="Tanzania Mobile", terms=terms("0.195"), from_ms=at, currency="USD"
        ),
    ]
    found = [each for each in found if each.code.startswith(query.code)]
    return pb.LinePage(lines=found, total=len(found))


def rejects(_: pb.SheetRowsQuery) -> pb.RejectPage:
    one = pb.SheetReject
    found = [
        one(
            tab="Rates",
            row=88,
            column="Rate",
            value="0,0,21",
            check="R17",
            reason="0,0,21 is no price: it has two marks.",
            raw="Malawi | 265 | 0,0,21 | 04/11/2026 | 60/1",
        ),
        one(
            tab="Rates",
            row=1_290,
            column="Rate",
            value="tba",
            check="R17",
            reason="tba is no price.",
            raw="Tonga | 676 | tba | 04/11/2026 | 60/1",
        ),
    ]
    return pb.RejectPage(rejects=found, total=len(found))


SHEET_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "SheetsService/List": listed,
    "SheetsService/Show": shown,
    "SheetsService/Findings": findings,
    "SheetsService/Changes": changes,
    "SheetsService/Implicit": implicit,
    **LEAKS,
    "SheetsService/Lines": lines,
    "SheetsService/Rejects": rejects,
    "SheetsService/Answer": lambda request: op.Changed(what=f"sheet {request.id}: {len(request.answers)} answered"),
    "SheetsService/Approve": lambda request: op.Changed(what=f"sheet {request.id} is approved by ben"),
    "SheetsService/Apply": lambda request: op.Changed(what=f"sheet {request.id} is applied: savanna-buy version 13"),
    "SheetsService/Undo": lambda request: op.Changed(
        what=f"sheet {request.id} is taken back: savanna-buy version 14; sheets after it with codes of it stay: 5"
    ),
    "SheetsService/Cancel": lambda request: op.Changed(what=f"sheet {request.id} is cancelled; nothing of it is live"),
    "SheetsService/Retry": lambda request: op.Changed(what=f"sheet {request.id} is read anew"),
    "SheetsService/Decide": lambda request: op.Changed(what=f"sheet {request.id}: {request.what} kept"),
    "SheetsService/Mend": lambda request: op.Changed(what=f"{request.tab} row {request.row} reads {request.value!r}"),
    "SheetsService/Preview": preview,
    "SheetsService/Point": lambda request: op.Changed(what=f"template {request.name} version 3 is saved for savanna"),
    "SheetsService/Send": lambda head: pb.SheetsSent(
        sheets=[pb.Sheet(id=7, plan=head.plan, file_name=head.file_name, state="working")]
    ),
    "PlansService/List": lambda _: op.Plans(plans=[op.Plan(id="savanna-buy"), op.Plan(id="kestrel-buy")]),
    "RateTermsService/Show": lambda named: pb.PlanTerms(plan=named.name, values={"second_person": "true"}),
    "SheetTemplatesService/List": lambda _: pb.SheetTemplates(templates=[TEMPLATE]),
    "SheetTemplatesService/Show": lambda _: TEMPLATE,
}
