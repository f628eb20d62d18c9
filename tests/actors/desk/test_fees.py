"""Short calls cost what the contract says: posted once with a client's invoice, and for a vendor's days."""

import asyncio
import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.finance import FinanceService, checked
from actors.desk.invoices import InvoicesService
from actors.desk.partners import charges_by_client
from actors.desk.values import money
from actors.refs import LocalBook, LocalBooks
from actors.tasks import BooksProof, CallCountQuery, InvoiceJob, InvoiceQuery, InvoiceUsage, TrafficRow
from cluster.tasks.documents import make_invoice
from cluster.tasks.invoices import invoice_usage
from cluster.tasks.leg_sums import proof, traffic
from cluster.tasks.short_calls import count_calls
from domain.calls import Side
from domain.credit import PartnerOptions
from domain.errors import ConflictError, InputError
from domain.ledger import Occasion, Transfer, TransferKind, payment_in, payment_out
from domain.money import Money, units_of
from domain.short_calls import CallCount, CountedBy, ShortCallRule
from protos import operators_pb2 as pb
from store import book_rows
from store.book import Writes
from tests.actors.desk.conftest import Here
from tests.cluster.tasks.places import BY, Place, a_place
from tests.domain.builders import NOON
from tests.domain.call_builders import KESTREL, ORBITA, USD, start, stop

HERE: Any = None
DAY = "2025-11-01"
FEE = ShortCallRule(units_of("0.0025"), free_bp=1500)


class Workers(Here):
    """The tasks of an invoice, without Ray."""

    async def traffic(self, from_ms: int, to_ms: int, partner: str = "") -> list[TrafficRow]:
        return traffic(self.home, from_ms, to_ms, partner)

    async def count_calls(self, query: CallCountQuery) -> list[CallCount]:
        return count_calls(self.home, query)

    async def proof(self) -> BooksProof:
        return proof(self.home)

    async def invoice_usage(self, query: InvoiceQuery) -> InvoiceUsage:
        return invoice_usage(self.home, query)

    async def make_invoice(self, job: InvoiceJob) -> None:
        make_invoice(self.home, job)


@pytest.fixture
def place(desk: Desk, tmp_path: Path) -> Iterator[Place]:
    """A book with ten calls of Orbita by Kestrel, four of them short."""
    with a_place(tmp_path) as opened:
        book = LocalBook(lambda commands: opened.shard.turn(commands)[0])
        desk.books = LocalBooks(desk.home.placement, [book])  # type: ignore[assignment]  # its twin
        desk.tasks = Workers(desk.home)
        for number in range(10):
            call(opened, f"c{number}", 6 if number < 4 else 60)
        yield opened


def call(place: Place, name: str, seconds: int) -> None:
    """Record both legs of an answered call."""
    for side in Side:
        place.shard.turn([stop(name, side, seconds=seconds)])


def agree(desk: Desk, partner: str, **rules: ShortCallRule) -> None:
    known = next(one for one in desk.catalog.partners.list() if one.id == partner)
    desk.catalog.partners.change(replace(known, options=PartnerOptions(**rules)), **BY)  # type: ignore[arg-type]


def asked(partner: str = "orbita", first: str = DAY, last: str = DAY, **fields: Any) -> pb.InvoiceRequest:
    return pb.InvoiceRequest(partner=partner, first_day=first, last_day=last, **fields)


def posted(place: Place, kind: str = "surcharge") -> list[tuple[Any, ...]]:
    return place.query(f"SELECT debit, credit, amount, ref FROM transfer WHERE kind = '{kind}' ORDER BY amount DESC")


async def differences(desk: Desk) -> list[str]:
    return list(checked(await desk.tasks.proof(), desk.base_currency).differences)


async def test_an_invoice_asks_for_short_calls_and_posts_them_once(desk: Desk, place: Place) -> None:
    agree(desk, "orbita", short_sell=FEE)
    service = InvoicesService(desk)
    draft = await service.Issue(asked(dry_run=True), HERE)
    assert [fee.arithmetic for fee in draft.fees] == ["10 answered, 4 ≤ 6 s = 40.00 %, 1 free at 15 %, 3 × 0.0025"]
    assert not posted(place)
    made = await service.Issue(asked(), HERE)
    assert (made.fees[0].calls, made.fees[0].amount.units) == (3, units_of("0.01"))
    assert made.total.units == sum(line.amount.units for line in made.lines) + units_of("0.01")
    assert posted(place) == [("receivable:orbita", "revenue", units_of("0.0075"), made.number)]
    assert place.balances()["orbita", "client", "USD"] == made.total.units
    assert charges_by_client(desk.reader)[ORBITA] == made.total.units
    assert await differences(desk) == []
    with pytest.raises(ConflictError, match="covers part of that period"):
        await service.Issue(asked(), HERE)
    assert len(posted(place)) == 1


async def test_what_is_charged_after_an_invoice_for_its_days_is_told_to_the_last_digit(
    desk: Desk, place: Place
) -> None:
    agree(desk, "orbita", short_sell=FEE)
    service, page = InvoicesService(desk), pb.PageRequest()
    made = await service.Issue(asked(), HERE)
    (entry,) = (await service.After(page, HERE)).invoices
    assert (entry.number, entry.HasField("after"), entry.after.units) == (made.number, True, 0)
    call(place, "late", 61)
    (entry,) = (await service.After(page, HERE)).invoices
    assert entry.after == money(units_of("0.02989000"), USD)
    place.seal()
    assert (await service.After(page, HERE)).invoices[0].after == entry.after
    (listed,) = (await service.List(page, HERE)).invoices
    assert not listed.HasField("after"), "a list that is shown often adds nothing up"


async def test_an_invoice_that_was_interrupted_posts_what_it_asks_for_at_last(
    desk: Desk, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(desk, "orbita", short_sell=FEE)
    service = InvoicesService(desk)

    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    for rule, calls in ((FEE, 6), (ShortCallRule(), 0), (replace(FEE, free_bp=0), 0)):
        agree(desk, "orbita", short_sell=rule)
        for number in range(100, 100 + calls):
            call(place, f"c{number}", 2)
        with monkeypatch.context() as patch:
            patch.setattr(type(desk.catalog.invoices), "issue", fails)
            with pytest.raises(RuntimeError):
                await service.Issue(asked(), HERE)
    agree(desk, "orbita", short_sell=FEE)
    made = await service.Issue(asked(), HERE)
    assert made.fees[0].arithmetic == "16 answered, 10 ≤ 6 s = 62.50 %, 2 free at 15 %, 8 × 0.0025"
    assert sum(amount if debit.startswith("receivable") else -amount for debit, _, amount, _ in posted(place)) == (
        units_of("0.02")
    )
    assert place.balances()["orbita", "client", "USD"] == made.total.units
    assert await differences(desk) == []
    assert made.number.endswith("000001")


async def test_a_call_that_ends_while_its_invoice_is_made_is_refused_or_in_none_of_its_documents(
    desk: Desk, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(desk, "orbita", short_sell=FEE)
    place.shard.turn([start("late")])
    counted, written = Workers.invoice_usage, Workers.make_invoice

    async def ends_behind(workers: Workers, query: InvoiceQuery) -> InvoiceUsage:
        usage = await counted(workers, query)
        call(place, "late", 600)
        return usage

    async def ends_before(workers: Workers, job: InvoiceJob) -> None:
        call(place, "late", 600)
        await written(workers, job)

    monkeypatch.setattr(Workers, "invoice_usage", ends_behind)
    with pytest.raises(InputError, match="1 calls of orbita in these days have not ended"):
        await InvoicesService(desk).Issue(asked(), HERE)
    monkeypatch.setattr(Workers, "invoice_usage", counted)
    monkeypatch.setattr(Workers, "make_invoice", ends_before)
    made = await InvoicesService(desk).Issue(asked(with_open=True), HERE)
    listed = list(csv.DictReader((desk.home.data / "invoices" / made.csv_file).read_text().splitlines()))
    assert len(listed) == sum(line.calls for line in made.lines) == 10
    charged = Money(sum(units_of(row["amount"]) for row in listed), USD)
    assert [charged.to_minor().units] == [line.amount.units for line in made.lines]
    assert sorted(path.name for path in (desk.home.data / "invoices").iterdir()) == [made.csv_file, made.pdf_file]


async def test_an_invoice_and_fees_read_no_postings_but_their_own(
    desk: Desk, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(desk, "orbita", short_sell=FEE)
    agree(desk, "kestrel", short_buy=FEE)
    value, occasions = Money.of("5", "USD"), [Occasion(NOON, NOON, f"wire {number}") for number in range(50)]
    payments = [
        pay(who, value, 5, when) for when in occasions for pay, who in ((payment_in, ORBITA), (payment_out, KESTREL))
    ]
    place.shard.book.commit(Writes(transfers=payments))
    read, made = list[Transfer](), book_rows.transfer_of

    def remembered(row: book_rows.Row) -> Transfer:
        read.append(made(row))
        return read[-1]

    monkeypatch.setattr(book_rows, "transfer_of", remembered)
    for _ in range(2):
        await InvoicesService(desk).PostFees(asked("kestrel"), HERE)
    await InvoicesService(desk).Issue(asked(), HERE)
    assert {one.kind for one in read} == {TransferKind.SURCHARGE}


async def test_invoices_asked_for_at_once_post_once(desk: Desk, place: Place) -> None:
    agree(desk, "orbita", short_sell=FEE)
    service = InvoicesService(desk)
    answers = await asyncio.gather(*(service.Issue(asked(), HERE) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(answer, pb.Invoice) for answer in answers) == 1
    assert len(posted(place)) == 1
    assert await differences(desk) == []


async def test_what_a_vendor_charges_is_shown_and_posted_for_days_once(desk: Desk, place: Place) -> None:
    agree(desk, "kestrel", short_buy=replace(FEE, free_bp=0, counted_by=CountedBy.DESTINATION))
    agree(desk, "orbita", short_sell=FEE)
    service = InvoicesService(desk)
    shown = await service.Fees(asked("kestrel"), HERE)
    [fee] = shown.fees
    assert (fee.side, fee.answered, fee.short, fee.charged, fee.amount.units) == ("vendor", 10, 4, 4, units_of("0.01"))
    assert shown.posted.units == 0 and not posted(place)
    said = [(await service.PostFees(asked("kestrel"), HERE)).what for _ in range(2)]
    what = "0.01 USD for short calls of 2025-11-01 to 2025-11-01 on payable:kestrel"
    assert said == [f"{what}: 0.01 USD posted", f"{what}: it was posted already"]
    assert posted(place) == [("cost", "payable:kestrel", units_of("0.01"), f"{DAY}/{DAY}")]
    assert (await service.Fees(asked("kestrel"), HERE)).posted.units == units_of("0.01")
    call(place, "c20", 1)
    assert (await service.PostFees(asked("kestrel"), HERE)).what.endswith("0.0025 USD posted")
    agree(desk, "kestrel", short_buy=ShortCallRule())
    assert (await service.PostFees(asked("kestrel"), HERE)).what.endswith("-0.0125 USD posted")
    with pytest.raises(InputError, match=r"kestrel charges us nothing for short calls.*set kestrel short_buy\.fee"):
        await service.PostFees(asked("kestrel"), HERE)
    agree(desk, "orbita", short_sell=FEE)
    with pytest.raises(InputError, match=r"orbita charges us nothing.*charge a client.*on its invoice.*invoices issue"):
        await service.PostFees(asked("orbita"), HERE)
    assert await differences(desk) == []
    trail = desk.catalog.audit.list(limit=100)
    assert [entry.key for entry in trail if entry.noun == "fees"] == [KESTREL] * 4


async def test_a_vendors_day_is_posted_with_one_period_only(desk: Desk, place: Place) -> None:
    agree(desk, "kestrel", short_buy=FEE)
    service = InvoicesService(desk)
    await service.PostFees(asked("kestrel", "2025-10-31", "2025-11-02"), HERE)
    for first, last in ((DAY, DAY), ("2025-10-01", "2025-10-31"), ("2025-11-02", "2025-11-09")):
        with pytest.raises(ConflictError, match=r"fees of 2025-10-31 to 2025-11-02 are posted.*Give days outside"):
            await service.PostFees(asked("kestrel", first, last), HERE)
    await service.PostFees(asked("kestrel", "2025-11-03", "2025-11-09"), HERE)
    with pytest.raises(InputError, match="is not over"):
        await service.PostFees(asked("kestrel", "2026-10-31", "2026-12-01"), HERE)


async def test_profit_has_surcharges_of_both_sides(desk: Desk, place: Place) -> None:
    whole = pb.Period(from_ms=NOON - 86_400_000, to_ms=NOON + 86_400_000)
    before = await FinanceService(desk).GetPnl(whole, HERE)
    agree(desk, "orbita", short_sell=FEE)
    agree(desk, "kestrel", short_buy=replace(FEE, free_bp=0))
    await InvoicesService(desk).Issue(asked(), HERE)
    await InvoicesService(desk).PostFees(asked("kestrel"), HERE)
    after = await FinanceService(desk).GetPnl(whole, HERE)
    assert after.revenue.units - before.revenue.units == units_of("0.0075")
    assert after.cost.units - before.cost.units == units_of("0.01")
    assert after.margin.units == after.revenue.units - after.cost.units
    assert [line.partner for line in after.lines] == [line.partner for line in before.lines]
    statement = await FinanceService(desk).GetStatement(pb.StatementRequest(partner="orbita"), HERE)
    said = [line.what for line in statement.lines if "short calls" in line.what]
    assert said == ["surcharge short calls of main-2026-000001"]
    assert statement.closing.units == place.balances()["orbita", "client", "USD"]
