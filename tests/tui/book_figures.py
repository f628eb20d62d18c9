"""The reference book and the sheets that come by themselves, as a desk for tests tells of them."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from domain.money import units_of
from protos import codes_pb2 as pb
from protos import operators_pb2 as op
from protos import sheets_pb2 as sheets
from tests.tui.figures import NOW_MS, ms
from tests.tui.wide_figures import wide_draft, wide_draft_sum

DAY_MS = 86_400_000
SINCE = ms("2026-01-01T00:00:00")


def code(digits: str, name: str, country: str, kind: str = "Fixed") -> pb.BookCode:
    return pb.BookCode(
        code=digits, destination=name, country=country, kind=kind, valid_from_ms=SINCE, from_version=1
    )  # fmt: skip


def rate(plan: str, side: str, by: str, price: str, currency: str = "USD") -> pb.BranchRate:
    return pb.BranchRate(plan=plan, side=side, code=by, price_units=units_of(price), currency=currency)


KENYA = code("254", "Kenya", "KE")
MOBILE = code("2547", "Kenya Mobile", "KE", "Mobile")
SAFARICOM = code("254722", "Kenya Mobile Safaricom", "KE", "Mobile")
BRITAIN = code("44", "United Kingdom", "GB")


def tree(query: pb.BookQuery) -> pb.Tree:
    buys = [rate("kestrel-buy", "buy", "254", "0.0710", "EUR"), rate("savanna-buy", "buy", "254", "0.0790")]
    kenya = pb.Branch(code=KENYA, rates=[rate("retail", "sell", "254", "0.0950"), *buys], attempts=812, seconds=90_060)
    mobile = pb.Branch(
        code=MOBILE, depth=1, attempts=18_204, seconds=1_211_400,
        rates=[rate("retail", "sell", "2547", "0.1050"), rate("savanna-buy", "buy", "2547", "0.0820")],
    )  # fmt: skip
    sells = rate("retail", "sell", "2547", "0.1050")
    blocked = rate("savanna-buy", "buy", "254722", "0")
    blocked.blocked = True
    safaricom = pb.Branch(code=SAFARICOM, depth=2, rates=[sells, blocked])
    found = [one for one in (kenya, mobile, safaricom) if one.code.code.startswith(query.filter)]
    above = [mobile] if query.filter == "254722" else [kenya] if query.filter == "2547" else []
    return pb.Tree(branches=[*above, *found], total=len(found))


def listed(query: pb.BookQuery) -> pb.BookPage:
    found = [one for one in (KENYA, MOBILE, SAFARICOM, BRITAIN) if query.filter.lower() in one.destination.lower()]
    return pb.BookPage(codes=found, total=len(found), version=14)


def history(_: op.Named) -> pb.BookPage:
    before = pb.BookCode(code="2547", destination="Kenya", country="KE", valid_from_ms=SINCE, from_version=1)
    before.until_version = 9
    return pb.BookPage(codes=[before, MOBILE], total=2)


def drafts(query: pb.DraftQuery) -> pb.CodeDrafts:
    one = pb.CodeDraft
    found = [
        one(code="254769", name="KENYA-MOB OTHER", parent="2547", destination="Kenya Mobile", partner="savanna",
            plan="savanna-buy", sheet=4, valid_from_ms=NOW_MS - DAY_MS, state="draft"),
        one(code="882346", name="Intl networks 346", parent="", destination="", partner="savanna",
            plan="savanna-buy", sheet=4, valid_from_ms=NOW_MS - DAY_MS, state="draft"),
        one(code="25520", name="Tanzania special", parent="255", destination="Tanzania", partner="kestrel",
            plan="kestrel-buy", sheet=3, valid_from_ms=NOW_MS - 9 * DAY_MS, state="refused", decided_by="ben"),
        wide_draft(),
    ]  # fmt: skip
    found = [each for each in found if query.state == "all" or each.state == (query.state or "draft")]
    return pb.CodeDrafts(drafts=found, total=len(found))


def sums(_: pb.DraftQuery) -> pb.DraftSums:
    its: dict[str, Any] = {"sheet": 4, "partner": "savanna", "plan": "savanna-buy"}
    found = [
        pb.DraftSum(**its, under="Kenya Mobile", drafts=99_312, first="25470000", last="254799412"),
        pb.DraftSum(**its, under="Kenya", drafts=1, first="254900", last="254900"),
        pb.DraftSum(**its, under="", drafts=1, first="882346", last="882346"),
        wide_draft_sum(),
    ]
    return pb.DraftSums(sums=found, total=len(found), drafts=sum(one.drafts for one in found))


def inbox(query: sheets.SheetItemQuery) -> sheets.SheetItemPage:
    item = sheets.SheetItem
    mailbox = "mailbox rates@house.example"
    found = [
        item(id=12, source=mailbox, file_name="premium A-Z.xlsx", sender="pricing@kestrel.example", size=88_064,
             subject="New premium A-Z", received_ms=NOW_MS - 300_000, came_ms=NOW_MS - 290_000, state="waiting",
             words="kestrel has 2 buy plans: which one is it for?"),
        item(id=11, source=mailbox, file_name="savanna 2026-11-02.xlsx", sender="rates@savanna.example", size=61_440,
             subject="Rate amendment November", received_ms=NOW_MS - 3_600_000, came_ms=NOW_MS - 3_590_000,
             state="taken", plan="savanna-buy", sheet=5),
        item(id=10, source="folder /srv/rates/nordlink", file_name="logo.png", size=9_004, state="refused",
             received_ms=NOW_MS - 7_200_000, came_ms=NOW_MS - 7_190_000, words="it is no sheet"),
    ]  # fmt: skip
    found = [each for each in found if query.state in ("", each.state)]
    return sheets.SheetItemPage(items=found, total=len(found))


SOURCES = sheets.SheetSources(sources=[
    sheets.SheetSource(name="mailbox rates@house.example", kind="mail", every_s=60, last_look_ms=NOW_MS - 21_000,
                       taken=31, waiting=1, last_file_ms=NOW_MS - 290_000),
    sheets.SheetSource(name="folder /srv/rates/nordlink", kind="folder", plan="nordlink-buy", every_s=30,
                       last_look_ms=NOW_MS - 612_000, taken=4, refused=1, last_file_ms=NOW_MS - 7_190_000,
                       error="the folder is not there"),
])  # fmt: skip

BOOK_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "ReferenceBookService/Branches": tree,
    "ReferenceBookService/List": listed,
    "ReferenceBookService/History": history,
    "ReferenceBookService/Drafts": drafts,
    "ReferenceBookService/SumDrafts": sums,
    "ReferenceBookService/Confirm": lambda order: op.Changed(what=f"1 code added: {' '.join(order.codes)}"),
    "ReferenceBookService/Refuse": lambda order: op.Changed(what=f"refused: {' '.join(order.codes)}"),
    "SheetSourcesService/List": lambda _: SOURCES,
    "SheetSourcesService/Inbox": inbox,
    "SheetSourcesService/Take": lambda request: sheets.Sheet(id=5, plan=request.plan, state="working"),
    "SheetSourcesService/Dismiss": lambda request: op.Changed(what=f"item {request.id} is dismissed"),
}
