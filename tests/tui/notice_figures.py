"""Notices of rates that a desk for tests tells of: who is late, what waits, what became of what was sent; and forms."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from domain.notices.shown import CHANGED
from protos import notices_pb2 as pb
from protos import operators_pb2 as op
from protos.sheets_pb2 import SheetRowsQuery
from tests.tui.figures import NOW_MS, ms
from tests.tui.sheet_figures import changes as sheet_changes
from tests.tui.wide_figures import wide_due, wide_notice

DAY_MS = 86_400_000
BODY = """Dear Orbita,

the rates of plan retail change from 2026-11-12 on: 12 new, 301 increase, 44 decrease, 4 closed.
The file has all of them; changed rows are marked.

Answer this mail with "accepted" or "refused"."""


def due() -> list[pb.DueNotice]:
    one = pb.DueNotice
    return [
        one(
            partner="orbita", plan="retail", kinds={"new": 12, "increase": 301, "decrease": 44, "closed": 4},
            first_ms=ms("2026-11-04T00:00:00"), tell_by_ms=ms("2026-10-28T00:00:00"), late=301, notice=3,
            told_ms=NOW_MS - 31 * DAY_MS,
        ),
        one(
            partner="callwell", plan="retail", kinds={"increase": 2, "blocked": 1},
            first_ms=ms("2026-11-12T00:00:00"), tell_by_ms=ms("2026-11-03T00:00:00"), notice=4, queued=6,
            told_ms=NOW_MS - 62 * DAY_MS,
        ),
        wide_due(),
        one(
            partner="minnow", plan="small", kinds={"new": 1_204}, first_ms=ms("2026-11-20T00:00:00"),
            tell_by_ms=ms("2026-11-13T00:00:00"), words="it has no rates_emails",
        ),
    ]  # fmt: skip


def notices() -> list[pb.RateNotice]:
    one, contact, event = pb.RateNotice, pb.NoticeContact, pb.NoticeEvent
    file = "retail-2026-11-02.xlsx"
    return [
        one(
            id=7, kind="rates", partner="orbita", plan="retail", plan_version=9, state="queued", form="eu",
            scope="full",
            subject="Rates of retail from 2026-11-04", body=BODY, file_name=file, size=61_440, rows=2_204, late=301,
            kinds={"new": 12, "increase": 301, "decrease": 44, "closed": 4, "unchanged": 1_843},
            first_ms=ms("2026-11-04T00:00:00"), tell_by_ms=ms("2026-10-28T00:00:00"), made_ms=NOW_MS - 60_000,
            made_by="ana",
            contacts=[
                contact(address="rates@orbita.example", name="Orbita Rates", state="waiting", at_ms=NOW_MS - 60_000),
                contact(address="noc@orbita.example", state="waiting", at_ms=NOW_MS - 60_000),
            ],
            events=[event(at_ms=NOW_MS - 60_000, what="made", who="ana", words="361 changes, 301 late")],
        ),
        one(
            id=6, kind="rates", partner="callwell", plan="retail", plan_version=9, state="queued", scope="changes",
            subject="Rates of retail from 2026-11-12", body=BODY, file_name=file, size=9_004, rows=3,
            kinds={"increase": 2, "blocked": 1}, first_ms=ms("2026-11-12T00:00:00"),
            tell_by_ms=ms("2026-11-03T00:00:00"), made_ms=NOW_MS - 61_000, made_by="sheet 5",
            contacts=[contact(address="rates@callwell.example", state="waiting", at_ms=NOW_MS - 61_000)],
        ),
        one(
            id=5, kind="answer", partner="savanna", plan="savanna-buy", sheet=4, state="approved",
            subject="Your sheet savanna 2026-10-01.xlsx", body="Dear Savanna,\n\nyour sheet went in.",
            made_ms=NOW_MS - 2 * DAY_MS, made_by="ben", told_ms=NOW_MS - 2 * DAY_MS,
            contacts=[contact(address="rates@savanna.example", state="accepted", words="Thank you, accepted.",
                              at_ms=NOW_MS - DAY_MS)],
        ),
        wide_notice(),
        one(
            id=3, kind="rates", partner="orbita", plan="retail", plan_version=7, state="approved", scope="full",
            subject="Rates of retail from 2026-10-09", body=BODY, file_name="retail-2026-10-02.xlsx", size=60_416,
            rows=2_190, kinds={"decrease": 7, "unchanged": 2_183}, first_ms=ms("2026-10-09T00:00:00"),
            tell_by_ms=ms("2026-10-09T00:00:00"), made_ms=NOW_MS - 31 * DAY_MS, made_by="ana",
            told_ms=NOW_MS - 31 * DAY_MS,
            contacts=[
                contact(address="rates@orbita.example", name="Orbita Rates", state="delivered",
                        at_ms=NOW_MS - 31 * DAY_MS),
                contact(address="network.operations@rates.orbita-carrier.example", name="Network Operations Centre",
                        state="delivered", at_ms=NOW_MS - 31 * DAY_MS),
                contact(address="old@orbita.example", state="bounced", at_ms=NOW_MS - 31 * DAY_MS,
                        words="550 5.1.1 old@orbita.example: no such user"),
            ],
            events=[
                event(at_ms=NOW_MS - 31 * DAY_MS - 9_000, what="made", who="ana", words="7 changes"),
                event(at_ms=NOW_MS - 31 * DAY_MS - 4_000, what="approved", who="ben"),
                event(at_ms=NOW_MS - 31 * DAY_MS - 3_000, what="sent", address="rates@orbita.example"),
                event(at_ms=NOW_MS - 31 * DAY_MS, what="bounced", address="old@orbita.example",
                      words="550 5.1.1 old@orbita.example: no such user"),
            ],
        ),
    ]  # fmt: skip


def due_of(query: pb.DueQuery) -> pb.DueNotices:
    found = [one for one in due() if query.plan in ("", one.plan) and query.partner in ("", one.partner)]
    return pb.DueNotices(due=found, now_ms=NOW_MS)


def listed(query: pb.NoticeQuery) -> pb.NoticePage:
    found = [
        one
        for one in notices()
        if query.plan in ("", one.plan) and query.state in ("", one.state) and query.partner in ("", one.partner)
    ]
    return pb.NoticePage(notices=found, total=len(found))


def shown(ref: pb.NoticeRef) -> pb.RateNotice:
    return next(one for one in notices() if one.id == ref.id)


def rows(query: pb.NoticeRowsQuery) -> Message:
    kind = "" if query.kind == CHANGED else query.kind
    return sheet_changes(SheetRowsQuery(kind=kind, code=query.code))


def file_of(ref: pb.NoticeRef) -> pb.ExportChunk:
    its = shown(ref)
    return pb.ExportChunk(file_name=its.file_name, rows=its.rows, data=b"as it was sent")


USUAL = {
    "file": "xlsx", "scope": "full", "columns": "", "order": "code", "codes": "rows", "country_code": "in-code",
    "lead": "", "language": "en", "zone": "", "dates": "iso", "decimals": "4", "decimal": ".", "separator": ",",
    "title": "false", "file_name": "{plan}-{date}",
}  # fmt: skip
EU = USUAL | {"file": "csv", "language": "de", "decimal": ",", "separator": ";", "codes": "ranged"}
FORMS = (
    pb.SheetForm(values=USUAL),
    pb.SheetForm(name="eu", values=EU, differing=["codes", "decimal", "file", "language", "separator"],
                 used_by=["orbita", "minnow"]),
    pb.SheetForm(name="short", values=USUAL | {"scope": "changes"}, differing=["scope"]),
)  # fmt: skip


NOTICE_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "NoticesService/Due": due_of,
    "NoticesService/List": listed,
    "NoticesService/Show": shown,
    "NoticesService/Changes": rows,
    "NoticesService/File": file_of,
    "NoticesService/Export": lambda query: pb.ExportChunk(
        file_name=f"{query.plan}-2026-11-02.xlsx", rows=2_204, kinds={"increase": 2}, data=b"a sheet"
    ),
    "NoticesService/Make": lambda _: pb.NoticePage(notices=notices()[:1], total=1),
    "NoticesService/Approve": lambda request: op.Changed(what=f"{len(request.ids)} notices are approved"),
    "NoticesService/Cancel": lambda request: op.Changed(what=f"notice {request.id} is cancelled"),
    "NoticesService/Resend": lambda request: op.Changed(what=f"notice {request.id} goes to {request.address} again"),
    "NoticesService/Told": lambda request: op.Changed(what=f"{request.partner} knows {request.plan}"),
    "NoticesService/Answer": lambda request: op.Changed(what=f"{request.address}: {request.state}"),
    "SheetFormsService/List": lambda _: pb.SheetForms(forms=FORMS),
    "SheetFormsService/Show": lambda named: next(one for one in FORMS if one.name == named.name),
    "SheetFormsService/Set": lambda changes: op.Changed(what=f"form {changes.id} is changed"),
    "SheetFormsService/Remove": lambda named: op.Changed(what=f"form {named.name} is removed"),
}
