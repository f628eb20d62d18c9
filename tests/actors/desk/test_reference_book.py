"""Operators change the reference book at the desk: it is published, and what was billed stays."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors.desk.core import DAY_MS, Desk
from actors.desk.reference_book import ReferenceBookService
from actors.tasks import TrafficRow
from domain.calls import Side
from domain.clock import Clock
from domain.errors import InputError, NotFoundError
from domain.ids import DestinationId, PartnerId
from domain.money import Currency
from protos import codes_pb2 as pb
from protos.operators_pb2 import Named, PageRequest
from store.catalog.code_changes import CodeDraft
from tests.cluster.tasks.places import BY, NOW

NOBODY: Any = None


@pytest.fixture
async def book(desk: Desk) -> ReferenceBookService:
    await desk.publish()
    return ReferenceBookService(desk)


async def sent(book: ReferenceBookService, text: str, **head: Any) -> pb.BookReport:
    async def pieces() -> AsyncIterator[pb.BookPiece]:
        yield pb.BookPiece(file_name="codes.csv", **head)
        yield pb.BookPiece(data=text.encode())

    return await book.Import(pieces(), NOBODY)


async def test_a_code_that_is_moved_is_published_at_once_and_one_for_later_when_its_day_comes(
    desk: Desk, book: ReferenceBookService
) -> None:
    await book.Move(pb.BookOrder(codes=["447"], destination="UK"), NOBODY)
    assert desk.destination_name("4479") == "UK"
    order = pb.BookOrder(codes=["447"], destination="UK Later", at_ms=NOW + DAY_MS)
    assert (await book.Move(order, NOBODY)).what.startswith("1 destination made, 1 code moved: version 3")
    assert desk.destination_name("4479") == "UK"
    desk.clock = Clock(NOW + DAY_MS, 0, 0.0)
    await desk.publish()
    assert desk.destination_name("4479") == "UK Later"


async def test_the_book_is_read_as_any_version_knew_it(book: ReferenceBookService) -> None:
    await book.End(pb.BookOrder(codes=["447"]), NOBODY)
    await book.Add(pb.BookOrder(codes=["255-256"], destination="East Africa", country="tz"), NOBODY)
    found = [await book.Find(pb.BookQuery(filter="+4479", version=version), NOBODY) for version in (1, 3)]
    assert [one.codes[0].code for one in found] == ["447", "44"]
    shown = await book.Show(pb.BookQuery(destination="East Africa"), NOBODY)
    assert (shown.ranges, shown.country, shown.version) == ("255, 256", "TZ", 3)
    diff = await book.Diff(pb.BookVersionPair(before=1, after=3), NOBODY)
    assert (diff.added, diff.moved, diff.ended, diff.differences[2].before) == (2, 0, 1, "UK Mobile")
    versions = await book.Versions(PageRequest(), NOBODY)
    assert [one.version for one in versions.versions] == [3, 2, 1]
    history = await book.History(Named(name="447"), NOBODY)
    assert [one.HasField("until_version") for one in history.codes] == [True, False]
    assert not history.codes[0].HasField("valid_until_ms")
    assert (history.codes[1].valid_until_ms, shown.codes) == (NOW, 2)
    listed = (await book.List(pb.BookQuery(filter="255"), NOBODY)).codes
    assert [(one.valid_from_ms, one.HasField("valid_until_ms")) for one in listed] == [(NOW, False)]
    page = await book.List(pb.BookQuery(destination="UK", version=1), NOBODY)
    assert ([one.code for one in page.codes], page.total) == (["44"], 1)


async def test_an_export_goes_in_again_without_a_difference_and_wrong_rows_are_listed(
    book: ReferenceBookService,
) -> None:
    pieces = [piece.data async for piece in book.Export(pb.BookExport(), NOBODY)]
    text = b"".join(pieces).decode()
    report = await sent(book, text, full=True)
    assert (report.changes.total, report.codes, report.version) == (0, 4, 1)
    report = await sent(book, text + "Kenya New,KE,base,2547\nX,KE,base,25x\n", dry_run=True)
    assert (report.changes.added, report.destinations, report.rejected, report.rejects[0].row) == (1, 1, 1, 7)
    assert (await book.Versions(PageRequest(), NOBODY)).total == 1
    with pytest.raises(InputError, match="which is full"):
        await sent(book, text + "X,KE,base,25x\n", full=True)


async def test_names_of_partners_are_mapped_listed_and_forgotten(book: ReferenceBookService) -> None:
    name = pb.PartnerName(partner="kestrel", name="Kenya-Proper", destination="Kenya")
    assert (await book.SetName(name, NOBODY)).what == "kestrel: Kenya-Proper is Kenya"
    assert dict((await book.Names(Named(name="kestrel"), NOBODY)).names) == {"Kenya-Proper": "Kenya"}
    await book.Rename(pb.BookRename(destination="Kenya", name="Kenya Fixed"), NOBODY)
    shown = await book.Show(pb.BookQuery(destination="Kenya"), NOBODY)
    assert (list(shown.former_names), list(shown.partner_names)) == (["Kenya"], ["kestrel: Kenya-Proper"])
    await book.SetName(pb.PartnerName(partner="kestrel", name="Kenya-Proper"), NOBODY)
    assert not (await book.Names(Named(name="kestrel"), NOBODY)).names
    with pytest.raises(NotFoundError):
        await book.Names(Named(name="nobody"), NOBODY)


async def test_drafts_wait_under_their_parent_until_they_are_decided(desk: Desk, book: ReferenceBookService) -> None:
    drafts = [CodeDraft(code, "buy-kestrel", "kestrel", 1, "Kenya X", NOW) for code in ("25471", "25472")]
    await desk.write(lambda catalog: catalog.code_changes.draft(drafts, **BY))
    page = await book.Drafts(pb.DraftQuery(), NOBODY)
    assert [(one.code, one.parent, one.destination) for one in page.drafts] == [
        ("25471", "254", "Kenya"),
        ("25472", "254", "Kenya"),
    ]
    found = await book.Find(pb.BookQuery(filter="254711"), NOBODY)
    assert [(one.code, one.destination, one.draft) for one in found.codes] == [
        ("25471", "Kenya", True),
        ("254", "Kenya", False),
    ]
    await book.Confirm(pb.BookOrder(codes=["25471"], destination="Kenya Mobile X"), NOBODY)
    await book.Refuse(pb.BookOrder(codes=["25472"]), NOBODY)
    assert [desk.destination_name(number) for number in ("254711", "254722")] == ["Kenya Mobile X", "Kenya"]
    assert (await book.Drafts(pb.DraftQuery(), NOBODY)).total == 0
    assert (await book.Drafts(pb.DraftQuery(state="all"), NOBODY)).total == 2


async def test_drafts_are_listed_and_decided_by_sheet(desk: Desk, book: ReferenceBookService) -> None:
    left = (("25471", 1), ("25472", 1), ("25473", 1), ("25474", 2))
    drafts = [CodeDraft(code, "buy-kestrel", "kestrel", sheet, "Kenya X", NOW) for code, sheet in left]
    await desk.write(lambda catalog: catalog.code_changes.draft(drafts, **BY))
    page = await book.Drafts(pb.DraftQuery(sheet=2), NOBODY)
    assert ([one.code for one in page.drafts], page.total) == (["25474"], 1)
    every = await book.Drafts(pb.DraftQuery(limit=1), NOBODY)
    assert [(one.sheet, one.partner, one.plan, one.drafts) for one in every.sheets] == [
        (1, "kestrel", "buy-kestrel", 3),
        (2, "kestrel", "buy-kestrel", 1),
    ]
    refused = await book.Refuse(pb.BookOrder(sheet=1), NOBODY)
    assert refused.what == "refused: 3 of sheet 1; later sheets do not bring that up again"
    await book.Confirm(pb.BookOrder(sheet=2, destination="Kenya Mobile X"), NOBODY)
    assert [desk.destination_name(number) for number in ("254711", "254744")] == ["Kenya", "Kenya Mobile X"]
    with pytest.raises(NotFoundError, match="no draft of sheet 1 waits"):
        await book.Confirm(pb.BookOrder(sheet=1), NOBODY)
    with pytest.raises(InputError, match="codes and a sheet are given"):
        await book.Refuse(pb.BookOrder(sheet=1, codes=["25471"]), NOBODY)


async def test_drafts_of_a_sheet_are_summed_and_decided_by_the_destination_that_they_are_under(
    desk: Desk, book: ReferenceBookService
) -> None:
    drafts = [CodeDraft(code, "buy-kestrel", "kestrel", 1, "X", NOW) for code in ("25471", "25472", "4471", "99")]
    await desk.write(lambda catalog: catalog.code_changes.draft(drafts, **BY))
    sums = await book.SumDrafts(pb.DraftQuery(limit=2), NOBODY)
    assert [(one.sheet, one.plan, one.under, one.drafts, one.first, one.last) for one in sums.sums] == [
        (1, "buy-kestrel", "Kenya", 2, "25471", "25472"),
        (1, "buy-kestrel", "", 1, "99", "99"),
    ]
    assert (sums.total, sums.drafts) == (3, 4)
    page = await book.Drafts(pb.DraftQuery(sheet=1, under="Kenya", limit=1, offset=1), NOBODY)
    assert ([one.code for one in page.drafts], page.total) == (["25472"], 2)
    told = await book.Confirm(pb.BookOrder(sheet=1, under="Kenya", destination="Kenya Mobile X"), NOBODY)
    assert told.what.startswith("1 destination made, 2 codes added")
    assert (await book.Refuse(pb.BookOrder(sheet=1, under=""), NOBODY)).what.startswith(
        "refused: 1 of sheet 1 under no"
    )
    assert [one.under for one in (await book.SumDrafts(pb.DraftQuery(), NOBODY)).sums] == ["UK Mobile"]
    with pytest.raises(InputError, match="no sheet is given"):
        await book.Confirm(pb.BookOrder(under="UK Mobile"), NOBODY)


async def test_the_tree_shows_rates_and_what_destinations_carry(
    desk: Desk, book: ReferenceBookService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def traffic(from_ms: int, to_ms: int, partner: str = "") -> list[TrafficRow]:
        mobile = desk.catalog.codes.destination("UK Mobile").id
        usd, who = Currency("USD"), PartnerId("kestrel")
        sides = ((Side.VENDOR, mobile), (Side.CLIENT, mobile), (Side.VENDOR, DestinationId(99)))
        return [TrafficRow(who, side, where, 1, "", usd, 5, 3, 90_000, 90, 1, 1) for side, where in sides]

    monkeypatch.setattr(desk.tasks, "traffic", traffic)
    tree = await book.Branches(pb.BookQuery(filter="447"), NOBODY)
    assert [(one.code.code, one.depth, one.attempts, one.seconds) for one in tree.branches] == [
        ("44", 0, 0, 0),
        ("447", 1, 5, 90),
        ("4470012345678", 2, 0, 0),
    ]
    rates = {one.plan: (one.side, one.code) for one in tree.branches[1].rates}
    assert rates["sell"] == ("sell", "44")
    assert rates["buy-kestrel"] == ("buy", "447")
    assert tree.total == 2
    with pytest.raises(InputError, match="no prefix"):
        await book.Branches(pb.BookQuery(filter="x"), NOBODY)
