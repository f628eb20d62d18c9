"""Rows of a digested sheet as messages of the contract."""

from collections.abc import Mapping
from typing import Any

from actors.desk import values
from actors.sheet_work import RowsPage
from domain.money import Currency
from protos import sheets_pb2 as pb

Row = Mapping[str, Any]
_TERMS = {
    "first_price": "first_price_units",
    "next_price": "next_price_units",
    "first_s": "first_s",
    "next_s": "next_s",
    "connect_fee": "connect_fee_units",
    "attempt_fee": "attempt_fee_units",
    "minimum_charge": "minimum_charge_units",
    "grace_s": "grace_s",
    "free_s": "free_s",
}


def finding_page(page: RowsPage, currency: Currency) -> pb.FindingPage:
    """Return findings; their money is of the plan's currency."""
    return pb.FindingPage(findings=[_finding(row, currency) for row in page.named()], total=page.total)


def change_page(page: RowsPage) -> pb.ChangePage:
    """Return lines of the comparison."""
    return pb.ChangePage(changes=[_change(row) for row in page.named()], total=page.total)


def implicit_page(page: RowsPage) -> pb.ImplicitPage:
    """Return implicit changes."""
    return pb.ImplicitPage(implicit=[_implicit(row) for row in page.named()], total=page.total)


def line_page(page: RowsPage) -> pb.LinePage:
    """Return lines as the sheet says them."""
    return pb.LinePage(lines=[_line(row) for row in page.named()], total=page.total)


def reject_page(page: RowsPage) -> pb.RejectPage:
    """Return rows that do not go in."""
    return pb.RejectPage(rejects=[_reject(row) for row in page.named()], total=page.total)


def _reject(row: Row) -> pb.SheetReject:
    names = ("tab", "row", "column", "value", "check", "reason", "raw")
    return pb.SheetReject(**{name: row[name] for name in names})


def _finding(row: Row, currency: Currency) -> pb.SheetFinding:
    names = ("key", "check", "severity", "words", "tab", "row", "column", "code", "value", "standing")
    message = pb.SheetFinding(**{name: row[name] for name in names})
    if row["money"] is not None:
        message.money.CopyFrom(values.money(row["money"], currency))
    return message


def _change(row: Row) -> pb.SheetChange:
    names = ("code", "rate_type", "origin", "name", "country", "kind", "status", "from_ms", "until_ms", "blocked")
    places = ("said_ms", "earliest_ms", "tab", "row")
    message = pb.SheetChange(**{name: row[name] for name in (*names, *places) if row[name] is not None})
    _put_terms(message.old, row, "old_")
    _put_terms(message.terms, row, "")
    return message


def _implicit(row: Row) -> pb.SheetImplicit:
    names = ("check", "number", "rate_type", "origin", "at_ms", "old_code", "new_code", "tab", "row")
    prices = {"old_price_units": row["old_price"], "new_price_units": row["new_price"]}
    given = {name: row[name] for name in names} | prices
    return pb.SheetImplicit(**{name: value for name, value in given.items() if value is not None})


def _line(row: Row) -> pb.SheetLine:
    names = ("tab", "row", "code", "rate_type", "origin", "name", "from_ms", "until_ms", "status", "closed", "blocked")
    message = pb.SheetLine(**{name: row[name] for name in (*names, "currency") if row[name] is not None})
    _put_terms(message.terms, row, "")
    return message


def _put_terms(message: pb.SheetTerms, row: Row, prefix: str) -> None:
    """Set terms where there are any: unset they mean that nothing was, or is any more, in force."""
    if row[f"{prefix}next_price"] is None:
        return
    message.SetInParent()
    for name, field in _TERMS.items():
        setattr(message, field, row[prefix + name] or 0)
