"""How the sheets of a partner are read: which tab is what, where its header is, what each column means.

A template is made once, from a proposal or by pointing in the console, and found again by its fingerprint.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.sheets.headings import Meaning


class Use(StrEnum):
    """What a tab of a workbook is for. CODES: codes by destination name; ORIGINS: surcharges or prices by group;
    ORIGIN_CODES: which numbers a caller must have to be in a group."""

    RATES = "rates"
    CODES = "codes"
    ORIGINS = "origins"
    ORIGIN_CODES = "origin codes"
    SKIP = "skip"


class Per(StrEnum):
    """What a price of the sheet is for."""

    MINUTE = "minute"
    SECOND = "second"
    INCREMENT = "increment"
    HOUR = "hour"


class CountryCodeIn(StrEnum):
    """Where the country code of a code stands that does not hold it itself."""

    CODE = "code"
    COLUMN = "column"
    TAB_NAME = "tab name"


@dataclass(frozen=True, slots=True)
class Column:
    """What the column at `place` (0-based) means; `heading` is its text when the template was made.

    Prices may be of a rate type ("" any time) and of an origin group ("" any caller). `cents`: its amounts are in
    hundredths of the currency.
    """

    place: int
    meaning: Meaning
    heading: str = ""
    rate_type: str = ""
    origin: str = ""
    cents: bool = False


@dataclass(frozen=True, slots=True)
class TabLayout:
    """One tab: `name` is matched without case, "" matches any; `header` is the 0-based row of the header, where it was
    when the template was made; it is looked for by its headings first. -1: the tab has none, columns go by place.

    `header_rows` 2: headings stand in two rows, of which `header` is the lower; a heading is then the text of both.
    """

    name: str = ""
    use: Use = Use.RATES
    header: int = 0
    columns: tuple[Column, ...] = ()
    header_rows: int = 1


@dataclass(frozen=True, slots=True)
class Template:
    """How a sheet is read. `decimal` ("." or ",") and `dates` ("dmy", "mdy") are "" where the file itself decides.

    `lead`: digits that are put before all codes of the sheet ("1" for those of North America that lack it).
    `increments` (0, 0): the contract's; `surcharge`: prices of origin groups are added to the price of any caller.
    `fingerprint` is that of the headings (see proposal.fingerprint); `version` counts from 1 within a name.
    """

    name: str = ""
    version: int = 0
    tabs: tuple[TabLayout, ...] = ()
    decimal: str = ""
    dates: str = ""
    per: Per = Per.MINUTE
    country_code: CountryCodeIn = CountryCodeIn.CODE
    lead: str = ""
    increments: tuple[int, int] = (0, 0)
    zone: str = ""
    surcharge: bool = False
    fingerprint: str = ""
