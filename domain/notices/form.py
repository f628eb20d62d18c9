"""What the sheets that a client gets look like: kind of file, columns, headings, order, codes, dates, marks."""

from dataclasses import dataclass
from enum import StrEnum


class FileKind(StrEnum):
    """What kind of file a sheet is sent as."""

    XLSX = "xlsx"
    CSV = "csv"
    PDF = "pdf"


class Scope(StrEnum):
    """FULL: all rates in force or to come, and what ends; CHANGES: only what differs from what was last told."""

    FULL = "full"
    CHANGES = "changes"


class CodesAs(StrEnum):
    """How codes are written: each in a row of its own; all of one destination that cost the same in one row, with
    commas between; the same with runs as ranges, 1201-1205."""

    ROWS = "rows"
    LISTED = "listed"
    RANGED = "ranged"


class OrderBy(StrEnum):
    """By which rows are ordered."""

    CODE = "code"
    DESTINATION = "destination"


class DatesAs(StrEnum):
    """How days are written: 2026-11-04, 04.11.2026, 04/11/2026, 11/04/2026, 4 Nov 2026. A moment that is no midnight
    of the zone has its time behind the day."""

    ISO = "iso"
    DOTS = "dots"
    DMY = "dmy"
    MDY = "mdy"
    WORDS = "words"


class CountryCode(StrEnum):
    """Whether codes hold their country code, or it has a column of its own before them."""

    IN_CODE = "in-code"
    OWN_COLUMN = "own-column"


class Field(StrEnum):
    """What a column of a sheet holds. PRICE is the price of the next intervals and, where no rate of the sheet has two
    prices, of the first. USUAL columns are left out where no row has anything to say in them."""

    CODE = "code"
    DESTINATION = "destination"
    COUNTRY = "country"
    RATE_TYPE = "rate-type"
    ORIGIN = "origin"
    PRICE = "price"
    FIRST_PRICE = "first-price"
    NEXT_PRICE = "next-price"
    INCREMENTS = "increments"
    FIRST_S = "first-s"
    NEXT_S = "next-s"
    CONNECT_FEE = "connect-fee"
    ATTEMPT_FEE = "attempt-fee"
    MINIMUM = "minimum-charge"
    GRACE_S = "grace-s"
    FREE_S = "free-s"
    FROM = "from"
    UNTIL = "until"
    STATUS = "status"
    PREVIOUS = "previous"
    DIFFERENCE = "difference"
    CURRENCY = "currency"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class SheetForm:
    """A form of sheets that we send; all has defaults that any importer reads.

    `columns`: fields in their order, each with a heading of its own if need be (`price=USD/min`); empty: the usual ones
    that have something to say. `zone` "": the contract's. `language`: of headings, status words and mail (en, de, es,
    fr, pt, ru). `lead`: before each code ("+", "00"). `separator` and `decimal` are of CSV and PDF: numbers of a
    workbook are numbers. `decimals`: least of a price; it gets as many as it needs. `title`: lines above the headings
    with company, plan, date and currency. `file_name` may hold {plan}, {partner}, {date} and {scope}.
    """

    file: FileKind = FileKind.XLSX
    scope: Scope = Scope.FULL
    columns: tuple[str, ...] = ()
    order: OrderBy = OrderBy.CODE
    codes: CodesAs = CodesAs.ROWS
    country_code: CountryCode = CountryCode.IN_CODE
    lead: str = ""
    language: str = "en"
    zone: str = ""
    dates: DatesAs = DatesAs.ISO
    decimals: int = 4
    decimal: str = "."
    separator: str = ","
    title: bool = False
    file_name: str = "{plan}-{date}"
