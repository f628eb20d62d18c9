"""Figures as wide as they come: names of 16 letters, files of 40, counts of 100,000, prices of eight decimals."""

from typing import Any

from domain.money import units_of
from protos import codes_pb2, looking_pb2
from protos import notices_pb2 as notices
from protos import operators_pb2 as op
from protos import sheets_pb2 as sheets
from tests.tui.figures import NOW_MS, ms

DAY_MS = 86_400_000
PARTNER, PLAN = "savanna-telecoms", "savanna-telecoms-retail"
FILE = "Savanna Telecoms premium A-Z 2026-09.xlsx"
MANY = {"new": 100_000, "increase": 123_456, "decrease": 100_001, "closed": 100_002, "blocked": 100_003}
CODE, NAME = "254722123456", "Kenya Mobile Safaricom Special Services"


def wide_sheet() -> sheets.Sheet:
    return sheets.Sheet(
        id=10_234, plan=PLAN, partner=PARTNER, side="buy", file_name=FILE, size=12_118_004,
        received_ms=NOW_MS - 50 * DAY_MS, sent_by="ana", state="cancelled", rows=640_001, lines=1_100_000,
        kinds=MANY | {"unchanged": 1_370_000},
        checks=[
            sheets.CheckCount(check="R17", severity=severity, count=100_000, open=100_000) for severity in "BWI"
        ],
    )  # fmt: skip


def wide_change(rest: dict[str, Any]) -> sheets.SheetChange:
    old, new = units_of("0.07123456"), units_of("10.07654321")
    return sheets.SheetChange(
        code=CODE, name=NAME, kind="increase", status="increase", row=100_114, rate_type="off-peak", origin="EEA",
        old=sheets.SheetTerms(first_price_units=old, next_price_units=old, first_s=60, next_s=60),
        terms=sheets.SheetTerms(first_price_units=new, next_price_units=new, first_s=30, next_s=6), **rest,
    )  # fmt: skip


def wide_due() -> notices.DueNotice:
    return notices.DueNotice(
        partner=PARTNER, plan="retail", kinds=MANY, first_ms=ms("2026-11-21T00:00:00"),
        tell_by_ms=ms("2026-11-14T00:00:00"), queued=10_234, told_ms=NOW_MS - 62 * DAY_MS,
    )  # fmt: skip


def wide_notice() -> notices.RateNotice:
    states = ("bounced", "refused", "answered", "delivered", "waiting")
    return notices.RateNotice(
        id=4, kind="rates", partner=PARTNER, plan="retail", plan_version=4, state="superseded", scope="full",
        kinds=MANY, subject="Rates of the retail plan",
        first_ms=ms("2026-11-21T00:00:00"), tell_by_ms=ms("2026-11-14T00:00:00"),
        made_ms=NOW_MS - 40 * DAY_MS, made_by="ana",
        contacts=[
            notices.NoticeContact(address=f"rates.{state}@savanna-telecoms.example", state=state) for state in states
        ],
    )  # fmt: skip


def wide_rate() -> looking_pb2.KnownRate:
    units = units_of("10.07654321")
    rate = op.Rate(
        code=CODE, destination=NAME, rate_type="off-peak", origin="EEA", first_s=60, next_s=60, first_price_units=units,
        next_price_units=units, valid_from_ms=NOW_MS - 9 * DAY_MS, known_from_ms=NOW_MS - 20 * DAY_MS,
    )  # fmt: skip
    return looking_pb2.KnownRate(
        rate=rate, standing="in force", previous_price_units=units_of("9.87654321"), sheet=10_234, sheet_file=FILE
    )


def wide_draft_sum() -> codes_pb2.DraftSum:
    return codes_pb2.DraftSum(
        sheet=10_234, partner=PARTNER, plan=PLAN, under="Kenya Mobile Safaricom", drafts=100_000, first=CODE, last=CODE,
    )  # fmt: skip


def wide_draft() -> codes_pb2.CodeDraft:
    return codes_pb2.CodeDraft(
        code=CODE, name=NAME, parent="254722", destination="Kenya Mobile Safaricom", partner=PARTNER, sheet=10_234,
        valid_from_ms=NOW_MS - 9 * DAY_MS, state="draft",
    )  # fmt: skip
