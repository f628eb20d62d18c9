"""Bills of end users, as text and as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence

from cli import output
from domain.days import local_time
from domain.invoicing import minutes_text, price_text
from domain.money import decimal_text
from domain.rates import Unit
from domain.units import PRICED, quantity_words
from protos.end_users_pb2 import BilledCall, EndUserBill, EndUserBillPart
from protos.operators_pb2 import InvoiceLine

CALL_COLUMNS = (
    "time",
    "a",
    "b",
    "destination",
    "duration_s",
    "billed_s",
    "price",
    "charge",
    "service",
    "billed_volume",
)


def read_bill(parts: Iterable[EndUserBillPart]) -> tuple[EndUserBill, list[BilledCall]]:
    """Put a bill together that comes in pieces."""
    made, calls = EndUserBill(), list[BilledCall]()
    for part in parts:
        if part.HasField("bill"):
            made = part.bill
        calls += part.calls
    return made, calls


def bill_csv(made: EndUserBill, calls: Iterable[BilledCall]) -> bytes:
    """Return the calls of a bill as CSV (UTF-8, commas, one header row), times in the zone of the contract.

    Charges are exact to 8 decimals: they add up to the bill.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(CALL_COLUMNS)
    for call in calls:
        writer.writerow(
            (
                local_time(call.at_ms, made.zone).isoformat(timespec="milliseconds"),
                call.a,
                call.b,
                call.destination,
                f"{call.duration_ms // 1000}.{call.duration_ms % 1000:03d}",
                call.billed_s,
                price_text(call.price_units),
                decimal_text(call.amount.units),
                call.service,
                call.billed_volume or "",
            )
        )
    return text.getvalue().encode()


def write_bill(made: EndUserBill, calls: Sequence[BilledCall]) -> None:
    """Print a bill, and its calls as far as they are given."""
    output.pairs(
        [
            ("bill", made.number or "a draft: nothing was issued"),
            ("of", made.partner),
            ("end user", made.id or "nobody"),
            ("name", made.name),
            ("period", f"{made.first_day} to {made.last_day} ({made.zone})"),
            ("issued (UTC)", output.when(made.issued_ms)),
            ("calls", output.count(made.calls)),
            ("minutes", minutes_text(made.billed_s)),
            ("total", output.money(made.total)),
            ("came later", f"{output.money(made.later)}: not on this bill" if made.later.units else ""),
        ]
    )
    output.section("lines")
    output.table(
        ("destination", ">price", ">calls", ">billed", ">amount"),
        map(_line, made.lines),
        "no calls in this period",
    )
    if calls:
        output.section("calls")
        output.table(
            ("time", "A", "B", "destination", ">talked s", ">billed s", ">amount"),
            (_call(call, made.zone) for call in calls),
            "",
        )


def _line(line: InvoiceLine) -> list[str]:
    unit = Unit(line.unit or "second")
    return [
        line.destination,
        f"{decimal_text(line.price_units, 4)} {PRICED[unit]}",
        output.count(line.calls),
        quantity_words(unit, line.billed_s if unit is Unit.SECOND else line.billed_volume),
        output.money(line.amount),
    ]


def _call(call: BilledCall, zone: str) -> list[str]:
    return [
        local_time(call.at_ms, zone).isoformat(timespec="seconds"),
        call.a,
        call.b,
        call.destination,
        f"{call.duration_ms / 1000:.1f}",
        output.count(call.billed_s),
        output.money(call.amount),
    ]
