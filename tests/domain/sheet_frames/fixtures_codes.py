"""Sheets that fire one of R09 to R16: what is wrong with codes."""

from dataclasses import replace

from domain.sheets.terms import Semantics
from tests.domain.sheet_frames.fixtures import (
    Fixture,
    Rate,
    Sheet,
    calls_to,
    contract,
    line,
    plan_rates,
)


def lost_digits() -> Sheet:
    """R09: a spreadsheet has made a number of a code."""
    return Sheet().with_lines(Rate("2.547E+11", "Kenya Mobile Kite", "0.0320"))


def reversed_range() -> Sheet:
    """R10."""
    return Sheet().with_lines(Rate("25480-25470", "Kenya", "0.0300"))


def unassigned_country() -> Sheet:
    """R11: no country has 999, and the plan has had it all along."""
    return Sheet(rates=plan_rates(_999="0.0300")).with_lines(Rate("999", "Somewhere", "0.0300"))


def other_country() -> Sheet:
    """R11: a code of Kenya under the name of Peru."""
    return Sheet().with_lines(replace(line("2549"), name="Peru Rural"))


def unknown_code() -> Sheet:
    """R12: under Kenya, at Kenya's price."""
    return Sheet().with_lines(Rate("25401", "Kenya Mobile Wren", "0.0300"))


def capturing_code() -> Sheet:
    """R12, a warning: calls of last week would go by it."""
    return replace(unknown_code(), calls=calls_to("254012345678", 3))


def other_destination() -> Sheet:
    """R13: a mobile code under the name of what is dearer."""
    return Sheet().with_lines(replace(line("2542"), name="Kenya - Special Services"))


def other_network() -> Sheet:
    """R13, a note: Heron's code under the name of Lark."""
    return Sheet().with_lines(replace(line("2542"), name="Kenya-Mobile (Lark)"))


def mapped_destination() -> Sheet:
    """R13: a name of the partner's that stands for another destination of ours."""
    sheet = Sheet(contract=contract(names={"KE Zone B": "Kenya Mobile Lark"}))
    return sheet.with_lines(replace(line("2542"), name="KE Zone B"))


def two_prices() -> Sheet:
    """R14: one code, one day, two prices."""
    sheet = Sheet()
    return replace(sheet, lines=sheet.lines | {"again": line("2543", "0.0370")})


def said_twice() -> Sheet:
    """R14, a note: one code, one day, one price, two lines."""
    sheet = Sheet()
    return replace(sheet, lines=sheet.lines | {"again": line("2543")})


def invented_code() -> Sheet:
    """R15: six times its parent, never called. The contract lets new codes be dearer than their parent."""
    return Sheet(contract=contract(implicit_percent=1_000), rates=plan_rates(_2544=None)).with_lines(
        line("2544", "0.1800")
    )


def lacking_code() -> Sheet:
    """R16: a full sheet without a code that is called."""
    full = Sheet(contract=contract(semantics=Semantics.FULL), calls=calls_to("254512345678", 12))
    return full.without("2545")


def lacking_codes() -> Sheet:
    """R16: a full sheet that lacks a tenth of the plan."""
    return Sheet(contract=contract(semantics=Semantics.FULL)).without(*(f"{code}8" for code in _TWENTY))


_TWENTY = "43 61 32 55 41 86 420 49 45 20 34 358 33 30 36 91 39 81 254 234".split()

FIXTURES: dict[str, Fixture] = {
    "R09": lost_digits,
    "R10": reversed_range,
    "R11": unassigned_country,
    "R11 name": other_country,
    "R12": unknown_code,
    "R12 captures": capturing_code,
    "R13": other_destination,
    "R13 network": other_network,
    "R13 mapped": mapped_destination,
    "R14": two_prices,
    "R14 twice": said_twice,
    "R15": invented_code,
    "R16": lacking_code,
    "R16 many": lacking_codes,
}
