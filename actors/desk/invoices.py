"""Operators' services of invoices and jobs."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import grpc

from actors.desk.after_invoices import came_after
from actors.desk.all_ended import all_ended
from actors.desk.core import Desk
from actors.desk.fees import (
    fee_message,
    fees_of,
    post_surcharge,
    post_up_to,
    post_vendor_fees,
    posted_for,
    short_fees,
    short_query,
)
from actors.desk.values import money
from actors.roles import OF_JOBS, WORKERS
from actors.tasks import InvoiceJob, InvoiceQuery
from actors.tokens import caller, check_role
from domain.calls import Side
from domain.days import day_that_begins, local_day
from domain.directory import Partner
from domain.errors import InputError, NotFoundError
from domain.ids import PartnerId
from domain.invoicing import (
    Invoice,
    InvoicePeriod,
    InvoiceSums,
    Party,
    Usage,
    ended_days,
    invoice_lines,
    invoice_period,
)
from domain.ledger import Occasion, Transfer, receivable, rounding_difference
from domain.money import Money
from domain.rates import Service
from domain.short_calls import surcharge_lines
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.catalog.invoices import ISSUED
from store.catalog.invoices import Invoice as Entry
from store.catalog.jobs import Job, JobState

Context = grpc.aio.ServicerContext[Any, Any]
CHUNK = 1 << 20


class InvoicesService(services.InvoicesServiceServicer):
    """Issues, lists and hands out invoices, and tells and posts what contracts ask for short calls."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._posting = asyncio.Lock()  # what is posted depends on what was posted before

    async def Issue(self, request: pb.InvoiceRequest, context: Context) -> pb.Invoice:
        """Issue a client's invoice for whole days of its contract's zone, which are over."""
        partner = await self._desk.read(lambda catalog: catalog.partners.get(PartnerId(request.partner)))
        period = self._days(request, partner.zone, over=not request.dry_run)
        if request.dry_run:
            await self._could_be(partner, period, with_open=request.with_open)
            sums = await self._sums(partner, period)
            return _message(_draft(partner, period, sums), sums)
        if not request.with_open:
            await all_ended(self._desk, partner.id, period)  # at once, before it waits for others
        job = self._desk.jobs.running("invoice", f"{partner.id} {period.first} to {period.last}")
        async with job, self._posting:
            if not request.with_open:  # again, and before it is counted: what ends meanwhile is counted then
                await all_ended(self._desk, partner.id, period)
            return await self._issue(partner, period)

    async def _could_be(self, partner: Partner, period: InvoicePeriod, *, with_open: bool) -> None:
        """Refuse to show what would be refused, but for days that are not over: their calls may be open."""
        await self._desk.read(lambda catalog: catalog.invoices.check_free(partner.id, period.from_ms, period.to_ms))
        if not with_open and period.to_ms <= self._desk.now_ms():
            await all_ended(self._desk, partner.id, period)

    async def Fees(self, request: pb.InvoiceRequest, context: Context) -> pb.PartnerFees:
        """Tell what a partner's contract asks for the short calls of whole days, of both sides."""
        partner = await self._desk.read(lambda catalog: catalog.partners.get(PartnerId(request.partner)))
        period = self._days(request, partner.zone, over=False)
        fees = [
            fee_message(fee, side, partner)
            for side in (Side.CLIENT, Side.VENDOR)
            for fee in await short_fees(self._desk, partner, side, period)
        ]
        posted = money(await posted_for(self._desk, partner, period), partner.currency)
        return pb.PartnerFees(partner=partner.id, from_ms=period.from_ms, to_ms=period.to_ms, fees=fees, posted=posted)

    async def PostFees(self, request: pb.InvoiceRequest, context: Context) -> pb.Changed:
        """Post what a vendor charges us for the short calls of whole days, which are over."""
        partner = await self._desk.read(lambda catalog: catalog.partners.get(PartnerId(request.partner)))
        period = self._days(request, partner.zone, over=True)
        async with self._posting:
            return await post_vendor_fees(self._desk, partner, period)

    def _days(self, request: pb.InvoiceRequest, zone: str, *, over: bool) -> InvoicePeriod:
        """Return the days that are asked for. Raises InputError where they are to be `over` and are not."""
        period = _period(request, zone)
        if over or request.until_now:
            return ended_days(period, self._desk.now_ms(), until_now=request.until_now)
        return period

    async def List(self, request: pb.PageRequest, context: Context) -> pb.Invoices:
        """List invoices, newest first."""
        page, total = await self._page(request)
        return pb.Invoices(invoices=[_message(entry) for entry in page], total=total)

    async def After(self, request: pb.PageRequest, context: Context) -> pb.Invoices:
        """List invoices, newest first, with what the calls of their days were charged after they were counted."""
        page, total = await self._page(request)
        issued = [entry for entry in page if entry.state == ISSUED]
        after = dict(zip([entry.number for entry in issued], await came_after(self._desk, issued), strict=True))
        messages = [_message(entry) for entry in page]
        for message in messages:
            if message.number in after:
                message.after.CopyFrom(money(after[message.number].units, after[message.number].currency))
        return pb.Invoices(invoices=messages, total=total)

    async def _page(self, request: pb.PageRequest) -> tuple[list[Entry], int]:
        found = await self._desk.read(lambda catalog: catalog.invoices.list(limit=100_000))
        chosen = [entry for entry in found if request.filter in entry.number or request.filter in entry.partner]
        return chosen[request.offset : request.offset + self._desk.page(request.limit)], len(chosen)

    async def Download(self, request: pb.InvoiceFileRequest, context: Context) -> AsyncIterator[pb.InvoiceFile]:
        """Hand out the PDF, or the CSV of the calls."""
        entry = await self._desk.read(lambda catalog: catalog.invoices.get(request.number))
        name = entry.csv_file if request.csv else entry.pdf_file
        path = self._desk.home.data / "invoices" / name
        if not name or not path.exists():
            raise NotFoundError(f"{entry.number} has no such document yet", mend="Issue it again.")
        data = await asyncio.to_thread(path.read_bytes)
        for at in range(0, len(data), CHUNK):
            yield pb.InvoiceFile(data=data[at : at + CHUNK])

    async def _sums(self, partner: Partner, period: InvoicePeriod, csv: Path | None = None) -> InvoiceSums:
        """Return what is to be paid, and list the calls of just that in a file. Raises InputError where it is none."""
        short = short_query(partner, Side.CLIENT, period)
        query = InvoiceQuery(partner.id, period.from_ms, period.to_ms, period.zone, short, csv)
        usage = await self._desk.tasks.invoice_usage(query)
        usages = [
            Usage(
                self._desk.name_of(row.destination) or _unnamed(row.service),
                row.price,
                row.answered,
                row.billed_s,
                row.charge,
                row.rate_type,
                row.service,
                row.unit,
                row.billed_volume,
            )
            for row in usage.traffic
            if row.side is Side.CLIENT
        ]
        fees = fees_of(self._desk, partner, Side.CLIENT, usage.counts)
        sums = invoice_lines(partner.currency, usages, surcharge_lines(fees, partner.currency))
        if not sums.lines:
            raise InputError(f"{partner.id} has no charged calls in that period", mend="Choose another period.")
        return sums

    async def _issue(self, partner: Partner, period: InvoicePeriod) -> pb.Invoice:
        """Count, take a number, write the documents, post surcharge and rounding, issue: each step repeats safely."""
        desk, folder = self._desk, self._desk.home.data / "invoices"
        unnumbered = folder / f"unnumbered-{token_hex(6)}.csv"  # a task that was given up may still write its own
        await asyncio.to_thread(_clear, folder)
        sums = await self._sums(partner, period, unnumbered)
        entry = await desk.change(
            lambda catalog, at_ms: catalog.invoices.open(
                partner.id, period.from_ms, period.to_ms, sums.total, who=caller(), at_ms=at_ms
            )
        )
        pdf, csv = Path(f"{entry.number}.pdf"), Path(f"{entry.number}.csv")
        document = Invoice(
            number=entry.number,
            issuer=Party("Switchboard"),
            partner=Party(partner.name),
            issued=local_day(entry.issued_ms, partner.zone),
            due=local_day(entry.due_ms, partner.zone),
            period=period,
            sums=sums,
        )
        await asyncio.to_thread(unnumbered.replace, folder / csv)
        await desk.tasks.make_invoice(InvoiceJob(document, folder / pdf))
        occasion = Occasion(period.to_ms - 1, desk.now_ms(), entry.number, f"short calls of {entry.number}")
        await post_surcharge(desk, partner, Side.CLIENT, sums.surcharged, occasion)
        await self._post_rounding(partner, sums, replace(occasion, memo=f"rounding of {entry.number}"))
        issued = await desk.change(
            lambda catalog, at_ms: catalog.invoices.issue(entry.number, pdf.name, csv.name, who=caller(), at_ms=at_ms)
        )
        return _message(issued, sums)

    async def _post_rounding(self, partner: Partner, sums: InvoiceSums, occasion: Occasion) -> None:
        account = receivable(partner.id)

        def make(value: Money, base: int, times: int) -> Transfer:
            return rounding_difference(account, value, base, occasion, times)

        await post_up_to(self._desk, partner, account, sums.difference, occasion, make)


def _clear(folder: Path) -> None:
    """Delete lists of calls that got no number: of invoices whose making ended in between."""
    for left in folder.glob("unnumbered-*.csv"):
        left.unlink(missing_ok=True)


def _period(request: pb.InvoiceRequest, zone: str) -> InvoicePeriod:
    """Return the whole days that are asked for. Raises InputError for what is no day, and no midnight there."""
    first = _day(request.first_day) or day_that_begins(request.from_ms, zone, "the beginning")
    last = _day(request.last_day) or day_that_begins(request.to_ms, zone, "the end") - timedelta(days=1)
    return invoice_period(first, last, zone)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(f"{text!r} is no day", where="period", mend="Write it like 2026-10-31.") from None


def _unnamed(service: Service) -> str:
    return "unknown" if service is Service.VOICE else service.value.capitalize()


def _draft(partner: Partner, period: InvoicePeriod, sums: InvoiceSums) -> Entry:
    return Entry("", partner.id, period.from_ms, period.to_ms, sums.total, "draft", 0, 0)


def _message(entry: Entry, sums: InvoiceSums | None = None) -> pb.Invoice:
    lines = [
        pb.InvoiceLine(
            destination=line.destination,
            price_units=line.price,
            calls=line.calls,
            billed_s=line.billed_s,
            amount=money(line.amount.units, line.amount.currency),
            service=line.service.value,
            unit=line.unit.value,
            billed_volume=line.billed_volume,
        )
        for line in (sums.lines if sums else ())
    ]
    fees = [
        pb.InvoiceFee(
            what=fee.what,
            arithmetic=fee.arithmetic,
            calls=fee.calls,
            price_units=fee.price,
            amount=money(fee.amount.units, fee.amount.currency),
        )
        for fee in (sums.surcharges if sums else ())
    ]
    return pb.Invoice(
        number=entry.number,
        partner=entry.partner,
        from_ms=entry.from_ms,
        to_ms=entry.to_ms,
        issued_ms=entry.issued_ms,
        lines=lines,
        total=money(entry.total.units, entry.total.currency),
        pdf_file=entry.pdf_file,
        csv_file=entry.csv_file,
        state=entry.state,
        due_ms=entry.due_ms,
        fees=fees,
    )


class JobsService(services.JobsServiceServicer):
    """Lists and cancels jobs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def List(self, request: pb.PageRequest, context: Context) -> pb.Jobs:
        """List jobs, newest first."""
        jobs = await self._desk.read(lambda catalog: catalog.jobs.list(limit=self._desk.page(request.limit)))
        return pb.Jobs(
            jobs=[
                pb.Job(
                    id=job.id,
                    kind=job.kind,
                    state=job.state.value,
                    what=job.step,
                    progress=_progress(job),
                    started_ms=job.started_ms or 0,
                    ended_ms=job.ended_ms or 0,
                    error=job.error,
                )
                for job in jobs
            ]
        )

    async def Cancel(self, request: pb.Named, context: Context) -> pb.Changed:
        """Cancel a job."""
        if not request.name.isdecimal():
            raise InputError(f"{request.name!r} is no job", mend="Give a number that `switchboard jobs list` shows.")
        number = int(request.name)
        job = await self._desk.read(lambda catalog: catalog.jobs.get(number))
        check_role(OF_JOBS.get(job.kind, WORKERS), f"job {number}, {job.kind}")
        await self._desk.jobs.cancel(number)
        return pb.Changed(what=f"job {number} is cancelled")


def _progress(job: Job) -> float:
    """Return how far a job is, 0 to 1; one that is done is done, whether it counted its steps or not."""
    if job.state is JobState.DONE:
        return 1.0
    return job.done / job.total if job.total else 0.0
