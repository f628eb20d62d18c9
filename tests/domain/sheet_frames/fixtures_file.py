"""Sheets that fire one of R02, R03, R05 to R08. R01 and R04 are fired before there are lines (test_fixtures)."""

from dataclasses import replace

from domain.money import decimal_text, units_of
from domain.sheets.corrections import Corrected, Correction
from domain.sheets.terms import Semantics
from tests.domain.sheet_frames.fixtures import BOOK, Fixture, Rate, Sheet, contract, former, line, plan_rates, price_of


def same_file() -> Sheet:
    """R02: these very bytes came a month ago."""
    return Sheet(sha256="abc", former=(former(sha256="abc"),))


def foreign_sender() -> Sheet:
    """R03: mailed by somebody whom the contract does not name."""
    return Sheet(contract=contract(senders=("@savanna.example",), sender="rates@elsewhere.example"))


def other_currency() -> Sheet:
    """R03: prices in euros for a plan in dollars."""
    return Sheet(above=("Savanna Telecom", "Currency: EUR"))


def per_second() -> Sheet:
    """R05: prices for a second, where the plan's are for a minute; all fall at once, which needs no notice."""
    sheet = Sheet(rates=plan_rates(**{f"_{code}": _times(price_of(code), 60) for code in BOOK}))
    return replace(sheet, lines={code: replace(line(code), status="") for code in BOOK if code != "276"})


def drifted() -> Sheet:
    """R06: told by what finds templates."""
    return Sheet(drift=("column C is headed 'Rate', not 'Price'",))


def short_sheet() -> Sheet:
    """R07: the last full sheet had half as many rows again, and the plan has lost them since."""
    return Sheet(contract=contract(semantics=Semantics.FULL), former=(former(rows=len(BOOK) * 3 // 2),))


def many_rejects() -> Sheet:
    """R08: 5 rows of 280 have no code, which an analyst knows of."""
    lines = [Rate(f"n/a {number}", "Kenya Mobile Kite", "0.0500") for number in range(5)]
    accepted = Corrected(Correction.ACCEPT, check="R09", comment="the partner sends them anew", who="ann")
    return Sheet().with_lines(*lines).corrected(accepted)


def _times(price: str, times: int) -> str:
    return decimal_text(units_of(price) * times)


FIXTURES: dict[str, Fixture] = {
    "R02": same_file,
    "R03": foreign_sender,
    "R03 currency": other_currency,
    "R05": per_second,
    "R06": drifted,
    "R07": short_sheet,
    "R08": many_rejects,
}
