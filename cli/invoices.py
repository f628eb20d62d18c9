"""`switchboard invoices`: bills to clients."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, Filter, Limit, Offset, moment
from cli.progress import progress
from cli.reach import desk, fail
from domain.money import decimal_text
from domain.rates import Unit
from domain.units import PRICED, quantity_words
from protos.operators_pb2 import Invoice, InvoiceFileRequest, InvoiceLine, InvoiceRequest, Invoices, PageRequest
from protos.operators_pb2_grpc import InvoicesServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Issue, list and download invoices.")


def edge(text: str) -> str:
    """Check an end of a period: a day as it is written, or a moment; the desk knows the contract's zone."""
    moment(text)
    return text


def is_day(text: str) -> bool:
    """Say whether a text is a day without a time."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


First = Annotated[
    str, typer.Option("--from", parser=edge, metavar="DATE", help="First day, or its midnight.", show_default=False)
]
Last = Annotated[
    str, typer.Option("--to", parser=edge, metavar="DATE", help="Last day, or the midnight after.", show_default=False)
]
UntilNow = Annotated[
    bool, typer.Option("--until-now", help="End with the last day that is over, where the last one is not.")
]


WithOpen = Annotated[
    bool, typer.Option("--with-open", help="Though calls of these days have no end of their switch yet, or are parked.")
]


def days_asked(partner: str, start: str, end: str, until_now: bool) -> InvoiceRequest:
    """Return the request for whole days, given as days or as their midnights."""
    ask = InvoiceRequest(partner=partner, until_now=until_now)
    if is_day(start):
        ask.first_day = start
    else:
        ask.from_ms = moment(start)
    if is_day(end):
        ask.last_day = end
    else:
        ask.to_ms = moment(end)
    return ask


@app.command()
def issue(
    partner: Annotated[str, typer.Option(help="Who is billed.", show_default=False)],
    start: First,
    end: Last,
    until_now: UntilNow = False,
    with_open: WithOpen = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it, issue nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Issue the invoice of a partner's calls of whole days of its contract's zone, as PDF with a CSV of its calls."""
    ask = days_asked(partner, start, end, until_now)
    ask.dry_run, ask.with_open = dry_run, with_open
    with desk() as channel, progress(f"invoice of {partner}"):
        reply = InvoicesServiceStub(channel).Issue(ask)
    output.answer(reply, as_json, lambda made: _write_one(made, dry_run))


@app.command("list")
def list_invoices(
    as_json: AsJson = False,
    filter: Filter = "",
    limit: Limit = 50,
    offset: Offset = 0,
    after: Annotated[
        bool, typer.Option("--after", help="With what was charged for calls of their days since; it is on no invoice.")
    ] = False,
) -> None:
    """List invoices, a page at a time."""
    ask = PageRequest(filter=filter, limit=limit, offset=offset)
    with desk() as channel:
        stub = InvoicesServiceStub(channel)
        reply = stub.After(ask) if after else stub.List(ask)

    def write(page: Invoices) -> None:
        _write_page(page, after)
        output.paged(len(page.invoices), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def download(
    number: Annotated[str, typer.Argument(help="The invoice's number.", show_default=False)],
    csv: Annotated[bool, typer.Option("--csv", help="The CSV of its calls; else the PDF.")] = False,
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", dir_okay=False, help="Where to; else named like the invoice."),
    ] = None,
) -> None:
    """Download an invoice's PDF, or the CSV of its calls."""
    target = file or Path(number.replace("/", "-") + (".csv" if csv else ".pdf"))
    partial = target.with_name(target.name + ".part")
    try:
        with desk() as channel, partial.open("wb") as stream:
            for piece in InvoicesServiceStub(channel).Download(InvoiceFileRequest(number=number, csv=csv)):
                stream.write(piece.data)
        size = partial.stat().st_size
        partial.replace(target)
    except OSError as error:
        fail(f"{target} cannot be written: {error.strerror}; name another file with -o")
    finally:
        partial.unlink(missing_ok=True)
    output.lines([f"wrote {target} ({output.count(size)} bytes)"])


def _write_one(made: Invoice, dry_run: bool) -> None:
    output.pairs(
        [
            ("invoice", "a dry run: nothing was issued" if dry_run else made.number),
            ("partner", made.partner),
            ("period (UTC)", f"{output.when(made.from_ms)} until {output.when(made.to_ms)}"),
            ("issued (UTC)", output.when(made.issued_ms)),
            ("due (UTC)", output.when(made.due_ms)),
            ("total", output.money(made.total)),
            ("PDF", made.pdf_file),
            ("calls", made.csv_file),
        ]
    )
    output.section("lines")
    output.table(
        ("service", "destination", ">price", ">count", ">billed", ">amount"),
        (
            [
                one.service or "voice",
                one.destination,
                f"{decimal_text(one.price_units, 4)} {PRICED[_unit(one)]}",
                output.count(one.calls),
                quantity_words(_unit(one), one.billed_s if _unit(one) is Unit.SECOND else one.billed_volume),
                output.money(one.amount),
            ]
            for one in made.lines
        ),
        "no calls in this period",
    )
    if made.fees:
        output.section("fees")
        output.table(
            ("what", "how", ">calls", ">price", ">amount"),
            (
                [
                    fee.what,
                    fee.arithmetic,
                    output.count(fee.calls),
                    f"{decimal_text(fee.price_units, 4)} per call",
                    output.money(fee.amount),
                ]
                for fee in made.fees
            ),
            "",
        )


def _unit(line: InvoiceLine) -> Unit:
    return Unit(line.unit or "second")


def _write_page(page: Invoices, after: bool) -> None:
    titles = ("number", "partner", "from (UTC)", "until (UTC)", ">total", "due (UTC)", "state")
    output.table(
        (*titles, ">came after") if after else titles,
        ([*_cells(one), *([_after(one)] if after else [])] for one in page.invoices),
        "no invoices: issue one with `switchboard invoices issue`",
    )


def _cells(one: Invoice) -> list[str]:
    return [
        one.number,
        one.partner,
        output.when(one.from_ms),
        output.when(one.to_ms),
        output.money(one.total),
        output.when(one.due_ms),
        one.state,
    ]


def _after(one: Invoice) -> str:
    return output.money(one.after) if one.after.units else "nothing" if one.HasField("after") else ""
