"""The documents of an invoice: its PDF, by Typst, and the CSV of its calls.

Data goes to the template as JSON, so that no name can be taken for markup. Every number is text before it gets there.
"""

import csv
import io
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import orjson
import typst

from domain.days import local_time
from domain.invoicing import CallRow, Invoice, InvoiceSums, Party, amount_text, minutes_text, price_text
from domain.money import decimal_text
from domain.rates import ANY_TIME, Service, Unit
from domain.units import PRICED

CALL_COLUMNS = (
    *("connect", "caller", "called", "destination", "duration_s", "billed_s", "price_per_min", "amount"),
    *("service", "unit", "price_per_unit", "volume", "billed_volume"),
)
"""price_per_min: of what is sold by time. price_per_unit: of anything else, per megabyte or event; volume: octets or
messages; billed_volume: kilobytes or events."""
_HEADS = {Unit.SECOND: ("Minutes", "Price per minute"), None: ("Quantity", "Price")}
_WORDS = {Unit.SECOND: "min", Unit.MEGABYTE: "MB", Unit.EVENT: "events"}


def render_invoice(invoice: Invoice) -> bytes:
    """Return the invoice as PDF, A4. The same invoice gives the same pages."""
    pdf = typst.compile(template(), sys_inputs=template_inputs(invoice))
    assert isinstance(pdf, bytes), "a PDF is one file"
    return pdf


def template() -> bytes:
    """Return the Typst source of the invoice."""
    return files("store").joinpath("templates/invoice.typ").read_bytes()


def template_inputs(invoice: Invoice) -> dict[str, str]:
    """Return what the template gets: `data`, a JSON object of texts in the shape that invoice.typ reads."""
    sums, period = invoice.sums, invoice.period
    # an invoice of calls alone says once what its figures are; a mixed one says it line by line
    by_time = all(line.unit is Unit.SECOND for line in sums.lines)
    quantity_head, price_head = _HEADS[Unit.SECOND if by_time else None]
    data: dict[str, Any] = {
        "number": invoice.number,
        "issuer": _party(invoice.issuer),
        "partner": _party(invoice.partner),
        "issued": invoice.issued.isoformat(),
        "due": invoice.due.isoformat(),
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "zone": period.zone,
        "currency": sums.total.currency,
        "lines": [
            {
                "destination": line.destination,
                "rate_type": "" if line.rate_type == ANY_TIME else line.rate_type,
                "calls": f"{line.calls:,}",
                "minutes": line.quantity if by_time else f"{line.quantity} {_WORDS[line.unit]}",
                "price": price_text(line.price) + ("" if by_time else f" {PRICED[line.unit]}"),
                "amount": amount_text(line.amount),
            }
            for line in sums.lines
        ],
        "fees": [
            {
                "what": fee.what,
                "arithmetic": fee.arithmetic,
                "calls": f"{fee.calls:,}",
                "price": f"{price_text(fee.price)} per call",
                "amount": amount_text(fee.amount),
            }
            for fee in sums.surcharges
        ],
        "calls": f"{sums.calls:,}",
        "minutes": minutes_text(sums.billed_s) if by_time else "",
        "calls_head": "Calls" if by_time else "Number",
        "quantity_head": quantity_head,
        "price_head": price_head,
        "counted": _counted(sums),
        "total": amount_text(sums.total),
        "pay_to": list(invoice.pay_to),
        "notes": list(invoice.notes),
    }
    return {"data": orjson.dumps(data).decode()}


def calls_csv(rows: Iterable[CallRow], zone: str) -> bytes:
    """Return the calls of an invoice as CSV (UTF-8, commas, one header row), times in the partner's zone.

    Times are ISO 8601 to the millisecond with their offset, amounts exact to 8 decimals: they add up to the charges.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(CALL_COLUMNS)
    for row in rows:
        writer.writerow(
            (
                local_time(row.connect_ms, zone).isoformat(timespec="milliseconds"),
                row.a,
                row.b,
                _cell(row.destination),
                f"{row.duration_ms // 1000}.{row.duration_ms % 1000:03d}",
                row.billed_s,
                price_text(row.price) if row.unit is Unit.SECOND else "",
                decimal_text(row.charge),
                row.service.value,
                row.unit.value,
                "" if row.unit is Unit.SECOND else price_text(row.price),
                row.volume if row.service is not Service.VOICE else "",
                row.billed_volume if row.unit is not Unit.SECOND else "",
            )
        )
    return text.getvalue().encode()


def _counted(sums: InvoiceSums) -> str:
    """Say in words what the quantities are."""
    units = {line.unit for line in sums.lines} or {Unit.SECOND}
    said = {
        Unit.SECOND: "Minutes are billed seconds divided by 60, after the increments of each rate.",
        Unit.MEGABYTE: "A megabyte (MB) is 1,048,576 octets, sent and received, after the increments of each rate.",
        Unit.EVENT: "",
    }
    free = ["Of short calls the agreed share is free, rounded down to whole calls."] if sums.surcharges else []
    return " ".join([*(said[unit] for unit in Unit if unit in units and said[unit]), *free])


def _party(party: Party) -> dict[str, Any]:
    return {"name": party.name, "lines": list(party.lines)}


def _cell(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
